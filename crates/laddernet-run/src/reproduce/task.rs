//! One training of a table: what it is called, how far it is, and doing it.

use crate::config::Config;
use crate::error::RunError;
use crate::folder;
use crate::kind::AnyRecipe;
use crate::precision::PrecisionChoice;
use crate::prepare::prepare;
use crate::progress::Listener;
use crate::recipe::Recipe;
use crate::resume::{self, Found};
use crate::run;
use crate::saved;
use crate::summary::{Status, Summary};
use laddernet::{Precision, Threads};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A training with all its settings.
#[derive(Clone, Debug)]
pub struct Task {
    id: String,
    recipe: String,
    precision: PrecisionChoice,
    config: Config,
}

/// How far a task is, as its run folder shows.
#[derive(Clone, Debug)]
pub enum Standing {
    /// It came to its end; a training that diverged has, too.
    Ended(Box<Summary>),
    /// It was begun.
    Begun,
    /// There is nothing of it.
    Absent,
}

impl Task {
    /// `precision` is what was asked for: `auto` may mean another precision on another machine, and is the same task.
    pub(super) fn new(recipe: &str, precision: PrecisionChoice, config: Config) -> Task {
        let settings = said_of(&config);
        let digest = Sha256::digest(format!("{settings}precision asked for: {precision}\n"));
        let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let id = format!("{recipe}-seed{}-{hash}", config.seed);
        Task { id, recipe: recipe.to_owned(), precision, config }
    }

    /// Its name among all tasks: recipe, seed, and a hash of all settings but the folder of the data.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The recipe of its cell.
    pub fn recipe(&self) -> &str {
        &self.recipe
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its run folder, in the folder of all tasks.
    pub fn folder(&self, out: &Path) -> PathBuf {
        out.join(&self.id)
    }

    /// How far it is.
    ///
    /// # Errors
    /// When its run folder is damaged, or is one of other settings.
    pub fn standing(&self, out: &Path) -> Result<Standing, RunError> {
        let folder = self.folder(out);
        let begun = folder::has_partial(&folder);
        match saved::summary(&folder)? {
            Some(summary) if summary.status != Status::Interrupted && !begun => {
                self.check(&folder)?;
                Ok(Standing::Ended(Box::new(summary)))
            }
            Some(_) => Ok(Standing::Begun),
            None if begun => Ok(Standing::Begun),
            None => Ok(Standing::Absent),
        }
    }

    /// A folder that was given the name of this task by hand would tell of something else.
    fn check(&self, folder: &Path) -> Result<(), RunError> {
        let bad = |message: &str| RunError::Document { path: folder.join(folder::CONFIG), message: message.to_owned() };
        let found = saved::config(folder)?.ok_or_else(|| bad("it is missing: remove the folder to train again"))?;
        let precision = match self.precision {
            PrecisionChoice::Auto => true,
            PrecisionChoice::Exactly(precision) => found.precision == precision,
        };
        if said_of(&found) == said_of(&self.config) && precision {
            return Ok(());
        }
        Err(other_settings(folder))
    }
}

fn other_settings(folder: &Path) -> RunError {
    let message = "its settings are not those of the folder's name: remove the folder to train again".to_owned();
    RunError::Document { path: folder.join(folder::CONFIG), message }
}

/// Does the task in its run folder, from where it stands to its end: nothing, if it has ended.
///
/// # Errors
/// [`RunError::Busy`] when another process is at work on it; else as [`run::train`] and [`resume::open`].
pub fn perform(
    task: &Task,
    out: &Path,
    data_dir: Option<&Path>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let folder = task.folder(out);
    let load = |recipe: Recipe| {
        let recipe = Recipe { data_dir: data_dir.map(Path::to_owned), ..Recipe::default() }.or(recipe);
        let loaded = recipe.source().load(recipe.data_dir.as_deref())?;
        prepare(recipe, loaded)
    };
    match resume::open(&folder) {
        Ok(Found::Ended(summary)) => {
            task.check(&folder)?;
            Ok(*summary)
        }
        Ok(Found::Unfinished(unfinished)) => {
            let AnyRecipe::Ladder(recipe) = unfinished.recipe() else {
                return Err(other_settings(unfinished.partial()));
            };
            let prepared = load(*recipe)?;
            task.check(unfinished.partial())?;
            unfinished.go_on(prepared, checkpoint_every, threads, listener)
        }
        Err(RunError::NothingToResume(_)) => {
            let prepared = load(Recipe::from_toml(&task.config.to_toml())?)?;
            run::train(prepared, &folder, false, checkpoint_every, threads, listener)
        }
        Err(e) => Err(e),
    }
}

/// The settings that make a training what it is, as text. Where the data lie and what `auto` means here are not among
/// them.
fn said_of(config: &Config) -> String {
    Config { data_dir: None, precision: Precision::F32, ..config.clone() }.to_toml()
}
