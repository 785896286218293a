//! `laddernet codes`: the values of a hidden layer for rows, as a table for other programs.

use super::own_rows::{NO_PLACE, note};
use super::{InputArg, RunArg, TableOut};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::answers::codes::{Wanted, codes, free_energies, squared_errors, write_column_csv, write_csv};
use laddernet_run::answers::tables::Question;
use laddernet_run::model_file::{self, SavedModel};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet codes runs/digits-rbm-seed1 digits -o codes.csv
  laddernet codes RUN images-idx3-ubyte.gz | head
  laddernet codes RUN customers.csv -o codes.csv
      of a model of your own table
  laddernet codes RUN rows.csv --free-energy
      which rows are unlike those of the training
  laddernet codes RUN rows.csv --squared-error
      the same of an autoencoder";

/// Write the code of each row of a file
///
/// CSV: row (from 0), and a column h_NUMBER for each unit: of an RBM the probabilities of its hidden units, of
/// an autoencoder its code, of a ladder or another classifier the last layer below the classes. With --free-energy: row,
/// free_energy. With --squared-error: row, squared_error.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Codes {
    #[command(flatten)]
    run: RunArg,
    #[command(flatten)]
    input: InputArg,
    /// Instead of codes, each row's free energy in nats, of an RBM: low for rows like those it was trained on, high for
    /// unusual ones
    #[arg(long)]
    free_energy: bool,
    /// Instead of codes, the squared error of each row as an autoencoder reconstructs it: small for rows like those it was
    /// trained on, large for unusual ones
    #[arg(long, conflicts_with = "free_energy")]
    squared_error: bool,
    /// Which layer's code, from 1, the lowest [default: the last]
    #[arg(long, value_name = "N", conflicts_with_all = ["free_energy", "squared_error"])]
    layer: Option<usize>,
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

/// A number for each row.
#[derive(Serialize)]
struct Scores<'a> {
    schema: &'static str,
    rows: usize,
    output: Option<&'a PathBuf>,
    free_energies: Option<&'a [f64]>,
    squared_errors: Option<&'a [f64]>,
}

/// Of a user's own rows.
#[derive(Serialize)]
struct TableDocument<'a> {
    schema: &'static str,
    rows: usize,
    output: Option<&'a PathBuf>,
    warnings: &'a [String],
    notes: &'a [String],
}

pub fn run(args: Codes, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let file = args.out.file(&[&args.input.input, &args.run.run])?;
    let saved = model_file::open(&args.run.run)?;
    if args.input.is_own(&saved)? {
        return of_a_table(&args, file, &saved, common, screen);
    }
    let data = args.input.read(&saved, screen)?;
    let (name, threads) = (args.input.name(), common.threads()?);
    if args.free_energy || args.squared_error {
        let (found, column, plural) = if args.free_energy {
            (free_energies(&saved, &name, &data, &threads)?, "free_energy", "free energies")
        } else {
            (squared_errors(&saved, &name, &data, &threads)?, "squared_error", "squared errors")
        };
        let said = format!("{} {plural}", found.len());
        args.out.write(screen, &said, |out| write_column_csv(column, &found, out))?;
        let shown = |asked: bool| (asked && file.is_none()).then_some(found.as_slice());
        screen.document(&Scores {
            schema: "laddernet.codes/1",
            rows: found.len(),
            output: file,
            free_energies: shown(args.free_energy),
            squared_errors: shown(args.squared_error),
        })?;
        return Ok(Exit::Ok);
    }
    let found = codes(&saved, &name, &data, args.layer, &threads)?;
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

/// The same of a user's own rows, which come and go some at a time.
fn of_a_table(
    args: &Codes,
    file: Option<&PathBuf>,
    saved: &SavedModel,
    common: &Common,
    screen: &Screen,
) -> Result<Exit, Failure> {
    if file.is_none() && screen.json() {
        return Err(Failure::new(Exit::Usage, NO_PLACE));
    }
    let files = args.input.files(&args.run)?;
    let threads = common.threads()?;
    let question = Question { saved, path: &args.input.input, files: &files, threads: &threads };
    let (wanted, plural) = match (args.free_energy, args.squared_error) {
        (true, _) => (Wanted::FreeEnergy, "free energies"),
        (_, true) => (Wanted::SquaredError, "squared errors"),
        _ => (Wanted::Codes(args.layer), "codes"),
    };
    let Some(answered) = args.out.stream(|out| question.codes(wanted, out))? else { return Ok(Exit::Ok) };
    note(&answered, screen);
    if let Some(file) = file {
        screen.say(&format!("{} {plural} in {}", answered.rows, file.display()));
    }
    screen.document(&TableDocument {
        schema: "laddernet.codes_table/1",
        rows: answered.rows,
        output: file,
        warnings: &answered.warnings,
        notes: &answered.notes,
    })?;
    Ok(Exit::Ok)
}
