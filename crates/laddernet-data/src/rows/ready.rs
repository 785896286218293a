//! Rows of text whose numbers are read where they stand: no copy of their text is made, and no further look taken at it.

use super::{Cells, Texts};

/// What a column's cells are to become, once its kind is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Numbers.
    Number,
    /// As they are, as in a batch.
    Cells,
    /// Nothing: they are read already.
    Nothing,
}

/// Some rows, read.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// Number of rows.
    pub rows: usize,
    /// The numbers, `[rows, columns]`; NaN where there is none, and in columns of which no numbers are wanted.
    pub cells: Vec<f32>,
    /// How many cells of each column of numbers are missing.
    pub missing: Vec<u64>,
    /// Cells of columns of numbers that are neither missing nor a number that a table can hold, row by row.
    pub odd: Vec<Odd>,
    /// The cells of columns that are wanted as text, and of those wanted as numbers that the source has as something else; nothing in
    /// the others.
    pub columns: Vec<Cells>,
}

/// A cell that is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its row among those that were read together.
    pub row: usize,
    /// Its column.
    pub column: usize,
    /// What stands in it, without white space around.
    pub text: String,
}

impl Ready {
    /// Forgets all, and keeps the memory for as many columns.
    pub fn clear(&mut self, columns: usize) {
        self.rows = 0;
        self.cells.clear();
        self.missing.clear();
        self.missing.resize(columns, 0);
        self.odd.clear();
        self.columns.iter_mut().for_each(Cells::clear);
        self.columns.resize_with(columns, || Cells::Text(Texts::default()));
    }
}
