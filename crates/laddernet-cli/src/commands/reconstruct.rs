//! `laddernet reconstruct`: a picture of rows, the same rows with noise, and their reconstructions.

use super::{InputArg, RunArg, ShapeArg, TableOut, check_picture, write_picture};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::answers::tables::Question;
use laddernet_run::model_file::{self, SavedModel};
use laddernet_run::pictures::reconstructions::{GridSettings, render};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet reconstruct RUN digits -o grid.png
  laddernet reconstruct RUN images.gz --rows 5 --first 100
  laddernet reconstruct RUN digits --noise 0.2,0.4,1
  laddernet reconstruct RUN customers.csv -o imputed.csv
      a table: missing cells filled in, and how surprising each row is";

/// Render rows, the same rows with noise, and their reconstructions
///
/// A line for each row: clean, then for each noise level (written above) corrupted and reconstructed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, allow_negative_numbers = true)]
pub struct Reconstruct {
    #[command(flatten)]
    run: RunArg,
    #[command(flatten)]
    input: InputArg,
    /// Where the picture goes, or of a table the CSV; '-' is standard output [default: grid.png, of a table -]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    rows: u64,
    /// The first row to show, from 0
    #[arg(long, value_name = "ROW", default_value_t = 0)]
    first: usize,
    /// Standard deviations of the noise, at most 16; for Gaussian visible units, as the distances, in those of the columns
    #[arg(long, value_name = "S,...", value_delimiter = ',', default_value = "0.15,0.3,0.5,0.8", value_parser = noise)]
    noise: Vec<f32>,
    #[command(flatten)]
    seen: ShapeArg,
    /// Of a table: all cells as the model reconstructs them, and not the missing ones alone
    #[arg(long)]
    all_cells: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    output: &'a PathBuf,
    width: usize,
    height: usize,
    rows: usize,
    levels: Vec<Level>,
}

/// Root mean square distances to the clean rows.
#[derive(Serialize)]
struct Level {
    noise: f32,
    corrupted_distance: f32,
    reconstructed_distance: f32,
}

pub fn run(args: Reconstruct, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    if args.noise.len() > 16 {
        return Err(Failure::new(Exit::Usage, format!("{} noise levels: expected at most 16", args.noise.len())));
    }
    let saved = model_file::open(&args.run.run)?;
    if saved.card.table.is_some() {
        return reconstruct_table(args, &saved, common, screen);
    }
    let out = args.out.clone().unwrap_or_else(|| "grid.png".into());
    check_picture(&out, &[&args.input.input, &args.run.run])?;
    let name = args.input.name();
    let data = args.input.read_some(&saved, (args.first, args.rows as usize), screen)?;
    let settings = GridSettings {
        noise: args.noise,
        shape: args.seen.shape,
        seed: common.seed.unwrap_or(GridSettings::default().seed),
    };
    let grid = render(&saved, &name, &data, &settings, &common.threads()?)?;
    write_picture(&grid.picture, &out)?;

    let level = |(&noise, &(corrupted_distance, reconstructed_distance))| Level {
        noise,
        corrupted_distance,
        reconstructed_distance,
    };
    let levels: Vec<Level> = settings.noise.iter().zip(&grid.distances).map(level).collect();
    let mut text =
        format!("{:>5}  {:>9}  {:>13}   (distance to the clean rows)\n", "noise", "corrupted", "reconstructed");
    for l in &levels {
        text += &format!("{:>5}  {:>9.3}  {:>13.3}\n", l.noise, l.corrupted_distance, l.reconstructed_distance);
    }
    screen.result(&text)?;
    screen.say(&format!("{} rows rendered in {}", data.rows(), out.display()));
    screen.document(&Document {
        schema: "laddernet.reconstruct/1",
        output: &out,
        width: grid.picture.width,
        height: grid.picture.height,
        rows: data.rows(),
        levels,
    })?;
    Ok(Exit::Ok)
}

/// A table with its gaps filled in, or all of its cells reconstructed, and how surprising each row is.
fn reconstruct_table(args: Reconstruct, saved: &SavedModel, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let out = TableOut { out: args.out.unwrap_or_else(|| "-".into()) };
    let file = out.file(&[&args.input.input, &args.run.run])?;
    let (files, threads) = (args.input.files(&args.run)?, common.threads()?);
    let question = Question { saved, path: &args.input.input, files: &files, threads: &threads };
    let Some(answered) = out.stream(|out| question.reconstruct(args.all_cells, out))? else { return Ok(Exit::Ok) };
    answered.warnings.iter().for_each(|warning| screen.caution(warning));
    if let Some(file) = file {
        screen.say(&format!("{} rows in {}", answered.rows, file.display()));
    }
    Ok(Exit::Ok)
}

fn noise(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(noise) if noise.is_finite() && noise >= 0.0 => Ok(noise),
        _ => Err(format!("'{text}' is no standard deviation: expected a number, 0 or more")),
    }
}

pub(super) fn shape(text: &str) -> Result<(usize, usize), String> {
    let parsed = text.split_once('x').and_then(|(h, w)| Some((h.parse().ok()?, w.parse().ok()?)));
    parsed.filter(|&(h, w)| h > 0 && w > 0).ok_or_else(|| format!("'{text}' is no shape: expected one such as 28x28"))
}
