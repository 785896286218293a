//! The restricted Boltzmann machine, after Smolensky (1986) and Hinton (2002):
//!
//! ```text
//! E(v, h) = -a'v - b'h - v'W h          P(v, h) = e^-E(v, h) / Z
//! F(v)    = -a'v - sum_j softplus(b_j + (v W)_j)          P(v) = e^-F(v) / Z
//! P(h_j = 1 | v) = sigmoid(b_j + (v W)_j)          P(v_i = 1 | h) = sigmoid(a_i + (W h)_i)
//! ```
//! Units of one side may be Gaussian with variance 1 (Hinton and Salakhutdinov 2006):
//!
//! ```text
//! visible:  E = |v - a|^2 / 2 - b'h - v'W h      F(v) = |v - a|^2 / 2 - sum_j softplus(...)         v_i | h ~ N(a_i + (W h)_i, 1)
//! hidden:   E = |h - b|^2 / 2 - a'v - v'W h      F(v) = -a'v - sum_j ((b_j + (v W)_j)^2 - b_j^2) / 2 - hidden ln sqrt(2 pi)
//! ```
//! `W` is `[visible, hidden]`, `a` the visible and `b` the hidden bias. The free energy of a row gives its
//! log-likelihood only together with `ln Z`: summed exactly where one side has few units ([`Rbm::ln_partition`]), else estimated by
//! annealing ([`Rbm::anneal`]).

mod annealing;
mod binarise;
mod buffers;
mod columns;
mod contrast;
mod exact;
mod gap;
mod model;
mod monitor;
mod monitors;
mod sample;
mod settings;
mod spec;
mod units;

pub use annealing::{Annealed, Annealing, AnnealingError, Estimate};
pub use binarise::Binarise;
pub use buffers::ContrastBuffers;
pub use exact::{MOST_UNITS, TooManyUnits};
pub use gap::FreeEnergyGap;
pub use model::ContrastiveRbm;
pub(crate) use model::not_probabilities;
pub use monitor::IdleUnits;
pub use monitors::RbmMonitors;
pub use settings::{Chain, Contrast, Sparsity};
pub use spec::{RBM, RbmSection, RbmSpec};
pub(crate) use spec::{units, with_means};
pub use units::Units;

use crate::dataset::Dataset;
use crate::models::dense::{Dense, rows_of};
use crate::parameters::{Declaration, Initial, Parameter, Parameters};
use laddernet_math::gaussian::add_half_squares;
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
    visible_units: Units,
    hidden_units: Units,
}

/// Numbers that make no RBM.
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
    /// Both sides are Gaussian.
    #[error(
        "Gaussian visible and Gaussian hidden units: expected Bernoulli units on one side at least; with both Gaussian the energy \
         has no lowest value where weights are large"
    )]
    BothGaussian,
    /// Something that only Bernoulli visible units have.
    #[error("Gaussian visible units have no {what}: their values have densities, not probabilities")]
    GaussianVisible {
        /// What was asked for.
        what: &'static str,
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
    /// An RBM from its parameters: `weight` row-major `[visible, hidden]`.
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
        let mut rbm = Self::made(visible, hidden, Declaration::zeros);
        let values = [weight, visible_bias, hidden_bias];
        rbm.parameters_mut().into_iter().zip(values).for_each(|(parameter, values)| parameter.set_values(values));
        Ok(rbm)
    }

    /// Weights, visible biases and hidden biases: weights normal with standard deviation 0.01, biases 0 (Hinton 2010, section 8).
    fn declare(visible: usize, hidden: usize) -> [Declaration; 3] {
        let initial = Initial::Normal { purpose: Purpose::EncoderWeights, layer: 0, deviation: 0.01 };
        [
            Declaration::matrix("rbm.weight".into(), visible, hidden, initial),
            Declaration::vector("rbm.visible_bias".into(), visible, Initial::Zero),
            Declaration::vector("rbm.hidden_bias".into(), hidden, Initial::Zero),
        ]
    }

    /// Path and shape of its parameters, without taking the memory.
    pub fn tensor_shapes(visible: usize, hidden: usize) -> Vec<(String, Vec<usize>)> {
        Self::declare(visible, hidden).iter().map(Declaration::shape).collect()
    }

    fn made(visible: usize, hidden: usize, make: impl Fn(Declaration) -> Parameter) -> Self {
        let [weight, visible_bias, hidden_bias] = Self::declare(visible, hidden).map(make);
        let (visible_units, hidden_units) = (Units::Bernoulli, Units::Bernoulli);
        Rbm { weight, visible_bias, hidden_bias, visible_units, hidden_units }
    }

    /// An RBM that has learned nothing: weights normal with standard deviation 0.01 drawn from `seed`, and biases 0
    /// (Hinton 2010, section 8).
    ///
    /// # Errors
    /// When a side is empty.
    pub fn new(visible: usize, hidden: usize, seed: u64) -> Result<Self, RbmError> {
        Self::with_isa(visible, hidden, seed, Isa::detect())
    }

    /// The same with values drawn by these instructions.
    ///
    /// # Errors
    /// When a side is empty.
    pub fn with_isa(visible: usize, hidden: usize, seed: u64, isa: Isa) -> Result<Self, RbmError> {
        match visible == 0 || hidden == 0 {
            true => Err(RbmError::Empty { visible, hidden }),
            false => Ok(Self::made(visible, hidden, |declaration| declaration.drawn(seed, isa))),
        }
    }

    /// The same parameters with other units; those of [`Rbm::new`] and [`Rbm::from_values`] are Bernoulli.
    ///
    /// # Errors
    /// When both sides are Gaussian.
    pub fn with_units(self, visible: Units, hidden: Units) -> Result<Self, RbmError> {
        if (visible, hidden) == (Units::Gaussian, Units::Gaussian) {
            return Err(RbmError::BothGaussian);
        }
        Ok(Rbm { visible_units: visible, hidden_units: hidden, ..self })
    }

    /// What its visible units are.
    pub fn visible_units(&self) -> Units {
        self.visible_units
    }

    /// What its hidden units are.
    pub fn hidden_units(&self) -> Units {
        self.hidden_units
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

    /// The free energy `F(v)` of each row, in nats; `-F(v) - ln Z` is its log-likelihood, for Gaussian visible units the
    /// logarithm of its density. Products are f32, sums over
    /// units f64. A row's bits do not depend on its neighbours.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn free_energies(&self, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RbmError> {
        self.check_features(data)?;
        let isa = threads.isa().in_single_precision();
        let of_hidden = self.hidden() as f64 * self.hidden_units.ln_measure();
        let constant = of_hidden - self.hidden_units.of_biases(&self.hidden_bias.value);
        let mut out = vec![constant; data.rows()];
        threads.for_each(groups(&mut out, BLOCK), |block, out| {
            let v = rows_of(data, block * BLOCK, out.len());
            let mut z = vec![Row::ZERO; out.len()];
            for j in 0..self.hidden().div_ceil(WIDTH) {
                forward(isa, &v, self.weight.weights(), j, &mut z);
                let used = (self.hidden() - j * WIDTH).min(WIDTH);
                self.hidden_units.add_summed_out(isa, 1.0, &z, &self.hidden_bias.value[j], used, out);
            }
            if self.visible_units == Units::Bernoulli {
                add_products(&v, &self.visible_bias.value, 1.0, out);
            }
            out.iter_mut().for_each(|f| *f = -*f);
            if self.visible_units == Units::Gaussian {
                for (p, a) in self.visible_bias.value.iter().enumerate() {
                    let used = (self.visible() - p * WIDTH).min(WIDTH);
                    add_half_squares(isa, 1.0, v.panel(p), &Row(a.0.map(|a| -a)), used, out);
                }
            }
        });
        Ok(out)
    }
}

impl Rbm {
    /// The way up alone, a layer of a stack: the probabilities of the hidden units, of Gaussian ones the means.
    pub fn up(&self) -> Dense {
        let activation = self.hidden_units.activation();
        Dense { weight: self.weight.clone(), bias: self.hidden_bias.clone(), activation }
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
