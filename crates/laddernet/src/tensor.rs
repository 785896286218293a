//! Named tensors: what model files and checkpoints hold, and how parameters become such and come back.

use crate::parameters::{Parameter, Parameters};
use std::collections::BTreeMap;
use thiserror::Error;

/// A named tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `encoder.1.weight`, `statistics.clean.1.mean`, ...
    pub path: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Values, row-major: as many as the product of the shape.
    pub values: Vec<f32>,
}

/// Tensors that make no model of the given settings.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TensorError {
    /// One is missing.
    #[error("tensor '{path}' is missing")]
    Missing {
        /// Its path.
        path: String,
    },
    /// One has no place in such a model.
    #[error("tensor '{path}' belongs to no model of these settings")]
    Unknown {
        /// Its path.
        path: String,
    },
    /// One is there twice.
    #[error("tensor '{path}' is there twice")]
    Twice {
        /// Its path.
        path: String,
    },
    /// One has another shape.
    #[error("tensor '{path}' has shape {found:?}: expected {expected:?}")]
    Shape {
        /// Its path.
        path: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that the settings ask for.
        expected: Vec<usize>,
    },
    /// One holds NaN or an infinity.
    #[error("tensor '{path}' holds {value} at {index}: expected a number")]
    NotFinite {
        /// Its path.
        path: String,
        /// Place of the value.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A standard deviation is smaller than any can be.
    #[error("tensor '{path}' holds {value} at {index}: expected at least {least}")]
    TooSmall {
        /// Its path.
        path: String,
        /// Place of the value.
        index: usize,
        /// The value.
        value: f32,
        /// The smallest that is possible.
        least: f32,
    },
    /// The settings make no model to put tensors into.
    #[error("{0}")]
    Settings(String),
}

/// Tensors by path, to be taken one by one; whatever is left at the end has no place.
pub(crate) struct Tensors(BTreeMap<String, Tensor>);

impl Tensors {
    /// # Errors
    /// When a path is there twice.
    pub fn new(tensors: Vec<Tensor>) -> Result<Self, TensorError> {
        let mut map = BTreeMap::new();
        for tensor in tensors {
            if let Some(twice) = map.insert(tensor.path.clone(), tensor) {
                return Err(TensorError::Twice { path: twice.path });
            }
        }
        Ok(Tensors(map))
    }

    /// The values of the tensor with this path.
    ///
    /// # Errors
    /// When it is missing, has another shape, or holds a value that is not finite.
    pub fn take(&mut self, path: &str, shape: &[usize]) -> Result<Vec<f32>, TensorError> {
        let tensor = self.0.remove(path).ok_or_else(|| TensorError::Missing { path: path.into() })?;
        if tensor.shape != shape || tensor.values.len() != shape.iter().product::<usize>() {
            return Err(TensorError::Shape { path: path.into(), found: tensor.shape, expected: shape.to_vec() });
        }
        match tensor.values.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(TensorError::NotFinite { path: path.into(), index, value: tensor.values[index] }),
            None => Ok(tensor.values),
        }
    }

    /// # Errors
    /// When a tensor is left.
    pub fn finish(self) -> Result<(), TensorError> {
        match self.0.into_keys().next() {
            Some(path) => Err(TensorError::Unknown { path }),
            None => Ok(()),
        }
    }
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
    let mut tensors = Tensors::new(tensors)?;
    for p in parameters {
        let values = tensors.take(p.path(), &p.shape())?;
        p.set_values(&values);
    }
    tensors.finish()
}
