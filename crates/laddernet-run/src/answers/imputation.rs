//! Rows of a user's table with their missing cells filled in, or with all cells reconstructed, in the table's own units.

use super::csv_text::Line;
use super::originals::Originals;
use super::rebuilt::{cell_text, columns_of, is_used, rebuilt};
use super::tables::{Answered, Question};
use crate::error::RunError;
use std::io::Write;

impl Question<'_> {
    /// Writes every row with its missing cells filled in, or with all cells as the model reconstructs them, and beside it how surprising the row
    /// is to the model: the squared error of its reconstruction, in deviations of the column, of each column and the mean of all.
    ///
    /// # Errors
    /// As [`Question::predict`], and when the model is of no table or cannot reconstruct.
    pub fn reconstruct(&self, all_cells: bool, out: &mut dyn Write) -> Result<Answered, RunError> {
        let columns = columns_of(self.saved)?;
        let mut originals = Originals::open(self.path, self.files)?;
        let places: Vec<Option<usize>> =
            columns.plans().iter().map(|plan| originals.place(&plan.column.name)).collect();
        let used = |column: usize| is_used(columns, column);
        let mut line = Line::default();
        originals.names().for_each(|name| {
            line.text(name);
        });
        line.text("surprise");
        for (_, plan) in columns.plans().iter().enumerate().filter(|(column, _)| used(*column)) {
            line.text(&format!("surprise_{}", plan.column.name));
        }
        line.keep();
        let mut answered = Answered::default();
        let findings = self.each(|inputs| {
            let found = rebuilt(self.saved, inputs, self.threads)?;
            let count = places.len();
            for row in 0..inputs.rows() {
                let at = |column: usize| row * count + column;
                let mut texts = originals.texts()?;
                for (column, place) in places.iter().enumerate().filter(|(column, _)| used(*column)) {
                    if let (Some(place), true) = (place, all_cells || !found.known[at(column)]) {
                        texts[*place] = cell_text(columns, column, found.cells[at(column)]);
                    }
                }
                texts.iter().for_each(|text| {
                    line.original(text);
                });
                let surprise: Vec<f64> =
                    (0..count).filter(|column| used(*column)).map(|column| found.surprise[at(column)]).collect();
                let known: Vec<f64> = surprise.iter().copied().filter(|s| !s.is_nan()).collect();
                let mean = known.iter().sum::<f64>() / known.len() as f64;
                for s in std::iter::once(mean).chain(surprise) {
                    line.plain(&if s.is_nan() { String::new() } else { format!("{s:.4}") });
                }
                line.end(out)?;
            }
            answered.rows += inputs.rows();
            Ok(())
        })?;
        answered.found(&findings);
        answered.guarded = line.guarded;
        Ok(answered)
    }
}
