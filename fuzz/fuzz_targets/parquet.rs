//! Any bytes as a Parquet file: answered, without a panic and without memory that the bytes do not justify.
//!
//! The library panics on some damaged files; the reader turns these panics into errors. libFuzzer's hook would end at the first, so it
//! is taken away.
#![no_main]

use laddernet_data::formats::parquet;
use laddernet_data::rows::{Batch, RowSource};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| {
    let Ok(mut source) = parquet::from_bytes(bytes.to_vec(), "fuzz") else { return };
    let (mut batch, mut rows) = (Batch::default(), 0);
    // Some bytes can stand for billions of equal rows.
    while rows < 1_000_000 && source.next(1000, &mut batch).is_ok() && batch.rows > 0 {
        if batch.columns.iter().any(|cells| cells.len() != batch.rows) {
            std::process::abort();
        }
        rows += batch.rows;
    }
});
