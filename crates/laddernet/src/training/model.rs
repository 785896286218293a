//! What the one training loop asks of a model.

use super::{Batch, Costs, FitSettings};
use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::split::Split;
use crate::tensor::{Tensor, tensors_of};
use laddernet_math::{Precision, Threads};

/// A quantity that became NaN or infinite: the layer (0 = input), what it is, and its value.
pub type NotFinite = (usize, &'static str, f32);

/// What a training learns from.
#[derive(Clone, Copy)]
pub struct TrainingRows<'a> {
    /// The rows.
    pub data: &'a Dataset,
    /// Which of them are labelled, unlabelled, and kept for validation.
    pub split: &'a Split,
    /// How it is trained.
    pub settings: &'a FitSettings,
}

/// A model that learns from batches.
pub trait Model {
    /// All that a step writes to; a step allocates no matrix.
    type Buffers;

    /// The trainable parameters, in a fixed order.
    fn parameters(&self) -> Parameters<'_>;

    /// The same, to change.
    fn parameters_mut(&mut self) -> Vec<&mut Parameter>;

    /// Values a row.
    fn features(&self) -> usize;

    /// Number of classes; `None` for an unsupervised model.
    fn classes(&self) -> Option<usize>;

    /// Whether it learns from rows without a label.
    fn uses_unlabelled(&self) -> bool;

    /// Whether it can learn from such rows.
    ///
    /// # Errors
    /// When it cannot: says why, and what to do.
    fn check_rows(&self, _data: &Dataset) -> Result<(), SettingsError> {
        Ok(())
    }

    /// Buffers for batches of at most so many rows.
    fn buffers(&self, labelled: usize, unlabelled: usize, precision: Precision) -> Self::Buffers;

    /// The forward pass: the costs of a batch. `seed` and `step` name its random numbers.
    fn costs(&self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, seed: u64, step: u32) -> Costs;

    /// The backward pass after [`Model::costs`] of the same batch; `update` says what becomes of the gradients.
    fn gradients(&mut self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, update: Update);

    /// What a training remembers from step to step besides parameters and moments: tensors of the same paths and shapes at
    /// any time.
    fn state(&self, _buffers: &Self::Buffers) -> Vec<Tensor> {
        Vec::new()
    }

    /// Takes back what [`Model::state`] gave.
    fn restore(&self, _buffers: &mut Self::Buffers, _state: Vec<Tensor>) {}

    /// What of a step's quantities is not finite, the costs among them.
    fn not_finite_in(&self, buffers: &Self::Buffers, costs: &Costs) -> Option<NotFinite>;

    /// What of the model itself is not finite.
    fn not_finite(&self) -> Option<NotFinite>;

    /// What shows at the end of an epoch that the model has diverged, although every value is finite.
    fn diverged(&self, _rows: TrainingRows<'_>, _threads: &Threads) -> Option<NotFinite> {
        None
    }

    /// What to try when it diverges.
    fn hint(&self) -> &'static str {
        "a smaller learning rate"
    }

    /// Computes what a prediction needs besides the parameters, when the training has ended.
    fn finalise(&mut self, _rows: TrainingRows<'_>, _threads: &Threads) {}

    /// All tensors that its file would hold if the training ended here.
    fn as_it_stands(&self, _rows: TrainingRows<'_>, _threads: &Threads) -> Vec<Tensor> {
        tensors_of(&self.parameters())
    }

    /// Error on `validation` in the middle of a training, in percent; `None` for an unsupervised model.
    fn validation_error(&mut self, _validation: &Dataset, _rows: TrainingRows<'_>, _threads: &Threads) -> Option<f64> {
        None
    }
}
