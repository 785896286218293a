//! From a recipe to a run folder: settings, trainings that are recorded, model files, tables and pictures.
//!
//! ```text
//! settings: recipe + data -> Config
//! record:   Config + rows -> session -> run folder: config.toml, metrics.jsonl, model.safetensors, summary.json
//! model_file, answers, pictures: run folder -> model -> evaluation, predictions, codes, samples
//! tables:   a table of trainings -> run folders -> cells beside the published figures
//! ```
//!
//! It prints nothing and knows no command line.
//!
//! ```
//! use laddernet_run::settings::{DataFacts, Recipe};
//!
//! let recipe = Recipe::from_toml("[data]\nsource = 'mnist'\nlabels = 40").unwrap();
//! let config = recipe.resolve(DataFacts::of_rows(784, 10)).unwrap();
//! assert_eq!(config.training.epochs, 150); // a recipe says only what differs from the defaults
//! let slip = Recipe::from_toml("[data]\nlables = 40").unwrap();
//! let error = slip.resolve(DataFacts::of_rows(784, 10)).unwrap_err();
//! assert!(error.to_string().contains("did you mean 'data.labels'?"));
//! ```
#![forbid(unsafe_code)]

pub mod answers;
pub mod bench;
pub mod error;
pub mod folder;
pub mod model_file;
pub mod pictures;
pub mod record;
pub mod settings;
pub mod tables;

pub use error::{FailureKind, RunError, kinds_that_can};
