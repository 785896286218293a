//! Semi-supervised deep learning with ladder networks: learn from few labels and much unlabelled data.
//!
//! A [`session::Session`] trains a model on a [`Dataset`]; the program that does so on arrays is on its page. The library opens no file,
//! reads no clock, prints nothing and keeps no global state: results travel as values.
//!
//! ```text
//! tensor, dataset, split, parameters, optimiser, evaluation <- training <- models <- session
//! dataset <- graph <- suggestion
//! ```

pub mod dataset;
pub mod error;
pub mod evaluation;
pub mod few_labels;
pub mod graph;
pub mod models;
pub mod optimiser;
pub mod parameters;
pub mod parzen;
pub mod session;
pub mod split;
pub mod suggestion;
pub mod table;
pub mod tensor;
pub mod text;
pub mod training;

pub use dataset::{Dataset, DatasetError, Preprocessing, Scaling, Sealed, Standards, Values};
pub use error::SettingsError;
pub use laddernet_math::{Isa, Precision, Threads};
