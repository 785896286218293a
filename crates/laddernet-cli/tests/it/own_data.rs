//! A user's own tables: made here, small enough to train on in a moment.

mod bad;
mod contract;
#[cfg(unix)]
mod interrupted;
mod odd;
#[cfg(all(unix, feature = "parquet", feature = "pictures", feature = "xlsx"))]
mod page;

use crate::common::Place;
use std::time::Duration;

/// The columns that tables have here; the last is the target.
const COLUMNS: [&str; 6] = ["age", "income", "plan", "since", "member", "y"];

/// A cell. A third of the rows leave and have another look; the first 30 have a label. Ages are missing here and there, and some words
/// are what a spreadsheet takes for formulas, or hold a comma.
fn cell(row: usize, column: &str) -> String {
    let leaves = row.is_multiple_of(3);
    match column {
        "age" if row % 17 == 4 => String::new(),
        "age" => (25 + if leaves { 20 } else { 0 } + row * 7 % 15).to_string(),
        "income" => format!("{}.50", 1000 + if leaves { 900 } else { 0 } + row * 37 % 500),
        "plan" => [["=1+1", "plus"], ["plus", "\"a, b\""]][usize::from(leaves)][row % 2].into(),
        "since" => format!("20{}-0{}-{}", if leaves { 16 } else { 10 } + row * 11 % 4, 1 + row % 9, 10 + row % 18),
        "member" => if row % 5 < 2 { "yes" } else { "no" }.into(),
        "y" if row >= 30 => String::new(),
        "y" => if leaves { "leaves" } else { "stays" }.into(),
        _ => "9".into(),
    }
}

/// A table as CSV, whose cells `change` may replace.
fn csv_with(
    columns: &[&str],
    rows: impl Iterator<Item = usize>,
    change: impl Fn(usize, &str) -> Option<String>,
) -> String {
    let mut text = columns.join(",") + "\n";
    for row in rows {
        let cells = columns.iter().map(|column| change(row, column).unwrap_or_else(|| cell(row, column)));
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

fn csv(columns: &[&str], rows: impl Iterator<Item = usize>) -> String {
    csv_with(columns, rows, |_, _| None)
}

/// What a command left on standard output and standard error, the second with its line breaks taken out.
struct Said {
    code: i32,
    out: String,
    err: String,
}

fn call(place: &Place, arguments: &[&str]) -> Said {
    let output = place.laddernet(arguments).timeout(Duration::from_secs(60)).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!err.contains("panicked"), "{arguments:?}: {err}");
    let code = output.status.code().unwrap_or_else(|| panic!("{arguments:?} is killed: {err}"));
    let err = err.split_whitespace().collect::<Vec<_>>().join(" ");
    Said { code, out: String::from_utf8(output.stdout).unwrap(), err }
}

/// Trains for a moment.
fn train(place: &Place, data: &str, out: &str, more: &[&str]) -> Said {
    call(place, &[&["train", data, "--epochs", "3", "--threads", "2", "--out", out][..], more].concat())
}

/// A run folder `run` of 60 rows, which are in `train.csv`.
fn trained() -> Place {
    let place = Place::new();
    place.write("train.csv", csv(&COLUMNS, 0..60));
    let said = train(&place, "train.csv", "run", &["--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}

/// Codes and squared errors of a table's rows come by the names of its columns; a row alone has the bits that it has among others.
#[test]
fn codes_of_a_table_are_those_of_its_rows() {
    let place = trained();
    // Other columns first, and one that the model does not know.
    let columns = ["member", "age", "note", "since", "plan", "income"];
    place.write("new.csv", csv(&columns, 60..75));
    place.write("one.csv", csv(&columns, 67..68));
    let all = call(&place, &["codes", "run", "new.csv"]);
    let lines: Vec<&str> = all.out.lines().collect();
    assert_eq!((all.code, lines.len()), (0, 16), "{}", all.err);
    assert!(lines[0].starts_with("row,h_0,h_1"), "{}", lines[0]);
    let one = call(&place, &["codes", "run", "one.csv"]).out;
    let code = |line: &str| line.split_once(',').unwrap().1.to_owned();
    assert_eq!(code(one.lines().nth(1).unwrap()), code(lines[8]));
    assert_eq!(lines[8].split(',').next(), Some("7"));
    let inputs = call(&place, &["codes", "run", "new.csv", "--layer", "0"]);
    assert_ne!(inputs.out.lines().next().unwrap().split(',').count(), lines[0].split(',').count());
    place.refuses(2, "there is no code of layer 9", &["codes", "run", "new.csv", "--layer", "9"]);
    place.refuses(4, "errors of reconstructions", &["codes", "run", "new.csv", "--squared-error"]);
    let said = call(&place, &["codes", "run", "new.csv", "--json"]);
    assert!(said.code == 2 && said.out.contains("name a file with --out"), "{} {}", said.out, said.err);

    let model = ["--model", "autoencoder", "--quiet"];
    assert_eq!(train(&place, "train.csv", "ae", &model).code, 0);
    let found = call(&place, &["codes", "ae", "new.csv", "--squared-error", "--out", "errors.csv"]);
    assert_eq!(found.code, 0, "{}", found.err);
    let text = std::fs::read_to_string(place.path("errors.csv")).unwrap();
    assert!(text.starts_with("row,squared_error\n0,") && text.lines().count() == 16, "{text}");
}
