//! The one training loop: batches in, Adam along the gradients, statistics for prediction at the end.
//!
//! It neither prints nor saves nor looks at a clock: it tells a listener what happened, and the listener answers go
//! on or stop. Progress, logs, checkpoints and Ctrl-C are listeners.

mod batches;

use crate::dataset::Dataset;
use crate::evaluation::evaluate;
use crate::models::ladder::Gather;
use crate::models::{Batch, Buffers, Costs, Ladder, Noise};
use crate::optimiser::{Adam, learning_rate};
use crate::split::Split;
use batches::{Batches, Passes, gather};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Row, Threads};
use thiserror::Error;

/// Which rows give the normalisation statistics for prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticsFrom {
    /// The labelled rows, as the authors do.
    Labelled,
    /// All training rows.
    Unlabelled,
}

/// How to train. `Default` is the authors' setting.
#[derive(Clone, Debug, PartialEq)]
pub struct FitSettings {
    /// Passes over the unlabelled rows.
    pub epochs: usize,
    /// Labelled rows a step, at most.
    pub labelled_batch: usize,
    /// Unlabelled rows a step, at most.
    pub unlabelled_batch: usize,
    /// Initial learning rate of Adam.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls linearly to zero.
    pub decay_start: f32,
    /// Which rows give the statistics for prediction.
    pub statistics: StatisticsFrom,
    /// Seed of the order of the rows and of the noise.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        FitSettings {
            epochs: 150,
            labelled_batch: 100,
            unlabelled_batch: 100,
            learning_rate: 0.002,
            decay_start: 0.67,
            statistics: StatisticsFrom::Unlabelled,
            seed: 1,
        }
    }
}

/// What happened; told to the listener, which answers go on or stop.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A step was taken.
    Step(&'a StepReport),
    /// An epoch is over.
    Epoch(&'a EpochReport),
}

/// The listener's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Go,
    /// Stop after this step; what was learned is kept.
    Stop,
}

/// One step.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step, from 1, over all epochs.
    pub step: usize,
    /// Steps in all epochs together.
    pub total_steps: usize,
    /// Rows taken in so far, labelled and unlabelled.
    pub rows: u64,
    /// The supervised cost (cross-entropy).
    pub supervised_cost: f64,
    /// Each layer's denoising cost before weighting, the input first; `None` where the decoder does not reach.
    pub denoising_costs: Vec<Option<f64>>,
}

/// One epoch; costs are means over its steps.
#[derive(Clone, Debug)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Steps taken so far.
    pub step: usize,
    /// Steps in all epochs together.
    pub total_steps: usize,
    /// Rows taken in so far, labelled and unlabelled.
    pub rows: u64,
    /// Mean supervised cost.
    pub supervised_cost: f64,
    /// Mean denoising costs before weighting.
    pub denoising_costs: Vec<Option<f64>>,
    /// The learning rate of the epoch.
    pub learning_rate: f32,
    /// Error on the validation rows in percent, where there are any.
    pub validation_error_percent: Option<f64>,
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FitReport {
    /// Epochs completed.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
    /// Whether the listener stopped it.
    pub stopped: bool,
}

/// Why a training cannot start or go on.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum FitError {
    /// A setting or the data make no training; says which and what would.
    #[error("{0}")]
    Settings(String),
    /// A quantity became NaN or infinite; the model holds the parameters of the last good epoch.
    #[error(
        "training diverged at step {step} (epoch {epoch}): {quantity} of layer {layer} is {value}. The model of the end of epoch \
         {kept} is kept. Try a smaller learning rate or smaller denoising weights"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// Its epoch, from 1.
        epoch: usize,
        /// The layer, 0 = input.
        layer: usize,
        /// What became non-finite.
        quantity: &'static str,
        /// Its value.
        value: f32,
        /// The epoch whose end the kept model comes from; 0 = the initial values.
        kept: usize,
    },
}

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
            evaluate(model, validation, threads).error_percent()
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

fn check(model: &Ladder, data: &Dataset, split: &Split, settings: &FitSettings) -> Result<(), FitError> {
    let fail = |message: String| Err(FitError::Settings(message));
    let layers = &model.settings().layers;
    if data.features() != layers[0] {
        return fail(format!(
            "the data have {} values a row, but the first layer has {} units: make them equal",
            data.features(),
            layers[0]
        ));
    }
    if data.classes() > model.classes() {
        return fail(format!(
            "the data have {} classes, but the last layer has {} units: make them equal",
            data.classes(),
            model.classes()
        ));
    }
    if split.labelled.is_empty() && !model.settings().uses_unlabelled() {
        return fail("there is no labelled row, and a model without a decoder learns from labelled rows alone".into());
    }
    if split.labelled.is_empty() && split.unlabelled.is_empty() {
        return fail("there is no row to learn from".into());
    }
    let rows = split.labelled.iter().chain(&split.unlabelled).chain(&split.validation);
    if let Some(row) = rows.copied().find(|&row| row >= data.rows()) {
        return fail(format!("the split names row {row}, but the data have {} rows", data.rows()));
    }
    if let Some(row) = split.labelled.iter().find(|&&row| data.labels()[row].is_none()) {
        return fail(format!("the split counts row {row} as labelled, but it has no label"));
    }
    let steps = split.unlabelled.len().max(split.labelled.len()).div_ceil(settings.unlabelled_batch.max(1));
    if settings.epochs.checked_mul(steps).is_none_or(|steps| steps > u32::MAX as usize) {
        return fail(format!(
            "{} epochs of {steps} steps: expected at most {} steps; train for fewer epochs",
            settings.epochs,
            u32::MAX
        ));
    }
    for (name, value) in [
        ("number of epochs", settings.epochs),
        ("labelled batch", settings.labelled_batch),
        ("unlabelled batch", settings.unlabelled_batch),
    ] {
        if value == 0 {
            return fail(format!("the {name} is 0: expected at least 1"));
        }
    }
    if !(settings.learning_rate.is_finite() && settings.learning_rate > 0.0) {
        return fail(format!(
            "the learning rate is {}: expected a number above 0, such as 0.002",
            settings.learning_rate
        ));
    }
    if !(0.0..=1.0).contains(&settings.decay_start) {
        return fail(format!(
            "the decay starts at {} of the epochs: expected a share from 0 to 1",
            settings.decay_start
        ));
    }
    Ok(())
}

/// Gathers the normalisation statistics for prediction, as [`fit`] does at its end: the clean encoder's over the rows
/// that the settings name (the labelled ones for a model without a decoder, which must not see others), and, for a
/// decoder that reaches the input, what a reconstruction needs over unlabelled rows.
pub fn estimate_statistics(
    model: &mut Ladder,
    data: &Dataset,
    split: &Split,
    settings: &FitSettings,
    threads: &Threads,
) {
    /// Batches of corrupted rows that are decoded: moments of 10 000 rows are known well enough for a picture.
    const DECODED: usize = 100;
    // As at prediction, whatever the precision of the training.
    let threads = &threads.in_single_precision();
    let mut statistics = clean_statistics(model, data, split, settings, threads);
    if model.can_reconstruct() {
        let rows = if split.unlabelled.is_empty() { &split.labelled } else { &split.unlabelled };
        let passes = Passes::new(rows, settings.unlabelled_batch, settings.seed);
        let mut buffers = Buffers::new(model.settings(), 0, passes.largest(), threads.precision());
        let mut batch = Batch { x: Panels::new(passes.largest(), data.features()), labels: Vec::new() };
        for (i, rows) in passes.iter().take(DECODED).enumerate() {
            gather(threads, data, &[], rows, &mut batch.x);
            let noise = Noise::Drawn { seed: settings.seed, purpose: Purpose::StatisticsNoise, step: i as u32 };
            model.encode(threads, &mut buffers, &batch, noise);
            model.decode(threads, &mut buffers);
            statistics.add_decoder(&buffers);
        }
    }
    model.set_statistics(statistics.finish());
}

/// The clean encoder's statistics, without the decoder's.
fn clean_statistics(
    model: &Ladder,
    data: &Dataset,
    split: &Split,
    settings: &FitSettings,
    threads: &Threads,
) -> Gather {
    let threads = &threads.in_single_precision();
    let from_unlabelled = settings.statistics == StatisticsFrom::Unlabelled
        && model.settings().uses_unlabelled()
        && !split.unlabelled.is_empty()
        || split.labelled.is_empty();
    let passes = match from_unlabelled {
        true => Passes::new(&split.unlabelled, settings.unlabelled_batch, settings.seed),
        false => Passes::new(&split.labelled, settings.labelled_batch, settings.seed),
    };
    // Rows stand in the labelled segment, without noise: then nothing but the clean encoder is computed.
    let mut buffers = Buffers::new(model.settings(), passes.largest(), 0, threads.precision());
    let mut batch = Batch { x: Panels::new(passes.largest(), data.features()), labels: Vec::new() };
    let mut statistics = Gather::default();
    for rows in passes.iter() {
        gather(threads, data, rows, &[], &mut batch.x);
        batch.labels.clear();
        batch.labels.resize(rows.len(), 0);
        model.encode(threads, &mut buffers, &batch, Noise::Silent);
        statistics.add_clean(&buffers);
    }
    statistics
}

/// Running means of the costs of an epoch.
#[derive(Default)]
struct Means {
    steps: f64,
    supervised: f64,
    denoising: Vec<Option<f64>>,
}

impl Means {
    fn add(&mut self, costs: &Costs) {
        self.steps += 1.0;
        self.supervised += costs.supervised;
        self.denoising.resize(costs.denoising.len(), None);
        for (sum, cost) in self.denoising.iter_mut().zip(&costs.denoising) {
            *sum = cost.map(|c| c + sum.unwrap_or(0.0));
        }
    }

    fn finish(self) -> (f64, Vec<Option<f64>>) {
        let n = self.steps;
        (self.supervised / n, self.denoising.into_iter().map(|c| c.map(|c| c / n)).collect())
    }
}
