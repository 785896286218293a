//! Rows of numbers as comma-separated text, the form of the embedded digits: the values of a row, then, where it
//! is known, the name of its class.
//!
//! A first line without any number is taken for a header and skipped; blank lines count for nothing.

#[cfg(test)]
mod tests;

use crate::error::DataError;
use crate::expected::Expected;
use crate::file::{Input, UNPACKED_LIMIT};
use csv::{ByteRecord, ReaderBuilder, Terminator, Trim};
use laddernet::dataset::{Dataset, Scaling, Values};
use std::path::Path;

/// Reads a `.csv` or `.csv.gz` file. All rows have as many columns as expected, or all have one more: the
/// name of the class, which must be one of those expected, or nothing where it is not known.
///
/// # Errors
/// When the file cannot be read or holds no row, a row has another number of columns, a cell is no number, a value
/// is not finite or, unless any is expected, lies outside 0..=1 after scaling, or a class is unknown. The error names line
/// and column.
pub fn read(path: &Path, expected: Expected<'_>) -> Result<Dataset, DataError> {
    from_input(Input::open(path)?, expected)
}

/// As [`read`], of unpacked bytes in memory. `name` is the file's name for the message.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], name: &str, expected: Expected<'_>) -> Result<Dataset, DataError> {
    from_input(Input::of_bytes(bytes, name), expected)
}

pub(crate) fn from_input(mut input: Input, expected: Expected<'_>) -> Result<Dataset, DataError> {
    let Expected { row_shape, scaling, class_names, any_values } = expected;
    let mut table = Table {
        name: input.name().to_owned(),
        features: row_shape.iter().product(),
        scaling,
        any_values,
        class_names,
        values: Vec::new(),
        labels: Vec::new(),
        with_class: None,
    };
    let mut lines = Lines::new(&mut input, table.features);
    let mut record = ByteRecord::new();
    let (mut first, mut header) = (true, None);
    while let Some(line) = lines.next_line()? {
        // A reader a line: so a quote left open ends with its line, and blank lines are counted.
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(1 << 9)
            .trim(Trim::All)
            .from_reader(line);
        let read = reader.read_byte_record(&mut record);
        debug_assert!(read.is_ok(), "bytes in memory are read, and a single line has no other to differ from");
        let blank = record.iter().all(<[u8]>::is_empty) && record.len() <= 1;
        if blank {
            continue;
        }
        // A row of which one cell is missing or mistyped has numbers in the others, and must not be lost unsaid.
        if first && is_header(&record) {
            header = Some(lines.count);
        } else {
            table.push(&record, lines.count)?;
        }
        first = false;
    }
    let Table { name, features, values, labels, .. } = table;
    if labels.is_empty() {
        if let Some(line) = header {
            return Err(DataError::OnlyHeader { name, line, features });
        }
        return Err(DataError::Empty { name, expected: format!("rows of {features} numbers, separated by commas") });
    }
    Dataset::new(Values::F32(values), labels, class_names.to_vec(), row_shape.to_vec(), scaling)
        .map_err(DataError::dataset(&name))
}

/// The rows read so far.
struct Table<'a> {
    name: String,
    features: usize,
    scaling: Scaling,
    any_values: bool,
    class_names: &'a [String],
    values: Vec<f32>,
    labels: Vec<Option<u32>>,
    /// Whether the rows carry a class; the first row decides.
    with_class: Option<bool>,
}

impl Table<'_> {
    fn push(&mut self, record: &ByteRecord, line: u64) -> Result<(), DataError> {
        let (features, found) = (self.features, record.len());
        let fits = match self.with_class {
            None => found == features || found == features + 1,
            Some(with_class) => found == features + usize::from(with_class),
        };
        if !fits {
            let mut expected = match self.with_class {
                None => format!("{features} values, or {features} values and a class, as the model's rows have"),
                Some(true) => format!("{features} values and a class, as in the first row"),
                Some(false) => format!("{features} values, as in the first row"),
            };
            if found == 1 && record[0].iter().any(|byte| b";\t ".contains(byte)) {
                expected += "; are the columns separated by commas?";
            }
            return Err(DataError::Columns { name: self.name.clone(), line, found, expected });
        }
        self.with_class = Some(found > features);
        for (column, cell) in record.iter().take(features).enumerate() {
            let value = self.value(cell).map_err(|expected| self.cell(line, column, cell, expected))?;
            self.values.push(value);
        }
        let label = match record.get(features) {
            None | Some(b"") => None,
            Some(cell) => {
                let class = self.class_names.iter().position(|name| name.as_bytes() == cell);
                Some(class.ok_or_else(|| self.cell(line, features, cell, self.classes()))? as u32)
            }
        };
        self.labels.push(label);
        Ok(())
    }

    fn value(&self, cell: &[u8]) -> Result<f32, String> {
        let scale = self.scaling.scale;
        match number(cell) {
            Some(value) if self.any_values && (value * scale).is_finite() => Ok(value),
            Some(_) if self.any_values => Err("a finite number, at most 3.4e38 in size".into()),
            Some(value) if (0.0..=1.000_001).contains(&(value * scale)) => Ok(value),
            Some(_) if scale == 1.0 => {
                Err("a number from 0 to 1. Are these bytes of pixels? Then divide them by 255 first".into())
            }
            Some(value) => {
                let most = 1.0 / scale;
                let bytes = match most < 255.0 && (0.0..=255.0).contains(&value) && value.fract() == 0.0 {
                    true => format!(". Are these bytes of pixels, 0 to 255? Then multiply them by {most} / 255 first"),
                    false => String::new(),
                };
                Err(format!("a number from 0 to {most} (values are multiplied by {scale}){bytes}"))
            }
            None => Err("a number".into()),
        }
    }

    fn classes(&self) -> String {
        match self.class_names {
            [] => "no class, since none is known here; leave the last column out".into(),
            names if names.len() <= 12 => format!("a class: one of {}", names.join(", ")),
            names => format!("one of the {} classes, {} to {}", names.len(), names[0], names[names.len() - 1]),
        }
    }

    fn cell(&self, line: u64, column: usize, cell: &[u8], expected: String) -> DataError {
        let found = String::from_utf8_lossy(&cell[..cell.len().min(40)]).into_owned();
        DataError::Cell { name: self.name.clone(), line, column: column + 1, found, expected }
    }
}

/// Whether a first line names its columns: something stands there, and nothing of it is a number.
fn is_header(record: &ByteRecord) -> bool {
    record.iter().any(|cell| !cell.is_empty()) && record.iter().all(|cell| number(cell).is_none())
}

fn number(cell: &[u8]) -> Option<f32> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// Lines one by one, each no longer than a row of numbers can be: a packed file can make one of any length, and a
/// whole line is held in memory.
struct Lines<'a, 'b> {
    input: &'a mut Input<'b>,
    line: Vec<u8>,
    /// Lines read so far, that is the number of the last one.
    count: u64,
    line_limit: u64,
    bytes: u64,
}

impl<'a, 'b> Lines<'a, 'b> {
    fn new(input: &'a mut Input<'b>, features: usize) -> Self {
        let line_limit = (features as u64).saturating_mul(64).saturating_add(1 << 16);
        Lines { input, line: Vec::new(), count: 0, line_limit, bytes: 0 }
    }

    fn next_line(&mut self) -> Result<Option<&[u8]>, DataError> {
        self.line.clear();
        self.input.next_line(self.line_limit + 1, &mut self.line)?;
        self.count += 1;
        self.bytes += self.line.len() as u64;
        let name = || self.input.name().to_owned();
        if self.line.len() as u64 > self.line_limit {
            return Err(DataError::LineTooLong { name: name(), line: self.count, limit: self.line_limit });
        }
        if self.bytes > UNPACKED_LIMIT {
            let (found, limit) = (format!("more than {UNPACKED_LIMIT}"), UNPACKED_LIMIT);
            return Err(DataError::TooLarge { name: name(), found, limit });
        }
        Ok((!self.line.is_empty()).then_some(&self.line[..]))
    }
}
