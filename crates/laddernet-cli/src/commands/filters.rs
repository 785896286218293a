//! `laddernet filters`: the weights of a layer's units, as a sheet of pictures.

use super::{RunArg, ShapeArg, check_picture, write_picture};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::model_file;
use laddernet_run::pictures::filters::{FilterSettings, render};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet filters runs/digits-rbm-seed1 -o filters.png
      the first hundred units
  laddernet filters RUN --layer 2 --units 25
      weighted sums of the pictures below";

/// Render the weights of a layer's units as pictures
///
/// A picture for each unit: its weights to the values of a row, from the largest in size below zero (black) over zero (grey) to
/// the largest in size above (white), each unit by itself. Units of higher layers are shown as their weighted sums of the
/// pictures below. Where rows are standardised, these are weights to standardised values.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Filters {
    #[command(flatten)]
    run: RunArg,
    /// Where the picture goes
    #[arg(short, long, value_name = "FILE", default_value = "filters.png")]
    out: PathBuf,
    /// The layer, from 1, the lowest
    #[arg(long, value_name = "N", default_value_t = 1)]
    layer: usize,
    /// The first unit, from 0
    #[arg(long, value_name = "UNIT", default_value_t = 0)]
    first: usize,
    /// Units, fewer where the layer has no more
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    units: u32,
    #[command(flatten)]
    seen: ShapeArg,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    output: &'a PathBuf,
    width: usize,
    height: usize,
    layer: usize,
    first: usize,
    units: usize,
}

pub fn run(args: Filters, screen: &Screen) -> Result<Exit, Failure> {
    check_picture(&args.out, &[&args.run.run])?;
    let saved = model_file::open(&args.run.run)?;
    let settings =
        FilterSettings { layer: args.layer, first: args.first, units: args.units as usize, shape: args.seen.shape };
    let filters = render(&saved, &settings)?;
    write_picture(&filters.picture, &args.out)?;
    let plural = if filters.units == 1 { "" } else { "s" };
    screen.say(&format!("{} unit{plural} rendered in {}", filters.units, args.out.display()));
    screen.document(&Document {
        schema: "laddernet.filters/1",
        output: &args.out,
        width: filters.picture.width,
        height: filters.picture.height,
        layer: args.layer,
        first: args.first,
        units: filters.units,
    })?;
    Ok(Exit::Ok)
}
