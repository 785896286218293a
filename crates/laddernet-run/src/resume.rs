//! Going on with a training that did not come to its end: killed, stopped, or out of room.

use crate::checkpoint::{self, Identity, Saved};
use crate::error::RunError;
use crate::folder::{self, RunFolder};
use crate::kind::AnyRecipe;
use crate::lineage::{self, LineageConfig};
use crate::prepare::{Prepared, Settings};
use crate::progress::Listener;
use crate::run;
use crate::saved;
use crate::summary::{Status, Summary};
use laddernet::Threads;
use std::path::Path;

/// What a run folder is found to be.
pub enum Found {
    /// Its training came to its end; there is nothing to do.
    Ended(Box<Summary>),
    /// It did not.
    Unfinished(Box<Unfinished>),
}

/// A training that did not come to its end. Its folder is locked as long as this is held.
pub struct Unfinished {
    /// Taken when the training goes on.
    folder: Option<RunFolder>,
    recipe: AnyRecipe,
    saved: Option<Saved>,
}

/// Looks what `run` is: a run folder, or the place where one was to be.
///
/// # Errors
/// When there is none, another process is at work in it, or its settings or all its checkpoints are damaged.
pub fn open(run: &Path) -> Result<Found, RunError> {
    if let Some(summary) = saved::summary(run)?
        && summary.status != Status::Interrupted
        && !folder::has_partial(run)
    {
        let model = run.join(folder::MODEL);
        if !model.is_file() {
            let message = "it is missing, although the training came to its end: train again with --recipe config.toml"
                .to_owned();
            return Err(RunError::Document { path: model, message });
        }
        // Killed after its end, it may not have come to this.
        checkpoint::remove_all(run)?;
        return Ok(Found::Ended(Box::new(summary)));
    }
    let folder = RunFolder::reopen(run)?;
    match read(folder.partial()) {
        Ok((recipe, saved)) => Ok(Found::Unfinished(Box::new(Unfinished { folder: Some(folder), recipe, saved }))),
        Err(e) => {
            folder.give_back();
            Err(e)
        }
    }
}

/// The settings, and how far the training came.
fn read(partial: &Path) -> Result<(AnyRecipe, Option<Saved>), RunError> {
    let path = partial.join(folder::CONFIG);
    let bad = |message: String| RunError::Document { path: path.clone(), message };
    let text = saved::short_text(&path).map_err(|e| bad(format!("cannot read it: {e}")))?;
    let recipe = AnyRecipe::from_toml(&text).map_err(|e| bad(e.to_string()))?;
    Ok((recipe, checkpoint::newest(partial)?))
}

impl Drop for Unfinished {
    /// Where nothing came of it, the run stands where it stood.
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            folder.give_back();
        }
    }
}

impl Unfinished {
    /// The settings.
    pub fn recipe(&self) -> AnyRecipe {
        self.recipe.clone()
    }

    /// Where it lies until its end.
    pub(crate) fn partial(&self) -> &Path {
        self.folder.as_ref().expect("it is taken by what consumes this").partial()
    }

    /// Epochs that need not be done again; of a training in stages, those of the stage in work.
    pub fn epochs_done(&self) -> usize {
        self.saved.as_ref().map_or(0, |s| s.checkpoint.epoch)
    }

    /// Stages that need not be done again.
    pub fn stages_done(&self) -> usize {
        self.saved.as_ref().map_or(0, |s| s.stage)
    }

    /// Goes on to the end that the training would have come to, bit for bit. `prepared` is made from
    /// [`Unfinished::recipe`].
    ///
    /// # Errors
    /// When the data or the settings are not those of the checkpoint, and as [`run::train`].
    pub fn go_on(
        self,
        prepared: Prepared,
        checkpoint_every: f64,
        threads: &Threads,
        listener: &mut Listener<'_>,
    ) -> Result<Summary, RunError> {
        let (folder, saved) = self.taken_up(&prepared, |_| 0)?;
        let model = run::new_ladder(&prepared.config, threads)?;
        run::train_from(folder, prepared, model, saved, checkpoint_every, threads, listener)
    }

    /// The same for a model of the lineage.
    ///
    /// # Errors
    /// As [`Unfinished::go_on`].
    pub fn go_on_in_stages(
        self,
        prepared: Prepared<LineageConfig>,
        checkpoint_every: f64,
        threads: &Threads,
        listener: &mut Listener<'_>,
    ) -> Result<Summary, RunError> {
        let settings = prepared.config.lineage();
        let epochs = |stages: usize| {
            settings.stages().into_iter().take(stages).map(|stage| settings.learning(stage).epochs).sum()
        };
        let (folder, saved) = self.taken_up(&prepared, epochs)?;
        lineage::go_on(folder, prepared, saved, checkpoint_every, threads, listener)
    }

    /// The folder, tidied; `epochs_before` are those of so many stages.
    fn taken_up<C: Settings>(
        mut self,
        prepared: &Prepared<C>,
        epochs_before: impl Fn(usize) -> usize,
    ) -> Result<(RunFolder, Option<Saved>), RunError> {
        if let Some(saved) = &self.saved {
            saved.check(&Identity::of(prepared))?;
        }
        let (folder, saved) = (self.folder.take(), self.saved.take());
        let mut folder = folder.expect("it is taken by what consumes this");
        match folder.tidy(saved.as_ref().map_or(0, |s| epochs_before(s.stage) + s.checkpoint.epoch)) {
            Ok(()) => Ok((folder, saved)),
            Err(e) => Err(folder.left(e)),
        }
    }
}
