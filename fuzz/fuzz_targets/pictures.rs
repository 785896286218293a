//! Any bytes as a picture: answered, and what is accepted has as many values as its size says and fits any shape.
#![no_main]

use laddernet_data::formats::pictures;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = pictures::decode(bytes, "fuzz") {
        assert_eq!(picture.values.len(), picture.height * picture.width * picture.channels);
        assert_eq!(pictures::to_shape(&picture, 5, 3, 1).len(), 15);
    }
});
