//! Tables of trainings: any models, seeds and measures, beside what papers report.
//!
//! ```text
//! papers/*.toml -> Table -> Grid (cells x seeds = tasks) -> perform_all: each task in its run folder -> Cell -> Rendered
//! ```
//! A task's id is made of its settings, so the same id is the same training on every machine, and tasks may be performed again and
//! again, by any number of processes: what is finished is taken as it is, what was interrupted is resumed, and what another process
//! is at work on is left to it. [`compare`] is a table that is made on the spot, for any data.

mod cell;
pub mod compare;
mod error;
mod grid;
mod jobs;
mod measure;
mod render;
mod seeds;
mod table;

pub use cell::{Cell, CellRun};
pub use error::TableError;
pub use grid::{Choice, Grid, TableTask};
pub use jobs::{Jobs, News, perform_all};
pub use measure::{LIKELIHOOD, Measure, is_collapsed};
pub use render::Rendered;
pub use seeds::Seeds;
pub use table::{Entry, Figure, Table, figures_of, tables};
