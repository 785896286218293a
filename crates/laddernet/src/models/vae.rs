//! The variational autoencoder (Kingma and Welling 2014, "Auto-encoding variational Bayes"; Rezende, Mohamed, Wierstra 2014); see
//! `papers/vae.md`.
//!
//! ```text
//! p(z) = N(0, I);   p(x|z): Bernoulli with probabilities sigmoid(y), or N(y, I), y the output of the decoder for z
//! q(z|x) = N(mu, diag sigma^2),   mu and ln sigma^2 linear in the top hidden layer of the encoder for x
//! ln p(x) >= E_q[ln p(x|z)] - KL(q(z|x) || p(z))                                       the bound, equation 3
//! z = mu + sigma epsilon,   epsilon ~ N(0, I)                                          one sample a row and step, equation 10
//! cost: -ln p(x|z) (of Gaussian outputs without its constant) + KL, mean over rows     in nats
//! ```
//! Hidden units are rectified. The decoder's hidden layers are the encoder's, mirrored.

mod buffers;
mod model;
mod rows;
mod spec;

pub use buffers::VaeBuffers;
pub use spec::{VAE, VaeSpec};

use super::dense::{Activation, Dense};
use super::rbm::Units;
use crate::error::SettingsError;
use crate::optimiser::Update;
use crate::parameters::{Declaration, Initial, Parameter, Parameters, matrix_backward};
use crate::tensor::{Tensor, TensorError, take_tensors};
use laddernet_math::activation::{add, linear_backward};
use laddernet_math::operand::backward;
use laddernet_math::posterior::sample_backward;
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Row, Threads, groups, items};

/// What a variational autoencoder is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaeSettings {
    /// Units of each layer, the input first, the code last; with an input and a code alone, nothing is hidden.
    pub layers: Vec<usize>,
    /// What the output units are: Bernoulli for values from 0 to 1, or Gaussian with variance 1.
    pub output: Units,
}

impl VaeSettings {
    /// Bernoulli output.
    pub fn of(layers: &[usize]) -> Self {
        VaeSettings { layers: layers.to_vec(), output: Units::Bernoulli }
    }

    /// # Errors
    /// When they make none; says what would.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if self.layers.len() < 2 || self.layers.contains(&0) {
            let found = self.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
            let expected = "at least 2 sizes, the input and the code, of at least 1 unit each, as 784-400-20";
            return Err(SettingsError::value("layers", found, expected));
        }
        Ok(())
    }

    /// The number of the layer of the code.
    fn top(&self) -> usize {
        self.layers.len() - 1
    }

    /// The activation of the output units.
    fn activation(&self) -> Activation {
        match self.output {
            Units::Bernoulli => Activation::Logistic,
            Units::Gaussian => Activation::Linear,
        }
    }
}

/// A variational autoencoder.
#[derive(Clone, Debug)]
pub struct Vae {
    settings: VaeSettings,
    up: Vec<Dense>,   // hidden layers 1..L-1, then the means mu of the code, layer L
    log_var: Dense,   // ln sigma^2 of the code, over layer L-1
    down: Vec<Dense>, // to layers 0..L-1, each from the one above
}

/// Weight and bias of a layer, called `NAME.weight` and `NAME.bias`: layer `l` of the random weights. Their variance is a third of one
/// by the number of inputs (LeCun, Bottou, Orr, Mueller 1998, and PyTorch), so that codes begin near 0, where they cost little: larger
/// ones of a layer with few units above end in a lower bound (`papers/vae.md`).
fn layer(name: &str, (inputs, units): (usize, usize), purpose: Purpose, l: usize) -> [Declaration; 2] {
    let initial = Initial::Normal { purpose, layer: l as u16, deviation: (1.0 / (3.0 * inputs as f32)).sqrt() };
    [
        Declaration::matrix(format!("{name}.weight"), inputs, units, initial),
        Declaration::vector(format!("{name}.bias"), units, Initial::Zero),
    ]
}

/// The way up, the log variances, and the way down.
fn declare(settings: &VaeSettings) -> (Vec<[Declaration; 2]>, [Declaration; 2], Vec<[Declaration; 2]>) {
    let (m, top) = (&settings.layers, settings.top());
    let up =
        (1..=top).map(|l| layer(&format!("encoder.{l}"), (m[l - 1], m[l]), Purpose::EncoderWeights, l - 1)).collect();
    // Each distribution begins with a variance of 1, that of a code of which nothing is known.
    let log_var = [
        Declaration::matrix(format!("log_variance.{top}.weight"), m[top - 1], m[top], Initial::Zero),
        Declaration::vector(format!("log_variance.{top}.bias"), m[top], Initial::Zero),
    ];
    let down = (0..top).map(|l| layer(&format!("decoder.{l}"), (m[l + 1], m[l]), Purpose::DecoderWeights, l)).collect();
    (up, log_var, down)
}

impl Vae {
    /// One with weights drawn from `seed` and biases 0.
    ///
    /// # Errors
    /// When the settings make none.
    pub fn new(settings: VaeSettings, seed: u64) -> Result<Self, SettingsError> {
        Self::with_isa(settings, seed, Isa::detect())
    }

    /// The same with values drawn by these instructions.
    ///
    /// # Errors
    /// When the settings make none.
    pub fn with_isa(settings: VaeSettings, seed: u64, isa: Isa) -> Result<Self, SettingsError> {
        Self::made(settings, |declaration| declaration.drawn(seed, isa))
    }

    /// The one of these tensors.
    ///
    /// # Errors
    /// When the settings make none, or the tensors are not those of such a model.
    pub fn from_tensors(settings: VaeSettings, tensors: Vec<Tensor>) -> Result<Self, TensorError> {
        let model = Self::made(settings, Declaration::zeros);
        let mut model = model.map_err(|e| TensorError::Settings(e.to_string()))?;
        take_tensors(model.parameters_mut(), tensors)?;
        Ok(model)
    }

    fn made(settings: VaeSettings, make: impl Fn(Declaration) -> Parameter) -> Result<Self, SettingsError> {
        settings.check()?;
        let (up, log_var, down) = declare(&settings);
        let top = settings.top();
        let of_up = |l| if l == top { Activation::Linear } else { Activation::Rectified };
        let of_down = |l| if l == 0 { settings.activation() } else { Activation::Rectified };
        let up = (1..).zip(up).map(|(l, declared)| Dense::made(declared, of_up(l), &make)).collect();
        let log_var = Dense::made(log_var, Activation::Linear, &make);
        let down = (0..).zip(down).map(|(l, declared)| Dense::made(declared, of_down(l), &make)).collect();
        Ok(Vae { settings, up, log_var, down })
    }

    /// Path and shape of its parameters, in their order, without taking the memory.
    pub fn tensor_shapes(settings: &VaeSettings) -> Vec<(String, Vec<usize>)> {
        let (up, log_var, down) = declare(settings);
        up.into_iter().chain([log_var]).chain(down).flatten().map(|declaration| declaration.shape()).collect()
    }

    /// What it is made of.
    pub fn settings(&self) -> &VaeSettings {
        &self.settings
    }

    /// The way up to the means of the code, the lowest layer first: layers of a stack.
    pub fn up(&self) -> &[Dense] {
        &self.up
    }

    /// The trainable parameters: the way up, the log variances, then the way down from the input on.
    pub fn parameters(&self) -> Parameters<'_> {
        let layers = self.up.iter().chain([&self.log_var]).chain(&self.down);
        Parameters(layers.flat_map(|layer| [&layer.weight, &layer.bias]).collect())
    }

    /// The same, to change.
    pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        let layers = self.up.iter_mut().chain([&mut self.log_var]).chain(&mut self.down);
        layers.flat_map(|layer| [&mut layer.weight, &mut layer.bias]).collect()
    }

    /// The number of the layer of the code.
    fn top(&self) -> usize {
        self.settings.top()
    }

    /// The way down in reverse, from the output up: `e(1..L-1)`, then the gradients of the distributions of the code.
    fn decode_backward(&mut self, threads: &Threads, buffers: &mut VaeBuffers, update: Update) {
        let isa = threads.isa();
        let VaeBuffers { mean, log_var, noise, z, b, d_mean, d_log_var, e, scale, .. } = buffers;
        let (top, scale) = (self.settings.top(), *scale);
        let d_bias = &mut self.down[0].bias.gradient;
        threads.for_each(items(d_bias), |p, d_bias| linear_backward(isa, e[0].panel(p), d_bias));
        for l in 1..top {
            let (below, here) = e.split_at_mut(l);
            let (value, d_product) = (&b[l - 1], &below[l - 1]); // of b(l) V(l-1)
            let (down_below, down_here) = self.down.split_at_mut(l);
            let Dense { bias, activation, .. } = &mut down_here[0];
            let parts = (here[0].panels_mut(), items(&mut bias.gradient));
            let weight = &mut down_below[l - 1].weight;
            matrix_backward(threads, weight, value, d_product, update, parts, |j, v, (mut d, d_bias)| {
                backward(isa, d_product, v, &mut d);
                activation.backward(isa, 1.0, value.panel(j), &mut d, d_bias);
                d.pack(isa);
            });
        }
        let d_product = &e[top - 1];
        let biases = (items(&mut self.up[top - 1].bias.gradient), items(&mut self.log_var.bias.gradient));
        let parts = (d_mean.panels_mut(), d_log_var.panels_mut(), biases);
        let weight = &mut self.down[top - 1].weight;
        matrix_backward(threads, weight, z, d_product, update, parts, |j, v, (mut d, mut d_v, (of_mean, of_v))| {
            backward(isa, d_product, v, &mut d);
            let (mean, log_var, noise) = (mean.panel(j), log_var.panel(j), noise.panel(j));
            sample_backward(isa, scale, mean, log_var, noise, &mut d, &mut d_v, of_mean, of_v);
            d.pack(isa);
            d_v.pack(isa);
        });
    }

    /// The way up in reverse, from the distributions of the code down.
    fn encode_backward(&mut self, threads: &Threads, buffers: &mut VaeBuffers, update: Update) {
        let isa = threads.isa();
        let VaeBuffers { a, d, d_mean, d_log_var, through_log_var, .. } = buffers;
        let (a, top) = (&*a, self.settings.top());
        let weight = &mut self.log_var.weight;
        match top {
            1 => matrix_backward(threads, weight, &a[0], d_log_var, update, nothing(), |_, _, _| ()),
            _ => {
                let parts = through_log_var.panels_mut();
                matrix_backward(threads, weight, &a[top - 1], d_log_var, update, parts, |_, w, d| {
                    backward(isa, d_log_var, w, d);
                });
            }
        }
        for l in (1..=top).rev() {
            let (d_below, d_here) = d.split_at_mut(l - 1);
            let d_product = d_here.first().unwrap_or(d_mean); // of a(l-1) W(l)
            let (up_below, up_here) = self.up.split_at_mut(l - 1);
            let (weight, value) = (&mut up_here[0].weight, &a[l - 1]);
            match (up_below.last_mut(), d_below.last_mut()) {
                (Some(layer), Some(d_below)) => {
                    let parts = (d_below.panels_mut(), items(&mut layer.bias.gradient));
                    let activation = layer.activation;
                    matrix_backward(threads, weight, value, d_product, update, parts, |p, w, (mut d, d_bias)| {
                        backward(isa, d_product, w, &mut d);
                        if l == top {
                            add(isa, through_log_var.panel(p), &mut d);
                        }
                        activation.backward(isa, 1.0, value.panel(p), &mut d, d_bias);
                        d.pack(isa);
                    });
                }
                _ => matrix_backward(threads, weight, value, d_product, update, nothing(), |_, _, _| ()),
            }
        }
    }
}

/// What the lowest layer's tasks write besides the gradient of its weights.
fn nothing() -> laddernet_math::parts::Chunks<'static, Row> {
    groups::<Row>(&mut [], 0)
}
