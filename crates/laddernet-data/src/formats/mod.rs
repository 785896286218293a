//! One file a format: bytes in, batches of rows out ([`RowSource`](crate::rows::RowSource)).

#[cfg(feature = "pictures")]
pub mod folder;
#[cfg(feature = "pictures")]
pub mod pictures;
#[cfg(feature = "xlsx")]
pub mod xlsx;
