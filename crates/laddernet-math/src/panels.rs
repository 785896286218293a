//! The layout that every kernel shares: rows of 32 columns, and matrices made of them.

use crate::parts::Chunks;

/// Columns of a panel.
pub const WIDTH: usize = 32;

/// 32 neighbouring columns of one row of a matrix; columns beyond the matrix hold zero.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Row(pub [f32; WIDTH]);

impl Row {
    /// All zero.
    pub const ZERO: Row = Row([0.0; WIDTH]);
}

/// How many panels hold this many columns.
pub fn panels_of(columns: usize) -> usize {
    columns.div_ceil(WIDTH)
}

/// A matrix `[rows, columns]`, 32 columns after 32 columns: panel `j` is the run of all rows of the columns
/// `32 j .. 32 j + 32`. The number of rows may change up to the capacity, without a new allocation.
#[derive(Clone, Debug)]
pub struct Panels {
    data: Vec<Row>,
    rows: usize,
    columns: usize,
}

impl Panels {
    /// A matrix of zeros.
    pub fn new(rows: usize, columns: usize) -> Self {
        Panels { data: vec![Row::ZERO; rows * panels_of(columns)], rows, columns }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, padding not counted.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of panels.
    pub fn count(&self) -> usize {
        panels_of(self.columns)
    }

    /// Takes another number of rows; the contents are unspecified afterwards (padding included) until written.
    ///
    /// # Panics
    /// When there is no room for so many.
    pub fn set_rows(&mut self, rows: usize) {
        let needed = rows.checked_mul(self.count());
        assert!(needed.is_some_and(|n| n <= self.data.len()), "{rows} rows of {} panels do not fit", self.count());
        self.rows = rows;
    }

    /// Panel `j`: all rows of its 32 columns.
    #[inline]
    pub fn panel(&self, j: usize) -> &[Row] {
        &self.data[j * self.rows..(j + 1) * self.rows]
    }

    /// Panel `j`, to write.
    #[inline]
    pub fn panel_mut(&mut self, j: usize) -> &mut [Row] {
        &mut self.data[j * self.rows..(j + 1) * self.rows]
    }

    /// All panels, to be written by parallel tasks; see [`crate::Threads::for_each`].
    pub fn panels_mut(&mut self) -> Chunks<'_, Row> {
        let used = self.rows * self.count();
        Chunks::new(&mut self.data[..used], self.rows)
    }

    /// The value at `row` and `column`.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.data[column / WIDTH * self.rows + row].0[column % WIDTH]
    }

    /// A value that is not finite, if there is one: the first panel's first.
    pub fn not_finite(&self) -> Option<f32> {
        let used = &self.data[..self.rows * self.count()];
        used.iter().flat_map(|row| row.0).find(|x| !x.is_finite())
    }

    /// Writes one row (length [`Panels::columns`]), padding included.
    pub fn set_row(&mut self, row: usize, values: &[f32]) {
        assert_eq!(values.len(), self.columns);
        for (j, chunk) in values.chunks(WIDTH).enumerate() {
            let target = &mut self.data[j * self.rows + row].0;
            target[..chunk.len()].copy_from_slice(chunk);
            target[chunk.len()..].fill(0.0);
        }
    }

    /// Reads one row into `values` (length [`Panels::columns`]).
    pub fn read_row(&self, row: usize, values: &mut [f32]) {
        for (j, chunk) in values.chunks_mut(WIDTH).enumerate() {
            chunk.copy_from_slice(&self.data[j * self.rows + row].0[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_and_come_out() {
        let mut p = Panels::new(5, 70);
        p.set_rows(3);
        let values: Vec<f32> = (0..70).map(|i| i as f32).collect();
        p.set_row(2, &values);
        let mut back = vec![0.0; 70];
        p.read_row(2, &mut back);
        assert_eq!(values, back);
        assert_eq!(p.get(2, 69), 69.0);
        assert_eq!(p.panel(2)[2].0[6..], [0.0; 26]);
        assert_eq!((p.count(), p.panel(1).len()), (3, 3));
    }
}
