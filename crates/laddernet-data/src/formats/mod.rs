//! One file a format: bytes in, batches of rows out ([`RowSource`](crate::rows::RowSource)).

pub mod arff;
pub mod csv;
pub mod libsvm;
mod text;

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
#[cfg(feature = "pictures")]
pub mod folder;
#[cfg(feature = "pictures")]
pub mod pictures;
#[cfg(feature = "xlsx")]
pub mod xlsx;
pub mod npy;
#[cfg(feature = "parquet")]
pub mod parquet;
mod stored;
