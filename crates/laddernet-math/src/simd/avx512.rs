//! The operations with AVX-512.
#![allow(unsafe_code, reason = "vector instructions; every call is covered by the proof that `self` is")]

use super::Simd;
use crate::panels::Row;
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
    fn select_low_bit(self, choose: I, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm512_mask_mov_ps(b[i], _mm512_test_epi32_mask(choose[i], _mm512_set1_epi32(1)), a[i])) }
    }
}
