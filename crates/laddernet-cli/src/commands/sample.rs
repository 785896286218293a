//! `laddernet sample`: samples of a model, as a sheet of pictures.

use super::{InputArg, RunArg, ShapeArg, check_picture, write_picture};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use clap::ValueEnum;
use laddernet_run::model_file;
use laddernet_run::pictures::samples::{self as sampling, SampleSettings};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet sample runs/digits-rbm-seed1 -o samples.png
      ten chains that begin at random states
  laddernet sample RUN --input digits --first 100
      chains that begin at rows
  laddernet sample RUN --input digits --hold top
      the lower halves are inpainted";

/// Sample from an RBM, a generative stochastic network or another autoencoder
///
/// A line for each chain, from left to right as it walks; where chains begin at rows, these stand at the left. Pictures show
/// the probabilities of Bernoulli units and the means of Gaussian ones: as grey as the rows are, or where rows were not grey values, from
/// two deviations below a column's mean (black) to two above (white).
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Sample {
    #[command(flatten)]
    run: RunArg,
    /// Where the picture goes
    #[arg(short, long, value_name = "FILE", default_value = "samples.png")]
    out: PathBuf,
    /// Begin at the rows of an IDX or CSV file (also .gz), of '-' (standard input), or of 'digits' [default: random states, standard normal for Gaussian units]
    #[arg(long)]
    input: Option<PathBuf>,
    /// The first row to begin at, from 0
    #[arg(long, value_name = "ROW", default_value_t = 0, requires = "input")]
    first: usize,
    /// Chains
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    chains: u32,
    /// Pictures of each chain
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pictures: u32,
    /// Steps from one picture to the next
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=30_000))]
    every: u16,
    /// Half of each row that keeps its values, so that the other is inpainted
    #[arg(long, value_name = "HALF", requires = "input")]
    hold: Option<Half>,
    #[command(flatten)]
    seen: ShapeArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Half {
    Top,
    Bottom,
    Left,
    Right,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    output: &'a PathBuf,
    width: usize,
    height: usize,
    chains: usize,
    pictures: u32,
    every: u16,
}

pub fn run(args: Sample, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let inputs: Vec<_> = args.input.iter().chain([&args.run.run]).map(PathBuf::as_path).collect();
    check_picture(&args.out, &inputs)?;
    let saved = model_file::open(&args.run.run)?;
    let rows = match &args.input {
        None => None,
        Some(input) => {
            let input = InputArg { input: input.clone(), strict: false };
            Some((input.name(), input.read_some(&saved, (args.first, args.chains as usize), screen)?))
        }
    };
    let settings = SampleSettings {
        chains: args.chains as usize,
        pictures: args.pictures as usize,
        every: args.every,
        held: args.hold.map(|half| match half {
            Half::Top => sampling::Held::Top,
            Half::Bottom => sampling::Held::Bottom,
            Half::Left => sampling::Held::Left,
            Half::Right => sampling::Held::Right,
        }),
        shape: args.seen.shape,
        seed: common.seed.unwrap_or(1),
    };
    let start = rows.as_ref().map(|(name, rows)| (name.as_str(), rows));
    let samples = sampling::sample(&saved, start, &settings, &common.threads()?)?;
    write_picture(&samples.picture, &args.out)?;
    let plural = if samples.chains == 1 { "" } else { "s" };
    screen.say(&format!("{} chain{plural} rendered in {}", samples.chains, args.out.display()));
    screen.document(&Document {
        schema: "laddernet.sample/1",
        output: &args.out,
        width: samples.picture.width,
        height: samples.picture.height,
        chains: samples.chains,
        pictures: args.pictures,
        every: args.every,
    })?;
    Ok(Exit::Ok)
}
