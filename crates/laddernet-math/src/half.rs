//! bf16 copies of matrices in the two layouts that products read, and the products themselves.
//!
//! Instructions multiply two neighbouring inner elements at a time, so both layouts keep two in a word, the one with
//! the lower index in the lower half. The left operand has them side by side in a row ([`Halves`]); the right
//! operand has rows 2i and 2i+1 interleaved ([`Pairs`]). Every inner size is padded to a multiple of 32 with zeros.
//!
//! An element is one f32 sum over the inner index in ascending order, two products a step: a row's bits do not depend on
//! its neighbours. The instructions take denormal numbers for zero and differ from each other in rounding inside a step.
#![allow(unsafe_code, reason = "matrix instructions; each block says what it relies on")]

pub use crate::pairs::{Halves, Pairs};
use crate::panels::{Row, WIDTH};
use crate::product::parts;
use crate::simd::{Isa, Products, Simd, kernel};

/// Tiles of a right operand that all rows go through before the next ones: they stay in the first cache meanwhile.
pub(crate) const PART: usize = 8;

/// Pairs of a 32 x 32 tile.
pub const TILE_PAIRS: usize = WIDTH / 2;

/// The nearest bf16 in the upper half of the word, ties to even; the lower half is what is left over. A number above
/// the largest bf16 becomes infinite, and a NaN may become any number: whoever must know looks at the f32 values, as
/// the training loop does.
#[inline(always)]
fn rounded<S: Simd>(s: S, x: S::V) -> S::I {
    let bits = s.bits(x);
    let odd = s.and(s.shift_right::<16>(bits), s.splat_bits(1));
    s.add_bits(bits, s.add_bits(odd, s.splat_bits(0x7fff)))
}

#[inline(always)]
fn pair<S: Simd>(s: S, first: &Row, second: &Row, out: &mut Pairs) {
    let low = s.shift_right::<16>(rounded(s, s.load(first)));
    let high = s.and(rounded(s, s.load(second)), s.splat_bits(0xffff_0000));
    s.store_words(s.or(low, high), out);
}

#[inline(always)]
fn halves<S: Simd>(s: S, row: &Row, out: &mut Halves) {
    s.store_halves(s.shift_right::<16>(rounded(s, s.load(row))), out);
}

/// Left columns, then right columns of 16 rows of words.
#[inline(always)]
fn quarter(x: &[Pairs; TILE_PAIRS], right: usize) -> [Halves; 16] {
    std::array::from_fn(|i| Halves(x[i].0[16 * right..16 * right + 16].try_into().expect("16 words")))
}

kernel! {
    /// A panel as the left operand of a product over its columns. `out` has at least as many rows; the rest become
    /// zero.
    pub fn pack_rows<S>(s, x: &[Row], out: &mut [Halves]) {
        for (x, out) in x.iter().zip(&mut *out) {
            halves(s, x, out);
        }
        out[x.len()..].fill(Halves::ZERO);
    }
}

kernel! {
    /// A panel as the right operand of a product over its rows; `out` has at least half as many rows.
    pub fn pack_pairs<S>(s, x: &[Row], out: &mut [Pairs]) {
        let used = x.len().div_ceil(2);
        for (x, out) in x.chunks(2).zip(&mut *out) {
            pair(s, &x[0], x.get(1).unwrap_or(&Row::ZERO), out);
        }
        out[used..].fill(Pairs::ZERO);
    }
}

kernel! {
    /// A panel as the transposed left operand of a product over its rows: for each 32 rows, 32 rows of `out`, one a
    /// column of `x`.
    pub fn pack_across<S>(s, x: &[Row], out: &mut [Halves]) {
        for (x, out) in x.chunks(WIDTH).zip(out.chunks_exact_mut(WIDTH)) {
            let mut pairs = [Pairs::ZERO; TILE_PAIRS];
            for (x, pairs) in x.chunks(2).zip(&mut pairs) {
                pair(s, &x[0], x.get(1).unwrap_or(&Row::ZERO), pairs);
            }
            for side in 0..2 {
                let mut block = quarter(&pairs, side);
                s.transpose(&mut block);
                out[16 * side..16 * side + 16].copy_from_slice(&block);
            }
        }
    }
}

kernel! {
    /// Tiles of weights as the right operand of a product over their columns: of each 32 x 32 tile 16 pairs of columns.
    pub fn pack_transposed<S>(s, tiles: &[Row], out: &mut [Pairs]) {
        for (tile, out) in tiles.chunks_exact(WIDTH).zip(out.chunks_exact_mut(TILE_PAIRS)) {
            for side in 0..2 {
                let mut block = [Halves::ZERO; 16];
                for (row, out) in tile[16 * side..16 * side + 16].iter().zip(&mut block) {
                    halves(s, row, out);
                }
                s.transpose(&mut block);
                for (out, block) in out.iter_mut().zip(&block) {
                    out.0[16 * side..16 * side + 16].copy_from_slice(&block.0);
                }
            }
        }
    }
}

/// The left operand: `rows` rows for each 32 inner elements, one such block after the other.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    data: &'a [Halves],
    stride: usize,
}

impl<'a> Left<'a> {
    /// Blocks of `stride` rows, a multiple of 32.
    pub fn new(data: &'a [Halves], stride: usize) -> Self {
        assert!(
            stride.is_multiple_of(WIDTH) && data.len().is_multiple_of(stride.max(1)),
            "blocks of {stride} rows in {}",
            data.len()
        );
        Left { data, stride }
    }
}

/// The right operand: 16 pairs of rows for each 32 inner elements, the next block `stride` pairs further on; or
/// several such operands, each `step` pairs after the one before.
#[derive(Clone, Copy)]
pub struct Right<'a> {
    data: &'a [Pairs],
    stride: usize,
    step: usize,
    count: usize,
}

impl<'a> Right<'a> {
    /// Blocks of 16 pairs at every `stride` pairs.
    pub fn new(data: &'a [Pairs], stride: usize) -> Self {
        assert!(stride >= TILE_PAIRS);
        Right { data, stride, step: data.len(), count: 1 }
    }

    /// As many operands of `step` pairs as there are, their blocks side by side.
    pub fn several(data: &'a [Pairs], step: usize) -> Self {
        let count = data.len().checked_div(step).unwrap_or(0);
        Right { data, stride: TILE_PAIRS, step, count }
    }

    fn operand(&self, i: usize, from: usize) -> &'a [Pairs] {
        &self.data[i * self.step..(i + 1) * self.step][from * self.stride..]
    }
}

/// `out[r, :] = sum_i left[r, i] right[i, :]`, of which this call takes `blocks` blocks of 32 inner elements, those of
/// the left operand from block `from` on. Unless `from` is 0, sums go on from what is in `out`. Without any block the
/// sums are 0. For several right operands, `out` has the rows for one after those for the other: one call for all of
/// them sets the tile unit up once.
///
/// # Panics
/// When an operand is too short.
pub fn multiply(isa: Isa, left: Left<'_>, from: usize, right: Right<'_>, blocks: usize, out: &mut [Row]) {
    if right.count == 0 || out.is_empty() {
        return;
    }
    if blocks == 0 {
        return if from == 0 {
            out.fill(Row::ZERO)
        };
    }
    assert!(out.len().is_multiple_of(right.count), "{} rows for {} operands", out.len(), right.count);
    let rows = out.len() / right.count;
    // Checked arithmetic: below, only these lines stand between sizes and memory.
    let left_end = from.checked_add(blocks).and_then(|end| end.checked_mul(left.stride));
    let right_end = (blocks - 1).checked_mul(right.stride).and_then(|last| last.checked_add(TILE_PAIRS));
    assert!(left_end.is_some_and(|end| end <= left.data.len()) && rows <= left.stride, "left operand");
    assert!(right_end.is_some_and(|end| end <= right.step), "right operand");
    let left = Left { data: &left.data[from * left.stride..], ..left };
    match isa.products {
        Products::F32 => panic!("a product of bf16 operands with the instructions of f32"),
        Products::Bf16Portable => for_each_part(left, from, right, blocks, out, |left, right, blocks, goes_on, out| {
            portable(left, right, blocks, goes_on, out)
        }),
        #[cfg(target_arch = "x86_64")]
        Products::Bf16Dot => {
            for_each_part(left, from, right, blocks, out, |left, right, blocks, goes_on, out| {
                // SAFETY: an `Isa` with these products exists only where the processor has the instructions; sizes are
                // checked above.
                unsafe { x86::dot(left, right, blocks, goes_on, out) }
            })
        }
        #[cfg(target_arch = "x86_64")]
        Products::Bf16Tiles => {
            // SAFETY: as above; the system has granted the tile registers, too.
            let unit = unsafe { x86::TileUnit::set_up() };
            for_each_part(left, from, right, blocks, out, |left, right, blocks, goes_on, out| {
                // SAFETY: as above.
                unsafe { unit.multiply(left, right, blocks, goes_on, out) }
            })
        }
    }
}

/// One operand after the other, and of each one part after the other.
#[inline(always)]
fn for_each_part(
    left: Left<'_>,
    from: usize,
    right: Right<'_>,
    blocks: usize,
    out: &mut [Row],
    mut product: impl FnMut(Left<'_>, Right<'_>, usize, bool, &mut [Row]),
) {
    let rows = out.len() / right.count;
    for (i, out) in out.chunks_exact_mut(rows).enumerate() {
        for part in parts(blocks, PART) {
            let left = Left { data: &left.data[part.start * left.stride..], ..left };
            let right = Right { data: right.operand(i, part.start), ..right };
            product(left, right, part.len(), from + part.start > 0, out);
        }
    }
}

fn portable(left: Left<'_>, right: Right<'_>, blocks: usize, goes_on: bool, out: &mut [Row]) {
    let (low, high) = (|word: u32| f32::from_bits(word << 16), |word: u32| f32::from_bits(word & 0xffff_0000));
    for (r, out) in out.iter_mut().enumerate() {
        let mut sum = if goes_on { out.0 } else { [0f32; WIDTH] };
        for b in 0..blocks {
            let row = &left.data[b * left.stride + r];
            for (i, &a) in row.0.iter().enumerate() {
                let pairs = &right.data[b * right.stride + i];
                for (sum, &w) in sum.iter_mut().zip(&pairs.0) {
                    *sum += low(a) * low(w);
                    *sum += high(a) * high(w);
                }
            }
        }
        *out = Row(sum);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: u32) -> Vec<Row> {
        let value = |i: usize| ((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 8e6 - 1.0;
        (0..n).map(|r| Row(std::array::from_fn(|c| value(r * WIDTH + c)))).collect()
    }

    /// Reference: rounding to the nearest of the two neighbours, by comparing distances in f64.
    fn bf16(x: f32) -> f32 {
        let below = f32::from_bits(x.to_bits() & 0xffff_0000);
        let above = f32::from_bits((x.to_bits() & 0xffff_0000).wrapping_add(0x1_0000));
        let (to_below, to_above) = ((f64::from(x) - f64::from(below)).abs(), (f64::from(above) - f64::from(x)).abs());
        let even = below.to_bits() >> 16 & 1 == 0;
        if to_below < to_above || to_below == to_above && even { below } else { above }
    }

    fn all() -> Vec<Isa> {
        let kinds = Isa::available().into_iter().map(|isa| Isa { products: Products::Bf16Portable, ..isa });
        kinds.chain(Isa::available_bf16()).collect()
    }

    #[test]
    fn rounding_is_to_the_nearest_even() {
        // Halfway between two neighbours: 1 + 1 and 1 + 3 units of 2^-8.
        for x in [1.0, 257.0 / 256.0, 259.0 / 256.0, -257.0 / 256.0, 3.1e-39, 0.1, -7.3e20, 0.0, 1.9999] {
            for isa in all() {
                let mut out = [Halves::ZERO];
                pack_rows(isa, &[Row([x; WIDTH])], &mut out);
                let expected = bf16(x).to_bits() >> 16;
                assert_eq!(out[0].0, [expected << 16 | expected; 16], "{x} {}", isa.name());
            }
        }
    }

    #[test]
    fn layouts_hold_each_element_in_its_place() {
        let at = |x: &Row, c: usize| bf16(x.0[c]).to_bits() >> 16;
        for isa in all() {
            for rows in [1, 31, 32, 45] {
                let x = numbers(rows, 5);
                let get = |r: usize, c: usize| x.get(r).map_or(0, |x| at(x, c));
                let padded = rows.next_multiple_of(WIDTH);
                let (mut a, mut t) = (vec![Halves([7; 16]); padded], vec![Halves([7; 16]); padded]);
                let mut p = vec![Pairs([7; WIDTH]); padded / 2];
                pack_rows(isa, &x, &mut a);
                pack_across(isa, &x, &mut t);
                pack_pairs(isa, &x, &mut p);
                for r in 0..padded {
                    for c in 0..WIDTH {
                        let half = |word: u32, odd: usize| word >> (16 * odd) & 0xffff;
                        assert_eq!(half(a[r].0[c / 2], c % 2), get(r, c));
                        assert_eq!(half(p[r / 2].0[c], r % 2), get(r, c));
                        assert_eq!(half(t[r / 32 * 32 + c].0[r % 32 / 2], r % 2), get(r, c));
                    }
                }
            }
        }
    }

    /// Reference: sums in f64 of the rounded operands, for all three products of a layer.
    #[test]
    fn products_agree_with_double_precision() {
        for isa in Isa::available_bf16() {
            for (n, k_panels, m_panels) in [(1usize, 1, 1), (13, 2, 1), (32, 3, 2), (50, 2, 3), (75, 1, 2), (33, 9, 17)]
            {
                let padded = n.next_multiple_of(WIDTH);
                let a: Vec<Vec<Row>> = (0..k_panels).map(|p| numbers(n, 3 + p as u32)).collect();
                let d: Vec<Vec<Row>> = (0..m_panels).map(|j| numbers(n, 30 + j as u32)).collect();
                let w: Vec<Vec<Row>> = (0..k_panels * m_panels).map(|i| numbers(WIDTH, 300 + i as u32)).collect();
                let mut left = vec![Halves::ZERO; k_panels * padded];
                let mut across = left.clone();
                for p in 0..k_panels {
                    pack_rows(isa, &a[p], &mut left[p * padded..][..padded]);
                    pack_across(isa, &a[p], &mut across[p * padded..][..padded]);
                }
                let (mut d_left, mut d_pairs) =
                    (vec![Halves::ZERO; m_panels * padded], vec![Pairs::ZERO; m_panels * padded / 2]);
                for j in 0..m_panels {
                    pack_rows(isa, &d[j], &mut d_left[j * padded..][..padded]);
                    pack_pairs(isa, &d[j], &mut d_pairs[j * padded / 2..][..padded / 2]);
                }
                let w_rows = w.concat();
                let mut forward = vec![Pairs([7; WIDTH]); w.len() * TILE_PAIRS];
                let mut backward = forward.clone();
                pack_pairs(isa, &w_rows, &mut forward);
                pack_transposed(isa, &w_rows, &mut backward);
                let x = |r: usize, k: usize| f64::from(bf16(a[k / 32][r].0[k % 32]));
                let g = |r: usize, m: usize| f64::from(bf16(d[m / 32][r].0[m % 32]));
                let v = |k: usize, m: usize| f64::from(bf16(w[k / 32 * m_panels + m / 32][k % 32].0[m % 32]));
                let (k, m) = (k_panels * 32, m_panels * 32);
                let check = |out: &[Row], r: usize, c: usize, expected: f64| {
                    let found = f64::from(out[r].0[c]);
                    let tolerance = 2e-5 + 2e-6 * expected.abs(); // some units of the last of f32's 24 bits
                    assert!((found - expected).abs() < tolerance, "{} {n} {k} {m}: {found} for {expected}", isa.name());
                };
                for j in 0..m_panels {
                    let mut out = vec![Row([9.0; WIDTH]); n];
                    let right = Right::new(&forward[j * TILE_PAIRS..], m_panels * TILE_PAIRS);
                    multiply(isa, Left::new(&left, padded), 0, right, k_panels, &mut out);
                    for r in 0..n {
                        for c in 0..32 {
                            check(&out, r, c, (0..k).map(|i| x(r, i) * v(i, j * 32 + c)).sum());
                        }
                    }
                }
                for p in 0..k_panels {
                    let mut out = vec![Row([9.0; WIDTH]); n];
                    let right = Right::new(&backward[p * m_panels * TILE_PAIRS..], TILE_PAIRS);
                    // In two calls, as a caller does that packs a part at a time.
                    let first = m_panels / 2;
                    multiply(isa, Left::new(&d_left, padded), 0, right, first, &mut out);
                    let rest = Right::new(&backward[(p * m_panels + first) * TILE_PAIRS..], TILE_PAIRS);
                    multiply(isa, Left::new(&d_left, padded), first, rest, m_panels - first, &mut out);
                    let mut tiles = vec![Row([9.0; WIDTH]); m_panels * WIDTH];
                    let left = Left::new(&across[p * padded..][..padded], WIDTH);
                    multiply(isa, left, 0, Right::several(&d_pairs, padded / 2), padded / WIDTH, &mut tiles);
                    for c in 0..32 {
                        for r in 0..n {
                            check(&out, r, c, (0..m).map(|i| g(r, i) * v(p * 32 + c, i)).sum());
                        }
                        for i in 0..m_panels * WIDTH {
                            let (j, i_in) = (i / WIDTH, i % WIDTH);
                            check(&tiles, i, c, (0..n).map(|r| x(r, p * 32 + i_in) * g(r, j * 32 + c)).sum());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn sizes_that_wrap_are_refused() {
        let (left, right) = (vec![Halves::ZERO; WIDTH], vec![Pairs::ZERO; TILE_PAIRS]);
        for isa in Isa::available_bf16() {
            for (from, blocks, stride) in
                [(0, usize::MAX / 32 + 2, 16), (usize::MAX, 1, 16), (0, 3, usize::MAX / 2 + 1)]
            {
                let refused = std::panic::catch_unwind(|| {
                    let (left, right) = (Left::new(&left, WIDTH), Right::new(&right, stride));
                    multiply(isa, left, from, right, blocks, &mut [Row::ZERO]);
                });
                assert!(refused.is_err(), "{} {from} {blocks} {stride}", isa.name());
            }
        }
    }

    #[test]
    fn a_rows_bits_do_not_depend_on_its_neighbours() {
        let x = numbers(75, 1);
        let mut w = vec![Pairs::ZERO; TILE_PAIRS];
        pack_pairs(Isa::detect(), &numbers(WIDTH, 2), &mut w);
        for isa in Isa::available_bf16() {
            let product = |x: &[Row]| {
                let mut left = vec![Halves::ZERO; x.len().next_multiple_of(WIDTH)];
                pack_rows(isa, x, &mut left);
                let mut out = vec![Row::ZERO; x.len()];
                multiply(isa, Left::new(&left, left.len()), 0, Right::new(&w, TILE_PAIRS), 1, &mut out);
                out
            };
            let all = product(&x);
            for r in 0..x.len() {
                assert_eq!(product(&x[r..r + 1])[0], all[r], "{} {r}", isa.name());
            }
        }
    }
}
