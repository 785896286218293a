//! Rows of numbers as a table of text, for a model of pixels: the values of a row, and, where it is known, the name of its class.
//!
//! What delimits cells and whether names stand above the columns is found by [`formats::csv`](crate::formats::csv). Values are told from the
//! class by the number of columns and their names, since pixels have none.

#[cfg(test)]
mod tests;

use crate::error::DataError;
use crate::expected::Expected;
use crate::formats::csv::{self, CsvOptions, CsvRows};
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};
use laddernet::dataset::{Dataset, Values};
use std::path::Path;

/// Rows that are read at a time.
const BATCH: usize = 1 << 12;

/// Names of a column of classes.
const CLASS: [&str; 4] = ["label", "labels", "class", "target"];

/// Names of a first column that counts the rows: pandas and R write such. A column without a name is called `column1`.
const INDEX: [&str; 5] = ["column1", "unnamed: 0", "index", "id", "row"];

/// A first column that counts at least so many rows is an index and no pixel.
const COUNTED: usize = 4;

/// Rows, and what is to be said of how they were read: a sentence each.
pub type Noted = (Dataset, Vec<String>);

/// Reads a table of text, packed or not. It has as many columns as expected, or one more, which is the name of the class or nothing
/// where that is not known: the column called `label`, `class` or `target`, else the last one. A column in front of them that has no name,
/// or is called `index` or `id`, is left out and noted.
///
/// # Errors
/// When the file cannot be read or holds no row, there is another number of columns, a cell is no number, a value
/// is not finite or, unless any is expected, lies outside 0..=1 after scaling, or a class is unknown. The error names line
/// and column.
pub fn read(path: &Path, expected: Expected<'_>) -> Result<Noted, DataError> {
    of_source(csv::open(path, &CsvOptions::default())?, expected)
}

/// As [`read`], of bytes in memory, packed or not. `name` is the file's name for the message.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], name: &str, expected: Expected<'_>) -> Result<Noted, DataError> {
    of_source(csv::from_bytes(bytes.to_vec(), name, &CsvOptions::default())?, expected)
}

fn of_source(mut source: CsvRows, expected: Expected<'_>) -> Result<Noted, DataError> {
    let layout = Layout::of(&source, expected.row_shape.iter().product())?;
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    let mut numbered = false;
    let mut counts = None;
    let mut batch = Batch::default();
    loop {
        source.next(BATCH, &mut batch)?;
        if batch.rows == 0 {
            break;
        }
        let columns: Vec<&Texts> = batch.columns.iter().filter_map(texts).collect();
        let Some(first) = columns.first() else { break };
        if labels.is_empty() {
            numbered = columns.iter().enumerate().all(|(place, column)| column.get(0) == place.to_string());
            // Rows may be counted from 1.
            counts = Some(usize::from(first.get(0) == "1")..);
        }
        counts = counts.and_then(|mut next: std::ops::RangeFrom<usize>| {
            first.iter().all(|cell| cell.parse().ok() == next.next()).then_some(next)
        });
        for row in 0..batch.rows {
            let cell = Cell { source: &source, row: labels.len() as u64, expected: &expected };
            for &column in &layout.values {
                values.push(cell.value(columns[column].get(row), column)?);
            }
            let class = layout.class.map(|column| cell.class(columns[column].get(row), column));
            labels.push(class.transpose()?.flatten());
        }
    }
    let name = source.name();
    if labels.is_empty() {
        return Err(DataError::OnlyHeader { name: name.into(), features: layout.values.len() });
    }
    if layout.by_place && counts.is_some() && labels.len() >= COUNTED {
        let expected = "values and a class; delete the column, or name it 'index' and the others by other names".into();
        let (place, found) = ("column 1".into(), "the numbers of the rows".into());
        return Err(DataError::Format { name: name.into(), place, found, expected });
    }
    let mut notes = source.notes();
    // That a line of numbers is a row is said only of one that pandas could have written for names: 0, 1, 2.
    notes.retain(|note| numbered || !note.starts_with("the first line ("));
    notes.extend(layout.note);
    let Expected { row_shape, scaling, class_names, .. } = expected;
    let data = Dataset::new(Values::F32(values), labels, class_names.to_vec(), row_shape.to_vec(), scaling);
    Ok((data.map_err(DataError::dataset(name))?, notes))
}

fn texts(cells: &Cells) -> Option<&Texts> {
    match cells {
        Cells::Text(texts) => Some(texts),
        _ => None,
    }
}

/// Which columns are what.
struct Layout {
    values: Vec<usize>,
    class: Option<usize>,
    /// Nothing but its place says that the last column is the class.
    by_place: bool,
    note: Option<String>,
}

impl Layout {
    fn of(source: &CsvRows, features: usize) -> Result<Self, DataError> {
        let columns = source.columns();
        let has_names = columns.iter().enumerate().any(|(place, column)| column.name != format!("column{}", place + 1));
        let is = |column: &SourceColumn, names: &[&str]| {
            has_names && names.iter().any(|name| name.eq_ignore_ascii_case(&column.name))
        };
        let found = columns.len();
        let class = columns.iter().rposition(|column| is(column, &CLASS));
        let index = columns.first().is_some_and(|column| is(column, &INDEX));
        // The columns beside the values.
        let (index, class, by_place) = match (found.checked_sub(features), class) {
            (Some(0), None) => (false, None, false),
            (Some(1), Some(class)) => (false, Some(class), false),
            (Some(1), None) if index => (true, None, false),
            (Some(1), None) => (false, Some(features), true),
            (Some(2), Some(class)) if index && class > 0 => (true, Some(class), false),
            (Some(2), None) if index => (true, Some(features + 1), false),
            _ => {
                let of_them =
                    class.map_or(String::new(), |class| format!(", of them a class ('{}')", columns[class].name));
                return Err(DataError::Format {
                    name: source.name().into(),
                    place: source.place(0),
                    found: format!("{found} columns{of_them}"),
                    expected: format!("{features} values, or {features} values and a class, as the model's rows have"),
                });
            }
        };
        let note = index.then(|| format!("column 1 ('{}') counts the rows and was left out", columns[0].name));
        let values = (usize::from(index)..found).filter(|column| Some(*column) != class).collect();
        Ok(Layout { values, class, by_place, note })
    }
}

/// A row at hand, for its cells.
struct Cell<'a> {
    source: &'a CsvRows,
    row: u64,
    expected: &'a Expected<'a>,
}

impl Cell<'_> {
    fn value(&self, cell: &str, column: usize) -> Result<f32, DataError> {
        let (scale, any_values) = (self.expected.scaling.scale, self.expected.any_values);
        let expected = match cell.parse::<f32>() {
            Ok(value) if any_values && (value * scale).is_finite() => return Ok(value),
            Ok(_) if any_values => "a finite number, at most 3.4e38 in size".into(),
            Ok(value) if (0.0..=1.000_001).contains(&(value * scale)) => return Ok(value),
            Ok(_) if scale == 1.0 => {
                "a number from 0 to 1. Are these bytes of pixels? Then divide them by 255 first".into()
            }
            Ok(value) => {
                let most = 1.0 / scale;
                let bytes = match most < 255.0 && (0.0..=255.0).contains(&value) && value.fract() == 0.0 {
                    true => format!(". Are these bytes of pixels, 0 to 255? Then multiply them by {most} / 255 first"),
                    false => String::new(),
                };
                format!("a number from 0 to {most} (values are multiplied by {scale}){bytes}")
            }
            Err(_) => "a number".into(),
        };
        Err(self.error(cell, column, expected))
    }

    /// The class; 3.0 is the class 3. None where nothing stands there.
    fn class(&self, cell: &str, column: usize) -> Result<Option<u32>, DataError> {
        let names = self.expected.class_names;
        let number = |text: &str| text.parse::<f64>().ok();
        let same = |name: &String| number(name).is_some_and(|known| number(cell) == Some(known));
        match names.iter().position(|name| name == cell).or_else(|| names.iter().position(same)) {
            Some(class) => Ok(Some(class as u32)),
            None if cell.is_empty() => Ok(None),
            None => Err(self.error(cell, column, self.classes())),
        }
    }

    fn classes(&self) -> String {
        match self.expected.class_names {
            [] => "no class, since none is known here; leave the last column out".into(),
            names if names.len() <= 12 => format!("a class: one of {}", names.join(", ")),
            names => format!("one of the {} classes, {} to {}", names.len(), names[0], names[names.len() - 1]),
        }
    }

    fn error(&self, cell: &str, column: usize, expected: String) -> DataError {
        let name = &self.source.columns()[column].name;
        let number = column + 1;
        let named = if *name == format!("column{number}") { String::new() } else { format!(" ('{name}')") };
        let shown: String = cell.chars().take(40).collect();
        DataError::Format {
            name: self.source.name().into(),
            place: format!("{}, column {number}{named}", self.source.place(self.row)),
            found: format!("{shown:?}"),
            expected,
        }
    }
}
