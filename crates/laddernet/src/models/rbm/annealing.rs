//! `ln Z` by annealed importance sampling (Neal 2001; for these RBMs Salakhutdinov and Murray 2008), forwards and
//! backwards.
//!
//! ```text
//! p_beta(v) ~ e^(((1 - beta) a_0 + beta a)'v) product over j of (1 + e^(beta (b_j + (v W)_j)))
//! ln w      = sum over k of ln p*_(k+1)(v_k) - ln p*_k(v_k)
//! ```
//! At `beta = 0` units are independent: `ln Z_0 = hidden ln 2 + sum of softplus(a_0)`, with `a_0` from the means of the data
//! (the base rate). Gaussian hidden units have `e^((beta x)^2 / 2)` in place of `1 + e^(beta x)`; Gaussian visible ones keep
//! their factor `e^(-v^2 / 2)` at every beta, so that their variance is 1 all the way; and `ln Z_0` changes accordingly. Forwards `Z_0 mean(w)` is unbiased for `Z`, so that its logarithm is too low on average; a chain that
//! begins at the RBM's own states and cools down to the base rate gives one that is too high. The two together say
//! whether either is to be trusted: a forward estimate alone flatters.
//!
//! A product `v W` does not depend on beta: it serves both neighbours of a step and the next states of the hidden units.

use super::exact::ln_sum_exp;
use super::{Rbm, RbmError, add_products};
use crate::dataset::Dataset;
use crate::parameters::write_vectors;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward, forward};
use laddernet_math::random::{Purpose, permutation};
use laddernet_math::{Precision, Row, Threads, WIDTH, items, panels_of};
use thiserror::Error;

/// How the estimate is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealing {
    /// Chains, each with a weight of its own.
    pub chains: usize,
    /// Inverse temperatures from 0 to 1, ascending.
    pub betas: Vec<f64>,
    /// Gibbs sweeps that take the chains of the way back from rows of the data to states of the RBM.
    pub burn_in: usize,
    /// The seed of the units' states.
    pub seed: u64,
}

impl Default for Annealing {
    /// 100 chains and the 14 501 temperatures of Salakhutdinov and Murray (2008): in thousandths up to 0.5, in ten thousandths
    /// up to 0.9, then in hundred thousandths.
    fn default() -> Self {
        let from = |start: u32, end: u32, per_unit: u32| {
            let steps = u64::from(end - start) * u64::from(per_unit) / 10;
            (0..steps).map(move |i| f64::from(start) / 10.0 + i as f64 / f64::from(per_unit))
        };
        let betas = from(0, 5, 1000).chain(from(5, 9, 10_000)).chain(from(9, 10, 100_000)).chain([1.0]).collect();
        Annealing { chains: 100, betas, burn_in: 1000, seed: 1 }
    }
}

/// An estimate of `ln Z` from one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// `ln Z` in nats.
    pub ln_z: f64,
    /// `ln` of the mean weight three standard errors below and above it; the lower end is minus infinity where three
    /// standard errors reach 0.
    pub three_sigma: (f64, f64),
    /// How many independent chains the weights are worth; far below their number, the estimate is not to be trusted.
    pub effective_chains: f64,
}

/// What both directions say.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealed {
    /// From the base rate to the RBM: too low on average, which flatters the likelihood.
    pub forward: Estimate,
    /// From the RBM to the base rate: too high on average.
    pub reverse: Estimate,
    /// Chains of each.
    pub chains: usize,
}

impl Annealed {
    /// Whether so few chains count that neither number is to be trusted: fewer than a tenth of them, or fewer than two.
    pub fn collapsed(&self) -> bool {
        let few = |e: &Estimate| e.effective_chains < (self.chains as f64 / 10.0).max(2.0);
        few(&self.forward) || few(&self.reverse)
    }

    /// Whether the directions differ by more than three standard errors of both, so that at least one is wrong.
    pub fn disagree(&self) -> bool {
        let (a, b) = (self.forward.three_sigma, self.reverse.three_sigma);
        a.1 < b.0 || b.1 < a.0
    }
}

/// Settings that make no estimate.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AnnealingError {
    /// The data do not fit the RBM.
    #[error(transparent)]
    Data(#[from] RbmError),
    /// A setting.
    #[error("{0}")]
    Settings(String),
}

/// States and inputs of all chains.
struct Chains {
    v: Operand,                 // [chains, visible]
    h: Operand,                 // [chains, hidden]
    hidden_sums: Vec<Vec<f64>>, // of each hidden panel, a sum a chain
}

/// Between which two temperatures a step goes, and its number in the streams of draws.
#[derive(Clone, Copy)]
struct Step {
    here: f64,
    next: f64,
    number: u32,
    purpose: Purpose,
}

impl Rbm {
    /// Estimates `ln Z` in both directions. The base rate is that of `data`, whose rows also begin the way back.
    ///
    /// # Errors
    /// When the data do not fit, or the settings make no estimate.
    pub fn anneal(&self, data: &Dataset, settings: &Annealing, threads: &Threads) -> Result<Annealed, AnnealingError> {
        settings.check()?;
        if data.features() != self.visible() {
            return Err(RbmError::Features { found: data.features(), expected: self.visible() }.into());
        }
        let threads = &threads.in_single_precision();
        let base = self.base_rate(data);
        let (v, h) = (self.visible_units, self.hidden_units);
        let base_bias: f64 =
            base.iter().flat_map(|row| row.0).take(self.visible()).map(|a| v.summed_out(f64::from(a))).sum();
        // Biases of Gaussian units stand in their energies alone too, which the path leaves out.
        let of_biases = v.of_biases(&self.visible_bias.value) + h.of_biases(&self.hidden_bias.value);
        let ln_z0 =
            self.hidden() as f64 * h.ln_of_nothing() + self.visible() as f64 * v.ln_measure() + base_bias - of_biases;
        let n = settings.chains;

        // Forwards: from states of independent units.
        let mut chains = self.chains(n);
        let stream = self.stream(settings, Purpose::Annealing, u32::MAX, 1);
        threads.for_each(chains.v.panels_mut(), |p, mut v| {
            v.fill(Row::ZERO);
            self.visible_units.states(threads.isa(), stream, p, self.visible(), 1.0, &base[p], &mut v);
            v.pack(threads.isa());
        });
        let mut forwards = vec![0.0; n];
        for (k, pair) in settings.betas.windows(2).enumerate() {
            let step = Step { here: pair[0], next: pair[1], number: k as u32, purpose: Purpose::Annealing };
            self.step(threads, settings, &base, &mut chains, step, &mut forwards);
        }

        // Backwards: from rows of the data, after a while of the RBM's own dynamics.
        let mut chains = self.chains(n);
        let order = permutation(settings.seed, Purpose::Annealing, 0, data.rows());
        for p in 0..chains.v.count() {
            for (r, row) in chains.v.values_mut().panel_mut(p).iter_mut().enumerate() {
                data.copy_columns(order[r % order.len()], p * WIDTH, &mut row.0);
            }
        }
        let mut nothing = vec![0.0; n];
        for number in 0..settings.burn_in as u32 {
            let step = Step { here: 1.0, next: 1.0, number, purpose: Purpose::Gibbs };
            self.step(threads, settings, &base, &mut chains, step, &mut nothing);
        }
        let mut backwards = vec![0.0; n];
        for (k, pair) in settings.betas.windows(2).rev().enumerate() {
            // Numbers of their own: the way back shares no draw with the way there.
            let number = (settings.betas.len() + k) as u32;
            let step = Step { here: pair[1], next: pair[0], number, purpose: Purpose::Annealing };
            self.step(threads, settings, &base, &mut chains, step, &mut backwards);
        }
        let forward = estimate(&forwards, ln_z0, 1.0);
        Ok(Annealed { forward, reverse: estimate(&backwards, ln_z0, -1.0), chains: n })
    }

    /// The biases of independent units that are on as often as in the data, a twentieth of the rows counted on and another
    /// off besides: a unit that the data leave certain must not be certain where the chains begin, or a few of them
    /// carry all the weight. Gaussian units have the mean of the data.
    fn base_rate(&self, data: &Dataset) -> Vec<Row> {
        let mut rows = vec![Row::ZERO; panels_of(self.visible())];
        let all: Vec<usize> = (0..data.rows()).collect();
        write_vectors(&self.independent_biases(data, &all, data.rows() as f64 / 20.0), 1, self.visible(), &mut rows);
        rows
    }

    fn chains(&self, n: usize) -> Chains {
        Chains {
            v: Operand::new(Precision::F32, Role::Fixed, n, self.visible()),
            h: Operand::new(Precision::F32, Role::Fixed, n, self.hidden()),
            hidden_sums: vec![vec![0.0; n]; self.hidden().div_ceil(WIDTH)],
        }
    }

    fn stream(&self, settings: &Annealing, purpose: Purpose, step: u32, layer: u16) -> Stream {
        Stream { seed: settings.seed, purpose, step, layer }
    }

    /// Adds `ln p*_next(v) - ln p*_here(v)` to the weights, then one Gibbs sweep at the next temperature.
    #[allow(clippy::too_many_arguments)]
    fn step(
        &self,
        threads: &Threads,
        settings: &Annealing,
        base: &[Row],
        chains: &mut Chains,
        step: Step,
        weights: &mut [f64],
    ) {
        let isa = threads.isa();
        let Chains { v, h, hidden_sums } = chains;
        let at = step.next;
        let (here, next) = (step.here as f32, at as f32);
        let hidden_stream = self.stream(settings, step.purpose, step.number, 0);
        let v_now = &*v;
        threads.for_each((h.panels_mut(), items(hidden_sums)), |j, (mut h, sums)| {
            let bias = &self.hidden_bias.value[j];
            let used = (self.hidden() - j * WIDTH).min(WIDTH);
            forward(isa, v_now, self.weight.weights(), j, &mut h);
            sums.fill(0.0);
            if here != next {
                self.hidden_units.add_summed_out(isa, here, &h, bias, used, sums);
                sums.iter_mut().for_each(|sum| *sum = -*sum);
                self.hidden_units.add_summed_out(isa, next, &h, bias, used, sums);
            }
            let scaled = Row(bias.0.map(|b| at as f32 * b));
            self.hidden_units.states(isa, hidden_stream, j, self.hidden(), at as f32, &scaled, &mut h);
            h.pack(isa);
        });
        if here != next {
            for sums in &*hidden_sums {
                weights.iter_mut().zip(sums).for_each(|(weight, sum)| *weight += sum);
            }
            // ((1 - beta) a_0 + beta a)'v changes by (next - here) (a - a_0)'v.
            add_products(v, &self.visible_bias.value, step.next - step.here, weights);
            add_products(v, base, step.here - step.next, weights);
        }
        let visible_stream = self.stream(settings, step.purpose, step.number, 1);
        let (h_now, tiles) = (&*h, self.weight.tiles());
        threads.for_each(v.panels_mut(), |p, mut v| {
            backward(isa, h_now, tiles.row(p), &mut v);
            let (a, a_0) = (&self.visible_bias.value[p].0, &base[p].0);
            let bias = Row(std::array::from_fn(|c| ((1.0 - at) * f64::from(a_0[c]) + at * f64::from(a[c])) as f32));
            self.visible_units.states(isa, visible_stream, p, self.visible(), at as f32, &bias, &mut v);
            v.pack(isa);
        });
    }
}

impl Annealing {
    fn check(&self) -> Result<(), AnnealingError> {
        let fail = |message: String| Err(AnnealingError::Settings(message));
        if self.chains < 2 {
            return fail(format!("{} chains: expected at least 2, whose weights can be compared", self.chains));
        }
        if self.betas.first() != Some(&0.0) || self.betas.last() != Some(&1.0) {
            return fail("the temperatures do not go from 0 to 1: expected beta 0 first and beta 1 last".into());
        }
        if let Some(i) = self.betas.windows(2).position(|pair| pair[1].is_nan() || pair[1] <= pair[0]) {
            let (a, b) = (self.betas[i], self.betas[i + 1]);
            return fail(format!("temperature {} is {b} after {a}: expected them to ascend", i + 1));
        }
        if u32::try_from(2 * self.betas.len()).is_err() || u32::try_from(self.burn_in).is_err() {
            return fail("there are more temperatures or sweeps than can be numbered: expected fewer than 2^31".into());
        }
        Ok(())
    }
}

/// `sign` 1: `Z = Z_0 mean(w)`; -1: `Z = Z_0 / mean(w)`.
fn estimate(ln_weights: &[f64], ln_z0: f64, sign: f64) -> Estimate {
    let n = ln_weights.len() as f64;
    let ln_mean = ln_sum_exp(ln_weights) - n.ln();
    let relative: Vec<f64> = ln_weights.iter().map(|w| (w - ln_mean).exp()).collect(); // w / mean(w)
    let squares: f64 = relative.iter().map(|w| w * w).sum();
    let variance = relative.iter().map(|w| (w - 1.0).powi(2)).sum::<f64>() / (n - 1.0);
    let three = 3.0 * (variance / n).sqrt();
    let at = |mean: f64| ln_z0 + sign * (ln_mean + mean.ln());
    let (a, b) = (at((1.0 - three).max(0.0)), at(1.0 + three));
    Estimate { ln_z: ln_z0 + sign * ln_mean, three_sigma: (a.min(b), a.max(b)), effective_chains: n * n / squares }
}
