//! Which optimiser, and one step of it.

use crate::text::{WordError, word_and_number};
use laddernet_math::adam::adam;
use laddernet_math::momentum::{momentum, shrink};
use laddernet_math::{Isa, Row};
use std::fmt;
use std::str::FromStr;

/// How a gradient moves a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015), as the ladder's authors.
    Adam,
    /// Gradient descent with this momentum, 0 or more and below 1 (Polyak 1964; Hinton 2010, section 9).
    Momentum(f32),
}

impl fmt::Display for Optimiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Optimiser::Adam => f.write_str("adam"),
            Optimiser::Momentum(momentum) => write!(f, "momentum {momentum}"),
        }
    }
}

impl FromStr for Optimiser {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        match word_and_number(text) {
            ("adam", None) => Ok(Optimiser::Adam),
            ("momentum", Some(x)) if !x.is_nan() => Ok(Optimiser::Momentum(x)),
            _ => Err(WordError::new(text, "optimiser", "'adam', or 'momentum 0.9' for gradient descent")),
        }
    }
}

/// What becomes of gradients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// They are kept beside the parameters, which stay as they are.
    Keep,
    /// An optimiser takes them.
    Step(Step),
}

/// A step of an optimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub(super) optimiser: Optimiser,
    /// Adam's is corrected for the bias of its first steps.
    pub(super) rate: f32,
    /// What decay leaves of a weight matrix.
    pub(super) left: f32,
}

impl Step {
    /// Moves a vector, or some tiles of a matrix before whose step [`Step::decay`] stands.
    pub(crate) fn apply(self, isa: Isa, gradient: &[Row], value: &mut [Row], [m, v]: [&mut [Row]; 2]) {
        match self.optimiser {
            Optimiser::Adam => adam(isa, self.rate, gradient, value, m, v),
            Optimiser::Momentum(kept) => momentum(isa, self.rate, kept, gradient, value, m),
        }
    }

    /// Draws weights towards zero, whatever their gradient says (Loshchilov and Hutter 2019); with momentum 0 it is the
    /// gradient of half their squared sum.
    pub(crate) fn decay(self, isa: Isa, weights: &mut [Row]) {
        if self.left < 1.0 {
            shrink(isa, self.left, weights);
        }
    }
}
