//! The contract of a model: what the one training loop asks of it.

use super::{Batch, Costs, Tensor, TensorError};
use crate::dataset::Dataset;
use crate::fit::FitSettings;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::split::Split;
use laddernet_math::{Precision, Threads};
use std::collections::BTreeMap;

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

    /// Number of classes that it can tell apart; `None` for a model that takes no notice of labels.
    fn classes(&self) -> Option<usize>;

    /// Whether rows without a label teach it anything.
    fn uses_unlabelled(&self) -> bool;

    /// Whether it can learn from such rows; if not, why, and what would do.
    ///
    /// # Errors
    /// When it cannot.
    fn check_rows(&self, _data: &Dataset) -> Result<(), String> {
        Ok(())
    }

    /// Buffers for batches of at most so many rows.
    fn buffers(&self, labelled: usize, unlabelled: usize, precision: Precision) -> Self::Buffers;

    /// The forward pass: the costs of a batch. `seed` and `step` name its draws.
    fn costs(&self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, seed: u64, step: u32) -> Costs;

    /// The backward pass after [`Model::costs`] of the same batch; `update` says what becomes of the gradients.
    fn gradients(&mut self, threads: &Threads, buffers: &mut Self::Buffers, batch: &Batch, update: Update);

    /// What a training remembers from step to step besides parameters and moments: as much at any time.
    fn state(&self, _buffers: &Self::Buffers) -> Vec<Tensor> {
        Vec::new()
    }

    /// Takes up what [`Model::state`] gave: tensors of the same paths and shapes in the same order.
    fn go_on(&self, _buffers: &mut Self::Buffers, _state: Vec<Tensor>) {}

    /// What of a step's quantities is not finite, the costs among them.
    fn not_finite_in(&self, buffers: &Self::Buffers, costs: &Costs) -> Option<NotFinite>;

    /// What of the model itself is not finite.
    fn not_finite(&self) -> Option<NotFinite>;

    /// What says at the end of an epoch that the model has left all that is sensible, though every value is finite.
    fn blown_up(&self, _data: &Dataset, _split: &Split, _threads: &Threads) -> Option<NotFinite> {
        None
    }

    /// What to try where it diverges.
    fn remedy(&self) -> &'static str {
        "a smaller learning rate"
    }

    /// What a prediction needs besides the parameters, gathered when the training has ended.
    fn settle(&mut self, data: &Dataset, split: &Split, settings: &FitSettings, threads: &Threads);

    /// Error on `validation` as the model stands in the middle of a training, in percent; `None` for a model that tells no
    /// classes apart.
    fn validation_error(
        &mut self,
        validation: &Dataset,
        data: &Dataset,
        split: &Split,
        settings: &FitSettings,
        threads: &Threads,
    ) -> Option<f64>;
}

/// Parameters as named tensors.
pub fn tensors_of(parameters: &Parameters<'_>) -> Vec<Tensor> {
    let tensor = |p: &&Parameter| Tensor { path: p.path().to_owned(), shape: p.shape(), values: p.values() };
    parameters.0.iter().map(tensor).collect()
}

/// Gives parameters the values of named tensors, in any order.
///
/// # Errors
/// When one is missing, unknown, of another shape, or holds a value that is not finite; the parameters are then not to be
/// used.
pub fn take_tensors(parameters: Vec<&mut Parameter>, tensors: Vec<Tensor>) -> Result<(), TensorError> {
    let mut given: BTreeMap<String, Tensor> = tensors.into_iter().map(|t| (t.path.clone(), t)).collect();
    for p in parameters {
        let tensor = given.remove(p.path()).ok_or_else(|| TensorError(format!("tensor '{}' is missing", p.path())))?;
        if tensor.shape != p.shape() || tensor.values.len() != p.count() {
            let (path, found) = (p.path(), tensor.shape);
            return Err(TensorError(format!("tensor '{path}' has shape {found:?}: expected {:?}", p.shape())));
        }
        if let Some(x) = tensor.values.iter().find(|x| !x.is_finite()) {
            return Err(TensorError(format!("tensor '{}' holds {x}: expected a number", p.path())));
        }
        p.set_values(&tensor.values);
    }
    match given.keys().next() {
        Some(path) => Err(TensorError(format!("tensor '{path}' belongs to no such model"))),
        None => Ok(()),
    }
}
