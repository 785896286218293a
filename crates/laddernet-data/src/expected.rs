//! What rows a trained model takes, for the readers of files.

use laddernet::dataset::Scaling;

/// What rows a model takes.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The shape of a row.
    pub row_shape: &'a [usize],
    /// How a stored value becomes an input, before it is standardised.
    pub scaling: Scaling,
    /// The classes that a row may be said to have.
    pub class_names: &'a [String],
    /// Whether values may be of any size, because the model standardises them; else they lie in 0..=1 once they are scaled.
    pub any_values: bool,
}
