//! Any bytes as a gzip file: answered, and never beyond the cap.
#![no_main]

use laddernet_data::gz;
use libfuzzer_sys::fuzz_target;

const CAP: u64 = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(unpacked) = gz::unpack(bytes, CAP, "fuzz") {
        assert!(unpacked.len() as u64 <= CAP);
    }
});
