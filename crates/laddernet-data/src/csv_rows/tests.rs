//! Tables that are taken, and each kind that is not, with the line and column that the message names.

use super::*;
use proptest::prelude::*;

const SIXTEENTH: Scaling = Scaling { scale: 1.0 / 16.0, assumed: false };

fn of<'a>(row_shape: &'a [usize], scaling: Scaling, class_names: &'a [String]) -> Expected<'a> {
    Expected { row_shape, scaling, class_names, any_values: false }
}

#[test]
fn values_of_any_size_are_taken_where_they_are_expected() {
    let any = |text: &str| {
        let expected = Expected { any_values: true, ..of(&[2], Scaling::NONE, &[]) };
        parse(text.as_bytes(), "t.csv", expected)
    };
    let rows = any("-3.5,1e9\n0,254\n").unwrap();
    assert_eq!([0, 1].map(|row| [rows.input(row, 0), rows.input(row, 1)]), [[-3.5, 1e9], [0.0, 254.0]]);
    for (text, cell) in [("0,1\n0,inf\n", "\"inf\""), ("0,1\nNaN,1\n", "\"NaN\""), ("0,1\n1e99,1\n", "\"1e99\"")] {
        let message = any(text).unwrap_err().to_string();
        assert!(
            message.contains("line 2") && message.contains(cell) && message.contains("a finite number"),
            "{message}"
        );
    }
}

fn names() -> Vec<String> {
    vec!["no".into(), "yes".into()]
}

fn rows(text: &str) -> Result<Dataset, DataError> {
    parse(text.as_bytes(), "t.csv", of(&[2], SIXTEENTH, &names()))
}

fn message(text: &str) -> String {
    rows(text).unwrap_err().to_string()
}

#[test]
fn rows_are_read_with_and_without_class_and_header() {
    let labelled = rows("a,b,class\n0,16,yes\n 4 , 8.5 , no\r\n1,2,\n\n  \n").unwrap();
    assert_eq!(labelled.labels(), [Some(1), Some(0), None]);
    assert_eq!((labelled.input(0, 1), labelled.input(1, 1)), (1.0, 8.5 / 16.0));
    let bare = rows("0,16\n4,8").unwrap();
    assert_eq!((bare.rows(), bare.labels(), bare.class_names()), (2, &[None, None][..], &names()[..]));
    assert_eq!(rows("\u{feff}0,16\n").unwrap().rows(), 1);
}

#[test]
fn a_bad_cell_is_named_by_line_and_column() {
    for (text, place, expected) in [
        ("0,1\n2,x\n", "t.csv, line 2, column 2", "found \"x\""),
        ("a,b\n0,17\n", "line 2, column 2", "from 0 to 16"),
        ("0,1\n-1,0\n", "line 2, column 1", "from 0 to 16"),
        ("0,1\n0,nan\n", "line 2, column 2", "from 0 to 16"),
        ("0,1\n0,\n", "line 2, column 2", "expected a number"),
        ("0,1,no\n0,1,maybe\n", "line 2, column 3", "one of no, yes"),
        ("0,1\n0,1,no\n", "line 2", "3 columns: expected 2 values, as in the first row"),
        ("0,1,no\n0,1\n", "line 2", "2 columns: expected 2 values and a class, as in the first row"),
        ("0,1\r2,3\r", "line 1, column 2", "found \"1\\r2\""),
        ("0,1\n\"0,1\n2,3\n", "line 2", "1 columns"),
        // A first row that lost a cell is no header.
        (",16,no\n1,2,yes\n", "t.csv, line 1, column 1", "found \"\": expected a number"),
        ("O,16\n1,2\n", "t.csv, line 1, column 1", "found \"O\": expected a number"),
        (",\n1,2\n", "line 1, column 1", "expected a number"),
        ("0,1\n0,254\n", "line 2, column 2", "bytes of pixels, 0 to 255? Then multiply them by 16 / 255"),
        ("0;1\n2;3\n", "line 2: 1 columns", "are the columns separated by commas?"),
        ("0\n", "line 1", "1 columns: expected 2 values, or 2 values and a class"),
        ("0,1\n\n\n0,1,2,3\n", "line 4", "4 columns"),
    ] {
        let message = message(text);
        assert!(message.contains(place) && message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn pixels_given_as_inputs_are_refused() {
    let error = parse(b"0,254\n", "t.csv", of(&[2], Scaling::NONE, &[])).unwrap_err().to_string();
    assert!(error.contains("line 1, column 2") && error.contains("divide them by 255"), "{error}");
    let error = parse(b"0,1,x\n", "t.csv", of(&[2], Scaling::NONE, &[])).unwrap_err().to_string();
    assert!(error.contains("leave the last column out"), "{error}");
}

#[test]
fn a_table_without_rows_is_empty() {
    for text in ["", "\n\n"] {
        assert!(matches!(rows(text), Err(DataError::Empty { .. })), "{text:?}");
    }
    for text in ["a,b\n", "\na,b", "0;1\n"] {
        let message = message(text);
        assert!(message.contains("only a header") && message.contains("separated by commas?"), "{message}");
    }
}

#[test]
fn a_packed_table_is_read_and_a_damaged_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv.gz");
    let packed = crate::gz::pack(b"0,16,no\n4,8,yes\n");
    std::fs::write(&path, &packed).unwrap();
    assert_eq!(read(&path, of(&[2], SIXTEENTH, &names())).unwrap().labels(), [Some(0), Some(1)]);
    for end in 0..packed.len() {
        std::fs::write(&path, &packed[..end]).unwrap();
        let error = read(&path, of(&[2], SIXTEENTH, &names())).unwrap_err();
        assert!(matches!(error, DataError::GzipTruncated { .. } | DataError::Empty { .. }), "cut at {end}: {error}");
    }
}

#[test]
fn an_endless_line_is_refused_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.csv.gz");
    std::fs::write(&path, crate::gz::pack(&[&b"0,1\n"[..], &vec![b'1'; 5_000_000]].concat())).unwrap();
    let error = read(&path, of(&[2], SIXTEENTH, &names())).unwrap_err();
    assert!(matches!(error, DataError::LineTooLong { line: 2, .. }), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[0-9a-c,.\\-\"\n\r e]{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = rows(&text);
        let _ = parse(&bytes, "t.csv", of(&[1], Scaling::NONE, &[]));
    }

    #[test]
    fn what_was_written_is_read_back(values in proptest::collection::vec(0.0f32..=16.0, 1..20)) {
        let text: String = values.iter().map(|v| format!("{v},{v},yes\n")).collect();
        let table = rows(&text).unwrap();
        prop_assert_eq!(table.values(), &Values::F32(values.iter().flat_map(|&v| [v, v]).collect()));
    }
}
