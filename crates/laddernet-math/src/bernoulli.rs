//! Units that are on or off: their probabilities, their states, and the sum over both states.
//!
//! ```text
//! P(h = 1) = sigmoid(x)        sum over h of e^(h x) = 1 + e^x = e^softplus(x)
//! ```

use crate::normal::{Stream, words};
use crate::panels::{Row, WIDTH};
use crate::simd::{functions, kernel};

kernel! {
    /// `sigmoid(scale z + bias)` of one panel, in place of `z`; columns from `used` on, which are padding, become 0.
    pub fn logistic<S>(s, scale: f32, bias: &Row, used: usize, z: &mut [Row]) {
        let one = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (scale, bias) = (s.splat(scale), s.load(bias));
        for z in z {
            s.store(s.mul(functions::sigmoid(s, s.fma(s.load(z), scale, bias)), one), z);
        }
    }
}

kernel! {
    /// Turns the probabilities of panel `panel` of a matrix of `columns` columns into states, 1 with the probability and
    /// else 0; padding becomes 0. Rows are counted from the first of `p`.
    pub fn draw<S>(s, stream: Stream, panel: usize, columns: usize, p: &mut [Row]) {
        const UNIT: f32 = 1.0 / (1 << 24) as f32;
        let used = columns.saturating_sub(panel * WIDTH);
        let one = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        for (group, p) in p.chunks_mut(4).enumerate() {
            for (word, p) in words(s, stream, panel, group).into_iter().zip(p) {
                // 24 bits, below 1: a probability of 1 is always on, and one of 0 never.
                let u = s.mul(s.to_float(s.shift_right::<8>(word)), s.splat(UNIT));
                s.store(s.where_positive(s.sub(s.load(p), u), one), p);
            }
        }
    }
}

kernel! {
    /// From sums to states in one step: 1 with probability `sigmoid(scale z + bias)`, in place of `z`; padding becomes 0. Panel,
    /// columns, rows and random numbers are those of [`draw`]: `u < 1 / (1 + e^-x)` is asked as `u (1 + e^-x) < 1`, which takes
    /// no division.
    pub fn draw_logistic<S>(
        s,
        stream: Stream,
        panel: usize,
        columns: usize,
        scale: f32,
        bias: &Row,
        z: &mut [Row],
    ) {
        const UNIT: f32 = 1.0 / (1 << 24) as f32;
        let used = columns.saturating_sub(panel * WIDTH);
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (minus_scale, bias, one) = (s.splat(-scale), s.load(bias), s.splat(1.0));
        for (group, z) in z.chunks_mut(4).enumerate() {
            for (word, z) in words(s, stream, panel, group).into_iter().zip(z) {
                let u = s.mul(s.to_float(s.shift_right::<8>(word)), s.splat(UNIT));
                let off = functions::exp(s, s.sub(s.mul(s.load(z), minus_scale), bias));
                s.store(s.where_positive(s.sub(one, s.fma(u, off, u)), inside), z);
            }
        }
    }
}

kernel! {
    /// Adds to each row's sum its `softplus(scale z + scale bias)` over the first `used` columns of one panel.
    pub fn add_softplus<S>(s, scale: f32, z: &[Row], bias: &Row, used: usize, sums: &mut [f64]) {
        assert_eq!(z.len(), sums.len());
        let (scale, bias, zero, one) = (s.splat(scale), s.load(bias), s.splat(0.0), s.splat(1.0));
        for (z, sum) in z.iter().zip(sums) {
            let x = s.mul(s.add(s.load(z), bias), scale);
            // max(x, 0) + ln(1 + e^-|x|): no exponential overflows.
            let positive = s.max(x, zero);
            let distance = s.sub(s.sub(x, positive), positive); // -|x|
            let mut out = Row::ZERO;
            s.store(s.add(positive, functions::ln(s, s.add(one, functions::exp(s, distance)))), &mut out);
            *sum += out.0[..used].iter().map(|&x| f64::from(x)).sum::<f64>();
        }
    }
}

kernel! {
    /// Adds to `out` the sum of the rows, each times its weight.
    pub fn add_weighted_rows<S>(s, x: &[Row], weights: &[f32], out: &mut Row) {
        assert_eq!(x.len(), weights.len());
        let mut sum = s.load(out);
        for (x, &weight) in x.iter().zip(weights) {
            sum = s.fma(s.load(x), s.splat(weight), sum);
        }
        s.store(sum, out);
    }
}

kernel! {
    /// `scale (x - offset)`, in place of `x`.
    pub fn centre<S>(s, scale: f32, offset: &Row, x: &mut [Row]) {
        let (scale, offset) = (s.splat(scale), s.load(offset));
        for x in x {
            s.store(s.mul(s.sub(s.load(x), offset), scale), x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::simd::Isa;

    fn rows(n: usize) -> Vec<Row> {
        (0..n).map(|r| Row(std::array::from_fn(|c| ((r * 31 + c * 17) % 29) as f32 - 14.0))).collect()
    }

    const BIAS: Row = Row([0.25; WIDTH]);

    /// Reference: the formulas in f64.
    #[test]
    fn probabilities_and_sums_agree_with_double_precision() {
        for isa in Isa::available() {
            let z = rows(9);
            let mut p = z.clone();
            logistic(isa, 0.7, &BIAS, 31, &mut p);
            let mut sums = vec![1.0; 9];
            add_softplus(isa, 0.7, &z, &BIAS, 30, &mut sums);
            for (r, z) in z.iter().enumerate() {
                let x = |c: usize| f64::from(z.0[c]);
                assert_eq!(p[r].0[31], 0.0);
                for c in 0..31 {
                    let expected = 1.0 / (1.0 + (-(0.7 * x(c) + 0.25)).exp());
                    assert!((f64::from(p[r].0[c]) - expected).abs() < 1e-6, "{}", isa.name());
                }
                let expected: f64 = (0..30).map(|c| (0.7 * (x(c) + 0.25)).exp().ln_1p()).sum();
                assert!((sums[r] - 1.0 - expected).abs() < 1e-4, "{} {} {expected}", isa.name(), sums[r]);
            }
        }
        for (x, expected) in [(-200.0, 0.0), (200.0, 200.0)] {
            let mut sum = [0.0];
            add_softplus(Isa::detect(), 1.0, &[Row([x; WIDTH])], &Row::ZERO, 1, &mut sum);
            assert!((sum[0] - expected).abs() < 1e-4);
        }
    }

    /// Reference: the sums in f64.
    #[test]
    fn weighted_rows_and_centred_ones() {
        for isa in Isa::available() {
            let x = rows(7);
            let weights: Vec<f32> = (0..7).map(|r| r as f32 - 2.5).collect();
            let mut sum = BIAS;
            add_weighted_rows(isa, &x, &weights, &mut sum);
            let mut centred = x.clone();
            centre(isa, -0.5, &BIAS, &mut centred);
            for c in 0..WIDTH {
                let expected = 0.25 + (0..7).map(|r| f64::from(x[r].0[c]) * (r as f64 - 2.5)).sum::<f64>();
                assert!((f64::from(sum.0[c]) - expected).abs() < 1e-4);
                assert_eq!(centred[3].0[c], -0.5 * (x[3].0[c] - 0.25));
            }
        }
    }

    /// Reference: probabilities first, then [`draw`]: the same states, but where a random number equals its probability up to
    /// rounding, which happens to fewer than one in a hundred thousand. NaN is off, certain units are on or off.
    #[test]
    fn states_drawn_from_sums_are_those_drawn_from_probabilities() {
        let stream = Stream { seed: 5, purpose: Purpose::Gibbs, step: 3, layer: 1 };
        for isa in Isa::available() {
            let n = 20_000;
            let z: Vec<Row> =
                (0..n).map(|r| Row(std::array::from_fn(|c| (r % 113) as f32 / 11.0 - c as f32 / 3.0))).collect();
            let (mut one, mut two) = (z.clone(), z);
            logistic(isa, 0.7, &BIAS, 30, &mut one);
            draw(isa, stream, 2, 94, &mut one);
            draw_logistic(isa, stream, 2, 94, 0.7, &BIAS, &mut two);
            let other = one.iter().zip(&two).map(|(a, b)| (0..WIDTH).filter(|&c| a.0[c] != b.0[c]).count());
            assert!(other.sum::<usize>() <= 6, "{}", isa.name());
            assert!(two.iter().all(|row| row.0[30..] == [0.0; 2] && row.0.iter().all(|&x| x == 0.0 || x == 1.0)));
            for (sum, on) in [(f32::NAN, 0.0), (60.0, 1.0), (-60.0, 0.0), (f32::INFINITY, 1.0)] {
                let mut z = [Row([sum; WIDTH])];
                draw_logistic(isa, stream, 0, 32, 1.0, &Row::ZERO, &mut z);
                assert_eq!(z[0].0, [on; WIDTH], "{} {sum}", isa.name());
            }
        }
    }

    /// Each unit is on as often as its probability says (five standard deviations), padding never is, certain units
    /// always are, and neither rows nor columns nor steps repeat each other.
    #[test]
    fn states_are_drawn_with_their_probabilities() {
        let stream = |step| Stream { seed: 5, purpose: Purpose::Gibbs, step, layer: 0 };
        for isa in Isa::available() {
            let n = 40_000;
            let p = Row(std::array::from_fn(|c| c as f32 / 29.0));
            let mut states = vec![p; n];
            draw(isa, stream(1), 0, 30, &mut states);
            let count = |c: usize| states.iter().map(|row| f64::from(row.0[c])).sum::<f64>();
            for c in 0..30 {
                let p = c as f64 / 29.0;
                let deviation = (n as f64 * p * (1.0 - p)).sqrt();
                assert!((count(c) - n as f64 * p).abs() <= 5.0 * deviation, "{} column {c}: {}", isa.name(), count(c));
            }
            assert_eq!((count(30), count(31)), (0.0, 0.0));
            // The correlation of two of them is that of independent coins: 5 / sqrt(n).
            let mut even = vec![Row([0.5; WIDTH]); n];
            let mut later = even.clone();
            draw(isa, stream(2), 3, 200, &mut even);
            draw(isa, stream(3), 3, 200, &mut later);
            let sign = |x: f32| f64::from(2.0 * x - 1.0);
            let together = |a: &dyn Fn(usize) -> f32, b: &dyn Fn(usize) -> f32| {
                (0..n - 4).map(|r| sign(a(r)) * sign(b(r))).sum::<f64>() / (n as f64).sqrt()
            };
            for shift in 1..=4 {
                assert!(together(&|r| even[r].0[7], &|r| even[r + shift].0[7]).abs() < 5.0);
            }
            assert!(together(&|r| even[r].0[7], &|r| even[r].0[8]).abs() < 5.0);
            assert!(together(&|r| even[r].0[7], &|r| later[r].0[7]).abs() < 5.0);
        }
    }
}
