//! `laddernet label`: a table with its labels filled in.

use super::{InputArg, RunArg, TableOut};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::RunError;
use laddernet_run::answers::tables::{Answered, Question};
use laddernet_run::model_file;
use serde::Serialize;
use std::path::PathBuf;

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
    run: RunArg,
    #[command(flatten)]
    input: InputArg,
    #[command(flatten)]
    out: TableOut,
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    rows: usize,
    rows_without_a_value: usize,
    class_names: &'a [String],
    predicted_rows: &'a [usize],
    labelled: usize,
    errors: usize,
    output: Option<&'a PathBuf>,
    warnings: &'a [String],
    notes: &'a [String],
}

pub fn run(args: Label, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let file = args.out.file(&[&args.input.input, &args.run.run])?;
    let saved = model_file::open(&args.run.run)?;
    if !args.input.is_own(&saved)? {
        let message = "the model was trained on no table of yours: ask it for predictions with 'predict'";
        return Err(RunError::Argument(message.to_owned()).into());
    }
    if file.is_none() && screen.json() {
        return Err(Failure::new(
            Exit::Usage,
            "--json prints a document where the table would go: name a file with --out",
        ));
    }
    let (files, threads) = (args.input.files(&args.run)?, common.threads()?);
    let question = Question { saved: &saved, path: &args.input.input, files: &files, threads: &threads };
    let Some(answered) = args.out.stream(|out| question.label(out))? else { return Ok(Exit::Ok) };
    say(&answered, &saved.card.class_names, screen);
    if let Some(file) = file {
        screen.say(&format!("{} rows in {}", answered.rows, file.display()));
    }
    screen.document(&document("laddernet.label/1", &answered, &saved.card.class_names, file))?;
    Ok(Exit::Ok)
}

pub(super) fn document<'a>(
    schema: &'static str,
    answered: &'a Answered,
    class_names: &'a [String],
    output: Option<&'a PathBuf>,
) -> Document<'a> {
    Document {
        schema,
        rows: answered.rows,
        rows_without_a_value: answered.empty_rows,
        class_names,
        predicted_rows: &answered.class_counts,
        labelled: answered.labelled,
        errors: answered.errors,
        output,
        warnings: &answered.warnings,
        notes: &answered.notes,
    }
}

/// What was found on the way.
pub(super) fn say(answered: &Answered, class_names: &[String], screen: &Screen) {
    answered.warnings.iter().for_each(|warning| screen.caution(warning));
    answered.notes.iter().for_each(|note| screen.say(&format!("note: {note}")));
    if answered.empty_rows > 0 {
        screen.caution(&format!(
            "rows without any value: {}; they got the shares of the classes among the labels",
            answered.empty_rows
        ));
    }
    if answered.unknown_labels > 0 {
        screen.caution(&format!(
            "rows with a label that the model does not know: {}; it stays as it is",
            answered.unknown_labels
        ));
    }
    if answered.guarded > 0 {
        screen.say(&format!(
            "note: {} cells that a spreadsheet would take for formulas stand behind a single quote",
            answered.guarded
        ));
    }
    let shown: Vec<String> = class_names
        .iter()
        .zip(&answered.class_counts)
        .take(20)
        .map(|(class, rows)| format!("{class} {rows}"))
        .collect();
    screen.say(&format!("predicted: {}", shown.join(", ")));
    if answered.labelled > 0 {
        screen.say(&format!(
            "of {} rows with a label, {} are predicted as another class",
            answered.labelled, answered.errors
        ));
    }
}
