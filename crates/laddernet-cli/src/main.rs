//! The `laddernet` command: arguments in, messages out. What it does is done by the crates below it.
#![forbid(unsafe_code)]

mod args;
mod cli;
mod commands;
mod exit;
mod flags;
mod interrupt;
mod progress;
mod screen;

use clap::Parser;
use screen::Screen;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => return refused(&e),
    };
    let screen = Screen::new(&cli.common);
    match cli::run(cli, &screen) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            screen.fail(&failure);
            failure.exit.into()
        }
    }
}

/// Help and version are no failure; everything else that clap says is one of usage.
fn refused(e: &clap::Error) -> ExitCode {
    if !e.use_stderr() {
        // A reader that closes the pipe early has seen what it wanted.
        let _ = e.print();
        return exit::Exit::Ok.into();
    }
    let _ = e.print();
    if std::env::args_os().any(|a| a == "--json") {
        screen::print_error_document(exit::Exit::Usage, e.to_string().trim_end());
    }
    exit::Exit::Usage.into()
}
