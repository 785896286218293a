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
mod tests;
