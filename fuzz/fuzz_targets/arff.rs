//! Any bytes as an ARFF or KEEL file: answered, and every row that is read has a cell in each column.
#![no_main]

use laddernet_data::formats::arff;
use laddernet_data::rows::{Batch, RowSource};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut source) = arff::from_bytes(bytes.to_vec(), "fuzz") else { return };
    let mut batch = Batch::default();
    while source.next(7, &mut batch).is_ok() && batch.rows > 0 {
        assert_eq!(batch.columns.len(), source.columns().len());
        assert!(batch.columns.iter().all(|cells| cells.len() == batch.rows));
    }
    source.notes();
});
