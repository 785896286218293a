//! `laddernet predict`: a class and the probabilities of all classes for each row.

use super::own_rows::{Asked, answer};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::text::precision_from;
use laddernet::{Isa, SettingsError};
use laddernet_run::RunError;
use laddernet_run::answers::predictions::{Predictions, predict};
use laddernet_run::model_file;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet predict RUN digits -o out.csv
  laddernet predict RUN images-idx3-ubyte.gz | head
  laddernet predict RUN rows.csv --json";

/// Predict the class of each row of a file
///
/// Writes CSV: row (from 0), class, and a column p_NAME with the probability of each class. A class name that a
/// spreadsheet would take for a formula is written behind a single quote.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Predict {
    #[command(flatten)]
    asked: Asked,
    /// Matrix products: f32, bf16 (probabilities differ in the third digit), or auto: bf16 where that is faster
    #[arg(long, value_name = "P", default_value = "f32", value_parser = ["auto", "f32", "bf16"])]
    precision: String,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    rows: usize,
    class_names: &'a [String],
    /// The file that was written; without one, the predictions stand here.
    output: Option<&'a PathBuf>,
    predictions: Option<Vec<Row<'a>>>,
}

#[derive(Serialize)]
struct Row<'a> {
    row: usize,
    class: &'a str,
    probabilities: &'a [f32],
}

pub fn run(args: Predict, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let Asked { run, input, out } = &args.asked;
    let file = out.file(&[&input.input, &run.run])?;
    let saved = model_file::open(&run.run)?;
    let threads = common.threads()?;
    let precision = precision_from(&args.precision).unwrap_or_else(|_| Isa::fastest_precision());
    let none = || {
        let expected = "f32 or auto: these instructions have no bf16 matrix products (AVX-512 BF16 or AMX)";
        RunError::from(SettingsError::value("precision", &args.precision, expected))
    };
    let threads = threads.using(threads.isa().in_precision(precision).ok_or_else(none)?);
    if input.is_own(&saved)? {
        return answer(&args.asked, &saved, &threads, screen, "laddernet.predict_table/1", |question, out| {
            question.predict(out)
        });
    }
    let data = input.read(&saved, screen)?;
    let predictions = predict(&saved, &input.name(), &data, &threads)?;
    out.write(screen, &format!("{} predictions", data.rows()), |out| predictions.write_csv(out))?;
    screen.document(&Document {
        schema: "laddernet.predict/1",
        rows: data.rows(),
        class_names: &predictions.class_names,
        output: file,
        predictions: file.is_none().then(|| rows(&predictions)),
    })?;
    Ok(Exit::Ok)
}

fn rows(p: &Predictions) -> Vec<Row<'_>> {
    let row =
        |(row, &class): (usize, &u32)| Row { row, class: &p.class_names[class as usize], probabilities: p.of_row(row) };
    p.classes.iter().enumerate().map(row).collect()
}
