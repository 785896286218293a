//! What makes no dataset, with its place.

use thiserror::Error;

/// Why values, labels and shape do not make a dataset. Rows and columns are counted from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DatasetError {
    /// The number of values is no multiple of the row's length.
    #[error("{values} values do not divide into rows of {features}: expected a multiple of {features}")]
    Ragged {
        /// Number of values found.
        values: usize,
        /// Values a row.
        features: usize,
    },
    /// There is no row, or a row has no value.
    #[error("the data are empty (rows x values a row: {rows} x {features}): expected at least one of each")]
    Empty {
        /// Number of rows.
        rows: usize,
        /// Values a row.
        features: usize,
    },
    /// One label a row is expected.
    #[error("{labels} labels for {rows} rows: expected one label a row")]
    LabelCount {
        /// Number of labels found.
        labels: usize,
        /// Number of rows.
        rows: usize,
    },
    /// A label names no class.
    #[error("row {row} has label {label}, but there are {classes} classes: expected 0 to {}", classes.saturating_sub(1))]
    LabelRange {
        /// The row.
        row: usize,
        /// The label found.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A row has a class that is not among those that are known.
    #[error("row {row} has class '{found}', but the classes that were learned are {known}: give rows of these classes")]
    OtherClass {
        /// The row.
        row: usize,
        /// Its class.
        found: String,
        /// The classes.
        known: String,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, column {column} holds {value}: expected a finite number, at most 3.4e38 in size")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What was found.
        value: f32,
    },
    /// A value is so far from the others that it is no number any more once it is standardised.
    #[error(
        "row {row}, column {column} holds {value} where the training rows have mean {mean} and deviation {deviation}: expected \
         values that can be standardised by these, in the training's units"
    )]
    TooFar {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The scaled value.
        value: f32,
        /// The mean of the column.
        mean: f32,
        /// Its deviation.
        deviation: f32,
    },
    /// A byte is far larger than all that were learned from, by the largest of which bytes are scaled.
    #[error(
        "row {row}, column {column} holds {value}, but the largest value that was learned from is {largest}: expected rows in the \
         training's units, or train on rows that hold such values too"
    )]
    AboveLargest {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The byte.
        value: u8,
        /// The largest that was learned from.
        largest: u8,
    },
    /// An input lies outside the unit interval.
    #[error(
        "row {row}, column {column} is {input} after scaling: expected 0 to 1. Are these bytes given as floating-point \
         numbers? Then divide them by 255 first, or keep them as bytes"
    )]
    OutsideUnitInterval {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The scaled value.
        input: f32,
    },
}

impl DatasetError {
    /// The same of rows that were selected, as the rows that they were selected from are counted.
    ///
    /// # Panics
    /// When a row is named that was not selected.
    #[must_use]
    pub fn of_selected(self, indices: &[usize]) -> Self {
        match self {
            DatasetError::TooFar { row, column, value, mean, deviation } => {
                DatasetError::TooFar { row: indices[row], column, value, mean, deviation }
            }
            DatasetError::AboveLargest { row, column, value, largest } => {
                DatasetError::AboveLargest { row: indices[row], column, value, largest }
            }
            other => other,
        }
    }
}
