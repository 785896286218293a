//! What a training tells: to its listener while it runs, to its caller at the end.

use super::Standing;
use crate::models::Costs;
use thiserror::Error;

/// What happened; told to the listener, which answers go on or stop.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A step was taken.
    Step(&'a StepReport),
    /// An epoch is over, and this is where the training stands.
    Epoch(&'a EpochReport, &'a Standing<'a>),
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
    /// A checkpoint is not of this training.
    #[error("the checkpoint cannot be gone on from: {0}")]
    Checkpoint(String),
    /// A quantity became NaN or infinite, or left all that is sensible; the model holds the parameters of the last good epoch.
    #[error(
        "training diverged at step {step} (epoch {epoch}) in layer {layer}: {quantity} is {value}. The model of the end of epoch \
         {kept} is kept. Try {remedy}"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// Its epoch, from 1.
        epoch: usize,
        /// The layer, 0 = input.
        layer: usize,
        /// What did.
        quantity: &'static str,
        /// Its value.
        value: f32,
        /// The epoch whose end the kept model comes from; 0 = the initial values.
        kept: usize,
        /// What to try.
        remedy: &'static str,
    },
}

/// Running means of the costs of an epoch.
#[derive(Default)]
pub(super) struct Means {
    steps: f64,
    supervised: f64,
    denoising: Vec<Option<f64>>,
}

impl Means {
    pub fn add(&mut self, costs: &Costs) {
        self.steps += 1.0;
        self.supervised += costs.supervised;
        self.denoising.resize(costs.denoising.len(), None);
        for (sum, cost) in self.denoising.iter_mut().zip(&costs.denoising) {
            *sum = cost.map(|c| c + sum.unwrap_or(0.0));
        }
    }

    pub fn finish(self) -> (f64, Vec<Option<f64>>) {
        let n = self.steps;
        (self.supervised / n, self.denoising.into_iter().map(|c| c.map(|c| c / n)).collect())
    }
}
