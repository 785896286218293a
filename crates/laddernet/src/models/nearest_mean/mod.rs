//! The nearest class mean, as a baseline (Rocchio 1971; Hastie, Tibshirani, Friedman 2009, section 4.3); see
//! `papers/nearest-mean.md`.
//!
//! ```text
//! m_c = mean of x over the labelled rows of class c
//! var = mean of (x_j - m_cj)^2 over the labelled rows, each beside the mean of its class c, and their values j
//! P(c | x) = exp(-|x - m_c|^2 / (2 var)), divided by its sum over the classes
//! ```
//! Each class is a normal distribution around its mean; all have the same variance in every direction, and the same prior. So the
//! most probable class is the one with the nearest mean. A class without a labelled row has no mean, and probability 0.

mod spec;
#[cfg(test)]
mod tests;

pub use spec::{NEAREST_MEAN, NearestMeanSpec};

use super::trained::TrainedModel;
use crate::dataset::Dataset;
use crate::evaluation::Classify;
use crate::parameters::{Declaration, Initial, Parameter, Parameters};
use crate::tensor::{Tensor, TensorError, Tensors, tensors_of};
use laddernet_math::{Threads, groups};

/// Rows of a task.
const ROWS: usize = 64;
/// Path of how many labelled rows each class had.
const COUNTS: &str = "rows";

/// The means of the classes.
#[derive(Clone, Debug)]
pub struct NearestMean {
    means: Parameter,    // [classes, features]
    variance: Parameter, // [1]
    rows: Vec<f32>,      // [classes], labelled rows of each
}

/// The structure of the model.
fn declarations(features: usize, classes: usize) -> [Declaration; 2] {
    let means = Declaration::vectors("means".to_owned(), classes, features, Initial::Zero);
    [means, Declaration::vector("variance".to_owned(), 1, Initial::One)]
}

/// Path and shape of every tensor.
fn tensor_shapes(features: usize, classes: usize) -> Vec<(String, Vec<usize>)> {
    let counts = (COUNTS.to_owned(), vec![classes]);
    declarations(features, classes).iter().map(Declaration::shape).chain([counts]).collect()
}

/// `|x - m|^2`
fn squared_distance(x: &[f32], m: &[f64]) -> f64 {
    x.iter().zip(m).map(|(&x, &m)| (f64::from(x) - m).powi(2)).sum()
}

impl NearestMean {
    /// The means of the labelled rows of each class, summed in double precision in the order of `labelled`.
    ///
    /// # Panics
    /// When no row is given, or one of them has no label or that of another class.
    pub fn of(data: &Dataset, labelled: &[usize], classes: usize) -> Self {
        let features = data.features();
        let label = |row: usize| data.labels()[row].expect("a labelled row has a label") as usize;
        let (mut x, mut rows) = (vec![0.0_f32; features], vec![0_usize; classes]);
        let mut means = vec![0.0_f64; classes * features]; // [classes, features]
        for &row in labelled {
            data.copy_row(row, &mut x);
            let c = label(row);
            rows[c] += 1;
            means[c * features..][..features].iter_mut().zip(&x).for_each(|(m, &x)| *m += f64::from(x));
        }
        for (m, &n) in means.chunks_exact_mut(features).zip(&rows) {
            m.iter_mut().for_each(|m| *m /= n.max(1) as f64);
        }
        let mut squares = 0.0;
        for &row in labelled {
            data.copy_row(row, &mut x);
            squares += squared_distance(&x, &means[label(row) * features..][..features]);
        }
        assert!(!labelled.is_empty(), "a mean is one of rows");
        let variance = squares / (labelled.len() * features) as f64;
        // 0 where each class has one row: the nearest mean then has all of the probability.
        let variance = variance.clamp(f32::MIN_POSITIVE.into(), f32::MAX.into()) as f32;
        let means: Vec<f32> = means.into_iter().map(|m| m as f32).collect();
        Self::from_values(features, &means, variance, rows.into_iter().map(|n| n as f32).collect())
    }

    fn from_values(features: usize, means: &[f32], variance: f32, rows: Vec<f32>) -> Self {
        let [mut of_means, mut of_variance] = declarations(features, rows.len()).map(Declaration::zeros);
        of_means.set_values(means);
        of_variance.set_values(&[variance]);
        NearestMean { means: of_means, variance: of_variance, rows }
    }

    /// The model of these tensors.
    ///
    /// # Errors
    /// When they are not those of such a model.
    fn from_tensors(features: usize, classes: usize, tensors: Vec<Tensor>) -> Result<Self, TensorError> {
        let mut tensors = Tensors::new(tensors)?;
        let mut take = |(path, shape): &(String, Vec<usize>)| tensors.take(path, shape);
        let shapes = tensor_shapes(features, classes);
        let (means, variance, rows) = (take(&shapes[0])?, take(&shapes[1])?[0], take(&shapes[2])?);
        tensors.finish()?;
        let small = |path: &(String, _), index, value, least| TensorError::TooSmall {
            path: path.0.clone(),
            index,
            value,
            least,
        };
        if variance < f32::MIN_POSITIVE {
            return Err(small(&shapes[1], 0, variance, f32::MIN_POSITIVE));
        }
        if let Some(index) = rows.iter().position(|&n| n < 0.0) {
            return Err(small(&shapes[2], index, rows[index], 0.0));
        }
        if rows.iter().all(|&n| n == 0.0) {
            return Err(TensorError::Settings(format!("tensor '{COUNTS}' says that no class had a row")));
        }
        Ok(Self::from_values(features, &means, variance, rows))
    }

    /// Which of the rows that it was made of it predicts wrong by means that were taken without them. A row alone in its class leaves
    /// no mean, and counts as wrong.
    pub fn errors_left_out(&self, data: &Dataset, labelled: &[usize]) -> Vec<bool> {
        let features = self.features();
        let means: Vec<f64> = self.means.values().into_iter().map(f64::from).collect();
        let mut x = vec![0.0_f32; features];
        let wrong = labelled.iter().map(|&row| {
            data.copy_row(row, &mut x);
            let label = data.labels()[row].expect("a labelled row has a label") as usize;
            let n = f64::from(self.rows[label]);
            // |x - (n m - x) / (n - 1)| = |x - m| n / (n - 1)
            let own = squared_distance(&x, &means[label * features..][..features]) * (n / (n - 1.0)).powi(2);
            let others = (0..self.rows.len()).filter(|&c| c != label && self.rows[c] > 0.0);
            let nearest = others.map(|c| squared_distance(&x, &means[c * features..][..features]));
            n < 2.0 || nearest.fold(f64::INFINITY, f64::min) < own
        });
        wrong.collect()
    }

    fn features(&self) -> usize {
        self.means.shape()[1]
    }
}

impl Classify for NearestMean {
    fn classes(&self) -> usize {
        self.rows.len()
    }

    fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let (features, classes) = (self.features(), self.classes());
        assert_eq!(data.features(), features, "rows of {} values, means of {features}", data.features());
        let means: Vec<f64> = self.means.values().into_iter().map(f64::from).collect();
        let var = f64::from(self.variance.values()[0]);
        let mut all = vec![0.0; data.rows() * classes]; // [n, classes]
        threads.for_each(groups(&mut all, ROWS * classes), |task, part| {
            let (mut x, mut e) = (vec![0.0; features], vec![0.0_f64; classes]);
            for (r, p) in part.chunks_exact_mut(classes).enumerate() {
                data.copy_row(task * ROWS + r, &mut x);
                for ((e, m), &n) in e.iter_mut().zip(means.chunks_exact(features)).zip(&self.rows) {
                    *e = if n > 0.0 { -squared_distance(&x, m) / (2.0 * var) } else { f64::NEG_INFINITY };
                }
                let largest = e.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                e.iter_mut().for_each(|e| *e = (*e - largest).exp());
                let sum: f64 = e.iter().sum();
                p.iter_mut().zip(&e).for_each(|(p, e)| *p = (e / sum) as f32);
            }
        });
        all
    }
}

impl TrainedModel for NearestMean {
    fn tensors(&self) -> Vec<Tensor> {
        let counts = Tensor { path: COUNTS.to_owned(), shape: vec![self.rows.len()], values: self.rows.clone() };
        tensors_of(&self.parameters()).into_iter().chain([counts]).collect()
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters(vec![&self.means, &self.variance])
    }

    /// All of it stands between the values and the classes.
    fn layer_of(&self, _path: &str) -> Option<usize> {
        Some(1)
    }

    fn classify(&self) -> Option<&dyn Classify> {
        Some(self)
    }
}
