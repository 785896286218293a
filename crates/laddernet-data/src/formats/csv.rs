//! Tables as text: cells between commas, semicolons, tabs, bars or spaces, with names above them or without.
//!
//! What is not said is found from the beginning of the file, and each guess is a note. Rows are read in pieces; a row of another length
//! and a quote left open are errors.

mod head;
mod header;
mod numbers;
mod quick;
mod sample;
mod split;
#[cfg(test)]
mod tests;

pub use split::Delimiter;

use super::text::{LONGEST, Lines};
use crate::error::DataError;
use crate::rows::{Batch, Cells, Ready, RowSource, SourceColumn, Texts, Wanted};
use head::Head;
use memchr::{memchr, memchr_iter};
use quick::Quick;
use split::{MOST_COLUMNS, Stop, split, trimmed};
use std::path::Path;

/// A batch ends early where its text is as long as this, so that memory is bounded by bytes and not by rows.
const BATCH_BYTES: usize = 1 << 26;

/// Places of rows are remembered exactly up to so many skipped lines.
const JUMPS: usize = 1 << 14;

/// What the caller knows of a table; the rest is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// What stands between cells.
    pub delimiter: Option<Delimiter>,
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// Whether `1,5` is a number, to be handed over as `1.5`.
    pub decimal_comma: Option<bool>,
}

/// A table as text, whose cells are handed over as text.
pub struct CsvRows {
    lines: Lines,
    head: Head,
    columns: Vec<SourceColumn>,
    /// A row with quotes.
    record: Texts,
    /// A number with its comma made a point.
    pointed: String,
    /// Rows handed over since the beginning.
    rows: u64,
    /// Blank lines behind the last row: in a table of one column, cells without anything, unless nothing follows.
    blanks: u64,
    /// From this row on, its line is so many further: where lines were skipped or a row took several.
    jumps: Vec<(u64, u64)>,
    empty_cells: u64,
    thousands: Option<(u64, String)>,
    quick: Quick,
}

/// Opens a table of text.
///
/// # Errors
/// When the file cannot be read, is empty or no text, or its first rows are none.
pub fn open(path: &Path, options: &CsvOptions) -> Result<CsvRows, DataError> {
    CsvRows::of(Lines::open(path)?, options)
}

/// As [`open`], of bytes in memory, packed or not. `name` is what to call them in messages.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str, options: &CsvOptions) -> Result<CsvRows, DataError> {
    CsvRows::of(Lines::from_bytes(bytes, name)?, options)
}

impl CsvRows {
    fn of(mut lines: Lines, options: &CsvOptions) -> Result<Self, DataError> {
        let head = head::look(&mut lines, options)?;
        let columns = head.names.iter().map(SourceColumn::named).collect();
        let mut rows = CsvRows {
            lines,
            head,
            columns,
            record: Texts::default(),
            pointed: String::new(),
            rows: 0,
            blanks: 0,
            jumps: Vec::new(),
            empty_cells: 0,
            thousands: None,
            quick: Quick::new(super::threads(), quick::PIECE),
        };
        rows.begin()?;
        if rows.columns.is_empty() {
            // The first row is none: reading it says why.
            rows.quoted_record()?;
            return Err(rows.ragged(rows.lines.line(), 0));
        }
        Ok(rows)
    }

    fn begin(&mut self) -> Result<(), DataError> {
        let (bytes, lines) = self.head.begin;
        self.lines.skip_again(bytes, lines)?;
        (self.rows, self.blanks, self.empty_cells, self.thousands) = (0, 0, 0, None);
        self.jumps.clear();
        self.quick = Quick::new(self.quick.threads, self.quick.piece);
        Ok(())
    }

    /// What stands between cells.
    pub fn delimiter(&self) -> Delimiter {
        self.head.delimiter
    }

    /// Reads one row into `columns`; false at the end.
    fn next_row(&mut self, columns: &mut [Cells]) -> Result<bool, DataError> {
        loop {
            let Some(length) = self.lines.line_length()? else { return Ok(false) };
            let line = &self.lines.rest()[..length];
            if line.as_bytes().first().is_none_or(|&byte| byte <= b' ') && sample::blank(line, self.head.delimiter) {
                self.blanks += 1;
                self.lines.skip_line(length);
                continue;
            }
            let at = self.lines.line();
            if self.blanks > 0 && self.columns.len() == 1 {
                // The blank line itself is the row; the line at hand is read later.
                self.remember(at - self.blanks);
                self.blanks -= 1;
                self.empty_cells += 1;
                if let Some(Cells::Text(texts)) = columns.first_mut() {
                    texts.push("");
                }
                return Ok(true);
            }
            self.blanks = 0;
            self.remember(at);
            return self.row(length, columns).map(|()| true);
        }
    }

    /// The row that begins with the line at hand.
    fn row(&mut self, length: usize, columns: &mut [Cells]) -> Result<(), DataError> {
        let at = self.lines.line();
        let line = &self.lines.rest()[..length];
        let delimiter = match self.head.delimiter {
            Delimiter::Byte(byte) if memchr(b'"', line.as_bytes()).is_none() => byte,
            _ => return self.quoted_row(columns),
        };
        let (mut found, mut from) = (0, 0);
        let mut ends = memchr_iter(delimiter, line.as_bytes());
        let mut behind = "";
        loop {
            let end = ends.next();
            let cell = trimmed(&line[from..end.unwrap_or(length)]);
            match columns.get_mut(found) {
                Some(Cells::Text(texts)) if self.head.decimal_comma => {
                    push_pointed(texts, cell, at, &mut self.pointed, &mut self.thousands);
                }
                Some(Cells::Text(texts)) => texts.push(cell),
                _ => behind = cell,
            }
            found += 1;
            match end {
                Some(end) => from = end + 1,
                None => break,
            }
        }
        if !self.fits(found, behind) {
            return Err(self.ragged(at, found));
        }
        self.lines.skip_line(length);
        Ok(())
    }

    /// A row that is split with quotes in mind: it may take several lines.
    fn quoted_row(&mut self, columns: &mut [Cells]) -> Result<(), DataError> {
        let at = self.lines.line();
        self.quoted_record()?;
        let found = self.record.len();
        let behind = if found > columns.len() { self.record.get(found - 1) } else { "" };
        if !self.fits(found, behind) {
            return Err(self.ragged(at, found));
        }
        for (cells, cell) in columns.iter_mut().zip(self.record.iter()) {
            let Cells::Text(texts) = cells else { continue };
            match self.head.decimal_comma {
                true => push_pointed(texts, cell, at, &mut self.pointed, &mut self.thousands),
                false => texts.push(cell),
            }
        }
        Ok(())
    }

    /// Takes the next row into `record`.
    fn quoted_record(&mut self) -> Result<(), DataError> {
        loop {
            let (rest, ended) = (self.lines.rest(), self.lines.ended());
            let too_long = rest.len() > LONGEST;
            let result = split(rest, ended || too_long, self.head.delimiter, self.lines.terminator(), &mut self.record);
            match result {
                Ok(row) if too_long && row.bytes == rest.len() => {
                    let (name, line) = (self.lines.name().to_owned(), self.lines.line());
                    return Err(DataError::LineTooLong { name, line, limit: LONGEST as u64 });
                }
                Ok(row) => {
                    self.lines.skip(row.bytes, row.lines);
                    return Ok(());
                }
                Err(Stop::More) => {
                    self.lines.grow()?;
                }
                Err(stop) => return Err(self.stopped(stop)),
            }
        }
    }

    fn stopped(&self, stop: Stop) -> DataError {
        let name = self.lines.name().to_owned();
        match stop {
            Stop::Open { line, column } => DataError::Format {
                name,
                place: format!("line {}, column {}", self.lines.line() + line, column + 1),
                found: "a quote that is opened and never closed".into(),
                expected: "a second quote at the end of the cell; add it, or take the first one away".into(),
            },
            Stop::Behind { line, column, found } => {
                let expected = "a delimiter behind the closing quote; a quote inside of quotes is written twice".into();
                DataError::Cell { name, line: self.lines.line() + line, column: column + 1, found, expected }
            }
            Stop::Columns | Stop::More => head::too_many(&name, self.lines.line()),
        }
    }

    /// Whether a row of so many cells, and with this one behind the last column, is whole.
    fn fits(&self, found: usize, behind: &str) -> bool {
        let columns = self.columns.len();
        found == columns || (self.head.trailing && found == columns + 1 && behind.is_empty())
    }

    fn ragged(&self, line: u64, found: usize) -> DataError {
        let name = self.lines.name();
        if found > MOST_COLUMNS {
            return head::too_many(name, line);
        }
        let columns = self.columns.len();
        let delimiter = self.head.delimiter;
        let expected = match found == columns + 1 && self.head.trailing {
            true => format!("{columns} and nothing behind the last delimiter, as in the first rows"),
            false => format!("{columns}, as in the first rows (parted by {delimiter}); mend the line or delete it"),
        };
        DataError::Columns { name: name.into(), line, found, expected }
    }

    /// Notes the line in which the next row begins, where it is not the one after the last row's.
    fn remember(&mut self, line: u64) {
        let further = line - self.rows - 1;
        if self.jumps.len() < JUMPS && self.jumps.last().map_or(0, |jump| jump.1) != further {
            self.jumps.push((self.rows, further));
        }
    }
}

/// Adds a cell, with a point where it is a number with a decimal comma.
fn push_pointed(texts: &mut Texts, cell: &str, line: u64, buffer: &mut String, thousands: &mut Option<(u64, String)>) {
    if memchr(b',', cell.as_bytes()).is_some()
        && let Some(number) = numbers::with_point(cell, buffer)
    {
        return texts.push(number);
    }
    if thousands.is_none() && memchr(b'.', cell.as_bytes()).is_some() && numbers::thousands_by_points(cell) {
        *thousands = Some((line, cell.to_owned()));
    }
    texts.push(cell);
}

impl RowSource for CsvRows {
    fn name(&self) -> &str {
        self.lines.name()
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        batch.rows = 0;
        batch.pixels = None;
        super::text_columns(batch, self.columns.len());
        let begin = self.lines.position();
        while batch.rows < most && self.lines.position() - begin < BATCH_BYTES as u64 {
            if !self.next_row(&mut batch.columns)? {
                break;
            }
            batch.rows += 1;
            self.rows += 1;
        }
        Ok(())
    }

    fn ready(&mut self, wanted: &[Wanted], ready: &mut Vec<Ready>) -> Result<usize, DataError> {
        let Delimiter::Byte(delimiter) = self.head.delimiter else { return Ok(0) };
        let plain = self.columns.len() > 1
            && quick::parts_numbers(delimiter)
            && !self.head.decimal_comma
            && self.lines.terminator() == b'\n';
        if !plain || !self.quick.is_due() {
            return Ok(0);
        }
        let Quick { threads, piece, .. } = self.quick;
        self.lines.fill(threads * piece);
        ready.resize_with(threads, Ready::default);
        let form = quick::Form { wanted, delimiter, trailing: self.head.trailing };
        let read = quick::read(self.lines.rest(), form, piece, ready);
        self.quick.tried(read.stopped);
        if read.pieces > 0 {
            self.blanks = 0;
            self.remember(self.lines.line());
            let rows = ready[..read.pieces].iter().map(|ready| ready.rows as u64).sum();
            self.lines.skip(read.bytes, rows);
            self.rows += rows;
        }
        Ok(read.pieces)
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.lines.restart()?;
        self.begin()
    }

    fn place(&self, row: u64) -> String {
        let jump = self.jumps.partition_point(|jump| jump.0 <= row);
        let further = if jump == 0 { 0 } else { self.jumps[jump - 1].1 };
        if self.jumps.len() == JUMPS && jump == JUMPS {
            return format!("row {}", row + 1);
        }
        format!("line {}", row + 1 + further)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.lines.notes();
        notes.extend(self.head.notes.iter().cloned());
        if self.empty_cells > 0 {
            notes.push(format!(
                "there is one column, so blank lines between its rows were taken for rows with an empty cell: {}",
                self.empty_cells
            ));
        }
        if let Some((line, cell)) = &self.thousands {
            notes.push(format!(
                "numbers have a decimal comma, but {cell} in line {line} has a point: such cells were left as they are"
            ));
        }
        notes
    }
}
