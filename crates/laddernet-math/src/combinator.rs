//! The Gauss combinator of the ladder's decoder with its denoising cost (Rasmus et al. 2015, eqs. 11-13):
//!
//! ```text
//! mu      = a1 sigmoid(a2 u + a3) + a4 u + a5
//! upsilon = a6 sigmoid(a7 u + a8) + a9 u + a10
//! z_hat   = (z_tilde - mu) upsilon + mu
//! cost    = mean over rows and units of ((z_hat - mean) / sigma - z)^2
//! ```
//! with ten vectors a1..a10 for each layer, and mean and sigma of the clean path's unlabelled rows.

use crate::batchnorm::{MomentGradients, Moments};
use crate::panels::Row;
use crate::simd::{Simd, functions, kernel};
use std::ops::Range;

/// Vectors of parameters for each unit.
pub const VECTORS: usize = 10;

/// Those of upsilon, a6..a10: while a6, a9 and a10 are 0, nothing of `z_tilde` enters `z_hat`.
pub const UPSILON: Range<usize> = 5..10;

#[inline(always)]
fn half<S: Simd>(s: S, a: &[S::V], u: S::V) -> (S::V, S::V) {
    let gate = functions::sigmoid(s, s.fma(a[1], u, a[2]));
    (gate, s.fma(a[0], gate, s.fma(a[3], u, a[4])))
}

kernel! {
    /// `z_hat` of one panel. `a` holds the ten vectors, `u` and `z_tilde` one row for each row of `z_hat`.
    pub fn combine<S>(s, a: &[Row; VECTORS], z_tilde: &[Row], u: &[Row], z_hat: &mut [Row]) {
        assert!(z_tilde.len() == z_hat.len() && u.len() == z_hat.len());
        let a: [S::V; VECTORS] = std::array::from_fn(|i| s.load(&a[i]));
        for ((z_hat, z_tilde), u) in z_hat.iter_mut().zip(z_tilde).zip(u) {
            let u = s.load(u);
            let (_, mu) = half(s, &a[..5], u);
            let (_, upsilon) = half(s, &a[5..], u);
            s.store(s.fma(s.sub(s.load(z_tilde), mu), upsilon, mu), z_hat);
        }
    }
}

kernel! {
    /// The sum over rows, for each unit, of the squared difference between the normalised `z_hat` and the clean `z`.
    pub fn squared_error<S>(s, z_hat: &[Row], clean: &Moments, z: &[Row]) -> Row {
        assert_eq!(z_hat.len(), z.len());
        let mean = s.load(&clean.mean);
        let inverse = s.div(s.splat(1.0), s.load(&clean.sigma));
        let mut sum = s.splat(0.0);
        for (z_hat, z) in z_hat.iter().zip(z) {
            let d = s.sub(s.mul(s.sub(s.load(z_hat), mean), inverse), s.load(z));
            sum = s.fma(d, d, sum);
        }
        let mut out = Row::ZERO;
        s.store(sum, &mut out);
        out
    }
}

kernel! {
    /// The gradient of `weight * squared_error`: added to `d_z_hat`, written to `d_z` (the clean target's), and
    /// returned for the clean moments.
    pub fn squared_error_backward<S>(
        s,
        weight: f32,
        z_hat: &[Row],
        clean: &Moments,
        z: &[Row],
        d_z_hat: &mut [Row],
        d_z: &mut [Row],
    ) -> MomentGradients {
        assert!(z_hat.len() == z.len() && d_z_hat.len() == z.len() && d_z.len() == z.len());
        let mean = s.load(&clean.mean);
        let inverse = s.div(s.splat(1.0), s.load(&clean.sigma));
        let twice = s.splat(2.0 * weight);
        let zero = s.splat(0.0);
        let (mut d_mean, mut d_sigma) = (zero, zero);
        for (((z_hat, z), d_z_hat), d_z) in z_hat.iter().zip(z).zip(d_z_hat).zip(d_z) {
            let normalised = s.mul(s.sub(s.load(z_hat), mean), inverse);
            let d = s.mul(s.sub(normalised, s.load(z)), twice);
            let g = s.mul(d, inverse);
            s.store(s.add(s.load(d_z_hat), g), d_z_hat);
            s.store(s.sub(zero, d), d_z);
            d_mean = s.sub(d_mean, g);
            d_sigma = s.sub(d_sigma, s.mul(g, normalised));
        }
        let mut out = MomentGradients::NONE;
        s.store(d_mean, &mut out.mean);
        s.store(d_sigma, &mut out.sigma);
        out
    }
}

kernel! {
    /// The sum over rows of `w (z_hat - z)^2` for each of 32 columns: a squared error whose cells count differently.
    pub fn weighted_squared_error<S>(s, z_hat: &[Row], z: &[Row], w: &[Row]) -> Row {
        assert!(z_hat.len() == z.len() && w.len() == z.len());
        let mut sum = s.splat(0.0);
        for ((z_hat, z), w) in z_hat.iter().zip(z).zip(w) {
            let error = s.sub(s.load(z_hat), s.load(z));
            sum = s.fma(s.mul(s.load(w), error), error, sum);
        }
        let mut out = Row::ZERO;
        s.store(sum, &mut out);
        out
    }
}

kernel! {
    /// Adds the gradient of `weight` times [`weighted_squared_error`] with respect to `z_hat` to `d`.
    pub fn weighted_squared_error_backward<S>(
        s,
        weight: f32,
        z_hat: &[Row],
        z: &[Row],
        w: &[Row],
        d: &mut [Row],
    ) {
        assert!(z_hat.len() == z.len() && w.len() == z.len() && d.len() == z.len());
        let two = s.splat(2.0 * weight);
        for (((z_hat, z), w), d) in z_hat.iter().zip(z).zip(w).zip(d) {
            let error = s.sub(s.load(z_hat), s.load(z));
            s.store(s.fma(s.mul(two, s.load(w)), error, s.load(d)), d);
        }
    }
}

kernel! {
    /// From the gradient of `z_hat`: writes that of the ten vectors and of `u`, and turns `d` (which comes in as the
    /// gradient of `z_hat`) into that of `z_tilde`.
    pub fn combine_backward<S>(
        s,
        a: &[Row; VECTORS],
        z_tilde: &[Row],
        u: &[Row],
        d: &mut [Row],
        d_u: &mut [Row],
        d_a: &mut [Row; VECTORS],
    ) {
        assert!(z_tilde.len() == d.len() && u.len() == d.len() && d_u.len() == d.len());
        let a: [S::V; VECTORS] = std::array::from_fn(|i| s.load(&a[i]));
        let one = s.splat(1.0);
        let mut sums = [s.splat(0.0); VECTORS];
        for (((z_tilde, u), d), d_u) in z_tilde.iter().zip(u).zip(d).zip(d_u) {
            let (u, g) = (s.load(u), s.load(d));
            let (gate_mu, mu) = half(s, &a[..5], u);
            let (gate_upsilon, upsilon) = half(s, &a[5..], u);
            s.store(s.mul(g, upsilon), d);
            let d_mu = s.mul(g, s.sub(one, upsilon));
            let d_upsilon = s.mul(g, s.sub(s.load(z_tilde), mu));
            let from_mu = half_backward(s, &a[..5], u, gate_mu, d_mu, &mut sums[..5]);
            let from_upsilon = half_backward(s, &a[5..], u, gate_upsilon, d_upsilon, &mut sums[5..]);
            s.store(s.add(from_mu, from_upsilon), d_u);
        }
        for (sum, d_a) in sums.iter().zip(d_a) {
            s.store(*sum, d_a);
        }
    }
}

#[inline(always)]
fn half_backward<S: Simd>(s: S, a: &[S::V], u: S::V, gate: S::V, d: S::V, sums: &mut [S::V]) -> S::V {
    let slope = s.mul(gate, s.sub(s.splat(1.0), gate));
    let d_inner = s.mul(s.mul(d, a[0]), slope);
    sums[0] = s.fma(d, gate, sums[0]);
    sums[1] = s.fma(d_inner, u, sums[1]);
    sums[2] = s.add(sums[2], d_inner);
    sums[3] = s.fma(d, u, sums[3]);
    sums[4] = s.add(sums[4], d);
    s.fma(d_inner, a[1], s.mul(d, a[3]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::simd::Isa;

    fn rows(n: usize, salt: usize) -> Vec<Row> {
        (0..n).map(|r| Row(std::array::from_fn(|c| ((r * 31 + c * 17 + salt * 7) % 29) as f32 / 14.5 - 1.0))).collect()
    }

    const N: usize = 5;
    const WEIGHT: f64 = 0.7;

    /// The formulas of the module's head in f64, for column `c`: the reference. Arguments in the order a, z_tilde, u,
    /// z, mean, sigma.
    fn cost(x: &[f64]) -> f64 {
        let (a, rest) = x.split_at(VECTORS);
        let (mean, sigma) = (rest[3 * N], rest[3 * N + 1]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        (0..N)
            .map(|r| {
                let (z_tilde, u, z) = (rest[r], rest[N + r], rest[2 * N + r]);
                let mu = a[0] * sigmoid(a[1] * u + a[2]) + a[3] * u + a[4];
                let upsilon = a[5] * sigmoid(a[6] * u + a[7]) + a[8] * u + a[9];
                let z_hat = (z_tilde - mu) * upsilon + mu;
                WEIGHT * ((z_hat - mean) / sigma - z).powi(2)
            })
            .sum()
    }

    /// Reference: central finite differences of the cost in f64.
    #[test]
    fn gradients_agree_with_finite_differences() {
        for isa in Isa::available() {
            let a: [Row; VECTORS] = rows(VECTORS, 1).try_into().unwrap();
            let (z_tilde, u, z) = (rows(N, 2), rows(N, 3), rows(N, 4));
            let clean = Moments { mean: rows(1, 5)[0], sigma: Row(rows(1, 6)[0].0.map(|x| 1.5 + x)) };
            let mut z_hat = vec![Row::ZERO; N];
            combine(isa, &a, &z_tilde, &u, &mut z_hat);
            let squares = squared_error(isa, &z_hat, &clean, &z);
            let (mut d, mut d_z, mut d_u) = (vec![Row::ZERO; N], vec![Row::ZERO; N], vec![Row::ZERO; N]);
            let moments = squared_error_backward(isa, WEIGHT as f32, &z_hat, &clean, &z, &mut d, &mut d_z);
            let mut d_a = [Row::ZERO; VECTORS];
            combine_backward(isa, &a, &z_tilde, &u, &mut d, &mut d_u, &mut d_a);
            for c in 0..WIDTH {
                let column = |rows: &[Row]| rows.iter().map(|r| f64::from(r.0[c])).collect::<Vec<_>>();
                let moments_of = |m: &Row, s: &Row| vec![f64::from(m.0[c]), f64::from(s.0[c])];
                let at = [column(&a), column(&z_tilde), column(&u), column(&z), moments_of(&clean.mean, &clean.sigma)]
                    .concat();
                let found =
                    [column(&d_a), column(&d), column(&d_u), column(&d_z), moments_of(&moments.mean, &moments.sigma)]
                        .concat();
                assert!((WEIGHT * f64::from(squares.0[c]) - cost(&at)).abs() < 1e-5 * cost(&at).max(1.0));
                for i in 0..at.len() {
                    let h = 1e-6;
                    let (mut up, mut down) = (at.clone(), at.clone());
                    up[i] += h;
                    down[i] -= h;
                    let expected = (cost(&up) - cost(&down)) / (2.0 * h);
                    assert!(
                        (found[i] - expected).abs() < 1e-4 * expected.abs().max(1.0),
                        "{i}: {} {expected}",
                        found[i]
                    );
                }
            }
        }
    }
}
