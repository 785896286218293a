//! What samples of a model tell of its density: the Parzen window estimate of Breuleux, Bengio, Vincent (2011), by which
//! generative stochastic networks were compared.
//!
//! ```text
//! p(x) = mean over samples s of N(x; s, sigma^2 I)
//! ln p(x) = ln sum_s e^(-|x - s|^2 / (2 sigma^2)) - ln S - D ln(sigma sqrt(2 pi))          D values a row, S samples
//! ```
//! In the mean it is a lower bound, of the samples' density smoothed by the windows, which few samples in many dimensions leave
//! far from the truth (Theis, van den Oord, Bethge 2016; see `papers/gsn.md`): true rows as samples do not win. It can be compared with other numbers of this kind and of as many samples, and
//! with no likelihood of another kind.

use crate::dataset::Dataset;
use crate::models::rows_of;
use laddernet_math::operand::backward;
use laddernet_math::tiles::{Tiles, pack, storage};
use laddernet_math::{Row, Threads, WIDTH, groups, panels_of};
use std::f64::consts::PI;
use thiserror::Error;

/// Rows that one task works on.
const BLOCK: usize = 60;

/// Below so many nats under the largest term of a sum, a term changes no bit of it.
const NOTHING: f64 = 40.0;

/// Gaussian windows around samples.
#[derive(Clone, Debug)]
pub struct Parzen {
    samples: Vec<Row>, // tiles [samples, features]
    squares: Vec<f64>, // [samples]
    features: usize,
}

/// A mean log-likelihood, in nats a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParzenEstimate {
    /// The mean over the rows.
    pub mean: f64,
    /// The standard error of this mean, from the spread of the rows; 0 for one row.
    pub standard_error: f64,
    /// The width of the windows.
    pub sigma: f64,
    /// Number of samples.
    pub samples: usize,
    /// Number of rows.
    pub rows: usize,
}

/// Rows or widths for which there is no estimate.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ParzenError {
    /// Rows of another length.
    #[error("rows of {found} values, but samples of {expected}: expected rows of the same kind")]
    Features {
        /// Values a row.
        found: usize,
        /// Values a sample.
        expected: usize,
    },
    /// No standard deviation.
    #[error("a window of width {0}: expected a standard deviation above 0, such as 0.2")]
    Sigma(f64),
    /// Nothing to choose from.
    #[error("no width to choose from: expected at least one, such as 0.15, 0.2, 0.25")]
    NoSigma,
}

impl Parzen {
    /// Windows around these rows.
    pub fn new(samples: &Dataset) -> Self {
        let (rows, features) = (samples.rows(), samples.features());
        let mut values = vec![0.0; rows * features];
        values.chunks_exact_mut(features).enumerate().for_each(|(r, row)| samples.copy_row(r, row));
        let mut tiles = vec![Row::ZERO; storage(rows, features)];
        pack(&values, rows, features, &mut tiles);
        Parzen { samples: tiles, squares: values.chunks_exact(features).map(square).collect(), features }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.squares.len()
    }

    /// The mean log-likelihood of the rows.
    ///
    /// # Errors
    /// When the rows have another length than the samples, or the width is none.
    pub fn estimate(&self, data: &Dataset, sigma: f64, threads: &Threads) -> Result<ParzenEstimate, ParzenError> {
        Ok(self.estimate_of(&self.log_likelihoods(data, sigma, threads)?, sigma))
    }

    /// The width of the grid that gives rows apart, neither samples nor test rows, the highest likelihood, and the estimate
    /// for each width in the order of the grid.
    ///
    /// # Errors
    /// As [`Parzen::estimate`], and when the grid is empty.
    pub fn choose_sigma(
        &self,
        validation: &Dataset,
        grid: &[f64],
        threads: &Threads,
    ) -> Result<(f64, Vec<ParzenEstimate>), ParzenError> {
        let found = self.at_widths(validation, grid, threads)?;
        let estimates: Vec<ParzenEstimate> =
            grid.iter().zip(&found).map(|(&sigma, found)| self.estimate_of(found, sigma)).collect();
        let best = estimates.iter().max_by(|a, b| a.mean.total_cmp(&b.mean)).ok_or(ParzenError::NoSigma)?;
        Ok((best.sigma, estimates))
    }

    /// `ln p(x)` of each row, in nats. Products are f32, sums f64; a row's bits do not depend on its neighbours.
    ///
    /// # Errors
    /// When the rows have another length than the samples, or the width is none.
    pub fn log_likelihoods(&self, data: &Dataset, sigma: f64, threads: &Threads) -> Result<Vec<f64>, ParzenError> {
        Ok(self.at_widths(data, &[sigma], threads)?.remove(0))
    }

    /// The same for several widths: distances are computed once.
    fn at_widths(&self, data: &Dataset, sigmas: &[f64], threads: &Threads) -> Result<Vec<Vec<f64>>, ParzenError> {
        if data.features() != self.features {
            return Err(ParzenError::Features { found: data.features(), expected: self.features });
        }
        if let Some(&sigma) = sigmas.iter().find(|sigma| !(**sigma > 0.0 && (0.5 / (*sigma * *sigma)).is_normal())) {
            return Err(ParzenError::Sigma(sigma));
        }
        let widths = sigmas.len();
        let mut found = vec![0.0; data.rows() * widths]; // [rows, widths]
        threads.for_each(groups(&mut found, BLOCK * widths), |block, found| {
            let rows = found.len() / widths;
            let distances = self.distances(data, block * BLOCK, rows, threads);
            for (distances, found) in distances.chunks_exact(self.samples()).zip(found.chunks_exact_mut(widths)) {
                let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
                for (found, sigma) in found.iter_mut().zip(sigmas) {
                    *found = self.log_mean(distances, nearest, *sigma);
                }
            }
        });
        Ok((0..widths).map(|w| found.iter().skip(w).step_by(widths.max(1)).copied().collect()).collect())
    }

    /// `|x - s|^2`, row-major `[rows, samples]`.
    fn distances(&self, data: &Dataset, first: usize, rows: usize, threads: &Threads) -> Vec<f64> {
        let (isa, n) = (threads.isa().in_single_precision(), self.samples());
        let x = rows_of(data, first, rows);
        let tiles = Tiles::new(&self.samples, n, self.features);
        let mut row = vec![0.0; self.features];
        let squares = (0..rows).map(|r| {
            data.copy_row(first + r, &mut row);
            square(&row)
        });
        let squares: Vec<f64> = squares.collect();
        let (mut products, mut out) = (vec![Row::ZERO; rows], vec![0.0; rows * n]);
        for p in 0..panels_of(n) {
            backward(isa, &x, tiles.row(p), &mut products);
            let at = p * WIDTH..n.min((p + 1) * WIDTH);
            for (r, products) in products.iter().enumerate() {
                let out = &mut out[r * n..][at.clone()];
                for ((out, &product), s) in out.iter_mut().zip(&products.0).zip(&self.squares[at.clone()]) {
                    *out = (squares[r] + s - 2.0 * f64::from(product)).max(0.0);
                }
            }
        }
        out
    }

    fn log_mean(&self, distances: &[f64], nearest: f64, sigma: f64) -> f64 {
        let scale = 1.0 / (2.0 * sigma * sigma);
        let term = |d: &f64| {
            let below = scale * (d - nearest);
            if below < NOTHING { (-below).exp() } else { 0.0 }
        };
        let sum: f64 = distances.iter().map(term).sum();
        let window = self.features as f64 * (sigma * (2.0 * PI).sqrt()).ln();
        sum.ln() - scale * nearest - (self.samples() as f64).ln() - window
    }

    fn estimate_of(&self, likelihoods: &[f64], sigma: f64) -> ParzenEstimate {
        let rows = likelihoods.len();
        let mean = likelihoods.iter().sum::<f64>() / rows as f64;
        let squares: f64 = likelihoods.iter().map(|x| (x - mean).powi(2)).sum();
        let standard_error = (squares / (rows.max(2) - 1) as f64 / rows as f64).sqrt();
        ParzenEstimate { mean, standard_error, sigma, samples: self.samples(), rows }
    }
}

fn square(x: &[f32]) -> f64 {
    x.iter().map(|&x| f64::from(x).powi(2)).sum()
}
