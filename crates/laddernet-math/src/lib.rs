//! Matrices in panels, fused kernels with their derivatives, and counter-based random streams.
//!
//! Everything is laid out in [`Row`]s of 32 columns: an activation matrix is one run of rows for each 32 columns
//! ([`Panels`]), a weight matrix is tiles of 32 x 32 ([`tiles`]). A kernel works on one panel, so a task does a
//! product and everything column-wise that follows it (normalisation, noise, activation) while the panel is in cache.
//!
//! The only crate of laddernet with `unsafe`: behind it stand the vector instructions of each processor.

pub mod activation;
pub mod adam;
mod ahead;
pub mod batchnorm;
pub mod bernoulli;
pub mod combinator;
pub mod corruption;
pub mod gaussian;
pub mod half;
pub mod momentum;
pub mod normal;
pub mod operand;
mod pairs;
mod panels;
pub mod parts;
mod pool;
pub mod posterior;
#[cfg(target_arch = "x86_64")]
mod processor;
pub mod product;
pub mod random;
pub mod reconstruction;
pub mod simd;
pub mod softmax;
mod threads;
pub mod tiles;

pub use panels::{Panels, Row, WIDTH, panels_of};
pub use parts::{groups, items};
pub use simd::{Isa, Precision};
pub use threads::Threads;
