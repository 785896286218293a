//! Files and settings that cannot be trained on, or can be misread: a sentence, an exit code, and nothing left behind.

use super::{COLUMNS, Said, call, csv, csv_with, train};
use crate::common::Place;

/// A training that must end with this code and these words, and leave nothing.
fn refused(what: &str, place: &Place, code: i32, words: &[&str], arguments: &[&str]) {
    let said = call(place, &[&["train"], arguments, &["--epochs", "3"]].concat());
    left_nothing(what, place, &said);
    assert_eq!(said.code, code, "{what}: {}", said.err);
    for word in words {
        assert!(said.err.contains(word), "{what}: '{word}' is in: {}", said.err);
    }
}

fn left_nothing(what: &str, place: &Place, said: &Said) {
    assert!(said.err.starts_with("error: ") || said.err.contains(" error: "), "{what}: {}", said.err);
    assert_eq!(said.out, "", "{what}");
    assert_eq!(place.list("runs"), [""; 0], "{what}");
    assert!(!place.list("").iter().any(|name| name.contains("partial")), "{what}: {:?}", place.list(""));
}

fn rows(change: impl Fn(usize, &str) -> Option<String>) -> String {
    csv_with(&COLUMNS, 0..60, change)
}

fn in_cell(row: usize, column: &str, text: &str) -> String {
    rows(|at, name| (at == row && name == column).then(|| text.to_owned()))
}

#[test]
fn files_that_cannot_be_learned_from_are_refused() {
    let all = |column: &'static str, text: &'static str| rows(move |_, name| (name == column).then(|| text.into()));
    let whole = csv(&COLUMNS, 0..60);
    let line_8 = |change: fn(&str) -> String| {
        let changed = whole.lines().enumerate().map(|(at, line)| if at == 7 { change(line) } else { line.into() });
        changed.collect::<Vec<_>>().join("\n")
    };
    let many = || (0..20_004).fold("x,y\n".to_owned(), |text, row| format!("{text}{},k{}\n", row % 97, row / 2));
    let cases: [(&str, String, &[&str]); 17] = [
        ("empty", String::new(), &["data.csv", "empty", "expected a table"]),
        ("blank lines alone", "\n\n\n".into(), &["data.csv", "expected"]),
        ("a header alone", csv(&COLUMNS, 0..0), &["data.csv", "found no row", "expected at least one"]),
        ("one row", csv(&COLUMNS, 0..1), &["data.csv", "column 'y'", "'leaves'", "expected at least two classes"]),
        ("the target alone", csv(&["y"], 0..60), &["data.csv", "none to learn from"]),
        (
            "a short row",
            line_8(|line| line.rsplit_once(',').unwrap().0.into()),
            &["data.csv, line 8", "5 columns", "expected 6", "mend the line"],
        ),
        (
            "a long row",
            line_8(|line| format!("{line},9,9")),
            &["data.csv, line 8", "8 columns", "expected 6", "mend the line"],
        ),
        ("infinity", in_cell(6, "age", "inf"), &["line 8, column 'age'", "'inf'", "expected a finite number"]),
        ("1e300", in_cell(6, "age", "1e300"), &["line 8, column 'age'", "'1e300'", "expected a finite number"]),
        ("1e999", in_cell(6, "income", "-1e999"), &["line 8, column 'income'", "'-1e999'", "expected a finite number"]),
        (
            "no value but labels",
            rows(|_, name| (name != "y").then(String::new)),
            &["no column of the table can be learned from", "'age'", "'income'"],
        ),
        (
            "constants alone",
            rows(|_, name| (name != "y").then(|| "7".into())),
            &["no column of the table can be learned from", "'age'", "one value"],
        ),
        (
            "one class",
            all("y", "leaves"),
            &["column 'y'", "'leaves'", "labelled rows: 60", "expected at least two classes"],
        ),
        ("no label", all("y", ""), &["column 'y'", "no row has a label"]),
        ("an id as target", rows(|row, name| (name == "y").then(|| format!("k{row}"))), &["column 'y'", "60"]),
        ("more than 10 000 classes", many(), &["column 'y'", "more than 10000", "expected a column of classes"]),
        ("a web page", "<html><body>404</body></html>".into(), &["data.csv", "web page", "expected a table"]),
    ];
    for (what, text, words) in cases {
        let place = Place::new();
        place.write("data.csv", text);
        refused(what, &place, 3, words, &["data.csv"]);
    }
}

#[test]
fn a_target_that_is_none_is_refused() {
    let place = Place::new();
    place.write("data.csv", csv(&COLUMNS, 0..60));
    let target = |what: &str, name: &str, words: &[&str]| {
        refused(what, &place, 3, words, &["data.csv", "--target", name]);
    };
    target("no such column", "xyz", &["no column 'xyz'", "'age'", "'income'", "'y'"]);
    target("misspelt", "incme", &["no column 'incme'", "did you mean 'income'?"]);
    target("another case", "Plan", &["no column 'Plan'", "did you mean 'plan'?"]);
    target("a measurement", "income", &["column 'income'", "regression", "name another column"]);
    place.write("data.csv", csv(&COLUMNS[..5], 0..60));
    refused("not said", &place, 2, &["--target", "'age'", "'member'"], &["data.csv"]);
}

#[test]
fn paths_that_are_no_table_are_refused() {
    let place = Place::new();
    refused("nowhere", &place, 3, &["nowhere.csv"], &["nowhere.csv"]);
    std::fs::create_dir_all(place.path("folder/inside")).unwrap();
    refused("an empty folder", &place, 3, &["folder", "expected"], &["folder"]);
    place.write("folder/inside/notes.txt", "nothing");
    refused("a folder of nothing", &place, 3, &["folder", "expected"], &["folder"]);
    place.write("train.csv", csv(&COLUMNS, 0..60));
    refused("a test file nowhere", &place, 3, &["nowhere.csv"], &["train.csv", "--test", "nowhere.csv"]);
    refused("further rows nowhere", &place, 3, &["nowhere.csv"], &["train.csv", "--unlabelled", "nowhere.csv"]);
    place.write("test.csv", csv_with(&COLUMNS, 0..9, |_, name| (name == "y").then(String::new)));
    refused(
        "a test without labels",
        &place,
        3,
        &["test.csv", "no test row has a label"],
        &["train.csv", "--test", "test.csv"],
    );
    place.write("test.csv", csv(&COLUMNS[1..], 0..9));
    refused("a test without a column", &place, 3, &["test.csv", "'age'"], &["train.csv", "--test", "test.csv"]);
    place.write("more.csv", csv(&COLUMNS[1..], 0..9));
    refused(
        "further rows without a column",
        &place,
        3,
        &["more.csv", "'age'"],
        &["train.csv", "--unlabelled", "more.csv"],
    );
    let whole = csv(&COLUMNS, 0..60);
    place.write("test.csv", whole.replace("leaves", "goes"));
    refused(
        "a class unheard of",
        &place,
        3,
        &["test.csv", "'goes'", "leaves, stays"],
        &["train.csv", "--test", "test.csv"],
    );
}

#[test]
fn columns_and_shares_that_make_no_sense_are_refused() {
    let place = Place::new();
    place.write("train.csv", csv(&COLUMNS, 0..60));
    let refused = |more: &[&str], words: &[&str]| {
        let said = call(&place, &[&["train", "train.csv", "--epochs", "3"], more].concat());
        left_nothing(more[1], &place, &said);
        assert!((2..=3).contains(&said.code), "{more:?}: {}", said.err);
        assert!(words.iter().all(|word| said.err.contains(word)), "{more:?}: {}", said.err);
    };
    refused(&["--drop", "incme"], &["incme", "income"]);
    refused(&["--drop", "y"], &["'y'"]);
    refused(&["--test", "0"], &["between 0 and 1"]);
    refused(&["--test", "1"], &["between 0 and 1"]);
    refused(&["--unlabelled-as", "leaves"], &["column 'y'", "'stays'", "at least two classes"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    symlink("loop.csv", place.path("loop.csv")).unwrap();
    refused("a link to itself", &place, 3, &["cannot open loop.csv"], &["loop.csv"]);
    let file = place.write("data.csv", csv(&COLUMNS, 0..60));
    refused("a file as a folder", &place, 3, &["cannot open data.csv/more.csv"], &["data.csv/more.csv"]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o0)).unwrap();
    // The administrator may read everything.
    if std::fs::read(&file).is_err() {
        refused("no permission", &place, 3, &["data.csv", "ermission denied"], &["data.csv"]);
    }
}

/// What is no file and has no end is not read for ever; a pipe is read as standard input is, or refused.
#[cfg(unix)]
#[test]
fn devices_and_pipes_are_answered() {
    let place = Place::new();
    refused("nothing", &place, 3, &["/dev/null", "empty"], &["/dev/null"]);
    refused("no end", &place, 3, &["/dev/zero"], &["/dev/zero"]);
    let whole = csv(&COLUMNS, 0..60);
    place.write("data.csv", &whole);
    let pipe = "mkfifo pipe && { cat data.csv > pipe & exec \"$0\" inspect pipe --json; }";
    let mut command = assert_cmd::Command::new("sh");
    command.current_dir(place.path("")).args(["-c", pipe, crate::common::BINARY]);
    let output = command.timeout(std::time::Duration::from_secs(30)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    match output.status.code() {
        Some(0) => assert!(said.contains("\"rows\": 60"), "{said}"),
        Some(3) => assert!(said.contains("standard input") || said.contains("regular file"), "{said}"),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn standard_input_is_a_file_as_any_other() {
    let place = Place::new();
    let whole = csv(&COLUMNS, 0..60);
    let piped = |text: &str, arguments: &[&str]| {
        let output = place.laddernet(arguments).write_stdin(text).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Said { code: output.status.code().unwrap(), out: String::from_utf8(output.stdout).unwrap(), err }
    };
    for (text, word) in [("", "standard input is empty"), ("age,y\n", "found no row"), ("a,y\n1,b\n1\n", "line 3")] {
        let said = piped(text, &["train", "-", "--epochs", "3"]);
        assert!(said.code == 3 && said.err.contains(word), "{}", said.err);
        left_nothing(word, &place, &said);
    }
    place.write("data.csv", &whole);
    assert_eq!(train(&place, "data.csv", "file", &["--quiet"]).code, 0);
    let said = piped(&whole, &["train", "-", "--epochs", "3", "--threads", "2", "--out", "pipe", "--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let predicted = call(&place, &["predict", "file", "data.csv"]);
    for run in ["file", "pipe"] {
        let said = piped(&whole, &["predict", run, "-"]);
        assert!(said.code == 0 && said.out == predicted.out, "{run}: {}", said.err);
    }
    // Rows that stand beside their labels are read twice, which a pipe cannot.
    for command in ["label", "reconstruct"] {
        let said = piped(&whole, &[command, "file", "-"]);
        assert!(said.code == 2 && said.err.contains("give a file") && said.out.is_empty(), "{}", said.err);
    }
}
