//! The operations in plain Rust, for any processor and as the reference of the others.

use super::{Simd, the_part_is_the_row};
use crate::pairs::Pairs;
use crate::panels::{Row, WIDTH};
use std::array::from_fn;

/// Plain Rust.
#[derive(Clone, Copy)]
pub struct Portable;

type V = [f32; WIDTH];
type I = [u32; WIDTH];

impl Simd for Portable {
    type V = V;
    type I = I;
    the_part_is_the_row!();
    const PRODUCT_ROWS: usize = 1;

    #[inline(always)]
    fn load(self, row: &Row) -> V {
        row.0
    }
    #[inline(always)]
    fn store(self, v: V, row: &mut Row) {
        row.0 = v;
    }
    #[inline(always)]
    fn splat(self, x: f32) -> V {
        [x; WIDTH]
    }
    #[inline(always)]
    fn add(self, a: V, b: V) -> V {
        from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: V, b: V) -> V {
        from_fn(|i| a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: V, b: V) -> V {
        from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: V, b: V) -> V {
        from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    fn fma(self, a: V, b: V, c: V) -> V {
        from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn min(self, a: V, b: V) -> V {
        from_fn(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn max(self, a: V, b: V) -> V {
        from_fn(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn sqrt(self, a: V) -> V {
        from_fn(|i| a[i].sqrt())
    }
    #[inline(always)]
    fn where_positive(self, gate: V, a: V) -> V {
        from_fn(|i| if gate[i] > 0.0 { a[i] } else { 0.0 })
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> I {
        [x; WIDTH]
    }
    #[inline(always)]
    fn lane_index(self) -> I {
        from_fn(|i| i as u32)
    }
    #[inline(always)]
    fn bits(self, a: V) -> I {
        from_fn(|i| a[i].to_bits())
    }
    #[inline(always)]
    fn with_bits(self, a: I) -> V {
        from_fn(|i| f32::from_bits(a[i]))
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn xor(self, a: I, b: I) -> I {
        from_fn(|i| a[i] ^ b[i])
    }
    #[inline(always)]
    fn and(self, a: I, b: I) -> I {
        from_fn(|i| a[i] & b[i])
    }
    #[inline(always)]
    fn or(self, a: I, b: I) -> I {
        from_fn(|i| a[i] | b[i])
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        from_fn(|i| a[i] << N)
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        from_fn(|i| a[i] >> N)
    }
    #[inline(always)]
    fn mul_wide(self, a: I, b: I) -> (I, I) {
        let p: [u64; WIDTH] = from_fn(|i| u64::from(a[i]) * u64::from(b[i]));
        (from_fn(|i| (p[i] >> 32) as u32), from_fn(|i| p[i] as u32))
    }
    #[inline(always)]
    fn to_float(self, a: I) -> V {
        from_fn(|i| a[i] as i32 as f32)
    }
    #[inline(always)]
    fn to_int(self, a: V) -> I {
        from_fn(|i| a[i].round_ties_even() as i32 as u32)
    }
    #[inline(always)]
    fn store_words(self, a: I, out: &mut Pairs) {
        out.0 = a;
    }
    #[inline(always)]
    fn select_low_bit(self, choose: I, a: V, b: V) -> V {
        from_fn(|i| if choose[i] & 1 == 1 { a[i] } else { b[i] })
    }
}
