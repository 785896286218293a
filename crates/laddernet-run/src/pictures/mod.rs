//! Sheets of grey pictures, as PNG: rows, reconstructions, samples, filters.

mod canvas;
pub mod filters;
pub mod reconstructions;
pub mod samples;

pub use canvas::Picture;
