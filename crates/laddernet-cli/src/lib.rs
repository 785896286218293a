//! The `laddernet` command: arguments in, messages out. What it does is done by the crates below it. It is a library so that the Python
//! package holds the same command.
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
use std::ffi::OsString;

/// Runs the command with these arguments, the program's name first; gives its exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let cli = match cli::Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(e) => return refused(&e, &arguments) as u8,
    };
    let screen = Screen::new(&cli.common);
    match cli::run(cli, &screen) {
        Ok(exit) => exit as u8,
        Err(failure) => {
            screen.fail(&failure);
            failure.exit as u8
        }
    }
}

/// Help and version are no failure; everything else that clap says is one of usage.
fn refused(e: &clap::Error, arguments: &[OsString]) -> exit::Exit {
    if !e.use_stderr() {
        // A reader that closes the pipe early has seen what it wanted.
        let _ = e.print();
        return exit::Exit::Ok;
    }
    let _ = e.print();
    if arguments.iter().any(|a| a == "--json") {
        screen::print_error_document(exit::Exit::Usage, e.to_string().trim_end());
    }
    exit::Exit::Usage
}
