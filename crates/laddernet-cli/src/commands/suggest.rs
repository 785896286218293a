//! `laddernet suggest`: which rows to label next.

use super::own_rows::{Asked, note};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::answers::suggestion::{Known, Suggested, Suggestions, Wanted, suggestions, write_csv};
use laddernet_run::answers::tables::Question;
use laddernet_run::model_file;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet suggest RUN customers.csv -n 20 -o to-label.csv
  laddernet suggest runs/digits-full-40-seed1 digits";

/// Say which rows to label next
///
/// Writes CSV: the number of each row (from 0), the row as it is, the two classes that it has most probably, and why it was chosen.
/// Rows are typical ones of what no label stands for yet, the largest part first; first of all one that decides which group of rows is which
/// class, where the run has groups and cannot tell. Rows that have a label are not among them. Label them, train again, ask again.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Suggest {
    #[command(flatten)]
    asked: Asked,
    /// How many rows
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, value_parser = count)]
    rows: usize,
}

fn count(text: &str) -> Result<usize, String> {
    let expected = "expected a whole number from 1 on, as 10";
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| expected.to_owned())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    rows: usize,
    labelled: usize,
    looked_at: usize,
    suggestions: &'a [Suggested],
    output: Option<&'a PathBuf>,
    warnings: &'a [String],
    notes: &'a [String],
}

pub fn run(args: Suggest, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let Asked { run, input, out } = &args.asked;
    let file = out.file(&[&input.input, &run.run])?;
    let saved = model_file::open(&run.run)?;
    let (known, threads) = (Known::of(&run.run, &input.input)?, common.threads()?);
    let wanted = Wanted { count: args.rows, seed: common.seed.unwrap_or(1) };
    let quiet = file.is_none() && screen.json();
    let (found, answered) = if input.is_own(&saved)? {
        let files = input.files(run)?;
        let question = Question { saved: &saved, path: &input.input, files: &files, threads: &threads };
        let (found, answered) = question.suggest(&known, wanted)?;
        if !quiet && out.stream(|out| question.write_suggestions(&found, out))?.is_none() {
            return Ok(Exit::Ok);
        }
        (found, answered)
    } else {
        let data = input.read(&saved, screen)?;
        let found = suggestions(&saved, &input.name(), &data, &known, wanted, &threads)?;
        if !quiet && out.stream(|out| write_csv(&found, out))?.is_none() {
            return Ok(Exit::Ok);
        }
        (found, Default::default())
    };
    note(&answered, screen);
    say(&found, args.rows, screen);
    if let Some(file) = file {
        screen.say(&format!("{} rows in {}", found.found.len(), file.display()));
    }
    screen.document(&Document {
        schema: "laddernet.suggest/1",
        rows: found.rows,
        labelled: found.labelled,
        looked_at: found.looked_at,
        suggestions: &found.found,
        output: file,
        warnings: &answered.warnings,
        notes: &answered.notes,
    })?;
    Ok(Exit::Ok)
}

fn say(found: &Suggestions, wanted: usize, screen: &Screen) {
    let Suggestions { rows, labelled, looked_at, .. } = *found;
    let open = rows - labelled;
    if open == 0 {
        screen.caution(&format!("each of the {rows} rows has a label: there is none to suggest"));
    } else if open < wanted {
        screen.say(&format!("note: only {open} of {rows} rows have no label"));
    }
    if looked_at < rows {
        screen.say(&format!("note: a sample of {looked_at} of the {rows} rows was looked at"));
    }
}
