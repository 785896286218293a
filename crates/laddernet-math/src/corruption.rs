//! Corruption of a model's inputs that is no Gaussian noise: values that are lost, and values that turn black or white
//! (Vincent, Larochelle, Lajoie, Bengio, Manzagol 2010, section 3.3).
//!
//! Both decide about a value by one number `u`, uniform in 0..1, of the stream: it is hit where `u < share`. So the places
//! that were hit can be asked for again, and nothing need be kept.

use crate::normal::{Stream, words};
use crate::panels::{Row, WIDTH};
use crate::simd::{Simd, kernel};

/// 24 bits, below 1.
const UNIT: f32 = 1.0 / (1 << 24) as f32;

/// The numbers `u` of four rows.
#[inline(always)]
fn uniform<S: Simd>(s: S, stream: Stream, panel: usize, group: usize) -> [S::V; 4] {
    words(s, stream, panel, group).map(|word| s.mul(s.to_float(s.shift_right::<8>(word)), s.splat(UNIT)))
}

kernel! {
    /// `out[r] = x[r]`, and 0 where it is hit: masking noise. Panel `panel` of a matrix; rows are counted from the first.
    pub fn mask<S>(s, stream: Stream, panel: usize, share: f32, x: &[Row], out: &mut [Row]) {
        assert_eq!(x.len(), out.len());
        // The smallest step below: u = share is kept.
        let below = s.splat(share - UNIT / 2.0);
        for (group, (x, out)) in x.chunks(4).zip(out.chunks_mut(4)).enumerate() {
            for ((u, x), out) in uniform(s, stream, panel, group).into_iter().zip(x).zip(out) {
                s.store(s.where_positive(s.sub(u, below), s.load(x)), out);
            }
        }
    }
}

kernel! {
    /// `out[r] = x[r]`, and 1 or 0, as often, where it is hit: salt and pepper. Panel `panel` of a matrix of `columns`
    /// columns; padding becomes 0.
    pub fn salt_and_pepper<S>(s, stream: Stream, panel: usize, columns: usize, share: f32, x: &[Row], out: &mut [Row]) {
        assert_eq!(x.len(), out.len());
        let used = columns.saturating_sub(panel * WIDTH);
        let one = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (below, half) = (s.splat(share - UNIT / 2.0), s.splat(share / 2.0));
        for (group, (x, out)) in x.chunks(4).zip(out.chunks_mut(4)).enumerate() {
            for ((u, x), out) in uniform(s, stream, panel, group).into_iter().zip(x).zip(out) {
                let kept = s.where_positive(s.sub(u, below), s.load(x));
                s.store(s.add(kept, s.where_positive(s.sub(half, u), one)), out);
            }
        }
    }
}

kernel! {
    /// Units that are dropped (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014): `x` becomes 0 where it is hit,
    /// else `x / (1 - share)`, so that sums keep their mean. The share is below 1.
    pub fn drop_units<S>(s, stream: Stream, panel: usize, share: f32, x: &mut [Row]) {
        let (below, scale) = (s.splat(share - UNIT / 2.0), s.splat(1.0 / (1.0 - share)));
        for (group, x) in x.chunks_mut(4).enumerate() {
            for (u, x) in uniform(s, stream, panel, group).into_iter().zip(x) {
                s.store(s.where_positive(s.sub(u, below), s.mul(s.load(x), scale)), x);
            }
        }
    }
}

kernel! {
    /// `out[r] = hit` where these hit with the same stream and share, else `kept`: how much each value counts.
    pub fn weigh<S>(s, stream: Stream, panel: usize, share: f32, hit: f32, kept: f32, out: &mut [Row]) {
        let below = s.splat(share - UNIT / 2.0);
        let (hit, kept, one) = (s.splat(hit), s.splat(kept), s.splat(1.0));
        for (group, out) in out.chunks_mut(4).enumerate() {
            for (u, out) in uniform(s, stream, panel, group).into_iter().zip(out) {
                let is_kept = s.where_positive(s.sub(u, below), one);
                // A number times 1 and a number times 0: exactly one of both.
                s.store(s.fma(is_kept, kept, s.mul(s.sub(one, is_kept), hit)), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::simd::Isa;

    const STREAM: Stream = Stream { seed: 3, purpose: Purpose::TrainingNoise, step: 2, layer: 0 };

    /// Shares within five standard deviations; the same places are hit by both, and asking again for them by masking a
    /// matrix of ones tells them.
    #[test]
    fn as_many_are_hit_as_were_asked_for_and_in_the_same_places() {
        let n = 20_001;
        let x = vec![Row([0.5; WIDTH]); n];
        for isa in Isa::available() {
            for share in [0.0, 0.25, 1.0] {
                let (mut masked, mut spoilt, mut kept) = (x.clone(), x.clone(), x.clone());
                mask(isa, STREAM, 1, share, &x, &mut masked);
                salt_and_pepper(isa, STREAM, 1, 62, share, &x, &mut spoilt);
                mask(isa, STREAM, 1, share, &vec![Row([1.0; WIDTH]); n], &mut kept);
                let mut weights = x.clone();
                weigh(isa, STREAM, 1, share, 0.3, 7.7, &mut weights);
                let mut dropped = x.clone();
                drop_units(isa, STREAM, 1, share.min(0.75), &mut dropped);
                let mut counts = [0.0; 3]; // black, kept, white
                for r in 0..n {
                    for c in 0..30 {
                        assert_eq!(masked[r].0[c], 0.5 * kept[r].0[c]);
                        assert_eq!(spoilt[r].0[c] == 0.5, kept[r].0[c] == 1.0);
                        if share < 1.0 {
                            assert_eq!(dropped[r].0[c], 0.5 * kept[r].0[c] * (1.0 / (1.0 - share)));
                        }
                        assert_eq!(weights[r].0[c], if kept[r].0[c] == 1.0 { 7.7 } else { 0.3 });
                        counts[(spoilt[r].0[c] * 2.0) as usize] += 1.0;
                    }
                    assert_eq!(spoilt[r].0[31], if kept[r].0[31] == 1.0 { 0.5 } else { 0.0 });
                }
                let values = (30 * n) as f64;
                let near = |count: f64, share: f64| {
                    assert!((count - share * values).abs() <= 5.0 * (share * (1.0 - share) * values).sqrt(), "{count}");
                };
                let share = f64::from(share);
                near(counts[0], share / 2.0);
                near(counts[1], 1.0 - share);
                near(counts[2], share / 2.0);
            }
        }
    }
}
