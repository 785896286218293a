//! A ladder as named tensors, and back: what a model file holds.

use super::statistics::{LayerMoments, Statistics};
use super::{Ladder, LadderSettings};
use crate::parameters::{read_vectors, write_vectors};
use laddernet_math::batchnorm::Moments;
use laddernet_math::combinator::VECTORS;
use laddernet_math::{Row, panels_of};
use std::collections::BTreeMap;
use thiserror::Error;

/// No standard deviation is smaller, since 1e-10 is added to the variance; a hair is left for rounding.
const SMALLEST_SIGMA: f32 = 0.99e-5;

/// A named tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `encoder.1.weight`, `statistics.clean.1.mean`, ...
    pub path: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

/// Tensors that make no model of these settings.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct TensorError(pub String);

impl Ladder {
    /// Everything that a model file holds: parameters, then (of a trained model) the statistics for prediction.
    pub fn tensors(&self) -> Vec<Tensor> {
        let parameters = self.parameters();
        let mut tensors: Vec<Tensor> = parameters
            .0
            .iter()
            .map(|p| Tensor { path: p.path().to_string(), shape: p.shape(), values: p.values() })
            .collect();
        if let Some(statistics) = &self.statistics {
            let layers = &self.settings.layers;
            for (path, l, moments) in statistics.by_path(&self.settings) {
                let rows = |of: fn(&Moments) -> Row| moments.iter().map(of).collect::<Vec<_>>();
                for (name, rows) in [("mean", rows(|m| m.mean)), ("sigma", rows(|m| m.sigma))] {
                    let values = read_vectors(&rows, 1, layers[l]);
                    tensors.push(Tensor { path: format!("{path}.{name}"), shape: vec![layers[l]], values });
                }
            }
        }
        tensors
    }

    /// Names and shapes that [`Ladder::from_tensors`] asks for, without taking the memory.
    pub fn tensor_shapes(settings: &LadderSettings) -> Vec<(String, Vec<usize>)> {
        let (m, top) = (&settings.layers, settings.top());
        let mut shapes = Vec::new();
        for l in 1..=top {
            shapes.push((format!("encoder.{l}.weight"), vec![m[l - 1], m[l]]));
            shapes.push((format!("encoder.{l}.bias"), vec![m[l]]));
        }
        shapes.push((format!("encoder.{top}.scale"), vec![m[top]]));
        shapes.extend(
            settings
                .decoder_layers()
                .filter(|&l| l < top)
                .map(|l| (format!("decoder.{l}.weight"), vec![m[l + 1], m[l]])),
        );
        shapes.extend(settings.decoder_layers().map(|l| (format!("combinator.{l}"), vec![VECTORS, m[l]])));
        for (path, l) in statistics_paths(settings) {
            shapes.push((format!("{path}.mean"), vec![m[l]]));
            shapes.push((format!("{path}.sigma"), vec![m[l]]));
        }
        shapes
    }

    /// The trained model that [`Ladder::tensors`] described, from tensors in any order.
    ///
    /// # Errors
    /// When settings make no network, or a tensor is missing, unknown, of another shape, or holds a value that is not
    /// finite.
    pub fn from_tensors(settings: LadderSettings, tensors: Vec<Tensor>) -> Result<Self, TensorError> {
        settings.check().map_err(|e| TensorError(e.0))?;
        let mut given: BTreeMap<String, Tensor> = BTreeMap::new();
        for tensor in tensors {
            if let Some(twice) = given.insert(tensor.path.clone(), tensor) {
                return Err(TensorError(format!("tensor '{}' stands twice", twice.path)));
            }
        }
        for (path, shape) in Ladder::tensor_shapes(&settings) {
            let tensor = given.get(&path).ok_or_else(|| TensorError(format!("tensor '{path}' is missing")))?;
            let count: usize = shape.iter().product();
            if tensor.shape != shape || tensor.values.len() != count {
                return Err(TensorError(format!("tensor '{path}' has shape {:?}: expected {shape:?}", tensor.shape)));
            }
            if let Some(i) = tensor.values.iter().position(|x| !x.is_finite()) {
                return Err(TensorError(format!(
                    "tensor '{path}' holds {} at {i}: expected a finite number",
                    tensor.values[i]
                )));
            }
            if path.ends_with(".sigma")
                && let Some(i) = tensor.values.iter().position(|&sigma| sigma < SMALLEST_SIGMA)
            {
                let found = tensor.values[i];
                return Err(TensorError(format!(
                    "tensor '{path}' holds {found} at {i}: expected at least {SMALLEST_SIGMA}"
                )));
            }
        }
        let mut take = |path: &str| given.remove(path).expect("checked above").values;
        let mut ladder = Ladder::zeros(settings.clone());
        for parameter in ladder.parameters_mut() {
            let values = take(parameter.path());
            parameter.set_values(&values);
        }
        let mut moments: Vec<LayerMoments> = Vec::new();
        for (path, l) in statistics_paths(&settings) {
            let mut rows = |name: &str| {
                let mut rows = vec![Row::ZERO; panels_of(settings.layers[l])];
                write_vectors(&take(&format!("{path}.{name}")), 1, settings.layers[l], &mut rows);
                rows
            };
            let (mean, mut sigma) = (rows("mean"), rows("sigma"));
            // Padding columns are divided by sigma, too.
            sigma.iter_mut().flat_map(|r| &mut r.0).skip(settings.layers[l]).for_each(|s| *s = 1.0);
            moments.push(mean.into_iter().zip(sigma).map(|(mean, sigma)| Moments { mean, sigma }).collect());
        }
        if let Some(unknown) = given.keys().next() {
            return Err(TensorError(format!("tensor '{unknown}' is unknown to a model of these settings")));
        }
        let mut moments = moments.into_iter();
        let mut next = |n: usize| moments.by_ref().take(n).collect::<Vec<_>>();
        let clean = next(settings.top());
        let (corrupted, decoder) = match ladder.can_reconstruct() {
            true => (next(settings.top()), next(settings.layers.len())),
            false => (Vec::new(), Vec::new()),
        };
        ladder.set_statistics(Statistics { clean, corrupted, decoder });
        Ok(ladder)
    }
}

/// Path and layer of each group of moments, in the order of the file.
fn statistics_paths(settings: &LadderSettings) -> Vec<(String, usize)> {
    let top = settings.top();
    let mut paths: Vec<_> = (1..=top).map(|l| (format!("statistics.clean.{l}"), l)).collect();
    if settings.lowest() == 0 {
        paths.extend((1..=top).map(|l| (format!("statistics.corrupted.{l}"), l)));
        paths.extend((0..=top).map(|l| (format!("statistics.decoder.{l}"), l)));
    }
    paths
}

impl Statistics {
    fn by_path(&self, settings: &LadderSettings) -> Vec<(String, usize, &LayerMoments)> {
        let all = self.clean.iter().chain(&self.corrupted).chain(&self.decoder);
        statistics_paths(settings).into_iter().zip(all).map(|((path, l), m)| (path, l, m)).collect()
    }
}
