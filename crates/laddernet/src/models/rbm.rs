//! The restricted Boltzmann machine with Bernoulli units, after Smolensky (1986) and Hinton (2002):
//!
//! ```text
//! E(v, h) = -a'v - b'h - v'W h          P(v, h) = e^-E(v, h) / Z
//! F(v)    = -a'v - sum_j softplus(b_j + (v W)_j)          P(v) = e^-F(v) / Z
//! P(h_j = 1 | v) = sigmoid(b_j + (v W)_j)          P(v_i = 1 | h) = sigmoid(a_i + (W h)_i)
//! ```
//! `W` is `[visible, hidden]`, `a` the visible and `b` the hidden bias. What the machine thinks of data is a
//! log-likelihood only together with `ln Z`: exactly where one side has few units ([`Rbm::ln_partition`]), else by
//! annealing ([`Rbm::anneal`]).

mod annealing;
mod binarise;
mod contrast;
mod exact;
mod model;
mod monitor;
mod sample;

pub use annealing::{Annealed, Annealing, AnnealingError, Estimate};
pub use binarise::Binarise;
pub use contrast::{Chain, Contrast, ContrastBuffers};
pub use exact::{MOST_UNITS, TooManyUnits};
pub use model::ContrastiveRbm;
pub use monitor::IdleUnits;
pub use sample::Start;

use crate::dataset::Dataset;
use crate::models::dense::{Activation, Dense, rows_of};
use crate::parameters::{Parameter, Parameters};
use laddernet_math::bernoulli::add_softplus;
use laddernet_math::normal::Stream;
use laddernet_math::operand::forward;
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Panels, Row, Threads, WIDTH, groups};
use thiserror::Error;

/// Rows that one task works on.
const BLOCK: usize = 240;

/// A restricted Boltzmann machine.
#[derive(Clone, Debug)]
pub struct Rbm {
    weight: Parameter,       // W [visible, hidden]
    visible_bias: Parameter, // a [visible]
    hidden_bias: Parameter,  // b [hidden]
}

/// Numbers that make no machine.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RbmError {
    /// A side has no units.
    #[error("{visible} visible and {hidden} hidden units: expected at least 1 of each")]
    Empty {
        /// Visible units.
        visible: usize,
        /// Hidden units.
        hidden: usize,
    },
    /// There are more or fewer numbers than the units ask for.
    #[error("{found} values of the {what}: expected {expected}")]
    Count {
        /// Which parameter.
        what: &'static str,
        /// Number of values found.
        found: usize,
        /// Number expected.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("value {index} of the {what} is {value}: expected a finite number")]
    NotFinite {
        /// Which parameter.
        what: &'static str,
        /// Its place, from 0.
        index: usize,
        /// What was found.
        value: f32,
    },
    /// Rows of another length.
    #[error("rows of {found} values for {expected} visible units: expected as many values as units")]
    Features {
        /// Values a row.
        found: usize,
        /// Visible units.
        expected: usize,
    },
    /// Rows that are no states of units.
    #[error("row {row} has the value {value} in column {column}: expected 0 or 1; binarise the rows first")]
    NotBinary {
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
        /// What was found.
        value: f32,
    },
}

impl Rbm {
    /// A machine from its parameters: `weight` row-major `[visible, hidden]`.
    ///
    /// # Errors
    /// When a side is empty, the numbers of values do not fit, or a value is not finite.
    pub fn from_values(weight: &[f32], visible_bias: &[f32], hidden_bias: &[f32]) -> Result<Self, RbmError> {
        let (visible, hidden) = (visible_bias.len(), hidden_bias.len());
        if visible == 0 || hidden == 0 {
            return Err(RbmError::Empty { visible, hidden });
        }
        if weight.len() != visible * hidden {
            return Err(RbmError::Count { what: "weights", found: weight.len(), expected: visible * hidden });
        }
        for (what, values) in [("weights", weight), ("visible biases", visible_bias), ("hidden biases", hidden_bias)] {
            if let Some(index) = values.iter().position(|v| !v.is_finite()) {
                return Err(RbmError::NotFinite { what, index, value: values[index] });
            }
        }
        let filled = |mut parameter: Parameter, values: &[f32]| {
            parameter.set_values(values);
            parameter
        };
        Ok(Rbm {
            weight: filled(Parameter::matrix("rbm.weight".into(), visible, hidden), weight),
            visible_bias: filled(Parameter::vector("rbm.visible_bias".into(), visible), visible_bias),
            hidden_bias: filled(Parameter::vector("rbm.hidden_bias".into(), hidden), hidden_bias),
        })
    }

    /// A machine that has learned nothing: weights normal with standard deviation 0.01 drawn from `seed`, and biases 0
    /// (Hinton 2010, section 8).
    ///
    /// # Errors
    /// When a side is empty.
    pub fn new(visible: usize, hidden: usize, seed: u64) -> Result<Self, RbmError> {
        let mut rbm = Self::from_values(&vec![0.0; visible * hidden], &vec![0.0; visible], &vec![0.0; hidden])?;
        let stream = Stream { seed, purpose: Purpose::EncoderWeights, step: 0, layer: 0 };
        rbm.weight.draw_normal(Isa::detect(), stream, 0.01);
        Ok(rbm)
    }

    /// The trainable parameters: weights, visible biases, hidden biases.
    pub fn parameters(&self) -> Parameters<'_> {
        Parameters(vec![&self.weight, &self.visible_bias, &self.hidden_bias])
    }

    /// The same, to change.
    pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        vec![&mut self.weight, &mut self.visible_bias, &mut self.hidden_bias]
    }

    /// Number of visible units.
    pub fn visible(&self) -> usize {
        self.weight.shape()[0]
    }

    /// Number of hidden units.
    pub fn hidden(&self) -> usize {
        self.weight.shape()[1]
    }

    /// The free energy `F(v)` of each row, in nats; `-F(v) - ln Z` is its log-likelihood. Products are f32, sums over
    /// units f64. A row's bits do not depend on its neighbours.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn free_energies(&self, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RbmError> {
        self.check_features(data)?;
        let isa = threads.isa().in_single_precision();
        let mut out = vec![0.0; data.rows()];
        threads.for_each(groups(&mut out, BLOCK), |block, out| {
            let v = rows_of(data, block * BLOCK, out.len());
            let mut z = vec![Row::ZERO; out.len()];
            for j in 0..self.hidden().div_ceil(WIDTH) {
                forward(isa, &v, self.weight.weights(), j, &mut z);
                let used = (self.hidden() - j * WIDTH).min(WIDTH);
                add_softplus(isa, 1.0, &z, &self.hidden_bias.value[j], used, out);
            }
            add_products(&v, &self.visible_bias.value, 1.0, out);
            out.iter_mut().for_each(|f| *f = -*f);
        });
        Ok(out)
    }
}

impl Rbm {
    /// The way up alone, a layer of a stack: the probabilities of the hidden units.
    pub fn up(&self) -> Dense {
        Dense { weight: self.weight.clone(), bias: self.hidden_bias.clone(), activation: Activation::Logistic }
    }

    fn check_features(&self, data: &Dataset) -> Result<(), RbmError> {
        match data.features() {
            found if found == self.visible() => Ok(()),
            found => Err(RbmError::Features { found, expected: self.visible() }),
        }
    }
}

/// Adds `scale` times the product of each row with the vector `a`, summed in f64 in the order of the columns.
fn add_products(v: &Panels, a: &[Row], scale: f64, sums: &mut [f64]) {
    for (j, a) in a.iter().enumerate() {
        for (row, sum) in v.panel(j).iter().zip(&mut *sums) {
            *sum += scale * row.0.iter().zip(&a.0).map(|(&v, &a)| f64::from(v) * f64::from(a)).sum::<f64>();
        }
    }
}
