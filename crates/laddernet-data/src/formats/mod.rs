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

/// How many threads read a file; no result depends on them.
fn threads() -> usize {
    const MOST: usize = 4;
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

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

/// How many cells the rows of a text of so many bytes may have where it leaves out those that are 0: a short line can stand for a
/// million.
fn most_cells(bytes: u64) -> u64 {
    const MOST: u64 = 1 << 30;
    const OF_ANY: u64 = 1 << 24;
    const A_BYTE: u64 = 256;
    MOST.min(OF_ANY.max(bytes.saturating_mul(A_BYTE)))
}
