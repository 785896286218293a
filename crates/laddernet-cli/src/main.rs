//! The `laddernet` program.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    laddernet_cli::run(std::env::args_os().collect()).into()
}
