//! From bytes to [`Dataset`](laddernet::dataset::Dataset): one file a format, the embedded digits, the folders
//! where data lie, and the one command that downloads.
//!
//! Nothing a file says is believed before it is checked: lengths are compared with the bytes really there
//! before memory is taken, packed files are read through a cap, and every error names the file, the place,
//! what was found, what was expected and what to do. Only the module `fetch` uses the network, and it is there with the feature
//! of this name alone.
//!
//! ```
//! let digits = laddernet_data::digits::load();
//! assert_eq!((digits.rows(), digits.features(), digits.classes()), (1797, 64, 10));
//! ```
#![forbid(unsafe_code)]

pub mod build;
pub mod csv_rows;
pub mod digits;
mod error;
mod expected;
#[cfg(feature = "fetch")]
pub mod fetch;
mod file;
pub mod formats;
pub mod frame;
pub mod gz;
pub mod idx;
pub mod input;
pub mod locate;
pub mod mnist;
pub mod own;
pub mod rows;
mod source;

pub use error::DataError;
pub use source::{Loaded, Source};
