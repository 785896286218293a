//! A table as it came: named columns of numbers, words, truth values and dates, each with its missing cells; or pictures beside them.
//!
//! Every format makes one. What becomes of its columns is decided by [`crate::dataset::Preprocessing`], later and from the rows that
//! are learned from.

mod names;
mod target;

pub use names::{nearest, quoted, suggest_target};
pub use target::{Marks, Target, TargetError};

use crate::dataset::{Scaling, Values};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// What stands in the cells of a column. A cell is one `f32`, whose meaning the kind says; a missing cell is NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A cell is the number itself.
    Number,
    /// A cell is the number less this one: of numbers so near each other, for their size, that 32 bits would not tell them apart.
    NumberFrom(f64),
    /// A cell is 0 or 1; the words that the file has for them.
    Boolean {
        /// The word for 0.
        no: String,
        /// The word for 1.
        yes: String,
    },
    /// A cell is the place of its word in this list.
    Words(Vec<String>),
    /// A cell is a number of days since 2000-01-01, the time of day as a fraction.
    Date,
    /// Words of which there are too many different ones to keep; a cell is 0.
    Text,
}

impl ColumnKind {
    /// What a cell that is a number is measured from.
    pub fn origin(&self) -> f64 {
        if let ColumnKind::NumberFrom(origin) = self { *origin } else { 0.0 }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColumnKind::Number | ColumnKind::NumberFrom(_) => "numbers",
            ColumnKind::Boolean { .. } => "truth values",
            ColumnKind::Words(_) => "words",
            ColumnKind::Date => "dates",
            ColumnKind::Text => "text",
        })
    }
}

/// A column: its name, unlike every other's of the table, and its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The name.
    pub name: String,
    /// What stands in its cells.
    pub kind: ColumnKind,
}

/// Pictures, all of one shape, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// Row after row.
    pub values: Values,
    /// `[height, width]`, or `[height, width, channels]`.
    pub shape: Vec<usize>,
    /// How a stored value becomes an input.
    pub scaling: Scaling,
}

/// Named columns, and perhaps pictures, of the same rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    rows: usize,
    columns: Vec<Column>,
    cells: Vec<f32>, // [rows, columns]
    pixels: Option<Pixels>,
}

/// Why columns and cells make no table.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TableError {
    /// The number of cells is no multiple of the number of columns.
    #[error("{cells} cells do not divide into rows of {columns} columns")]
    Ragged {
        /// Cells found.
        cells: usize,
        /// Number of columns.
        columns: usize,
    },
    /// Two columns have one name.
    #[error("two columns are called '{0}': expected names that differ")]
    SameName(String),
    /// Pictures and cells are of different numbers of rows.
    #[error("{pictures} pictures for {rows} rows")]
    Pictures {
        /// Pictures found.
        pictures: usize,
        /// Rows of cells.
        rows: usize,
    },
}

impl Table {
    /// A table of `rows` rows; `cells` are row-major, `[rows, columns]`.
    ///
    /// # Errors
    /// When the counts do not fit, or two columns have one name.
    pub fn new(rows: usize, columns: Vec<Column>, cells: Vec<f32>, pixels: Option<Pixels>) -> Result<Self, TableError> {
        if cells.len() != rows * columns.len() {
            return Err(TableError::Ragged { cells: cells.len(), columns: columns.len() });
        }
        let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(TableError::SameName(pair[0].to_owned()));
        }
        if let Some(pixels) = &pixels {
            let pictures = pixels.values.len() / pixels.shape.iter().product::<usize>().max(1);
            if pictures != rows {
                return Err(TableError::Pictures { pictures, rows });
            }
        }
        Ok(Table { rows, columns, cells, pixels })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells, row-major.
    pub fn cells(&self) -> &[f32] {
        &self.cells
    }

    /// The cell at `row` and `column`; NaN where it is missing.
    pub fn cell(&self, row: usize, column: usize) -> f32 {
        self.cells[row * self.columns.len() + column]
    }

    /// The cells of one column, from the first row to the last.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f32> + '_ {
        self.cells.iter().skip(column).step_by(self.columns.len().max(1)).copied().take(self.rows)
    }

    /// The pictures, where there are any.
    pub fn pixels(&self) -> Option<&Pixels> {
        self.pixels.as_ref()
    }

    /// Its columns, cells and pictures.
    pub fn into_parts(self) -> (Vec<Column>, Vec<f32>, Option<Pixels>) {
        (self.columns, self.cells, self.pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str) -> Column {
        Column { name: name.into(), kind: ColumnKind::Number }
    }

    #[test]
    fn cells_stand_in_rows_and_columns() {
        let table = Table::new(2, vec![number("a"), number("b")], vec![1.0, 2.0, 3.0, f32::NAN], None).unwrap();
        assert_eq!((table.cell(1, 0), table.column(0).collect::<Vec<_>>()), (3.0, vec![1.0, 3.0]));
        assert!(table.cell(1, 1).is_nan());
    }

    #[test]
    fn what_makes_no_table_is_refused() {
        let ragged = Table::new(2, vec![number("a")], vec![1.0], None);
        assert_eq!(ragged, Err(TableError::Ragged { cells: 1, columns: 1 }));
        let same = Table::new(0, vec![number("a"), number("b"), number("a")], vec![], None);
        assert_eq!(same, Err(TableError::SameName("a".into())));
        let pixels = Pixels { values: Values::U8(vec![0; 4]), shape: vec![2, 2], scaling: Scaling::BYTES };
        assert_eq!(Table::new(2, vec![], vec![], Some(pixels)), Err(TableError::Pictures { pictures: 1, rows: 2 }));
    }
}
