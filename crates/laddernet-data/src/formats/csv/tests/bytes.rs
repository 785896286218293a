//! Bytes of every kind: encodings, cuts, bombs, and anything at all.

use super::*;
use crate::gz::pack;
use proptest::prelude::*;

const TABLE: &str = "name,älter,note\nAda,36,\"a, \"\"b\"\"\nc\"\nBö,41,\n€,5,x\n";

#[test]
fn encodings_give_the_same_rows() {
    let (names, rows, _) = read(TABLE);
    assert_eq!((names.as_str(), rows[1].as_str()), ("name|älter|note", "Bö|41|"));
    let wide = |convert: fn(u16) -> [u8; 2]| TABLE.encode_utf16().flat_map(convert).collect::<Vec<u8>>();
    let windows = encoding_rs::WINDOWS_1252.encode(TABLE).0.into_owned();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for (bytes, said) in [
        (marked(b"\xef\xbb\xbf", TABLE.as_bytes()), ""),
        (marked(b"\xff\xfe", &wide(u16::to_le_bytes)), "UTF-16 (little-endian)"),
        (marked(b"\xfe\xff", &wide(u16::to_be_bytes)), "UTF-16 (big-endian)"),
        (wide(u16::to_le_bytes), "UTF-16 (little-endian)"),
        (wide(u16::to_be_bytes), "UTF-16 (big-endian)"),
        (windows, "Windows-1252"),
        (pack(TABLE.as_bytes()), ""),
    ] {
        let (found, again, notes) = read(&bytes);
        assert_eq!((&found, &again), (&names, &rows), "{said}");
        assert_eq!(notes.iter().any(|note| note.contains("was read as")), !said.is_empty(), "{notes:?}");
        assert!(notes.iter().any(|note| note.contains(said)) || said.is_empty(), "{notes:?}");
    }
}

#[test]
fn a_table_cut_anywhere_gives_its_first_rows_or_an_error() {
    let whole = with(TABLE, &CsvOptions::default()).unwrap().1;
    for end in 0..TABLE.len() {
        if let Ok((_, rows, _)) = with(&TABLE.as_bytes()[..end], &CsvOptions::default()) {
            let kept = rows.len().saturating_sub(1);
            assert!(rows.is_empty() || rows.len() <= whole.len() + 1, "{end}");
            // The last row may be cut; those before it stand, unless the line of names is a row by itself.
            assert!(rows[..kept].iter().all(|row| whole.contains(row) || row[0] == "name"), "{end}: {rows:?}");
        }
    }
    let packed = pack(TABLE.as_bytes());
    for end in 0..packed.len() {
        let error = with(&packed[..end], &CsvOptions::default()).unwrap_err();
        assert!(matches!(error, DataError::GzipTruncated { .. } | DataError::Empty { .. }), "{end}: {error}");
    }
}

#[test]
fn endless_lines_and_rows_are_refused() {
    let line = pack(&[&b"a,b\n1,2\n"[..], &vec![b'1'; LONGEST + 2]].concat());
    assert!(line.len() < 100_000);
    let error = with(&line, &CsvOptions::default()).unwrap_err();
    assert!(matches!(error, DataError::LineTooLong { line: 3, .. }), "{error}");
    let quoted = pack(&[&b"a,b\n1,2\n3,\""[..], &b"1,2\n".repeat(LONGEST / 4 + 2)].concat());
    let message = message(&quoted);
    assert!(message.contains("line 3, column 2: found a quote that is opened"), "{message}");
}

#[test]
fn more_columns_than_a_table_has_are_refused() {
    for text in [vec![b','; MOST_COLUMNS + 1], [&b"1,2\n3,4\n"[..], &vec![b','; 2 * MOST_COLUMNS]].concat()] {
        let message = message(pack(&text));
        assert!(message.contains(": expected at most 1000000"), "{message}");
    }
}

#[test]
fn a_table_without_rows_is_named() {
    for text in ["", "\n\n", " \r\n", "\u{feff}"] {
        assert!(message(text).contains("t.csv is empty"), "{text:?}");
    }
    assert!(message("# a\n# b\n").contains("only lines that begin with '#'"));
}

#[test]
fn a_file_that_changes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let mut rows = open(&path, &CsvOptions::default()).unwrap();
    assert_eq!(all(&mut rows).unwrap().len(), 1);
    rows.restart().unwrap();
    std::fs::write(&path, "a,b\n1,2\n3,4\n").unwrap();
    let message = rows.restart().unwrap_err().to_string();
    assert!(message.contains("t.csv") && message.contains("changed while it was read"), "{message}");
}

#[test]
fn a_batch_ends_where_its_text_is_long() {
    let cell = "x".repeat(1 << 20);
    let text: String = (0..100).map(|row| format!("{row},{cell}\n")).collect();
    let mut rows = from_bytes(text.into_bytes(), "t.csv", &CsvOptions::default()).unwrap();
    let mut batch = Batch::default();
    rows.next(1000, &mut batch).unwrap();
    assert_eq!(batch.rows, 64);
    rows.next(1000, &mut batch).unwrap();
    assert_eq!(batch.rows, 36);
}

/// Cells as a writer of tables writes them.
fn written(rows: &[Vec<String>], delimiter: u8, line: &str) -> String {
    let quoted = |cell: &String| match cell.contains(['"', '\n', '\r', ' ', char::from(delimiter)]) || cell.is_empty() {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let delimiter = char::from(delimiter).to_string();
    rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter) + line).collect()
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[0-9a-c,;|#.\\-\"\n\r\t e\u{e4}]{0,120}", header in any::<Option<bool>>()) {
        let _ = with(&text, &CsvOptions { header, ..CsvOptions::default() });
        let _ = with(&text, &CsvOptions { delimiter: Some(Delimiter::Spaces), decimal_comma: header, header });
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = with(&bytes, &CsvOptions::default());
    }

    #[test]
    fn what_was_written_is_read_back(
        rows in (1usize..5).prop_flat_map(|columns| {
            let cell = "[a-c0-9,;.\"\u{e4}\n]{0,4}";
            proptest::collection::vec(proptest::collection::vec(cell, columns), 1..12)
        }),
        delimiter in proptest::sample::select(vec![b',', b';', b'\t', b'|']),
        line in proptest::sample::select(vec!["\n", "\r\n"]),
    ) {
        let options = CsvOptions {
            delimiter: Some(Delimiter::Byte(delimiter)), header: Some(false), decimal_comma: Some(false),
        };
        let mut expected = rows.clone();
        expected.iter_mut().flatten().for_each(|cell| *cell = cell.trim().to_owned());
        prop_assert_eq!(with(written(&rows, delimiter, line), &options).unwrap().1, expected);
    }

    /// The plain splitter and the one for quotes agree with the `csv` crate.
    #[test]
    fn plain_rows_are_those_of_another_reader(text in "[0-9a-c, ]{1,8}(\n[0-9a-c, ]{1,8}){0,6}") {
        let options = CsvOptions {
            delimiter: Some(Delimiter::Byte(b',')), header: Some(false), decimal_comma: Some(false),
        };
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(::csv::Trim::All).from_reader(text.as_bytes());
        let other: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        if let Ok((_, rows, _)) = with(&text, &options)
            && other.iter().all(|row| row.len() > 1)
        {
            prop_assert_eq!(rows, other);
        }
    }
}
