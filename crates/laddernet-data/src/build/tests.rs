//! Tables from small sources in memory: what each rule makes of a few cells.

mod fitted;
mod found;
mod properties;
mod source;

use super::*;
use laddernet::table::ColumnKind;
use source::Memory;

/// A column of one kind as a word, with the words that it has: `words(a,b)`.
fn kind(kind: &ColumnKind) -> String {
    match kind {
        ColumnKind::Number => "number".into(),
        ColumnKind::NumberFrom(origin) => format!("number from {origin}"),
        ColumnKind::Boolean { no, yes } => format!("boolean({no},{yes})"),
        ColumnKind::Words(words) => format!("words({})", words.join(",")),
        ColumnKind::Date => "date".into(),
        ColumnKind::Text => "text".into(),
    }
}

/// The cells of a column; a missing one is a point.
fn shown(table: &Table, column: usize) -> String {
    let cell = |cell: f32| if cell.is_nan() { ".".to_owned() } else { cell.to_string() };
    table.column(column).map(cell).collect::<Vec<_>>().join(" ")
}

/// Kind and cells of the only column of a built source.
fn said(built: &Built) -> (String, String) {
    (kind(&built.table.columns()[0].kind), shown(&built.table, 0))
}

fn sentences(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The same, where NaN is NaN.
fn assert_same(a: &Table, b: &Table) {
    let bits = |table: &Table| table.cells().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(a.columns(), b.columns());
    assert_eq!(bits(a), bits(b), "{:?} {:?}", a.cells(), b.cells());
}
