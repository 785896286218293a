//! Rows of a user's table with their missing cells filled in, or with all cells reconstructed, in the table's own units.

use super::csv_text::{Line, number_text};
use super::originals::Originals;
use super::tables::{Answered, Question};
use crate::error::RunError;
use laddernet::dataset::{Columns, Scaling, Treatment, Values};
use laddernet::models::Reconstruct;
use laddernet::table::ColumnKind;
use laddernet::{Dataset, Threads};
use laddernet_data::build::{DAYS_TO_2000, date_text};
use std::io::Write;

impl Question<'_> {
    /// Writes every row with its missing cells filled in, or with all cells as the model reconstructs them, and beside it how surprising the row
    /// is to the model: the squared error of its reconstruction, in deviations of the column, of each column and the mean of all.
    ///
    /// # Errors
    /// As [`Question::predict`], and when the model is of no table or cannot reconstruct.
    pub fn reconstruct(&self, all_cells: bool, out: &mut dyn Write) -> Result<Answered, RunError> {
        let model = self.saved.reconstructs()?;
        let preprocessing = &self.saved.preprocessing;
        let Some(columns) = preprocessing.encoding.columns() else {
            return Err(RunError::Argument(
                "the model was trained on no table: render its reconstructions as a picture".into(),
            ));
        };
        let mut originals = Originals::open(self.path, self.files)?;
        let places: Vec<Option<usize>> =
            columns.plans().iter().map(|plan| originals.place(&plan.column.name)).collect();
        let used = |column: usize| columns.plans()[column].treatment.width() > 0;
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
            let (own, rebuilt) = imputed(model, inputs, columns, self.threads)?;
            let width = columns.width();
            for row in 0..inputs.rows() {
                let found = columns.decode(&rebuilt[row * width..(row + 1) * width]);
                let mut texts = originals.texts()?;
                for (column, place) in places.iter().enumerate().filter(|(column, _)| used(*column)) {
                    let missing = !columns.is_known(column, inputs.cells(row)[column]);
                    if let (Some(place), true) = (place, missing || all_cells) {
                        texts[*place] = cell_text(columns, column, found[column]);
                    }
                }
                texts.iter().for_each(|text| {
                    line.original(text);
                });
                let surprise: Vec<f64> = (0..columns.plans().len())
                    .filter(|column| used(*column))
                    .map(|column| {
                        let of = columns.inputs_of(column);
                        if !columns.is_known(column, inputs.cells(row)[column]) {
                            return f64::NAN;
                        }
                        let n = of.len() as f64;
                        let square = |at: usize| f64::from(own[row * width + at] - rebuilt[row * width + at]).powi(2);
                        of.map(square).sum::<f64>() / n
                    })
                    .collect();
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

/// Rounds in which missing cells are filled in from the others and the cells filled in so far.
const ROUNDS: usize = 5;

/// Rows as inputs, and as they are reconstructed with their missing cells filled in, round after round.
fn imputed(
    model: &dyn Reconstruct,
    inputs: &Dataset,
    columns: &Columns,
    threads: &Threads,
) -> Result<(Vec<f32>, Vec<f32>), RunError> {
    let width = columns.width();
    let mut own = vec![0.0; inputs.rows() * width];
    own.chunks_exact_mut(width).enumerate().for_each(|(row, out)| inputs.copy_row(row, out));
    let gaps: Vec<(usize, usize)> = (0..inputs.rows())
        .flat_map(|row| (0..columns.plans().len()).map(move |column| (row, column)))
        .filter(|&(row, column)| !columns.is_known(column, inputs.cells(row)[column]))
        .collect();
    let mut filled = own.clone();
    let mut rebuilt = Vec::new();
    for _ in 0..if gaps.is_empty() { 1 } else { ROUNDS } {
        let rows = Dataset::new(
            Values::F32(filled.clone()),
            vec![None; inputs.rows()],
            inputs.class_names().to_vec(),
            vec![width],
            Scaling::NONE,
        );
        let rows = rows.map_err(|e| RunError::rows("reconstructed rows")(e.into()))?;
        rebuilt = model.reconstruct(&rows, 0.0, 0, threads).reconstructed;
        for &(row, column) in &gaps {
            let of = columns.inputs_of(column);
            // Whether the cell is missing stays as it is.
            let end = of.end - usize::from(of.len() > 1 && columns.says_missing(column));
            for at in of.start..end {
                filled[row * width + at] = rebuilt[row * width + at];
            }
        }
    }
    Ok((own, rebuilt))
}

/// A cell as a person would write it.
fn cell_text(columns: &Columns, column: usize, cell: f32) -> String {
    if cell.is_nan() {
        return String::new();
    }
    match &columns.plans()[column].column.kind {
        ColumnKind::Words(words) => words.get(cell as usize).cloned().unwrap_or_default(),
        ColumnKind::Boolean { no, yes } => if cell > 0.5 { yes } else { no }.clone(),
        ColumnKind::Date => {
            let has_time = matches!(columns.plans()[column].treatment, Treatment::Date { day: true, .. });
            date_text(f64::from(if has_time { cell } else { cell.round() }) + DAYS_TO_2000)
        }
        ColumnKind::Number | ColumnKind::Text => {
            // Six digits: more would pretend to know more.
            number_text(f64::from(format!("{cell:.5e}").parse::<f32>().unwrap_or(cell)))
        }
    }
}
