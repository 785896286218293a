//! The operations with AVX2 and FMA.
#![allow(unsafe_code, reason = "vector instructions; every call is covered by the proof that `self` is")]

use super::Simd;
use crate::pairs::Pairs;
use crate::panels::Row;
use std::arch::x86_64::*;

/// AVX2 and FMA; a value is the proof that the processor has the instructions.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, to be had only inside a function compiled for these instructions.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub(crate) fn new() -> Self {
        Avx2(())
    }
}

type V = [__m256; 4];
type I = [__m256i; 4];

#[inline(always)]
fn array<T>(f: impl Fn(usize) -> T) -> [T; 4] {
    [f(0), f(1), f(2), f(3)]
}

#[inline(always)]
fn array2<T: Copy>(f: impl Fn(usize) -> (T, T)) -> ([T; 4], [T; 4]) {
    let [p0, p1, p2, p3] = array(f);
    ([p0.0, p1.0, p2.0, p3.0], [p0.1, p1.1, p2.1, p3.1])
}

impl Simd for Avx2 {
    type V = V;
    type I = I;
    // 12 sums, 2 for the other operand and a factor: 15 of 16 registers.
    type Part = [__m256; 2];
    const PARTS: usize = 2;
    const PRODUCT_ROWS: usize = 6;

    #[inline(always)]
    fn load(self, row: &Row) -> V {
        // SAFETY: `self` proves the instructions; a `Row` is aligned to 64 bytes and holds 32 floats.
        unsafe { array(|i| _mm256_load_ps(row.0.as_ptr().add(8 * i))) }
    }
    #[inline(always)]
    fn store(self, v: V, row: &mut Row) {
        // SAFETY: `self` proves the instructions; a `Row` is aligned to 64 bytes and holds 32 floats.
        unsafe {
            _mm256_store_ps(row.0.as_mut_ptr().add(0), v[0]);
            _mm256_store_ps(row.0.as_mut_ptr().add(8), v[1]);
            _mm256_store_ps(row.0.as_mut_ptr().add(16), v[2]);
            _mm256_store_ps(row.0.as_mut_ptr().add(24), v[3])
        }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm256_set1_ps(x); 4] }
    }
    #[inline(always)]
    fn add(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_add_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn sub(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_sub_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn mul(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_mul_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn div(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_div_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn fma(self, a: V, b: V, c: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_fmadd_ps(a[i], b[i], c[i])) }
    }
    #[inline(always)]
    fn load_part(self, row: &Row, part: usize) -> Self::Part {
        let half: &[f32; 16] = row.0[16 * part..][..16].try_into().expect("half a row");
        // SAFETY: `self` proves the instructions; half a `Row` is aligned to 64 bytes and holds 16 floats.
        unsafe { [_mm256_load_ps(half.as_ptr()), _mm256_load_ps(half.as_ptr().add(8))] }
    }
    #[inline(always)]
    fn store_part(self, v: Self::Part, row: &mut Row, part: usize) {
        let half: &mut [f32; 16] = (&mut row.0[16 * part..][..16]).try_into().expect("half a row");
        // SAFETY: `self` proves the instructions; half a `Row` is aligned to 64 bytes and holds 16 floats.
        unsafe {
            _mm256_store_ps(half.as_mut_ptr(), v[0]);
            _mm256_store_ps(half.as_mut_ptr().add(8), v[1])
        }
    }
    #[inline(always)]
    fn splat_part(self, x: f32) -> Self::Part {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    fn fma_part(self, a: Self::Part, b: Self::Part, c: Self::Part) -> Self::Part {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    fn min(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_min_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn max(self, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_max_ps(a[i], b[i])) }
    }
    #[inline(always)]
    fn sqrt(self, a: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_sqrt_ps(a[i])) }
    }
    #[inline(always)]
    fn where_positive(self, gate: V, a: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate[i], _mm256_setzero_ps()), a[i])) }
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { [_mm256_set1_epi32(x as i32); 4] }
    }
    #[inline(always)]
    fn lane_index(self) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe {
            array(|i| _mm256_add_epi32(_mm256_set1_epi32(8 * i as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))
        }
    }
    #[inline(always)]
    fn bits(self, a: V) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_castps_si256(a[i])) }
    }
    #[inline(always)]
    fn with_bits(self, a: I) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_castsi256_ps(a[i])) }
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_add_epi32(a[i], b[i])) }
    }
    #[inline(always)]
    fn xor(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_xor_si256(a[i], b[i])) }
    }
    #[inline(always)]
    fn and(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_and_si256(a[i], b[i])) }
    }
    #[inline(always)]
    fn or(self, a: I, b: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_or_si256(a[i], b[i])) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_sll_epi32(a[i], _mm_cvtsi32_si128(N as i32))) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_srl_epi32(a[i], _mm_cvtsi32_si128(N as i32))) }
    }
    #[inline(always)]
    fn mul_wide(self, a: I, b: I) -> (I, I) {
        // SAFETY: `self` proves the instructions.
        unsafe {
            array2(|i| {
                let even = _mm256_mul_epu32(a[i], b[i]);
                let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a[i]), _mm256_srli_epi64::<32>(b[i]));
                let high = _mm256_blend_epi32::<0xAA>(_mm256_srli_epi64::<32>(even), odd);
                let low = _mm256_blend_epi32::<0xAA>(even, _mm256_slli_epi64::<32>(odd));
                (high, low)
            })
        }
    }
    #[inline(always)]
    fn to_float(self, a: I) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_cvtepi32_ps(a[i])) }
    }
    #[inline(always)]
    fn to_int(self, a: V) -> I {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_cvtps_epi32(a[i])) }
    }
    #[inline(always)]
    fn store_words(self, a: I, out: &mut Pairs) {
        // SAFETY: `self` proves the instructions; `Pairs` is aligned to 64 bytes and holds 32 words.
        unsafe {
            _mm256_store_si256(out.0.as_mut_ptr().add(0).cast(), a[0]);
            _mm256_store_si256(out.0.as_mut_ptr().add(8).cast(), a[1]);
            _mm256_store_si256(out.0.as_mut_ptr().add(16).cast(), a[2]);
            _mm256_store_si256(out.0.as_mut_ptr().add(24).cast(), a[3])
        }
    }
    #[inline(always)]
    fn select_low_bit(self, choose: I, a: V, b: V) -> V {
        // SAFETY: `self` proves the instructions.
        unsafe { array(|i| _mm256_blendv_ps(b[i], a[i], _mm256_castsi256_ps(_mm256_slli_epi32::<31>(choose[i])))) }
    }
}
