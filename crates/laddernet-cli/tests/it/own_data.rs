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
