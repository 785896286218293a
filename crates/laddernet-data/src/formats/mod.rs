//! One file a format: bytes in, batches of rows out ([`RowSource`](crate::rows::RowSource)).
