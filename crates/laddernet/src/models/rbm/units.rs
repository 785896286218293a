//! What the units of a side are: on or off, or normal with variance 1 (Hinton and Salakhutdinov 2006).

use crate::models::dense::Activation;
use crate::text::words;
use laddernet_math::bernoulli::{add_softplus, draw, draw_logistic};
use laddernet_math::gaussian::{add_half_squares, draw_normal};
use laddernet_math::normal::Stream;
use laddernet_math::{Isa, Row, WIDTH};

/// The units of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// On or off: 1 with the probability `sigmoid(x)`, else 0.
    #[default]
    Bernoulli,
    /// `x + N(0, 1)`: visible units of standardised rows, or the linear code of a deep autoencoder.
    Gaussian,
}

words!(Units, "kind of visible unit", { Bernoulli: "bernoulli", Gaussian: "gaussian" });

/// `ln 2` and `ln sqrt(2 pi)`.
const LN_2: f64 = std::f64::consts::LN_2;
const LN_ROOT: f64 = 0.918_938_533_204_672_8;

impl Units {
    /// How the mean of a unit follows from its sum.
    pub(super) fn activation(self) -> Activation {
        match self {
            Units::Bernoulli => Activation::Logistic,
            Units::Gaussian => Activation::Linear,
        }
    }

    /// From sums without their bias to the units' means.
    pub(super) fn means(self, isa: Isa, bias: &Row, used: usize, z: &mut [Row]) {
        self.activation().apply(isa, bias, used, z);
    }

    /// From sums to states: those of units whose sum is `scale z + bias`.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn states(
        self,
        isa: Isa,
        stream: Stream,
        panel: usize,
        columns: usize,
        scale: f32,
        bias: &Row,
        z: &mut [Row],
    ) {
        match self {
            Units::Bernoulli => draw_logistic(isa, stream, panel, columns, scale, bias, z),
            Units::Gaussian => draw_normal(isa, stream, panel, columns, scale, bias, z),
        }
    }

    /// From means to states.
    pub(super) fn states_of_means(self, isa: Isa, stream: Stream, panel: usize, columns: usize, means: &mut [Row]) {
        match self {
            Units::Bernoulli => draw(isa, stream, panel, columns, means),
            Units::Gaussian => draw_normal(isa, stream, panel, columns, 1.0, &Row::ZERO, means),
        }
    }

    /// States of units of which nothing is known: coins, or normal numbers.
    pub(super) fn states_of_nothing(self, isa: Isa, stream: Stream, panel: usize, columns: usize, z: &mut [Row]) {
        z.fill(match self {
            Units::Bernoulli => Row([0.5; WIDTH]),
            Units::Gaussian => Row::ZERO,
        });
        self.states_of_means(isa, stream, panel, columns, z);
    }

    /// Adds to each row's sum what its units, summed or integrated out, leave of `e^(h x)`, in logarithms and without
    /// [`Units::ln_measure`]: `softplus(x)` or `x^2 / 2`, with `x = scale (z + bias)`.
    pub(super) fn add_summed_out(self, isa: Isa, scale: f32, z: &[Row], bias: &Row, used: usize, sums: &mut [f64]) {
        match self {
            Units::Bernoulli => add_softplus(isa, scale, z, bias, used, sums),
            Units::Gaussian => add_half_squares(isa, scale, z, bias, used, sums),
        }
    }

    /// The same of a single unit, in f64.
    pub(super) fn summed_out(self, x: f64) -> f64 {
        match self {
            Units::Bernoulli => softplus(x),
            Units::Gaussian => x * x / 2.0,
        }
    }

    /// The part of it that no input changes, a unit: `ln sqrt(2 pi)` of Gaussian units.
    pub(super) fn ln_measure(self) -> f64 {
        match self {
            Units::Bernoulli => 0.0,
            Units::Gaussian => LN_ROOT,
        }
    }

    /// All of it for a unit without input: `ln 2`, or `ln sqrt(2 pi)`.
    pub(super) fn ln_of_nothing(self) -> f64 {
        match self {
            Units::Bernoulli => LN_2,
            Units::Gaussian => LN_ROOT,
        }
    }

    /// What the energy `|h - b|^2 / 2` has of its biases alone, `|b|^2 / 2`; of Bernoulli units nothing.
    pub(super) fn of_biases(self, biases: &[Row]) -> f64 {
        match self {
            Units::Bernoulli => 0.0,
            Units::Gaussian => biases.iter().flat_map(|b| b.0).map(|b| f64::from(b).powi(2) / 2.0).sum(),
        }
    }
}

pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
