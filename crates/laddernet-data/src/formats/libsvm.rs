//! LIBSVM (svmlight): a line a row, `LABEL INDEX:VALUE INDEX:VALUE ...`, and what is left out is 0.
//!
//! The file is read once to find its columns; rows are then made dense, under a bound on what that takes.

#[cfg(test)]
mod tests;

use super::text::Lines;
use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};
use std::path::Path;

/// The largest index.
const MOST_COLUMNS: usize = 1_000_000;

/// As many cells are made dense for a batch.
const BATCH_CELLS: usize = 1 << 22;

/// The rows of a LIBSVM file: columns `x1`, `x2`, ... (or `x0`, ... where indices begin with 0) of numbers, and `label` as text.
pub struct LibsvmRows {
    lines: Lines,
    columns: Vec<SourceColumn>,
    base: usize,
    row: Vec<(usize, f64)>,
    /// The last row, from 1, that had a value in this column.
    last_row: Vec<u64>,
    rows: u64,
    groups: bool,
    /// From this row on, its line is so many further.
    jumps: Vec<(u64, u64)>,
}

/// Opens a LIBSVM file and reads it once to find its columns.
///
/// # Errors
/// When it cannot be read, is no text, has no row, a row cannot be understood, or its rows would take too much memory.
pub fn open(path: &Path) -> Result<LibsvmRows, DataError> {
    LibsvmRows::of(Lines::open(path)?)
}

/// As [`open`], of bytes in memory. `name` is what to call them in messages.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<LibsvmRows, DataError> {
    LibsvmRows::of(Lines::from_bytes(bytes, name)?)
}

/// A line: the label, and the values put into the row.
struct Line<'a> {
    label: &'a str,
    number: u64,
    group: bool,
}

impl LibsvmRows {
    fn of(lines: Lines) -> Result<Self, DataError> {
        let (columns, row, last_row, jumps) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut all = LibsvmRows { lines, columns, base: 0, row, last_row, rows: 0, groups: false, jumps };
        let (mut least, mut most, mut rows) = (usize::MAX, None, 0);
        while let Some(line) = next_line(&mut all.lines, &mut all.row)? {
            all.groups |= line.group;
            rows += 1;
            for &(index, _) in &all.row {
                least = least.min(index);
                most = most.max(Some(index));
            }
        }
        let name = || all.lines.name().to_owned();
        if rows == 0 {
            return Err(DataError::Empty { name: name(), expected: "lines 'LABEL INDEX:VALUE ...'".into() });
        }
        let Some(most) = most else {
            return Err(DataError::Format {
                name: name(),
                place: "the whole file".into(),
                found: "labels alone".into(),
                expected: "lines 'LABEL INDEX:VALUE ...'".into(),
            });
        };
        all.base = least.min(1);
        let width = most + 1 - all.base;
        let cells = (width as u64).saturating_mul(rows);
        let limit = super::most_cells(all.lines.bytes_read());
        if cells > limit {
            return Err(DataError::Format {
                name: name(),
                place: "the whole file".into(),
                found: format!("{rows} rows of {width} columns, most of them 0"),
                expected: format!("at most {limit} cells, since rows are made dense; leave out columns that are rare"),
            });
        }
        all.columns = (all.base..=most).map(|index| SourceColumn::named(format!("x{index}"))).collect();
        all.columns.push(SourceColumn::named("label"));
        all.last_row = vec![0; width];
        all.restart()?;
        Ok(all)
    }

    /// Reads one row to the end of `columns`; false at the end.
    fn next_row(&mut self, columns: &mut [Cells]) -> Result<bool, DataError> {
        let name = self.lines.name().to_owned();
        let Some(line) = next_line(&mut self.lines, &mut self.row)? else { return Ok(false) };
        let row = self.rows + 1;
        for cells in columns.iter_mut() {
            match cells {
                Cells::Numbers(numbers) => numbers.push(0.0),
                Cells::Text(texts) => texts.push(line.label),
                _ => {}
            }
        }
        for (place, &(index, value)) in self.row.iter().enumerate() {
            let column = index.wrapping_sub(self.base);
            // A changed file can have other indices than were found.
            let (Some(last), Some(Cells::Numbers(numbers))) = (self.last_row.get_mut(column), columns.get_mut(column))
            else {
                return Err(cell(&name, line.number, place, &index.to_string(), "an index as in the first reading"));
            };
            if *last == row {
                return Err(cell(&name, line.number, place, &index.to_string(), "each index once in a line"));
            }
            *last = row;
            if let Some(number) = numbers.last_mut() {
                *number = value;
            }
        }
        let further = line.number - row;
        if self.jumps.last().map_or(0, |jump| jump.1) != further && self.jumps.len() < 1 << 14 {
            self.jumps.push((self.rows, further));
        }
        self.rows = row;
        Ok(true)
    }
}

/// The next line that is neither blank nor a comment, its values in `row`.
fn next_line<'a>(lines: &'a mut Lines, row: &mut Vec<(usize, f64)>) -> Result<Option<Line<'a>>, DataError> {
    loop {
        let Some(length) = lines.line_length()? else { return Ok(None) };
        let line = &lines.rest()[..length];
        if !line.split('#').next().unwrap_or_default().trim().is_empty() {
            break;
        }
        lines.skip_line(length);
    }
    let name = lines.name().to_owned();
    let Some((number, text)) = lines.next_line()? else { return Ok(None) };
    let mut words = text.split('#').next().unwrap_or_default().split_ascii_whitespace().peekable();
    // A line without a label begins with its first value.
    let label = words.next_if(|word| !word.contains(':')).unwrap_or_default();
    let mut group = false;
    row.clear();
    for (place, word) in words.enumerate() {
        let wrong = |expected: &str| cell(&name, number, place, word, expected);
        let (index, value) = word.split_once(':').ok_or_else(|| wrong("INDEX:VALUE, as 3:0.5"))?;
        if index == "qid" {
            group = true;
            continue;
        }
        let index: usize = index.parse().map_err(|_| wrong("a whole number before the colon"))?;
        if index > MOST_COLUMNS {
            return Err(wrong(&format!("an index of at most {MOST_COLUMNS}")));
        }
        let value = value.parse().map_err(|_| wrong("a number behind the colon"))?;
        row.push((index, value));
    }
    Ok(Some(Line { label, number, group }))
}

/// The error of the value at this place of a line, from 0 behind the label.
fn cell(name: &str, line: u64, place: usize, found: &str, expected: &str) -> DataError {
    let found = found.chars().take(40).collect();
    DataError::Cell { name: name.into(), line, column: place + 2, found, expected: expected.into() }
}

impl RowSource for LibsvmRows {
    fn name(&self) -> &str {
        self.lines.name()
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        batch.rows = 0;
        batch.pixels = None;
        let width = self.columns.len() - 1;
        batch.columns.resize_with(width + 1, || Cells::Numbers(Vec::new()));
        for (place, cells) in batch.columns.iter_mut().enumerate() {
            match cells {
                Cells::Numbers(numbers) if place < width => numbers.clear(),
                Cells::Text(texts) if place == width => texts.clear(),
                cells if place < width => *cells = Cells::Numbers(Vec::new()),
                cells => *cells = Cells::Text(Texts::default()),
            }
        }
        let most = most.min((BATCH_CELLS / (width + 1)).max(1));
        while batch.rows < most && self.next_row(&mut batch.columns)? {
            batch.rows += 1;
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.lines.restart()?;
        self.rows = 0;
        self.last_row.fill(0);
        self.jumps.clear();
        Ok(())
    }

    fn place(&self, row: u64) -> String {
        let jump = self.jumps.partition_point(|jump| jump.0 <= row);
        let further = if jump == 0 { 0 } else { self.jumps[jump - 1].1 };
        match self.jumps.len() == 1 << 14 && jump == self.jumps.len() {
            true => format!("row {}", row + 1),
            false => format!("line {}", row + 1 + further),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.lines.notes();
        if self.groups {
            notes.push("groups of rows (qid:) were left out".into());
        }
        notes
    }
}
