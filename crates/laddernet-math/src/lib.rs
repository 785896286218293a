//! Matrices in panels, fused kernels with their derivatives, and counter-based random streams.
//!
//! The only crate of laddernet with `unsafe`: behind it stand the vector instructions of each processor.

pub mod random;
pub mod simd;
mod threads;

pub use simd::Isa;
pub use threads::Threads;
