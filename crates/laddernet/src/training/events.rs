//! What a training reports: to its listener while it runs, to its caller at the end.

use super::{Checkpoint, Costs};
use crate::error::SettingsError;
use crate::tensor::{Tensor, TensorError};
use thiserror::Error;

/// What happened; the listener answers continue or stop.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// A step was taken.
    Step(&'a StepReport),
    /// An epoch is over; the state of the training can be copied.
    Epoch(&'a EpochReport, &'a dyn TrainingState),
}

/// The listener's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Continue.
    Continue,
    /// Stop after this step; what was learned is kept.
    Stop,
}

/// The state of a training at the end of an epoch, which a listener may copy.
pub trait TrainingState {
    /// A copy of the parameters alone.
    fn tensors(&self) -> Vec<Tensor>;

    /// All tensors that the file of the model would hold if the training ended here: the parameters, and what else a prediction needs, which
    /// is computed for who asks.
    fn as_it_stands(&self) -> Vec<Tensor>;

    /// A copy of all that the training needs to resume.
    fn checkpoint(&self) -> Checkpoint;
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
    /// Rows processed so far, labelled and unlabelled.
    pub rows: u64,
    /// Its costs.
    pub costs: Costs,
}

/// One epoch.
#[derive(Clone, Debug)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Steps taken so far.
    pub step: usize,
    /// Steps in all epochs together.
    pub total_steps: usize,
    /// Rows processed so far, labelled and unlabelled.
    pub rows: u64,
    /// Mean costs of its steps.
    pub costs: Costs,
    /// Its learning rate.
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

/// Why a training cannot start or continue.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum FitError {
    /// A setting makes no training, or does not fit the data.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The split and the data do not fit together.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A checkpoint is of another place than this training has.
    #[error(
        "the checkpoint cannot be resumed: it is of epoch {epoch} and step {step}, but this training has {epochs} epochs of \
         {steps_per_epoch} steps"
    )]
    CheckpointPlace {
        /// Epoch of the checkpoint.
        epoch: usize,
        /// Its step.
        step: usize,
        /// Epochs of the training.
        epochs: usize,
        /// Steps of each.
        steps_per_epoch: usize,
    },
    /// The tensors of a checkpoint are not those of this training.
    #[error("the checkpoint cannot be resumed: {0}")]
    CheckpointTensors(#[from] TensorError),
    /// A quantity became NaN or infinite, or left all that is sensible; the model holds the parameters of the last good epoch.
    #[error(
        "training diverged at step {step} (epoch {epoch}) in layer {layer}: {quantity} is {value}. The model of the end of epoch \
         {kept} is kept. Try {hint}"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// Its epoch, from 1.
        epoch: usize,
        /// The layer, 0 = input.
        layer: usize,
        /// What diverged.
        quantity: &'static str,
        /// Its value.
        value: f32,
        /// The epoch whose end the kept model comes from; 0 = the initial values.
        kept: usize,
        /// What to try.
        hint: &'static str,
    },
}

/// Rows that a training cannot use.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RowsError {
    /// Rows of another length.
    #[error("the data have {found} values a row, but the first layer has {expected} units: make them equal")]
    Features {
        /// Values a row.
        found: usize,
        /// Units of the first layer.
        expected: usize,
    },
    /// More classes than the last layer has units.
    #[error("the data have {found} classes, but the last layer has {expected} units: make them equal")]
    Classes {
        /// Classes of the data.
        found: usize,
        /// Units of the last layer.
        expected: usize,
    },
    /// A supervised model without labels.
    #[error("there is no labelled row, and this model learns from labelled rows alone: give labels")]
    NoLabels,
    /// Nothing to learn from.
    #[error("there is no row to learn from: give at least one")]
    Empty,
    /// The split names a row that is not there.
    #[error("the split names row {row}, but the data have {rows} rows: split these data")]
    NoSuchRow {
        /// The row.
        row: usize,
        /// Rows there are.
        rows: usize,
    },
    /// The split counts a row as labelled that has no label.
    #[error("the split counts row {row} as labelled, but it has no label: split these data")]
    NoSuchLabel {
        /// The row.
        row: usize,
    },
}
