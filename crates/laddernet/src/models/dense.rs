//! A layer of units that see all units below: a product, a bias and an activation, with their backward pass.
//!
//! ```text
//! h = s(x W + b)          W [inputs, units], b [units]
//! ```

use crate::dataset::{Dataset, DatasetError};
use crate::parameters::{Declaration, Initial, Parameter, Parameters};
use crate::tensor::{Tensor, tensors_of};
use crate::text::WordError;
use laddernet_math::activation::{linear, linear_backward, logistic_backward, relu_backward, relu_in_place};
use laddernet_math::bernoulli::logistic;
use laddernet_math::operand::{Operand, Role, forward};
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Precision, Row, Threads, WIDTH, groups};
use std::fmt;
use std::str::FromStr;

/// Rows that one task works on.
const BLOCK: usize = 240;

/// What a unit makes of its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `1 / (1 + e^-a)`
    Logistic,
    /// `a`
    Linear,
    /// `max(a, 0)`
    Rectified,
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Activation::Logistic => "logistic",
            Activation::Linear => "linear",
            Activation::Rectified => "rectified",
        })
    }
}

impl FromStr for Activation {
    type Err = WordError;

    /// Those that a setting can choose: rectified units are the hidden ones of models that have no others.
    fn from_str(text: &str) -> Result<Self, WordError> {
        match text {
            "logistic" => Ok(Activation::Logistic),
            "linear" => Ok(Activation::Linear),
            _ => Err(WordError::new(text, "kind of unit", "logistic, linear")),
        }
    }
}

impl Activation {
    /// By how much weights to such units are larger than those to linear ones.
    pub(crate) fn gain(self) -> f32 {
        match self {
            Activation::Logistic => 4.0,
            Activation::Linear => 1.0,
            Activation::Rectified => std::f32::consts::SQRT_2,
        }
    }

    /// From the sums of one panel, without their bias, to the units' values; columns from `used` on become 0.
    pub(crate) fn apply(self, isa: Isa, bias: &Row, used: usize, z: &mut [Row]) {
        match self {
            Activation::Logistic => logistic(isa, 1.0, bias, used, z),
            Activation::Linear => linear(isa, bias, used, z),
            Activation::Rectified => relu_in_place(isa, bias, z),
        }
    }

    /// Turns `d` from the gradient of the values `h` into that of the sums, and writes that of the bias. `kept` is 1, or
    /// where units of logistic layers were dropped, the share of those that were not.
    pub(crate) fn backward(self, isa: Isa, kept: f32, h: &[Row], d: &mut [Row], d_bias: &mut Row) {
        match self {
            Activation::Logistic => logistic_backward(isa, kept, h, d, d_bias),
            Activation::Linear => linear_backward(isa, d, d_bias),
            Activation::Rectified => relu_backward(isa, h, d, d_bias),
        }
    }
}

/// Standard deviation of the weights of linear units between so many units below and above.
pub(crate) fn spread(around: usize) -> f32 {
    (2.0 / around as f32).sqrt()
}

/// A layer.
#[derive(Clone, Debug)]
pub struct Dense {
    pub(crate) weight: Parameter, // W [inputs, units]
    pub(crate) bias: Parameter,   // b [units]
    pub(crate) activation: Activation,
}

impl Dense {
    /// Weight and bias of a layer of `units` over `inputs`, called `NAME.weight` and `NAME.bias`: layer `l` of the random weights.
    /// Signals keep their size on the way up and gradients on the way down (Glorot and Bengio 2010): variance
    /// `2 / (inputs + units)`, for logistic units 16 times that, since their slope is a quarter at most, and for rectified ones twice
    /// that, since half of them are 0 (He, Zhang, Ren, Sun 2015).
    pub(crate) fn declare(
        name: &str,
        (inputs, units): (usize, usize),
        activation: Activation,
        purpose: Purpose,
        l: usize,
    ) -> [Declaration; 2] {
        let initial =
            Initial::Normal { purpose, layer: l as u16, deviation: activation.gain() * spread(inputs + units) };
        [
            Declaration::matrix(format!("{name}.weight"), inputs, units, initial),
            Declaration::vector(format!("{name}.bias"), units, Initial::Zero),
        ]
    }

    /// The layer that was declared.
    pub(crate) fn made(
        declared: [Declaration; 2],
        activation: Activation,
        make: impl Fn(Declaration) -> Parameter,
    ) -> Self {
        let [weight, bias] = declared.map(make);
        Dense { weight, bias, activation }
    }

    /// A layer of zeros.
    pub(crate) fn zeros(name: &str, inputs: usize, units: usize, activation: Activation) -> Self {
        let declared = Self::declare(name, (inputs, units), activation, Purpose::EncoderWeights, 0);
        Self::made(declared, activation, Declaration::zeros)
    }

    /// Calls its parameters `NAME.weight` and `NAME.bias`.
    pub(crate) fn rename(&mut self, name: &str) {
        self.weight.rename(format!("{name}.weight"));
        self.bias.rename(format!("{name}.bias"));
    }

    /// Values that it sees.
    pub fn inputs(&self) -> usize {
        self.weight.shape()[0]
    }

    /// Units.
    pub fn units(&self) -> usize {
        self.weight.shape()[1]
    }

    /// The values of its units for the rows of an operand; `then(j, values)` is done to each panel `j` of them.
    pub(crate) fn up(&self, threads: &Threads, x: &Operand, h: &mut Operand, then: impl Fn(usize, &mut [Row]) + Sync) {
        let isa = threads.isa();
        threads.for_each(h.panels_mut(), |j, mut h| {
            forward(isa, x, self.weight.weights(), j, &mut h);
            self.activation.apply(isa, &self.bias.value[j], self.units() - j * WIDTH, &mut h);
            then(j, &mut h);
            h.pack(isa);
        });
    }

    /// The values of its units for each row, as rows of their own with the same labels: what the next layer of a stack
    /// learns from. Products are f32; a row's bits do not depend on its neighbours.
    ///
    /// # Errors
    /// When a row is so far from those of the training that its code overflows.
    ///
    /// # Panics
    /// When rows have another length than it has inputs.
    pub fn codes(&self, data: &Dataset, threads: &Threads) -> Result<Dataset, DatasetError> {
        assert_eq!(data.features(), self.inputs(), "values a row");
        data.coded(codes(&self.weight, &self.bias, self.activation, data, threads), self.units())
    }
}

/// The values of the last of some layers, one on the other, for each row; of no layer the rows themselves.
///
/// # Errors
/// When a row is so far from those of the training that its code overflows.
pub(crate) fn codes_of(layers: &[Dense], data: &Dataset, threads: &Threads) -> Result<Dataset, DatasetError> {
    let Some((first, rest)) = layers.split_first() else { return Ok(data.clone()) };
    rest.iter().try_fold(first.codes(data, threads)?, |below, layer| layer.codes(&below, threads))
}

/// The weights of some layers, whose units are not divided by anything.
pub(crate) fn weights_of(layers: &[Dense]) -> Vec<(Tensor, Option<Vec<f32>>)> {
    tensors_of(&Parameters(layers.iter().map(|l| &l.weight).collect())).into_iter().map(|w| (w, None)).collect()
}

/// `s(x W + b)` of each row, row-major `[rows, units]`.
pub(crate) fn codes(
    weight: &Parameter,
    bias: &Parameter,
    activation: Activation,
    data: &Dataset,
    threads: &Threads,
) -> Vec<f32> {
    let (isa, units) = (threads.isa().in_single_precision(), weight.shape()[1]);
    let mut out = vec![0.0; data.rows() * units];
    threads.for_each(groups(&mut out, BLOCK * units), |block, out| {
        let x = rows_of(data, block * BLOCK, out.len() / units);
        let mut z = vec![Row::ZERO; x.rows()];
        for j in 0..units.div_ceil(WIDTH) {
            forward(isa, &x, weight.weights(), j, &mut z);
            let used = (units - j * WIDTH).min(WIDTH);
            activation.apply(isa, &bias.value[j], used, &mut z);
            for (out, z) in out.chunks_exact_mut(units).zip(&z) {
                out[j * WIDTH..][..used].copy_from_slice(&z.0[..used]);
            }
        }
    });
    out
}

/// Some rows of the data, for products in single precision.
pub(crate) fn rows_of(data: &Dataset, first: usize, rows: usize) -> Operand {
    let mut x = Operand::new(Precision::F32, Role::Fixed, rows, data.features());
    for p in 0..x.count() {
        for (r, row) in x.values_mut().panel_mut(p).iter_mut().enumerate() {
            data.copy_columns(first + r, p * WIDTH, &mut row.0);
        }
    }
    x
}
