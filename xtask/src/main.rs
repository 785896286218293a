//! The project's own commands: `cargo xtask check | lint | tidy | test | python | docs | record`.

mod beside;
mod commands;
mod docs;
mod needs;
mod pictures;
mod pretrained;
mod python;
mod record;
mod results;
mod speed;
mod tables;
mod tidy;
mod training;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The project's own commands.

  cargo xtask check         everything that must pass before a change goes in: lint, then test
  cargo xtask lint          formatting, clippy, the tidy rules, stale tables, documentation
  cargo xtask tidy          the tidy rules alone: the house's invariants, each an absence
  cargo xtask test          the tests of the whole workspace, those too that need something which is here
  cargo xtask test ARGS     `cargo test --workspace ARGS`
  cargo xtask python        builds the wheel of the Python package, and runs its tests, docstrings and examples
  cargo xtask docs          writes the tables and the pictures of the documents from what was measured
  cargo xtask docs --check  fails where a table or a picture is stale
  cargo xtask record RUN [NAME]
                            writes results/NAME.json from a run folder; see results/README.md
  cargo xtask record --study FILE NAME
                            the same from what the example mnist_study printed
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    let root = root();
    match args {
        ["check"] => {
            commands::lint(&root)?;
            commands::test(&root, &[])
        }
        ["lint"] => commands::lint(&root),
        ["tidy"] => tidy::run(&root),
        ["test", rest @ ..] => commands::test(&root, rest),
        ["python"] => python::run(&root),
        ["docs"] => docs::write(&root),
        ["docs", "--check"] => docs::check(&root),
        ["record", rest @ ..] => record::run(&root, rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("no such command: {}\n\n{HELP}", args.join(" ")),
    }
}

/// The root of the workspace: the folder above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
