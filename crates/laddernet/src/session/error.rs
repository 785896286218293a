//! Why there is no training.

use crate::dataset::PreprocessingError;
use crate::error::SettingsError;
use crate::split::SplitError;
use crate::training::TrainingError;
use thiserror::Error;

/// Why there is no training.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SessionError {
    /// No model has this name.
    #[error("'{found}' is no model; known: {known}")]
    NoSuchModel {
        /// The name.
        found: String,
        /// Those that are known.
        known: String,
    },
    /// A setting makes no training, or does not fit the data.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The labelled rows, or the test rows, cannot be drawn.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// No row has a label, which a classifier needs.
    #[error(
        "no row has a label, and a model '{kind}' predicts classes: give labels, or train one of {others}, which need none"
    )]
    NoClasses {
        /// The model.
        kind: &'static str,
        /// Models that need no labels.
        others: String,
    },
    /// All labels are the same.
    #[error(
        "every label is '{class}', and a model '{kind}' tells classes apart: expected labels of two classes or more, or train one of \
         {others}, which need none"
    )]
    OneClass {
        /// The model.
        kind: &'static str,
        /// The class.
        class: String,
        /// Models that need no labels.
        others: String,
    },
    /// There are too few rows to hold any out.
    #[error(
        "there are {rows} rows: expected at least {least}, of which one is held out for the final error, or test rows of their own"
    )]
    TooFewRows {
        /// Rows found.
        rows: usize,
        /// Rows needed.
        least: usize,
    },
    /// A table is not from 0 to 1.
    #[error(
        "a model '{0}' with Bernoulli units takes values from 0 to 1, and the columns of a table are standardised: use Gaussian visible units, or \
         another model"
    )]
    NoUnitInterval(&'static str),
    /// The rows are not what the model takes.
    #[error("{}{source}", if *.of_test_rows { "test rows: " } else { "" })]
    Rows {
        /// Whether the test rows are, which came apart from the others.
        of_test_rows: bool,
        /// What is wrong with them.
        source: PreprocessingError,
    },
    /// The training could not be done.
    #[error(transparent)]
    Training(#[from] TrainingError),
}

impl SessionError {
    pub(super) fn rows<E: Into<PreprocessingError>>(of_test_rows: bool) -> impl FnOnce(E) -> SessionError {
        move |source| SessionError::Rows { of_test_rows, source: source.into() }
    }
}
