//! An optimiser at work on the parameters of a model.

use super::update::{Optimiser, Step, Update};
use crate::parameters::Parameter;
use laddernet_math::Isa;
use laddernet_math::adam::corrected_rate;

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
