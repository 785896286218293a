//! From a recipe to a run folder: settings, training runs, model files, logs and pictures.
//!
//! ```text
//! Recipe + data -> Config -> Prepared -> run folder: config.toml, metrics.jsonl, model.safetensors, summary.json
//! run folder -> SavedModel -> evaluation, predictions, reconstructions
//! table + seeds -> Grid of tasks -> a run folder each -> cells beside the published figures
//! Recipe -> bench::Plan -> Benchmark
//! ```
//!
//! It prints nothing and knows no command line.
//!
//! ```
//! use laddernet_run::recipe::Recipe;
//!
//! let recipe = Recipe::from_toml("data = 'mnist'\nlabels = 40").unwrap();
//! assert_eq!(recipe.epochs, None); // a recipe says only what differs from the defaults
//! let error = Recipe::from_toml("lables = 40").unwrap_err();
//! assert!(error.to_string().contains("lables"));
//! ```
#![forbid(unsafe_code)]

pub mod atomic;
pub mod bench;
mod checkpoint;
pub mod codes;
pub mod compare;
pub mod config;
mod defaults;
mod error;
pub mod evaluate;
pub mod filters;
pub mod folder;
mod kind;
pub mod likelihood;
pub mod lineage;
pub mod model_file;
pub mod monitors;
pub mod picture;
pub mod precision;
pub mod predictions;
pub mod prepare;
pub mod progress;
mod proportions;
pub mod recipe;
pub mod recipes;
pub mod reconstruct;
pub mod reproduce;
pub mod resume;
pub mod run;
pub mod sampling;
pub mod saved;
pub mod summary;
pub mod windows;
pub mod written;

pub use error::{FailureKind, RunError};
pub use kind::{AnyRecipe, Kind};
