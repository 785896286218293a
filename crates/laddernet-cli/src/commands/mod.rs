//! The commands, one file each: its arguments, and what is said about its result.

pub mod bench;
pub mod codes;
pub mod compare;
pub mod data;
pub mod evaluate;
pub mod filters;
pub mod generate;
pub mod inspect;
pub mod label;
pub mod likelihood;
mod own_rows;
pub mod predict;
pub mod reconstruct;
pub mod reproduce;
pub mod resume;
pub mod sample;
pub mod show;
pub mod suggest;
pub mod train;
mod training_text;

use crate::args::DataDir;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::screen::{Screen, write_out};
use indicatif::MultiProgress;
use laddernet::Dataset;
use laddernet_data::formats::open::{self, FileOptions};
use laddernet_data::{Loaded, Source, input};
use laddernet_run::RunError;
use laddernet_run::answers::evaluate::check_same_data;
use laddernet_run::folder::{self, files};
use laddernet_run::model_file::SavedModel;
use laddernet_run::pictures::Picture;
use laddernet_run::record::config_if_any;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Standard input is held in memory: 2 GiB, as much as is unpacked of a file; what is cut off there is said by the
/// parser.
const MOST_OF_STDIN: u64 = (2 << 30) + 1;

/// A run folder or a model file.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArg {
    /// Run folder, or a model file alone
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
}

/// How rows are shown.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct ShapeArg {
    /// Height and width of a row's picture [default: as in the training data]
    #[arg(long, value_name = "HxW", value_parser = reconstruct::shape)]
    shape: Option<(usize, usize)>,
}

/// Rows for a model.
#[derive(clap::Args, Clone, Debug)]
pub struct InputArg {
    /// Rows: a file like the one that was learned from (IDX, CSV, Parquet, .xlsx, ...), '-' for standard input, or the word 'digits'
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// A cell that does not fit its column is an error
    #[arg(long)]
    strict: bool,
}

impl InputArg {
    /// Whether the rows come as a table, or as pictures or arrays of the user's own, and not as the model's values one after the other.
    fn is_own(&self, saved: &SavedModel) -> Result<bool, Failure> {
        Ok(saved.card.table.is_some() || self.input.is_dir() || open::is_array_or_table(&self.input)?)
    }

    /// How the file is read: as that of the training, as far as the run folder says it.
    fn files(&self, run: &RunArg) -> Result<FileOptions, Failure> {
        let config = config_if_any(&run.run)?;
        let read = config.map(|config| config.data.read).unwrap_or_default();
        let options = read.options().map_err(RunError::from)?;
        // Keys and labels are those of one file.
        Ok(FileOptions { strict: self.strict, x: None, y: None, ..options })
    }
}

impl InputArg {
    /// The rows, in the shape and scaling of the model. Says what is to be noted of how they were read.
    fn read(&self, saved: &SavedModel, screen: &Screen) -> Result<Dataset, Failure> {
        if self.input == Path::new("digits") && !self.input.exists() {
            return Ok(laddernet_data::digits::load());
        }
        let (data, notes) = if self.input == Path::new("-") {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(MOST_OF_STDIN).read_to_end(&mut bytes);
            read.map_err(|e| Failure::new(Exit::Io, format!("cannot read standard input: {e}")))?;
            input::parse_noted(&bytes, &self.name(), saved.expected())?
        } else {
            input::read_noted(&self.input, saved.expected())?
        };
        notes.iter().for_each(|note| screen.say(&format!("{}: {note}", self.name())));
        Ok(data)
    }

    /// As many rows from `first` on as there are, at most `most`.
    fn read_some(
        &self,
        saved: &SavedModel,
        (first, most): (usize, usize),
        screen: &Screen,
    ) -> Result<Dataset, Failure> {
        let data = self.read(saved, screen)?;
        // Of all rows, so that a row that does not fit is counted as in the file.
        saved.inputs(&self.name(), &data)?;
        let last = data.rows().min(first.saturating_add(most));
        if first >= last {
            let (name, rows) = (self.name(), data.rows());
            let message = format!("{name} has {rows} rows: there is no row {first} to begin with");
            return Err(Failure::new(Exit::Data, message));
        }
        Ok(data.select(&(first..last).collect::<Vec<_>>()))
    }

    /// What to call the rows in a message.
    fn name(&self) -> String {
        if self.input == Path::new("-") { "standard input".into() } else { self.input.display().to_string() }
    }
}

/// A run, and the data to use it on.
#[derive(clap::Args, Clone, Debug)]
pub struct RunAndData {
    #[command(flatten)]
    run: RunArg,
    /// Other data than those of the training
    #[arg(long)]
    data: Option<Source>,
    #[command(flatten)]
    data_dir: DataDir,
}

impl RunAndData {
    /// The data of the saved model's training, or the others that were asked for.
    fn load(&self, saved: &SavedModel) -> Result<Loaded, Failure> {
        // A run that was given its data's folder finds them there again.
        let remembered = config_if_any(&self.run.run)?.and_then(|config| config.data.dir);
        let folder = self.data_dir.data_dir.clone().or(remembered);
        if let Some(source) = &self.data {
            return Ok(source.load(folder.as_deref())?);
        }
        let source: Source = saved.card.trained.data.parse()?;
        let loaded = source.load(folder.as_deref())?;
        check_same_data(saved, &loaded)?;
        Ok(loaded)
    }
}

/// Where a table goes.
#[derive(clap::Args, Clone, Debug)]
pub struct TableOut {
    /// Where the CSV goes; '-' is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

impl TableOut {
    /// The file, unless it is standard output. One that is read from is refused.
    fn file(&self, read: &[&Path]) -> Result<Option<&PathBuf>, Failure> {
        if self.out.as_os_str() == "-" {
            return Ok(None);
        }
        folder::check_other_file(&self.out, read)?;
        Ok(Some(&self.out))
    }

    /// Writes rows as they come; a file is whole or not there. Gives what `fill` gives.
    fn stream<T>(&self, fill: impl FnOnce(&mut dyn Write) -> Result<T, RunError>) -> Result<Option<T>, Failure> {
        if self.out.as_os_str() != "-" {
            let mut given = None;
            let written = files::write_streamed::<RunError>(&self.out, |out| {
                given = Some(fill(out)?);
                Ok(())
            });
            return match written {
                Ok(()) => Ok(given),
                // Which file, where it is not said.
                Err(RunError::Io { action: "write", source, .. }) => {
                    Err(RunError::io("write", &self.out)(source).into())
                }
                Err(e) => Err(e.into()),
            };
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        match fill(&mut out).and_then(|given| Ok(out.flush().map(|()| given)?)) {
            Ok(given) => Ok(Some(given)),
            // Who reads has read enough.
            Err(RunError::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes the table, whole or not at all, and says so; to standard output only where no JSON document goes there.
    fn write(
        &self,
        screen: &Screen,
        message: &str,
        table: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if self.out.as_os_str() == "-" {
            return if screen.json() { Ok(()) } else { write_out(table) };
        }
        let mut csv = Vec::new();
        let written = table(&mut csv).and_then(|()| files::write(&self.out, &csv));
        written.map_err(RunError::io("write", &self.out))?;
        screen.say(&format!("{message} in {}", self.out.display()));
        Ok(())
    }
}

/// Writes a picture as PNG, whole or not at all.
fn write_picture(picture: &Picture, out: &Path) -> Result<(), Failure> {
    files::write(out, &picture.to_png()?).map_err(|e| RunError::io("write", out)(e).into())
}

/// Refuses a place for a picture that is read from, or that is no file.
fn check_picture(out: &Path, read: &[&Path]) -> Result<(), Failure> {
    if out.as_os_str() == "-" {
        let message = "a picture goes into a file, not to standard output: name one with --out, as --out picture.png";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(folder::check_other_file(out, read)?)
}

/// Lets signals stop the training, and says that it is saved.
fn watch_for_interrupts(screen: &Screen, bars: &MultiProgress) -> Result<Interrupt, Failure> {
    let (shown, answering) = (bars.clone(), *screen);
    let answer = move || {
        shown.suspend(|| answering.say("Stopping and saving what was learned. Press again to end at once."));
    };
    Interrupt::watch(answer).map_err(|e| Failure::new(Exit::Other, format!("cannot watch for Ctrl-C: {e}")))
}
