//! The one training loop: batches in, an optimiser along the gradients, events out, statistics for prediction at the end.
//!
//! It neither prints nor saves nor looks at a clock: it tells a listener what happened, and the listener answers continue or
//! stop. Progress, logs, checkpoints and Ctrl-C are listeners.
//!
//! ```text
//! fit = Trainer + batches of a split + listener         one stage
//! Course = stages, one fit each, resumed in the middle  a whole training
//! ```

mod batch;
mod batches;
mod checkpoint;
mod course;
mod events;
mod model;
mod settings;
mod trainer;

pub use batch::{Batch, Cost, Costs, DENOISING, DIVERGENCE, RECONSTRUCTION, SUPERVISED};
pub(crate) use batches::{Passes, gather};
pub use checkpoint::Checkpoint;
pub use course::{Course, Place, Report, Stage, StageEvent, StageReport, TrainingError};
pub use events::{EpochReport, Event, FitError, FitReport, Flow, RowsError, StepReport, TrainingState};
pub use model::{Model, NotFinite, TrainingRows};
pub use settings::FitSettings;
pub use trainer::Trainer;

use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::optimiser::learning_rate;
use crate::split::Split;
use batch::Means;
use batches::Batches;
use laddernet_math::Threads;
use trainer::EpochEnd;

/// Trains `model` on the rows of `data` that `split` names, and tells `listener` of every step and epoch.
///
/// # Errors
/// When settings do not fit the data (before anything is changed), or when the training diverges.
pub fn fit<M: Model>(
    model: &mut M,
    data: &Dataset,
    split: &Split,
    settings: &FitSettings,
    threads: &Threads,
    listener: &mut dyn FnMut(Event<'_>) -> Flow,
) -> Result<FitReport, FitError> {
    fit_from(None, model, data, split, settings, threads, listener)
}

/// The same from a [`Checkpoint`] of the same training, to the same end, bit for bit. `model` gives the structure; its values
/// do not matter.
///
/// # Errors
/// As [`fit`], and when the checkpoint is not of such a training.
pub fn fit_from<M: Model>(
    checkpoint: Option<&Checkpoint>,
    model: &mut M,
    data: &Dataset,
    split: &Split,
    settings: &FitSettings,
    threads: &Threads,
    listener: &mut dyn FnMut(Event<'_>) -> Flow,
) -> Result<FitReport, FitError> {
    settings::check(model, data, split, settings)?;
    let none = || SettingsError::value("precision", "bf16", "f32: this processor has no bf16 matrix products");
    let isa = threads.isa().in_precision(settings.precision).ok_or_else(none)?;
    let (threads, rows) = (&threads.using(isa), TrainingRows { data, split, settings });
    let batches = Batches::new(data, split, settings, model.classes().is_some(), model.uses_unlabelled());
    let validation = (!split.validation.is_empty()).then(|| data.select(&split.validation));
    let (steps_per_epoch, mut batch) = (batches.steps_per_epoch, batches.empty_batch());
    let total_steps = settings.epochs * steps_per_epoch;
    let mut trainer = Trainer::new(model, batches.largest(), settings, threads);
    if let Some(checkpoint) = checkpoint {
        checkpoint.check_place(settings.epochs, steps_per_epoch)?;
        trainer.restore(checkpoint)?;
    }
    let mut means = Means::default();
    while trainer.epoch() < settings.epochs {
        let epoch = trainer.epoch() + 1;
        let rate = learning_rate(settings.learning_rate, settings.decay_start, settings.epochs, epoch);
        let order = batches.order(epoch);
        for i in 0..steps_per_epoch {
            batches.fill(threads, &order, i, &mut batch);
            let costs = match trainer.step(&batch, rate) {
                Ok(costs) => costs,
                Err(what) => return Err(trainer.fall_back(what, rows)),
            };
            means.add(&costs);
            let (step, rows_so_far) = (trainer.steps(), trainer.rows());
            let report = StepReport { epoch, step, total_steps, rows: rows_so_far, costs };
            if listener(Event::Step(&report)) == Flow::Stop && step < total_steps {
                return stopped(trainer, rows);
            }
        }
        if let Err(what) = trainer.end_epoch(rows) {
            return Err(trainer.fall_back(what, rows));
        }
        let validation_error_percent =
            validation.as_ref().and_then(|validation| trainer.model().validation_error(validation, rows, threads));
        let report = EpochReport {
            epoch,
            step: trainer.steps(),
            total_steps,
            rows: trainer.rows(),
            costs: means.take(),
            learning_rate: rate,
            validation_error_percent,
        };
        if listener(Event::Epoch(&report, &EpochEnd(&trainer, rows))) == Flow::Stop && epoch < settings.epochs {
            return stopped(trainer, rows);
        }
    }
    let steps = trainer.steps();
    trainer.finish(rows)?;
    Ok(FitReport { epochs: settings.epochs, steps, stopped: false })
}

fn stopped<M: Model>(trainer: Trainer<'_, M>, rows: TrainingRows<'_>) -> Result<FitReport, FitError> {
    let (epochs, steps) = (trainer.epoch(), trainer.steps());
    trainer.finish(rows)?;
    Ok(FitReport { epochs, steps, stopped: true })
}
