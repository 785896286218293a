//! The ladder network, after Algorithm 1 of Rasmus, Berglund, Honkala, Valpola, Raiko: "Semi-supervised learning
//! with ladder networks" (2015), in the order and the letters of that page; see `papers/rasmus2015.md`.
//!
//! ```text
//! corrupted encoder   h~(0) = x + noise;   z~(l) = batchnorm(h~(l-1) W(l)) + noise;   h~(l) = relu(z~(l) + beta(l))
//! clean encoder       the same without noise, for the unlabelled rows
//! decoder             u(L) = batchnorm(softmax of the corrupted rows);   u(l) = batchnorm(z^(l+1) V(l))
//!                     z^(l) = g(z~(l), u(l));   C(l) = |(z^(l) - mean(l)) / sigma(l) - z(l)|^2 per row and unit
//! cost                cross-entropy of the corrupted labelled rows + sum over l of lambda(l) C(l)
//! ```
//! Rows stand in three segments: `[corrupted labelled; corrupted unlabelled; clean unlabelled]`. One product serves
//! all three, each is normalised for itself, or by the moments that [`MomentsOf`] names. Clean labelled rows are in no cost
//! and are not computed.
//!
//! Gradients flow through everything: clean targets, clean moments, every batch moment.

mod buffers;
mod estimate;
mod grouped;
mod model;
mod normalisation;
mod parts;
mod predict;
mod settings;
mod spec;
mod statistics;
mod structure;
mod tables;
mod tensors;
mod variant;

pub use buffers::{Buffers, Noise};
pub use estimate::estimate_statistics;
pub use settings::{LadderSettings, MomentsOf, StatisticsFrom};
pub use variant::{BOTTOM, FULL, MLP, TOP, Variant};

use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters, matrix_backward};
use crate::training::{Batch, Cost, Costs, DENOISING, SUPERVISED};
use buffers::{DecoderBuffers, EncoderBuffers};
use estimate::HalvesCosts;
use laddernet_math::activation::{add, relu, relu_backward, shift_scale, shift_scale_backward};
use laddernet_math::batchnorm::{MomentGradients, Moments, normalise, normalise_backward};
use laddernet_math::combinator::{
    UPSILON, VECTORS, combine, combine_backward, squared_error, squared_error_backward, weighted_squared_error,
    weighted_squared_error_backward,
};
use laddernet_math::operand::{OperandPanel, backward, forward};
use laddernet_math::softmax::{cross_entropy_backward, softmax, softmax_backward};
use laddernet_math::{Panels, Row, Threads, WIDTH, groups, items};
use normalisation::{normalise_segments, normalise_segments_backward};
use statistics::Statistics;
use structure::{DecoderLayer, EncoderLayer};

/// A ladder network: its parameters and, once trained, the statistics for prediction.
#[derive(Clone)]
pub struct Ladder {
    settings: LadderSettings,
    encoder: Vec<EncoderLayer>, // layers 1..=L
    decoder: Vec<DecoderLayer>, // layers lowest..=L
    statistics: Option<Statistics>,
    costs_of_halves: Option<HalvesCosts>, // after a training, where there were two halves
}

impl Ladder {
    /// What it is made of.
    pub fn settings(&self) -> &LadderSettings {
        &self.settings
    }

    /// Which half's statistics a training with [`StatisticsFrom::Chosen`] has chosen; `None` in other trainings and of a model that
    /// was read from a file.
    pub fn chosen_statistics(&self) -> Option<StatisticsFrom> {
        let costs = self.costs_of_halves.filter(|_| self.settings.statistics == StatisticsFrom::Chosen)?;
        Some(costs.better())
    }

    /// Number of classes: units of the top layer.
    pub fn classes(&self) -> usize {
        self.settings.layers[self.settings.top()]
    }

    /// The trainable parameters: encoder from the bottom up, decoder weights, combinators.
    pub fn parameters(&self) -> Parameters<'_> {
        Parameters(structure::in_order(self.encoder.iter(), self.decoder.iter()))
    }

    /// The same, to change.
    pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        structure::in_order(self.encoder.iter_mut(), self.decoder.iter_mut())
    }

    /// The first parameter or stored moment that is not finite: `(layer, what, value)`.
    pub(crate) fn not_finite(&self) -> Option<(usize, &'static str, f32)> {
        for (l, e) in (1..).zip(&self.encoder) {
            let parameters = [Some(&e.weight), Some(&e.bias), e.scale.as_ref()];
            if let Some(value) = parameters.into_iter().flatten().find_map(Parameter::not_finite) {
                return Some((l, "a parameter of the encoder", value));
            }
        }
        for (l, d) in self.settings.decoder_layers().zip(&self.decoder) {
            if let Some(value) = d.weight.iter().chain([&d.combinator]).find_map(Parameter::not_finite) {
                return Some((l, "a parameter of the decoder", value));
            }
        }
        self.statistics.as_ref()?.not_finite()
    }

    /// The costs of a batch; its gradients stand beside the parameters afterwards. Either half of the batch may be
    /// empty.
    pub fn costs_and_gradients(
        &mut self,
        threads: &Threads,
        buffers: &mut Buffers,
        batch: &Batch,
        noise: Noise<'_>,
    ) -> Costs {
        let costs = self.costs(threads, buffers, batch, noise);
        self.gradients(threads, buffers, batch, Update::Keep);
        costs
    }

    /// The forward pass: the costs of a batch. With bf16 products the weights must have been rounded, as at the
    /// beginning of a training.
    pub fn costs(&self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, noise: Noise<'_>) -> Costs {
        self.encode(threads, buffers, batch, noise);
        let decoded = self.decodes(buffers);
        if decoded {
            self.decode(threads, buffers, batch);
        }
        self.sum_costs(buffers, batch, decoded)
    }

    /// The backward pass after [`Ladder::costs`] of the same batch; `update` says what becomes of the gradients. A batch
    /// without unlabelled rows leaves the decoder as it is.
    pub fn gradients(&mut self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, update: Update) {
        let decoded = self.decodes(buffers);
        if decoded {
            self.decode_backward(threads, buffers, batch, update);
        }
        self.encode_backward(threads, buffers, batch, decoded, update);
        for EncoderLayer { bias, scale, .. } in &mut self.encoder {
            [Some(bias), scale.as_mut()].into_iter().flatten().for_each(|p| p.update(threads.isa(), update));
        }
        for DecoderLayer { weight, combinator } in &mut self.decoder {
            if decoded {
                combinator.update(threads.isa(), update);
            } else if update == Update::Keep {
                [Some(combinator), weight.as_mut()].into_iter().flatten().for_each(|p| p.zero_gradient());
            } // An optimiser would move it by its momentum alone: without unlabelled rows, the decoder rests.
        }
    }

    fn decodes(&self, buffers: &Buffers) -> bool {
        buffers.rows.n_u > 0 && !self.decoder.is_empty()
    }

    /// Corrupted encoder (labelled and unlabelled rows) and clean encoder (unlabelled rows), side by side.
    pub(crate) fn encode(&self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, noise: Noise<'_>) {
        let isa = threads.isa();
        buffers.set_batch(batch);
        let (rows, top, moments_of) = (buffers.rows, self.settings.top(), self.settings.moments);
        let Buffers { encoder, p, log_sum_exp, .. } = buffers;
        let corrupted = 0..rows.corrupted();

        // h~(0) = x + noise, h(0) = x
        let input_noise = self.settings.input_noise;
        threads.for_each(encoder[0].h.panels_mut(), |j, mut h| {
            let x = batch.x.panel(j);
            noise.add(isa, 0, j, batch.x.columns(), input_noise, x, &mut h[corrupted.clone()]);
            h[rows.clean()].copy_from_slice(&x[rows.unlabelled()]);
            h.pack(isa);
        });
        for l in 1..=top {
            let EncoderLayer { weight, bias, scale } = &self.encoder[l - 1];
            let (below, here) = encoder.split_at_mut(l);
            let h_below = &below[l - 1].h;
            let EncoderBuffers { z, z_tilde, h, moments, .. } = &mut here[0];
            let weights = weight.weights();
            let parts = (z.panels_mut(), z_tilde.panels_mut(), items(moments));
            let normalise_and_corrupt = |j: usize, z: &mut [Row], z_tilde: &mut [Row], moments: &mut [Moments; 3]| {
                forward(isa, h_below, weights, j, z); // z_pre = h(l-1) W(l)
                *moments = normalise_segments(isa, moments_of, rows, z);
                noise.add(isa, l, j, weight.shape()[1], self.settings.noise, &z[corrupted.clone()], z_tilde);
            };
            match scale {
                None => threads.for_each((parts, h.panels_mut()), |j, ((z, z_tilde, moments), mut h)| {
                    normalise_and_corrupt(j, z, z_tilde, moments);
                    relu(isa, z_tilde, &bias.value[j], &mut h[corrupted.clone()]);
                    relu(isa, &z[rows.clean()], &bias.value[j], &mut h[rows.clean()]);
                    h.pack(isa);
                }),
                // gamma (z~ + beta); the clean top is a target, its class probabilities are in no cost.
                Some(gamma) => threads.for_each((parts, p.panels_mut()), |j, ((z, z_tilde, moments), p)| {
                    normalise_and_corrupt(j, z, z_tilde, moments);
                    shift_scale(isa, z_tilde, &bias.value[j], &gamma.value[j], p);
                }),
            }
        }
        softmax(isa, p, corrupted, log_sum_exp);
    }

    /// Decoder over the unlabelled rows, from the top to the lowest layer that has a denoising weight.
    pub(crate) fn decode(&self, threads: &Threads, buffers: &mut Buffers, batch: &Batch) {
        let isa = threads.isa();
        let (rows, lowest) = (buffers.rows, self.settings.lowest());
        let Buffers { encoder, decoder, p, .. } = buffers;
        for l in self.settings.decoder_layers().rev() {
            let DecoderLayer { weight, combinator } = &self.decoder[l - lowest];
            let (here, above) = decoder[l - lowest..].split_first_mut().expect("the layer itself");
            let DecoderBuffers { u, u_moments, z_hat, squares, .. } = here;
            let lateral = &encoder[l];
            let parts = (u.panels_mut(), z_hat.panels_mut(), items(u_moments), items(squares));
            threads.for_each(parts, |j, (u, mut z_hat, u_moments, squares)| {
                match weight {
                    None => u.copy_from_slice(&p.panel(j)[rows.unlabelled()]),
                    Some(v) => forward(isa, &above[0].z_hat, v.weights(), j, u),
                }
                *u_moments = normalise(isa, u);
                let z_tilde = &lateral.z_tilde().panel(j)[rows.unlabelled()];
                combine(isa, vectors(&combinator.value, j), z_tilde, u, &mut z_hat);
                let z = &lateral.z().panel(j)[rows.clean()];
                *squares = match input_weights(l, batch) {
                    Some(w) => weighted_squared_error(isa, &z_hat, z, w.panel(j)),
                    None => squared_error(isa, &z_hat, &lateral.clean_moments(j), z),
                };
                z_hat.pack(isa);
            });
        }
    }

    fn sum_costs(&self, buffers: &Buffers, batch: &Batch, decoded: bool) -> Costs {
        let rows = buffers.rows;
        // log p = a - log-sum-exp, from the logit itself, so that a tiny p keeps its logarithm.
        let log_p = |r: usize, label: u32| f64::from(self.logit(buffers, r, label as usize)) - buffers.log_sum_exp[r];
        let log_likelihood: f64 = batch.labels.iter().enumerate().map(|(r, &label)| log_p(r, label)).sum();
        let supervised = if rows.n_l == 0 { 0.0 } else { -log_likelihood / rows.n_l as f64 };
        let mut terms = vec![Cost { name: SUPERVISED, layer: None, value: supervised, weight: 1.0 }];
        let mut total = supervised;
        if decoded {
            for (l, buffer) in self.settings.decoder_layers().zip(&buffers.decoder) {
                let sum: f64 = buffer.squares.iter().flat_map(|s| s.0).map(f64::from).sum();
                let cost = sum / (rows.n_u * self.settings.layers[l]) as f64;
                let weight = self.settings.denoising_weights[l];
                if weight > 0.0 {
                    total += f64::from(weight) * cost;
                }
                terms.push(Cost { name: DENOISING, layer: Some(l), value: cost, weight });
            }
        }
        Costs { terms, total }
    }

    /// `gamma (z~ + beta)` of one row and class.
    fn logit(&self, buffers: &Buffers, row: usize, class: usize) -> f32 {
        let EncoderLayer { bias, scale, .. } = self.encoder.last().expect("a top layer");
        let z_tilde = buffers.encoder[self.settings.top()].z_tilde.get(row, class);
        let of = |p: &Parameter| p.value[class / WIDTH].0[class % WIDTH];
        of(scale.as_ref().expect("the top has a scale")) * (z_tilde + of(bias))
    }

    /// The decoder's forward pass in reverse, from the lowest layer up.
    fn decode_backward(&mut self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, update: Update) {
        let isa = threads.isa();
        let (rows, lowest) = (buffers.rows, self.settings.lowest());
        let Buffers { encoder, decoder, .. } = buffers;
        for l in self.settings.decoder_layers() {
            let (below, here) = decoder.split_at_mut(l - lowest);
            let DecoderBuffers { u, u_moments, z_hat, d_u, d_z_tilde, d_z, d_moments, .. } = &mut here[0];
            let (units, lateral_connections) = (self.settings.layers[l], self.settings.lateral);
            let weight = self.settings.denoising_weights[l] / (rows.n_u * units) as f32;
            let (layers_below, layer) = self.decoder.split_at_mut(l - lowest);
            let Parameter { value: a, gradient: d_a, .. } = &mut layer[0].combinator;
            let lateral = &encoder[l];
            let (u, z_hat) = (&*u, &*z_hat);
            // From the gradient of z^, in `d`: it becomes that of z~.
            let combinator_backward = |j: usize, (d, d_z, d_moments, d_u, d_a): CombinatorParts<'_>| {
                let (z_hat, u) = (z_hat.panel(j), u.panel(j));
                let z = &lateral.z().panel(j)[rows.clean()];
                match input_weights(l, batch) {
                    // The input is given: neither it nor its moments have a gradient.
                    Some(w) => weighted_squared_error_backward(isa, weight, z_hat, z, w.panel(j), d),
                    None => {
                        *d_moments = squared_error_backward(isa, weight, z_hat, &lateral.clean_moments(j), z, d, d_z);
                    }
                }
                let z_tilde = &lateral.z_tilde().panel(j)[rows.unlabelled()];
                let d_a: &mut [Row; VECTORS] = d_a.try_into().expect("ten vectors a panel");
                let mut d_u = d_u;
                combine_backward(isa, vectors(a, j), z_tilde, u, d, &mut d_u, d_a);
                if !lateral_connections {
                    d_a[UPSILON].fill(Row::ZERO);
                }
                normalise_backward(isa, u, &u_moments[j], &MomentGradients::NONE, &mut d_u);
                d_u.pack(isa);
            };
            let parts =
                (d_z_tilde.panels_mut(), d_z.panels_mut(), items(d_moments), d_u.panels_mut(), groups(d_a, VECTORS));
            match layers_below.last_mut() {
                None => threads.for_each(parts, |j, parts| {
                    parts.0.fill(Row::ZERO);
                    combinator_backward(j, parts);
                }),
                Some(layer_below) => {
                    let v = layer_below.weight.as_mut().expect("below the top");
                    let d_product = &below[l - lowest - 1].d_u; // of z^(l) V(l - 1)
                    matrix_backward(threads, v, z_hat, d_product, update, parts, |j, v, parts| {
                        backward(isa, d_product, v, parts.0);
                        combinator_backward(j, parts);
                    });
                }
            }
        }
    }

    /// Both encoders in reverse, from the top down.
    fn encode_backward(
        &mut self,
        threads: &Threads,
        buffers: &mut Buffers,
        batch: &Batch,
        decoded: bool,
        update: Update,
    ) {
        let isa = threads.isa();
        let (rows, top, lowest) = (buffers.rows, self.settings.top(), self.settings.lowest());
        let moments_of = self.settings.moments;
        let Buffers { encoder, decoder, p, .. } = buffers;

        // The top: cross-entropy for the labelled rows, u(L) for the unlabelled ones, nothing for the clean ones.
        if decoded {
            softmax_backward(p, rows.unlabelled(), decoder[top - lowest].d_u.values_mut());
        }
        cross_entropy_backward(p, &batch.labels);
        for j in 0..p.count() {
            let d = encoder[top].d.values_mut().panel_mut(j);
            d[rows.labelled()].copy_from_slice(&p.panel(j)[rows.labelled()]);
            match decoded {
                true => d[rows.unlabelled()].copy_from_slice(decoder[top - lowest].d_u.panel(j)),
                false => d[rows.unlabelled()].fill(Row::ZERO),
            }
            d[rows.clean()].fill(Row::ZERO);
        }
        // From the gradient of z(l) of all segments: the denoising cost has its share, then back through the
        // normalisation.
        let normalisation_backward = |l: usize, j: usize, z: &Panels, moments: &[Moments; 3], d: &mut [Row]| {
            let mut clean = MomentGradients::NONE;
            if decoded && l >= lowest {
                let denoised = &decoder[l - lowest];
                add(isa, denoised.d_z_tilde.panel(j), &mut d[rows.unlabelled()]);
                add(isa, denoised.d_z.panel(j), &mut d[rows.clean()]);
                clean = denoised.d_moments[j];
            }
            normalise_segments_backward(isa, moments_of, rows, z.panel(j), moments, &clean, d);
        };
        let EncoderBuffers { z, z_tilde, moments, d, .. } = &mut encoder[top];
        let EncoderLayer { bias, scale, .. } = &mut self.encoder[top - 1];
        let Parameter { value: gamma, gradient: d_gamma, .. } = scale.as_mut().expect("the top has a scale");
        let Parameter { value: beta, gradient: d_beta, .. } = bias;
        threads.for_each((d.panels_mut(), items(d_beta), items(d_gamma)), |j, (mut d, d_beta, d_gamma)| {
            let corrupted = &mut d[..rows.corrupted()];
            shift_scale_backward(isa, z_tilde.panel(j), &beta[j], &gamma[j], corrupted, d_beta, d_gamma);
            normalisation_backward(top, j, z, &moments[j], &mut d);
            d.pack(isa);
        });
        for l in (1..=top).rev() {
            let (below, here) = encoder.split_at_mut(l);
            let EncoderBuffers { z, h, moments, d, .. } = &mut below[l - 1];
            let d_product = &here[0].d; // of h(l-1) W(l)
            let (layers_below, layer) = self.encoder.split_at_mut(l - 1);
            let w = &mut layer[0].weight;
            match layers_below.last_mut() {
                None => matrix_backward(threads, w, h, d_product, update, d.panels_mut(), |_, _, _| ()), // none of x
                Some(EncoderLayer { bias, .. }) => {
                    let parts = (d.panels_mut(), items(&mut bias.gradient));
                    matrix_backward(threads, w, h, d_product, update, parts, |j, w, (mut d, d_beta)| {
                        backward(isa, d_product, w, &mut d);
                        relu_backward(isa, h.panel(j), &mut d, d_beta);
                        normalisation_backward(l - 1, j, z, &moments[j], &mut d);
                        d.pack(isa);
                    });
                }
            }
        }
    }
}

/// What the cells of the input count for in the denoising cost of layer `l`: those of layer 0 alone may count differently.
fn input_weights(l: usize, batch: &Batch) -> Option<&Panels> {
    batch.weights.as_ref().filter(|_| l == 0)
}

/// What the decoder's backward pass writes for a panel: the gradients of z^ (then z~), of the clean target and its
/// moments, of u, and of the combinator's vectors.
type CombinatorParts<'a> = (&'a mut [Row], &'a mut [Row], &'a mut MomentGradients, OperandPanel<'a>, &'a mut [Row]);

/// The ten vectors of panel `j`.
fn vectors(rows: &[Row], j: usize) -> &[Row; VECTORS] {
    rows[j * VECTORS..(j + 1) * VECTORS].try_into().expect("ten vectors a panel")
}
