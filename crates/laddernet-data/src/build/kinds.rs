//! The kind of a column that nobody said: a guess from its first cells, and a verdict once all are read.
//!
//! Whatever was guessed, the verdict is the one that all cells together allow; a wrong guess costs another reading.

use super::Reading;
use super::cell::{is_missing, no_and_yes, number, trimmed};
use super::column::{Dates, Kind, Reader};
use super::dates::{DateOrder, Dated, date};
use super::dictionary::{Dictionary, Numbers};
use crate::rows::{Cells, Texts};
use laddernet::table::ColumnKind;

/// What to do with a column once all its cells are read.
pub(super) enum Verdict {
    /// It is of the kind that it was read as.
    Done,
    /// It has to be read again, as this kind.
    Again(Kind),
    /// Its numbers have to be read again, less this one.
    From(f64),
}

/// Whether numbers among words are a column of numbers with faults: nearly all cells, and many different ones.
fn faulty_numbers(numbers: &Numbers, present: u64) -> bool {
    u128::from(numbers.cells) * 100 >= u128::from(present) * 95 && numbers.many()
}

/// What cells seem to be; open where all are missing.
pub(super) fn guess(cells: &Cells, fallback: &ColumnKind) -> Kind {
    let open = |fallback: &ColumnKind| Kind::Open(fallback.clone());
    let (no, yes) = ("false".to_owned(), "true".to_owned());
    match cells {
        Cells::Text(texts) => guess_texts(texts).unwrap_or_else(|| open(fallback)),
        Cells::Numbers(v) if v.iter().all(|x| x.is_nan()) => open(fallback),
        Cells::Numbers(_) => Kind::Number,
        Cells::Booleans(v) if v.iter().all(Option::is_none) => open(&ColumnKind::Boolean { no, yes }),
        Cells::Booleans(_) => Kind::Boolean { no, yes },
        Cells::Dates(v) if v.iter().all(|x| x.is_nan()) => open(&ColumnKind::Date),
        Cells::Dates(_) => dates_in(DateOrder::Dmy),
    }
}

fn guess_texts(texts: &Texts) -> Option<Kind> {
    let present = || texts.iter().map(trimmed).filter(|text| !is_missing(text));
    let first = present().next()?;
    if date(first).is_some() && present().all(|text| date(text).is_some()) {
        let monthly = |text| matches!(date(text), Some(Dated::Only(DateOrder::Mdy, _)));
        let order = if present().any(monthly) { DateOrder::Mdy } else { DateOrder::Dmy };
        return Some(dates_in(order));
    }
    let (mut numbers, mut count) = (Numbers::default(), 0);
    for text in present() {
        count += 1;
        if let Some(x) = number(text) {
            numbers.add(x as f32, 1);
        }
    }
    let number = numbers.cells == count || faulty_numbers(&numbers, count);
    Some(if number { Kind::Number } else { words() })
}

/// Dates in this order, until the cells say another.
fn dates_in(order: DateOrder) -> Kind {
    Kind::Date(Box::new(Dates { open: true, order: Some(order), ..Dates::default() }))
}

fn words() -> Kind {
    Kind::Words(Box::new(Dictionary::growing(&[])))
}

/// What a column is, of which `rows` cells were read into `column`; they are mended where that is enough. `said` where it is known to
/// be one of words.
pub(super) fn verdict<'s>(
    reader: &mut Reader,
    said: bool,
    rows: u64,
    reading: &Reading<'_>,
    column: impl Iterator<Item = &'s mut f32>,
) -> Verdict {
    let present = rows - reader.missing;
    let faults = reader.faults.count;
    match &mut reader.kind {
        Kind::Number if faults > 0 => {
            let mut numbers = Numbers::default();
            column.filter(|cell| !cell.is_nan()).for_each(|cell| numbers.add(*cell, 1));
            if faulty_numbers(&numbers, present) { Verdict::Done } else { Verdict::Again(words()) }
        }
        Kind::Boolean { .. } if faults > 0 => Verdict::Again(words()),
        Kind::Date(_) if faults > 0 => Verdict::Again(words()),
        Kind::Date(dates) => {
            let order = match (dates.dmy.count, dates.mdy.count) {
                (0, 0) => reading.order_of(&reader.name),
                (_, 0) => Some(DateOrder::Dmy),
                (0, _) => Some(DateOrder::Mdy),
                (_, _) => return Verdict::Again(words()),
            };
            match order {
                _ if dates.either.count == 0 => dates.order = order,
                Some(order) if dates.order != Some(order) => {
                    return Verdict::Again(dates_in(order));
                }
                Some(_) => {}
                None => {
                    dates.order = None;
                    as_text(column);
                }
            }
            Verdict::Done
        }
        Kind::Words(dictionary) => {
            if !said && faulty_numbers(&dictionary.numbers(), present) {
                return Verdict::Again(Kind::Number);
            }
            match dictionary.words() {
                None => {
                    reader.kind = Kind::Text;
                    as_text(column);
                }
                Some([a, b]) if !said && no_and_yes(a, b) => {
                    reader.kind = Kind::Boolean { no: a.clone(), yes: b.clone() };
                }
                Some([a, b]) if !said && no_and_yes(b, a) => {
                    reader.kind = Kind::Boolean { no: b.clone(), yes: a.clone() };
                    column.for_each(|cell| *cell = 1.0 - *cell);
                }
                Some(_) => {}
            }
            Verdict::Done
        }
        Kind::Number if reader.origin == 0.0 => match origin(column.map(|cell| *cell)) {
            0.0 => Verdict::Done,
            origin => Verdict::From(origin),
        },
        Kind::Number => {
            let mut column: Vec<&mut f32> = column.filter(|cell| !cell.is_nan()).collect();
            if column.iter().all(|cell| **cell == *column[0]) {
                // One number in all rows after all.
                column.iter_mut().for_each(|cell| **cell = (f64::from(**cell) + reader.origin) as f32);
                reader.origin = 0.0;
            }
            Verdict::Done
        }
        Kind::Boolean { .. } | Kind::Text | Kind::Open(_) => Verdict::Done,
    }
}

/// Numbers nearer to each other than this part of their size have no more than some thousand places between them in 32 bits.
const NEAR: f64 = 1.0 / 4096.0;
/// Below this size, cells that are one number in 32 bits are one.
const LARGE: f64 = 1_048_576.0;

/// What is to be taken from the numbers of a column before they become 32 bits, so that these tell them apart; 0 where they do anyway.
fn origin(column: impl Iterator<Item = f32>) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for cell in column.filter(|cell| !cell.is_nan()).map(f64::from) {
        (low, high) = (low.min(cell), high.max(cell));
        if high - low >= NEAR * high.abs().max(low.abs()) {
            return 0.0;
        }
    }
    if low > high || low == high && low.abs() < LARGE { 0.0 } else { f64::midpoint(low, high) }
}

/// Cells of text say nothing but that they are there.
pub(super) fn as_text<'s>(column: impl Iterator<Item = &'s mut f32>) {
    column.filter(|cell| !cell.is_nan()).for_each(|cell| *cell = 0.0);
}
