//! Bringing a folder to its end, from wherever it stands: nothing there, a training that was interrupted, or one that has ended. The
//! one way in which tables of trainings are filled.

use super::layers::layers_of;
use super::prepared::Prepared;
use super::progress::Listener;
use super::resume::{Found, config_of, open};
use super::run::{self, Options};
use super::summary::{Status, Summary};
use crate::error::RunError;
use crate::folder;
use crate::settings::{Config, DataFacts, OF_THE_PLACE, Recipe};
use laddernet::Threads;
use std::path::{Path, PathBuf};
use toml::Value;

/// A training, and the folder that it is to fill.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its settings, with gaps; they say where the rows are.
    pub recipe: Recipe,
    /// Its run folder.
    pub folder: PathBuf,
    /// The run folder of a training whose pretrained layers it begins with.
    pub layers_of: Option<PathBuf>,
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

/// How far a task is.
///
/// # Errors
/// When its run folder is damaged, or is one of other settings.
pub fn standing(task: &Task) -> Result<Standing, RunError> {
    let begun = folder::has_partial(&task.folder);
    match Summary::read(&task.folder)? {
        Some(summary) if summary.status != Status::Interrupted && !begun => {
            task.check(&task.folder)?;
            Ok(Standing::Ended(Box::new(summary)))
        }
        Some(_) => Ok(Standing::Begun),
        None if begun => Ok(Standing::Begun),
        None => Ok(Standing::Absent),
    }
}

/// Brings a task to its end from where it stands: nothing is done, if it has ended.
///
/// # Errors
/// [`RunError::Busy`] when another process is at work on it, [`RunError::OtherSettings`] when its folder holds another training; else as
/// [`run::train`] and [`open`].
pub fn finish(
    task: &Task,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    match open(&task.folder) {
        Ok(Found::Ended(summary)) => {
            task.check(&task.folder)?;
            Ok(*summary)
        }
        Ok(Found::Unfinished(unfinished)) => {
            task.check(unfinished.partial())?;
            // It is resumed with its own settings: a precision left open may mean another one here.
            let config = unfinished.config().clone().in_folder(task.recipe.data_dir().map(Path::to_owned))?;
            unfinished.resume(Prepared::again(config)?, checkpoint_every, threads, listener)
        }
        Err(RunError::NothingToResume(_)) => {
            let layers = task.layers_of.as_deref().map(layers_of).transpose()?;
            let prepared = Prepared::load(&task.recipe)?;
            let options = Options { force: false, checkpoint_every, layers };
            run::train(prepared, &task.folder, options, threads, listener)
        }
        Err(e) => Err(e),
    }
}

impl Task {
    /// A folder of the same name may hold a training of other settings.
    fn check(&self, folder: &Path) -> Result<(), RunError> {
        let found = config_of(folder)?;
        let wanted = self.config_like(&found)?;
        let open = self.leaves_precision_open();
        if wanted.fingerprint(open) == found.fingerprint(open) {
            return Ok(());
        }
        let difference = wanted.difference(&found, &OF_THE_PLACE);
        Err(RunError::OtherSettings { folder: folder.to_owned(), difference })
    }

    /// The complete settings, for rows like those of another training.
    fn config_like(&self, found: &Config) -> Result<Config, RunError> {
        let layers = found.layers();
        let (features, last) = (layers.first().copied().unwrap_or(0), layers.last().copied().unwrap_or(0));
        let classes = if found.kind().takes_labels() { last } else { 0 };
        Ok(self.recipe.resolve(DataFacts::of_rows(features, classes))?)
    }

    fn leaves_precision_open(&self) -> bool {
        self.recipe.get("training.precision").and_then(Value::as_str).is_none_or(|word| word == "auto")
    }
}
