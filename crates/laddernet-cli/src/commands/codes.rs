//! `laddernet codes`: what the hidden layers of a model make of rows, as a table for other programs.

use super::{InputArg, RunArg, TableOut, threads};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::codes::{codes, free_energies, write_csv, write_energies_csv};
use laddernet_run::saved;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet codes runs/digits-rbm-seed1 digits -o codes.csv
  laddernet codes RUN images-idx3-ubyte.gz | head
  laddernet codes RUN rows.csv --free-energy
      which rows are unlike those of the training";

/// Write the code of each row of a file
///
/// CSV: row (from 0), and a column h_NUMBER for each unit: of a Boltzmann machine the probabilities of its hidden units, of
/// an autoencoder its code, of a dbn, sae or sdae the last layer below the classes. With --free-energy: row, free_energy.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Codes {
    #[command(flatten)]
    run: RunArg,
    #[command(flatten)]
    input: InputArg,
    /// Instead of codes, each row's free energy in nats, of a Boltzmann machine: low for rows like those it has learned, high for
    /// strange ones
    #[arg(long)]
    free_energy: bool,
    #[command(flatten)]
    out: TableOut,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    rows: usize,
    units: usize,
    /// The file that was written; without one, the codes stand here, a list a row.
    output: Option<&'a PathBuf>,
    codes: Option<Vec<Vec<f32>>>,
}

#[derive(Serialize)]
struct Energies<'a> {
    schema: &'static str,
    rows: usize,
    output: Option<&'a PathBuf>,
    free_energies: Option<&'a [f64]>,
}

pub fn run(args: Codes, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let file = args.out.file(&[&args.input.input, &args.run.run])?;
    let saved = saved::model(&args.run.run)?;
    let data = args.input.read(&saved)?;
    if args.free_energy {
        let found = free_energies(&saved, &args.input.name(), &data, &threads(common)?)?;
        let said = format!("{} free energies", found.len());
        args.out.write(screen, &said, |out| write_energies_csv(&found, out))?;
        screen.document(&Energies {
            schema: "laddernet.codes/1",
            rows: found.len(),
            output: file,
            free_energies: file.is_none().then_some(&found),
        })?;
        return Ok(Exit::Ok);
    }
    let found = codes(&saved, &args.input.name(), &data, &threads(common)?)?;
    let said = format!("{} codes of {} units", found.rows(), found.features());
    args.out.write(screen, &said, |out| write_csv(&found, out))?;
    let row = |r: usize| (0..found.features()).map(|c| found.input(r, c)).collect();
    screen.document(&Document {
        schema: "laddernet.codes/1",
        rows: found.rows(),
        units: found.features(),
        output: file,
        codes: file.is_none().then(|| (0..found.rows()).map(row).collect()),
    })?;
    Ok(Exit::Ok)
}
