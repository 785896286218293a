//! Resuming a training that did not come to its end: killed, stopped, or out of room.

use super::checkpoint::{self, Saved};
use super::prepared::Prepared;
use super::progress::Listener;
use super::run;
use super::summary::{Status, Summary};
use crate::error::RunError;
use crate::folder::{self, RunFolder, files};
use crate::settings::Config;
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
    /// Taken when the training is resumed.
    folder: Option<RunFolder>,
    config: Config,
    saved: Option<Saved>,
}

/// Looks what `run` is: a run folder, or the place where one was to be.
///
/// # Errors
/// When there is none, another process is at work in it, or its settings or all its checkpoints are damaged.
pub fn open(run: &Path) -> Result<Found, RunError> {
    if let Some(summary) = Summary::read(run)?
        && summary.status != Status::Interrupted
        && !folder::has_partial(run)
    {
        let model = run.join(folder::MODEL);
        if !model.is_file() {
            let message =
                "it is missing, although the training came to its end: train again with its config.toml as recipe"
                    .to_owned();
            return Err(RunError::Document { path: model, message });
        }
        // Killed after its end, it may not have come to this.
        checkpoint::remove_all(run)?;
        folder::remove_lock(run)?;
        return Ok(Found::Ended(Box::new(summary)));
    }
    let folder = RunFolder::reopen(run)?;
    match config_of(folder.partial()).and_then(|config| Ok((config, checkpoint::newest(folder.partial())?))) {
        Ok((config, saved)) => Ok(Found::Unfinished(Box::new(Unfinished { folder: Some(folder), config, saved }))),
        Err(e) => {
            let partial = folder.partial().to_owned();
            Err(e.moved(&partial, &folder.give_back()))
        }
    }
}

/// The settings of a run folder.
///
/// # Errors
/// When they are missing or damaged.
pub(crate) fn config_of(run: &Path) -> Result<Config, RunError> {
    let path = run.join(folder::CONFIG);
    let bad = |message: String| RunError::Document { path: path.clone(), message };
    let text = files::short_text(&path).map_err(|e| bad(format!("cannot read it: {e}")))?;
    Config::from_toml(&text).map_err(|e| bad(e.to_string()))
}

/// The settings of a run folder; `None` for a model file alone.
///
/// # Errors
/// When they are damaged or of a newer format.
pub fn config_if_any(run: &Path) -> Result<Option<Config>, RunError> {
    run.join(folder::CONFIG).is_file().then(|| config_of(run)).transpose()
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
    /// The settings that it was begun with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where it lies until its end.
    pub fn partial(&self) -> &Path {
        self.folder.as_ref().expect("it is taken by what consumes this").partial()
    }

    /// Epochs that need not be done again; of a training in stages, those of the stage in progress.
    pub fn epochs_done(&self) -> usize {
        self.saved.as_ref().map_or(0, |s| s.checkpoint.epoch)
    }

    /// Stages that need not be done again.
    pub fn stages_done(&self) -> usize {
        self.saved.as_ref().map_or(0, |s| s.stage)
    }

    /// Goes to the end that the training would have come to, bit for bit. `prepared` is made from
    /// [`Unfinished::config`].
    ///
    /// # Errors
    /// When the data or the settings are not those of the checkpoint, and as [`run::train`].
    pub fn resume(
        mut self,
        prepared: Prepared,
        checkpoint_every: f64,
        threads: &Threads,
        listener: &mut Listener<'_>,
    ) -> Result<Summary, RunError> {
        if let Some(saved) = &self.saved {
            saved.check(&prepared)?;
        }
        let (folder, saved) = (self.folder.take(), self.saved.take());
        let mut folder = folder.expect("it is taken by what consumes this");
        let stages = prepared.config.model.spec().stages(&prepared.config.training);
        let epochs = |saved: &Saved| {
            stages.iter().take(saved.stage).map(|stage| stage.fit.epochs).sum::<usize>() + saved.checkpoint.epoch
        };
        if let Err(e) = folder.tidy(saved.as_ref().map_or(0, epochs)) {
            return Err(folder.left(e));
        }
        let fresh = saved.is_none();
        run::in_folder(folder, prepared, saved, fresh, checkpoint_every, threads, listener)
    }
}
