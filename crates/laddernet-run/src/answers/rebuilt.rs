//! Rows of a table as a model reconstructs them, cell by cell, and how surprising each cell is to it.

use super::csv_text::number_text;
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::dataset::{Columns, Scaling, Treatment, Values};
use laddernet::models::Reconstruct;
use laddernet::table::ColumnKind;
use laddernet::{Dataset, Threads};
use laddernet_data::build::{DAYS_TO_2000, date_text};

/// Rows as they are reconstructed. All are `[rows, columns]`.
pub struct Rebuilt {
    /// The cells as the model gives them back, each in the units of its column; NaN of a column that makes no input.
    pub cells: Vec<f32>,
    /// Whether the row itself has the cell; true of a column that makes no input.
    pub known: Vec<bool>,
    /// Squared error of each cell's inputs, mean over them, in deviations of the column; NaN where there is no cell, or no input.
    pub surprise: Vec<f64>,
}

/// The columns of a model of a table, which it can reconstruct.
///
/// # Errors
/// When it cannot, has learned nothing, or is of no table.
pub fn columns_of(saved: &SavedModel) -> Result<&Columns, RunError> {
    saved.reconstructs()?;
    let no_table =
        || RunError::Argument("the model was trained on no table: render its reconstructions as a picture".into());
    saved.preprocessing.encoding.columns().ok_or_else(no_table)
}

/// Inputs of the model reconstructed; missing cells are filled in first, round after round.
///
/// # Errors
/// As [`columns_of`], and when rows are not finite.
pub fn rebuilt(saved: &SavedModel, inputs: &Dataset, threads: &Threads) -> Result<Rebuilt, RunError> {
    let columns = columns_of(saved)?;
    let (own, rebuilt) = imputed(saved.reconstructs()?, inputs, columns, threads)?;
    let (width, count) = (columns.width(), columns.plans().len());
    let mut found = Rebuilt { cells: Vec::new(), known: Vec::new(), surprise: Vec::new() };
    for row in 0..inputs.rows() {
        let places = row * width..(row + 1) * width;
        let (own, rebuilt, cells) = (&own[places.clone()], &rebuilt[places], inputs.cells(row));
        found.cells.extend(columns.decode(rebuilt));
        for column in 0..count {
            let (used, of) = (is_used(columns, column), columns.inputs_of(column));
            let known = !used || columns.is_known(column, cells[column]);
            let n = of.len() as f64;
            let squares = of.map(|at| f64::from(own[at] - rebuilt[at]).powi(2));
            found.surprise.push(if used && known { squares.sum::<f64>() / n } else { f64::NAN });
            found.known.push(known);
        }
    }
    Ok(found)
}

/// Whether a column makes any input.
pub fn is_used(columns: &Columns, column: usize) -> bool {
    columns.plans()[column].treatment.width() > 0
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

/// A cell as a number: days since 1970 of a date, 0 or 1 of a truth value, the word's place in its list.
pub fn cell_number(columns: &Columns, column: usize, cell: f32) -> f64 {
    match &columns.plans()[column].column.kind {
        ColumnKind::Boolean { .. } => f64::from(u8::from(cell > 0.5)),
        ColumnKind::Date => {
            // Days alone where no row of the training had a time.
            let has_time = matches!(columns.plans()[column].treatment, Treatment::Date { day: true, .. });
            f64::from(if has_time { cell } else { cell.round() }) + DAYS_TO_2000
        }
        kind => f64::from(cell) + kind.origin(),
    }
}

/// A cell as a person would write it.
pub fn cell_text(columns: &Columns, column: usize, cell: f32) -> String {
    if cell.is_nan() {
        return String::new();
    }
    match &columns.plans()[column].column.kind {
        ColumnKind::Words(words) => words.get(cell as usize).cloned().unwrap_or_default(),
        ColumnKind::Boolean { no, yes } => if cell > 0.5 { yes } else { no }.clone(),
        ColumnKind::Date => date_text(cell_number(columns, column, cell)),
        kind @ (ColumnKind::Number | ColumnKind::NumberFrom(_) | ColumnKind::Text) => {
            // Six digits: more would pretend to know more.
            let rounded = f64::from(format!("{cell:.5e}").parse::<f32>().unwrap_or(cell));
            number_text(if kind.origin() == 0.0 { rounded } else { kind.origin() + rounded })
        }
    }
}
