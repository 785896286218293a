//! From a file's rows to a [`Table`]: which kind each column is, which cells are missing, and what each cell is as a number.
//!
//! ```text
//! RowSource -> Batch -> a Reader a column (kinds guessed, or known) -> cells [rows, columns] -> Table, Finding, Finding, ...
//! ```
//! Kinds are found from all rows. Each column is read as what its first rows look like; where later cells contradict, the file is read
//! again, these columns as what all of their cells allow. So nothing is held but the table itself. Kinds that are known, a trained
//! model's or a first file's, are never changed: cells that do not fit them are missing, counted, and said.

mod append;
mod cell;
mod chunks;
mod column;
mod dates;
mod dictionary;
mod finding;
mod kinds;
mod layout;
mod pixels;
mod short;
#[cfg(test)]
mod tests;

pub use append::{AppendError, append};
pub use chunks::Chunks;
pub use dates::{DAYS_TO_2000, DateOrder, date_text};
pub use finding::{Finding, Place};

#[cfg(feature = "parquet")]
pub(crate) use cell::written;
pub(crate) use cell::{Numeral, numeral};
pub(crate) use short::{short, short_before};

use crate::error::DataError;
use crate::rows::{Batch, RowSource};
use column::{Kind, slots};
use kinds::{Verdict, as_text, verdict};
use laddernet::table::{Column, Table};
use layout::Layout;
use pixels::Collected;

/// How a file's rows are to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// Columns that hold words whatever they look like, the target among them. Marks of missing values are words in them, too: only
    /// an empty cell is missing.
    pub words: &'a [String],
    /// The columns of a trained model or of a first file: these are read, by name, each as the kind that it has there.
    pub fitted: Option<&'a [Column]>,
    /// Columns of `words` or `fitted` that may lack: the target, where rows are predicted.
    pub optional: &'a [String],
    /// Whether words that `fitted` lacks are added to it, for a further file of a training, or counted as unseen.
    pub grow_words: bool,
    /// The order of dates such as 03/04/2024 in the columns where no cell settles it.
    pub date_order: Option<DateOrder>,
    /// The order for columns by name, as [`Built::date_orders`] had it: those of the file that a model learned from.
    pub date_orders: &'a [(String, DateOrder)],
    /// Whether a cell that does not fit its column is an error.
    pub strict: bool,
}

impl Reading<'_> {
    /// The order of the dates of a column that does not settle it.
    fn order_of(&self, column: &str) -> Option<DateOrder> {
        self.date_orders.iter().find(|(name, _)| name == column).map(|(_, order)| *order).or(self.date_order)
    }
}

/// A table that was read, and what is to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The table.
    pub table: Table,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The columns whose dates with the year last were read in an order, to read later files in the same.
    pub date_orders: Vec<(String, DateOrder)>,
}

/// Reads a source, from its beginning on, to its end.
///
/// # Errors
/// When the source cannot be read, holds no row, lacks a column that is asked for, or changes while it is read; when a number is
/// infinite or too large for 32 bits; and, where the reading is strict, when a cell does not fit its column.
pub fn build(source: &mut dyn RowSource, reading: &Reading<'_>) -> Result<Built, DataError> {
    build_in_batches(source, reading, None)
}

/// At most this many rows a batch: the cells of a batch stay in the processor's cache.
fn batch_rows(columns: usize) -> usize {
    (65_536 / columns.max(1)).clamp(16, 4096)
}

/// With wrong guesses at every turn, a column is read as dates, as words, as numbers with faults, and as their distances.
const MOST_PASSES: usize = 5;

pub(crate) fn build_in_batches(
    source: &mut dyn RowSource,
    reading: &Reading<'_>,
    most: Option<usize>,
) -> Result<Built, DataError> {
    let most = most.unwrap_or_else(|| batch_rows(source.columns().len()));
    let mut layout = Layout::new(source, reading)?;
    let width = layout.readers.len();
    let (mut cells, mut pixels, mut rows) = (Vec::new(), Collected::default(), 0_usize);
    let (mut batch, mut ready) = (Batch::default(), Vec::new());
    for pass in 0.. {
        if pass > 0 {
            if pass == MOST_PASSES {
                return Err(changed(source.name()));
            }
            source.restart()?;
        }
        let mut row = 0;
        loop {
            // Once the kinds of columns are known.
            if (row > 0 || pass > 0) && reading.fitted.is_none() {
                let count = source.ready(&layout.wanted(), &mut ready)?;
                for ready in &ready[..count] {
                    let end = row + ready.rows;
                    if pass == 0 {
                        cells.extend_from_slice(&ready.cells);
                    } else if end > rows {
                        return Err(changed(source.name()));
                    }
                    layout.take(source, ready, row as u64, &mut cells[row * width..end * width], pass == 0);
                    row = end;
                }
                if count > 0 {
                    continue;
                }
            }
            if !next(source, most, &mut batch)? {
                break;
            }
            let end = row + batch.rows;
            if pass == 0 {
                cells.resize(end * width, f32::NAN);
                pixels.add(&mut batch, source.name(), || source.place(row as u64))?;
            } else if end > rows {
                return Err(changed(source.name()));
            }
            layout.read(source, &batch, row as u64, &mut cells[row * width..end * width])?;
            row = end;
        }
        match pass {
            0 => rows = row,
            _ if row != rows => return Err(changed(source.name())),
            _ => {}
        }
        if rows == 0 {
            return Err(no_rows(source.name()));
        }
        if layout.settle(reading, rows as u64, &mut cells) {
            break;
        }
    }
    layout.check(source.name())?;
    let (columns, date_orders, findings) = (layout.columns(), layout.date_orders(), layout.findings(rows as u64));
    let table = Table::new(rows, columns, cells, pixels.taken()).map_err(|e| no_table(source.name(), &e))?;
    Ok(Built { table, findings, date_orders })
}

impl Layout {
    /// Makes columns of which the words became too many ones of text.
    fn drop_words(&mut self, cells: &mut [f32]) {
        let width = self.readers.len();
        for (place, column) in self.readers.iter_mut().enumerate() {
            if column.fixed && column.reader.drop_words() {
                as_text(slots(cells, place, width));
            }
        }
    }

    /// Whether all columns are of the kind that they were read as; those that are not are ready to be read again.
    fn settle(&mut self, reading: &Reading<'_>, rows: u64, cells: &mut [f32]) -> bool {
        let width = self.readers.len();
        let mut all = true;
        self.drop_words(cells);
        for (place, column) in self.readers.iter_mut().enumerate().filter(|(_, column)| !column.settled) {
            let verdict = match column.fixed {
                true => Verdict::Done,
                false => verdict(&mut column.reader, column.said, rows, reading, slots(cells, place, width)),
            };
            match verdict {
                Verdict::Done => column.settled = true,
                Verdict::Again(kind) => {
                    column.reader.again(kind);
                    all = false;
                }
                Verdict::From(origin) => {
                    column.reader.again(Kind::Number);
                    column.reader.origin = origin;
                    all = false;
                }
            }
        }
        all
    }
}

/// Whether there were further rows.
fn next(source: &mut dyn RowSource, most: usize, batch: &mut Batch) -> Result<bool, DataError> {
    source.next(most, batch)?;
    if batch.rows == 0 {
        return Ok(false);
    }
    let (columns, expected) = (batch.columns.len(), source.columns().len());
    assert_eq!(columns, expected, "a batch of {columns} columns from a source of {expected}");
    for (cells, column) in batch.columns.iter().zip(source.columns()) {
        let (found, rows) = (cells.len(), batch.rows);
        assert_eq!(found, rows, "column '{}' has {found} cells in a batch of {rows} rows", column.name);
    }
    Ok(true)
}

fn no_rows(name: &str) -> DataError {
    DataError::Format {
        name: name.into(),
        place: "behind the names of the columns".into(),
        found: "no row".into(),
        expected: "at least one; the file has only a header, or nothing at all".into(),
    }
}

fn changed(name: &str) -> DataError {
    DataError::Format {
        name: name.into(),
        place: "at a second reading".into(),
        found: "other rows than at the first".into(),
        expected: "a file that stays as it is while it is read; try again once it is complete".into(),
    }
}

fn no_table(name: &str, error: &laddernet::table::TableError) -> DataError {
    DataError::Format {
        name: name.into(),
        place: "the whole table".into(),
        found: error.to_string(),
        expected: "columns with different names and pictures for all rows".into(),
    }
}
