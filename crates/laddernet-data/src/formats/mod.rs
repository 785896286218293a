//! One file a format: bytes in, batches of rows out ([`RowSource`](crate::rows::RowSource)).

pub mod npy;
#[cfg(feature = "parquet")]
pub mod parquet;
mod stored;
