//! Columns in bf16, two to a word.

use crate::panels::WIDTH;

/// 32 neighbouring columns of one row, two a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Halves(pub [u32; WIDTH / 2]);

/// 32 columns of two rows, a word for each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Pairs(pub [u32; WIDTH]);

impl Halves {
    /// All zero.
    pub const ZERO: Halves = Halves([0; WIDTH / 2]);
}

impl Pairs {
    /// All zero.
    pub const ZERO: Pairs = Pairs([0; WIDTH]);
}
