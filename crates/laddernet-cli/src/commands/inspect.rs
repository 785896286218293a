//! `laddernet inspect`: what a training would take from a file, before anything is trained; or what a model was trained on.

use super::training_text::own;
use crate::args::DataDir;
use crate::exit::{Exit, Failure};
use crate::flags::DataFlags;
use crate::screen::Screen;
use laddernet_data::Source;
use laddernet_run::folder;
use laddernet_run::model_file;
use laddernet_run::record::inspect::{Inspection, columns_of, inspect};
use laddernet_run::record::own::ColumnSummary;
use laddernet_run::settings::Recipe;

const EXAMPLES: &str = "Examples:
  laddernet inspect customers.csv
  laddernet inspect customers.csv --target churn --json
  laddernet inspect RUN
      the columns that a model was trained on";

/// Look at a file before anything is trained
///
/// Its columns, what they hold and what would become of them, missing cells, the column of labels that would be taken, and which
/// rows have none. Of a run folder or model file: the columns that the model takes.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true)]
pub struct Inspect {
    /// A file or folder of yours, a run folder, or a model file
    #[arg(value_name = "DATA|RUN")]
    data: Source,
    #[command(flatten)]
    data_dir: DataDir,
    #[command(flatten)]
    settings: DataFlags,
}

pub fn run(args: Inspect, screen: &Screen) -> Result<Exit, Failure> {
    if let Source::Own(path) = &args.data
        && (path.join(folder::MODEL).is_file() || path.extension().is_some_and(|ending| ending == "safetensors"))
    {
        let saved = model_file::open(path)?;
        let found = columns_of(&saved);
        screen.result(&text(&found))?;
        screen.document(&found)?;
        return Ok(Exit::Ok);
    }
    let mut recipe = Recipe::default();
    args.settings.0.apply(&mut recipe);
    recipe.set("data.source", args.data.to_string().into());
    let found = inspect(&recipe.in_folder(args.data_dir.data_dir)?)?;
    screen.result(&text(&found))?;
    screen.document(&found)?;
    Ok(Exit::Ok)
}

fn text(found: &Inspection) -> String {
    let rows = found.rows.map_or(String::new(), |rows| format!("{rows} rows, "));
    let mut text = format!("{}: {rows}{}\n", found.data, found.what);
    let width = found.own.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).min(30);
    for (column, missing) in found.own.columns.iter().zip(&found.missing).take(200) {
        let ColumnSummary { name, kind, becomes, .. } = column;
        let gaps = if *missing > 0 { format!(", {missing} missing") } else { String::new() };
        text += &format!("  {name:<width$}  {kind}{gaps}: {becomes}\n");
    }
    if found.own.columns.len() > 200 {
        text += &format!("  and {} more columns\n", found.own.columns.len() - 200);
    }
    text + &own(&found.own) + "\n"
}
