//! A feed-forward classifier of logistic layers under a softmax: what a stack of pre-trained layers is fine-tuned as, after
//! Hinton and Salakhutdinov (2006) and Bengio, Lamblin, Popovici, Larochelle (2007).
//!
//! ```text
//! h(0) = x;   h(l) = sigmoid(h(l-1) W(l) + b(l));   p = softmax(h(L-1) W(L) + b(L));   cost: mean of -ln p(label)
//! ```
//! The same network from random weights is what pre-training is compared with.

use super::corruption::Corruption;
use super::dense::{Activation, Dense, rows_of};
use super::step::Product;
use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::evaluation::{Classify, evaluate};
use crate::optimiser::Update;
use crate::parameters::{Declaration, Parameter, Parameters, matrix_backward};
use crate::training::{Batch, Costs, Model, NotFinite, SUPERVISED, TrainingRows};
use laddernet_math::corruption::drop_units;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward, forward};
use laddernet_math::random::Purpose;
use laddernet_math::softmax::{cross_entropy_backward, softmax};
use laddernet_math::{Isa, Panels, Precision, Row, Threads, WIDTH, groups, items};

/// Rows that one task predicts.
const BLOCK: usize = 240;

/// Which layers learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learning {
    /// All.
    AllLayers,
    /// The top alone: pre-trained layers are left as they are until it fits them.
    TopAlone,
}

/// A feed-forward classifier.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// Layers 1..L-1 logistic, layer L the linear part of the softmax.
    layers: Vec<Dense>,
    /// Which of them learn.
    pub learning: Learning,
    /// What is done to the rows while it learns, as when a denoising autoencoder does; none in a prediction.
    pub corruption: Corruption,
    /// Share of the hidden units that a row does without while it learns, 0 or more and below 1 (Srivastava et al. 2014); only
    /// for logistic layers. None in a prediction.
    pub dropout: f32,
}

/// All that a step writes to.
pub struct ClassifierBuffers {
    h: Vec<Operand>, // [rows, m_l] of layers 0..L-1
    d: Vec<Operand>, // [rows, m_l] of layers 1..L: the gradient of their sums
    p: Panels,       // [rows, classes]
    log_sum_exp: Vec<f64>,
}

impl Classifier {
    /// A classifier over pre-trained layers, the lowest first, which may be none. Its top starts at zero, as all classes
    /// are alike before the first label.
    ///
    /// # Panics
    /// When a layer sees another number of values than the one below gives.
    pub fn over(layers: Vec<Dense>, features: usize, classes: usize) -> Self {
        let mut below = features;
        for layer in &layers {
            assert_eq!(layer.inputs(), below, "inputs of a layer over so many units");
            below = layer.units();
        }
        let mut layers = layers;
        layers.push(Dense::zeros("top", below, classes, Activation::Linear));
        for (l, layer) in (1..).zip(&mut layers) {
            layer.rename(&format!("layer.{l}"));
        }
        Classifier { layers, learning: Learning::AllLayers, corruption: Corruption::None, dropout: 0.0 }
    }

    /// A classifier with weights drawn from `seed`; `sizes` are the units of each layer, the input first, the classes last.
    ///
    /// # Panics
    /// When there are fewer than two layers, or one has no units.
    pub fn new(sizes: &[usize], seed: u64) -> Self {
        Self::with_isa(sizes, seed, Isa::detect())
    }

    /// The same with values drawn by these instructions.
    ///
    /// # Panics
    /// As [`Classifier::new`].
    pub fn with_isa(sizes: &[usize], seed: u64, isa: Isa) -> Self {
        assert!(sizes.len() > 1 && sizes.iter().all(|&m| m > 0), "{sizes:?} are no layers of a network");
        let (&classes, below) = sizes.split_last().expect("at least two layers");
        let layer = |declared| Dense::made(declared, Activation::Logistic, |declaration| declaration.drawn(seed, isa));
        Classifier::over(Self::declare(below).into_iter().map(layer).collect(), sizes[0], classes)
    }

    /// Logistic layers, each over the one below: weights and biases of all but the first of `sizes`, which is the input.
    fn declare(sizes: &[usize]) -> Vec<[Declaration; 2]> {
        let layer = |(l, pair): (usize, &[usize])| {
            let name = format!("layer.{}", l + 1);
            Dense::declare(&name, (pair[0], pair[1]), Activation::Logistic, Purpose::EncoderWeights, l)
        };
        sizes.windows(2).enumerate().map(layer).collect()
    }

    /// Path and shape of the parameters of such a classifier, without taking the memory.
    pub fn tensor_shapes(sizes: &[usize]) -> Vec<(String, Vec<usize>)> {
        Self::declare(sizes).iter().flatten().map(Declaration::shape).collect()
    }

    /// One of zeros: its values are to be read.
    pub(crate) fn zeros(sizes: &[usize]) -> Self {
        let (&classes, below) = sizes.split_last().expect("at least two layers");
        let layer = |declared| Dense::made(declared, Activation::Logistic, Declaration::zeros);
        Classifier::over(Self::declare(below).into_iter().map(layer).collect(), sizes[0], classes)
    }

    /// All layers, the lowest first.
    pub(crate) fn layers(&self) -> &[Dense] {
        &self.layers
    }

    /// The layers below the classes, the lowest first.
    pub fn hidden(&self) -> &[Dense] {
        &self.layers[..self.layers.len() - 1]
    }

    fn top(&self) -> &Dense {
        self.layers.last().expect("a top layer")
    }

    /// Logits of some rows: `h` and `p` are written, after `then(l, j, values)` was done to each panel `j` of a hidden layer `l`.
    fn forward(
        &self,
        threads: &Threads,
        h: &mut [Operand],
        p: &mut Panels,
        then: impl Fn(usize, usize, &mut [Row]) + Sync,
    ) {
        let isa = threads.isa();
        let (top, layers) = self.layers.split_last().expect("a top layer");
        for (l, layer) in layers.iter().enumerate() {
            let (below, here) = h.split_at_mut(l + 1);
            layer.up(threads, &below[l], &mut here[0], |j, h| then(l + 1, j, h));
        }
        let below = h.last().expect("at least the input");
        threads.for_each(p.panels_mut(), |j, p| {
            forward(isa, below, top.weight.weights(), j, p);
            top.activation.apply(isa, &top.bias.value[j], top.units() - j * WIDTH, p);
        });
    }
}

/// The products of a step on so many labelled rows, of which the classes alone learn or all layers do.
pub(super) fn products(layers: &[usize], rows: usize, top_alone: bool) -> Vec<Product> {
    let product = |(l, m): (usize, &[usize])| match top_alone && l + 2 < layers.len() {
        true => Product { gradient: 0, ..Product::layer(m[0], m[1], rows, true) },
        false => Product::layer(m[0], m[1], rows, top_alone || l == 0),
    };
    layers.windows(2).enumerate().map(product).collect()
}

/// # Errors
/// When this is no share of units that can be dropped.
pub(super) fn check_dropout(share: f32) -> Result<(), SettingsError> {
    match (0.0..1.0).contains(&share) {
        true => Ok(()),
        false => Err(SettingsError::value("dropout", share, "0 or more and below 1, such as 0.5")),
    }
}

impl Classify for Classifier {
    fn classes(&self) -> usize {
        self.top().units()
    }

    fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let (threads, classes) = (threads.in_single_precision(), self.top().units());
        assert_eq!(data.features(), self.layers[0].inputs(), "values a row");
        let mut out = vec![0.0; data.rows() * classes];
        threads.for_each(groups(&mut out, BLOCK * classes), |block, out| {
            let rows = out.len() / classes;
            let mut h = vec![rows_of(data, block * BLOCK, rows)];
            h.extend(self.hidden().iter().map(|layer| Operand::new(Precision::F32, Role::Fixed, rows, layer.units())));
            let mut p = Panels::new(rows, classes);
            self.forward(&threads, &mut h, &mut p, |_, _, _| ());
            softmax(threads.isa(), &mut p, 0..rows, &mut vec![0.0; rows]);
            out.chunks_exact_mut(classes).enumerate().for_each(|(r, row)| p.read_row(r, row));
        });
        out
    }
}

impl Model for Classifier {
    type Buffers = ClassifierBuffers;

    fn parameters(&self) -> Parameters<'_> {
        Parameters(self.layers.iter().flat_map(|layer| [&layer.weight, &layer.bias]).collect())
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        self.layers.iter_mut().flat_map(|layer| [&mut layer.weight, &mut layer.bias]).collect()
    }

    fn features(&self) -> usize {
        self.layers[0].inputs()
    }

    fn classes(&self) -> Option<usize> {
        Some(self.top().units())
    }

    fn uses_unlabelled(&self) -> bool {
        false
    }

    fn check_rows(&self, _data: &Dataset) -> Result<(), SettingsError> {
        check_dropout(self.dropout)?;
        let other = self.hidden().iter().position(|l| l.activation != Activation::Logistic);
        if let Some(l) = other.filter(|_| self.dropout > 0.0) {
            let conflict = format!("layer {} is {}", l + 1, self.hidden()[l].activation);
            return Err(SettingsError::conflict(
                "dropout",
                self.dropout,
                conflict,
                "set it to 0, it is for logistic layers",
            ));
        }
        self.corruption.check()
    }

    fn buffers(&self, labelled: usize, _unlabelled: usize, precision: Precision) -> ClassifierBuffers {
        let operand = |role, units| Operand::new(precision, role, labelled, units);
        ClassifierBuffers {
            h: self.layers.iter().map(|layer| operand(Role::Input, layer.inputs())).collect(),
            d: self.layers.iter().map(|layer| operand(Role::Gradient, layer.units())).collect(),
            p: Panels::new(labelled, self.top().units()),
            log_sum_exp: vec![0.0; labelled],
        }
    }

    fn costs(&self, threads: &Threads, buffers: &mut ClassifierBuffers, batch: &Batch, seed: u64, step: u32) -> Costs {
        let (isa, rows) = (threads.isa(), batch.labels.len());
        let ClassifierBuffers { h, d, p, log_sum_exp } = buffers;
        h.iter_mut().chain(&mut *d).for_each(|operand| operand.set_rows(rows));
        p.set_rows(rows);
        let stream = Stream { seed, purpose: Purpose::Corruption, step, layer: 0 };
        let columns = self.layers[0].inputs();
        threads.for_each(h[0].panels_mut(), |j, mut h| {
            self.corruption.apply(isa, stream, j, columns, &batch.x.panel(j)[..rows], &mut h);
            h.pack(isa);
        });
        let drop = |l: usize, j: usize, h: &mut [Row]| {
            if self.dropout > 0.0 {
                drop_units(isa, Stream { layer: l as u16, ..stream }, j, self.dropout, h);
            }
        };
        self.forward(threads, h, p, drop);
        let logit: f64 = batch.labels.iter().enumerate().map(|(r, &label)| f64::from(p.get(r, label as usize))).sum();
        log_sum_exp.resize(rows, 0.0);
        softmax(isa, p, 0..rows, log_sum_exp);
        let cost = (log_sum_exp.iter().sum::<f64>() - logit) / rows.max(1) as f64;
        Costs::single(SUPERVISED, cost)
    }

    fn gradients(&mut self, threads: &Threads, buffers: &mut ClassifierBuffers, batch: &Batch, update: Update) {
        let isa = threads.isa();
        let ClassifierBuffers { h, d, p, .. } = buffers;
        cross_entropy_backward(p, &batch.labels);
        let kept = 1.0 - self.dropout;
        let (top, top_alone) = (self.layers.len() - 1, self.learning == Learning::TopAlone);
        let d_bias = &mut self.layers[top].bias.gradient;
        threads.for_each((d[top].panels_mut(), items(d_bias)), |j, (mut d, d_bias)| {
            d.copy_from_slice(p.panel(j));
            Activation::Linear.backward(isa, 1.0, &[], &mut d, d_bias);
            d.pack(isa);
        });
        for l in (0..=top).rev() {
            let (d_below, d_here) = d.split_at_mut(l);
            let (below, here) = self.layers.split_at_mut(l);
            let (weight, d_product) = (&mut here[0].weight, &d_here[0]);
            match (below.last_mut(), d_below.last_mut()) {
                (Some(layer), Some(d_below)) if !top_alone => {
                    let parts = (d_below.panels_mut(), items(&mut layer.bias.gradient));
                    matrix_backward(threads, weight, &h[l], d_product, update, parts, |p, w, (mut d, d_bias)| {
                        backward(isa, d_product, w, &mut d);
                        layer.activation.backward(isa, kept, h[l].panel(p), &mut d, d_bias);
                        d.pack(isa);
                    });
                }
                _ => {
                    matrix_backward(threads, weight, &h[l], d_product, update, groups::<Row>(&mut [], 0), |_, _, _| ());
                    break; // Nothing below learns.
                }
            }
        }
        for (l, layer) in self.layers.iter_mut().enumerate() {
            if l == top || !top_alone {
                layer.bias.update(isa, update);
            } else if update == Update::Keep {
                layer.weight.zero_gradient();
                layer.bias.zero_gradient();
            }
        }
    }

    fn not_finite_in(&self, buffers: &ClassifierBuffers, costs: &Costs) -> Option<NotFinite> {
        if costs.total.is_finite() {
            return None;
        }
        let layer = |(l, h): (usize, &Operand)| h.not_finite().map(|x| (l, "a unit", x));
        let cost = (self.layers.len(), "the supervised cost", costs.total as f32);
        buffers.h.iter().enumerate().find_map(layer).or(Some(cost))
    }

    fn not_finite(&self) -> Option<NotFinite> {
        (1..).zip(&self.layers).find_map(|(l, layer)| {
            let of = |p: &Parameter, what| p.not_finite().map(|x| (l, what, x));
            of(&layer.weight, "a weight").or_else(|| of(&layer.bias, "a bias"))
        })
    }

    fn validation_error(&mut self, validation: &Dataset, _: TrainingRows<'_>, threads: &Threads) -> Option<f64> {
        Some(evaluate(self, validation, &threads.in_single_precision()).error_percent())
    }
}
