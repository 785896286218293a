//! One file a format: bytes in, batches of rows out ([`RowSource`](crate::rows::RowSource)).

pub mod arff;
pub mod csv;
#[cfg(feature = "pictures")]
pub mod folder;
pub mod libsvm;
pub mod npy;
pub mod open;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "pictures")]
pub mod pictures;
mod stored;
mod text;
#[cfg(feature = "xlsx")]
pub mod xlsx;

use crate::rows::{Batch, Cells, Texts};

/// Makes `batch` one of so many empty columns of text, in the memory that it has.
fn text_columns(batch: &mut Batch, count: usize) {
    batch.columns.truncate(count);
    for cells in &mut batch.columns {
        match cells {
            Cells::Text(texts) => texts.clear(),
            other => *other = Cells::Text(Texts::default()),
        }
    }
    batch.columns.resize_with(count, || Cells::Text(Texts::default()));
}
