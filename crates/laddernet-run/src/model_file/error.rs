//! Why bytes are no model.

use thiserror::Error;

/// Why bytes are no model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ModelFileError {
    /// It cannot be read at all.
    #[error("cannot read it: {0}")]
    Unreadable(String),
    /// It is no safetensors file.
    #[error("this is no model file of laddernet: {0}")]
    Foreign(String),
    /// It is one, but damaged or forged.
    #[error("the model file is damaged: {0}")]
    Damaged(String),
    /// A newer program wrote it.
    #[error(
        "this model file is of format {found}, but this laddernet knows formats up to {known}: use a newer laddernet"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The newest that is read.
        known: u32,
    },
}
