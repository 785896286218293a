//! Files that are read, from either index, and each kind of damage with its place.

use super::*;
use crate::gz::pack;
use crate::rows::texts_of;
use proptest::prelude::*;

const TEXT: &str = "# made by hand\n+1 1:0.5 3:-2 # first\n-1 qid:4 2:1e2\n\n 1\n2 3:7 1:1\n";

/// Names, and rows as text.
fn all(text: impl AsRef<[u8]>) -> Result<(LibsvmRows, Vec<String>), DataError> {
    let mut source = from_bytes(text.as_ref().to_vec(), "t.svm")?;
    let first = rows(&mut source)?;
    source.restart()?;
    assert_eq!(rows(&mut source)?, first);
    Ok((source, first))
}

fn rows(source: &mut LibsvmRows) -> Result<Vec<String>, DataError> {
    Ok(texts_of(source, 2)?.into_iter().map(|row| row.join(" ")).collect())
}

fn message(text: impl AsRef<[u8]>) -> String {
    all(text).err().unwrap().to_string()
}

fn names(source: &LibsvmRows) -> Vec<&str> {
    source.columns().iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn rows_are_made_dense() {
    let (source, rows) = all(TEXT).unwrap();
    assert_eq!(names(&source), ["x1", "x2", "x3", "label"]);
    assert_eq!(rows, ["0.5 0 -2 +1", "0 100 0 -1", "0 0 0 1", "1 0 7 2"]);
    assert_eq!(source.notes(), ["groups of rows (qid:) were left out"]);
    assert_eq!([0, 1, 2, 3].map(|row| source.place(row)), ["line 2", "line 3", "line 5", "line 6"]);
    let (source, rows) = all("1 0:2\n1,2 1:3\n1:5\n").unwrap();
    assert_eq!(names(&source), ["x0", "x1", "label"]);
    assert_eq!(rows, ["2 0 1", "0 3 1,2", "0 5 "]);
    assert_eq!(all(pack(TEXT.as_bytes())).unwrap().1.len(), 4);
}

#[test]
fn each_fault_has_its_place() {
    for (text, expected) in [
        ("", "t.svm is empty"),
        ("# x\n\n", "t.svm is empty"),
        ("1\n2\n", "found labels alone"),
        ("1 1:2\n1 x\n", "t.svm, line 2, column 2: found \"x\": expected INDEX:VALUE"),
        ("1 1:2\n1 1:1 x:2\n", "line 2, column 3: found \"x:2\": expected a whole number"),
        ("1 -1:2\n", "line 1, column 2: found \"-1:2\": expected a whole number"),
        ("1 1:y\n", "line 1, column 2: found \"1:y\": expected a number behind the colon"),
        ("1 2:3 2:4\n", "line 1, column 3: found \"2\": expected each index once"),
        ("1 1000001:3\n", "an index of at most 1000000"),
        ("1 99999999999999999999:3\n", "expected a whole number"),
    ] {
        let message = message(text);
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn rows_that_leave_out_too_much_are_refused() {
    let text = "1 1000000:1\n".to_owned() + &"1 1:1\n".repeat(100);
    let message = message(pack(text.as_bytes()));
    assert!(message.contains("101 rows of 1000000 columns, most of them 0"), "{message}");
    // One such row is a row like any other; few are read at a time.
    let mut source = from_bytes(b"1 1000000:1\n1 5:5\n".to_vec(), "t").unwrap();
    let mut batch = Batch::default();
    source.next(1000, &mut batch).unwrap();
    assert_eq!((batch.rows, batch.columns.len()), (2, 1_000_001));
}

#[test]
fn a_file_cut_anywhere_gives_its_first_rows_or_an_error() {
    let whole = all(TEXT).unwrap().1;
    for end in 0..TEXT.len() {
        if let Ok((source, rows)) = all(&TEXT.as_bytes()[..end]) {
            // With the last rows go the last columns.
            assert!(rows.len() <= whole.len() && source.columns().len() <= 4, "{end}: {rows:?}");
        }
    }
    let packed = pack(TEXT.as_bytes());
    for end in 0..packed.len() {
        let error = all(&packed[..end]).err().unwrap();
        assert!(matches!(error, DataError::GzipTruncated { .. } | DataError::Empty { .. }), "{end}: {error}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[0-9:# \n.qide-]{0,80}") {
        let _ = all(text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = all(bytes);
    }

    #[test]
    fn what_was_written_is_read_back(table in proptest::collection::vec((0u8..3, [-9i16..9, -9i16..9, 1i16..9]), 1..8)) {
        let mut text = String::new();
        for (label, values) in &table {
            text.push_str(&label.to_string());
            for (place, value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
                text.push_str(&format!(" {}:{value}", place + 1));
            }
            text.push('\n');
        }
        let expected: Vec<String> =
            table.iter().map(|(label, [a, b, c])| format!("{a} {b} {c} {label}")).collect();
        prop_assert_eq!(all(text).unwrap().1, expected);
    }
}
