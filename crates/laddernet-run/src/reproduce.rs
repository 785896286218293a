//! A published table, run again: cells and seeds make tasks, a task makes a run folder, finished runs make the table.
//!
//! A [`Task`] is a training with all its settings. Its id is made of them, so the same id is the same training on every
//! machine, and [`perform`] may be called for it again and again, by any number of processes: what is finished is taken
//! as it is, what was interrupted goes on, and what another process is at work on is left to it.

mod grid;
mod jobs;
mod published;
mod table;
mod task;

pub use grid::{Choice, Grid, Seeds, TABLES, Table};
pub use jobs::{Jobs, News, perform_all};
pub use published::{Figure, Origin, figure};
pub use table::{Cell, Draw, Rendered};
pub use task::{Standing, Task, perform};
