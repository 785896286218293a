//! The bf16 products of x86-64 processors: dot products of pairs (AVX-512 BF16), and the tile unit (AMX).
#![allow(unsafe_code, reason = "matrix instructions; each block says what it relies on")]

use super::{Halves, Left, Pairs, Right, TILE_PAIRS};
use crate::panels::{Row, WIDTH};
use std::arch::asm;
use std::arch::x86_64::*;

/// Dot products of pairs: R rows of sums in registers.
///
/// # Safety
/// The processor has the instructions, and the operands have `blocks` blocks and as many rows as `out`.
#[target_feature(enable = "avx512f,avx512bf16")]
pub unsafe fn dot(left: Left<'_>, right: Right<'_>, blocks: usize, out: &mut [Row]) {
    let (mut first, mut out) = (0, out);
    macro_rules! blocks_of {
        ($($r:literal)*) => {$(
            while out.len() >= $r {
                let (now, later) = out.split_at_mut($r);
                // SAFETY: handed on.
                unsafe { dot_rows::<$r>(left, first, right, blocks, now) };
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
unsafe fn dot_rows<const R: usize>(left: Left<'_>, first: usize, right: Right<'_>, blocks: usize, out: &mut [Row]) {
    let mut sum = [[_mm512_setzero_ps(); 2]; R];
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

/// The tile unit: 32 x 32 sums in four tiles.
///
/// # Safety
/// As [`dot`], and the system has granted the tile registers to this process.
pub unsafe fn tiles(left: Left<'_>, right: Right<'_>, blocks: usize, out: &mut [Row]) {
    let a_stride = left.stride * size_of::<Halves>();
    let b_stride = right.stride * size_of::<Pairs>();
    // SAFETY: the configuration is valid and 64 bytes long.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &TILES, options(nostack, readonly)) };
    for (block, out) in out.chunks_mut(WIDTH).enumerate() {
        let a = left.data[block * WIDTH..].as_ptr();
        let whole = out.len() == WIDTH;
        // SAFETY: the stride is a multiple of 32, so 32 rows of each block can be read; a block of the right
        // operand is 16 pairs; a whole `out` takes 32 rows, and `rest` does where there are fewer. The compiler
        // has no use for tile registers, so they keep their contents from one piece of assembly to the next.
        unsafe {
            if out.len() > WIDTH / 2 {
                asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack, nomem));
                for i in 0..blocks {
                    asm!(
                        "tileloadd tmm6, [{b} + {row_b}]",
                        "tileloadd tmm4, [{a} + {row_a}]",
                        "tileloadd tmm7, [{b} + {row_b} + 64]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tileloadd tmm5, [{a} + {row_a} + 1024]",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        a = in(reg) a.byte_add(i * a_stride), b = in(reg) right.data.as_ptr().byte_add(i * b_stride),
                        row_a = in(reg) 64usize, row_b = in(reg) 128usize, options(nostack, readonly)
                    );
                }
                let mut rest = std::mem::MaybeUninit::<[Row; WIDTH]>::uninit();
                let target = if whole { out.as_mut_ptr() } else { rest.as_mut_ptr().cast() };
                asm!(
                    "tilestored [{out} + {row}], tmm0",
                    "tilestored [{out} + {row} + 64], tmm1",
                    "tilestored [{out} + {row} + 2048], tmm2",
                    "tilestored [{out} + {row} + 2112], tmm3",
                    row = in(reg) 128usize, out = in(reg) target, options(nostack)
                );
                if !whole {
                    let length = out.len();
                    out.copy_from_slice(&rest.assume_init_ref()[..length]);
                }
            } else {
                asm!("tilezero tmm0", "tilezero tmm1", options(nostack, nomem));
                for i in 0..blocks {
                    asm!(
                        "tileloadd tmm6, [{b} + {row_b}]",
                        "tileloadd tmm4, [{a} + {row_a}]",
                        "tileloadd tmm7, [{b} + {row_b} + 64]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        a = in(reg) a.byte_add(i * a_stride), b = in(reg) right.data.as_ptr().byte_add(i * b_stride),
                        row_a = in(reg) 64usize, row_b = in(reg) 128usize, options(nostack, readonly)
                    );
                }
                let mut rest = std::mem::MaybeUninit::<[Row; WIDTH / 2]>::uninit();
                asm!(
                    "tilestored [{out} + {row}], tmm0",
                    "tilestored [{out} + {row} + 64], tmm1",
                    row = in(reg) 128usize, out = in(reg) rest.as_mut_ptr(), options(nostack)
                );
                let length = out.len();
                out.copy_from_slice(&rest.assume_init_ref()[..length]);
            }
        }
    }
    // So that the system need not save them at a switch.
    // SAFETY: nothing is left in the tiles.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Whether the processor has bf16 tiles and the system lets this process use them; on Linux it must be asked.
pub(crate) fn tile_unit_is_ready() -> bool {
    const BF16: u32 = 1 << 22;
    const TILES: u32 = 1 << 24;
    let leaf = if __cpuid(0).eax >= 7 { __cpuid_count(7, 0).edx } else { 0 };
    leaf & (BF16 | TILES) == BF16 | TILES && granted()
}

#[cfg(target_os = "linux")]
fn granted() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const TILE_DATA: usize = 18;
    let mut answer = ARCH_PRCTL;
    // SAFETY: a system call that takes two numbers and touches no memory; it allows this process larger register files.
    unsafe {
        asm!(
            "syscall", inout("rax") answer, in("rdi") ARCH_REQ_XCOMP_PERM, in("rsi") TILE_DATA,
            out("rcx") _, out("r11") _, options(nostack)
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn granted() -> bool {
    false
}

/// Whether AMD made this processor.
pub(crate) fn vendor_is_amd() -> bool {
    let leaf = __cpuid(0);
    [leaf.ebx, leaf.edx, leaf.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD"
}
