//! Why there is no such table.

use crate::error::RunError;
use crate::settings::ConfigError;
use laddernet::models::Kind;
use thiserror::Error;

/// What was asked for makes no table.
#[derive(Debug, Error)]
pub enum TableError {
    /// A cell was asked for by name that is none of the table.
    #[error("{table} has no cell {wanted}: there are {known}")]
    NoSuchCell {
        /// The table.
        table: &'static str,
        /// What was asked for.
        wanted: String,
        /// All of its cells.
        known: String,
    },
    /// A model without classes has no error that could be compared.
    #[error("a model '{0}' predicts no classes, whose error could be compared")]
    NoClasses(&'static Kind),
    /// A setting makes no training.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl From<TableError> for RunError {
    fn from(e: TableError) -> Self {
        match e {
            TableError::Config(e) => e.into(),
            other => RunError::Argument(other.to_string()),
        }
    }
}
