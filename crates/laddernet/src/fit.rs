//! The one training loop: batches in, Adam along the gradients, statistics for prediction at the end.
//!
//! It neither prints nor saves nor looks at a clock: it tells a listener what happened, and the listener answers go
//! on or stop. Progress, logs, checkpoints and Ctrl-C are listeners.

mod batches;
mod reports;
mod settings;
mod statistics;

pub use reports::{EpochReport, Event, FitError, FitReport, Flow, StepReport};
pub use settings::{FitSettings, StatisticsFrom};
pub use statistics::estimate_statistics;

use crate::dataset::Dataset;
use crate::evaluation::evaluate;
use crate::models::{Buffers, Ladder, Noise};
use crate::optimiser::{Adam, learning_rate};
use crate::split::Split;
use batches::Batches;
use laddernet_math::random::Purpose;
use laddernet_math::{Row, Threads};
use reports::Means;
use settings::check;
use statistics::clean_statistics;

/// Trains `model` on the rows of `data` that `split` names. Neither prints nor saves: it tells `listener`.
///
/// # Errors
/// When settings do not fit the data (before anything is changed), or when the training diverges.
pub fn fit(
    model: &mut Ladder,
    data: &Dataset,
    split: &Split,
    settings: &FitSettings,
    threads: &Threads,
    listener: &mut dyn FnMut(Event<'_>) -> Flow,
) -> Result<FitReport, FitError> {
    check(model, data, split, settings)?;
    let uses_unlabelled = model.settings().uses_unlabelled();
    let batches = Batches::new(data, split, settings, uses_unlabelled);
    let (labelled, unlabelled) = batches.largest();
    let mut buffers = Buffers::new(model.settings(), labelled, unlabelled, threads.precision());
    let mut batch = batches.empty_batch();
    let mut adam = Adam::new(threads.isa(), model.parameters_mut());
    let validation = (!split.validation.is_empty()).then(|| data.select(&split.validation));
    let total_steps = settings.epochs * batches.steps_per_epoch;
    // A model is good once a batch has gone through it: finite parameters may still overflow.
    let mut good = LastGood::of(0, model);
    let mut candidate = None;
    let (mut step, mut rows, mut stopped) = (0, 0, false);
    let mut epochs = 0;

    'training: for epoch in 1..=settings.epochs {
        let rate = learning_rate(settings.learning_rate, settings.decay_start, settings.epochs, epoch);
        let order = batches.order(epoch);
        let mut means = Means::default();
        for i in 0..batches.steps_per_epoch {
            let noise = Noise::Drawn { seed: settings.seed, purpose: Purpose::TrainingNoise, step: step as u32 };
            batches.fill(threads, &order, i, &mut batch);
            let costs = model.costs(threads, &mut buffers, &batch, noise);
            step += 1;
            rows += batch.x.rows() as u64;
            if let Some((layer, quantity, value)) = buffers.not_finite(&costs) {
                let kept = good.restore(model);
                finish(model, data, split, settings, threads);
                return Err(FitError::Diverged { step, epoch, layer, quantity, value, kept });
            }
            good = candidate.take().unwrap_or(good);
            model.gradients(threads, &mut buffers, &batch, adam.step(rate));
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
        epochs = epoch;
        candidate = Some(LastGood::of(epoch, model));
        let validation_error_percent = validation.as_ref().map(|validation| {
            model.set_statistics(clean_statistics(model, data, split, settings, threads).finish());
            evaluate(model, validation, &threads.in_single_precision()).error_percent()
        });
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
        if listener(Event::Epoch(&report)) == Flow::Stop && epoch < settings.epochs {
            stopped = true;
            break;
        }
    }
    finish(model, data, split, settings, threads);
    if let Some((layer, quantity, value)) = model.not_finite() {
        let epoch = step.div_ceil(batches.steps_per_epoch);
        let kept = good.restore(model);
        finish(model, data, split, settings, threads);
        return Err(FitError::Diverged { step, epoch, layer, quantity, value, kept });
    }
    Ok(FitReport { epochs, steps: step, stopped })
}

/// The model to fall back to: the parameters at the end of an epoch.
struct LastGood {
    epoch: usize,
    values: Vec<Vec<Row>>,
}

impl LastGood {
    fn of(epoch: usize, model: &Ladder) -> Self {
        LastGood { epoch, values: model.parameters().0.iter().map(|p| p.value.clone()).collect() }
    }

    /// Puts the values back; says which epoch they are from.
    fn restore(self, model: &mut Ladder) -> usize {
        for (parameter, value) in model.parameters_mut().into_iter().zip(self.values) {
            parameter.value = value;
        }
        self.epoch
    }
}

/// The end of a training: what only it needed is given back, and the model gets its statistics.
fn finish(model: &mut Ladder, data: &Dataset, split: &Split, settings: &FitSettings, threads: &Threads) {
    model.parameters_mut().into_iter().for_each(|p| p.end_training());
    estimate_statistics(model, data, split, settings, threads);
}
