//! Units with a normal distribution of variance 1: their states, and the integral over them.
//!
//! ```text
//! h = x + N(0, 1)        integral over h of e^(h x - h^2 / 2) = sqrt(2 pi) e^(x^2 / 2)
//! ```

use crate::normal::{Stream, four_rows};
use crate::panels::{Row, WIDTH};
use crate::simd::kernel;

kernel! {
    /// From sums to states: `scale z + bias + N(0, 1)`, in place of `z`, for the columns of panel `panel` that a matrix of
    /// `columns` columns has; padding becomes 0. Rows are counted from the first of `z`.
    pub fn draw_normal<S>(
        s,
        stream: Stream,
        panel: usize,
        columns: usize,
        scale: f32,
        bias: &Row,
        z: &mut [Row],
    ) {
        let used = columns.saturating_sub(panel * WIDTH);
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (scale, bias) = (s.splat(scale), s.load(bias));
        for (group, z) in z.chunks_mut(4).enumerate() {
            for (normal, z) in four_rows(s, stream, panel, group).into_iter().zip(z) {
                s.store(s.mul(s.add(s.fma(s.load(z), scale, bias), normal), inside), z);
            }
        }
    }
}

kernel! {
    /// Adds to each row's sum its `(scale z + scale bias)^2 / 2` over the first `used` columns of one panel.
    pub fn add_half_squares<S>(s, scale: f32, z: &[Row], bias: &Row, used: usize, sums: &mut [f64]) {
        assert_eq!(z.len(), sums.len());
        let (scale, bias, half) = (s.splat(scale), s.load(bias), s.splat(0.5));
        for (z, sum) in z.iter().zip(sums) {
            let x = s.mul(s.add(s.load(z), bias), scale);
            let mut out = Row::ZERO;
            s.store(s.mul(s.mul(x, half), x), &mut out);
            *sum += out.0[..used].iter().map(|&x| f64::from(x)).sum::<f64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::standard_normal;
    use crate::random::Purpose;
    use crate::simd::Isa;

    fn rows(n: usize) -> Vec<Row> {
        (0..n).map(|r| Row(std::array::from_fn(|c| ((r * 31 + c * 17) % 29) as f32 / 7.0 - 2.0))).collect()
    }

    /// Reference: the normal numbers of the same stream, which have a test of their own, and the formula in f64.
    #[test]
    fn states_are_sums_and_normal_numbers() {
        let stream = Stream { seed: 9, purpose: Purpose::Gibbs, step: 2, layer: 1 };
        let bias = Row(std::array::from_fn(|c| c as f32 / 10.0));
        for isa in Isa::available() {
            let (z, normal) = (rows(11), standard_normal(isa, stream, 11, 40));
            let mut states = z.clone();
            draw_normal(isa, stream, 1, 40, 0.7, &bias, &mut states);
            for (r, (z, state)) in z.iter().zip(&states).enumerate() {
                for c in 0..8 {
                    let expected = 0.7 * f64::from(z.0[c]) + f64::from(bias.0[c]) + f64::from(normal.get(r, 32 + c));
                    assert!((f64::from(state.0[c]) - expected).abs() < 1e-5, "{} {r} {c}", isa.name());
                }
                assert!(state.0[8..].iter().all(|&x| x == 0.0), "{}", isa.name());
            }
        }
    }

    /// Reference: the formula in f64; and the integral of the module's head by a fine sum.
    #[test]
    fn half_squares_agree_with_double_precision() {
        for isa in Isa::available() {
            let z = rows(9);
            let mut sums = vec![1.0; 9];
            add_half_squares(isa, 0.7, &z, &Row([0.25; WIDTH]), 30, &mut sums);
            for (z, sum) in z.iter().zip(&sums) {
                let expected: f64 = z.0[..30].iter().map(|&z| (0.7 * (f64::from(z) + 0.25)).powi(2) / 2.0).sum();
                assert!((sum - 1.0 - expected).abs() < 1e-4, "{} {sum} {expected}", isa.name());
            }
        }
        let x = 1.3f64;
        let integral: f64 =
            (-2000..2000).map(|i| f64::from(i) / 200.0).map(|h| (h * x - h * h / 2.0).exp() / 200.0).sum();
        let mut sum = [0.0];
        add_half_squares(Isa::detect(), 1.0, &[Row([1.3; WIDTH])], &Row::ZERO, 1, &mut sum);
        assert!((integral.ln() - std::f64::consts::TAU.sqrt().ln() - sum[0]).abs() < 1e-6);
    }
}
