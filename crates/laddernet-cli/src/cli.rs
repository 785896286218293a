//! The command line: the list of commands, and which function runs each.

use crate::args::Common;
use crate::commands::{
    bench, codes, compare, data, evaluate, filters, generate, inspect, label, likelihood, predict, reconstruct,
    reproduce, resume, sample, show, suggest, train,
};
use crate::exit::{self, Exit, Failure};
use crate::screen::Screen;
use clap::{CommandFactory, Parser, Subcommand};

/// Learn to classify from few labels and much unlabelled data, with ladder networks
#[derive(Parser)]
#[command(
    name = "laddernet",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = after_help(),
)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    Inspect(Box<inspect::Inspect>),
    Train(Box<train::Train>),
    Label(label::Label),
    Suggest(suggest::Suggest),
    Resume(resume::Resume),
    Reproduce(reproduce::Reproduce),
    Compare(compare::Compare),
    Evaluate(evaluate::Evaluate),
    Predict(predict::Predict),
    Reconstruct(reconstruct::Reconstruct),
    Likelihood(likelihood::LikelihoodArgs),
    Sample(sample::Sample),
    Codes(codes::Codes),
    Filters(filters::Filters),
    Show(show::Show),
    Data(data::Data),
    Bench(bench::Bench),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the command that was asked for.
pub fn run(cli: Cli, screen: &Screen) -> Result<Exit, Failure> {
    let common = &cli.common;
    match cli.command {
        Command::Inspect(args) => inspect::run(*args, screen),
        Command::Train(args) => train::run(*args, common, screen),
        Command::Label(args) => label::run(args, common, screen),
        Command::Suggest(args) => suggest::run(args, common, screen),
        Command::Resume(args) => resume::run(args, common, screen),
        Command::Reproduce(args) => reproduce::run(args, common, screen),
        Command::Evaluate(args) => evaluate::run(args, common, screen),
        Command::Predict(args) => predict::run(args, common, screen),
        Command::Reconstruct(args) => reconstruct::run(args, common, screen),
        Command::Compare(args) => compare::run(args, common, screen),
        Command::Likelihood(args) => likelihood::run(args, common, screen),
        Command::Sample(args) => sample::run(args, common, screen),
        Command::Codes(args) => codes::run(args, common, screen),
        Command::Filters(args) => filters::run(args, screen),
        Command::Show(args) => show::run(args, screen),
        Command::Data(args) => data::run(args, screen),
        Command::Bench(args) => bench::run(args, common, screen),
        Command::Completions(args) => generate::completions(args, Cli::command(), screen),
        Command::Man(args) => generate::man(args, Cli::command(), screen),
    }
}

fn after_help() -> String {
    format!(
        "Examples:
  laddernet train
      40 labelled digits out of 1797, in under a minute
  laddernet train customers.csv --target churn
      a table of your own, some of whose rows have a label
  laddernet label RUN customers.csv -o filled.csv
  laddernet suggest RUN customers.csv
      which rows to label next
  laddernet train --data mnist --labels 100
  laddernet show runs/digits-full-40-seed1
  laddernet help train

{}",
        exit::help()
    )
}
