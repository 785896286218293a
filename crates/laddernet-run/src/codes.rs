//! The codes of rows: what the hidden layers of a saved model make of them.

use crate::error::RunError;
use crate::model_file::{Network, SavedModel};
use laddernet::{Dataset, Threads};
use std::io::{self, Write};

/// The code of each row, as rows of their own. `name` is what the rows are called in a message.
///
/// # Errors
/// When the rows are not what the model takes, or the model is a ladder.
pub fn codes(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Dataset, RunError> {
    let Network::Lineage(trained) = &saved.network else {
        return Err(RunError::Unable(format!(
            "a '{}' model has a code in every layer and gives none out yet: train one with --model rbm, autoencoder or dbn",
            saved.card.model
        )));
    };
    Ok(trained.codes(&*saved.rows(name, data)?, threads))
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
