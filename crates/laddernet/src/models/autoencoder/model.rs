//! The autoencoder as the training loop sees it.

use super::{Autoencoder, AutoencoderBuffers};
use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::models::dense::Activation;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::training::{Batch, Costs, Model, NotFinite, RECONSTRUCTION};
use laddernet_math::bernoulli::draw;
use laddernet_math::normal::Stream;
use laddernet_math::operand::Operand;
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH, items};

impl Model for Autoencoder {
    type Buffers = AutoencoderBuffers;

    fn parameters(&self) -> Parameters<'_> {
        self.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        self.parameters_mut()
    }

    fn features(&self) -> usize {
        self.settings.layers[0]
    }

    fn classes(&self) -> Option<usize> {
        None
    }

    fn uses_unlabelled(&self) -> bool {
        true
    }

    fn check_rows(&self, data: &Dataset) -> Result<(), SettingsError> {
        match self.settings.output.is_probability() {
            true => data.check_unit_interval().map_err(crate::models::rbm::not_probabilities),
            false => Ok(()),
        }
    }

    fn buffers(&self, _labelled: usize, unlabelled: usize, precision: Precision) -> AutoencoderBuffers {
        AutoencoderBuffers::new(self, unlabelled, precision)
    }

    /// The cost is that of a row, in nats or squared units, the mean over the batch and the steps of walkback.
    fn costs(&self, threads: &Threads, buffers: &mut AutoencoderBuffers, batch: &Batch, seed: u64, step: u32) -> Costs {
        let (isa, rows, columns) = (threads.isa(), batch.x.rows(), self.settings.layers[0]);
        assert!((1..=buffers.most_rows).contains(&rows), "{rows} rows in buffers for {}", buffers.most_rows);
        let walkback = usize::from(self.settings.walkback);
        let stream = |purpose, k: usize| Stream { seed, purpose, step, layer: k as u16 };
        let corruption = self.settings.corruption;
        buffers.corrupted.set_rows(walkback * rows);
        if let Some(emphasis) = &mut buffers.emphasis {
            emphasis.set_rows(walkback * rows);
        }
        for k in 0..walkback {
            let at = k * rows..(k + 1) * rows;
            // What is corrupted: the rows, then states drawn from what they were reconstructed to.
            buffers.set_rows(rows);
            let AutoencoderBuffers { a, b, e, corrupted, emphasis, .. } = &mut *buffers;
            if k > 0 {
                let before = (k - 1) * rows..k * rows;
                threads.for_each(a[0].panels_mut(), |p, mut x| {
                    x.copy_from_slice(&corrupted.panel(p)[before.clone()]);
                    x.pack(isa);
                });
                self.encode(threads, a);
                let [.., code] = &a[..] else { panic!("an autoencoder has a code") };
                self.decode(threads, code, b, e[0].values_mut(), |p, z| {
                    Activation::Logistic.apply(isa, &self.down[0].bias.value[p], columns - p * WIDTH, z);
                    draw(isa, stream(Purpose::Walkback, k), p, columns, z);
                });
            }
            let from: &Panels = if k == 0 { &batch.x } else { &e[0] };
            threads.for_each(corrupted.panels_mut(), |p, out| {
                corruption.apply(isa, stream(Purpose::Corruption, k), p, columns, from.panel(p), &mut out[at.clone()]);
            });
            if let Some(emphasis) = emphasis {
                threads.for_each(emphasis.panels_mut(), |p, out| {
                    let stream = stream(Purpose::Corruption, k);
                    self.settings.emphasis.weigh(isa, corruption, stream, p, &mut out[at.clone()]);
                });
            }
        }
        buffers.set_rows(walkback * rows);
        let AutoencoderBuffers { a, b, e, corrupted, emphasis, .. } = buffers;
        threads.for_each(a[0].panels_mut(), |p, mut x| {
            x.copy_from_slice(corrupted.panel(p));
            x.pack(isa);
        });
        self.encode(threads, a);
        let [.., code] = &a[..] else { panic!("an autoencoder has a code") };
        let scale = 1.0 / (walkback * rows) as f32;
        let kernel = self.settings.output.kernel();
        self.decode(threads, code, b, e[0].values_mut(), |_, _| ());
        let mut sums = vec![Row::ZERO; e[0].count()];
        threads.for_each((e[0].panels_mut(), items(&mut sums)), |p, (mut e, sum)| {
            let (bias, used) = (&self.down[0].bias.value[p], columns - p * WIDTH);
            for k in 0..walkback {
                let at = k * rows..(k + 1) * rows;
                let weights = emphasis.as_ref().map_or(&[][..], |weights| &weights.panel(p)[at.clone()]);
                let mut cost = Row::ZERO;
                kernel(isa, scale, bias, used, batch.x.panel(p), weights, &mut e[at], &mut cost);
                (0..WIDTH).for_each(|c| sum.0[c] += cost.0[c]);
            }
            e.pack(isa);
        });
        let sum: f64 = sums.iter().flat_map(|row| row.0).map(f64::from).sum();
        let cost = sum / (walkback * rows) as f64;
        Costs::single(RECONSTRUCTION, cost)
    }

    fn gradients(&mut self, threads: &Threads, buffers: &mut AutoencoderBuffers, _batch: &Batch, update: Update) {
        self.decode_backward(threads, buffers, update);
        self.encode_backward(threads, buffers, update);
        let (up, down) = (&mut self.up, &mut self.down);
        let biases = up.iter_mut().map(|layer| &mut layer.bias).chain(down.iter_mut().map(|layer| &mut layer.bias));
        biases.for_each(|bias| bias.update(threads.isa(), update));
    }

    fn not_finite_in(&self, buffers: &AutoencoderBuffers, costs: &Costs) -> Option<NotFinite> {
        if costs.total.is_finite() {
            return None;
        }
        let layer = |(l, a): (usize, &Operand)| a.not_finite().map(|x| (l, "a unit", x));
        buffers.a.iter().enumerate().find_map(layer).or(Some((0, "the cost of reconstructed rows", costs.total as f32)))
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let up = (1..).zip(&self.up).flat_map(|(l, layer)| [(l, Some(&layer.weight)), (l, Some(&layer.bias))]);
        let down = (0..).zip(&self.down).flat_map(|(l, layer)| [(l, layer.weight.as_ref()), (l, Some(&layer.bias))]);
        let mut all =
            up.map(|p| (p, "a parameter of the way up")).chain(down.map(|p| (p, "a parameter of the way down")));
        all.find_map(|((l, p), what)| p?.not_finite().map(|x| (l, what, x)))
    }
}
