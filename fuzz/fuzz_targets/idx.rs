//! Any bytes as an IDX file: answered, and what is accepted is written back to the same bytes.
#![no_main]

use laddernet_data::idx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = idx::parse(bytes, "fuzz") {
        assert_eq!(idx::encode(&array), bytes);
    }
    if let Ok(dataset) = idx::images(bytes, "fuzz") {
        let _ = dataset.check_unit_interval();
    }
    let _ = idx::labels(bytes, "fuzz");
});
