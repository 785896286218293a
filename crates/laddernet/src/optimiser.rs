//! The optimisers, and the authors' learning-rate schedule.
//!
//! A gradient is applied by whoever computes it, as soon as a piece of it is there: the moments then pass through the
//! cache once a step. What is to be done with it is an [`Update`], which the training loop alone makes.

use crate::parameters::Parameter;
use crate::text::{WordError, word_and_number};
use laddernet_math::adam::{adam, corrected_rate};
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
    optimiser: Optimiser,
    /// Adam's is corrected for the bias of its first steps.
    rate: f32,
    /// What decay leaves of a weight matrix.
    left: f32,
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

/// An optimiser at work. What it remembers of a parameter stands with the parameter; here is how many steps were taken.
#[derive(Clone, Debug)]
pub struct Descent {
    optimiser: Optimiser,
    weight_decay: f32,
    steps: u64,
}

impl Descent {
    /// Before the first step: gives the parameters their moments, and what products of this precision read.
    pub fn new(isa: Isa, optimiser: Optimiser, weight_decay: f32, parameters: Vec<&mut Parameter>) -> Self {
        parameters.into_iter().for_each(|p| p.begin_training(isa));
        Descent { optimiser, weight_decay, steps: 0 }
    }

    /// Adam without decay.
    pub fn adam(isa: Isa, parameters: Vec<&mut Parameter>) -> Self {
        Self::new(isa, Optimiser::Adam, 0.0, parameters)
    }

    /// After `steps` steps, which gave the parameters their values and moments.
    pub(crate) fn resume(&mut self, isa: Isa, steps: usize, parameters: Vec<&mut Parameter>) {
        self.steps = steps as u64;
        parameters.into_iter().for_each(|p| p.round(isa));
    }

    /// The next step.
    pub fn step(&mut self, learning_rate: f32) -> Update {
        self.steps += 1;
        let rate = match self.optimiser {
            Optimiser::Adam => corrected_rate(learning_rate, self.steps),
            Optimiser::Momentum(_) => learning_rate,
        };
        Update::Step(Step { optimiser: self.optimiser, rate, left: 1.0 - learning_rate * self.weight_decay })
    }
}

/// The learning rate of epoch `epoch` (from 1) of `epochs`: `initial` up to the share `decay_start` of the epochs,
/// then linear to zero, as the authors' `lrate_decay`: with 150 epochs and 0.67, epoch 101 is the last at the
/// initial rate and epoch 150 still has a 49.5th of it.
pub fn learning_rate(initial: f32, decay_start: f32, epochs: usize, epoch: usize) -> f32 {
    let (epochs, done) = (epochs as f64, (epoch - 1) as f64);
    let start = epochs * f64::from(decay_start);
    if done <= start {
        return initial;
    }
    (f64::from(initial) * (epochs - done) / (epochs - start)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: the numbers of section 1.4 of the authors' code as read.
    #[test]
    fn schedule_of_150_epochs() {
        let rate = |epoch| learning_rate(0.002, 0.67, 150, epoch);
        assert_eq!((rate(1), rate(101)), (0.002, 0.002));
        assert!((rate(102) - 0.001_98).abs() < 1e-6, "{}", rate(102));
        assert!((rate(150) - 4.04e-5).abs() < 1e-7, "{}", rate(150));
        assert!(learning_rate(0.1, 1.0, 10, 10) == 0.1 && learning_rate(0.1, 0.0, 10, 1) == 0.1);
    }
}
