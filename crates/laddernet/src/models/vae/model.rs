//! The variational autoencoder as the training loop sees it.

use super::{Vae, VaeBuffers};
use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::models::rbm::Units;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::training::{Batch, Cost, Costs, DIVERGENCE, Model, NotFinite, RECONSTRUCTION};
use laddernet_math::activation::linear;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, forward};
use laddernet_math::posterior::sample;
use laddernet_math::random::Purpose;
use laddernet_math::reconstruction::{cross_entropy, squared_error};
use laddernet_math::{Precision, Row, Threads, WIDTH, items};

impl Model for Vae {
    type Buffers = VaeBuffers;

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
        match self.settings.output {
            Units::Bernoulli => data.check_unit_interval().map_err(crate::models::rbm::not_probabilities),
            Units::Gaussian => Ok(()),
        }
    }

    fn buffers(&self, _labelled: usize, unlabelled: usize, precision: Precision) -> VaeBuffers {
        VaeBuffers::new(self, unlabelled, precision)
    }

    /// The cost is that of a row in nats, the mean over the batch: that of its reconstruction from a sample of its code, and the
    /// divergence of the code's distribution. Missing cells of a table cost nothing.
    fn costs(&self, threads: &Threads, buffers: &mut VaeBuffers, batch: &Batch, seed: u64, step: u32) -> Costs {
        let (isa, rows, columns, top) = (threads.isa(), batch.x.rows(), self.settings.layers[0], self.top());
        buffers.set_rows(rows);
        let VaeBuffers { a, mean, log_var, noise, z, b, e, scale, .. } = buffers;
        threads.for_each(a[0].panels_mut(), |p, mut x| {
            x.copy_from_slice(batch.x.panel(p));
            x.pack(isa);
        });
        for (l, layer) in self.up[..top - 1].iter().enumerate() {
            let (below, here) = a.split_at_mut(l + 1);
            layer.up(threads, &below[l], &mut here[0], |_, _| ());
        }
        let (h, means, units) = (&a[top - 1], &self.up[top - 1], self.settings.layers[top]);
        let stream = Stream { seed, purpose: Purpose::CodeSample, step, layer: top as u16 };
        let mut divergences = vec![Row::ZERO; z.count()];
        let parts = (mean.panels_mut(), log_var.panels_mut(), noise.panels_mut());
        threads.for_each(
            (parts, z.panels_mut(), items(&mut divergences)),
            |j, ((mean, log_var, noise), mut z, sum)| {
                forward(isa, h, means.weight.weights(), j, mean);
                linear(isa, &means.bias.value[j], units - j * WIDTH, mean);
                forward(isa, h, self.log_var.weight.weights(), j, log_var);
                sample(isa, stream, j, units, mean, &self.log_var.bias.value[j], log_var, &mut z, noise, sum);
                z.pack(isa);
            },
        );
        for l in (1..top).rev() {
            // b(l) stands at l - 1.
            let (here, above) = b.split_at_mut(l);
            self.down[l].up(threads, above.first().unwrap_or(z), &mut here[l - 1], |_, _| ());
        }
        let (above, output) = (b.first().unwrap_or(z), &self.down[0]);
        let (kernel, share) = match self.settings.output {
            Units::Bernoulli => (cross_entropy as fn(_, _, &_, _, &[_], &[_], &mut [_], &mut _), 1.0),
            Units::Gaussian => (squared_error as fn(_, _, &_, _, &[_], &[_], &mut [_], &mut _), 0.5),
        };
        let mut sums = vec![Row::ZERO; e[0].count()];
        threads.for_each((e[0].panels_mut(), items(&mut sums)), |p, (mut e, sum)| {
            forward(isa, above, output.weight.weights(), p, &mut e);
            let weights = batch.weights.as_ref().map_or(&[][..], |weights| weights.panel(p));
            let (bias, used) = (&output.bias.value[p], columns - p * WIDTH);
            kernel(isa, share * *scale, bias, used, batch.x.panel(p), weights, &mut e, sum);
            e.pack(isa);
        });
        let sum = |rows: &[Row]| rows.iter().flat_map(|row| row.0).map(f64::from).sum::<f64>();
        let reconstruction = f64::from(share) * sum(&sums) / rows as f64;
        let divergence = sum(&divergences) / rows as f64;
        let term = |name, value| Cost { name, layer: None, value, weight: 1.0 };
        let terms = vec![term(RECONSTRUCTION, reconstruction), term(DIVERGENCE, divergence)];
        Costs { terms, total: reconstruction + divergence }
    }

    fn gradients(&mut self, threads: &Threads, buffers: &mut VaeBuffers, _batch: &Batch, update: Update) {
        self.decode_backward(threads, buffers, update);
        self.encode_backward(threads, buffers, update);
        let layers = self.up.iter_mut().chain([&mut self.log_var]).chain(&mut self.down);
        layers.for_each(|layer| layer.bias.update(threads.isa(), update));
    }

    fn not_finite_in(&self, buffers: &VaeBuffers, costs: &Costs) -> Option<NotFinite> {
        if costs.total.is_finite() {
            return None;
        }
        let layer = |(l, a): (usize, &Operand)| a.not_finite().map(|x| (l, "a unit", x));
        let of_codes = || {
            let mean = buffers.mean.not_finite().map(|x| (self.top(), "the mean of a code", x));
            mean.or(costs.of(DIVERGENCE).filter(|x| !x.is_finite()).map(|x| (self.top(), "the divergence", x as f32)))
        };
        let hidden = buffers.a.iter().enumerate().find_map(layer).or_else(of_codes);
        hidden.or(Some((0, "the cost of reconstructed rows", costs.total as f32)))
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let up = (1..).zip(&self.up).map(|(l, layer)| (l, layer, "a parameter of the way up"));
        let log_var = (self.top(), &self.log_var, "a parameter of the log variances");
        let down = (0..).zip(&self.down).map(|(l, layer)| (l, layer, "a parameter of the way down"));
        let mut all = up.chain([log_var]).chain(down);
        all.find_map(|(l, layer, what)| {
            [&layer.weight, &layer.bias].into_iter().find_map(|p| p.not_finite()).map(|x| (l, what, x))
        })
    }
}
