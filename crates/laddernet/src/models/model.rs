//! The contract of a model: what the one training loop asks of it.

use super::{Batch, Costs, Noise};
use crate::dataset::Dataset;
use crate::fit::FitSettings;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::split::Split;
use laddernet_math::{Precision, Threads};

/// A quantity that became NaN or infinite: the layer (0 = input), what it is, and its value.
pub type NotFinite = (usize, &'static str, f32);

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

    /// Number of classes that it can tell apart.
    fn classes(&self) -> usize;

    /// Whether rows without a label teach it anything.
    fn uses_unlabelled(&self) -> bool;

    /// Buffers for batches of at most so many rows.
    fn buffers(&self, labelled: usize, unlabelled: usize, precision: Precision) -> Self::Buffers;

    /// The forward pass: the costs of a batch.
    fn costs(&self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, noise: Noise<'_>) -> Costs;

    /// The backward pass after [`Model::costs`] of the same batch; `update` says what becomes of the gradients.
    fn gradients(&mut self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, update: Update);

    /// What of a step's quantities is not finite, the costs among them.
    fn not_finite_in(&self, buffers: &Self::Buffers, costs: &Costs) -> Option<NotFinite>;

    /// What of the model itself is not finite.
    fn not_finite(&self) -> Option<NotFinite>;

    /// What a prediction needs besides the parameters, gathered when the training has ended.
    fn settle(&mut self, data: &Dataset, split: &Split, settings: &FitSettings, threads: &Threads);

    /// Error on `validation` as the model stands in the middle of a training, in percent.
    fn validation_error(
        &mut self,
        validation: &Dataset,
        data: &Dataset,
        split: &Split,
        settings: &FitSettings,
        threads: &Threads,
    ) -> f64;
}
