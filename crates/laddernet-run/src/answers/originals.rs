//! The rows of a user's file as they stand there, beside which answers are written.

use super::csv_text::{Line, number_text};
use crate::error::RunError;
use laddernet_data::build::date_text;
use laddernet_data::formats::open::FileOptions;
use laddernet_data::own::open_any;
use laddernet_data::rows::{Batch, Cells, RowSource};
use std::path::Path;

/// Rows that are in memory at a time.
const BATCH: usize = 4096;

/// The rows of a file, one after the other.
pub(super) struct Originals {
    source: Box<dyn RowSource>,
    batch: Batch,
    next: usize,
}

impl Originals {
    pub fn open(path: &Path, files: &FileOptions) -> Result<Self, RunError> {
        if path == Path::new("-") {
            let message = "standard input is read once, and its rows are needed twice, once as they stand: give a file";
            return Err(RunError::Argument(message.into()));
        }
        let source = open_any(path, files)?.joined()?;
        Ok(Originals { source, batch: Batch::default(), next: 0 })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.source.columns().iter().map(|column| column.name.as_str())
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.source.columns().iter().position(|column| column.name == name)
    }

    fn advance(&mut self) -> Result<usize, RunError> {
        if self.next == self.batch.rows {
            self.source.next(BATCH, &mut self.batch)?;
            self.next = 0;
            if self.batch.rows == 0 {
                let name = self.source.name().to_owned();
                return Err(RunError::UnfitRows {
                    name,
                    reason: "it has fewer rows than a moment before: it changed while it was read".into(),
                });
            }
        }
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Writes the next row, and gives the text in one of its columns.
    pub fn next_row(&mut self, line: &mut Line, watched: Option<usize>) -> Result<Option<String>, RunError> {
        let row = self.advance()?;
        self.batch.columns.iter().for_each(|cells| {
            original(cells, row, |text| {
                line.original(text);
            })
        });
        let mut text = None;
        if let Some(cells) = watched.map(|place| &self.batch.columns[place]) {
            original(cells, row, |found| text = Some(found.to_owned()));
        }
        Ok(text)
    }

    /// The texts of the next row.
    pub fn texts(&mut self) -> Result<Vec<String>, RunError> {
        let row = self.advance()?;
        let mut texts = Vec::with_capacity(self.batch.columns.len());
        self.batch.columns.iter().for_each(|cells| original(cells, row, |text| texts.push(text.to_owned())));
        Ok(texts)
    }
}

fn original(cells: &Cells, row: usize, mut say: impl FnMut(&str)) {
    match cells {
        Cells::Text(texts) => say(texts.get(row)),
        Cells::Numbers(v) if v[row].is_nan() => say(""),
        Cells::Numbers(v) => say(&number_text(v[row])),
        Cells::Booleans(v) => say(v[row].map_or("", |is| if is { "true" } else { "false" })),
        Cells::Dates(v) if v[row].is_nan() => say(""),
        Cells::Dates(v) => say(&date_text(v[row])),
    }
}
