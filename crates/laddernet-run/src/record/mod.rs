//! A training and its run folder: the recorder around a [`Session`](laddernet::session::Session).
//!
//! ```text
//! recipe + rows -> Prepared -> train: folder, session, listeners (clock, log, checkpoints, progress), model file, summary
//! unfinished folder -> resume -> the same end, bit for bit
//! any state of a folder -> finish -> its end
//! ```

mod checkpoint;
mod clock;
pub mod estimate;
pub mod few_labels;
mod finish;
pub mod inspect;
mod labelled_rows;
mod layers;
mod listeners;
pub mod own;
mod prepared;
pub mod progress;
mod resume;
mod run;
mod stream;
pub mod summary;

#[cfg(test)]
mod tests;

pub use finish::{Standing, Task, finish, standing};
pub use labelled_rows::LabelledRows;
pub use layers::{Layers, layers_of};
pub use prepared::Prepared;
pub use progress::{Listener, Progress};
pub use resume::{Found, Unfinished, config_if_any, open};
pub use run::{CHECKPOINT_EVERY, Options, train, train_in_memory};
pub use stream::Stream;
pub use summary::{Status, Summary};
