//! Gaussian noise as a pure function of (seed, purpose, step, layer, row, column).
//!
//! Four rows of a column come from one Philox block by Box and Muller's transformation: two words give a radius
//! `sqrt(-2 ln u)` and an angle. The angle is taken in a quarter turn and carried to the whole circle by two more
//! bits (sign and swap), so only sine and cosine of |x| <= pi/4 are needed.

use crate::panels::{Panels, Row, WIDTH};
use crate::random::{MULTIPLIER, Purpose, WEYL, key};
use crate::simd::{Simd, functions, kernel};

/// Which noise: the seed and the place of use. Row and column complete the address of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The seed of the run.
    pub seed: u64,
    /// What the noise is for.
    pub purpose: Purpose,
    /// The training step, or whatever counts the uses.
    pub step: u32,
    /// The layer.
    pub layer: u16,
}

kernel! {
    /// `out[r] = x[r] + standard_deviation * noise(r, 32 panel + c)` for the columns of panel `panel` that the
    /// matrix of `columns` columns has; padding gets no noise.
    pub fn add_noise<S>(
        s,
        stream: Stream,
        panel: usize,
        columns: usize,
        standard_deviation: f32,
        x: &[Row],
        out: &mut [Row],
    ) {
        assert_eq!(x.len(), out.len());
        let used = columns.saturating_sub(panel * WIDTH);
        let scale = Row(std::array::from_fn(|c| if c < used { standard_deviation } else { 0.0 }));
        let scale = s.load(&scale);
        for (group, (x, out)) in x.chunks(4).zip(out.chunks_mut(4)).enumerate() {
            let normals = four_rows(s, stream, panel, group);
            for ((normal, x), out) in normals.iter().zip(x).zip(out) {
                s.store(s.fma(*normal, scale, s.load(x)), out);
            }
        }
    }
}

/// Standard normal numbers, row-major `[rows, columns]`, from the first row of the stream.
pub fn standard_normal(isa: crate::Isa, stream: Stream, rows: usize, columns: usize) -> Panels {
    let zeros = vec![Row::ZERO; rows];
    let mut out = Panels::new(rows, columns);
    for j in 0..out.count() {
        add_noise(isa, stream, j, columns, 1.0, &zeros, out.panel_mut(j));
    }
    out
}

/// Standard normal numbers for 32 columns of rows `4 group .. 4 group + 4`.
#[inline(always)]
pub(crate) fn four_rows<S: Simd>(s: S, stream: Stream, panel: usize, group: usize) -> [S::V; 4] {
    let words = words(s, stream, panel, group);
    let [a, b] = box_muller(s, words[0], words[1]);
    let [c, d] = box_muller(s, words[2], words[3]);
    [a, b, c, d]
}

/// The four words of a block for each of 32 columns: the bits of rows `4 group .. 4 group + 4`.
#[inline(always)]
pub(crate) fn words<S: Simd>(s: S, stream: Stream, panel: usize, group: usize) -> [S::I; 4] {
    let column = s.add_bits(s.lane_index(), s.splat_bits((panel * WIDTH) as u32));
    let place = (stream.purpose as u32) << 16 | u32::from(stream.layer);
    let mut counter = [column, s.splat_bits(group as u32), s.splat_bits(place), s.splat_bits(stream.step)];
    let mut key = key(stream.seed);
    for _ in 0..10 {
        let (high0, low0) = s.mul_wide(counter[0], s.splat_bits(MULTIPLIER[0]));
        let (high1, low1) = s.mul_wide(counter[2], s.splat_bits(MULTIPLIER[1]));
        counter = [
            s.xor(s.xor(high1, counter[1]), s.splat_bits(key[0])),
            low1,
            s.xor(s.xor(high0, counter[3]), s.splat_bits(key[1])),
            low0,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[inline(always)]
fn box_muller<S: Simd>(s: S, radius_bits: S::I, angle_bits: S::I) -> [S::V; 2] {
    const UNIT: f32 = 1.0 / (1 << 24) as f32;
    // u in (0, 1]: 24 bits plus one.
    let u = s.fma(s.to_float(s.shift_right::<8>(radius_bits)), s.splat(UNIT), s.splat(UNIT));
    // Rounding may leave ln(1) a hair above zero.
    let radius = s.sqrt(s.max(s.mul(functions::ln(s, u), s.splat(-2.0)), s.splat(0.0)));
    let quarter = std::f32::consts::FRAC_PI_2;
    let t = s.to_float(s.shift_right::<8>(angle_bits));
    let x = s.fma(t, s.splat(UNIT * quarter), s.splat((UNIT / 2.0 - 0.5) * quarter));
    let (sine, cosine) = functions::sin_cos_quarter(s, x);
    let sign = s.shift_left::<31>(s.shift_right::<1>(angle_bits));
    let cosine = s.with_bits(s.xor(s.bits(cosine), sign));
    [
        s.mul(radius, s.select_low_bit(angle_bits, sine, cosine)),
        s.mul(radius, s.select_low_bit(angle_bits, cosine, sine)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    use crate::simd::Isa;

    fn stream(step: u32) -> Stream {
        Stream { seed: 0x1234_5678_9abc_def0, purpose: Purpose::TrainingNoise, step, layer: 3 }
    }

    /// Reference: the scalar Philox and Box-Muller with the standard library in f64.
    #[test]
    fn noise_is_philox_and_box_muller() {
        for isa in Isa::available() {
            let noise = standard_normal(isa, stream(17), 9, 70);
            for r in 0..9 {
                for c in 0..70 {
                    let words = philox([c as u32, r as u32 / 4, 7 << 16 | 3, 17], [0x9abc_def0, 0x1234_5678]);
                    let pair = r % 4 / 2;
                    let (w0, w1) = (words[pair * 2], words[pair * 2 + 1]);
                    let u = (f64::from(w0 >> 8) + 1.0) / f64::from(1 << 24);
                    let x = ((f64::from(w1 >> 8) + 0.5) / f64::from(1 << 24) - 0.5) * std::f64::consts::FRAC_PI_2;
                    let cosine = if w1 & 2 == 2 { -x.cos() } else { x.cos() };
                    let both = if w1 & 1 == 1 { [x.sin(), cosine] } else { [cosine, x.sin()] };
                    let expected = (-2.0 * u.ln()).sqrt() * both[r % 2];
                    let found = f64::from(noise.get(r, c));
                    assert!((found - expected).abs() < 2e-6 * expected.abs().max(0.5), "{found} {expected}");
                }
            }
        }
    }

    /// Reference: the moments and tail of the normal distribution; bounds are six standard errors of 1.6 million numbers.
    #[test]
    fn noise_is_normal() {
        let isa = Isa::detect();
        let (mut n, mut m1, mut m2, mut m3, mut m4, mut tail) = (0f64, 0f64, 0f64, 0f64, 0f64, 0f64);
        let mut lag = 0f64;
        for step in 0..50 {
            let p = standard_normal(isa, stream(step), 100, 320);
            for j in 0..p.count() {
                let mut previous = 0.0;
                for x in p.panel(j).iter().flat_map(|r| r.0).map(f64::from) {
                    n += 1.0;
                    m1 += x;
                    m2 += x * x;
                    m3 += x * x * x;
                    m4 += x.powi(4);
                    tail += f64::from(u8::from(x.abs() > 3.0));
                    lag += x * previous;
                    previous = x;
                }
            }
        }
        let bound = |name, value: f64, expected: f64, sd: f64| {
            let limit = 6.0 * sd / n.sqrt();
            assert!((value / n - expected).abs() < limit, "{name}: {} is not {expected} +- {limit}", value / n);
        };
        bound("mean", m1, 0.0, 1.0);
        bound("variance", m2, 1.0, 2f64.sqrt());
        bound("third moment", m3, 0.0, 15f64.sqrt());
        bound("fourth moment", m4, 3.0, 96f64.sqrt());
        bound("beyond three sigma", tail, 0.002_699_796, 0.0519);
        bound("neighbours", lag, 0.0, 1.0);
    }

    #[test]
    fn addresses_differ_and_padding_is_quiet() {
        let isa = Isa::detect();
        let base = standard_normal(isa, stream(0), 4, 40);
        assert_ne!(base.get(0, 0), standard_normal(isa, stream(1), 4, 40).get(0, 0));
        assert_ne!(base.get(0, 0), standard_normal(isa, Stream { layer: 4, ..stream(0) }, 4, 40).get(0, 0));
        assert_ne!(base.get(0, 0), standard_normal(isa, Stream { seed: 1, ..stream(0) }, 4, 40).get(0, 0));
        assert!(base.panel(1).iter().all(|r| r.0[8..].iter().all(|&x| x == 0.0)));
        // A longer matrix has the same first rows: noise does not depend on the batch being split.
        assert_eq!(standard_normal(isa, stream(0), 7, 40).panel(1)[3], base.panel(1)[3]);
    }
}
