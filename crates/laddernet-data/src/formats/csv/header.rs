//! Whether the first line names the columns. No row of data may be lost to a guess: where both could be, the line is a row.

use super::numbers::{figures, integer, missing};
use crate::rows::Texts;

/// What the first line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// Names of columns, beyond doubt or not.
    Names { sure: bool },
    /// A row.
    Row,
}

/// Names that hardly anything but a column has.
const USUAL: [&str; 12] =
    ["label", "labels", "class", "target", "id", "name", "index", "outcome", "category", "text", "species", "response"];

/// Decides from the first line and the rows under it, all of as many cells.
pub(super) fn decide(first: &Texts, rows: &[&Texts]) -> First {
    let columns = first.len();
    if columns == 0 {
        return First::Row;
    }
    let has_index = first.get(0).is_empty() && counts_up(rows);
    let unnamed = usize::from(first.get(0).is_empty());
    // pandas numbers columns without names. Such a line may be a row as well, unless what is under it is of another kind.
    let numbered = (unnamed..columns).all(|column| first.get(column) == (column - unnamed).to_string());
    if numbered && columns > unnamed {
        let other = |&column: &usize| rows.iter().any(|row| !integer(row.get(column)) && !missing(row.get(column)));
        let of_other_kind = columns >= 3 && 2 * (0..columns).filter(other).count() > columns;
        return if has_index || (of_other_kind && unnamed == 0) {
            First::Names { sure: has_index }
        } else {
            First::Row
        };
    }
    // The same beside columns that were named by hand: `0,1,2,label`.
    let is_usual = |cell: &str| USUAL.iter().any(|name| cell.eq_ignore_ascii_case(name));
    let (by_hand, others): (Vec<usize>, Vec<usize>) =
        (unnamed..columns).partition(|&column| is_usual(first.get(column)));
    let recurs = |&column: &usize| rows.iter().any(|row| row.get(column) == first.get(column));
    let counted = others.iter().enumerate().all(|(place, &column)| first.get(column) == place.to_string());
    if counted && others.len() > 1 && !by_hand.is_empty() && !by_hand.iter().any(recurs) {
        return First::Names { sure: true };
    }
    let mark = |cell: &str| figures(cell) || (missing(cell) && !cell.is_empty());
    let empty = first.iter().filter(|cell| cell.is_empty()).count();
    if empty == columns || first.iter().any(mark) {
        return First::Row;
    }
    if rows.is_empty() {
        return First::Names { sure: false };
    }
    let named = || (0..columns).filter(|&column| !first.get(column).is_empty());
    let over_numbers = named().filter(|&column| of_figures(rows, column)).count();
    let recurring = named().filter(|&column| rows.iter().any(|row| row.get(column) == first.get(column))).count();
    if has_index && empty == 1 && recurring == 0 {
        return First::Names { sure: true };
    }
    if over_numbers > 0 {
        // A word stands over numbers, so it is none of them; but a word that recurs in its column is one of its words.
        let names = over_numbers > recurring && 2 * empty < columns;
        return if names { First::Names { sure: recurring == 0 && empty == 0 } } else { First::Row };
    }
    let mut cells: Vec<&str> = first.iter().collect();
    cells.sort_unstable();
    let differ = cells.windows(2).all(|pair| pair[0] != pair[1]);
    if recurring > 0 || !differ || empty > unnamed {
        return First::Row;
    }
    let usual = first.iter().any(is_usual);
    // The chance of a row of words none of which stands in the other rows, were the columns independent: of words that stand in one
    // row only, there are as many in a column as of unseen ones (Good and Turing).
    let chance: f64 = named().map(|column| (0.5 + singles(rows, column) as f64) / (1.0 + rows.len() as f64)).product();
    if usual || chance < 0.05 { First::Names { sure: false } } else { First::Row }
}

/// Whether the first column is 0, 1, 2, ... or 1, 2, 3, ...
pub(super) fn counts_up(rows: &[&Texts]) -> bool {
    let begin = match rows.first().map(|row| row.get(0)) {
        Some("0") => 0,
        Some("1") => 1,
        _ => return false,
    };
    rows.iter().enumerate().all(|(place, row)| row.get(0).parse() == Ok(place + begin))
}

/// Whether a column holds figures alone, and some.
fn of_figures(rows: &[&Texts], column: usize) -> bool {
    let mut present = rows.iter().map(|row| row.get(column)).filter(|cell| !missing(cell)).peekable();
    present.peek().is_some() && present.all(figures)
}

/// How many words of a column stand in one row only.
fn singles(rows: &[&Texts], column: usize) -> usize {
    let mut words: Vec<&str> = rows.iter().map(|row| row.get(column)).collect();
    words.sort_unstable();
    words.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).count()
}

/// Whether a line of `count` words could name columns: no figures, nothing missing, no two alike.
pub(super) fn could_name(cells: &Texts) -> bool {
    let mut sorted: Vec<&str> = cells.iter().collect();
    sorted.sort_unstable();
    sorted.iter().all(|cell| !missing(cell) && !figures(cell)) && sorted.windows(2).all(|pair| pair[0] != pair[1])
}
