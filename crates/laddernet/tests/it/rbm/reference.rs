//! A machine in f64, by sums over all states of one side: the reference of the others. That its formulas are those of the energy
//! is tested here, by integrals.

use super::Plain;
use laddernet::models::rbm::{Rbm, Units};
use laddernet::{Dataset, Scaling, Threads, Values};
use laddernet_math::Panels;

/// Which units a machine can have.
pub const KINDS: [(Units, Units); 3] =
    [(Units::Bernoulli, Units::Bernoulli), (Units::Gaussian, Units::Bernoulli), (Units::Bernoulli, Units::Gaussian)];

#[derive(Clone)]
pub struct Exact {
    pub w: Vec<f64>,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    pub units: (Units, Units),
}

/// Row-major weights, visible biases, hidden biases.
pub type Gradients = [Vec<f64>; 3];

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `ln` of a unit summed or integrated out.
fn summed_out(units: Units, x: f64, bias: f64) -> f64 {
    match units {
        Units::Bernoulli => softplus(x),
        Units::Gaussian => (x * x - bias * bias) / 2.0 + std::f64::consts::TAU.sqrt().ln(),
    }
}

fn mean(units: Units, x: f64) -> f64 {
    match units {
        Units::Bernoulli => 1.0 / (1.0 + (-x).exp()),
        Units::Gaussian => x,
    }
}

fn states(units: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..1usize << units).map(move |s| (0..units).map(|i| (s >> i & 1) as f64).collect())
}

impl Exact {
    pub fn new(plain: &Plain, units: (Units, Units)) -> Self {
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        Exact { w: wide(&plain.w), a: wide(&plain.a), b: wide(&plain.b), units }
    }

    pub fn rbm(&self) -> Rbm {
        let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
        let rbm = Rbm::from_values(&narrow(&self.w), &narrow(&self.a), &narrow(&self.b)).unwrap();
        rbm.with_units(self.units.0, self.units.1).unwrap()
    }

    pub fn hidden_sums(&self, v: &[f64]) -> Vec<f64> {
        let n = self.b.len();
        (0..n).map(|j| self.b[j] + v.iter().enumerate().map(|(i, v)| v * self.w[i * n + j]).sum::<f64>()).collect()
    }

    pub fn hidden_means(&self, v: &[f64]) -> Vec<f64> {
        self.hidden_sums(v).into_iter().map(|x| mean(self.units.1, x)).collect()
    }

    fn visible_sums(&self, h: &[f64]) -> Vec<f64> {
        let n = self.b.len();
        let sum = |i: usize| self.a[i] + h.iter().enumerate().map(|(j, h)| h * self.w[i * n + j]).sum::<f64>();
        (0..self.a.len()).map(sum).collect()
    }

    pub fn visible_means(&self, h: &[f64]) -> Vec<f64> {
        self.visible_sums(h).into_iter().map(|x| mean(self.units.0, x)).collect()
    }

    /// `-ln` of the sum over h of `e^-E(v, h)`.
    pub fn free_energy(&self, v: &[f64]) -> f64 {
        let of_visible: f64 = match self.units.0 {
            Units::Bernoulli => v.iter().zip(&self.a).map(|(v, a)| -v * a).sum(),
            Units::Gaussian => v.iter().zip(&self.a).map(|(v, a)| (v - a).powi(2) / 2.0).sum(),
        };
        let sums = self.hidden_sums(v);
        of_visible - sums.iter().zip(&self.b).map(|(&x, &b)| summed_out(self.units.1, x, b)).sum::<f64>()
    }

    /// The states of the side that has only so many, with `ln` of the sum over the other side.
    fn terms(&self) -> Vec<(Vec<f64>, f64)> {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let of_others = |units, sums: &[f64], biases: &[f64]| -> f64 {
            sums.iter().zip(biases).map(|(&x, &bias)| summed_out(units, x, bias)).sum()
        };
        match self.units {
            (units, Units::Bernoulli) => states(self.b.len())
                .map(|h| (dot(&h, &self.b) + of_others(units, &self.visible_sums(&h), &self.a), h))
                .map(|(ln, h)| (h, ln))
                .collect(),
            (_, units) => states(self.a.len())
                .map(|v| (dot(&v, &self.a) + of_others(units, &self.hidden_sums(&v), &self.b), v))
                .map(|(ln, v)| (v, ln))
                .collect(),
        }
    }

    pub fn ln_z(&self) -> f64 {
        let terms = self.terms();
        let most = terms.iter().map(|t| t.1).fold(f64::NEG_INFINITY, f64::max);
        most + terms.iter().map(|t| (t.1 - most).exp()).sum::<f64>().ln()
    }

    /// Minus the mean log-likelihood of the rows.
    pub fn cost(&self, rows: &[Vec<f64>]) -> f64 {
        rows.iter().map(|v| self.free_energy(v)).sum::<f64>() / rows.len() as f64 + self.ln_z()
    }

    /// Its gradients, `<...>_machine - <...>_data`.
    pub fn gradients(&self, rows: &[Vec<f64>]) -> Gradients {
        let mut out = [vec![0.0; self.w.len()], vec![0.0; self.a.len()], vec![0.0; self.b.len()]];
        let hidden = self.b.len();
        let mut add = |share: f64, v: &[f64], h: &[f64]| {
            for (i, v) in v.iter().enumerate() {
                h.iter().enumerate().for_each(|(j, h)| out[0][i * hidden + j] += share * v * h);
                out[1][i] += share * v;
            }
            h.iter().enumerate().for_each(|(j, h)| out[2][j] += share * h);
        };
        rows.iter().for_each(|v| add(-1.0 / rows.len() as f64, v, &self.hidden_means(v)));
        let ln_z = self.ln_z();
        for (state, ln) in self.terms() {
            let share = (ln - ln_z).exp();
            match self.units.1 {
                Units::Bernoulli => add(share, &self.visible_means(&state), &state),
                Units::Gaussian => add(share, &state, &self.hidden_means(&state)),
            }
        }
        out
    }
}

/// Rows for panels and for datasets.
pub fn panels_of(rows: &[Vec<f64>]) -> Panels {
    let mut x = Panels::new(rows.len(), rows[0].len());
    for (r, row) in rows.iter().enumerate() {
        x.set_row(r, &row.iter().map(|&x| x as f32).collect::<Vec<f32>>());
    }
    x
}

pub fn dataset_of(rows: &[Vec<f64>]) -> Dataset {
    let values = rows.iter().flatten().map(|&x| x as f32).collect();
    let labels = vec![None; rows.len()];
    Dataset::new(Values::F32(values), labels, vec!["none".into()], vec![rows[0].len()], Scaling::NONE).unwrap()
}

/// Some rows that such a machine could see.
pub fn some_rows(units: Units, count: usize, visible: usize) -> Vec<Vec<f64>> {
    let numbers: Vec<f64> = super::numbers(count * visible, 1.5, 21).into_iter().map(f64::from).collect();
    let value = |x: f64| if units == Units::Bernoulli { f64::from(u8::from(x > 0.3)) } else { x };
    numbers.chunks_exact(visible).map(|row| row.iter().map(|&x| value(x)).collect()).collect()
}

/// Reference: sums and integrals of `e^-E(v, h)`, E written out, over a fine grid for the Gaussian side.
#[test]
fn free_energies_and_partition_functions_follow_from_the_energies() {
    let threads = Threads::new(2).unwrap();
    let grid = || (-300..=300).map(|i| f64::from(i) / 25.0);
    let step = 1.0 / 25.0;
    for (units, visible, hidden) in [(KINDS[0], 3, 2), (KINDS[1], 1, 3), (KINDS[2], 3, 1)] {
        let exact = Exact::new(&Plain::new(visible, hidden, 1.2), units);
        let side = |units: Units, count: usize| -> (Vec<Vec<f64>>, f64) {
            match units {
                Units::Bernoulli => (states(count).collect(), 1.0),
                Units::Gaussian => (grid().map(|x| vec![x]).collect(), step),
            }
        };
        let ((all_v, dv), (all_h, dh)) = (side(units.0, visible), side(units.1, hidden));
        let of_side = |units: Units, x: &[f64], bias: &[f64]| -> f64 {
            let pairs = x.iter().zip(bias);
            match units {
                Units::Bernoulli => pairs.map(|(x, b)| -x * b).sum(),
                Units::Gaussian => pairs.map(|(x, b)| (x - b).powi(2) / 2.0).sum(),
            }
        };
        let energy = |v: &[f64], h: &[f64]| {
            let product: f64 = (0..visible * hidden).map(|k| v[k / hidden] * h[k % hidden] * exact.w[k]).sum();
            of_side(units.0, v, &exact.a) + of_side(units.1, h, &exact.b) - product
        };
        let sums: Vec<f64> = all_v.iter().map(|v| all_h.iter().map(|h| (-energy(v, h)).exp() * dh).sum()).collect();
        let rbm = exact.rbm();
        let found = rbm.free_energies(&dataset_of(&all_v), &threads).unwrap();
        for ((v, sum), f) in all_v.iter().zip(&sums).zip(found) {
            // Far out, where nothing has weight, f32 shows.
            let bound = 1e-6 * (20.0 + sum.ln().abs());
            assert!((f + sum.ln()).abs() < bound, "{units:?} {v:?}: {f} {}", -sum.ln());
            assert!((exact.free_energy(v) + sum.ln()).abs() < 1e-7 * (1.0 + sum.ln().abs()), "{units:?} {v:?}");
        }
        let ln_z = (sums.iter().sum::<f64>() * dv).ln();
        assert!((exact.ln_z() - ln_z).abs() < 1e-8, "{units:?}: {} {ln_z}", exact.ln_z());
        assert!((rbm.ln_partition(&threads).unwrap() - ln_z).abs() < 1e-6, "{units:?}");
    }
    // More units than a panel or a task, and the Bernoulli side is the larger one.
    for (units, visible, hidden) in [(KINDS[1], 40, 12), (KINDS[1], 5, 12), (KINDS[2], 12, 40), (KINDS[2], 13, 3)] {
        let exact = Exact::new(&Plain::new(visible, hidden, 0.3), units);
        let rbm = exact.rbm();
        assert!((rbm.ln_partition(&threads).unwrap() - exact.ln_z()).abs() < 1e-8, "{units:?} {visible} {hidden}");
        let rows = some_rows(units.0, 300, visible);
        for (f, v) in rbm.free_energies(&dataset_of(&rows), &threads).unwrap().iter().zip(&rows) {
            assert!((f - exact.free_energy(v)).abs() < 1e-4, "{units:?} {visible} {hidden}: {f}");
        }
    }
}
