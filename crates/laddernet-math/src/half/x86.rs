//! The bf16 products of x86-64 processors: dot products of pairs (AVX-512 BF16), and the tile unit (AMX).
#![allow(unsafe_code, reason = "matrix instructions; each block says what it relies on")]

use super::{Halves, Left, Pairs, Right, TILE_PAIRS};
use crate::panels::{Row, WIDTH};
use std::arch::asm;
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// Dot products of pairs: R rows of sums in registers. Where a sum goes on, it does from `out`.
///
/// # Safety
/// The processor has the instructions, and the operands have `blocks` blocks and as many rows as `out`.
#[target_feature(enable = "avx512f,avx512bf16")]
pub unsafe fn dot(left: Left<'_>, right: Right<'_>, blocks: usize, goes_on: bool, out: &mut [Row]) {
    let (mut first, mut out) = (0, out);
    macro_rules! blocks_of {
        ($($r:literal)*) => {$(
            while out.len() >= $r {
                let (now, later) = out.split_at_mut($r);
                // SAFETY: handed on.
                unsafe { dot_rows::<$r>(left, first, right, blocks, goes_on, now) };
                first += $r;
                out = later;
            }
        )*};
    }
    blocks_of!(12 8 4 2 1);
}

/// # Safety
/// As [`dot`], for rows `first .. first + R`.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
unsafe fn dot_rows<const R: usize>(
    left: Left<'_>,
    first: usize,
    right: Right<'_>,
    blocks: usize,
    goes_on: bool,
    out: &mut [Row],
) {
    let mut sum = [[_mm512_setzero_ps(); 2]; R];
    if goes_on {
        for r in 0..R {
            // SAFETY: a `Row` is 32 aligned floats.
            sum[r] = unsafe { [_mm512_load_ps(out[r].0.as_ptr()), _mm512_load_ps(out[r].0.as_ptr().add(16))] };
        }
    }
    for b in 0..blocks {
        let rows: &[Halves; R] = left.data[b * left.stride + first..][..R].try_into().expect("R rows");
        let tile: &[Pairs; TILE_PAIRS] = right.data[b * right.stride..][..TILE_PAIRS].try_into().expect("16 pairs");
        for i in 0..TILE_PAIRS {
            // SAFETY: 32 aligned words; vectors of words and of bf16 pairs have the same bits.
            let pairs: [__m512bh; 2] = unsafe {
                let at = tile[i].0.as_ptr();
                [
                    std::mem::transmute::<__m512i, __m512bh>(_mm512_load_si512(at.cast())),
                    std::mem::transmute::<__m512i, __m512bh>(_mm512_load_si512(at.add(16).cast())),
                ]
            };
            for r in 0..R {
                // SAFETY: the same bits.
                let a = unsafe { std::mem::transmute::<__m512i, __m512bh>(_mm512_set1_epi32(rows[r].0[i] as i32)) };
                sum[r][0] = _mm512_dpbf16_ps(sum[r][0], a, pairs[0]);
                sum[r][1] = _mm512_dpbf16_ps(sum[r][1], a, pairs[1]);
            }
        }
    }
    for r in 0..R {
        // SAFETY: a `Row` is 32 aligned floats.
        unsafe {
            _mm512_store_ps(out[r].0.as_mut_ptr(), sum[r][0]);
            _mm512_store_ps(out[r].0.as_mut_ptr().add(16), sum[r][1]);
        }
    }
}

#[repr(C, align(64))]
struct TileConfig([u8; 64]);

/// Eight tiles of 16 rows of 64 bytes: palette 1, then bytes a row at 16, rows at 48.
const TILES: TileConfig = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut t = 0;
    while t < 8 {
        bytes[16 + 2 * t] = 64;
        bytes[48 + t] = 16;
        t += 1;
    }
    TileConfig(bytes)
};

/// The tile unit, set up for this thread until the value is dropped. Two at a time would take it from each other, so
/// it does not leave [`super::multiply`].
pub(super) struct TileUnit(PhantomData<*const ()>);

impl TileUnit {
    /// # Safety
    /// The processor has the instructions, the system has granted the tile registers to this process, and there is no
    /// other value on this thread.
    pub unsafe fn set_up() -> Self {
        // SAFETY: the configuration is valid and 64 bytes long. Like a rounding mode, it is nothing that the compiler
        // knows of or changes.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &TILES, options(nostack, readonly)) };
        TileUnit(PhantomData)
    }

    /// 32 x 32 sums at a time in four tiles, which take four products for each four tiles loaded.
    ///
    /// # Safety
    /// The operands have `blocks > 0` blocks and as many rows as `out`.
    pub unsafe fn multiply(&self, left: Left<'_>, right: Right<'_>, blocks: usize, goes_on: bool, out: &mut [Row]) {
        let b = right.data.as_ptr();
        let (whole, rest) = out.split_at_mut(out.len() / WIDTH * WIDTH);
        let used = whole.len();
        for (block, out) in whole.chunks_exact_mut(WIDTH).enumerate() {
            let a = left.data[block * WIDTH..].as_ptr();
            // SAFETY: the left operand's stride is a multiple of 32, so 32 rows of each block can be read; a block of
            // the right operand is 16 pairs.
            unsafe { rows32(a, left.stride, b, right.stride, blocks, goes_on, out.as_mut_ptr()) };
        }
        if !rest.is_empty() {
            let mut room = [Row::ZERO; WIDTH];
            room[..rest.len()].copy_from_slice(rest);
            let a = left.data[used..].as_ptr();
            let rows = if rest.len() > WIDTH / 2 { rows32 } else { rows16 };
            // SAFETY: as above.
            unsafe { rows(a, left.stride, b, right.stride, blocks, goes_on, room.as_mut_ptr()) };
            rest.copy_from_slice(&room[..rest.len()]);
        }
    }
}

impl Drop for TileUnit {
    /// So that the system need not save the tiles at a switch.
    fn drop(&mut self) {
        // SAFETY: nothing is left in the tiles.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// 32 rows.
///
/// # Safety
/// The tiles are configured; `blocks > 0` blocks of 32 rows at `a` and of 16 pairs at `b`, each so many further on, can
/// be read, and 32 rows at `out` be read and written.
unsafe fn rows32(
    a: *const Halves,
    a_stride: usize,
    b: *const Pairs,
    b_stride: usize,
    blocks: usize,
    goes_on: bool,
    out: *mut Row,
) {
    // SAFETY: as the caller promises; no tile register is expected to hold anything before or after.
    unsafe {
        asm!(
            "test {goes_on:e}, {goes_on:e}",
            "jnz 2f",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "jmp 3f",
            "2:",
            "tileloadd tmm0, [{out} + {row_b}]",
            "tileloadd tmm1, [{out} + {row_b} + 64]",
            "tileloadd tmm2, [{out} + {row_b} + 2048]",
            "tileloadd tmm3, [{out} + {row_b} + 2112]",
            "3:",
            "tileloadd tmm6, [{b} + {row_b}]",
            "tileloadd tmm4, [{a} + {row_a}]",
            "tileloadd tmm7, [{b} + {row_b} + 64]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm5, [{a} + {row_a} + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a}, {a_step}",
            "add {b}, {b_step}",
            "dec {n}",
            "jnz 3b",
            "tilestored [{out} + {row_b}], tmm0",
            "tilestored [{out} + {row_b} + 64], tmm1",
            "tilestored [{out} + {row_b} + 2048], tmm2",
            "tilestored [{out} + {row_b} + 2112], tmm3",
            a = inout(reg) a => _, b = inout(reg) b => _, n = inout(reg) blocks => _, out = in(reg) out,
            a_step = in(reg) a_stride * size_of::<Halves>(), b_step = in(reg) b_stride * size_of::<Pairs>(),
            row_a = in(reg) size_of::<Halves>(), row_b = in(reg) size_of::<Row>(), goes_on = in(reg) u32::from(goes_on),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}

/// 16 rows.
///
/// # Safety
/// As [`rows32`], with 16 rows.
unsafe fn rows16(
    a: *const Halves,
    a_stride: usize,
    b: *const Pairs,
    b_stride: usize,
    blocks: usize,
    goes_on: bool,
    out: *mut Row,
) {
    // SAFETY: as in `rows32`.
    unsafe {
        asm!(
            "test {goes_on:e}, {goes_on:e}",
            "jnz 2f",
            "tilezero tmm0",
            "tilezero tmm1",
            "jmp 3f",
            "2:",
            "tileloadd tmm0, [{out} + {row_b}]",
            "tileloadd tmm1, [{out} + {row_b} + 64]",
            "3:",
            "tileloadd tmm6, [{b} + {row_b}]",
            "tileloadd tmm4, [{a} + {row_a}]",
            "tileloadd tmm7, [{b} + {row_b} + 64]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "add {a}, {a_step}",
            "add {b}, {b_step}",
            "dec {n}",
            "jnz 3b",
            "tilestored [{out} + {row_b}], tmm0",
            "tilestored [{out} + {row_b} + 64], tmm1",
            a = inout(reg) a => _, b = inout(reg) b => _, n = inout(reg) blocks => _, out = in(reg) out,
            a_step = in(reg) a_stride * size_of::<Halves>(), b_step = in(reg) b_stride * size_of::<Pairs>(),
            row_a = in(reg) size_of::<Halves>(), row_b = in(reg) size_of::<Row>(), goes_on = in(reg) u32::from(goes_on),
            out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}
