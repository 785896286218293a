//! A training at the end of an epoch, as tensors: all that it needs to resume as if it had never stopped.
//!
//! Order and noise are functions of the seed, the epoch and the step, so parameters, moments and these two numbers are the whole
//! state, but for what a model may remember from step to step ([`Model::state`]). Normalisation statistics for prediction are
//! computed when a training ends and are not part of it.

use super::{FitError, Model};
use crate::parameters::{Parameter, Parameters};
use crate::tensor::{Tensor, TensorError, Tensors};
use laddernet_math::Row;

/// What of a parameter a checkpoint holds, before its path: `value.encoder.1.weight`.
const VALUE: &str = "value";
const MOMENTS: [&str; 2] = ["first_moment", "second_moment"];
/// Before the path of what a model remembers.
const STATE: &str = "state";
/// The values to fall back to should the next step show that these overflow.
const LAST_GOOD: &str = "last_good";

/// A training at the end of an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Epochs done.
    pub epoch: usize,
    /// Steps taken.
    pub step: usize,
    /// Rows processed, labelled and unlabelled.
    pub rows: u64,
    /// The epoch that the values to fall back to are from.
    pub last_good_epoch: usize,
    /// Each parameter's value, moments, and value to fall back to, row-major.
    pub tensors: Vec<Tensor>,
}

impl Checkpoint {
    /// Where a training begins that goes on from the parameters of another: no epoch is done, and moments are zero. The model must remember
    /// nothing from step to step.
    pub fn beginning(parameters: &Parameters<'_>) -> Self {
        let mut tensors = Vec::new();
        for p in &parameters.0 {
            let zeros = vec![0.0; p.shape().iter().product()];
            for (what, values) in
                [(VALUE, p.values()), (MOMENTS[0], zeros.clone()), (MOMENTS[1], zeros), (LAST_GOOD, p.values())]
            {
                tensors.push(Tensor { path: format!("{what}.{}", p.path()), shape: p.shape(), values });
            }
        }
        Checkpoint { epoch: 0, step: 0, rows: 0, last_good_epoch: 0, tensors }
    }

    /// Of a training that has come so far.
    pub(super) fn of(
        (epoch, step, rows): (usize, usize, u64),
        parameters: &Parameters<'_>,
        good: &LastGood,
        state: Vec<Tensor>,
    ) -> Self {
        let mut tensors = Vec::new();
        for (p, good) in parameters.0.iter().zip(&good.values) {
            let mut add = |what: &str, values| {
                tensors.push(Tensor { path: format!("{what}.{}", p.path()), shape: p.shape(), values });
            };
            add(VALUE, p.values());
            for (what, moment) in MOMENTS.into_iter().zip(p.moments()) {
                add(what, p.read(moment));
            }
            add(LAST_GOOD, p.read(good));
        }
        tensors.extend(state.into_iter().map(|t| Tensor { path: format!("{STATE}.{}", t.path), ..t }));
        Checkpoint { epoch, step, rows, last_good_epoch: good.epoch, tensors }
    }

    /// Whether a training of so many epochs and steps passes through this place.
    pub(super) fn check_place(&self, epochs: usize, steps_per_epoch: usize) -> Result<(), FitError> {
        let &Checkpoint { epoch, step, last_good_epoch, .. } = self;
        if epoch > epochs || Some(step) != epoch.checked_mul(steps_per_epoch) || last_good_epoch > epoch {
            return Err(FitError::CheckpointPlace { epoch, step, epochs, steps_per_epoch });
        }
        Ok(())
    }

    /// Puts values, moments and state into a model whose training has begun; gives the values to fall back to.
    ///
    /// # Errors
    /// When a tensor is missing, of another shape, not finite, or belongs to no such model; the model is then not to be
    /// used.
    pub(super) fn restore<M: Model>(&self, model: &mut M, buffers: &mut M::Buffers) -> Result<LastGood, TensorError> {
        let mut tensors = Tensors::new(self.tensors.clone())?;
        let mut state = Vec::new();
        for t in model.state(buffers) {
            state.push(Tensor { values: tensors.take(&format!("{STATE}.{}", t.path), &t.shape)?, ..t });
        }
        model.restore(buffers, state);
        let mut take = |what: &str, p: &Parameter| tensors.take(&format!("{what}.{}", p.path()), &p.shape());
        let mut good = LastGood { epoch: self.last_good_epoch, values: Vec::new() };
        for p in model.parameters_mut() {
            let value = take(VALUE, p)?;
            let moments = [take(MOMENTS[0], p)?, take(MOMENTS[1], p)?];
            good.values.push(p.rows_of(&take(LAST_GOOD, p)?));
            p.restore(&value, [&moments[0], &moments[1]]);
        }
        tensors.finish()?;
        Ok(good)
    }
}

/// The model to fall back to: the parameters at the end of an epoch.
pub(super) struct LastGood {
    pub epoch: usize,
    values: Vec<Vec<Row>>,
}

impl LastGood {
    pub fn of(epoch: usize, model: &impl Model) -> Self {
        LastGood { epoch, values: model.parameters().0.iter().map(|p| p.value.clone()).collect() }
    }

    /// Puts the values back; says which epoch they are from.
    pub fn restore(&self, model: &mut impl Model) -> usize {
        for (parameter, value) in model.parameters_mut().into_iter().zip(&self.values) {
            parameter.value.clone_from(value);
        }
        self.epoch
    }
}
