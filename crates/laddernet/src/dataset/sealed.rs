//! The test rows, which nothing is chosen by.

use super::{Dataset, DatasetError, Preprocessing, PreprocessingError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Test rows under seal. They can be counted, but only a final evaluation ([`crate::evaluation`]) reads them; it consumes them, so that
/// it happens once, and gives measures, not rows.
#[derive(Debug)]
pub struct Sealed {
    rows: Dataset,
    openings: Arc<AtomicUsize>,
}

impl Sealed {
    /// Puts rows under seal.
    pub fn new(rows: Dataset) -> Self {
        Sealed { rows, openings: Arc::default() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.rows()
    }

    /// How often they have been read, also when they are gone: 0 or 1.
    pub fn openings(&self) -> Openings {
        Openings(Arc::clone(&self.openings))
    }

    /// The same rows as inputs of a model that was trained on rows of so many values.
    ///
    /// # Errors
    /// As [`Preprocessing::apply`]: an error names one value.
    pub fn preprocessed(self, preprocessing: &Preprocessing, features: usize) -> Result<Self, PreprocessingError> {
        let rows = preprocessing.apply(&self.rows, features)?.into_owned();
        Ok(Sealed { rows, ..self })
    }

    /// The same rows, their labels as places among classes of these names.
    ///
    /// # Errors
    /// As [`Dataset::of_classes`].
    pub fn of_classes(self, class_names: &[String]) -> Result<Self, DatasetError> {
        Ok(Sealed { rows: self.rows.of_classes(class_names)?, ..self })
    }

    /// The same for the test rows of the training itself.
    ///
    /// # Errors
    /// As [`Preprocessing::apply_to_own`].
    pub fn preprocessed_as_own(self, preprocessing: &Preprocessing) -> Result<Self, PreprocessingError> {
        Ok(Sealed { rows: preprocessing.apply_to_own(self.rows)?, ..self })
    }

    /// [`Dataset::check_unit_interval`]: an error names one value.
    ///
    /// # Errors
    /// As for a dataset.
    pub fn check_unit_interval(&self) -> Result<(), DatasetError> {
        self.rows.check_unit_interval()
    }

    /// Breaks the seal, for the final evaluations.
    pub(crate) fn open(self) -> Dataset {
        self.openings.fetch_add(1, Ordering::Relaxed);
        self.rows
    }
}

/// Counts how often test rows are read.
#[derive(Clone, Debug)]
pub struct Openings(Arc<AtomicUsize>);

impl Openings {
    /// So far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
