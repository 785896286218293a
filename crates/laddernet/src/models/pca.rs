//! Principal components (Pearson 1901; Hotelling 1933): what a linear autoencoder comes to at best, and so the measure of one
//! that is not linear.
//!
//! ```text
//! C = mean of (x - m)(x - m)'          C u_i = v_i u_i, v_1 >= v_2 >= ...
//! code h_i = u_i'(x - m), i = 1..k     reconstructed m + sum_i h_i u_i          squared error |x - m|^2 - |h|^2
//! ```
//! The mean squared error on the rows that it was fitted to is the sum of the variances `v` that it left out.

use crate::dataset::{Dataset, DatasetError};
use crate::evaluation::SquaredErrors;
use laddernet_math::operand::{Operand, Role, gradient};
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH, groups, panels_of};
use nalgebra::{DMatrix, SymmetricEigen};
use thiserror::Error;

/// Rows whose products are summed in f32; sums over more are f64.
const BLOCK: usize = 240;

/// The mean of rows and the directions in which they vary most.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    mean: Vec<f64>,       // [features]
    components: Vec<f64>, // [k, features], each of length 1, in the order of their variances
    variances: Vec<f64>,  // [features], the largest first
}

/// As many components as there cannot be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{asked} components of rows of {features} values: expected 1 to {features}")]
pub struct PcaError {
    asked: usize,
    features: usize,
}

impl Pca {
    /// The mean of the rows and their `components` first directions. Products are f32 over some hundred rows, all else f64.
    ///
    /// # Errors
    /// When there are fewer directions than asked for, or none is.
    pub fn fit(data: &Dataset, components: usize, threads: &Threads) -> Result<Self, PcaError> {
        let features = data.features();
        if !(1..=features).contains(&components) {
            return Err(PcaError { asked: components, features });
        }
        let mean = mean(data);
        let covariance = covariance(data, &mean, threads);
        let found = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..features).collect();
        order.sort_by(|&i, &j| found.eigenvalues[j].total_cmp(&found.eigenvalues[i]));
        // Rounding may leave a variance of nothing below zero.
        let variances = order.iter().map(|&i| found.eigenvalues[i].max(0.0)).collect();
        let direction = |&i: &usize| {
            let u = found.eigenvectors.column(i);
            // Either sign is a direction: the one whose largest value is positive.
            let largest = u.iter().fold(0.0f64, |most, &x| if x.abs() > most.abs() { x } else { most });
            let sign = if largest < 0.0 { -1.0 } else { 1.0 };
            u.iter().map(|x| sign * x).collect::<Vec<f64>>()
        };
        let components = order[..components].iter().flat_map(direction).collect();
        Ok(Pca { mean, components, variances })
    }

    /// The mean of the rows that it was fitted to, `[features]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The directions, row-major `[components, features]`, each of length 1, in the order of their variances.
    pub fn components(&self) -> &[f64] {
        &self.components
    }

    /// The variance of the rows in each direction, the largest first, also in those that are left out: `[features]`.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Number of directions that are kept.
    pub fn count(&self) -> usize {
        self.components.len() / self.mean.len()
    }

    /// The code of each row, `[rows, components]`, with the same labels.
    ///
    /// # Panics
    /// When rows have another length than those it was fitted to.
    pub fn codes(&self, data: &Dataset, threads: &Threads) -> Result<Dataset, DatasetError> {
        let k = self.count();
        let mut codes = vec![0.0; data.rows() * k];
        self.each(data, threads, groups(&mut codes, k), |_, h, out| {
            out.iter_mut().zip(h).for_each(|(out, &h)| *out = h as f32);
        });
        data.coded(codes, k)
    }

    /// Each row reconstructed from its code, row-major `[rows, features]`.
    ///
    /// # Panics
    /// When rows have another length than those it was fitted to.
    pub fn reconstructed(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let features = self.mean.len();
        let mut reconstructed = vec![0.0; data.rows() * features];
        self.each(data, threads, groups(&mut reconstructed, features), |_, h, out| {
            let mut row = self.mean.clone();
            for (h, u) in h.iter().zip(self.components.chunks_exact(features)) {
                row.iter_mut().zip(u).for_each(|(x, u)| *x += h * u);
            }
            out.iter_mut().zip(row).for_each(|(out, x)| *out = x as f32);
        });
        reconstructed
    }

    /// The squared error of each reconstructed row, summed over its values.
    ///
    /// # Panics
    /// When rows have another length than those it was fitted to.
    pub fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        let mut errors = vec![0.0; data.rows()];
        self.each(data, threads, groups(&mut errors, 1), |x, h, error| {
            let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
            error[0] = (square(x) - square(h)).max(0.0);
        });
        errors
    }

    /// `task(x - m, h, part r of parts)` for each row `r`.
    fn each<'a, T: Send>(
        &self,
        data: &Dataset,
        threads: &Threads,
        parts: laddernet_math::parts::Chunks<'a, T>,
        task: impl Fn(&[f64], &[f64], &mut [T]) + Sync,
    ) {
        let features = self.mean.len();
        assert_eq!(data.features(), features, "values a row");
        threads.for_each(parts, |r, part| {
            let x: Vec<f64> = (0..features).map(|c| f64::from(data.input(r, c)) - self.mean[c]).collect();
            let dot = |u: &[f64]| u.iter().zip(&x).map(|(u, x)| u * x).sum();
            let h: Vec<f64> = self.components.chunks_exact(features).map(dot).collect();
            task(&x, &h, part);
        });
    }
}

impl SquaredErrors for Pca {
    fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        self.squared_errors(data, threads)
    }
}

fn mean(data: &Dataset) -> Vec<f64> {
    let mut row = vec![0.0; data.features()];
    let mut mean = vec![0.0; data.features()];
    for r in 0..data.rows() {
        data.copy_row(r, &mut row);
        mean.iter_mut().zip(&row).for_each(|(m, &x)| *m += f64::from(x));
    }
    mean.iter_mut().for_each(|m| *m /= data.rows() as f64);
    mean
}

/// `[features, features]`
fn covariance(data: &Dataset, mean: &[f64], threads: &Threads) -> DMatrix<f64> {
    let (isa, features, rows) = (threads.isa().in_single_precision(), data.features(), data.rows());
    let mut x = Operand::new(Precision::F32, Role::Input, BLOCK.min(rows), features);
    let columns = panels_of(features) * WIDTH;
    let mut sums = vec![0.0; columns * columns];
    for first in (0..rows).step_by(BLOCK) {
        x.set_rows(BLOCK.min(rows - first));
        threads.for_each(x.panels_mut(), |p, mut x| {
            for (r, x) in x.iter_mut().enumerate() {
                data.copy_columns(first + r, p * WIDTH, &mut x.0);
                x.0.iter_mut().zip(&mean[p * WIDTH..]).for_each(|(x, m)| *x = (f64::from(*x) - m) as f32);
            }
        });
        let x = &x;
        threads.for_each(groups(&mut sums, WIDTH * columns), |p, sums| {
            let mut tile = [Row::ZERO; WIDTH];
            for j in 0..Panels::count(x) {
                gradient(isa, x, p, x, j, [&[]; 2], &mut tile);
                for (k, row) in tile.iter().enumerate() {
                    let sums = &mut sums[k * columns + j * WIDTH..][..WIDTH];
                    sums.iter_mut().zip(row.0).for_each(|(sum, c)| *sum += f64::from(c));
                }
            }
        });
    }
    DMatrix::from_fn(features, features, |i, j| sums[i * columns + j] / rows as f64)
}
