//! `ln Z` by enumeration: the states of the smaller side one by one, the other side summed out.
//!
//! ```text
//! Z = sum over h of e^(b'h) product over i of (1 + e^(a_i + (W h)_i))          and the same with v and h exchanged
//! Gaussian v, integrated out:  Z = sum over h of e^(b'h) product over i of sqrt(2 pi) e^(((a_i + (W h)_i)^2 - a_i^2) / 2)
//! ```
//! States are visited in the order of a Gray code: one unit changes at a time, so one row of weights is added or taken
//! away. All in f64.

use super::{Rbm, Units};
use laddernet_math::{Threads, items};
use thiserror::Error;

/// Units of the smaller side that are enumerated at most: 2^25 states of 784 units take about a minute.
pub const MOST_UNITS: usize = 25;

/// An RBM with too many states on either side.
#[derive(Clone, Debug, Error, PartialEq)]
#[error(
    "{visible} visible and {hidden} hidden units: ln Z is summed up exactly where a side of Bernoulli units has at most \
     {MOST_UNITS}, and 2^{fewer} states would take {}; estimate it by annealing instead",
    how_long(*.fewer, *.more)
)]
pub struct TooManyUnits {
    /// Visible units.
    pub visible: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Units of the side that would be enumerated: the smaller one, or the one that is not Gaussian.
    pub fewer: usize,
    /// Units of the other side.
    pub more: usize,
}

/// About how long, at a few nanoseconds a unit and state.
fn how_long(fewer: usize, more: usize) -> String {
    let hours = 2f64.powi(fewer as i32) * more as f64 * 3e-9 / 3600.0;
    match hours {
        h if h < 1.0 / 30.0 => format!("about {:.1} seconds", 3600.0 * h),
        h if h < 2.0 => format!("about {:.0} minutes", 60.0 * h),
        h if h < 48.0 => format!("about {h:.1} hours"),
        h if h < 24.0 * 365.0 => format!("about {:.0} days", h / 24.0),
        h => format!("about 1e{:.0} years", (h / (24.0 * 365.0)).log10()),
    }
}

/// States of the highest units, which stay as they are in one task.
const TASK_UNITS: usize = 10;
/// Factors of at most 2 that are multiplied before a logarithm is taken.
const FACTORS: usize = 512;

impl Rbm {
    /// The logarithm of the partition function, to rounding.
    ///
    /// # Errors
    /// When neither side is of at most [`MOST_UNITS`] Bernoulli units; says how long it would take.
    pub fn ln_partition(&self, threads: &Threads) -> Result<f64, TooManyUnits> {
        let (visible, hidden) = (self.visible(), self.hidden());
        let (v, h) = (self.visible_units, self.hidden_units);
        let over_hidden = h == Units::Bernoulli && (v == Units::Gaussian || hidden <= visible);
        let (fewer, more) = if over_hidden { (hidden, visible) } else { (visible, hidden) };
        if fewer > MOST_UNITS {
            return Err(TooManyUnits { visible, hidden, fewer, more });
        }
        let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<f64>>();
        let (w, a, b) = (wide(self.weight.values()), wide(self.visible_bias.values()), wide(self.hidden_bias.values()));
        // `weights[i][j]`: from unit i of the enumerated side to unit j of the other.
        let weights: Vec<Vec<f64>> = match over_hidden {
            true => (0..hidden).map(|j| (0..visible).map(|i| w[i * hidden + j]).collect()).collect(),
            false => (0..visible).map(|i| w[i * hidden..(i + 1) * hidden].to_vec()).collect(),
        };
        let (own, others, other_units) = if over_hidden { (b, a, v) } else { (a, b, h) };
        let high = fewer.min(TASK_UNITS);
        let mut parts = vec![0.0; 1 << high];
        threads.for_each(items(&mut parts), |states, part| {
            *part = sum_of(&weights, &own, &others, other_units, high, states);
        });
        let of_biases = self.visible_units.of_biases(&self.visible_bias.value) + h.of_biases(&self.hidden_bias.value);
        Ok(ln_sum_exp(&parts) + more as f64 * other_units.ln_measure() - of_biases)
    }
}

/// `ln` of the sum over all states whose highest `high` units are the bits of `states`.
fn sum_of(weights: &[Vec<f64>], own: &[f64], others: &[f64], units: Units, high: usize, states: usize) -> f64 {
    let low = weights.len() - high;
    let (mut input, mut energy) = (others.to_vec(), 0.0);
    let mut add = |unit: usize, sign: f64, input: &mut [f64]| {
        input.iter_mut().zip(&weights[unit]).for_each(|(x, w)| *x += sign * w);
        energy += sign * own[unit];
        energy
    };
    let mut bias = 0.0;
    for bit in (0..high).filter(|bit| states >> bit & 1 == 1) {
        bias = add(low + bit, 1.0, &mut input);
    }
    let mut sum = Streaming::default();
    sum.add(bias + ln_of_sums(units, &input));
    for step in 1..1usize << low {
        let unit = step.trailing_zeros() as usize;
        let on = (step ^ step >> 1) >> unit & 1 == 1;
        bias = add(unit, if on { 1.0 } else { -1.0 }, &mut input);
        sum.add(bias + ln_of_sums(units, &input));
    }
    sum.value()
}

/// `sum over i of softplus(x_i)`: the positive parts, and one logarithm for many factors `1 + e^-|x|`. Of Gaussian units
/// `sum over i of x_i^2 / 2`.
fn ln_of_sums(units: Units, x: &[f64]) -> f64 {
    if units == Units::Gaussian {
        return x.iter().map(|&x| units.summed_out(x)).sum();
    }
    x.chunks(FACTORS)
        .map(|x| {
            let positive: f64 = x.iter().map(|x| x.max(0.0)).sum();
            let factors: f64 = x.iter().map(|x| 1.0 + (-x.abs()).exp()).product();
            positive + factors.ln()
        })
        .sum()
}

/// `ln` of a sum of exponentials, term by term.
struct Streaming {
    largest: f64,
    sum: f64,
}

impl Default for Streaming {
    fn default() -> Self {
        Streaming { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl Streaming {
    fn add(&mut self, x: f64) {
        if x > self.largest {
            self.sum = self.sum * (self.largest - x).exp() + 1.0;
            self.largest = x;
        } else {
            self.sum += (x - self.largest).exp();
        }
    }

    fn value(&self) -> f64 {
        self.largest + self.sum.ln()
    }
}

/// `ln` of the sum of the exponentials of `x`, in its order.
pub(super) fn ln_sum_exp(x: &[f64]) -> f64 {
    let mut sum = Streaming::default();
    x.iter().for_each(|&x| sum.add(x));
    sum.value()
}
