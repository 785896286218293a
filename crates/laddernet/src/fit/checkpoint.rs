//! A training at the end of an epoch, as tensors: all that it needs to go on as if it had never stopped.
//!
//! Order and noise are functions of the seed, the epoch and the step, so parameters, moments and these two numbers
//! are the whole state, but for what a model may remember from step to step ([`Model::state`]). Normalisation statistics for prediction are gathered when a training ends and are none of it.

use super::FitError;
use crate::models::{Model, Tensor, tensors_of};
use crate::parameters::{Parameter, Parameters};
use laddernet_math::Row;
use std::collections::BTreeMap;

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
    /// Rows taken in, labelled and unlabelled.
    pub rows: u64,
    /// The epoch that the values to fall back to are from.
    pub last_good_epoch: usize,
    /// Each parameter's value, moments, and value to fall back to, row-major.
    pub tensors: Vec<Tensor>,
}

/// Where a training stands; a listener that wants to keep it asks for a [`Checkpoint`], which copies everything.
pub struct Standing<'a> {
    pub(super) epoch: usize,
    pub(super) step: usize,
    pub(super) rows: u64,
    pub(super) parameters: Parameters<'a>,
    pub(super) state: &'a dyn Fn() -> Vec<Tensor>,
    pub(super) good: &'a LastGood,
}

impl std::fmt::Debug for Standing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing").field("epoch", &self.epoch).field("step", &self.step).finish_non_exhaustive()
    }
}

impl Standing<'_> {
    /// A copy of the parameters alone.
    pub fn tensors(&self) -> Vec<Tensor> {
        tensors_of(&self.parameters)
    }

    /// A copy of all that the training needs to go on.
    pub fn checkpoint(&self) -> Checkpoint {
        let mut tensors = Vec::new();
        for (p, good) in self.parameters.0.iter().zip(&self.good.values) {
            let mut add = |what: &str, values| {
                tensors.push(Tensor { path: format!("{what}.{}", p.path()), shape: p.shape(), values });
            };
            add(VALUE, p.values());
            for (what, moment) in MOMENTS.into_iter().zip(p.moments()) {
                add(what, p.read(moment));
            }
            add(LAST_GOOD, p.read(good));
        }
        tensors.extend((self.state)().into_iter().map(|t| Tensor { path: format!("{STATE}.{}", t.path), ..t }));
        let Standing { epoch, step, rows, good, .. } = *self;
        Checkpoint { epoch, step, rows, last_good_epoch: good.epoch, tensors }
    }
}

impl Checkpoint {
    /// Whether a training of so many epochs and steps can stand here.
    pub(super) fn check_place(&self, epochs: usize, steps_per_epoch: usize) -> Result<(), FitError> {
        let Checkpoint { epoch, step, last_good_epoch, .. } = self;
        if *epoch > epochs || Some(*step) != epoch.checked_mul(steps_per_epoch) || last_good_epoch > epoch {
            return Err(FitError::Checkpoint(format!(
                "it is of epoch {epoch} and step {step}, but this training has {epochs} epochs of {steps_per_epoch} steps"
            )));
        }
        Ok(())
    }

    /// Puts the values, the moments and what it remembers into a model whose training has begun; gives the values to fall back to.
    ///
    /// # Errors
    /// When a tensor is missing, of another shape, not finite, or belongs to no such model; the model is then not to be
    /// used.
    pub(super) fn restore<M: Model>(&self, model: &mut M, buffers: &mut M::Buffers) -> Result<LastGood, FitError> {
        let fail = |message: String| FitError::Checkpoint(message);
        let mut given: BTreeMap<&str, &Tensor> = self.tensors.iter().map(|t| (&*t.path, t)).collect();
        let mut named = |path: String, shape: &[usize]| {
            let tensor = given.remove(&*path).ok_or_else(|| fail(format!("tensor '{path}' is missing")))?;
            if tensor.shape != shape || tensor.values.len() != shape.iter().product::<usize>() {
                return Err(fail(format!("tensor '{path}' has shape {:?}: expected {shape:?}", tensor.shape)));
            }
            match tensor.values.iter().position(|x| !x.is_finite()) {
                Some(i) => Err(fail(format!("tensor '{path}' holds {} at {i}: expected a number", tensor.values[i]))),
                None => Ok(&tensor.values),
            }
        };
        let mut state = Vec::new();
        for t in model.state(buffers) {
            state.push(Tensor { values: named(format!("{STATE}.{}", t.path), &t.shape)?.clone(), ..t });
        }
        model.go_on(buffers, state);
        let mut take = |what: &str, p: &Parameter| named(format!("{what}.{}", p.path()), &p.shape());
        let mut good = LastGood { epoch: self.last_good_epoch, values: Vec::new() };
        for p in model.parameters_mut() {
            let value = take(VALUE, p)?;
            let moments = [take(MOMENTS[0], p)?, take(MOMENTS[1], p)?];
            good.values.push(p.rows_of(take(LAST_GOOD, p)?));
            p.go_on(value, moments);
        }
        match given.keys().next() {
            Some(path) => Err(fail(format!("tensor '{path}' belongs to no model of these settings"))),
            None => Ok(good),
        }
    }
}

/// The model to fall back to: the parameters at the end of an epoch.
pub(super) struct LastGood {
    epoch: usize,
    values: Vec<Vec<Row>>,
}

impl LastGood {
    pub fn of(epoch: usize, model: &impl Model) -> Self {
        LastGood { epoch, values: model.parameters().0.iter().map(|p| p.value.clone()).collect() }
    }

    /// Puts the values back; says which epoch they are from.
    pub fn restore(self, model: &mut impl Model) -> usize {
        for (parameter, value) in model.parameters_mut().into_iter().zip(self.values) {
            parameter.value = value;
        }
        self.epoch
    }
}
