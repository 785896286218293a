//! Skeleton.
/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(u8);
