//! Semi-supervised deep learning with ladder networks: learn from few labels and much unlabelled data.
//!
//! The library opens no file, reads no clock, prints nothing and keeps no global state: data come in as a
//! [`Dataset`], a model learns from it in [`fit::fit`], and results travel as values.
//!
//! ```text
//! Dataset -> Split (labelled | unlabelled | validation) -> Batch -> model: costs and gradients -> Adam
//! ```

pub mod dataset;
pub mod evaluation;
pub mod fit;
pub mod lineage;
pub mod models;
pub mod optimiser;
pub mod parameters;
pub mod parzen;
pub mod split;

pub use dataset::{Dataset, DatasetError, Scaling, Sealed, Standards, Values};
pub use laddernet_math::{Isa, Precision, Threads};
