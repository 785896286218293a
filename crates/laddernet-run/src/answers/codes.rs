//! The codes of rows, their squared errors and their free energies.

use super::NEAR;
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::models::Ability;
use laddernet::{Dataset, Threads};
use std::io::{self, Write};

/// The code of each row, as rows of their own: of a layer, or of the last one that has a code, which is an autoencoder's own or
/// the last below the classes. `name` is what the rows are called in a message.
///
/// # Errors
/// When the rows are not what the model takes or too far from those of the training, or there is no such layer.
pub fn codes(
    saved: &SavedModel,
    name: &str,
    data: &Dataset,
    layer: Option<usize>,
    threads: &Threads,
) -> Result<Dataset, RunError> {
    let encoder = saved.encoder()?;
    let last = encoder.last_layer();
    let layer = layer.unwrap_or(last);
    if layer > last {
        return Err(RunError::Argument(format!(
            "there is no code of layer {layer}: expected 0 (the rows) to {last} of this '{}' model",
            saved.kind()
        )));
    }
    let rows = &*saved.inputs(name, data)?;
    if layer == 0 {
        return Ok(rows.clone());
    }
    let reason = |e| format!("code of layer {layer}: {e}; {NEAR}");
    encoder.codes(rows, layer, threads).map_err(|e| RunError::UnfitRows { name: name.to_owned(), reason: reason(e) })
}

/// The squared error of each row as an autoencoder reconstructs it, summed over its values: the less, the more the row is like those
/// that it has learned. `name` is what the rows are called in a message.
///
/// # Errors
/// When the model is no autoencoder, the rows are not what it takes, or one is so far from the others that its error overflows.
pub fn squared_errors(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RunError> {
    saved.check_trained()?;
    let unable = || RunError::Unable { kind: saved.kind(), ability: Ability::SquaredErrors };
    let model = saved.model.reconstruct().and_then(|model| model.squared_errors()).ok_or_else(unable)?;
    finite(name, "a squared error", model.squared_errors(&*saved.inputs(name, data)?, threads))
}

/// The free energy of each row, in nats: the lower, the likelier the row. A row is taken as it is, its
/// values from 0 to 1 for states: no random number stands between two rows that are alike. `name` is what the rows are called in a
/// message.
///
/// # Errors
/// When the model is no density, the rows are not what it takes, or one is so far from the others that its energy overflows.
pub fn free_energies(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RunError> {
    let density = saved.density()?;
    finite(name, "a free energy", density.free_energies(&*saved.inputs(name, data)?, threads))
}

/// One number for each row, or which of them is none.
fn finite(name: &str, what: &str, numbers: Vec<f64>) -> Result<Vec<f64>, RunError> {
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(row) => {
            let reason = format!("row {row} has {what} beyond all numbers: {NEAR}");
            Err(RunError::UnfitRows { name: name.to_owned(), reason })
        }
        None => Ok(numbers),
    }
}

/// Writes a number of each row as CSV: row, and `column`.
///
/// # Errors
/// As the system says.
pub fn write_column_csv(column: &str, numbers: &[f64], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "row,{column}")?;
    numbers.iter().enumerate().try_for_each(|(row, number)| writeln!(out, "{row},{number}"))
}

/// Writes codes as CSV: row, then a column `h_NUMBER` for each unit.
///
/// # Errors
/// As the system says.
pub fn write_csv(codes: &Dataset, out: &mut dyn Write) -> io::Result<()> {
    let units = codes.features();
    let heads: String = (0..units).map(|unit| format!(",h_{unit}")).collect();
    writeln!(out, "row{heads}")?;
    let mut row = vec![0.0; units];
    for r in 0..codes.rows() {
        codes.copy_row(r, &mut row);
        let cells: String = row.iter().map(|value| format!(",{value}")).collect();
        writeln!(out, "{r}{cells}")?;
    }
    Ok(())
}
