//! Autoencoders: plain (the survey's equation 2; see `papers/autoencoders.md`), denoising (Vincent, Larochelle, Lajoie, Bengio, Manzagol 2010), deep
//! (Hinton and Salakhutdinov 2006), and trained by walkback (Bengio, Yao, Alain, Vincent 2013).
//!
//! ```text
//! a(0) = x~ = corrupt(x);   a(l) = s(a(l-1) W(l) + b(l))                  up, l = 1..L
//! b(L) = a(L);   b(l-1) = s(b(l) V(l) + c(l-1))   for l = L..2;   z = b(1) V(1) + c(0)      down
//! cost: cross-entropy or squared error of sigmoid(z), or squared error of z, against x, summed over a row, mean over rows
//! ```
//! Tied weights are `V(l) = W(l)'`. Their gradient is the sum of both uses, one product:
//! `[a(l-1); e(l-1)]' [d(l); b(l)]`, with `d` and `e` the gradients of the sums on the way up and down.

mod buffers;
mod model;
mod rows;
mod spec;

pub use buffers::AutoencoderBuffers;
pub use spec::{AUTOENCODER, AutoencoderSection, AutoencoderSpec, GSN};
pub(crate) use spec::{from_tensors, no_ends};

use super::corruption::{Corruption, Emphasis};
use super::dense::{Activation, Dense, spread};
use super::rbm::{Rbm, Units};
use super::step::Product;
use crate::error::SettingsError;
use crate::optimiser::Update;
use crate::parameters::{Declaration, Initial, Parameter, Parameters, matrix_backward};
use laddernet_math::activation::linear_backward;
use laddernet_math::operand::{Operand, OperandPanel, backward, forward};
use laddernet_math::random::Purpose;
use laddernet_math::reconstruction::{cross_entropy, logistic_squared_error, squared_error};
use laddernet_math::{Isa, Panels, Row, Threads, WIDTH, groups, items};

/// What an output unit is, and with it the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A probability, with cross-entropy.
    Bernoulli,
    /// A probability, with squared error: the survey's equation 2.
    BernoulliSquares,
    /// A mean, with squared error.
    Gaussian,
}

/// Turns the sums that come into output units into the derivative of the cost; see [`laddernet_math::reconstruction`].
type CostKernel = fn(Isa, f32, &Row, usize, &[Row], &[Row], &mut [Row], &mut Row);

impl Output {
    /// How an output follows from its sum.
    pub(crate) fn activation(self) -> Activation {
        match self {
            Output::Bernoulli | Output::BernoulliSquares => Activation::Logistic,
            Output::Gaussian => Activation::Linear,
        }
    }

    /// Whether outputs are probabilities, and rows lie between 0 and 1.
    pub(crate) fn is_probability(self) -> bool {
        self.activation() == Activation::Logistic
    }

    /// The cost and its derivative.
    fn kernel(self) -> CostKernel {
        match self {
            Output::Bernoulli => cross_entropy,
            Output::BernoulliSquares => logistic_squared_error,
            Output::Gaussian => squared_error,
        }
    }
}

/// What an autoencoder is made of, and how it sees its rows while it learns.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderSettings {
    /// Units of each layer, the input first, the code last.
    pub layers: Vec<usize>,
    /// Whether the way down uses the weights of the way up.
    pub tied: bool,
    /// What the code's units are; all others inside are logistic.
    pub code: Activation,
    /// What the output units are.
    pub output: Output,
    /// How a row is corrupted before it is reconstructed.
    pub corruption: Corruption,
    /// How much corrupted values count, and the others.
    pub emphasis: Emphasis,
    /// How often a row is reconstructed, each time from a sample of the last reconstruction: 1 is once, from the row itself.
    pub walkback: u16,
}

impl AutoencoderSettings {
    /// Untied, logistic, Bernoulli output, no corruption.
    pub fn of(layers: &[usize]) -> Self {
        AutoencoderSettings {
            layers: layers.to_vec(),
            tied: false,
            code: Activation::Logistic,
            output: Output::Bernoulli,
            corruption: Corruption::None,
            emphasis: Emphasis::default(),
            walkback: 1,
        }
    }

    /// # Errors
    /// When they make no autoencoder; says what would.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let named = || self.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        if self.layers.len() < 2 || self.layers.contains(&0) {
            let expected = "at least 2 sizes, the input and the code, of at least 1 unit each";
            return Err(SettingsError::value("layers", named(), expected));
        }
        if self.walkback == 0 {
            return Err(SettingsError::value("walkback", 0, "at least 1, a row reconstructed once"));
        }
        if self.walkback > 1 && !self.output.is_probability() {
            let conflict = "walkback draws states from probabilities, which Gaussian outputs are not";
            return Err(SettingsError::conflict("walkback", self.walkback, conflict, "set it to 1"));
        }
        self.corruption.check()?;
        self.emphasis.check(self.corruption)
    }

    /// The products of a step on so many rows: the way up, then the way down where it has weights of its own.
    pub(crate) fn products(&self, rows: usize) -> Vec<Product> {
        // All reconstructions of a row learn at once; but the last, they have been computed before, to draw the next from.
        let (learn, forward) = (usize::from(self.walkback) * rows, (2 * usize::from(self.walkback) - 1) * rows);
        let layer = |from, to, lowest| Product { up: forward, ..Product::layer(from, to, learn, lowest) };
        let both_ways = |p: Product| Product { up: forward + learn, down: forward + p.down, gradient: 2 * learn, ..p };
        let sizes = self.layers.windows(2);
        let up = sizes.clone().enumerate().map(|(l, m)| layer(m[0], m[1], l == 0));
        match self.tied {
            true => up.map(both_ways).collect(),
            false => up.chain(sizes.rev().map(|m| layer(m[1], m[0], false))).collect(),
        }
    }
}

/// An autoencoder.
#[derive(Clone, Debug)]
pub struct Autoencoder {
    settings: AutoencoderSettings,
    up: Vec<Dense>,  // layers 1..=L
    down: Vec<Down>, // to layers 0..L
}

/// A layer of the way down; `P` is a parameter or its declaration.
#[derive(Clone, Debug)]
struct Down<P = Parameter> {
    weight: Option<P>, // V [m_(l+1), m_l]; none where tied
    bias: P,           // c [m_l]
}

/// The way up to layers 1..=L, and the way down to layers 0..L.
fn declare(settings: &AutoencoderSettings) -> (Vec<[Declaration; 2]>, Vec<Down<Declaration>>) {
    let (m, top) = (&settings.layers, settings.layers.len() - 1);
    let up = (1..=top).map(|l| {
        let activation = if l == top { settings.code } else { Activation::Logistic };
        Dense::declare(&format!("encoder.{l}"), (m[l - 1], m[l]), activation, Purpose::EncoderWeights, l - 1)
    });
    let down = (0..top).map(|l| {
        let output = if l == 0 { settings.output.activation() } else { Activation::Logistic };
        let deviation = output.gain() * spread(m[l] + m[l + 1]);
        let initial = Initial::Normal { purpose: Purpose::DecoderWeights, layer: l as u16, deviation };
        Down {
            weight: (!settings.tied)
                .then(|| Declaration::matrix(format!("decoder.{l}.weight"), m[l + 1], m[l], initial)),
            bias: Declaration::vector(format!("decoder.{l}.bias"), m[l], Initial::Zero),
        }
    });
    (up.collect(), down.collect())
}

impl Autoencoder {
    /// An autoencoder with weights drawn from `seed` and biases 0.
    ///
    /// # Errors
    /// When the settings make none.
    pub fn new(settings: AutoencoderSettings, seed: u64) -> Result<Self, SettingsError> {
        Self::with_isa(settings, seed, Isa::detect())
    }

    /// The same with values drawn by these instructions.
    ///
    /// # Errors
    /// When the settings make none.
    pub fn with_isa(settings: AutoencoderSettings, seed: u64, isa: Isa) -> Result<Self, SettingsError> {
        Self::made(settings, |declaration| declaration.drawn(seed, isa))
    }

    pub(crate) fn zeros(settings: AutoencoderSettings) -> Result<Self, SettingsError> {
        Self::made(settings, Declaration::zeros)
    }

    fn made(settings: AutoencoderSettings, make: impl Fn(Declaration) -> Parameter) -> Result<Self, SettingsError> {
        settings.check()?;
        let (up, down) = declare(&settings);
        let top = up.len();
        let activation = |l| if l == top { settings.code } else { Activation::Logistic };
        let up = (1..).zip(up).map(|(l, declared)| Dense::made(declared, activation(l), &make)).collect();
        let down = down.into_iter().map(|l| Down { weight: l.weight.map(&make), bias: make(l.bias) }).collect();
        Ok(Autoencoder { settings, up, down })
    }

    /// A stack of RBMs, the lowest first, unrolled: up as each RBM goes up, down as it goes down. `settings.layers`,
    /// `settings.code` and `settings.output` are taken from the RBMs.
    ///
    /// # Errors
    /// When there is no RBM, or one does not stand on the one below.
    pub fn unrolled(rbms: &[Rbm], settings: AutoencoderSettings) -> Result<Self, SettingsError> {
        let Some((lowest, top)) = rbms.first().zip(rbms.last()) else {
            return Err(SettingsError::value("layers", "no RBM to unroll", "at least one"));
        };
        let mut layers = vec![lowest.visible()];
        for (i, rbm) in (1..).zip(rbms) {
            let below = layers[layers.len() - 1];
            if rbm.visible() != below {
                let found = format!("RBM {i} with {} visible units over {below} units", rbm.visible());
                return Err(SettingsError::value("layers", found, "as many visible units as units below"));
            }
            layers.push(rbm.hidden());
        }
        let output = match lowest.visible_units() {
            Units::Bernoulli => Output::Bernoulli,
            Units::Gaussian => Output::Gaussian,
        };
        let settings = AutoencoderSettings { layers, code: top.up().activation, output, ..settings };
        let mut model = Self::zeros(settings)?;
        for (l, rbm) in rbms.iter().enumerate() {
            let parameters = rbm.parameters().0;
            let [weight, visible_bias, hidden_bias] = parameters[..] else { panic!("an RBM has three parameters") };
            let values = weight.values();
            model.up[l].weight.set_values(&values);
            model.up[l].bias.set_values(&hidden_bias.values());
            model.down[l].bias.set_values(&visible_bias.values());
            if let Some(transposed) = &mut model.down[l].weight {
                let (rows, columns) = (rbm.visible(), rbm.hidden());
                let at = |k: usize| values[k % rows * columns + k / rows];
                transposed.set_values(&(0..rows * columns).map(at).collect::<Vec<f32>>());
            }
        }
        Ok(model)
    }

    /// Path and shape of its parameters, in their order, without taking the memory.
    pub fn tensor_shapes(settings: &AutoencoderSettings) -> Vec<(String, Vec<usize>)> {
        let (up, down) = declare(settings);
        let down = down.into_iter().flat_map(|l| [l.weight, Some(l.bias)]).flatten();
        up.into_iter().flatten().chain(down).map(|declaration| declaration.shape()).collect()
    }

    /// What it is made of.
    pub fn settings(&self) -> &AutoencoderSettings {
        &self.settings
    }

    /// The way up alone, the lowest layer first: layers of a stack.
    pub fn up(&self) -> &[Dense] {
        &self.up
    }

    /// The trainable parameters: the way up, then the way down from the input on.
    pub fn parameters(&self) -> Parameters<'_> {
        let up = self.up.iter().flat_map(|layer| [Some(&layer.weight), Some(&layer.bias)]);
        let down = self.down.iter().flat_map(|layer| [layer.weight.as_ref(), Some(&layer.bias)]);
        Parameters(up.chain(down).flatten().collect())
    }

    /// The same, to change.
    pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        let up = self.up.iter_mut().flat_map(|layer| [Some(&mut layer.weight), Some(&mut layer.bias)]);
        let down = self.down.iter_mut().flat_map(|layer| [layer.weight.as_mut(), Some(&mut layer.bias)]);
        up.chain(down).flatten().collect()
    }

    fn top(&self) -> usize {
        self.up.len()
    }

    /// `a(1..=L)` from `a(0)`.
    fn encode(&self, threads: &Threads, a: &mut [Operand]) {
        for (l, layer) in self.up.iter().enumerate() {
            let (below, here) = a.split_at_mut(l + 1);
            layer.up(threads, &below[l], &mut here[0], |_, _| ());
        }
    }

    /// `b(L-1)` down to `b(1)` from the code, then the sums `z`, each panel of which goes through `last`.
    fn decode(
        &self,
        threads: &Threads,
        code: &Operand,
        b: &mut [Operand],
        z: &mut Panels,
        last: impl Fn(usize, &mut [Row]) + Sync,
    ) {
        let isa = threads.isa();
        for l in (2..=self.top()).rev() {
            // b(l) stands at l - 1.
            let (here, above) = b.split_at_mut(l - 1);
            let above = above.first().unwrap_or(code);
            let Down { bias, .. } = &self.down[l - 1];
            let units = self.settings.layers[l - 1];
            threads.for_each(here[l - 2].panels_mut(), |p, mut out| {
                self.sums_down(isa, l, above, p, &mut out);
                Activation::Logistic.apply(isa, &bias.value[p], units - p * WIDTH, &mut out);
                out.pack(isa);
            });
        }
        let above = b.first().unwrap_or(code);
        threads.for_each(z.panels_mut(), |p, z| {
            self.sums_down(isa, 1, above, p, z);
            last(p, z);
        });
    }

    /// `b(l) V(l)` for panel `p` of layer `l - 1`.
    fn sums_down(&self, isa: Isa, l: usize, above: &Operand, p: usize, out: &mut [Row]) {
        match &self.down[l - 1].weight {
            Some(weight) => forward(isa, above, weight.weights(), p, out),
            None => backward(isa, above, self.up[l - 1].weight.tiles().row(p), out),
        }
    }

    /// The way down in reverse, from the output up: `e(1..L)` and `d(L)`.
    fn decode_backward(&mut self, threads: &Threads, buffers: &mut AutoencoderBuffers, update: Update) {
        let isa = threads.isa();
        let AutoencoderBuffers { a, b, d, e, .. } = buffers;
        let top = self.top();
        let d_bias = &mut self.down[0].bias.gradient;
        threads.for_each(items(d_bias), |p, d_bias| linear_backward(isa, e[0].panel(p), d_bias));
        for l in 1..=top {
            let (below, here) = e.split_at_mut(l);
            let d_product = &below[l - 1]; // of b(l) V(l)
            let (down_below, down_here) = self.down.split_at_mut(l);
            let (value, activation) =
                if l == top { (&a[l], self.settings.code) } else { (&b[l - 1], Activation::Logistic) };
            let Dense { weight: tied, bias, .. } = &mut self.up[l - 1];
            let (target, d_bias) = match l == top {
                true => (&mut d[l - 1], &mut bias.gradient),
                false => (&mut here[0], &mut down_here[0].bias.gradient),
            };
            let parts = (target.panels_mut(), items(d_bias));
            let finish = |j: usize, mut d: OperandPanel<'_>, d_bias: &mut Row| {
                activation.backward(isa, 1.0, value.panel(j), &mut d, d_bias);
                d.pack(isa);
            };
            match &mut down_below[l - 1].weight {
                Some(weight) => {
                    matrix_backward(threads, weight, value, d_product, update, parts, |j, v, (mut d, d_bias)| {
                        backward(isa, d_product, v, &mut d);
                        finish(j, d, d_bias);
                    })
                }
                None => threads.for_each(parts, |j, (mut d, d_bias)| {
                    forward(isa, d_product, tied.weights(), j, &mut d);
                    finish(j, d, d_bias);
                }),
            }
        }
    }

    /// The way up in reverse, from the code down.
    fn encode_backward(&mut self, threads: &Threads, buffers: &mut AutoencoderBuffers, update: Update) {
        let isa = threads.isa();
        let AutoencoderBuffers { a, b, d, e, stacked, .. } = buffers;
        let top = self.top();
        for l in (1..=top).rev() {
            let (d_below, d_here) = d.split_at_mut(l - 1);
            let d_product = &d_here[0]; // of a(l-1) W(l)
            let (left, right) = match stacked.get_mut(l - 1) {
                None => (&a[l - 1], d_product),
                Some([left, right]) => {
                    let b = if l == top { &a[l] } else { &b[l - 1] };
                    stack(threads, [&a[l - 1], &e[l - 1]], left);
                    stack(threads, [d_product, b], right);
                    (&*left, &*right)
                }
            };
            let (up_below, up_here) = self.up.split_at_mut(l - 1);
            let weight = &mut up_here[0].weight;
            match (up_below.last_mut(), d_below.last_mut()) {
                (Some(layer), Some(d_below)) => {
                    let parts = (d_below.panels_mut(), items(&mut layer.bias.gradient));
                    matrix_backward(threads, weight, left, right, update, parts, |p, w, (mut d, d_bias)| {
                        backward(isa, d_product, w, &mut d);
                        layer.activation.backward(isa, 1.0, a[l - 1].panel(p), &mut d, d_bias);
                        d.pack(isa);
                    });
                }
                _ => matrix_backward(threads, weight, left, right, update, groups::<Row>(&mut [], 0), |_, _, _| ()),
            }
        }
    }
}

/// One matrix above the other.
fn stack(threads: &Threads, [above, below]: [&Operand; 2], out: &mut Operand) {
    let (isa, rows) = (threads.isa(), above.rows());
    out.set_rows(rows + below.rows());
    threads.for_each(out.panels_mut(), |p, mut out| {
        out[..rows].copy_from_slice(above.panel(p));
        out[rows..].copy_from_slice(below.panel(p));
        out.pack(isa);
    });
}
