//! Samples of an RBM: Gibbs chains, free or with some visible units held.

use super::{Rbm, RbmError, Units};
use crate::models::trained::Start;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role, backward};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH};

/// Layers of the draws: where chains begin, then the two of a sweep, each sweep a step.
const BEGINNING: u16 = 0;
const SWEEPS: u16 = 1;

impl Rbm {
    /// What the visible units are likely to be after `sweeps` Gibbs sweeps, at least one: the last that [`Rbm::walk`] says.
    ///
    /// # Errors
    /// As there.
    pub fn sample(
        &self,
        start: Start<'_>,
        sweeps: u16,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
    ) -> Result<Vec<f32>, RbmError> {
        let mut last = Vec::new();
        let sweeps = u32::from(sweeps.max(1));
        self.walk(start, sweeps, sweeps, held, seed, threads, &mut |likely| last = likely.to_vec())?;
        Ok(last)
    }

    /// Gibbs chains of so many sweeps. After each `every` of them, `on_states` is given what the visible units are likely to be: for
    /// each chain the probability of each unit given the last states of the hidden ones, of Gaussian units the mean,
    /// row-major `[chains, visible]`. Products are f32.
    ///
    /// Units that `held` names (one entry a visible unit) keep their values, so that the others are drawn given them: parts of
    /// a picture are inpainted. Held grey values stay grey.
    ///
    /// # Errors
    /// When rows have another length than there are visible units, or `held` has.
    ///
    /// # Panics
    /// When `every` is 0.
    #[allow(clippy::too_many_arguments)] // A walk is all of these, and no two belong together.
    pub fn walk(
        &self,
        start: Start<'_>,
        sweeps: u32,
        every: u32,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
        on_states: &mut dyn FnMut(&[f32]),
    ) -> Result<(), RbmError> {
        let columns = self.visible();
        let chains = match start {
            Start::Random(chains) => chains,
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
            match start {
                Start::Random(_) => {
                    self.visible_units.states_of_nothing(isa, stream(BEGINNING, 0), p, columns, &mut v);
                    given.copy_from_slice(&v);
                }
                Start::Rows(data) => {
                    v.iter_mut().enumerate().for_each(|(r, row)| data.copy_columns(r, p * WIDTH, &mut row.0));
                    given.copy_from_slice(&v);
                    if self.visible_units == Units::Bernoulli {
                        self.visible_units.states_of_means(isa, stream(BEGINNING, 0), p, columns, &mut v);
                    }
                    keep(given, &mut v, |c| is_held(p * WIDTH + c));
                }
            }
            v.pack(isa);
        });
        let given = &given;
        let keep_held = |p: usize, x: &mut [Row]| keep(given.panel(p), x, |c| is_held(p * WIDTH + c));
        let (tiles, mut likely) = (self.weight.tiles(), vec![0.0; chains * columns]);
        let mut probabilities = Panels::new(chains, columns);
        for sweep in 0..sweeps {
            let stream = |side| stream(SWEEPS + side, sweep);
            self.draw_hidden(threads, &v, &mut h, stream(0));
            self.draw_visible(threads, &h, &mut v, stream(1), keep_held);
            if (sweep + 1) % every == 0 {
                let h = &h;
                threads.for_each(probabilities.panels_mut(), |p, out| {
                    backward(isa, h, tiles.row(p), out);
                    self.visible_units.means(isa, &self.visible_bias.value[p], (columns - p * WIDTH).min(WIDTH), out);
                    keep_held(p, out);
                });
                likely.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| probabilities.read_row(r, row));
                on_states(&likely);
            }
        }
        Ok(())
    }
}

/// Puts the given values back where a column is held.
fn keep(given: &[Row], x: &mut [Row], is_held: impl Fn(usize) -> bool) {
    for c in (0..WIDTH).filter(|&c| is_held(c)) {
        x.iter_mut().zip(given).for_each(|(x, given)| x.0[c] = given.0[c]);
    }
}
