//! Adam over all parameters of a model, and the authors' learning-rate schedule.

use crate::parameters::Parameter;
use laddernet_math::adam::{adam, corrected_rate};
use laddernet_math::{Isa, Row, for_each, groups};

/// Rows of 32 values that one task updates.
const ROWS_A_TASK: usize = 2048;

/// Adam's moments of every parameter, and how many steps were taken.
#[derive(Clone, Debug)]
pub struct Adam {
    moments: Vec<[Vec<Row>; 2]>,
    steps: u64,
}

impl Adam {
    /// Zero moments for these parameters.
    pub fn new(parameters: &[&Parameter]) -> Self {
        let zeros = |p: &&Parameter| [vec![Row::ZERO; p.value.len()], vec![Row::ZERO; p.value.len()]];
        Adam { moments: parameters.iter().map(zeros).collect(), steps: 0 }
    }

    /// One step along the parameters' gradients.
    pub fn update(&mut self, isa: Isa, learning_rate: f32, parameters: Vec<&mut Parameter>) {
        self.steps += 1;
        let rate = corrected_rate(learning_rate, self.steps);
        for (p, [m, v]) in parameters.into_iter().zip(&mut self.moments) {
            let gradient = &p.gradient;
            let parts = (groups(&mut p.value, ROWS_A_TASK), groups(m, ROWS_A_TASK), groups(v, ROWS_A_TASK));
            for_each(parts, |i, (value, m, v)| {
                let at = i * ROWS_A_TASK;
                adam(isa, rate, &gradient[at..at + value.len()], value, m, v);
            });
        }
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

    /// Witness: the numbers of section 1.4 of the authors' code as read.
    #[test]
    fn schedule_of_150_epochs() {
        let rate = |epoch| learning_rate(0.002, 0.67, 150, epoch);
        assert_eq!((rate(1), rate(101)), (0.002, 0.002));
        assert!((rate(102) - 0.001_98).abs() < 1e-6, "{}", rate(102));
        assert!((rate(150) - 4.04e-5).abs() < 1e-7, "{}", rate(150));
        assert!(learning_rate(0.1, 1.0, 10, 10) == 0.1 && learning_rate(0.1, 0.0, 10, 1) == 0.1);
    }
}
