//! A ladder as named tensors, and back: what a model file holds.

use super::statistics::{LayerMoments, Statistics};
use super::structure::{declare, in_order};
use super::{Ladder, LadderSettings};
use crate::parameters::{read_vectors, write_vectors};
use crate::tensor::{Tensor, TensorError, Tensors, tensors_of};
use laddernet_math::batchnorm::Moments;
use laddernet_math::{Row, panels_of};

/// No standard deviation is smaller, since 1e-10 is added to the variance; a hair is left for rounding.
const SMALLEST_SIGMA: f32 = 0.99e-5;

impl Ladder {
    /// Everything that a model file holds: parameters, then (of a trained model) the statistics for prediction.
    pub fn tensors(&self) -> Vec<Tensor> {
        let mut tensors = tensors_of(&self.parameters());
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
        let (m, (encoder, decoder)) = (&settings.layers, declare(settings));
        let mut shapes: Vec<_> =
            in_order(encoder.iter(), decoder.iter()).into_iter().map(|declaration| declaration.shape()).collect();
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
        settings.check().map_err(|e| TensorError::Settings(e.to_string()))?;
        let mut given = Tensors::new(tensors)?;
        let mut ladder = Ladder::zeros(settings.clone());
        for parameter in ladder.parameters_mut() {
            let values = given.take(parameter.path(), &parameter.shape())?;
            parameter.set_values(&values);
        }
        let mut moments: Vec<LayerMoments> = Vec::new();
        for (path, l) in statistics_paths(&settings) {
            let units = settings.layers[l];
            let mut rows = |name: &str| {
                let path = format!("{path}.{name}");
                let values = given.take(&path, &[units])?;
                let too_small = |&sigma: &f32| name == "sigma" && sigma < SMALLEST_SIGMA;
                if let Some(index) = values.iter().position(too_small) {
                    return Err(TensorError::TooSmall { path, index, value: values[index], least: SMALLEST_SIGMA });
                }
                let mut rows = vec![Row::ZERO; panels_of(units)];
                write_vectors(&values, 1, units, &mut rows);
                Ok(rows)
            };
            let (mean, mut sigma) = (rows("mean")?, rows("sigma")?);
            // Padding columns are divided by sigma, too.
            sigma.iter_mut().flat_map(|r| &mut r.0).skip(units).for_each(|s| *s = 1.0);
            moments.push(mean.into_iter().zip(sigma).map(|(mean, sigma)| Moments { mean, sigma }).collect());
        }
        given.finish()?;
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
