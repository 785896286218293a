//! Why rows, labels and settings give no answer on a graph.

use crate::error::SettingsError;
use thiserror::Error;

/// Why there is no graph, or no answer on it. Rows, columns and classes are counted from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GraphError {
    /// There are no two rows, or a row has no value.
    #[error(
        "too few rows or values (rows x values a row: {rows} x {features}): expected at least two rows of one value"
    )]
    TooFew {
        /// Number of rows.
        rows: usize,
        /// Values a row.
        features: usize,
    },
    /// The number of values is no multiple of the row's length.
    #[error("{values} values do not divide into rows of {features}: expected a multiple of {features}")]
    Ragged {
        /// Number of values found.
        values: usize,
        /// Values a row.
        features: usize,
    },
    /// More rows than a graph can number.
    #[error("{rows} rows are too many for a graph: expected at most {}", u32::MAX - 1)]
    Rows {
        /// Number of rows.
        rows: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, column {column} holds {value}: expected a finite number")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What was found.
        value: f32,
    },
    /// As many neighbours as there cannot be.
    #[error("{k} neighbours among {rows} rows: expected 1 to {}; ask for fewer neighbours or give more rows", rows - 1)]
    NeighbourCount {
        /// Neighbours asked for.
        k: usize,
        /// Number of rows.
        rows: usize,
    },
    /// An edge that a graph cannot have.
    #[error(
        "edge {edge} joins rows {from} and {to} with weight {weight}: expected two different rows below {rows}, and a weight above 0"
    )]
    Edge {
        /// Which edge.
        edge: usize,
        /// One end.
        from: usize,
        /// The other end.
        to: usize,
        /// Its weight.
        weight: f64,
        /// Number of rows.
        rows: usize,
    },
    /// A number of classes that cannot be told apart.
    #[error("{classes} classes: expected 2 to {}", u16::MAX)]
    Classes {
        /// Number of classes.
        classes: usize,
    },
    /// Lists that belong together differ in length.
    #[error("{found} {what} for {expected} {of}: expected one each")]
    Count {
        /// What there is a wrong number of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// What each belongs to.
        of: &'static str,
        /// How many of those there are.
        expected: usize,
    },
    /// No row is labelled.
    #[error("no labelled row: classes spread from labelled rows; label at least one row of each class")]
    NoLabels,
    /// A labelled row is not in the graph.
    #[error("labelled row {row} is not among the {rows} rows of the graph: expected 0 to {}", rows.saturating_sub(1))]
    NoRow {
        /// The row.
        row: usize,
        /// Number of rows.
        rows: usize,
    },
    /// A row is labelled twice.
    #[error("row {row} is labelled twice: give each labelled row once")]
    Twice {
        /// The row.
        row: usize,
    },
    /// A label names no class.
    #[error("row {row} has class {class}, but there are {classes} classes: expected 0 to {}", classes.saturating_sub(1))]
    NoClass {
        /// The row.
        row: usize,
        /// The class found.
        class: u16,
        /// Number of classes.
        classes: usize,
    },
    /// A class has no labelled row.
    #[error("class {class} of {classes} has no labelled row: label at least one row of it, or leave the class out")]
    Unlabelled {
        /// The class.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A number that cannot be used.
    #[error("{what} {at} is {value}: expected {expected}")]
    Number {
        /// What it is.
        what: &'static str,
        /// Its place.
        at: usize,
        /// What was found.
        value: f64,
        /// What is possible.
        expected: &'static str,
    },
    /// Sizes that no classes can have together.
    #[error("the {which} shares of the classes add up to {sum}: expected {expected}")]
    Shares {
        /// `lower` or `upper`.
        which: &'static str,
        /// Their sum.
        sum: f64,
        /// What is possible.
        expected: &'static str,
    },
    /// A setting that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}
