//! The operations with AVX-512.
#![allow(unsafe_code, reason = "vector instructions; every call is covered by the proof that `self` is")]

use super::{Simd, the_part_is_the_row};
use crate::pairs::{Halves, Pairs};
use crate::panels::{Row, WIDTH};
use std::arch::x86_64::*;

/// AVX-512; a value is the proof that the processor has the instructions.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// The proof, to be had only inside a function compiled for these instructions.
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
    #[inline]
    pub(crate) fn new() -> Self {
        Avx512(())
    }
}

type V = [__m512; 2];
type I = [__m512i; 2];

#[inline(always)]
fn array<T>(f: impl Fn(usize) -> T) -> [T; 2] {
    [f(0), f(1)]
}

#[inline(always)]
fn array2<T: Copy>(f: impl Fn(usize) -> (T, T)) -> ([T; 2], [T; 2]) {
    let [p0, p1] = array(f);
    ([p0.0, p1.0], [p0.1, p1.1])
}

impl Simd for Avx512 {
    type V = V;
    type I = I;
    the_part_is_the_row!();
    const PRODUCT_ROWS: usize = 12;

    #[inline(always)]
    fn load(self, row: &Row) -> V {
        // SAFETY: `self` proves the instructions; a `Row` is aligned to 64 bytes and holds 32 floats.
        unsafe { array(|i| _mm512_load_ps(row.0.as_ptr().add(16 * i))) }
    }
    #[inline(always)]
    fn store(self, v: V, row: &mut Row) {
        // SAFETY: `self` proves the instructions; a `Row` is aligned to 64 bytes and holds 32 floats.
        unsafe {
            _mm512_store_ps(row.0.as_mut_ptr().add(0), v[0]);
            _mm512_store_ps(row.0.as_mut_ptr().add(16), v[1])
        }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm512_set1_ps(x); 2] }
    }
    #[inline(always)]
    fn add(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_add_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn sub(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_sub_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn mul(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_mul_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn div(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_div_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn fma(self, a: V, b: V, c: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_fmadd_ps(a[i], b[i], c[i])) }
    }
    #[inline(always)]
    fn min(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_min_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn max(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_max_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn sqrt(self, a: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_sqrt_ps(a[i])) }
    }
    #[inline(always)]
    fn where_positive(self, gate: V, a: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate[i], _mm512_setzero_ps()), a[i])) }
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm512_set1_epi32(x as i32); 2] }
    }
    #[inline(always)]
    fn lane_index(self) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe {
            array(|i| {
                _mm512_add_epi32(
                    _mm512_set1_epi32(16 * i as i32),
                    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                )
            })
        }
    }
    #[inline(always)]
    fn bits(self, a: V) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_castps_si512(a[i])) }
    }
    #[inline(always)]
    fn with_bits(self, a: I) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_castsi512_ps(a[i])) }
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_add_epi32(a[i], b[i])) }
    }
    #[inline(always)]
    fn xor(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_xor_si512(a[i], b[i])) }
    }
    #[inline(always)]
    fn and(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_and_si512(a[i], b[i])) }
    }
    #[inline(always)]
    fn or(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_or_si512(a[i], b[i])) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_slli_epi32::<N>(a[i])) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_srli_epi32::<N>(a[i])) }
    }
    #[inline(always)]
    fn mul_wide(self, a: I, b: I) -> (I, I) {
        // SAFETY: `self` proves the instructions.
        unsafe {
            array2(|i| {
                let even = _mm512_mul_epu32(a[i], b[i]);
                let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a[i]), _mm512_srli_epi64::<32>(b[i]));
                let high = _mm512_mask_mov_epi32(_mm512_srli_epi64::<32>(even), 0xAAAA, odd);
                let low = _mm512_mask_mov_epi32(even, 0xAAAA, _mm512_slli_epi64::<32>(odd));
                (high, low)
            })
        }
    }
    #[inline(always)]
    fn to_float(self, a: I) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_cvtepi32_ps(a[i])) }
    }
    #[inline(always)]
    fn to_int(self, a: V) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_cvtps_epi32(a[i])) }
    }
    #[inline(always)]
    fn div_by_root(self, a: V, v: V, small: V) -> V {
        // Estimates to 14 bits, each with one step of Newton's; a division and a root take ten times as long.
        // SAFETY: `self` proves the instructions.
        unsafe {
            let (half, one, two) = (_mm512_set1_ps(0.5), _mm512_set1_ps(1.0), _mm512_set1_ps(2.0));
            let mut out = a;
            // A loop, because a closure of this size would not be inlined, and its calls would not be vector code.
            for i in 0..2 {
                // The estimate for 0 would be infinite: 1e-38 has a root that vanishes beside `small`. That for
                // infinity would be 0, and its root no number. Both keep NaN, which stands second.
                let v = _mm512_min_ps(_mm512_set1_ps(f32::MAX), v[i]);
                let r = _mm512_rsqrt14_ps(_mm512_max_ps(_mm512_set1_ps(1e-38), v));
                let root = _mm512_mul_ps(v, r);
                let root = _mm512_fmadd_ps(_mm512_mul_ps(half, root), _mm512_fnmadd_ps(root, r, one), root);
                let divisor = _mm512_add_ps(root, small[i]);
                let inverse = _mm512_rcp14_ps(divisor);
                let inverse = _mm512_mul_ps(inverse, _mm512_fnmadd_ps(divisor, inverse, two));
                out[i] = _mm512_mul_ps(a[i], inverse);
            }
            out
        }
    }
    #[inline(always)]
    fn store_words(self, a: I, out: &mut Pairs) {
        // SAFETY: `self` proves the instructions; `Pairs` is aligned to 64 bytes and holds 32 words.
        unsafe {
            _mm512_store_si512(out.0.as_mut_ptr().add(0).cast(), a[0]);
            _mm512_store_si512(out.0.as_mut_ptr().add(16).cast(), a[1])
        }
    }
    #[inline(always)]
    fn store_halves(self, a: I, out: &mut Halves) {
        // SAFETY: `self` proves the instructions; `Halves` is aligned to 64 bytes and holds 16 words.
        unsafe {
            _mm256_store_si256(out.0.as_mut_ptr().add(0).cast(), _mm512_cvtepi32_epi16(a[0]));
            _mm256_store_si256(out.0.as_mut_ptr().add(8).cast(), _mm512_cvtepi32_epi16(a[1]))
        }
    }
    #[inline(always)]
    fn transpose(self, x: &mut [Halves; 16]) {
        // SAFETY: `self` proves the instructions; each `Halves` is aligned to 64 bytes and holds 16 words.
        unsafe {
            let mut a = [_mm512_setzero_si512(); 16];
            for i in 0..16 {
                a[i] = _mm512_load_si512(x[i].0.as_ptr().cast());
            }
            let b = transposed(a);
            for i in 0..16 {
                _mm512_store_si512(x[i].0.as_mut_ptr().cast(), b[i]);
            }
        }
    }
    #[inline(always)]
    fn transpose_tile(self, tile: &[Row; WIDTH], out: &mut [Row; WIDTH]) {
        for (top, left) in [(0, 0), (0, 16), (16, 0), (16, 16)] {
            // SAFETY: `self` proves the instructions; half a `Row` is 16 aligned words.
            unsafe {
                let mut a = [_mm512_setzero_si512(); 16];
                for i in 0..16 {
                    a[i] = _mm512_load_si512(tile[top + i].0.as_ptr().add(left).cast());
                }
                let b = transposed(a);
                for i in 0..16 {
                    _mm512_store_si512(out[left + i].0.as_mut_ptr().add(top).cast(), b[i]);
                }
            }
        }
    }
    #[inline(always)]
    fn select_low_bit(self, choose: I, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_mask_mov_ps(b[i], _mm512_test_epi32_mask(choose[i], _mm512_set1_epi32(1)), a[i])) }
    }
}

/// Rows and columns of 16 x 16 words exchanged.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn transposed(mut a: [__m512i; 16]) -> [__m512i; 16] {
    // SAFETY: as the caller promises.
    unsafe {
        let mut b = a;
        // Words of two rows, then of four, side by side inside each quarter of a register ...
        for i in 0..8 {
            b[2 * i] = _mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
            b[2 * i + 1] = _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
        }
        for i in 0..4 {
            a[4 * i] = _mm512_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
            a[4 * i + 1] = _mm512_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
            a[4 * i + 2] = _mm512_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
            a[4 * i + 3] = _mm512_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
        }
        // ... then the quarters are brought to their rows.
        for i in 0..4 {
            let even = _mm512_shuffle_i32x4::<0x88>(a[i], a[4 + i]);
            let odd = _mm512_shuffle_i32x4::<0xdd>(a[i], a[4 + i]);
            let later_even = _mm512_shuffle_i32x4::<0x88>(a[8 + i], a[12 + i]);
            let later_odd = _mm512_shuffle_i32x4::<0xdd>(a[8 + i], a[12 + i]);
            b[i] = _mm512_shuffle_i32x4::<0x88>(even, later_even);
            b[8 + i] = _mm512_shuffle_i32x4::<0xdd>(even, later_even);
            b[4 + i] = _mm512_shuffle_i32x4::<0x88>(odd, later_odd);
            b[12 + i] = _mm512_shuffle_i32x4::<0xdd>(odd, later_odd);
        }
        b
    }
}
