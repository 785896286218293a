//! Exponential, logistic function, logarithm and sine with cosine, 32 at a time and branch-free.
//!
//! Range reduction and polynomial degrees follow the single-precision Cephes library (S. Moshier); each is tested
//! against the standard library in double precision with its bound written down.

use super::Simd;

#[inline(always)]
fn polynomial<S: Simd>(s: S, x: S::V, highest_first: &[f32]) -> S::V {
    let mut p = s.splat(highest_first[0]);
    for &c in &highest_first[1..] {
        p = s.fma(p, x, s.splat(c));
    }
    p
}

/// `e^x`, to 2e-7 relative; inputs are clamped to -87..=88, so nothing overflows. NaN stays NaN: the operand order of
/// minimum and maximum passes it on.
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    let x = s.max(s.splat(-87.0), s.min(s.splat(88.0), x));
    let n = s.to_int(s.mul(x, s.splat(std::f32::consts::LOG2_E)));
    let whole = s.to_float(n);
    // ln 2 in two parts, so that the remainder keeps its last bits.
    let r = s.fma(whole, s.splat(-0.693_359_4), x);
    let r = s.fma(whole, s.splat(2.121_944_4e-4), r);
    let p = polynomial(s, r, &[1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5]);
    let p = s.add(s.fma(s.mul(p, r), r, r), s.splat(1.0));
    let power = s.with_bits(s.shift_left::<23>(s.add_bits(n, s.splat_bits(127))));
    s.mul(p, power)
}

/// The logistic function `1 / (1 + e^-x)`.
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let one = s.splat(1.0);
    s.div(one, s.add(one, exp(s, s.sub(s.splat(0.0), x))))
}

/// Natural logarithm of positive normal numbers, to 2e-7 absolute or relative, whichever is larger.
#[inline(always)]
pub fn ln<S: Simd>(s: S, x: S::V) -> S::V {
    // x = m * 2^e with m in [sqrt(1/2), sqrt(2)): shifting the bits by those of sqrt(1/2) rounds e the right way.
    let bits = s.bits(x);
    let offset = s.splat_bits(0x3f35_04f3u32.wrapping_neg());
    let shifted = s.add_bits(bits, offset);
    // Arithmetic shift by 23 from logical ones: the sign bits are put back by subtracting 512 where negative.
    let logical = s.shift_right::<23>(shifted);
    let negative = s.shift_left::<9>(s.shift_right::<31>(shifted));
    let exponent = s.add_bits(logical, s.add_bits(s.xor(negative, s.splat_bits(!0)), s.splat_bits(1)));
    let m_bits = s.add_bits(s.and(shifted, s.splat_bits(0x007f_ffff)), s.splat_bits(0x3f35_04f3));
    let m = s.sub(s.with_bits(m_bits), s.splat(1.0));
    let e = s.to_float(exponent);
    let p = polynomial(
        s,
        m,
        &[
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            0.333_333_3,
        ],
    );
    let m2 = s.mul(m, m);
    let y = s.mul(s.mul(p, m), m2);
    let y = s.fma(e, s.splat(-2.121_944_4e-4), y);
    let y = s.fma(m2, s.splat(-0.5), y);
    s.fma(e, s.splat(0.693_359_4), s.add(m, y))
}

/// `(sin x, cos x)` for |x| <= pi/4, to 1e-7.
#[inline(always)]
pub fn sin_cos_quarter<S: Simd>(s: S, x: S::V) -> (S::V, S::V) {
    let x2 = s.mul(x, x);
    let p = polynomial(s, x2, &[-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]);
    let sine = s.fma(s.mul(p, x2), x, x);
    let q = polynomial(s, x2, &[2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]);
    let cosine = s.add(s.fma(x2, s.splat(-0.5), s.mul(s.mul(q, x2), x2)), s.splat(1.0));
    (sine, cosine)
}

#[cfg(test)]
mod tests {
    use crate::panels::{Row, WIDTH};
    use crate::simd::{Isa, kernel};

    kernel! {
        pub fn apply<S>(s, which: usize, row: &mut Row) {
            let x = s.load(row);
            let y = match which {
                0 => super::exp(s, x),
                1 => super::sigmoid(s, x),
                2 => super::ln(s, x),
                3 => super::sin_cos_quarter(s, x).0,
                _ => super::sin_cos_quarter(s, x).1,
            };
            s.store(y, row);
        }
    }

    /// Reference: the standard library in f64.
    fn worst(which: usize, from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
        let mut worst = 0f64;
        for isa in Isa::available() {
            for block in 0..4000 {
                let mut row = Row(std::array::from_fn(|i| {
                    (from + (to - from) * (block * WIDTH + i) as f64 / (4000.0 * WIDTH as f64)) as f32
                }));
                let x = row;
                apply(isa, which, &mut row);
                for i in 0..WIDTH {
                    let expected = f(f64::from(x.0[i]));
                    worst = worst.max((f64::from(row.0[i]) - expected).abs() / expected.abs().max(1e-3));
                }
            }
        }
        worst
    }

    /// A NaN must show, not turn into a confident number.
    #[test]
    fn nan_stays_nan() {
        for isa in Isa::available() {
            for which in [0, 1] {
                let mut row = Row([f32::NAN; WIDTH]);
                apply(isa, which, &mut row);
                assert!(row.0.iter().all(|x| x.is_nan()), "{} {which}", isa.name());
            }
        }
    }

    #[test]
    fn functions_agree_with_double_precision() {
        let check = |name, error: f64, bound: f64| assert!(error < bound, "{name}: {error:e} is over {bound:e}");
        check("exp", worst(0, -80.0, 80.0, f64::exp), 2e-7);
        check("sigmoid", worst(1, -30.0, 30.0, |x| 1.0 / (1.0 + (-x).exp())), 4e-7);
        check("ln small", worst(2, 6e-8, 1.0, f64::ln), 1e-6);
        check("ln large", worst(2, 1.0, 1e6, f64::ln), 1e-6);
        let quarter = std::f64::consts::FRAC_PI_4;
        check("sin", worst(3, -quarter, quarter, f64::sin), 3e-7);
        check("cos", worst(4, -quarter, quarter, f64::cos), 3e-7);
    }
}
