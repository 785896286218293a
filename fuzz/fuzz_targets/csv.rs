//! Any bytes as rows of text; the first byte chooses the model's rows.
#![no_main]

use laddernet::dataset::Scaling;
use laddernet_data::csv_rows;
use laddernet_data::input::Expected;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, text)) = bytes.split_first() else { return };
    let row_shape = [usize::from(choice % 4) + 1];
    let scaling = if choice < 128 { Scaling::NONE } else { Scaling::by(1.0 / 16.0) };
    let class_names = ["0".to_owned(), "b,c".to_owned()];
    let expected = Expected { row_shape: &row_shape, scaling, class_names: &class_names, any_values: choice & 4 != 0 };
    if let Ok((dataset, _)) = csv_rows::parse(text, "fuzz", expected)
        && !expected.any_values
    {
        dataset.check_unit_interval().unwrap();
    }
});
