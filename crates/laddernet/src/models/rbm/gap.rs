//! Overfitting, seen without `ln Z`: rows that were kept aside have a higher free energy than those that were learned
//! (Hinton 2010, section 15.1). `ln Z` is the same for both, so the gap is that of the log-likelihoods.

use super::{Rbm, RbmError};
use crate::dataset::Dataset;
use laddernet_math::Threads;

/// Mean free energies of rows kept aside and of as many rows of the training, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeEnergyGap {
    /// Of the rows kept aside.
    pub validation: f64,
    /// Of as many rows of the training.
    pub training: f64,
    /// Standard deviation of a row of the training.
    pub deviation: f64,
    /// Standard error of the gap: both sets are drawn.
    pub error: f64,
}

/// A gap counts when it is this many standard errors, and this share of the deviation between rows.
const ERRORS: f64 = 3.0;
const SHARE: f64 = 0.2;

impl FreeEnergyGap {
    /// How much less likely the rows kept aside are, in nats a row.
    pub fn gap(&self) -> f64 {
        self.validation - self.training
    }

    /// Whether the RBM overfits enough to say so: the gap is above three standard errors, so that it is none of chance, and
    /// above a fifth of the standard deviation between rows, so that it is none to live with. (An RBM of 500 units that
    /// models MNIST well has a gap of 3 nats, an eighth of the deviation.)
    pub fn overfits(&self) -> bool {
        self.gap() > ERRORS * self.error && self.gap() > SHARE * self.deviation
    }
}

impl Rbm {
    /// The gap between rows kept aside and those of the training, of which as many are taken, evenly from first to last.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn free_energy_gap(
        &self,
        training: &Dataset,
        validation: &Dataset,
        threads: &Threads,
    ) -> Result<FreeEnergyGap, RbmError> {
        let rows = training.rows().min(validation.rows());
        let some: Vec<usize> = (0..rows).map(|i| i * training.rows() / rows).collect();
        let learned = moments(&self.free_energies(&training.select(&some), threads)?);
        let aside = moments(&self.free_energies(validation, threads)?);
        let error = (learned.1 / rows as f64 + aside.1 / validation.rows() as f64).sqrt();
        Ok(FreeEnergyGap { validation: aside.0, training: learned.0, deviation: learned.1.sqrt(), error })
    }
}

/// Mean and variance.
fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}
