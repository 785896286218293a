//! What is asked of a model about rows of a user's own file, which come and go some at a time: memory does not grow with them.

use super::{InputArg, RunArg, TableOut};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::Threads;
use laddernet_run::RunError;
use laddernet_run::answers::tables::{Answered, Question};
use laddernet_run::model_file::SavedModel;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// A model, rows, and where the answer goes.
#[derive(clap::Args, Clone, Debug)]
pub struct Asked {
    #[command(flatten)]
    pub run: RunArg,
    #[command(flatten)]
    pub input: InputArg,
    #[command(flatten)]
    pub out: TableOut,
}

/// Why a table cannot go to standard output.
pub const NO_PLACE: &str = "--json prints a document where the table would go: name a file with --out";

#[derive(Serialize)]
struct Document<'a> {
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

/// Writes the answer, and says what was found on the way.
pub fn answer(
    asked: &Asked,
    saved: &SavedModel,
    threads: &Threads,
    screen: &Screen,
    schema: &'static str,
    ask: impl FnOnce(&Question<'_>, &mut dyn Write) -> Result<Answered, RunError>,
) -> Result<Exit, Failure> {
    let Asked { run, input, out } = asked;
    let file = out.file(&[&input.input, &run.run])?;
    if file.is_none() && screen.json() {
        return Err(Failure::new(Exit::Usage, NO_PLACE));
    }
    let files = input.files(run)?;
    let question = Question { saved, path: &input.input, files: &files, threads };
    let Some(answered) = out.stream(|out| ask(&question, out))? else { return Ok(Exit::Ok) };
    say(&answered, &saved.card.class_names, screen);
    if let Some(file) = file {
        screen.say(&format!("{} rows in {}", answered.rows, file.display()));
    }
    screen.document(&Document {
        schema,
        rows: answered.rows,
        rows_without_a_value: answered.empty_rows,
        class_names: &saved.card.class_names,
        predicted_rows: &answered.class_counts,
        labelled: answered.labelled,
        errors: answered.errors,
        output: file,
        warnings: &answered.warnings,
        notes: &answered.notes,
    })?;
    Ok(Exit::Ok)
}

/// What was found of the columns on the way.
pub fn note(answered: &Answered, screen: &Screen) {
    answered.warnings.iter().for_each(|warning| screen.caution(warning));
    answered.notes.iter().for_each(|note| screen.say(&format!("note: {note}")));
}

/// What was found on the way.
fn say(answered: &Answered, class_names: &[String], screen: &Screen) {
    note(answered, screen);
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
