//! Stored numbers, and how they become inputs.

use super::{Columns, Standards};
use std::sync::Arc;

/// The numbers of a dataset, row after row, in the type in which they came.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One byte a value, as in the pixel files of MNIST.
    U8(Vec<u8>),
    /// 32-bit floating point.
    F32(Vec<f32>),
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Values::U8(v) => v.len(),
            Values::F32(v) => v.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, unscaled.
    pub fn get(&self, index: usize) -> f32 {
        match self {
            Values::U8(v) => f32::from(v[index]),
            Values::F32(v) => v[index],
        }
    }
}

/// How a stored value becomes a model's input: `input = value * scale`.
///
/// It belongs to the data's format (1/255 for bytes of pixels, 1/16 for the embedded digits) and travels with
/// a trained model, so that a prediction scales its rows as training did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Factor from a stored value to an input.
    pub scale: f32,
    /// Whether the format does not say it, so that it is only assumed: another one may be right for the same file.
    pub assumed: bool,
}

impl Scaling {
    /// Values are inputs already.
    pub const NONE: Scaling = Scaling { scale: 1.0, assumed: false };
    /// Bytes 0..=255 become 0..=1.
    pub const BYTES: Scaling = Scaling { scale: 1.0 / 255.0, assumed: false };

    /// This scale, as the format of the data says it.
    pub fn by(scale: f32) -> Self {
        Scaling { scale, assumed: false }
    }

    /// The same scale, assumed.
    #[must_use]
    pub fn assumed(self) -> Self {
        Scaling { assumed: true, ..self }
    }
}

/// What becomes of stored values as they are gathered.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoding {
    /// They are scaled.
    Scaled,
    /// They are scaled, then standardised.
    Standardised(Arc<Standards>),
    /// They are the cells of a table, each column with a treatment of its own.
    Columns(Arc<Columns>),
}

impl Encoding {
    /// Means and deviations of the scaled values, where inputs are standardised.
    pub fn standards(&self) -> Option<&Standards> {
        match self {
            Encoding::Standardised(standards) => Some(standards),
            _ => None,
        }
    }

    /// The columns of a table, where the rows are of one.
    pub fn columns(&self) -> Option<&Columns> {
        match self {
            Encoding::Columns(columns) => Some(columns),
            _ => None,
        }
    }
}
