//! Learning by contrast: what the data say of the units, less what the RBM's own states say.
//!
//! ```text
//! d ln P / dW = <v h'>_data - <v h'>_model        (Ackley, Hinton, Sejnowski 1985)
//! ```
//! The RBM's states come from k Gibbs sweeps that begin at the data (contrastive divergence, Hinton 2002) or where the
//! step before ended (persistent chains, Tieleman 2008). A chain stands at its hidden units: a sweep draws the visible ones,
//! then the hidden ones again, whose last probabilities are also what the statistics take, so that k sweeps and the data take
//! 2 k + 1 products. With offsets `mu` and `lambda`, moving averages of the units'
//! means, it is the gradient of the centred RBM (Melchior, Fischer, Wiskott 2016):
//!
//! ```text
//! E = -(v - mu)'W(h - lambda) - a_c'v - b_c'h           a = a_c - W lambda           b = b_c - W'mu
//! gW = <(v - mu)(h - lambda)'>_data - <...>_model     ga_c = <v>_data - <v>_model     gb_c likewise
//! ```
//! A step changes `W`, `a_c` and `b_c`; the plain biases, which everything else reads, follow. So any optimiser may take the
//! step, and offsets may move between steps without changing the RBM's distribution.
//!
//! Data and RBM stand below each other as rows: `gW = A'D` with `A = v - mu` and `D = +-(h - lambda) / n`, one product.
//!
//! Gradients are those of a cost, of minus the log-likelihood. Statistics take probabilities of the hidden units, their
//! states drive the chain (Hinton 2010, section 3).

use super::{Binarise, Contrast, ContrastBuffers, Rbm, Sparsity};
use crate::models::step::Product;
use crate::optimiser::Update;
use crate::parameters::matrix_backward;
use laddernet_math::bernoulli::{add_weighted_rows, centre, draw};
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward, forward};
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Panels, Precision, Row, Threads, WIDTH, groups, items};

/// Rows of a batch that are reconstructed, to see how well.
const RECONSTRUCTED: usize = 16;

/// Layers of a step's streams of draws; from `SWEEPS` on two a sweep, the hidden units' first.
const DATA: u16 = 0;
const BEGINNING: u16 = 1;
const SWEEPS: u16 = 2;

impl Contrast {
    /// The products of a step on so many rows.
    pub(crate) fn product(&self, visible: usize, hidden: usize, rows: usize) -> Product {
        let chains = self.chains(rows);
        let swept = usize::from(self.sweeps.max(1)) * chains;
        let (up, down) = (rows + swept, rows.min(RECONSTRUCTED) + swept);
        Product { inputs: visible, outputs: hidden, up, down, gradient: rows + chains }
    }
}

impl Rbm {
    /// What the rows of a batch `x`, which count alike, and the RBM's own states say of the units; `seed` and `step`
    /// name the random numbers. Gives the squared error of a row that is reconstructed from its hidden units' probabilities, the mean of
    /// the batch's first rows: all would cost a product more.
    ///
    /// # Panics
    /// When the batch has more rows than the buffers, or none.
    pub fn contrast(
        &self,
        threads: &Threads,
        buffers: &mut ContrastBuffers,
        x: &Panels,
        settings: &Contrast,
        seed: u64,
        step: u32,
    ) -> f64 {
        let (isa, rows) = (threads.isa(), x.rows());
        assert!((1..=buffers.most_rows).contains(&rows), "{rows} rows in buffers for {}", buffers.most_rows);
        let chains = settings.chains(rows);
        let (visible, hidden) = (self.visible(), self.hidden());
        let stream = |layer| Stream { seed, purpose: Purpose::Contrast, step, layer };
        let ContrastBuffers { v, h, a, d, chains: persistent, mu, lambda, q, begun, of_data, diverged, .. } = buffers;
        *of_data = rows;
        a.set_rows(rows + chains);
        d.set_rows(rows + chains);

        // The data, and the offsets.
        v.set_rows(rows);
        threads.for_each(v.panels_mut(), |p, mut v| {
            v.copy_from_slice(x.panel(p));
            match settings.binarise {
                Binarise::Stochastic => draw(isa, stream(DATA), p, visible, &mut v),
                Binarise::Threshold => v.iter_mut().flat_map(|r| &mut r.0).for_each(|x| *x = f32::from(*x > 0.5)),
                Binarise::None => {}
            }
            v.pack(isa);
        });
        self.tell(threads, v, a, d, 0);
        let error = self.reconstruct(threads, v, h, d);
        // Nothing is known before the first step: its means are the running ones.
        let share = |share: f32| if *begun { share } else { 1.0 };
        if let Some(offset_share) = settings.offset_share {
            move_towards(isa, mu, a, rows, share(offset_share));
            move_towards(isa, lambda, d, rows, share(offset_share));
        }
        if let Some((q, sparsity)) = q.as_mut().zip(settings.sparsity) {
            move_towards(isa, q, d, rows, share(1.0 - sparsity.decay));
        }

        // The RBM: Gibbs sweeps from where its chains stand.
        v.set_rows(chains);
        h.set_rows(chains);
        let ends = persistent.as_ref();
        threads.for_each(h.panels_mut(), |j, mut h| {
            match ends {
                Some(ends) if *begun => h.copy_from_slice(ends.panel(j)),
                Some(_) => self.hidden_units.states_of_nothing(isa, stream(BEGINNING), j, hidden, &mut h),
                None => {
                    h.copy_from_slice(&d.panel(j)[..rows]);
                    self.hidden_units.states_of_means(isa, stream(BEGINNING), j, hidden, &mut h);
                }
            }
            h.pack(isa);
        });
        let sweeps = settings.sweeps.max(1);
        let hidden_stream = |sweep: u16| stream(SWEEPS + 2 * sweep + 1);
        for sweep in 0..sweeps {
            self.draw_visible(threads, h, v, stream(SWEEPS + 2 * sweep), |_, _| ());
            if sweep + 1 < sweeps {
                self.draw_hidden(threads, v, h, hidden_stream(sweep));
            }
        }
        self.tell(threads, v, a, d, rows);
        if let Some(persistent) = persistent {
            threads.for_each(persistent.panels_mut(), |j, chains| {
                chains.copy_from_slice(&d.panel(j)[rows..]);
                self.hidden_units.states_of_means(isa, hidden_stream(sweeps - 1), j, hidden, chains);
            });
        }
        *begun = true;

        // A = v - mu, D = +-(h - lambda) / n, and what the biases need of them.
        let per_row = |r: usize| per_row(r, rows, rows + chains);
        let mut finite = [vec![None; a.count()], vec![None; d.count()]];
        let [finite_a, finite_d] = &mut finite;
        threads.for_each((a.panels_mut(), items(finite_a)), |p, (mut a, finite)| {
            *finite = not_finite(&a);
            centre(isa, 1.0, &mu[p], &mut a);
            a.pack(isa);
        });
        threads.for_each((d.panels_mut(), items(finite_d)), |j, (mut d, finite)| {
            *finite = not_finite(&d);
            // With the penalty's gradient, the same for each row: -(h - lambda - strength (q - target)) / n.
            let mut of_data = lambda[j];
            if let Some((q, Sparsity { target, strength, .. })) = q.as_ref().zip(settings.sparsity) {
                let used = (hidden - j * WIDTH).min(WIDTH);
                (0..used).for_each(|c| of_data.0[c] += strength * (q[j].0[c] - target));
            }
            centre(isa, per_row(0), &of_data, &mut d[..rows]);
            centre(isa, per_row(rows), &lambda[j], &mut d[rows..]);
            d.pack(isa);
        });
        let first = |found: &[Option<f32>]| found.iter().find_map(|x| *x);
        *diverged = first(&finite[0])
            .map(|x| (0, "a visible unit", x))
            .or(first(&finite[1]).map(|x| (1, "the mean of a hidden unit", x)));
        error
    }

    /// The gradients after [`Rbm::contrast`] of the same batch, for `update`.
    pub fn gradients(&mut self, threads: &Threads, buffers: &ContrastBuffers, settings: &Contrast, update: Update) {
        let ContrastBuffers { a, d, mu, lambda, of_data: rows, .. } = buffers;
        let (isa, total) = (threads.isa(), a.rows());
        let through_before = self.through(threads, mu, lambda);
        let Rbm { weight, visible_bias, hidden_bias, .. } = self;
        let weights = [(0..total).map(|r| per_row(r, *rows, total)).collect(), vec![1.0; total]];
        for ((bias, of), weights) in [(visible_bias, a), (hidden_bias, d)].into_iter().zip(&weights) {
            threads.for_each(items(&mut bias.gradient), |p, gradient| {
                *gradient = Row::ZERO;
                add_weighted_rows(isa, of.panel(p), weights, gradient);
            });
            bias.update(isa, update);
        }
        matrix_backward(threads, weight, a, d, update, groups::<Row>(&mut [], 0), |_, _, _| ());
        if settings.offset_share.is_some() && update != Update::Keep {
            let through_after = self.through(threads, mu, lambda);
            let Rbm { visible_bias, hidden_bias, .. } = self;
            let biases = [&mut visible_bias.value, &mut hidden_bias.value];
            for (bias, (before, after)) in biases.into_iter().zip(through_before.iter().zip(&through_after)) {
                for (bias, (before, after)) in bias.iter_mut().zip(before.iter().zip(after)) {
                    (0..WIDTH).for_each(|c| bias.0[c] += before.0[c] - after.0[c]);
                }
            }
        }
    }

    /// `W lambda` and `W'mu`, in single precision: their small changes go into the biases.
    fn through(&self, threads: &Threads, mu: &[Row], lambda: &[Row]) -> [Vec<Row>; 2] {
        let isa = threads.isa().in_single_precision();
        let operand = |offset: &[Row], units| {
            let mut one = Operand::new(Precision::F32, Role::Fixed, 1, units);
            (0..one.count()).for_each(|p| one.values_mut().panel_mut(p)[0] = offset[p]);
            one
        };
        let (mu, lambda) = (operand(mu, self.visible()), operand(lambda, self.hidden()));
        let (mut visible, mut hidden) = (vec![Row::ZERO; mu.count()], vec![Row::ZERO; lambda.count()]);
        let tiles = self.weight.tiles();
        threads.for_each(groups(&mut visible, 1), |p, out| backward(isa, &lambda, tiles.row(p), out));
        threads.for_each(groups(&mut hidden, 1), |j, out| forward(isa, &mu, self.weight.weights(), j, out));
        [visible, hidden]
    }

    /// What the states `v` say of the units: themselves, and the probabilities of the hidden ones, from row `first` on.
    fn tell(&self, threads: &Threads, v: &Operand, a: &mut Operand, d: &mut Operand, first: usize) {
        let (isa, rows) = (threads.isa(), first..first + v.rows());
        threads.for_each(a.values_mut().panels_mut(), |p, a| a[rows.clone()].copy_from_slice(v.panel(p)));
        threads.for_each(d.values_mut().panels_mut(), |j, d| {
            let d = &mut d[rows.clone()];
            forward(isa, v, self.weight.weights(), j, d);
            self.hidden_units.means(isa, &self.hidden_bias.value[j], self.hidden() - j * WIDTH, d);
        });
    }

    /// The mean squared error of the first rows of the data `v`, reconstructed from the probabilities `d` of their hidden units.
    fn reconstruct(&self, threads: &Threads, v: &Operand, h: &mut Operand, d: &Operand) -> f64 {
        let (isa, rows) = (threads.isa(), v.rows().min(RECONSTRUCTED));
        h.set_rows(rows);
        threads.for_each(h.panels_mut(), |j, mut h| {
            h.copy_from_slice(&d.panel(j)[..rows]);
            h.pack(isa);
        });
        let (h, tiles) = (&*h, self.weight.tiles());
        let mut sums = vec![0.0; v.count()];
        threads.for_each(items(&mut sums), |p, sum| {
            let mut reconstructed = [Row::ZERO; RECONSTRUCTED];
            let reconstructed = &mut reconstructed[..rows];
            backward(isa, h, tiles.row(p), reconstructed);
            self.visible_units.means(isa, &self.visible_bias.value[p], self.visible() - p * WIDTH, reconstructed);
            let pairs = v.panel(p).iter().zip(reconstructed).flat_map(|(v, r)| v.0.into_iter().zip(r.0));
            *sum = pairs.map(|(v, r)| f64::from(v - r).powi(2)).sum();
        });
        sums.into_iter().sum::<f64>() / rows as f64
    }

    /// States of the hidden units given those of the visible ones.
    pub(super) fn draw_hidden(&self, threads: &Threads, v: &Operand, h: &mut Operand, stream: Stream) {
        let isa = threads.isa();
        threads.for_each(h.panels_mut(), |j, mut h| {
            forward(isa, v, self.weight.weights(), j, &mut h);
            self.hidden_units.states(isa, stream, j, self.hidden(), 1.0, &self.hidden_bias.value[j], &mut h);
            h.pack(isa);
        });
    }

    /// States of the visible units given those of the hidden ones; each panel goes through `last`.
    pub(super) fn draw_visible(
        &self,
        threads: &Threads,
        h: &Operand,
        v: &mut Operand,
        stream: Stream,
        last: impl Fn(usize, &mut [Row]) + Sync,
    ) {
        let (isa, tiles) = (threads.isa(), self.weight.tiles());
        threads.for_each(v.panels_mut(), |p, mut v| {
            backward(isa, h, tiles.row(p), &mut v);
            self.visible_units.states(isa, stream, p, self.visible(), 1.0, &self.visible_bias.value[p], &mut v);
            last(p, &mut v);
            v.pack(isa);
        });
    }
}

/// The share of row `r` of `total` in a gradient, of which the first `of_data` are the data's.
fn per_row(r: usize, of_data: usize, total: usize) -> f32 {
    if r < of_data { -1.0 / of_data as f32 } else { 1.0 / (total - of_data) as f32 }
}

/// A value that is not finite, if there is one: `0 x` is 0 for all others.
fn not_finite(rows: &[Row]) -> Option<f32> {
    let mut zeros = Row::ZERO;
    rows.iter().for_each(|row| zeros.0.iter_mut().zip(&row.0).for_each(|(zero, x)| *zero += 0.0 * x));
    let found = zeros.0.iter().any(|zero| zero.is_nan());
    found.then(|| rows.iter().flat_map(|row| row.0).find(|x| !x.is_finite())).flatten()
}

/// Moves running means towards those of the first `rows` rows.
fn move_towards(isa: Isa, offset: &mut [Row], units: &Panels, rows: usize, share: f32) {
    let weights = vec![share / rows as f32; rows];
    for (p, offset) in offset.iter_mut().enumerate() {
        offset.0.iter_mut().for_each(|x| *x *= 1.0 - share);
        add_weighted_rows(isa, &units.panel(p)[..rows], &weights, offset);
    }
}
