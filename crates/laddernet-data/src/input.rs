//! Rows to predict: IDX or CSV, gzip or not, told apart by their first bytes, in the shape and scaling of a
//! trained model.

use crate::csv_rows::{self, Noted};
use crate::error::DataError;
pub use crate::expected::Expected;
use crate::file::{Input, UNPACKED_LIMIT};
use crate::idx::{self, Rows, row_length};
use laddernet::dataset::{Dataset, Scaling};
use std::path::Path;

/// Reads the rows of `path` for a model, and says what is to be noted of how they were read. An IDX file has no labels; a CSV file may have a
/// class beside the values: see [`csv_rows::read`].
///
/// Bytes of an IDX file are scaled as the model's training rows were, or by 1/255 where those came as inputs
/// already; its other types are inputs as they are. The numbers of a CSV file are scaled as the model's
/// training rows were, and so is every number for a model that takes values of any size: they are in the units of
/// the training's stored values, whatever their type. Whether the inputs of an IDX file lie in 0..=1 is left to [`Dataset::check_unit_interval`].
///
/// # Errors
/// When the file cannot be read, is damaged or neither of the two, when its rows are not as long as the model's
/// (the message says both lengths), or a value of a CSV file is none that is expected.
pub fn read_noted(path: &Path, expected: Expected<'_>) -> Result<Noted, DataError> {
    let about = std::fs::metadata(path).map_err(DataError::io("open", path))?;
    let mut input = Input::open(path)?;
    if is_idx(&mut input)? {
        return of_idx(input, expected).map(|data| (data, Vec::new()));
    }
    if about.is_file() {
        return csv_rows::read(path, expected);
    }
    // A pipe is not read twice.
    let name = input.name().to_owned();
    let bytes = input.next_bytes(UNPACKED_LIMIT + 1)?;
    if bytes.len() as u64 > UNPACKED_LIMIT {
        let found = format!("more than {UNPACKED_LIMIT}");
        return Err(DataError::TooLarge { name, found, limit: UNPACKED_LIMIT });
    }
    csv_rows::parse(&bytes, &name, expected)
}

/// As [`read_noted`], of bytes in memory, packed or not. `name` is what to call them in a message.
///
/// # Errors
/// As [`read_noted`].
pub fn parse_noted(bytes: &[u8], name: &str, expected: Expected<'_>) -> Result<Noted, DataError> {
    let mut input = Input::of_perhaps_packed(bytes, name);
    match is_idx(&mut input)? {
        true => of_idx(input, expected).map(|data| (data, Vec::new())),
        false => csv_rows::parse(bytes, name, expected),
    }
}

/// As [`read_noted`], without the notes.
///
/// # Errors
/// As [`read_noted`].
pub fn read(path: &Path, expected: Expected<'_>) -> Result<Dataset, DataError> {
    read_noted(path, expected).map(|(data, _)| data)
}

/// As [`parse_noted`], without the notes.
///
/// # Errors
/// As [`read_noted`].
pub fn parse(bytes: &[u8], name: &str, expected: Expected<'_>) -> Result<Dataset, DataError> {
    parse_noted(bytes, name, expected).map(|(data, _)| data)
}

/// Every IDX file begins with a zero byte, and no text does.
fn is_idx(input: &mut Input) -> Result<bool, DataError> {
    Ok(input.peek()?.first() == Some(&0))
}

fn of_idx(mut input: Input, expected: Expected<'_>) -> Result<Dataset, DataError> {
    let Expected { row_shape, scaling, class_names, any_values } = expected;
    let bytes = if scaling == Scaling::NONE { Scaling::BYTES } else { scaling };
    let mut rows = Rows::of(idx::from_input(&mut input)?, input.name(), Some(bytes))?;
    if any_values {
        rows.scaling = scaling;
    }
    if rows.row_shape.iter().product::<usize>() != row_shape.iter().product::<usize>() {
        let whose = "the model's rows have; give it rows like those it was trained on";
        return Err(row_length(input.name(), &rows.row_shape, row_shape, whose));
    }
    rows.row_shape = row_shape.to_vec();
    let labels = vec![None; rows.values.len() / row_shape.iter().product::<usize>().max(1)];
    rows.dataset(labels, class_names.to_vec(), input.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx::{IdxArray, IdxValues, encode};
    use std::path::PathBuf;

    fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn names() -> Vec<String> {
        vec!["no".into(), "yes".into()]
    }

    fn of<'a>(row_shape: &'a [usize], scaling: Scaling, class_names: &'a [String]) -> Expected<'a> {
        Expected { row_shape, scaling, class_names, any_values: false }
    }

    #[test]
    fn the_four_forms_give_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let sixteenth = Scaling::by(1.0 / 16.0);
        let pixels = vec![0, 8, 16, 4, 2, 1, 0, 16];
        let idx = encode(&IdxArray { shape: vec![2, 2, 2], values: IdxValues::U8(pixels) });
        let csv = b"0,8,16,4\n2,1,0,16\n";
        let forms = [
            write(&folder, "rows", &idx),
            write(&folder, "rows.gz", &crate::gz::pack(&idx)),
            write(&folder, "rows.csv", csv),
            write(&folder, "rows.csv.gz", &crate::gz::pack(csv)),
        ];
        for path in &forms {
            let rows = read(path, of(&[2, 2], sixteenth, &names())).unwrap();
            assert_eq!((rows.rows(), rows.row_shape(), rows.classes()), (2, &[2, 2][..], 2));
            let inputs: Vec<f32> = (0..8).map(|i| rows.input(i / 4, i % 4)).collect();
            assert_eq!(inputs, [0.0, 0.5, 1.0, 0.25, 0.125, 0.0625, 0.0, 1.0], "{}", path.display());
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(parse(&bytes, "-", of(&[2, 2], sixteenth, &names())).unwrap(), rows);
        }
        // A flat file fits a model of pictures when the length does.
        let flat = encode(&IdxArray { shape: vec![1, 4], values: IdxValues::F32(vec![0.0, 0.5, 1.0, 0.25]) });
        let rows = read(&write(&folder, "flat", &flat), of(&[2, 2], sixteenth, &names())).unwrap();
        assert_eq!((rows.row_shape(), rows.input(0, 1)), (&[2, 2][..], 0.5));
    }

    #[test]
    fn a_row_of_another_length_is_told_with_both_lengths() {
        let folder = tempfile::tempdir().unwrap();
        let idx = encode(&IdxArray { shape: vec![1, 3], values: IdxValues::U8(vec![0, 1, 2]) });
        for path in [write(&folder, "rows", &idx), write(&folder, "rows.csv", b"0,0,0\n")] {
            let message = read(&path, of(&[28, 28], Scaling::BYTES, &names())).unwrap_err().to_string();
            assert!(message.contains('3') && message.contains("784"), "{message}");
        }
    }

    #[test]
    fn bytes_become_inputs_as_those_of_the_training_did() {
        let folder = tempfile::tempdir().unwrap();
        let idx = encode(&IdxArray { shape: vec![1, 2], values: IdxValues::U8(vec![0, 200]) });
        let path = write(&folder, "rows", &idx);
        let rows = read(&path, of(&[2], Scaling::by(1.0 / 16.0), &names())).unwrap();
        assert!(rows.check_unit_interval().is_err());
        let rows = read(&path, of(&[2], Scaling::NONE, &names())).unwrap();
        assert_eq!((rows.input(0, 1), rows.scaling()), (200.0 * Scaling::BYTES.scale, Scaling::BYTES));
        // Where values may be of any size, the same numbers are the same inputs, whatever their type.
        let reals = encode(&IdxArray { shape: vec![1, 2], values: IdxValues::F32(vec![0.0, 200.0]) });
        let forms = [path, write(&folder, "reals", &reals), write(&folder, "rows.csv", b"0,200\n")];
        let names = names();
        for scaling in [Scaling::NONE, Scaling::BYTES] {
            for path in &forms {
                let any = Expected { any_values: true, ..of(&[2], scaling, &names) };
                assert_eq!(read(path, any).unwrap().input(0, 1), 200.0 * scaling.scale);
            }
        }
    }
}
