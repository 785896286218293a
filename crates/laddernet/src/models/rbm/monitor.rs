//! What can be known of an RBM without `ln Z`: the codes of rows, idle units, and the pseudo-likelihood.

use super::units::softplus;
use super::{Rbm, RbmError, Units};
use crate::dataset::Dataset;
use crate::models::dense::{self, rows_of};
use laddernet_math::activation::linear;
use laddernet_math::bernoulli::add_softplus;
use laddernet_math::operand::{Operand, Role, backward, forward};
use laddernet_math::{Isa, Precision, Row, Threads, WIDTH, groups};

/// Rows that one task works on.
const BLOCK: usize = 60;

/// A hidden unit whose mean is this near 0 over all rows is off, one this near 1 is on, whatever it sees.
const IDLE: f64 = 0.01;

/// Hidden units that tell rows apart hardly, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleUnits {
    /// Off for nearly every row: their mean probability is below 0.01. Gaussian units: nearly the same for every row, with a
    /// standard deviation below 0.01.
    pub dead: Vec<usize>,
    /// On for nearly every row: above 0.99. Gaussian units never are.
    pub saturated: Vec<usize>,
}

impl Rbm {
    /// The code of each row, the probabilities of its hidden units, or the means of Gaussian ones: row-major `[rows, hidden]`. Products are f32; a row's bits
    /// do not depend on its neighbours.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn codes(&self, data: &Dataset, threads: &Threads) -> Result<Vec<f32>, RbmError> {
        self.check_features(data)?;
        Ok(dense::codes(&self.weight, &self.hidden_bias, self.hidden_units.activation(), data, threads))
    }

    /// What visible units are likely to be given hidden ones, the rows of `hidden`: row-major `[rows, visible]`, probabilities or,
    /// of Gaussian units, means. Of codes it gives the reconstructed rows. Products are f32; a row's bits do not depend on its
    /// neighbours.
    ///
    /// # Errors
    /// When rows have another length than there are hidden units.
    pub fn visible_means(&self, hidden: &Dataset, threads: &Threads) -> Result<Vec<f32>, RbmError> {
        if hidden.features() != self.hidden() {
            let (found, expected) = (hidden.features(), self.hidden());
            return Err(RbmError::Count { what: "hidden units", found, expected });
        }
        let (isa, columns) = (threads.isa().in_single_precision(), self.visible());
        let mut out = vec![0.0; hidden.rows() * columns];
        threads.for_each(groups(&mut out, BLOCK * columns), |block, out| {
            let h = rows_of(hidden, block * BLOCK, out.len() / columns);
            let mut v = vec![Row::ZERO; h.rows()];
            for p in 0..columns.div_ceil(WIDTH) {
                let used = (columns - p * WIDTH).min(WIDTH);
                backward(isa, &h, self.weight.tiles().row(p), &mut v);
                self.visible_units.means(isa, &self.visible_bias.value[p], used, &mut v);
                for (out, v) in out.chunks_exact_mut(columns).zip(&v) {
                    out[p * WIDTH..][..used].copy_from_slice(&v.0[..used]);
                }
            }
        });
        Ok(out)
    }

    /// The hidden units that these rows move hardly.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn idle_units(&self, data: &Dataset, threads: &Threads) -> Result<IdleUnits, RbmError> {
        let (codes, rows) = (self.codes(data, threads)?, data.rows() as f64);
        let mut means = vec![0.0; self.hidden()];
        let mut squares = means.clone();
        for row in codes.chunks_exact(self.hidden()) {
            means.iter_mut().zip(row).for_each(|(mean, &p)| *mean += f64::from(p) / rows);
        }
        for row in codes.chunks_exact(self.hidden()) {
            let pairs = row.iter().zip(&means);
            squares.iter_mut().zip(pairs).for_each(|(sum, (&p, mean))| *sum += (f64::from(p) - mean).powi(2) / rows);
        }
        if self.hidden_units == Units::Gaussian {
            let dead = (0..means.len()).filter(|&j| squares[j].sqrt() < IDLE).collect();
            return Ok(IdleUnits { dead, saturated: Vec::new() });
        }
        let of = |test: fn(f64) -> bool| (0..means.len()).filter(|&j| test(means[j])).collect();
        Ok(IdleUnits { dead: of(|mean| mean < IDLE), saturated: of(|mean| mean > 1.0 - IDLE) })
    }

    /// The log-pseudo-likelihood of each row in nats, `sum_i ln P(v_i | all others)` (Besag 1975), exactly: every unit is
    /// flipped, not one at random.
    ///
    /// ```text
    /// ln P(v_i | v_-i) = -softplus(s_i a_i + sum_j softplus(z_j + s_i W_ij) - softplus(z_j))      s_i = 1 - 2 v_i
    /// ```
    /// with `z = b + v W`. Gaussian hidden units have `s_i z_j W_ij + W_ij^2 / 2` in place of the difference. Products and
    /// softplus are f32, sums f64.
    ///
    /// # Errors
    /// When rows have another length than there are visible units, or hold a value that is neither 0 nor 1; and where the
    /// visible units are Gaussian, whose values have densities.
    pub fn pseudo_likelihoods(&self, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RbmError> {
        self.check_features(data)?;
        if self.visible_units == Units::Gaussian {
            return Err(RbmError::GaussianVisible { what: "pseudo-likelihood" });
        }
        let columns = data.features();
        for row in 0..data.rows() {
            if let Some(column) = (0..columns).find(|&c| !matches!(data.input(row, c), 0.0 | 1.0)) {
                return Err(RbmError::NotBinary { row, column, value: data.input(row, column) });
            }
        }
        let isa = threads.isa().in_single_precision();
        let mut out = vec![0.0; data.rows()];
        if self.hidden_units == Units::Gaussian {
            threads.for_each(groups(&mut out, BLOCK), |block, out| {
                self.linear_pseudo_likelihoods(isa, &rows_of(data, block * BLOCK, out.len()), out);
            });
            return Ok(out);
        }
        threads.for_each(groups(&mut out, BLOCK), |block, out| {
            let v = rows_of(data, block * BLOCK, out.len());
            let mut z = vec![Row::ZERO; out.len()];
            // For each row: sum_j softplus(z_j), then with each visible unit flipped.
            let mut sums = vec![vec![0.0; columns + 1]; out.len()];
            for j in 0..self.hidden().div_ceil(WIDTH) {
                forward(isa, &v, self.weight.weights(), j, &mut z);
                let used = (self.hidden() - j * WIDTH).min(WIDTH);
                for (r, (z, sums)) in z.iter().zip(&mut sums).enumerate() {
                    let bias = &self.hidden_bias.value[j];
                    let z = Row(std::array::from_fn(|c| z.0[c] + bias.0[c]));
                    let mut change = [Row::ZERO; WIDTH + 1];
                    for p in 0..v.count() {
                        let units = (columns - p * WIDTH).min(WIDTH);
                        let tile = &self.weight.tiles().row(p)[j * WIDTH..][..units];
                        for (i, (change, w)) in change[1..].iter_mut().zip(tile).enumerate() {
                            let s = 1.0 - 2.0 * v.panel(p)[r].0[i];
                            *change = Row(w.0.map(|w| s * w));
                        }
                        // The row as it is stands before the first panel's.
                        let (from, at) = if p == 0 { (0, 0) } else { (1, p * WIDTH + 1) };
                        let changes = &change[from..=units];
                        add_softplus(isa, 1.0, changes, &z, used, &mut sums[at..][..changes.len()]);
                    }
                }
            }
            for (r, (sums, out)) in sums.iter().zip(out).enumerate() {
                *out = (0..columns)
                    .map(|i| {
                        let s = 1.0 - 2.0 * v.get(r, i);
                        let bias = self.visible_bias.value[i / WIDTH].0[i % WIDTH];
                        -softplus(f64::from(s * bias) + sums[i + 1] - sums[0])
                    })
                    .sum();
            }
        });
        Ok(out)
    }

    /// Those of some rows where hidden units are Gaussian: flipping unit `i` adds `s_i W_i'z + |W_i|^2 / 2`.
    fn linear_pseudo_likelihoods(&self, isa: Isa, v: &Operand, out: &mut [f64]) {
        let mut z = Operand::new(Precision::F32, Role::Fixed, out.len(), self.hidden());
        for j in 0..z.count() {
            let panel = z.values_mut().panel_mut(j);
            forward(isa, v, self.weight.weights(), j, panel);
            linear(isa, &self.hidden_bias.value[j], self.hidden() - j * WIDTH, panel);
        }
        let mut back = vec![Row::ZERO; out.len()];
        out.fill(0.0);
        for p in 0..v.count() {
            let tiles = self.weight.tiles().row(p);
            backward(isa, &z, tiles, &mut back);
            for i in 0..(self.visible() - p * WIDTH).min(WIDTH) {
                let of_unit = tiles.chunks_exact(WIDTH).flat_map(|tile| tile[i].0);
                let half_square = of_unit.map(|w| f64::from(w).powi(2)).sum::<f64>() / 2.0;
                let bias = f64::from(self.visible_bias.value[p].0[i]);
                for ((back, v), out) in back.iter().zip(v.panel(p)).zip(&mut *out) {
                    let s = f64::from(1.0 - 2.0 * v.0[i]);
                    *out -= softplus(s * (bias + f64::from(back.0[i])) + half_square);
                }
            }
        }
    }
}
