//! Batch normalisation of one segment of rows, without scale and shift: `z = (x - mean) / sigma`,
//! `sigma = sqrt(var + 1e-10)` with the biased variance (Ioffe and Szegedy 2015; epsilon of Rasmus et al. 2015).

use crate::panels::Row;
use crate::simd::{Simd, kernel};

/// Added to the variance.
pub const EPSILON: f32 = 1e-10;

/// Mean and standard deviation of each column of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Means.
    pub mean: Row,
    /// `sqrt(var + 1e-10)`.
    pub sigma: Row,
}

impl Moments {
    /// Before the first batch: mean 0, sigma 1.
    pub const STANDARD: Moments = Moments { mean: Row::ZERO, sigma: Row([1.0; crate::WIDTH]) };
}

kernel! {
    /// Normalises the rows of one panel in place and returns their moments. The variance is taken about the mean in
    /// a second pass, which also mends the rounding of the mean, so a constant column becomes 0. An empty segment has the moments 0 and 1.
    pub fn normalise<S>(s, x: &mut [Row]) -> Moments {
        if x.is_empty() {
            return Moments::STANDARD;
        }
        let per_row = s.splat(1.0 / x.len() as f32);
        let mut sum = s.splat(0.0);
        for row in x.iter() {
            sum = s.add(sum, s.load(row));
        }
        let first = s.mul(sum, per_row);
        let (mut rest, mut squares) = (s.splat(0.0), s.splat(0.0));
        for row in x.iter() {
            let d = s.sub(s.load(row), first);
            rest = s.add(rest, d);
            squares = s.fma(d, d, squares);
        }
        let shift = s.mul(rest, per_row);
        let mean = s.add(first, shift);
        let var = s.max(s.splat(0.0), s.sub(s.mul(squares, per_row), s.mul(shift, shift)));
        let sigma = s.sqrt(s.add(var, s.splat(EPSILON)));
        let mut moments = Moments::STANDARD;
        s.store(mean, &mut moments.mean);
        s.store(sigma, &mut moments.sigma);
        scale(s, x, mean, sigma);
        moments
    }
}

kernel! {
    /// Normalises rows in place with given moments, as at prediction: each row for itself.
    pub fn normalise_with<S>(s, x: &mut [Row], moments: &Moments) {
        let (mean, sigma) = (s.load(&moments.mean), s.load(&moments.sigma));
        scale(s, x, mean, sigma);
    }
}

#[inline(always)]
fn scale<S: Simd>(s: S, x: &mut [Row], mean: S::V, sigma: S::V) {
    let inverse = s.div(s.splat(1.0), sigma);
    for row in x {
        let z = s.mul(s.sub(s.load(row), mean), inverse);
        s.store(z, row);
    }
}

/// What reaches a segment's moments from elsewhere: the denoising cost of the ladder uses the clean path's.
#[derive(Clone, Copy, Debug)]
pub struct MomentGradients {
    /// Gradient of the cost with respect to the mean.
    pub mean: Row,
    /// Gradient of the cost with respect to sigma.
    pub sigma: Row,
}

impl MomentGradients {
    /// Nothing reaches them.
    pub const NONE: MomentGradients = MomentGradients { mean: Row::ZERO, sigma: Row::ZERO };
}

kernel! {
    /// Turns `d`, the gradient with respect to `z`, into the gradient with respect to `x`, in place:
    ///
    /// `dx = (dz - mean(dz) - z mean(dz z)) / sigma + (dmean + z dsigma) / n`
    pub fn normalise_backward<S>(s, z: &[Row], moments: &Moments, extra: &MomentGradients, d: &mut [Row]) {
        assert_eq!(z.len(), d.len());
        if z.is_empty() {
            return;
        }
        let per_row = s.splat(1.0 / z.len() as f32);
        let (mut sum, mut sum_z) = (s.splat(0.0), s.splat(0.0));
        for (d, z) in d.iter().zip(z) {
            let d = s.load(d);
            sum = s.add(sum, d);
            sum_z = s.fma(d, s.load(z), sum_z);
        }
        let inverse = s.div(s.splat(1.0), s.load(&moments.sigma));
        // dx = dz * inverse + constant + z * slope, the last two for the whole column.
        let constant = s.mul(s.sub(s.load(&extra.mean), s.mul(sum, inverse)), per_row);
        let slope = s.mul(s.sub(s.load(&extra.sigma), s.mul(sum_z, inverse)), per_row);
        for (d, z) in d.iter_mut().zip(z) {
            let dx = s.fma(s.load(d), inverse, s.fma(s.load(z), slope, constant));
            s.store(dx, d);
        }
    }
}

kernel! {
    /// The backward pass of [`normalise_with`], for moments that are those of other rows: turns `d`, the gradient with
    /// respect to `z`, into the gradient with respect to `x`, in place, and gives what reaches the moments:
    ///
    /// `dx = dz / sigma`, `dmean = -sum(dz) / sigma`, `dsigma = -sum(dz z) / sigma`
    pub fn normalise_with_backward<S>(s, z: &[Row], moments: &Moments, d: &mut [Row]) -> MomentGradients {
        assert_eq!(z.len(), d.len());
        let inverse = s.div(s.splat(1.0), s.load(&moments.sigma));
        let (mut sum, mut sum_z) = (s.splat(0.0), s.splat(0.0));
        for (d, z) in d.iter_mut().zip(z) {
            let dx = s.mul(s.load(d), inverse);
            sum = s.sub(sum, dx);
            sum_z = s.sub(sum_z, s.mul(dx, s.load(z)));
            s.store(dx, d);
        }
        let mut gradients = MomentGradients::NONE;
        s.store(sum, &mut gradients.mean);
        s.store(sum_z, &mut gradients.sigma);
        gradients
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::simd::Isa;

    fn rows(n: usize) -> Vec<Row> {
        (0..n).map(|r| Row(std::array::from_fn(|c| ((r * 37 + c * 11) % 23) as f32 * 0.13 - 1.0 + c as f32))).collect()
    }

    /// Cost with fixed random weights on z, mean and sigma, in f64: the reference of the gradient below.
    fn cost(x: &[[f64; WIDTH]]) -> f64 {
        let n = x.len() as f64;
        let mut total = 0.0;
        for c in 0..WIDTH {
            let mean = x.iter().map(|r| r[c]).sum::<f64>() / n;
            let var = x.iter().map(|r| (r[c] - mean).powi(2)).sum::<f64>() / n;
            let sigma = (var + f64::from(EPSILON)).sqrt();
            total += 0.3 * mean + (0.1 + c as f64 * 0.01) * sigma;
            for (r, row) in x.iter().enumerate() {
                total += weight(r, c) * (row[c] - mean) / sigma;
            }
        }
        total
    }

    fn weight(r: usize, c: usize) -> f64 {
        ((r * 7 + c * 3) % 13) as f64 / 6.0 - 1.0
    }

    /// Reference: central finite differences in f64.
    #[test]
    fn backward_agrees_with_finite_differences() {
        for isa in Isa::available() {
            let x = rows(9);
            let wide: Vec<[f64; WIDTH]> = x.iter().map(|r| r.0.map(f64::from)).collect();
            let mut z = x.clone();
            let moments = normalise(isa, &mut z);
            let mut d: Vec<Row> = (0..x.len()).map(|r| Row(std::array::from_fn(|c| weight(r, c) as f32))).collect();
            let extra =
                MomentGradients { mean: Row([0.3; WIDTH]), sigma: Row(std::array::from_fn(|c| 0.1 + c as f32 * 0.01)) };
            normalise_backward(isa, &z, &moments, &extra, &mut d);
            for r in 0..x.len() {
                for c in [0, 5, 31] {
                    let h = 1e-5;
                    let (mut up, mut down) = (wide.clone(), wide.clone());
                    up[r][c] += h;
                    down[r][c] -= h;
                    let expected = (cost(&up) - cost(&down)) / (2.0 * h);
                    assert!((f64::from(d[r].0[c]) - expected).abs() < 2e-5, "{} {} {expected}", isa.name(), d[r].0[c]);
                }
            }
        }
    }

    /// Rows that are normalised by the moments of others: their gradients, and through the moments those of the others.
    /// Reference: central finite differences in f64.
    #[test]
    fn backward_through_the_moments_of_other_rows_agrees_with_finite_differences() {
        let cost = |x: &[[f64; WIDTH]], others: &[[f64; WIDTH]], c: usize| -> f64 {
            let n = others.len() as f64;
            let mean = others.iter().map(|r| r[c]).sum::<f64>() / n;
            let var = others.iter().map(|r| (r[c] - mean).powi(2)).sum::<f64>() / n;
            let sigma = (var + f64::from(EPSILON)).sqrt();
            x.iter().enumerate().map(|(r, row)| weight(r, c) * (row[c] - mean) / sigma).sum()
        };
        let wide = |x: &[Row]| -> Vec<[f64; WIDTH]> { x.iter().map(|r| r.0.map(f64::from)).collect() };
        for isa in Isa::available() {
            let all = rows(16);
            let (x, others) = all.split_at(7);
            let (mut z, mut z_others) = (x.to_vec(), others.to_vec());
            let moments = normalise(isa, &mut z_others);
            normalise_with(isa, &mut z, &moments);
            let mut d: Vec<Row> = (0..7).map(|r| Row(std::array::from_fn(|c| weight(r, c) as f32))).collect();
            let mut d_others = vec![Row::ZERO; 9];
            let reach = normalise_with_backward(isa, &z, &moments, &mut d);
            normalise_backward(isa, &z_others, &moments, &reach, &mut d_others);
            let (x, others) = (wide(x), wide(others));
            for c in [0, 5, 31] {
                let h = 1e-5;
                let moved = |rows: &[[f64; WIDTH]], r: usize, by: f64| {
                    let mut rows = rows.to_vec();
                    rows[r][c] += by;
                    rows
                };
                let close = |found: f32, up: f64, down: f64| {
                    let expected = (up - down) / (2.0 * h);
                    assert!((f64::from(found) - expected).abs() < 2e-5, "{} {found} {expected}", isa.name());
                };
                for r in 0..7 {
                    close(d[r].0[c], cost(&moved(&x, r, h), &others, c), cost(&moved(&x, r, -h), &others, c));
                }
                for r in 0..9 {
                    close(d_others[r].0[c], cost(&x, &moved(&others, r, h), c), cost(&x, &moved(&others, r, -h), c));
                }
            }
            let none = normalise_with_backward(isa, &[], &moments, &mut []);
            assert_eq!((none.mean, none.sigma), (Row::ZERO, Row::ZERO));
        }
    }

    #[test]
    fn constant_columns_and_single_rows_stay_finite() {
        for isa in Isa::available() {
            let mut one = rows(1);
            normalise(isa, &mut one);
            assert!(one[0].0.iter().all(|&z| z == 0.0));
            for (value, n) in [(0.5, 8), (0.1, 7), (100.3, 3), (1234.567, 49), (-7e-4, 100)] {
                let mut constant = vec![Row([value; WIDTH]); n];
                normalise(isa, &mut constant);
                let worst = constant.iter().flat_map(|r| r.0).fold(0f32, |a, z| a.max(z.abs()));
                assert!(worst < 1e-3, "{value} x {n}: {worst}");
            }
            assert_eq!(normalise(isa, &mut []), Moments::STANDARD);
        }
    }

    #[test]
    fn given_moments_give_the_same_as_their_batch() {
        for isa in Isa::available() {
            let (mut a, mut b) = (rows(6), rows(6));
            let moments = normalise(isa, &mut a);
            normalise_with(isa, &mut b[2..3], &moments);
            assert_eq!(a[2], b[2]);
        }
    }
}
