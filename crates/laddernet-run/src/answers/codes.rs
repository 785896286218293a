//! The codes of rows, their squared errors and their free energies.

use super::NEAR;
use super::tables::{Answered, Question};
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::evaluation::SquaredErrors;
use laddernet::models::{Ability, Encode};
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
    let layer = which(saved, encoder, layer)?;
    of_inputs(encoder, name, &*saved.inputs(name, data)?, layer, threads)
}

/// The layer that was asked for, or the last one.
fn which(saved: &SavedModel, encoder: &dyn Encode, layer: Option<usize>) -> Result<usize, RunError> {
    let last = encoder.last_layer();
    match layer.unwrap_or(last) {
        layer if layer <= last => Ok(layer),
        layer => Err(RunError::Argument(format!(
            "there is no code of layer {layer}: expected 0 (the rows) to {last} of this '{}' model",
            saved.kind()
        ))),
    }
}

fn of_inputs(
    encoder: &dyn Encode,
    name: &str,
    inputs: &Dataset,
    layer: usize,
    threads: &Threads,
) -> Result<Dataset, RunError> {
    if layer == 0 {
        return Ok(inputs.clone());
    }
    let reason = |e| format!("code of layer {layer}: {e}; {NEAR}");
    encoder.codes(inputs, layer, threads).map_err(|e| RunError::UnfitRows { name: name.to_owned(), reason: reason(e) })
}

/// What rows can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Codes of a layer, or of the last.
    Codes(Option<usize>),
    /// The free energy.
    FreeEnergy,
    /// The squared error of the reconstruction.
    SquaredError,
}

impl Question<'_> {
    /// Writes the codes of a user's own rows, or the number that was asked for instead, as they come.
    ///
    /// # Errors
    /// As [`codes`], [`squared_errors`] and [`free_energies`], and when it cannot be written to.
    pub fn codes(&self, wanted: Wanted, out: &mut dyn Write) -> Result<Answered, RunError> {
        let (name, mut answered) = (self.name(), Answered::default());
        let findings = self.each(|inputs| {
            let first = answered.rows;
            match wanted {
                Wanted::Codes(layer) => {
                    let encoder = self.saved.encoder()?;
                    let layer = which(self.saved, encoder, layer)?;
                    let found = of_inputs(encoder, &name, inputs, layer, self.threads)?;
                    write_rows(&found, first, out)?;
                }
                Wanted::FreeEnergy => {
                    let found = self.saved.density()?.free_energies(inputs, self.threads);
                    write_column("free_energy", &finite(&name, first, "a free energy", found)?, first, out)?;
                }
                Wanted::SquaredError => {
                    let found = measured(self.saved)?.squared_errors(inputs, self.threads);
                    write_column("squared_error", &finite(&name, first, "a squared error", found)?, first, out)?;
                }
            }
            answered.rows += inputs.rows();
            Ok(())
        })?;
        answered.found(&findings);
        Ok(answered)
    }
}

/// The squared error of each row as an autoencoder reconstructs it, summed over its values: the less, the more the row is like those
/// that it has learned. `name` is what the rows are called in a message.
///
/// # Errors
/// When the model is no autoencoder, the rows are not what it takes, or one is so far from the others that its error overflows.
pub fn squared_errors(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RunError> {
    let found = measured(saved)?.squared_errors(&*saved.inputs(name, data)?, threads);
    finite(name, 0, "a squared error", found)
}

fn measured(saved: &SavedModel) -> Result<&dyn SquaredErrors, RunError> {
    saved.check_trained()?;
    let unable = || RunError::Unable { kind: saved.kind(), ability: Ability::SquaredErrors };
    saved.model.reconstruct().and_then(|model| model.squared_errors()).ok_or_else(unable)
}

/// The free energy of each row, in nats: the lower, the likelier the row. A row is taken as it is, its
/// values from 0 to 1 for states: no random number stands between two rows that are alike. `name` is what the rows are called in a
/// message.
///
/// # Errors
/// When the model is no density, the rows are not what it takes, or one is so far from the others that its energy overflows.
pub fn free_energies(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RunError> {
    let density = saved.density()?;
    finite(name, 0, "a free energy", density.free_energies(&*saved.inputs(name, data)?, threads))
}

/// One number for each row from `first` on, or which of them is none.
fn finite(name: &str, first: usize, what: &str, numbers: Vec<f64>) -> Result<Vec<f64>, RunError> {
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(row) => {
            let row = first + row;
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
    write_column(column, numbers, 0, out)
}

/// Writes codes as CSV: row, then a column `h_NUMBER` for each unit.
///
/// # Errors
/// As the system says.
pub fn write_csv(codes: &Dataset, out: &mut dyn Write) -> io::Result<()> {
    write_rows(codes, 0, out)
}

/// The same of rows from `first` on; the first ones with the names of the columns.
fn write_column(column: &str, numbers: &[f64], first: usize, out: &mut dyn Write) -> io::Result<()> {
    if first == 0 {
        writeln!(out, "row,{column}")?;
    }
    (first..).zip(numbers).try_for_each(|(row, number)| writeln!(out, "{row},{number}"))
}

fn write_rows(codes: &Dataset, first: usize, out: &mut dyn Write) -> io::Result<()> {
    let units = codes.features();
    if first == 0 {
        let heads: String = (0..units).map(|unit| format!(",h_{unit}")).collect();
        writeln!(out, "row{heads}")?;
    }
    let mut row = vec![0.0; units];
    for r in 0..codes.rows() {
        codes.copy_row(r, &mut row);
        let cells: String = row.iter().map(|value| format!(",{value}")).collect();
        writeln!(out, "{}{cells}", first + r)?;
    }
    Ok(())
}
