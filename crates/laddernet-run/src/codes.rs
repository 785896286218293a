//! The codes of rows: what the hidden layers of a saved model make of them, and how much energy a machine gives them.

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

/// The free energy of each row for a Boltzmann machine, in nats: the lower, the likelier the row. A row is taken as it is, its
/// values from 0 to 1 for states: no draw stands between two rows that are alike. `name` is what the rows are called in a message.
///
/// # Errors
/// When the model is no machine, the rows are not what it takes, or one is so far from the others that its energy overflows.
pub fn free_energies(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Vec<f64>, RunError> {
    let rbm = saved.machine()?;
    let rows = saved.rows(name, data)?;
    let energies = rbm.free_energies(&rows, threads).expect("rows as long as there are visible units");
    match energies.iter().position(|energy| !energy.is_finite()) {
        Some(row) => Err(RunError::DataMismatch(format!(
            "{name}: row {row} has a free energy beyond all numbers: expected values in the units of the training's, and near them"
        ))),
        None => Ok(energies),
    }
}

/// Writes free energies as CSV: row, free_energy.
///
/// # Errors
/// As the system says.
pub fn write_energies_csv(energies: &[f64], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "row,free_energy")?;
    energies.iter().enumerate().try_for_each(|(row, energy)| writeln!(out, "{row},{energy}"))
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
