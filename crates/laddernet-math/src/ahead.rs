//! Memory that will be read next, brought nearer while a product is computed.
//!
//! Only f32 products leave time for it: those of the tile unit are over sooner than the lines come.
#![allow(unsafe_code, reason = "the prefetch instruction, which reads nothing")]

use crate::panels::Row;

/// Asks for share `i` of `count` of the rows `0..length`. A little at a time: all at once would fill the buffers that the
/// product's own loads need.
#[inline(always)]
pub(crate) fn ask<'a>(rows: impl Fn(usize) -> &'a Row, length: usize, i: usize, count: usize) {
    for r in i * length / count..(i + 1) * length / count {
        for line in rows(r).0.chunks_exact(LINE) {
            prefetch(&line[0]);
        }
    }
}

/// Floats in a line of the cache.
const LINE: usize = 16;

#[inline(always)]
fn prefetch(value: &f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, and it never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
