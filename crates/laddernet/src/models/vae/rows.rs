//! What a trained variational autoencoder makes of rows: their codes, their reconstructions, the bound on their likelihood, and samples.

use super::Vae;
use crate::dataset::Dataset;
use crate::models::dense::{Dense, rows_of};
use crate::models::rbm::Units;
use crate::models::trained::Start;
use laddernet_math::activation::linear;
use laddernet_math::bernoulli::draw;
use laddernet_math::gaussian::draw_normal;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, forward};
use laddernet_math::posterior::sample;
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Panels, Precision, Row, Threads, WIDTH, groups};

/// Rows that one task works on.
const BLOCK: usize = 240;

/// `ln 2 pi`
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// The distributions of the codes of some rows, and a sample of each.
struct Codes {
    mean: Panels,
    log_var: Panels,
    z: Operand,
}

impl Vae {
    /// Each row reconstructed from the mean of its code: row-major `[rows, features]`, probabilities or means. A row's bits do not
    /// depend on its neighbours.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn reconstructed(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        assert_eq!(data.features(), self.settings.layers[0], "values a row");
        let layers: Vec<&Dense> = self.up.iter().chain(self.down.iter().rev()).collect();
        self.rows_through(&layers, data, threads)
    }

    /// Each row from its code: row-major `[rows, features]`, probabilities or means. A row's bits do not depend on its neighbours, and
    /// are those of [`Vae::reconstructed`] for the codes of rows.
    ///
    /// # Panics
    /// When codes have another length than the code layer.
    pub fn decoded(&self, codes: &Dataset, threads: &Threads) -> Vec<f32> {
        assert_eq!(codes.features(), self.settings.layers[self.top()], "values of a code");
        self.rows_through(&self.down.iter().rev().collect::<Vec<_>>(), codes, threads)
    }

    /// Through layers that end in the output.
    fn rows_through(&self, layers: &[&Dense], data: &Dataset, threads: &Threads) -> Vec<f32> {
        let (threads, columns) = (threads.in_single_precision(), self.settings.layers[0]);
        let mut out = vec![0.0; data.rows() * columns];
        threads.for_each(groups(&mut out, BLOCK * columns), |block, out| {
            let x = rows_of(data, block * BLOCK, out.len() / columns);
            let y = through(layers.iter().copied(), x, &threads);
            out.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| y.read_row(r, row));
        });
        out
    }

    /// A lower bound on the log-likelihood of each row in nats: equation 3, its expectation the mean over `samples` of the code. The
    /// samples of a row follow from `seed` and its place among the rows.
    ///
    /// # Panics
    /// When rows have another length than the input layer, or `samples` is 0.
    pub fn lower_bounds(&self, data: &Dataset, samples: u16, seed: u64, threads: &Threads) -> Vec<f64> {
        let columns = self.settings.layers[0];
        assert_eq!(data.features(), columns, "values a row");
        assert!(samples > 0, "a bound of no sample");
        let threads = threads.in_single_precision();
        let isa = threads.isa();
        let mut out = vec![0.0; data.rows()];
        threads.for_each(groups(&mut out, BLOCK), |block, out| {
            let x = rows_of(data, block * BLOCK, out.len());
            let h = self.hidden(&x, &threads);
            let mut sums = vec![Row::ZERO; out.len()];
            for k in 0..samples {
                let stream = Stream { seed, purpose: Purpose::BoundSample, step: block as u32, layer: k };
                let Codes { mean, log_var, z } = self.sampled(h.as_ref().unwrap_or(&x), stream, isa);
                if k == 0 {
                    for (r, out) in out.iter_mut().enumerate() {
                        let unit = |c| divergence(mean.get(r, c).into(), log_var.get(r, c).into());
                        *out = -(0..mean.columns()).map(unit).sum::<f64>();
                    }
                }
                let hidden = self.down[1..].iter().rev();
                let above = through(hidden, z, &threads);
                for p in 0..x.count() {
                    forward(isa, &above, self.down[0].weight.weights(), p, &mut sums);
                    let used = (columns - p * WIDTH).min(WIDTH);
                    linear(isa, &self.down[0].bias.value[p], used, &mut sums);
                    for ((y, x), out) in sums.iter().zip(x.panel(p)).zip(out.iter_mut()) {
                        let values = y.0[..used].iter().zip(&x.0[..used]);
                        let all: f64 = values.map(|(&y, &x)| self.log_likelihood(y.into(), x.into())).sum();
                        *out += all / f64::from(samples);
                    }
                }
            }
        });
        out
    }

    /// `ln p(x|z)` of one value, from the sum that comes into its output unit.
    fn log_likelihood(&self, y: f64, x: f64) -> f64 {
        match self.settings.output {
            Units::Bernoulli => x * y - y.max(0.0) - (-y.abs()).exp().ln_1p(),
            Units::Gaussian => -((x - y).powi(2) + LN_TAU) / 2.0,
        }
    }

    /// The values of the top hidden layer, where there is one.
    fn hidden(&self, x: &Operand, threads: &Threads) -> Option<Operand> {
        let (first, rest) = self.up[..self.top() - 1].split_first()?;
        let mut h = operand(x.rows(), first.units());
        first.up(threads, x, &mut h, |_, _| ());
        Some(through(rest, h, threads))
    }

    /// The distributions of the codes over what stands below them, and a sample of each.
    fn sampled(&self, h: &Operand, stream: Stream, isa: Isa) -> Codes {
        let (rows, units, means) = (h.rows(), self.settings.layers[self.top()], &self.up[self.top() - 1]);
        let (mut mean, mut log_var) = (Panels::new(rows, units), Panels::new(rows, units));
        let (mut z, mut noise) = (operand(rows, units), vec![Row::ZERO; rows]);
        for j in 0..mean.count() {
            forward(isa, h, means.weight.weights(), j, mean.panel_mut(j));
            linear(isa, &means.bias.value[j], units - j * WIDTH, mean.panel_mut(j));
            forward(isa, h, self.log_var.weight.weights(), j, log_var.panel_mut(j));
            let (bias, z, mean) = (&self.log_var.bias.value[j], z.values_mut().panel_mut(j), mean.panel(j));
            let mut all = Row::ZERO;
            sample(isa, stream, j, units, mean, bias, log_var.panel_mut(j), z, &mut noise, &mut all);
        }
        Codes { mean, log_var, z }
    }

    /// Chains of so many steps, each of them a sample of the code of the row before, `z ~ q(z|x)`, and one of the row, `x ~ p(x|z)`
    /// (Rezende et al. 2014, section 6.5). Where chains begin at random, the first code is a sample of `N(0, I)`, so that the first
    /// row is a sample of the model. `on_step(step, likely)` is given what each value of the row is likely to be, row-major
    /// `[chains, features]`, after each step, counted from 0. Values that `held` marks keep those of the start.
    ///
    /// # Panics
    /// When rows have another length than the input layer, or `held` has.
    pub fn walk(
        &self,
        start: Start<'_>,
        steps: u32,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
        on_step: &mut dyn FnMut(u32, &[f32]),
    ) {
        let (columns, top) = (self.settings.layers[0], self.top());
        let rows = match start {
            Start::Random(chains) => chains,
            Start::Rows(rows) => rows.rows(),
        };
        assert!(held.is_none_or(|held| held.len() == columns), "a mark for each value of a row");
        let threads = threads.in_single_precision();
        let isa = threads.isa();
        let stream = |step, layer: usize| Stream { seed, purpose: Purpose::Gibbs, step, layer: layer as u16 };
        let mut x = match start {
            Start::Random(_) => operand(rows, columns),
            Start::Rows(data) => {
                assert_eq!(data.features(), columns, "values a row");
                rows_of(data, 0, rows)
            }
        };
        let first = x.values_mut().clone();
        let mut likely = vec![0.0; rows * columns];
        for step in 0..steps {
            let z = match (step, start) {
                (0, Start::Random(_)) => {
                    let mut z = operand(rows, self.settings.layers[top]);
                    let units = z.columns();
                    for j in 0..z.count() {
                        draw_normal(isa, stream(step, top), j, units, 1.0, &Row::ZERO, z.values_mut().panel_mut(j));
                    }
                    z
                }
                _ => {
                    let h = self.hidden(&x, &threads);
                    self.sampled(h.as_ref().unwrap_or(&x), stream(step, top), isa).z
                }
            };
            let mut y = through(self.down.iter().rev(), z, &threads);
            hold(y.values_mut(), &first, held);
            likely.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| y.read_row(r, row));
            on_step(step, &likely);
            threads.for_each(x.values_mut().panels_mut(), |p, x| {
                x.copy_from_slice(y.panel(p));
                match self.settings.output {
                    Units::Bernoulli => draw(isa, stream(step, 0), p, columns, x),
                    Units::Gaussian => draw_normal(isa, stream(step, 0), p, columns, 1.0, &Row::ZERO, x),
                }
            });
            hold(x.values_mut(), &first, held);
        }
    }
}

/// Room for the values of a layer, for products in single precision.
fn operand(rows: usize, units: usize) -> Operand {
    Operand::new(Precision::F32, Role::Fixed, rows, units)
}

/// The values of the last of some layers, one on the other; of no layer `x` itself.
fn through<'a>(layers: impl IntoIterator<Item = &'a Dense>, x: Operand, threads: &Threads) -> Operand {
    layers.into_iter().fold(x, |below, layer| {
        let mut here = operand(below.rows(), layer.units());
        layer.up(threads, &below, &mut here, |_, _| ());
        here
    })
}

/// `KL(N(mu, e^v) || N(0, 1))`.
fn divergence(mu: f64, v: f64) -> f64 {
    (mu * mu + v.exp() - 1.0 - v) / 2.0
}

/// Puts the values of the start back where a column is held.
fn hold(x: &mut Panels, start: &Panels, held: Option<&[bool]>) {
    let columns = (0..).zip(held.unwrap_or_default()).filter(|&(_, &held)| held);
    for (c, _) in columns {
        let (p, c): (usize, usize) = (c / WIDTH, c % WIDTH);
        x.panel_mut(p).iter_mut().zip(start.panel(p)).for_each(|(x, start)| x.0[c] = start.0[c]);
    }
}
