//! Any bytes as an NPY or NPZ file: answered; what is read is read again to the same number of rows.
#![no_main]

use laddernet_data::formats::npy;
use laddernet_data::rows::{Batch, RowSource};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut source) = npy::from_bytes(bytes.to_vec(), "fuzz") else { return };
    let mut count = |most: usize| -> Option<usize> {
        let (mut batch, mut rows) = (Batch::default(), 0);
        // Also behind an error: what a source gives after one is not asked.
        source.restart().ok()?;
        loop {
            source.next(most, &mut batch).ok()?;
            if batch.rows == 0 {
                return Some(rows);
            }
            assert!(batch.columns.iter().all(|cells| cells.len() == batch.rows));
            rows += batch.rows;
        }
    };
    assert_eq!(count(1000), count(7));
});
