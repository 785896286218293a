//! ARFF of Weka, and the `.dat` files of KEEL: attributes with their kinds, then rows, dense or sparse.
//!
//! Described in the Weka manual (chapter "ARFF") and on the KEEL site ("data set format").

mod attributes;
#[cfg(test)]
mod tests;
mod values;

use super::text::Lines;
use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};
use attributes::{Attributes, Kind};
use std::path::Path;
use values::{Fault, values};

/// A batch ends early where it takes as much of the file.
const BATCH_BYTES: u64 = 1 << 26;

/// As many cells of sparse rows are made dense for a batch.
const BATCH_CELLS: usize = 1 << 22;

/// Words that stand for no value, beside `?`: KEEL's mark, and what semi-supervised sets have for a class that is not known.
const MARKS: [&str; 4] = ["", "<null>", "unlabeled", "unlabelled"];

/// The rows of an ARFF or KEEL file, as text; attributes with a list of words are columns of words.
pub struct ArffRows {
    lines: Lines,
    attributes: Attributes,
    /// Where the rows begin: bytes and lines.
    begin: (usize, u64),
    cells: Texts,
    /// For sparse rows, where each column's cell is in `cells`, from 1.
    places: Vec<usize>,
    /// Cells of sparse rows so far.
    sparse_cells: u64,
    rows: u64,
    /// From this row on, its line is so many further.
    jumps: Vec<(u64, u64)>,
}

/// Opens an ARFF or KEEL file.
///
/// # Errors
/// When it cannot be read, is no text, or its attributes are none that are known.
pub fn open(path: &Path) -> Result<ArffRows, DataError> {
    ArffRows::of(Lines::open(path)?)
}

/// As [`open`], of bytes in memory. `name` is what to call them in messages.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<ArffRows, DataError> {
    ArffRows::of(Lines::from_bytes(bytes, name)?)
}

/// Whether a text begins as these files do: comments, then a word with `@`.
pub fn begins(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"));
    first.is_some_and(|line| line.to_ascii_lowercase().starts_with(b"@relation") || line.starts_with(b"@attribute"))
}

impl ArffRows {
    fn of(mut lines: Lines) -> Result<Self, DataError> {
        let attributes = attributes::read(&mut lines)?;
        let begin = (lines.position() as usize, lines.line() - 1);
        let places = vec![0; attributes.columns.len()];
        let cells = Texts::default();
        Ok(ArffRows { lines, attributes, begin, cells, places, sparse_cells: 0, rows: 0, jumps: Vec::new() })
    }

    /// Reads one row into `columns`; false at the end.
    fn next_row(&mut self, columns: &mut [Cells]) -> Result<bool, DataError> {
        let ArffRows { lines, attributes, cells, places, sparse_cells, .. } = self;
        let name = lines.name().to_owned();
        let limit = super::most_cells(lines.bytes_read());
        let (line, text) = loop {
            match lines.next_line()? {
                None => return Ok(false),
                Some((line, text)) => {
                    let text = text.trim();
                    if !text.is_empty() && !text.starts_with('%') {
                        break (line, text);
                    }
                }
            }
        };
        let sparse = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let explain = |fault: Fault| DataError::Cell {
            name: name.clone(),
            line,
            column: fault.column + 1,
            found: fault.found,
            expected: fault.expected.into(),
        };
        match sparse {
            None => values(text, cells).map_err(explain)?,
            Some(pairs) => values::sparse(pairs, cells, places).map_err(explain)?,
        }
        if sparse.is_none() && cells.len() != columns.len() {
            let expected = format!("{}, one for each attribute", columns.len());
            return Err(DataError::Columns { name, line, found: cells.len(), expected });
        }
        if sparse.is_some() {
            *sparse_cells += columns.len() as u64;
            if *sparse_cells > limit {
                let found = format!("{sparse_cells} cells so far, most of them 0");
                let expected =
                    format!("at most {limit}, since rows are made dense; leave out attributes that are rare");
                return Err(DataError::Format { name, place: format!("line {line}"), found, expected });
            }
        }
        for (place, cells_of) in columns.iter_mut().enumerate() {
            let kind = &attributes.kinds[place];
            let cell = match sparse {
                None => cells.get(place),
                Some(_) if places[place] > 0 => cells.get(places[place] - 1),
                Some(_) => kind.absent(attributes.columns[place].words.as_deref()),
            };
            if let Kind::Words(known) = kind
                && cell != "?"
                && !known.contains(cell)
                && !MARKS.iter().any(|mark| cell.eq_ignore_ascii_case(mark))
            {
                let words = attributes.columns[place].words.as_deref().unwrap_or_default();
                let shown = words.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
                let more = if words.len() > 8 { ", ..." } else { "" };
                let expected = format!("a word of '{}': {shown}{more}", attributes.columns[place].name);
                let found = cell.chars().take(40).collect();
                return Err(DataError::Cell { name, line, column: place + 1, found, expected });
            }
            if let Cells::Text(texts) = cells_of {
                texts.push(if cell.eq_ignore_ascii_case("<null>") { "?" } else { cell });
            }
        }
        let further = line - self.rows - 1;
        if self.jumps.last().map_or(0, |jump| jump.1) != further && self.jumps.len() < 1 << 14 {
            self.jumps.push((self.rows, further));
        }
        self.rows += 1;
        Ok(true)
    }
}

impl RowSource for ArffRows {
    fn name(&self) -> &str {
        self.lines.name()
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.attributes.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        batch.rows = 0;
        batch.pixels = None;
        super::text_columns(batch, self.attributes.columns.len());
        let begin = self.lines.position();
        let most = most.min((BATCH_CELLS / self.attributes.columns.len()).max(1));
        while batch.rows < most && self.lines.position() - begin < BATCH_BYTES {
            if !self.next_row(&mut batch.columns)? {
                break;
            }
            batch.rows += 1;
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.lines.restart()?;
        self.lines.skip_again(self.begin.0, self.begin.1)?;
        (self.rows, self.sparse_cells) = (0, 0);
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
        notes.extend(self.attributes.notes.iter().cloned());
        notes
    }
}
