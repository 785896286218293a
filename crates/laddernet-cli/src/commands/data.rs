//! `laddernet data`: which data there are, and the one command that downloads any.

#[cfg(feature = "fetch")]
mod fetch;

use crate::args::DataDir;
use crate::exit::{Exit, Failure};
use crate::screen::{Screen, WIDTH, wrapped};
#[cfg(feature = "fetch")]
use fetch::fetch;
use laddernet_data::locate;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet data list
  laddernet data fetch mnist
  laddernet data fetch mnist --data-dir /srv/data";

/// List data sets, or download one
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Data {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the data sets and where they are
    List(DataDir),
    /// Download a data set; no other command uses the network
    ///
    /// What has arrived is checked (SHA-256) before it gets its name; a broken download is resumed.
    Fetch(Fetch),
}

#[derive(clap::Args, Debug)]
struct Fetch {
    /// Which
    #[arg(value_parser = ["mnist"])]
    set: String,
    #[command(flatten)]
    data_dir: DataDir,
    /// Address before a file's name, instead of the public mirrors; may be given again
    #[arg(long, value_name = "URL")]
    mirror: Vec<String>,
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    data: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    about: &'static str,
    available: bool,
    location: Option<PathBuf>,
    note: Option<String>,
}

pub fn run(args: Data, screen: &Screen) -> Result<Exit, Failure> {
    match args.action {
        Action::List(dir) => list(&dir, screen),
        Action::Fetch(args) => fetch(args, screen),
    }
}

fn list(dir: &DataDir, screen: &Screen) -> Result<Exit, Failure> {
    let mnist = locate::mnist(dir.data_dir.as_deref());
    let (location, note) = match mnist {
        Ok(files) => (files.train_images.parent().map(PathBuf::from), None),
        Err(e) => (None, Some(e.to_string())),
    };
    let data = vec![
        Entry {
            name: "digits",
            about: "1797 handwritten digits of 8x8, inside the program",
            available: true,
            location: None,
            note: None,
        },
        Entry {
            name: "mnist",
            about: "70000 handwritten digits of 28x28 pixels",
            available: location.is_some(),
            location,
            note,
        },
        Entry {
            name: "idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]]",
            about: "any pair of IDX files, packed (.gz) or not",
            available: true,
            location: None,
            note: None,
        },
    ];
    let mut text = String::new();
    for entry in &data {
        text += &format!("{}\n    {}\n", entry.name, entry.about);
        if let Some(location) = &entry.location {
            text += &format!("    in {}\n", location.display());
        }
        if let Some(note) = &entry.note {
            let indented: String = note.lines().map(|line| format!("    {line}\n")).collect();
            text += &wrapped(&indented, WIDTH);
        }
    }
    screen.result(&text)?;
    screen.document(&List { schema: "laddernet.data-list/1", data })?;
    Ok(Exit::Ok)
}

/// This program has no client for downloads.
#[cfg(not(feature = "fetch"))]
fn fetch(args: Fetch, _: &Screen) -> Result<Exit, Failure> {
    let Fetch { set, data_dir, mirror: _mirrors } = args;
    let folder = locate::data_dir(data_dir.data_dir.as_deref())?.join(&set);
    let message = format!(
        "this laddernet was built without the feature `fetch` and cannot download {set}; put its files into {} by hand",
        folder.display()
    );
    Err(Failure::new(Exit::Other, message))
}
