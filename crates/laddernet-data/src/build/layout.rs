//! Which columns of a source are read, in which order, and as what.

use super::Reading;
use super::column::{Dates, Faults, First, Kind, Reader, slots};
use super::dates::DateOrder;
use super::dictionary::Dictionary;
use super::finding::{Finding, Place};
use crate::error::DataError;
use crate::rows::{Batch, Ready, RowSource, SourceColumn, Wanted};
use laddernet::table::{Column, ColumnKind, nearest, quoted};
use std::collections::{HashMap, HashSet};

/// The columns of the table that is built, in its order.
pub(super) struct Layout {
    pub(super) readers: Vec<Placed>,
    /// What is to be said before any row is read.
    notes: Vec<Finding>,
    strict: bool,
}

/// A column of the table, and which one of the source it is.
pub(super) struct Placed {
    pub(super) reader: Reader,
    source: usize,
    /// Whether its kind was known before.
    pub(super) fixed: bool,
    /// Whether it is known to hold words.
    pub(super) said: bool,
    /// Whether its cells are read, and of its kind.
    pub(super) settled: bool,
}

impl Layout {
    /// All columns of the source; or those that are known and those that are to be words.
    pub(super) fn new(source: &dyn RowSource, reading: &Reading<'_>) -> Result<Self, DataError> {
        let columns = source.columns();
        let places: HashMap<&str, usize> =
            columns.iter().enumerate().map(|(place, column)| (column.name.as_str(), place)).collect();
        let fitted = reading.fitted.unwrap_or_default();
        let among_fitted = |name: &String| fitted.iter().any(|column| column.name == *name);
        let more_words: Vec<&String> = reading.words.iter().filter(|name| !among_fitted(name)).collect();
        let asked = fitted.iter().map(|column| &column.name).chain(more_words.iter().copied());
        let lacking: Vec<&String> = asked.filter(|name| !places.contains_key(name.as_str())).collect();
        let (optional, missing): (Vec<&String>, Vec<&String>) =
            lacking.into_iter().partition(|name| reading.optional.contains(name));
        if !missing.is_empty() {
            let asked: HashSet<&str> = fitted.iter().map(|column| column.name.as_str()).collect();
            return Err(missing_columns(source.name(), &missing, columns, &asked));
        }
        let mut notes: Vec<Finding> =
            optional.into_iter().map(|name| Finding::Lacking { column: name.clone() }).collect();
        let mut readers = Vec::new();
        if reading.fitted.is_none() {
            for (source, column) in columns.iter().enumerate() {
                readers.push(Placed::open(source, column, reading.words.contains(&column.name)));
            }
        } else {
            for column in fitted {
                if let Some(&source) = places.get(column.name.as_str()) {
                    let keep_marks = reading.words.contains(&column.name);
                    readers.push(Placed::fixed(source, column, keep_marks, reading));
                }
            }
            for name in more_words {
                if let Some(&source) = places.get(name.as_str()) {
                    readers.push(Placed::open(source, &columns[source], true));
                }
            }
            let mut used = vec![false; columns.len()];
            readers.iter().for_each(|column: &Placed| used[column.source] = true);
            let extra: Vec<String> =
                columns.iter().zip(used).filter(|(_, used)| !used).map(|(column, _)| column.name.clone()).collect();
            if !extra.is_empty() {
                notes.push(Finding::Extra { columns: extra });
            }
        }
        Ok(Layout { readers, notes, strict: reading.strict })
    }

    /// Reads a batch into its cells, `[rows, columns]`; the columns that are settled stay as they are.
    pub(super) fn read(
        &mut self,
        source: &dyn RowSource,
        batch: &Batch,
        row: u64,
        cells: &mut [f32],
    ) -> Result<(), DataError> {
        let (width, strict) = (self.readers.len(), self.strict);
        for (place, column) in self.readers.iter_mut().enumerate().filter(|(_, column)| !column.settled) {
            column.reader.read(&batch.columns[column.source], row, slots(cells, place, width));
            for noticed in column.reader.noticed() {
                if let Some(First { row, place: place @ None, .. }) = &mut noticed.first {
                    *place = Some(source.place(*row));
                }
            }
            if column.fixed {
                column.check(source.name(), strict)?;
            }
        }
        Ok(())
    }

    /// As what the source may read its columns, where these are the table's.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let of = |column: &Placed| match column.reader.kind {
            _ if column.settled => Wanted::Nothing,
            Kind::Number if column.reader.origin == 0.0 => Wanted::Number,
            _ => Wanted::Cells,
        };
        self.readers.iter().map(of).collect()
    }

    /// Takes what the source has read as [`Layout::wanted`] says. `copied` says that the cells hold its numbers already.
    pub(super) fn take(&mut self, source: &dyn RowSource, ready: &Ready, row: u64, cells: &mut [f32], copied: bool) {
        let width = self.readers.len();
        for (place, column) in self.readers.iter_mut().enumerate().filter(|(_, column)| !column.settled) {
            if !matches!(column.reader.kind, Kind::Number) || !ready.columns[place].is_empty() {
                column.reader.read(&ready.columns[place], row, slots(cells, place, width));
                continue;
            }
            column.reader.missing += ready.missing[place];
            if !copied {
                let numbers = ready.cells.iter().skip(place).step_by(width);
                slots(cells, place, width).zip(numbers).for_each(|(slot, number)| *slot = *number);
            }
        }
        for odd in &ready.odd {
            self.readers[odd.column].reader.odd(row + odd.row as u64, &odd.text);
        }
        self.place_first(source);
    }

    /// Asks where the cells stand that were the first of their sort.
    fn place_first(&mut self, source: &dyn RowSource) {
        for column in self.readers.iter_mut().filter(|column| !column.settled) {
            for noticed in column.reader.noticed() {
                if let Some(First { row, place: place @ None, .. }) = &mut noticed.first {
                    *place = Some(source.place(*row));
                }
            }
        }
    }

    /// Refuses cells that cannot be taken.
    pub(super) fn check(&self, name: &str) -> Result<(), DataError> {
        self.readers.iter().try_for_each(|column| column.check(name, self.strict))
    }

    /// The columns as they are now.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.readers
            .iter()
            .map(|column| Column { name: column.reader.name.clone(), kind: column.reader.kind() })
            .collect()
    }

    /// The columns whose dates have an order.
    pub(super) fn date_orders(&self) -> Vec<(String, DateOrder)> {
        let order = |column: &Placed| match &column.reader.kind {
            Kind::Date(dates) => dates.order.map(|order| (column.reader.name.clone(), order)),
            _ => None,
        };
        self.readers.iter().filter_map(order).collect()
    }

    /// What there is to say, of `rows` rows.
    pub(super) fn findings(&self, rows: u64) -> Vec<Finding> {
        let of_columns = self.readers.iter().flat_map(|column| column.findings(rows));
        self.notes.iter().cloned().chain(of_columns).collect()
    }
}

impl Placed {
    fn open(source: usize, column: &SourceColumn, keep_marks: bool) -> Self {
        let said = keep_marks || column.words.is_some();
        let kind = match said {
            true => Kind::Words(Box::new(Dictionary::growing(column.words.as_deref().unwrap_or_default()))),
            false => Kind::Open(ColumnKind::Number),
        };
        Placed { reader: Reader::new(&column.name, kind, keep_marks), source, fixed: false, said, settled: false }
    }

    fn fixed(source: usize, column: &Column, keep_marks: bool, reading: &Reading<'_>) -> Self {
        let kind = match &column.kind {
            ColumnKind::Number | ColumnKind::NumberFrom(_) => Kind::Number,
            ColumnKind::Boolean { no, yes } => Kind::Boolean { no: no.clone(), yes: yes.clone() },
            ColumnKind::Words(words) => Kind::Words(Box::new(Dictionary::known(words, reading.grow_words))),
            ColumnKind::Date => {
                Kind::Date(Box::new(Dates { order: reading.order_of(&column.name), ..Dates::default() }))
            }
            ColumnKind::Text => Kind::Text,
        };
        let mut reader = Reader::new(&column.name, kind, keep_marks);
        reader.origin = column.kind.origin();
        Placed { reader, source, fixed: true, said: true, settled: false }
    }

    fn check(&self, name: &str, strict: bool) -> Result<(), DataError> {
        let Reader { name: column, kind, faults, infinite, .. } = &self.reader;
        let refused = |first: &First, expected: String| {
            let place = format!("{}, column '{column}'", first.place.as_deref().unwrap_or("somewhere"));
            Err(DataError::Format { name: name.into(), place, found: format!("'{}'", first.text), expected })
        };
        if let (Some(first), Kind::Number | Kind::Date(_)) = (&infinite.first, kind) {
            return refused(
                first,
                "a finite number, at most 3.4e38 in size; leave the cell empty where no value is known".into(),
            );
        }
        if let Kind::Date(dates) = kind
            && let Dates { order: None, open: false, either: Faults { first: Some(first), .. }, .. } = &**dates
            && strict
        {
            return refused(
                first,
                "a date that is read in one way, such as 2024-12-31; or say the order, dmy or mdy".into(),
            );
        }
        match &faults.first {
            Some(first) if strict => refused(
                first,
                match kind {
                    Kind::Number => "a number".into(),
                    Kind::Date(_) => "a date such as 2024-12-31".into(),
                    Kind::Boolean { no, yes } => format!("'{no}' or '{yes}'"),
                    _ => "a word that the column had before".into(),
                },
            ),
            _ => Ok(()),
        }
    }

    fn findings(&self, rows: u64) -> Vec<Finding> {
        let Reader { name, kind, faults, missing, .. } = &self.reader;
        let (column, of) = (|| name.clone(), rows - missing);
        let mut findings = Vec::new();
        if let Some(first) = named(faults) {
            let count = faults.count;
            findings.push(match kind {
                Kind::Number => Finding::NotNumbers { column: column(), count, of, first },
                Kind::Date(_) => Finding::NotDates { column: column(), count, of, first },
                _ => Finding::Unseen { column: column(), count, of, first, words: faults.texts.clone() },
            });
        }
        if let Kind::Date(dates) = kind {
            let settles = if dates.order == Some(DateOrder::Dmy) { &dates.dmy } else { &dates.mdy };
            match (dates.order, named(&dates.either), named(settles)) {
                (None, Some(first), _) => {
                    findings.push(Finding::AmbiguousDates { column: column(), count: dates.either.count, first });
                }
                (Some(order), Some(_), Some(first)) if !self.fixed => {
                    findings.push(Finding::DateOrder { column: column(), order, first });
                }
                _ => {}
            }
        }
        findings
    }
}

impl Reader {
    /// The kind, as far as it is known.
    fn kind(&self) -> ColumnKind {
        match &self.kind {
            Kind::Open(fallback) => fallback.clone(),
            Kind::Number if self.origin != 0.0 => ColumnKind::NumberFrom(self.origin),
            Kind::Number => ColumnKind::Number,
            Kind::Boolean { no, yes } => ColumnKind::Boolean { no: no.clone(), yes: yes.clone() },
            Kind::Words(words) => words.words().map_or(ColumnKind::Text, |words| ColumnKind::Words(words.to_vec())),
            // A new column of dates that nothing settles.
            Kind::Date(dates) if dates.open && dates.order.is_none() && dates.either.count > 0 => ColumnKind::Text,
            Kind::Date(_) => ColumnKind::Date,
            Kind::Text => ColumnKind::Text,
        }
    }

    /// Makes a column whose words are too many one of text; whether it did.
    pub(super) fn drop_words(&mut self) -> bool {
        let dropped = matches!(&self.kind, Kind::Words(words) if words.words().is_none());
        if dropped {
            self.kind = Kind::Text;
        }
        dropped
    }
}

fn named(faults: &Faults) -> Option<Place> {
    let First { text, place, .. } = faults.first.clone()?;
    Some(Place { place: place.unwrap_or_default(), text })
}

/// All names that are missing, each with the column that may be meant: one that is not asked for itself.
fn missing_columns(name: &str, missing: &[&String], columns: &[SourceColumn], asked: &HashSet<&str>) -> DataError {
    // A comparison of all names with all takes time in a table of very many columns.
    const COMPARED: usize = 1_000_000;
    let others: Vec<&str> =
        columns.iter().map(|column| column.name.as_str()).filter(|name| !asked.contains(name)).collect();
    let compared = COMPARED / others.len().max(1);
    let lacking = missing.iter().enumerate().map(|(place, name)| {
        let near = if place < compared { nearest(name, others.iter().copied()) } else { None };
        near.map_or_else(|| format!("'{name}'"), |near| format!("'{name}' (is it '{near}'?)"))
    });
    let lacking: Vec<String> = lacking.collect();
    let all = quoted(columns.iter().map(|column| column.name.as_str()));
    DataError::Format {
        name: name.into(),
        place: "the names of the columns".into(),
        found: format!("{all} without {}", lacking.join(", ")),
        expected: "all columns that are asked for, in any order; name them so, or add them".into(),
    }
}
