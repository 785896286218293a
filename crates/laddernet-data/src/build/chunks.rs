//! A file as a stream of tables, for kinds that are known: memory for one of them at a time.

use super::layout::Layout;
use super::pixels::Collected;
use super::{Finding, Reading, batch_rows, next, no_rows, no_table};
use crate::error::DataError;
use crate::rows::{Batch, RowSource};
use laddernet::table::Table;

/// The rows of a source, some at a time.
pub struct Chunks<'a> {
    source: &'a mut dyn RowSource,
    layout: Layout,
    batch: Batch,
    chunk: usize,
    rows: u64,
}

impl<'a> Chunks<'a> {
    /// Tables of at most `rows` rows, with the columns that `reading.fitted` has, and those that are to be words.
    ///
    /// # Errors
    /// When the source lacks a column that is asked for.
    ///
    /// # Panics
    /// When `reading` knows no columns, or `rows` is 0.
    pub fn new(source: &'a mut dyn RowSource, reading: &Reading<'_>, rows: usize) -> Result<Self, DataError> {
        assert!(reading.fitted.is_some(), "kinds of columns are found from all rows: a stream needs them known");
        assert!(rows > 0, "a table of a stream has rows");
        let layout = Layout::new(source, reading)?;
        Ok(Chunks { source, layout, batch: Batch::default(), chunk: rows, rows: 0 })
    }

    /// The next rows; `None` at the end. A row's cells do not depend on how many are read together.
    ///
    /// # Errors
    /// As [`super::build`].
    #[expect(clippy::should_implement_trait, reason = "it may fail, and lends its memory on")]
    pub fn next(&mut self) -> Result<Option<Table>, DataError> {
        let width = self.layout.readers.len();
        let (mut cells, mut pixels, mut rows) = (Vec::new(), Collected::default(), 0);
        while rows < self.chunk {
            let most = (self.chunk - rows).min(batch_rows(self.source.columns().len()));
            if !next(self.source, most, &mut self.batch)? {
                break;
            }
            let (source, first) = (&*self.source, self.rows);
            pixels.add(&mut self.batch, source.name(), || source.place(first))?;
            let end = rows + self.batch.rows;
            cells.resize(end * width, f32::NAN);
            self.layout.read(source, &self.batch, first, &mut cells[rows * width..])?;
            self.rows += self.batch.rows as u64;
            rows = end;
        }
        self.layout.drop_words(&mut cells);
        match (rows, self.rows) {
            (0, 0) => Err(no_rows(self.source.name())),
            (0, _) => Ok(None),
            _ => {
                let table = Table::new(rows, self.layout.columns(), cells, pixels.taken());
                table.map(Some).map_err(|e| no_table(self.source.name(), &e))
            }
        }
    }

    /// What was found so far, in all rows together.
    pub fn findings(&self) -> Vec<Finding> {
        self.layout.findings(self.rows)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}
