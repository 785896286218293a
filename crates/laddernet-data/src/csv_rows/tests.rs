//! Tables that are taken, and each kind that is not, with the line and column that the message names.

use super::*;
use laddernet::dataset::Scaling;
use proptest::prelude::*;

const SIXTEENTH: Scaling = Scaling { scale: 1.0 / 16.0, assumed: false };

fn of<'a>(row_shape: &'a [usize], scaling: Scaling, class_names: &'a [String]) -> Expected<'a> {
    Expected { row_shape, scaling, class_names, any_values: false }
}

#[test]
fn values_of_any_size_are_taken_where_they_are_expected() {
    let any = |text: &str| {
        let expected = Expected { any_values: true, ..of(&[2], Scaling::NONE, &[]) };
        parse(text.as_bytes(), "t.csv", expected).map(|(rows, _)| rows)
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
    noted(text).map(|(rows, _)| rows)
}

fn noted(text: &str) -> Result<Noted, DataError> {
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
        ("a,b\n0,17\n", "line 2, column 2 ('b')", "from 0 to 16"),
        ("0,1\n-1,0\n", "line 2, column 1", "from 0 to 16"),
        ("0,1\n0,nan\n", "line 2, column 2", "from 0 to 16"),
        ("0,1\n0,\n2,\n", "line 2, column 2", "expected a number"),
        ("0,1,no\n0,1,maybe\n", "line 2, column 3", "one of no, yes"),
        ("0,1\n0,1,no\n", "line 1", "2 columns: expected 3, as in the first rows"),
        ("0,1,no\n0,1,no\n0,1\n", "line 3", "2 columns: expected 3, as in the first rows"),
        ("0,1\n\"0,1\n2,3\n", "line 2, column 1", "a quote that is opened and never closed"),
        // A first row that lost a cell is no header.
        (",16,no\n1,2,yes\n", "t.csv, line 1, column 1", "found \"\": expected a number"),
        ("O,16\n1,2\n", "t.csv, line 1, column 1", "found \"O\": expected a number"),
        (",\n1,2\n", "line 1, column 1", "expected a number"),
        ("0,1\n0,254\n", "line 2, column 2", "bytes of pixels, 0 to 255? Then multiply them by 16 / 255"),
        ("0\n", "line 1", "1 columns: expected 2 values, or 2 values and a class"),
        ("0,1\n\n\n2,3\n0,1,2,3\n", "line 5", "4 columns"),
    ] {
        let message = message(text);
        assert!(message.contains(place) && message.contains(expected), "{text:?}: {message}");
    }
}

/// The first line and a column in front are what they are, or an error says what they may be.
#[test]
fn no_row_is_lost_and_no_column_shifted() {
    let read = |text: &str| {
        let (rows, notes) = noted(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        let values: Vec<f32> = (0..rows.rows() * 2).map(|i| rows.values().get(i)).collect();
        (values, rows.labels().to_vec(), notes.join("; "))
    };
    // A first row of numbers stays one; where it could be names, it is said.
    assert_eq!(read("3,1\n4,5\n"), (vec![3.0, 1.0, 4.0, 5.0], vec![None, None], String::new()));
    let (values, _, notes) = read("0,1\n4,5\n");
    assert!(values == [0.0, 1.0, 4.0, 5.0] && notes.contains("was taken for a row"), "{notes}");
    // pandas: an index without a name, numbered columns, or both.
    for text in
        [",a,b\n0,4,5\n1,6,7\n", ",0,1\n0,4,5\n1,6,7\n", "Unnamed: 0,a,b\n7,4,5\n9,6,7\n", "index;a;b\n1;4;5\n2;6;7\n"]
    {
        let (values, labels, notes) = read(text);
        assert_eq!((values, labels), (vec![4.0, 5.0, 6.0, 7.0], vec![None, None]), "{text:?}");
        assert!(notes.contains("counts the rows and was left out"), "{text:?}: {notes}");
    }
    let classes = vec![Some(1), Some(0)];
    for text in [
        "0,1,label\n4,5,yes\n6,7,no\n",
        "Label,a,b\nyes,4,5\nno,6,7\n",
        "a,class,b\n4,yes,5\n6,no,7\n",
        ",0,1,label\n0,4,5,yes\n1,6,7,no\n",
        ",target,a,b\n0,yes,4,5\n1,no,6,7\n",
        ",a,b,c\n0,4,5,yes\n1,6,7,no\n",
        "a\tb\tc\n4\t5\tyes\n6\t7\tno\n",
    ] {
        let (values, labels, _) = read(text);
        assert_eq!((values, labels), (vec![4.0, 5.0, 6.0, 7.0], classes.clone()), "{text:?}");
    }
    for (text, word) in [
        ("NA,NA\n1,2\n", "line 1, column 1: found \"NA\": expected a number"),
        ("a,label\n1,2\n", "2 columns, of them a class ('label'): expected 2 values"),
        ("a,b,c,d\n1,2,3,4\n", "4 columns"),
    ] {
        let message = message(text);
        assert!(message.contains(word), "{text:?}: {message}");
    }
    // An index without a name above it is not taken for a value, nor the last value for a class.
    let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let text = b"0,4,5\n1,6,7\n2,8,9\n3,1,2\n";
    let message = parse(text, "t.csv", of(&[2], SIXTEENTH, &digits)).unwrap_err().to_string();
    assert!(message.contains("column 1: found the numbers of the rows"), "{message}");
    // Classes that became floating-point numbers on their way.
    let (rows, _) = parse(b"a,b,label\n1,2,3.0\n", "t.csv", of(&[2], SIXTEENTH, &digits)).unwrap();
    assert_eq!(rows.labels(), [Some(3)]);
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
    for text in ["a,b\n", "\na,b"] {
        let message = message(text);
        assert!(message.contains("only a header: expected rows of 2 numbers"), "{message}");
    }
}

#[test]
fn a_packed_table_is_read_and_a_damaged_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv.gz");
    let packed = crate::gz::pack(b"0,16,no\n4,8,yes\n");
    std::fs::write(&path, &packed).unwrap();
    assert_eq!(read(&path, of(&[2], SIXTEENTH, &names())).unwrap().0.labels(), [Some(0), Some(1)]);
    for end in 0..packed.len() {
        std::fs::write(&path, &packed[..end]).unwrap();
        let error = read(&path, of(&[2], SIXTEENTH, &names())).unwrap_err();
        assert!(matches!(error, DataError::GzipTruncated { .. } | DataError::Empty { .. }), "cut at {end}: {error}");
    }
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
