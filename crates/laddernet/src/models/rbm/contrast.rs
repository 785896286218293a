//! Learning by contrast: what the data say of the units, less what the machine's own states say.
//!
//! ```text
//! d ln P / dW = <v h'>_data - <v h'>_machine        (Ackley, Hinton, Sejnowski 1985)
//! ```
//! The machine's states come from k Gibbs sweeps that begin at the data (contrastive divergence, Hinton 2002) or where the
//! step before ended (persistent chains, Tieleman 2008). With offsets `mu` and `lambda`, moving averages of the units'
//! means, it is the gradient of the centred machine (Melchior, Fischer, Wiskott 2016):
//!
//! ```text
//! E = -(v - mu)'W(h - lambda) - a_c'v - b_c'h           a = a_c - W lambda           b = b_c - W'mu
//! gW = <(v - mu)(h - lambda)'>_data - <...>_machine     ga_c = <v>_data - <v>_machine     gb_c likewise
//! ```
//! A step changes `W`, `a_c` and `b_c`; the plain biases, which everything else reads, follow. So any optimiser may take the
//! step, and offsets may move between steps without changing what the machine believes.
//!
//! Data and machine stand below each other as rows: `gW = A'D` with `A = v - mu` and `D = +-(h - lambda) / n`, one product.
//!
//! Gradients are those of a cost, of minus the log-likelihood. Statistics take probabilities of the hidden units, their
//! states drive the chain (Hinton 2010, section 3).

use super::{Binarise, Rbm};
use crate::models::Tensor;
use crate::optimiser::Update;
use crate::parameters::{matrix_backward, read_vectors, write_vectors};
use laddernet_math::bernoulli::{add_weighted_rows, centre, draw, logistic};
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward, forward};
use laddernet_math::random::Purpose;
use laddernet_math::{Isa, Panels, Precision, Row, Threads, WIDTH, groups, items, panels_of};

/// Where the Gibbs chains of a step begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// At the rows of the batch.
    Data,
    /// Where the step before ended: so many chains, at first at independent coins.
    Persistent(usize),
}

/// How a machine learns.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Gibbs sweeps a step, `k` of CD-k and PCD-k; at least 1.
    pub sweeps: u16,
    /// Where they begin.
    pub chain: Chain,
    /// Share of a step in the moving averages that are the offsets; none for the plain gradient.
    pub offset_share: Option<f32>,
    /// What becomes of the data.
    pub binarise: Binarise,
}

impl Default for Contrast {
    fn default() -> Self {
        Contrast { sweeps: 1, chain: Chain::Persistent(100), offset_share: Some(0.01), binarise: Binarise::Stochastic }
    }
}

/// All that a step writes to, and the state of learning besides parameters and moments: chains and offsets.
pub struct ContrastBuffers {
    v: Operand,             // states [rows or chains, visible]
    h: Operand,             // states [rows or chains, hidden]
    a: Operand,             // [rows + chains, visible], data above
    d: Operand,             // [rows + chains, hidden]
    chains: Option<Panels>, // persistent [chains, visible]
    mu: Vec<Row>,
    lambda: Vec<Row>,
    /// Whether chains and offsets are those of an earlier step.
    begun: bool,
    /// Rows of the data in `a` and `d`.
    of_data: usize,
    most_rows: usize,
}

impl Contrast {
    fn chains(&self, rows: usize) -> usize {
        match self.chain {
            Chain::Data => rows,
            Chain::Persistent(chains) => chains,
        }
    }

    /// Buffers for batches of at most `rows` rows.
    pub fn buffers(&self, rbm: &Rbm, rows: usize, precision: Precision) -> ContrastBuffers {
        let (chains, visible, hidden) = (self.chains(rows), rbm.visible(), rbm.hidden());
        ContrastBuffers {
            v: Operand::new(precision, Role::Fixed, rows.max(chains), visible),
            h: Operand::new(precision, Role::Fixed, rows.max(chains), hidden),
            a: Operand::new(precision, Role::Input, rows + chains, visible),
            d: Operand::new(precision, Role::Gradient, rows + chains, hidden),
            chains: matches!(self.chain, Chain::Persistent(_)).then(|| Panels::new(chains, visible)),
            mu: vec![Row::ZERO; panels_of(visible)],
            lambda: vec![Row::ZERO; panels_of(hidden)],
            begun: false,
            of_data: 0,
            most_rows: rows,
        }
    }
}

impl ContrastBuffers {
    /// The ends of the persistent chains and the offsets: what a training needs to go on with.
    pub(super) fn state(&self) -> Vec<Tensor> {
        let mut state = Vec::new();
        if let Some(chains) = &self.chains {
            let columns = chains.columns();
            let mut values = vec![0.0; chains.rows() * columns];
            values.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| chains.read_row(r, row));
            state.push(Tensor { path: "chains".into(), shape: vec![chains.rows(), columns], values });
        }
        let offsets =
            [("visible_offset", &self.mu, self.v.columns()), ("hidden_offset", &self.lambda, self.h.columns())];
        state.extend(offsets.map(|(path, offset, units)| Tensor {
            path: path.into(),
            shape: vec![units],
            values: read_vectors(offset, 1, units),
        }));
        state
    }

    /// Takes up what [`ContrastBuffers::state`] gave.
    pub(super) fn go_on(&mut self, state: Vec<Tensor>) {
        let mut state = state.into_iter().map(|t| t.values);
        let mut next = || state.next().expect("as many tensors as were given");
        if let Some(chains) = &mut self.chains {
            let columns = chains.columns();
            next().chunks_exact(columns).enumerate().for_each(|(r, row)| chains.set_row(r, row));
        }
        write_vectors(&next(), 1, self.v.columns(), &mut self.mu);
        write_vectors(&next(), 1, self.h.columns(), &mut self.lambda);
        self.begun = true;
    }
}

/// Rows of a batch that are rebuilt, to see how well.
const REBUILT: usize = 16;

/// Layers of a step's streams of draws; from `SWEEPS` on two a sweep, the hidden units' first.
const DATA: u16 = 0;
const BEGINNING: u16 = 1;
const SWEEPS: u16 = 2;

impl Rbm {
    /// What the rows of a batch `x`, which count alike, and the machine's own states say of the units; `seed` and `step`
    /// name the draws. Gives the squared error of a row that is rebuilt from its hidden units' probabilities, the mean of
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
        let (chains, columns) = (settings.chains(rows), self.visible());
        let stream = |layer| Stream { seed, purpose: Purpose::Contrast, step, layer };
        let ContrastBuffers { v, h, a, d, chains: persistent, mu, lambda, begun, of_data, .. } = buffers;
        *of_data = rows;
        a.set_rows(rows + chains);
        d.set_rows(rows + chains);

        // The data, and the offsets.
        v.set_rows(rows);
        threads.for_each(v.panels_mut(), |p, mut v| {
            v.copy_from_slice(x.panel(p));
            match settings.binarise {
                Binarise::Stochastic => draw(isa, stream(DATA), p, columns, &mut v),
                Binarise::Threshold => v.iter_mut().flat_map(|r| &mut r.0).for_each(|x| *x = f32::from(*x > 0.5)),
                Binarise::None => {}
            }
            v.pack(isa);
        });
        self.tell(threads, v, a, d, 0);
        let error = self.rebuild(threads, v, h, d);
        if let Some(share) = settings.offset_share {
            // Nothing is known before the first step: its means are the offsets.
            let share = if *begun { share } else { 1.0 };
            for (offset, units) in [(&mut *mu, &*a), (&mut *lambda, &*d)] {
                move_towards(isa, offset, units, rows, share);
            }
        }

        // The machine: Gibbs sweeps from where its chains stand.
        if let Some(persistent) = persistent {
            v.set_rows(chains);
            threads.for_each((v.panels_mut(), persistent.panels_mut()), |p, (mut v, chain)| {
                if !*begun {
                    chain.fill(Row([0.5; WIDTH]));
                    draw(isa, stream(BEGINNING), p, columns, chain);
                }
                v.copy_from_slice(chain);
                v.pack(isa);
            });
        }
        h.set_rows(chains);
        for sweep in 0..settings.sweeps.max(1) {
            self.sweep(threads, v, h, [0, 1].map(|side| stream(SWEEPS + 2 * sweep + side)), |_, _| ());
        }
        if let Some(persistent) = persistent {
            (0..persistent.count()).for_each(|p| persistent.panel_mut(p).copy_from_slice(v.panel(p)));
        }
        *begun = true;
        self.tell(threads, v, a, d, rows);

        // A = v - mu, D = +-(h - lambda) / n, and what the biases need of them.
        let per_row = |r: usize| per_row(r, rows, rows + chains);
        threads.for_each(a.panels_mut(), |p, mut a| {
            centre(isa, 1.0, &mu[p], &mut a);
            a.pack(isa);
        });
        threads.for_each(d.panels_mut(), |j, mut d| {
            centre(isa, per_row(0), &lambda[j], &mut d[..rows]);
            centre(isa, per_row(rows), &lambda[j], &mut d[rows..]);
            d.pack(isa);
        });
        error
    }

    /// The gradients after [`Rbm::contrast`] of the same batch, for `update`.
    pub fn gradients(&mut self, threads: &Threads, buffers: &ContrastBuffers, settings: &Contrast, update: Update) {
        let ContrastBuffers { a, d, mu, lambda, of_data: rows, .. } = buffers;
        let (isa, total) = (threads.isa(), a.rows());
        let through_before = self.through(threads, mu, lambda);
        let Rbm { weight, visible_bias, hidden_bias } = self;
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
            logistic(isa, 1.0, &self.hidden_bias.value[j], self.hidden() - j * WIDTH, d);
        });
    }

    /// The mean squared error of the first rows of the data `v`, rebuilt from the probabilities `d` of their hidden units.
    fn rebuild(&self, threads: &Threads, v: &Operand, h: &mut Operand, d: &Operand) -> f64 {
        let (isa, rows) = (threads.isa(), v.rows().min(REBUILT));
        h.set_rows(rows);
        threads.for_each(h.panels_mut(), |j, mut h| {
            h.copy_from_slice(&d.panel(j)[..rows]);
            h.pack(isa);
        });
        let (h, tiles) = (&*h, self.weight.tiles());
        let mut sums = vec![0.0; v.count()];
        threads.for_each(items(&mut sums), |p, sum| {
            let mut rebuilt = [Row::ZERO; REBUILT];
            let rebuilt = &mut rebuilt[..rows];
            backward(isa, h, tiles.row(p), rebuilt);
            logistic(isa, 1.0, &self.visible_bias.value[p], self.visible() - p * WIDTH, rebuilt);
            let pairs = v.panel(p).iter().zip(rebuilt).flat_map(|(v, rebuilt)| v.0.into_iter().zip(rebuilt.0));
            *sum = pairs.map(|(v, rebuilt)| f64::from(v - rebuilt).powi(2)).sum();
        });
        sums.into_iter().sum::<f64>() / rows as f64
    }

    /// One Gibbs sweep: `h` given `v`, then `v` given `h`, each panel of which goes through `last`.
    pub(super) fn sweep(
        &self,
        threads: &Threads,
        v: &mut Operand,
        h: &mut Operand,
        [hidden, visible]: [Stream; 2],
        last: impl Fn(usize, &mut [Row]) + Sync,
    ) {
        let isa = threads.isa();
        threads.for_each(h.panels_mut(), |j, mut h| {
            forward(isa, v, self.weight.weights(), j, &mut h);
            logistic(isa, 1.0, &self.hidden_bias.value[j], WIDTH, &mut h);
            draw(isa, hidden, j, self.hidden(), &mut h);
            h.pack(isa);
        });
        let tiles = self.weight.tiles();
        threads.for_each(v.panels_mut(), |p, mut v| {
            backward(isa, h, tiles.row(p), &mut v);
            logistic(isa, 1.0, &self.visible_bias.value[p], WIDTH, &mut v);
            draw(isa, visible, p, self.visible(), &mut v);
            last(p, &mut v);
            v.pack(isa);
        });
    }
}

/// The share of row `r` of `total` in a gradient, of which the first `of_data` are the data's.
fn per_row(r: usize, of_data: usize, total: usize) -> f32 {
    if r < of_data { -1.0 / of_data as f32 } else { 1.0 / (total - of_data) as f32 }
}

/// Moves the offsets towards the means of the first `rows` rows.
fn move_towards(isa: Isa, offset: &mut [Row], units: &Panels, rows: usize, share: f32) {
    let weights = vec![share / rows as f32; rows];
    for (p, offset) in offset.iter_mut().enumerate() {
        offset.0.iter_mut().for_each(|x| *x *= 1.0 - share);
        add_weighted_rows(isa, &units.panel(p)[..rows], &weights, offset);
    }
}
