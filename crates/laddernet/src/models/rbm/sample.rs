//! Samples of a machine: Gibbs chains, free or with some visible units held.

use super::{Rbm, RbmError};
use crate::dataset::Dataset;
use laddernet_math::bernoulli::{draw, logistic};
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH};

/// Where chains begin.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// So many chains at independent coins.
    Coins(usize),
    /// A chain at each row; a value between 0 and 1 is the probability of its unit.
    Rows(&'a Dataset),
}

/// Layers of the draws: where chains begin, then the two of a sweep, each sweep a step.
const BEGINNING: u16 = 0;
const SWEEPS: u16 = 1;

impl Rbm {
    /// What the visible units are likely to be after `sweeps` Gibbs sweeps, at least one: for each chain the probability of
    /// each unit given the last states of the hidden ones, row-major `[chains, visible]`. Products are f32.
    ///
    /// Units that `held` names (one entry a visible unit) keep their values, so that the others are drawn given them: parts of
    /// a picture are painted in. Held grey values stay grey.
    ///
    /// # Errors
    /// When rows have another length than there are visible units, or `held` has.
    pub fn sample(
        &self,
        start: Start<'_>,
        sweeps: u16,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
    ) -> Result<Vec<f32>, RbmError> {
        let columns = self.visible();
        let chains = match start {
            Start::Coins(chains) => chains,
            Start::Rows(data) => {
                self.check_features(data)?;
                data.rows()
            }
        };
        if let Some(found) = held.map(<[bool]>::len).filter(|&found| found != columns) {
            return Err(RbmError::Count { what: "held units", found, expected: columns });
        }
        let threads = &threads.in_single_precision();
        let isa = threads.isa();
        let stream = |layer, step| Stream { seed, purpose: Purpose::Gibbs, step, layer };
        let mut v = Operand::new(Precision::F32, Role::Fixed, chains, columns);
        let mut h = Operand::new(Precision::F32, Role::Fixed, chains, self.hidden());
        let mut given = Panels::new(chains, columns);
        let is_held = |c: usize| held.is_some_and(|held| held.get(c) == Some(&true));
        threads.for_each((v.panels_mut(), given.panels_mut()), |p, (mut v, given)| {
            for (r, row) in v.iter_mut().enumerate() {
                match start {
                    Start::Coins(_) => row.0 = [0.5; WIDTH],
                    Start::Rows(data) => data.copy_columns(r, p * WIDTH, &mut row.0),
                }
            }
            given.copy_from_slice(&v);
            draw(isa, stream(BEGINNING, 0), p, columns, &mut v);
            match start {
                Start::Coins(_) => given.copy_from_slice(&v),
                Start::Rows(_) => keep(given, &mut v, |c| is_held(p * WIDTH + c)),
            }
            v.pack(isa);
        });
        let given = &given;
        let keep_held = |p: usize, x: &mut [Row]| keep(given.panel(p), x, |c| is_held(p * WIDTH + c));
        for sweep in 0..sweeps.max(1) {
            let streams = [0, 1].map(|side| stream(SWEEPS + side, u32::from(sweep)));
            self.sweep(threads, &mut v, &mut h, streams, keep_held);
        }
        let (h, tiles) = (&h, self.weight.tiles());
        let mut probabilities = Panels::new(chains, columns);
        threads.for_each(probabilities.panels_mut(), |p, out| {
            backward(isa, h, tiles.row(p), out);
            logistic(isa, 1.0, &self.visible_bias.value[p], (columns - p * WIDTH).min(WIDTH), out);
            keep_held(p, out);
        });
        let mut out = vec![0.0; chains * columns];
        out.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| probabilities.read_row(r, row));
        Ok(out)
    }
}

/// Puts the given values back where a column is held.
fn keep(given: &[Row], x: &mut [Row], is_held: impl Fn(usize) -> bool) {
    for c in (0..WIDTH).filter(|&c| is_held(c)) {
        x.iter_mut().zip(given).for_each(|(x, given)| x.0[c] = given.0[c]);
    }
}
