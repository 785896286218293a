//! A step of gradient descent with momentum (Polyak 1964), and the decay of weights that goes with any optimiser.
//!
//! ```text
//! velocity <- momentum velocity + g          p <- p - rate velocity
//! ```

use crate::panels::Row;
use crate::simd::kernel;

kernel! {
    /// Applies one step.
    pub fn momentum<S>(s, rate: f32, momentum: f32, gradient: &[Row], value: &mut [Row], velocity: &mut [Row]) {
        assert!(gradient.len() == value.len() && velocity.len() == value.len());
        let (rate, momentum) = (s.splat(-rate), s.splat(momentum));
        for ((g, p), velocity) in gradient.iter().zip(value).zip(velocity) {
            let new = s.fma(s.load(velocity), momentum, s.load(g));
            s.store(new, velocity);
            s.store(s.fma(new, rate, s.load(p)), p);
        }
    }
}

kernel! {
    /// `x <- factor x`
    pub fn shrink<S>(s, factor: f32, x: &mut [Row]) {
        let factor = s.splat(factor);
        for x in x {
            s.store(s.mul(s.load(x), factor), x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::simd::Isa;

    /// Reference: the formula of the module's head in f64, five steps.
    #[test]
    fn steps_agree_with_double_precision() {
        for isa in Isa::available() {
            let (mut p, mut velocity) = ([Row([0.5; WIDTH])], [Row::ZERO]);
            let (mut p64, mut v64) = (0.5f64, 0f64);
            for t in 1..=5 {
                let g = 0.3 / f64::from(t) - 0.1;
                shrink(isa, 0.99, &mut p);
                momentum(isa, 0.02, 0.9, &[Row([g as f32; WIDTH])], &mut p, &mut velocity);
                v64 = 0.9 * v64 + g;
                p64 = 0.99 * p64 - 0.02 * v64;
                assert!((f64::from(p[0].0[7]) - p64).abs() < 1e-6, "{} {p64}", p[0].0[7]);
            }
        }
    }
}
