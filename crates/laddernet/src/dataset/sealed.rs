//! The test set, which nothing is chosen by.

use super::{Dataset, DatasetError, Scaling, Standards};
use std::sync::Arc;

/// A test set under seal: it can be carried about and counted, but only the final evaluation
/// opens it: its rows can be read by nobody outside this library.
#[derive(Clone, Debug)]
pub struct Sealed(Dataset);

impl Sealed {
    /// Puts a dataset under seal.
    pub fn new(dataset: Dataset) -> Self {
        Sealed(dataset)
    }

    /// Number of rows; no secret.
    pub fn rows(&self) -> usize {
        self.0.rows()
    }

    /// [`Dataset::with_scaling`], under seal.
    pub fn with_scaling(self, scaling: Scaling) -> Self {
        Sealed(self.0.with_scaling(scaling))
    }

    /// [`Dataset::standardised`], under seal.
    ///
    /// # Errors
    /// As for a dataset.
    pub fn standardised(self, standards: &Arc<Standards>) -> Result<Self, DatasetError> {
        self.0.standardised(standards).map(Sealed)
    }

    /// [`Dataset::check_unit_interval`]: an error tells of one value.
    ///
    /// # Errors
    /// As for a dataset.
    pub fn check_unit_interval(&self) -> Result<(), DatasetError> {
        self.0.check_unit_interval()
    }

    /// Breaks the seal. For the final evaluation, which chooses nothing afterwards.
    pub(crate) fn open(self) -> Dataset {
        self.0
    }
}
