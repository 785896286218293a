//! A source in memory, for tests.

use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};
use laddernet::table::Pixels;

/// Columns of cells.
pub(in crate::build) struct Memory {
    pub(in crate::build) columns: Vec<SourceColumn>,
    pub(in crate::build) cells: Vec<Cells>,
    /// A picture for each batch.
    pub(in crate::build) pixels: Vec<Option<Pixels>>,
    /// Rows that come at the first reading alone.
    pub(in crate::build) lost: usize,
    row: usize,
    pub(in crate::build) readings: usize,
}

impl Memory {
    pub(in crate::build) fn new(columns: Vec<(&str, Cells)>) -> Self {
        let (names, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let columns = names.into_iter().map(SourceColumn::named).collect();
        Memory { columns, cells, pixels: Vec::new(), lost: 0, row: 0, readings: 1 }
    }

    /// One column of text, `x`.
    pub(in crate::build) fn column(cells: &[&str]) -> Self {
        Memory::new(vec![("x", text(cells))])
    }

    /// Columns of text, from lines with commas; the first has the names.
    pub(in crate::build) fn lines(lines: &str) -> Self {
        let mut rows = lines.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
        let names = rows.next().unwrap();
        let rows: Vec<_> = rows.collect();
        let column = |c: usize| text(&rows.iter().map(|row| row[c]).collect::<Vec<_>>());
        Memory::new(names.iter().enumerate().map(|(c, name)| (*name, column(c))).collect())
    }

    fn rows(&self) -> usize {
        let lost = if self.readings > 1 { self.lost } else { 0 };
        self.cells.first().map_or(self.pixels.len(), Cells::len) - lost
    }
}

pub(in crate::build) fn text(cells: &[&str]) -> Cells {
    Cells::Text(cells.iter().copied().collect::<Texts>())
}

impl RowSource for Memory {
    fn name(&self) -> &str {
        "a.csv"
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        let end = (self.row + most).min(self.rows());
        let rows = self.row..end;
        batch.rows = rows.len();
        batch.pixels = self.pixels.get(self.row).cloned().flatten();
        batch.columns.clear();
        for cells in &self.cells {
            batch.columns.push(match cells {
                Cells::Text(texts) => Cells::Text(rows.clone().map(|row| texts.get(row)).collect()),
                Cells::Numbers(v) => Cells::Numbers(v[rows.clone()].to_vec()),
                Cells::Booleans(v) => Cells::Booleans(v[rows.clone()].to_vec()),
                Cells::Dates(v) => Cells::Dates(v[rows.clone()].to_vec()),
            });
        }
        self.row = end;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        (self.row, self.readings) = (0, self.readings + 1);
        Ok(())
    }

    fn place(&self, row: u64) -> String {
        format!("line {}", row + 2)
    }
}
