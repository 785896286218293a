//! `laddernet completions` and `laddernet man`: made from the same definitions as the arguments.

use crate::exit::{Exit, Failure};
use crate::screen::{Screen, write_out};
use clap::Command;
use clap_complete::Shell;
use serde::Serialize;

const COMPLETIONS: &str = "Examples:
  laddernet completions bash > \\
      ~/.local/share/bash-completion/completions/laddernet
  laddernet completions fish > \\
      ~/.config/fish/completions/laddernet.fish";

const MAN: &str = "Examples:
  laddernet man | man -l -
  laddernet man train > laddernet-train.1";

/// Print a script that completes commands in a shell
#[derive(clap::Args, Debug)]
#[command(after_help = COMPLETIONS)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

/// Print the manual page
#[derive(clap::Args, Debug)]
#[command(after_help = MAN)]
pub struct Man {
    /// The page of one command
    command: Option<String>,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    text: String,
}

pub fn completions(args: Completions, mut program: Command, screen: &Screen) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "laddernet", &mut script);
    give("laddernet.completions/1", &script, screen)
}

pub fn man(args: Man, mut root: Command, screen: &Screen) -> Result<Exit, Failure> {
    root.build();
    let command = match &args.command {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(Failure::new(Exit::Usage, format!("'{name}' is no command: see laddernet --help"))),
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::stdout)?;
    give("laddernet.man/1", &page, screen)
}

fn give(schema: &'static str, text: &[u8], screen: &Screen) -> Result<Exit, Failure> {
    if screen.json() {
        screen.document(&Document { schema, text: String::from_utf8_lossy(text).into_owned() })?;
    } else {
        write_out(|out| out.write_all(text))?;
    }
    Ok(Exit::Ok)
}
