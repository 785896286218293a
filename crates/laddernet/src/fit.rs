//! The one training loop: batches in, an optimiser along the gradients, statistics for prediction at the end.
//!
//! It neither prints nor saves nor looks at a clock: it tells a listener what happened, and the listener answers go
//! on or stop. Progress, logs, checkpoints and Ctrl-C are listeners.

mod batches;
mod checkpoint;
mod reports;
mod settings;
mod statistics;

pub use checkpoint::{Checkpoint, Standing};
pub use reports::{EpochReport, Event, FitError, FitReport, Flow, StepReport};
pub use settings::{FitSettings, StatisticsFrom};
pub(crate) use statistics::clean_statistics;
pub use statistics::estimate_statistics;

use crate::dataset::Dataset;
use crate::models::{Model, NotFinite};
use crate::optimiser::{Descent, learning_rate};
use crate::split::Split;
use batches::Batches;
use checkpoint::LastGood;
use laddernet_math::Threads;
use reports::Means;
use settings::check;

/// Trains `model` on the rows of `data` that `split` names. Neither prints nor saves: it tells `listener`.
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

/// The same from a [`Checkpoint`] of the same training on, to the same end, bit for bit. `model` gives the network; its
/// values are not looked at.
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
    check(model, data, split, settings)?;
    let uses_labelled = model.classes().is_some();
    let batches = Batches::new(data, split, settings, uses_labelled, model.uses_unlabelled());
    let (labelled, unlabelled) = batches.largest();
    let mut buffers = model.buffers(labelled, unlabelled, threads.precision());
    let mut batch = batches.empty_batch();
    let mut descent = Descent::new(threads.isa(), settings.optimiser, settings.weight_decay, model.parameters_mut());
    let validation = (!split.validation.is_empty()).then(|| data.select(&split.validation));
    let total_steps = settings.epochs * batches.steps_per_epoch;
    // A model is good once a batch has gone through it: finite parameters may still overflow.
    let mut good = LastGood::of(0, model);
    let mut candidate = None;
    let (mut step, mut rows, mut stopped) = (0, 0, false);
    let mut epochs = 0;
    if let Some(c) = checkpoint {
        c.check_place(settings.epochs, batches.steps_per_epoch)?;
        good = c.restore(model, &mut buffers)?;
        candidate = Some(LastGood::of(c.epoch, model));
        descent.go_on(threads.isa(), c.step, model.parameters_mut());
        (epochs, step, rows) = (c.epoch, c.step, c.rows);
    }

    'training: for epoch in epochs + 1..=settings.epochs {
        let rate = learning_rate(settings.learning_rate, settings.decay_start, settings.epochs, epoch);
        let order = batches.order(epoch);
        let mut means = Means::default();
        for i in 0..batches.steps_per_epoch {
            batches.fill(threads, &order, i, &mut batch);
            let costs = model.costs(threads, &mut buffers, &batch, settings.seed, step as u32);
            step += 1;
            rows += batch.x.rows() as u64;
            if let Some(what) = model.not_finite_in(&buffers, &costs) {
                let kept = good.restore(model);
                finish(model, data, split, settings, threads);
                return Err(diverged(model, (step, epoch), what, kept));
            }
            good = candidate.take().unwrap_or(good);
            model.gradients(threads, &mut buffers, &batch, descent.step(rate));
            means.add(&costs);
            let report = StepReport {
                epoch,
                step,
                total_steps,
                rows,
                supervised_cost: costs.supervised,
                denoising_costs: costs.denoising,
            };
            if listener(Event::Step(&report)) == Flow::Stop && step < total_steps {
                stopped = true;
                break 'training;
            }
        }
        if let Some(what) = model.blown_up(data, split, threads) {
            let kept = good.restore(model);
            finish(model, data, split, settings, threads);
            return Err(diverged(model, (step, epoch), what, kept));
        }
        epochs = epoch;
        let validation_error_percent = validation
            .as_ref()
            .and_then(|validation| model.validation_error(validation, data, split, settings, threads));
        let (supervised_cost, denoising_costs) = means.finish();
        let report = EpochReport {
            epoch,
            step,
            total_steps,
            rows,
            supervised_cost,
            denoising_costs,
            learning_rate: rate,
            validation_error_percent,
        };
        let state = || model.state(&buffers);
        let standing = Standing { epoch, step, rows, parameters: model.parameters(), state: &state, good: &good };
        let flow = listener(Event::Epoch(&report, &standing));
        candidate = Some(LastGood::of(epoch, model));
        if flow == Flow::Stop && epoch < settings.epochs {
            stopped = true;
            break;
        }
    }
    finish(model, data, split, settings, threads);
    if let Some(what) = model.not_finite() {
        let epoch = step.div_ceil(batches.steps_per_epoch);
        let kept = good.restore(model);
        finish(model, data, split, settings, threads);
        return Err(diverged(model, (step, epoch), what, kept));
    }
    Ok(FitReport { epochs, steps: step, stopped })
}

fn diverged(
    model: &impl Model,
    (step, epoch): (usize, usize),
    (layer, quantity, value): NotFinite,
    kept: usize,
) -> FitError {
    FitError::Diverged { step, epoch, layer, quantity, value, kept, remedy: model.remedy() }
}

/// The end of a training: what only it needed is given back, and the model gets its statistics.
fn finish(model: &mut impl Model, data: &Dataset, split: &Split, settings: &FitSettings, threads: &Threads) {
    model.parameters_mut().into_iter().for_each(|p| p.end_training());
    model.settle(data, split, settings, threads);
}
