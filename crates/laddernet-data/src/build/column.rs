//! A column while it is read: cells of any form become the numbers of its kind, and what does not fit is counted.

use super::cell::{Numeral, is_missing, no_and_yes, numeral, trimmed, truth, written};
use super::dates::{DateOrder, Dated, date, iso, since_2000};
use super::dictionary::Dictionary;
use super::kinds::guess;
use crate::rows::{Cells, Texts};
use laddernet::table::ColumnKind;

/// A column of the table that is built.
#[derive(Debug)]
pub(super) struct Reader {
    /// Its name.
    pub(super) name: String,
    /// What its cells are read as.
    pub(super) kind: Kind,
    /// What is taken from each of its numbers.
    pub(super) origin: f64,
    /// Whether marks of missing values are words.
    pub(super) keep_marks: bool,
    /// Cells without a value.
    pub(super) missing: u64,
    /// Cells that do not fit the kind.
    pub(super) faults: Faults,
    /// Numbers too large for the table.
    pub(super) infinite: Faults,
}

/// What the cells of a column are read as.
#[derive(Debug)]
pub(super) enum Kind {
    /// No value was seen so far; the kind where none comes.
    Open(ColumnKind),
    Number,
    Boolean {
        no: String,
        yes: String,
    },
    Words(Box<Dictionary>),
    Date(Box<Dates>),
    Text,
}

/// How dates with the year last are read.
#[derive(Debug, Default)]
pub(super) struct Dates {
    /// The order, where it is known.
    pub(super) order: Option<DateOrder>,
    /// Whether the column's other dates may still settle the order, so that those of any order are taken for now.
    pub(super) open: bool,
    /// Cells that may be read in either order.
    pub(super) either: Faults,
    /// Cells that are dates with the day first only.
    pub(super) dmy: Faults,
    /// Cells that are dates with the month first only.
    pub(super) mdy: Faults,
}

/// Cells that are not as the others, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    pub(super) count: u64,
    pub(super) first: Option<First>,
    /// The first ten different texts.
    pub(super) texts: Vec<String>,
}

/// The first cell of some sort; its place in the file is asked for once its batch is read.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) row: u64,
    pub(super) text: String,
    pub(super) place: Option<String>,
}

impl Faults {
    #[cold]
    fn add(&mut self, row: u64, text: &str) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some(First { row, text: shortened(text), place: None });
        }
        if self.texts.len() < 10 && !self.texts.iter().any(|known| known == text) {
            self.texts.push(shortened(text));
        }
    }
}

/// As much of a text as a message takes.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

impl Reader {
    pub(super) fn new(name: &str, kind: Kind, keep_marks: bool) -> Self {
        Reader {
            name: name.to_owned(),
            kind,
            origin: 0.0,
            keep_marks,
            missing: 0,
            faults: Faults::default(),
            infinite: Faults::default(),
        }
    }

    /// Begins again, as another kind.
    pub(super) fn again(&mut self, kind: Kind) {
        *self = Reader::new(&self.name, kind, self.keep_marks);
    }

    /// All sorts of cells of which the first is to be known with its place.
    pub(super) fn noticed(&mut self) -> impl Iterator<Item = &mut Faults> {
        let dates = match &mut self.kind {
            Kind::Date(dates) => Some([&mut dates.either, &mut dates.dmy, &mut dates.mdy]),
            _ => None,
        };
        [&mut self.faults, &mut self.infinite].into_iter().chain(dates.into_iter().flatten())
    }

    /// Reads cells into `slots`, one each; the first of them is that of `row`.
    pub(super) fn read<'s>(&mut self, cells: &Cells, row: u64, slots: impl Iterator<Item = &'s mut f32>) {
        if let Kind::Open(fallback) = &self.kind {
            self.kind = guess(cells, fallback);
        }
        match cells {
            Cells::Text(texts) => self.texts(texts, row, slots),
            Cells::Numbers(numbers) => self.typed(numbers.iter().map(|x| Typed::number(*x)), row, slots),
            Cells::Booleans(values) => self.typed(values.iter().map(|x| Typed::truth(*x)), row, slots),
            Cells::Dates(days) => self.typed(days.iter().map(|x| Typed::date(*x)), row, slots),
        }
    }

    fn texts<'s>(&mut self, texts: &Texts, row: u64, slots: impl Iterator<Item = &'s mut f32>) {
        let cells = texts.iter().map(trimmed).zip(slots).zip(row..);
        let Reader { missing, faults, infinite, keep_marks, kind, origin, .. } = self;
        match kind {
            Kind::Number => {
                for ((text, slot), row) in cells {
                    *slot = match numeral(text) {
                        Numeral::Number(x) => finite(x - *origin, infinite, row, || text.to_owned()),
                        Numeral::Missing => count(missing),
                        Numeral::None => fault(faults, row, text),
                    };
                }
            }
            Kind::Words(words) => {
                for ((text, slot), row) in cells {
                    if text.is_empty() {
                        *slot = count(missing);
                        continue;
                    }
                    *slot = match words.find(text) {
                        Some(place) => place as f32,
                        None if !*keep_marks && is_missing(text) => count(missing),
                        None => words.insert(text).map_or_else(|| fault(faults, row, text), |place| place as f32),
                    };
                }
            }
            Kind::Boolean { no, yes } => {
                for ((text, slot), row) in cells {
                    *slot = match () {
                        () if is_missing(text) => count(missing),
                        () => truth_in(no, yes, text).map_or_else(|| fault(faults, row, text), f32::from),
                    };
                }
            }
            Kind::Date(dates) => {
                for ((text, slot), row) in cells {
                    *slot = match date(text) {
                        Some(dated) => dates.day(dated, row, text, faults),
                        None if is_missing(text) => count(missing),
                        None => fault(faults, row, text),
                    };
                }
            }
            Kind::Text | Kind::Open(_) => {
                for ((text, slot), _) in cells {
                    *slot = if is_missing(text) { count(missing) } else { 0.0 };
                }
            }
        }
    }

    /// Notices a cell of a column of numbers that is none, or too large.
    pub(super) fn odd(&mut self, row: u64, text: &str) {
        match numeral(text) {
            Numeral::Number(x) => drop(finite(x, &mut self.infinite, row, || text.to_owned())),
            _ => self.faults.add(row, text),
        }
    }

    fn typed<'s>(
        &mut self,
        cells: impl Iterator<Item = Option<Typed>>,
        row: u64,
        slots: impl Iterator<Item = &'s mut f32>,
    ) {
        let Reader { missing, faults, infinite, kind, origin, .. } = self;
        for ((cell, slot), row) in cells.zip(slots).zip(row..) {
            let Some(cell) = cell else {
                *slot = count(missing);
                continue;
            };
            let taken = match (&mut *kind, cell) {
                (Kind::Number, Typed::Number(x)) => Some(finite(x - *origin, infinite, row, || written(x))),
                (Kind::Date(_), Typed::Date(days)) => {
                    Some(finite(since_2000(days), infinite, row, || format!("{days:e} days since 1970-01-01")))
                }
                (Kind::Boolean { .. }, Typed::Truth(value)) => Some(f32::from(value)),
                (Kind::Boolean { no, yes }, cell) => truth_in(no, yes, &cell.text()).map(f32::from),
                (Kind::Words(words), cell) => {
                    let text = cell.text();
                    words.find(&text).or_else(|| words.insert(&text)).map(|place| place as f32)
                }
                (Kind::Text | Kind::Open(_), _) => Some(0.0),
                (Kind::Number | Kind::Date(_), _) => None,
            };
            *slot = taken.unwrap_or_else(|| fault(faults, row, &cell.text()));
        }
    }
}

impl Dates {
    fn day(&mut self, dated: Dated, row: u64, text: &str, faults: &mut Faults) -> f32 {
        let order = self.order;
        match dated {
            Dated::Settled(day) => day as f32,
            Dated::Only(only, day) => {
                let noticed = if only == DateOrder::Dmy { &mut self.dmy } else { &mut self.mdy };
                match order {
                    Some(order) if order != only && !self.open => return fault(faults, row, text),
                    _ => noticed.add(row, text),
                }
                day as f32
            }
            Dated::Either { dmy, mdy } => {
                self.either.add(row, text);
                match order {
                    Some(DateOrder::Dmy) => dmy as f32,
                    Some(DateOrder::Mdy) => mdy as f32,
                    None => f32::NAN,
                }
            }
        }
    }
}

/// A typed cell that is not missing.
#[derive(Clone, Copy, Debug)]
enum Typed {
    Number(f64),
    Truth(bool),
    Date(f64),
}

impl Typed {
    fn number(x: f64) -> Option<Self> {
        (!x.is_nan()).then_some(Typed::Number(x))
    }

    fn truth(value: Option<bool>) -> Option<Self> {
        value.map(Typed::Truth)
    }

    fn date(days: f64) -> Option<Self> {
        (!days.is_nan()).then_some(Typed::Date(days))
    }

    /// The cell as a person would write it.
    fn text(self) -> String {
        match self {
            Typed::Number(x) => written(x),
            Typed::Truth(value) => value.to_string(),
            Typed::Date(days) => iso(days).unwrap_or_else(|| written(days)),
        }
    }
}

/// The truth value of a word: first by the column's own words, then by those that are common.
fn truth_in(no: &str, yes: &str, text: &str) -> Option<bool> {
    match () {
        () if text.eq_ignore_ascii_case(yes) => Some(true),
        () if text.eq_ignore_ascii_case(no) => Some(false),
        // Words that are common say nothing about a column with words of its own.
        () if no_and_yes(no, yes) => truth(text),
        () => None,
    }
}

/// The cells of one column in rows of `width`.
pub(super) fn slots(cells: &mut [f32], column: usize, width: usize) -> impl Iterator<Item = &mut f32> {
    cells.get_mut(column..).unwrap_or_default().iter_mut().step_by(width)
}

/// A number as the table holds it; one that is too large is noticed.
#[inline]
fn finite(x: f64, infinite: &mut Faults, row: u64, text: impl FnOnce() -> String) -> f32 {
    let x = x as f32;
    if x.is_infinite() {
        infinite.add(row, &text());
    }
    x
}

#[inline]
fn count(missing: &mut u64) -> f32 {
    *missing += 1;
    f32::NAN
}

fn fault(faults: &mut Faults, row: u64, text: &str) -> f32 {
    faults.add(row, text);
    f32::NAN
}
