//! `laddernet label`: a table with its labels filled in.

use super::own_rows::{Asked, answer};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::RunError;
use laddernet_run::model_file;

const EXAMPLES: &str = "Examples:
  laddernet label RUN customers.csv -o filled.csv
  laddernet label RUN new.parquet | head";

/// Fill in the labels of a table
///
/// Writes every column of the file as it is, and four more: the label that was given or else is predicted (TARGET_filled), the
/// prediction, its probability, and whether the label was given. A cell that a spreadsheet would take for a formula is written
/// behind a single quote.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Label {
    #[command(flatten)]
    asked: Asked,
}

pub fn run(args: Label, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let Asked { run, input, .. } = &args.asked;
    let saved = model_file::open(&run.run)?;
    if !input.is_own(&saved)? {
        let message = "the model was trained on no table of yours: ask it for predictions with 'predict'";
        return Err(RunError::Argument(message.to_owned()).into());
    }
    answer(&args.asked, &saved, &common.threads()?, screen, "laddernet.label/1", |question, out| question.label(out))
}
