//! The optimisers, and the authors' learning-rate schedule.
//!
//! A gradient is applied by whoever computes it, as soon as a piece of it is there: the moments then pass through the
//! cache once a step. What is to be done with it is an [`Update`], which the training loop alone makes.

mod descent;
pub mod update;

pub use descent::Descent;
pub use update::{Optimiser, Step, Update};

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
