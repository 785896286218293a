//! From a recipe to a run folder: settings, training runs, model files, logs and pictures.
//!
//! ```text
//! Recipe + data -> Config -> Prepared -> run folder: config.toml, metrics.jsonl, model.safetensors, summary.json
//! run folder -> SavedModel -> evaluation, predictions, reconstructions
//! ```
//!
//! It prints nothing and knows no command line.
#![forbid(unsafe_code)]

pub mod atomic;
pub mod config;
mod defaults;
mod error;
pub mod evaluate;
pub mod folder;
pub mod model_file;
pub mod predictions;
pub mod prepare;
pub mod progress;
pub mod recipe;
pub mod recipes;
pub mod reconstruct;
pub mod run;
pub mod saved;
pub mod summary;
pub mod written;

pub use error::{FailureKind, RunError};
