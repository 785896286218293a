//! The commands, one file each: its arguments, and what is said about its result.

pub mod bench;
pub mod codes;
pub mod compare;
pub mod data;
pub mod evaluate;
pub mod generate;
pub mod likelihood;
mod lineage_args;
pub mod predict;
pub mod reconstruct;
pub mod reproduce;
pub mod resume;
pub mod sample;
pub mod show;
pub mod train;

use crate::args::{Cli, Command, Common};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::{Dataset, Threads};
use laddernet_data::{Loaded, Source, input};
use laddernet_run::evaluate::check_same_data;
use laddernet_run::model_file::{self, SavedModel};
use laddernet_run::saved;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Standard input is held in memory: 2 GiB, as much as is unpacked of a file; what is cut off there is said by the
/// parser.
const MOST_OF_STDIN: u64 = (2 << 30) + 1;

/// Runs the command that was asked for.
pub fn run(cli: Cli, screen: &Screen) -> Result<Exit, Failure> {
    let common = &cli.common;
    match cli.command {
        Command::Train(args) => train::run(*args, common, screen),
        Command::Resume(args) => resume::run(args, common, screen),
        Command::Reproduce(args) => reproduce::run(args, common, screen),
        Command::Evaluate(args) => evaluate::run(args, common, screen),
        Command::Predict(args) => predict::run(args, common, screen),
        Command::Reconstruct(args) => reconstruct::run(args, common, screen),
        Command::Compare(args) => compare::run(args, common, screen),
        Command::Likelihood(args) => likelihood::run(args, common, screen),
        Command::Sample(args) => sample::run(args, common, screen),
        Command::Codes(args) => codes::run(args, common, screen),
        Command::Show(args) => show::run(args, screen),
        Command::Data(args) => data::run(args, screen),
        Command::Bench(args) => bench::run(args, common, screen),
        Command::Completions(args) => generate::completions(args, screen),
        Command::Man(args) => generate::man(args, screen),
    }
}

/// A run folder or a model file.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArg {
    /// Run folder, or a model file alone
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
}

/// Rows for a model.
#[derive(clap::Args, Clone, Debug)]
pub struct InputArg {
    /// Rows: an IDX or CSV file (also .gz), '-' for standard input, or the word 'digits'
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
}

impl InputArg {
    /// The rows, in the shape and scaling of the model.
    fn read(&self, saved: &SavedModel) -> Result<Dataset, Failure> {
        if self.input == Path::new("digits") && !self.input.exists() {
            return Ok(laddernet_data::digits::load());
        }
        let card = &saved.card;
        if self.input == Path::new("-") {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(MOST_OF_STDIN).read_to_end(&mut bytes);
            read.map_err(|e| Failure::new(Exit::Io, format!("cannot read standard input: {e}")))?;
            let (shape, scaling) = (&card.row_shape, model_file::scaling(card));
            return Ok(input::parse(&bytes, &self.name(), shape, scaling, &card.class_names)?);
        }
        Ok(input::read(&self.input, &card.row_shape, model_file::scaling(card), &card.class_names)?)
    }

    /// What to call the rows in a message.
    fn name(&self) -> String {
        if self.input == Path::new("-") { "standard input".into() } else { self.input.display().to_string() }
    }
}

/// The data of a saved model, or others that were asked for.
fn load_for(run: &Path, saved: &SavedModel, data: Option<&Source>, folder: Option<PathBuf>) -> Result<Loaded, Failure> {
    // A run that was given its data's folder finds them there again.
    let remembered = saved::any_config(run)?.and_then(|config| config.data_dir().map(Path::to_owned));
    let folder = folder.or(remembered);
    if let Some(source) = data {
        return Ok(source.load(folder.as_deref())?);
    }
    let source: Source = saved.card.trained.data.parse()?;
    let loaded = source.load(folder.as_deref())?;
    check_same_data(saved, &loaded)?;
    Ok(loaded)
}

fn threads(common: &Common) -> Result<Threads, Failure> {
    common.threads().map_err(|e| Failure::new(Exit::Other, format!("cannot start the threads: {e}")))
}
