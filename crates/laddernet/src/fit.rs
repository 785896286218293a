//! The one training loop. (API skeleton; the body is being written.)

use crate::dataset::Dataset;
use crate::models::Ladder;
use crate::split::Split;
use laddernet_math::Threads;
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
    let _ = (model, data, split, settings, threads, listener);
    todo!()
}
