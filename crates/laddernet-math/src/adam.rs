//! One step of Adam (Kingma and Ba 2015) in the form of the authors' framework: epsilon outside the bias correction.
//!
//! ```text
//! m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
//! p <- p - rate sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
//! ```

use crate::panels::Row;
use crate::simd::kernel;

/// Decay of the first moment.
pub const BETA1: f32 = 0.9;
/// Decay of the second moment.
pub const BETA2: f32 = 0.999;
/// Added to the root of the second moment, which is not bias-corrected.
pub const EPSILON: f32 = 1e-8;

/// `rate sqrt(1 - beta2^t) / (1 - beta1^t)` for step `t`, counted from 1.
pub fn corrected_rate(rate: f32, t: u64) -> f32 {
    let t = t as f64;
    (f64::from(rate) * (1.0 - f64::from(BETA2).powf(t)).sqrt() / (1.0 - f64::from(BETA1).powf(t))) as f32
}

kernel! {
    /// Applies one step with the rate of [`corrected_rate`].
    pub fn adam<S>(s, rate: f32, gradient: &[Row], value: &mut [Row], m: &mut [Row], v: &mut [Row]) {
        assert!(gradient.len() == value.len() && m.len() == value.len() && v.len() == value.len());
        let (beta1, rest1) = (s.splat(BETA1), s.splat(1.0 - BETA1));
        let (beta2, rest2) = (s.splat(BETA2), s.splat(1.0 - BETA2));
        let (rate, epsilon) = (s.splat(-rate), s.splat(EPSILON));
        for (((g, p), m), v) in gradient.iter().zip(value).zip(m).zip(v) {
            let g = s.load(g);
            let new_m = s.fma(s.load(m), beta1, s.mul(g, rest1));
            let new_v = s.fma(s.load(v), beta2, s.mul(s.mul(g, g), rest2));
            s.store(new_m, m);
            s.store(new_v, v);
            let step = s.div_by_root(new_m, new_v, epsilon);
            s.store(s.fma(step, rate, s.load(p)), p);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::simd::Isa;

    /// Reference: the formulas of the module's head in f64, five steps.
    #[test]
    fn steps_agree_with_double_precision() {
        for isa in Isa::available() {
            let (mut p, mut m, mut v) = ([Row([0.5; WIDTH])], [Row::ZERO], [Row::ZERO]);
            let (mut p64, mut m64, mut v64) = (0.5f64, 0f64, 0f64);
            for t in 1..=5 {
                let g = 0.3 / t as f64 - 0.1;
                adam(isa, corrected_rate(0.002, t), &[Row([g as f32; WIDTH])], &mut p, &mut m, &mut v);
                m64 = 0.9 * m64 + 0.1 * g;
                v64 = 0.999 * v64 + 0.001 * g * g;
                let rate = 0.002 * (1.0 - 0.999f64.powi(t as i32)).sqrt() / (1.0 - 0.9f64.powi(t as i32));
                p64 -= rate * m64 / (v64.sqrt() + 1e-8);
                assert!((f64::from(p[0].0[7]) - p64).abs() < 1e-6, "{} {p64}", p[0].0[7]);
            }
        }
    }

    #[test]
    fn odd_second_moments() {
        for isa in Isa::available() {
            for (v, expected) in [(0.0, 0.05 / 1e-8), (f32::INFINITY, 0.0), (f32::NAN, f32::NAN), (1e-30, 0.05 / 1e-8)]
            {
                let (mut p, mut m, mut v) = ([Row([0.0; WIDTH])], [Row([0.05 / 0.9; WIDTH])], [Row([v; WIDTH])]);
                adam(isa, 1.0, &[Row::ZERO], &mut p, &mut m, &mut v);
                let step = -p[0].0[3];
                let same = step.is_nan() && expected.is_nan() || (step - expected).abs() <= 1e-6 * expected;
                assert!(same || expected == 0.0 && step.abs() < 1e-18, "{}: {step} for {expected}", isa.name());
            }
        }
    }
}
