//! A handful of operations on 32 numbers at once, with one implementation for each instruction set.
//!
//! Kernels are written once over [`Simd`]; the `kernel!` macro compiles them for every [`Isa`] and calls the right
//! one at run time. Results may differ in the last bits between instruction sets (the portable one has no fused
//! multiply-add) and, because AVX-512 estimates roots and reciprocals, between makers of processors; never between two
//! runs on one processor.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod functions;
mod portable;

use crate::pairs::{Halves, Pairs};

use crate::panels::{Row, WIDTH};

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use portable::Portable;

/// The parts of a product's rows, where registers hold the sums of whole rows.
macro_rules! the_part_is_the_row {
    () => {
        type Part = Self::V;
        const PARTS: usize = 1;

        #[inline(always)]
        fn load_part(self, row: &Row, _: usize) -> Self::V {
            self.load(row)
        }
        #[inline(always)]
        fn store_part(self, v: Self::V, row: &mut Row, _: usize) {
            self.store(v, row);
        }
        #[inline(always)]
        fn splat_part(self, x: f32) -> Self::V {
            self.splat(x)
        }
        #[inline(always)]
        fn fma_part(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            self.fma(a, b, c)
        }
    };
}
use the_part_is_the_row;

/// Operations on the 32 columns of a [`Row`]. `V` holds 32 floats, `I` 32 unsigned 32-bit integers.
///
/// # Safety of the implementations
/// A value of an implementing type is the proof that the processor has the instructions: only `kernel!` makes
/// one, after [`Isa`] has been detected.
#[allow(missing_docs, reason = "the names are the operations")]
pub trait Simd: Copy {
    type V: Copy;
    type I: Copy;
    /// A part of a row: as many columns as a product has sums of in registers at once.
    type Part: Copy;
    /// Parts of a row.
    const PARTS: usize;
    /// Rows whose sums a product keeps in registers, for a part of the columns. With a part of the other operand and a factor they must fit
    /// into the registers: sums that go through memory halve the speed.
    const PRODUCT_ROWS: usize;

    fn load(self, row: &Row) -> Self::V;
    fn store(self, v: Self::V, row: &mut Row);
    fn splat(self, x: f32) -> Self::V;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn load_part(self, row: &Row, part: usize) -> Self::Part;
    fn store_part(self, v: Self::Part, row: &mut Row, part: usize);
    fn splat_part(self, x: f32) -> Self::Part;
    /// `a * b + c`
    fn fma_part(self, a: Self::Part, b: Self::Part, c: Self::Part) -> Self::Part;
    /// The smaller; `b` when either is NaN.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger; `b` when either is NaN.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `a` where `gate > 0`, else 0.
    fn where_positive(self, gate: Self::V, a: Self::V) -> Self::V;

    fn splat_bits(self, x: u32) -> Self::I;
    /// 0, 1, 2, ... 31
    fn lane_index(self) -> Self::I;
    fn bits(self, a: Self::V) -> Self::I;
    /// The floats that have these bits.
    fn with_bits(self, a: Self::I) -> Self::V;
    fn add_bits(self, a: Self::I, b: Self::I) -> Self::I;
    fn xor(self, a: Self::I, b: Self::I) -> Self::I;
    fn and(self, a: Self::I, b: Self::I) -> Self::I;
    fn or(self, a: Self::I, b: Self::I) -> Self::I;
    fn shift_left<const N: u32>(self, a: Self::I) -> Self::I;
    fn shift_right<const N: u32>(self, a: Self::I) -> Self::I;
    /// High and low words of the products.
    fn mul_wide(self, a: Self::I, b: Self::I) -> (Self::I, Self::I);
    /// The integers, taken as signed, as floats.
    fn to_float(self, a: Self::I) -> Self::V;
    /// The floats, rounded to the nearest (signed) integer.
    fn to_int(self, a: Self::V) -> Self::I;
    /// `a / (sqrt(v) + small)` to 4e-7 relative, for `v >= 0` and `small` far above 1e-19. An infinite `v` may count as
    /// the largest number.
    #[inline(always)]
    fn div_by_root(self, a: Self::V, v: Self::V, small: Self::V) -> Self::V {
        self.div(a, self.add(self.sqrt(v), small))
    }
    fn store_words(self, a: Self::I, out: &mut Pairs);
    /// The low half of each integer.
    #[inline(always)]
    fn store_halves(self, a: Self::I, out: &mut Halves) {
        let mut words = Pairs::ZERO;
        self.store_words(a, &mut words);
        *out = Halves(std::array::from_fn(|i| words.0[2 * i] & 0xffff | words.0[2 * i + 1] << 16));
    }
    /// Exchanges rows and columns of 16 x 16 words.
    #[inline(always)]
    fn transpose(self, x: &mut [Halves; 16]) {
        for r in 0..16 {
            for c in 0..r {
                (x[r].0[c], x[c].0[r]) = (x[c].0[r], x[r].0[c]);
            }
        }
    }
    /// Exchanges rows and columns of a tile.
    #[inline(always)]
    fn transpose_tile(self, tile: &[Row; WIDTH], out: &mut [Row; WIDTH]) {
        for c in 0..WIDTH {
            for r in 0..WIDTH {
                out[c].0[r] = tile[r].0[c];
            }
        }
    }
    /// `a` where the lowest bit of `choose` is set, else `b`.
    fn select_low_bit(self, choose: Self::I, a: Self::V, b: Self::V) -> Self::V;
}

/// The number format of the operands of matrix products. Sums are f32 in both, and so is everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Single precision: 24 bits.
    F32,
    /// bfloat16: the range of f32 with 8 bits, rounded to the nearest, ties to even.
    Bf16,
}

/// The instructions that kernels use on this processor: vectors of some width, and matrix products of some precision.
/// Made by detection alone, so holding one is a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa {
    pub(crate) kind: Kind,
    pub(crate) products: Products,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// How matrix products are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Products {
    /// In f32, with the vectors of the kind.
    F32,
    /// bf16 in plain Rust: the reference of the others.
    Bf16Portable,
    /// bf16 with the dot products of AVX-512.
    #[cfg(target_arch = "x86_64")]
    Bf16Dot,
    /// bf16 with the tile unit (AMX).
    #[cfg(target_arch = "x86_64")]
    Bf16Tiles,
}

impl Isa {
    /// The best one in single precision.
    pub fn detect() -> Isa {
        *Isa::available().last().expect("the portable one is always there")
    }

    /// The fast one with bf16 products, where this processor has one.
    pub fn detect_bf16() -> Option<Isa> {
        Isa::available_bf16().into_iter().rfind(|isa| isa.products != Products::Bf16Portable)
    }

    /// Whether bf16 products are the faster ones: with the tile unit they are. Dot products are on AMD's processors;
    /// on Intel's they run at half the rate, so that they gain nothing over f32.
    pub fn gains_from_bf16(self) -> bool {
        match self.products {
            Products::F32 | Products::Bf16Portable => false,
            #[cfg(target_arch = "x86_64")]
            Products::Bf16Dot => crate::processor::vendor_is_amd(),
            #[cfg(target_arch = "x86_64")]
            Products::Bf16Tiles => true,
        }
    }

    /// The precision whose products are the faster ones on this processor.
    pub fn fastest_precision() -> Precision {
        if Isa::detect_bf16().is_some_and(Isa::gains_from_bf16) { Precision::Bf16 } else { Precision::F32 }
    }

    /// All with products in single precision that this processor has, the slowest first.
    pub fn available() -> Vec<Isa> {
        let single = |kind| Isa { kind, products: Products::F32 };
        let mut found = vec![single(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(single(Kind::Avx2));
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
            {
                found.push(single(Kind::Avx512));
            }
        }
        found
    }

    /// All with bf16 products, plain Rust first: a reference, slower than any f32.
    pub fn available_bf16() -> Vec<Isa> {
        let mut found = vec![Isa { kind: Isa::detect().kind, products: Products::Bf16Portable }];
        #[cfg(target_arch = "x86_64")]
        if Isa::detect().kind == Kind::Avx512 {
            if is_x86_feature_detected!("avx512bf16") {
                found.push(Isa { kind: Kind::Avx512, products: Products::Bf16Dot });
            }
            if crate::processor::tile_unit_is_ready() {
                found.push(Isa { kind: Kind::Avx512, products: Products::Bf16Tiles });
            }
        }
        found
    }

    /// The same vectors, with products in single precision.
    pub fn in_single_precision(self) -> Isa {
        Isa { products: Products::F32, ..self }
    }

    /// The same vectors with products of this precision; for bf16 the best that this processor has, and nothing where it has
    /// none.
    pub fn in_precision(self, precision: Precision) -> Option<Isa> {
        match precision {
            Precision::F32 => Some(self.in_single_precision()),
            Precision::Bf16 if self.precision() == Precision::Bf16 => Some(self),
            // Portable vectors were asked for so that bits repeat on any processor: their products are portable, too.
            Precision::Bf16 if self.kind == Kind::Portable => Some(Isa { products: Products::Bf16Portable, ..self }),
            Precision::Bf16 => Isa::detect_bf16(),
        }
    }

    /// The precision of its matrix products.
    pub fn precision(self) -> Precision {
        if self.products == Products::F32 { Precision::F32 } else { Precision::Bf16 }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self.products {
            Products::Bf16Portable => "portable-bf16",
            #[cfg(target_arch = "x86_64")]
            Products::Bf16Dot => "avx512-bf16",
            #[cfg(target_arch = "x86_64")]
            Products::Bf16Tiles => "amx-bf16",
            Products::F32 => match self.kind {
                Kind::Portable => "portable",
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => "avx2",
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => "avx512",
            },
        }
    }
}

/// Defines `pub fn name(isa: Isa, args)` from a body written over `S: Simd`, compiled for every instruction set.
macro_rules! kernel {
    ($(#[$meta:meta])* pub fn $name:ident<$S:ident>($s:ident $(, $arg:ident: $ty:ty)* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        pub fn $name(isa: $crate::simd::Isa $(, $arg: $ty)*) $(-> $ret)? {
            #[inline(always)]
            fn body<$S: $crate::simd::Simd>($s: $S $(, $arg: $ty)*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) $(-> $ret)? {
                body($crate::simd::Avx2::new() $(, $arg)*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
            fn avx512($($arg: $ty),*) $(-> $ret)? {
                body($crate::simd::Avx512::new() $(, $arg)*)
            }
            match isa.kind {
                $crate::simd::Kind::Portable => body($crate::simd::Portable $(, $arg)*),
                #[cfg(target_arch = "x86_64")]
                // SAFETY: an `Isa` of this kind exists only where the processor has these instructions.
                #[allow(unsafe_code, reason = "calls a function compiled for detected instructions")]
                $crate::simd::Kind::Avx2 => unsafe { avx2($($arg),*) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                #[allow(unsafe_code, reason = "calls a function compiled for detected instructions")]
                $crate::simd::Kind::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}
pub(crate) use kernel;
