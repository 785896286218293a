//! Tables that are read, with what was found about them, and each kind that is refused, with the place that the message names.

mod bytes;
mod guesses;
mod quick;

use super::*;
use crate::rows::texts_of;

/// All rows as text, read a few at a time.
fn all(rows: &mut CsvRows) -> Result<Vec<Vec<String>>, DataError> {
    texts_of(rows, 3)
}

/// Names, rows and notes.
type Found = (Vec<String>, Vec<Vec<String>>, Vec<String>);

fn with(text: impl AsRef<[u8]>, options: &CsvOptions) -> Result<Found, DataError> {
    let mut rows = from_bytes(text.as_ref().to_vec(), "t.csv", options)?;
    let table = all(&mut rows)?;
    let names = rows.columns().iter().map(|column| column.name.clone()).collect();
    let notes = rows.notes();
    // A second reading gives the same rows.
    rows.restart()?;
    assert_eq!(all(&mut rows)?, table);
    assert_eq!(rows.notes(), notes);
    Ok((names, table, notes))
}

/// Names joined by bars, rows likewise, and notes.
fn read(text: impl AsRef<[u8]>) -> (String, Vec<String>, Vec<String>) {
    let (names, rows, notes) = with(text, &CsvOptions::default()).unwrap();
    (names.join("|"), rows.iter().map(|row| row.join("|")).collect(), notes)
}

fn message(text: impl AsRef<[u8]>) -> String {
    with(text, &CsvOptions::default()).unwrap_err().to_string()
}

#[test]
fn the_delimiter_is_found() {
    for delimiter in [",", ";", "\t", "|", ", ", " ; "] {
        let text = "a,b,c\n1,x y,\n2,z,4\n".replace(',', delimiter);
        let (names, rows, notes) = read(&text);
        assert_eq!((names.as_str(), rows), ("a|b|c", vec!["1|x y|".to_owned(), "2|z|4".to_owned()]), "{text:?}");
        assert!(notes.is_empty(), "{notes:?}");
    }
    // Old files of numbers, and R's default.
    let (names, rows, _) = read("  1.0   2.5 3\n 4.0\t5.5 6  \r\n");
    assert_eq!((names.as_str(), rows), ("column1|column2|column3", vec!["1.0|2.5|3".into(), "4.0|5.5|6".into()]));
    let (names, rows, notes) = read("\"len\" \"kind\"\n\"1\" 5.1 2\n\"2\" 3.5 4\n");
    assert_eq!((names.as_str(), rows), ("column1|len|kind", vec!["1|5.1|2".into(), "2|3.5|4".into()]));
    assert!(notes[0].contains("the first column has no name"), "{notes:?}");
    // What a cell looks like decides between two that would do.
    assert_eq!(read("a;b\n1,5;2,5\n0,5;3,5\n").1, ["1.5|2.5", "0.5|3.5"]);
    assert_eq!(read("x,1;2,3\ny,4;5,6\nx,2;2,2\n").1, ["x|1;2|3", "y|4;5|6", "x|2;2|2"]);
    assert_eq!(
        read("id\ttext\n1\tto be, or not\n2\tis, I say,\n3\tit\n").1,
        ["1|to be, or not", "2|is, I say,", "3|it"]
    );
    assert_eq!(read("sep=;\na;b\n1;2\n").1, ["1|2"]);
    let bar = CsvOptions { delimiter: Delimiter::parse("bar"), ..CsvOptions::default() };
    assert_eq!(with("a,b|c\n1,2|3\n", &bar).unwrap().0, ["a,b", "c"]);
}

#[test]
fn quotes_hold_delimiters_lines_and_quotes() {
    let named = CsvOptions { header: Some(true), ..CsvOptions::default() };
    let (_, rows, _) =
        with("a,b\n\"1,5\",\"say \"\"so\"\"\"\r\n\"two\nlines\", x \n5\" pipe,\"\"\n \"a\" ,2\n", &named).unwrap();
    assert_eq!(
        rows.iter().map(|row| row.join("|")).collect::<Vec<_>>(),
        ["1,5|say \"so\"", "two\nlines|x", "5\" pipe|", "a|2"]
    );
    let open = message("a,b\n1,2\n3,\"x\n4,5\n6,7\n");
    assert!(open.contains("t.csv, line 3, column 2: found a quote that is opened and never closed"), "{open}");
    let open = message("\"a,b\n1,2\n");
    assert!(open.contains("line 1, column 1: found a quote"), "{open}");
    let behind = message("a,b\n1,\"x\n2,\"y\"\n3,4\n");
    assert!(
        behind.contains("line 2, column 2: found \"\\\"x\\n2,\\\"y") && behind.contains("written twice"),
        "{behind}"
    );
    // A row of many lines, longer than what is looked at first.
    let long = "z\n".repeat(400_000);
    let (names, rows, _) = read(format!("a,b\n1,\"{long}\"\n2,x\n"));
    assert_eq!((names.as_str(), rows.len(), rows[1].as_str()), ("a|b", 2, "2|x"));
    assert_eq!(rows[0].len(), 2 + long.trim().len());
}

#[test]
fn rows_know_their_lines() {
    let mut rows =
        from_bytes(b"# c\na,b\n1,2\n\n\n\"x\ny\",4\n5,6\n".to_vec(), "t.csv", &CsvOptions::default()).unwrap();
    assert_eq!(all(&mut rows).unwrap().len(), 3);
    assert_eq!([0, 1, 2].map(|row| rows.place(row)), ["line 3", "line 6", "line 8"]);
}

#[test]
fn a_row_of_another_length_is_named() {
    for (text, place) in [
        ("a,b\n1,2\n3\n4,5\n", "t.csv, line 3: 1 columns: expected 2, as in the first rows (parted by ',')"),
        ("a,b\n1,2\n\n3,4,5\n4,5\n", "line 4: 3 columns: expected 2"),
        ("1;2\n\"3;4\n\";\"1\"\n\n4;5;6\n", "line 5: 3 columns"),
        ("a,b,c,d\n1,2\n3,4\n", "line 1: 4 columns: expected 2"),
        (&format!("a,b,\n{}3,4,5\n", "1,2,\n".repeat(2000)), "line 2002: 3 columns: expected 2 and nothing behind"),
    ] {
        let message = message(text);
        assert!(message.contains(place), "{text:?}: {message}");
    }
}

#[test]
fn blank_lines_count_only_where_they_are_all_there_is_of_a_row() {
    assert_eq!(read("\n\na,b\n\n1,2\n \r\n3,4\n\n\n").1, ["1|2", "3|4"]);
    assert_eq!(read("a\tb\n1\t2\n\t\n").1, ["1|2", "|"]);
    let (names, rows, notes) = read("label\n1\n\n\n2\n\n");
    assert_eq!((names.as_str(), rows), ("label", vec!["1".into(), String::new(), String::new(), "2".into()]));
    assert!(notes[0].contains("blank lines between its rows") && notes[0].ends_with(": 2"), "{notes:?}");
}

#[test]
fn trailing_delimiters_and_names_of_rows_are_understood() {
    for text in ["a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n", "a,b\n1,2,\n3,4\n5,6,\n"] {
        let (names, rows, _) = read(text);
        assert_eq!((names.as_str(), rows[1].as_str()), ("a|b", "3|4"), "{text:?}");
    }
    // Without names the last cells may yet be labels.
    assert_eq!(read("1,2,\n3,4,\n5,6,yes\n").1, ["1|2|", "3|4|", "5|6|yes"]);
    let (names, rows, notes) = read("a,b\nx,1,2\ny,3,4\n");
    assert_eq!((names.as_str(), rows[1].as_str()), ("column1|a|b", "y|3|4"));
    assert!(notes[1].contains("column 1 has no name: it is called column1"), "{notes:?}");
}

#[test]
fn decimal_commas_are_found_and_thousands_left_alone() {
    let (_, rows, notes) = read("a;b\n1,5;x,1\n-0,25e3;1.234,5\n1,250;1.250\n");
    assert_eq!(rows, ["1.5|x,1", "-0.25e3|1.234,5", "1.250|1.250"]);
    assert!(notes[0].contains("1,5 was read as 1.5"), "{notes:?}");
    assert!(notes[1].contains("1.250 in line 4 has a point"), "{notes:?}");
    // With points about, commas set thousands apart.
    assert_eq!(read("a\tb\n1,250\t1.5\n2,125\t2.5\n").1, ["1,250|1.5", "2,125|2.5"]);
    assert_eq!(read("a\tb\n1,250\tx\n2,125\ty\n").1, ["1,250|x", "2,125|y"]);
    assert_eq!(read("a;b\n1,250;x\n2,125;y\n").1, ["1.250|x", "2.125|y"]);
    let said = |decimal_comma| CsvOptions { decimal_comma: Some(decimal_comma), ..CsvOptions::default() };
    assert_eq!(with("a;b\n1,5;2\n2,5;3\n", &said(false)).unwrap().1[0], ["1,5", "2"]);
    assert_eq!(with("a\n1,5\n2,5\n", &said(true)).unwrap().1, [["1.5"], ["2.5"]]);
    assert_eq!(
        with("a,b\n\"1,5\",2\n\"2,5\",3\n", &CsvOptions { delimiter: Some(Delimiter::Byte(b',')), ..said(true) })
            .unwrap()
            .1[1],
        ["2.5", "3"]
    );
}

#[test]
fn old_macintosh_and_windows_lines_end() {
    assert_eq!(read("a,b\r1,2\r3,\"x\ry\"\r").1, ["1|2", "3|x\ry"]);
    assert_eq!(read("a,b\r\n1,2\r\n3,\"x\"\r\n").1, ["1|2", "3|x"]);
}

#[test]
fn names_of_delimiters_are_known() {
    assert_eq!(Delimiter::parse("\\t").map(|delimiter| delimiter.to_string()), Some("tab".into()));
    assert_eq!(Delimiter::parse("space"), Some(Delimiter::Spaces));
    assert_eq!(["\"", "a", "1", "", ",,", "."].map(Delimiter::parse), [None; 6]);
}
