//! The exit codes, in one place: what they mean, and which failure has which.

use laddernet::DatasetError;
use laddernet::dataset::PreprocessingError;
use laddernet::session::SessionError;
use laddernet_data::DataError;
use laddernet_run::record::Status;
use laddernet_run::settings::ConfigError;
use laddernet_run::{FailureKind, RunError};
use std::fmt::Write;
use std::io;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    Other = 1,
    Usage = 2,
    Data = 3,
    Model = 4,
    Diverged = 5,
    Gate = 6,
    Io = 7,
    HungUp = 129,
    Interrupted = 130,
    Terminated = 143,
}

/// Every code with its meaning, as `--help` and the man page say it.
const MEANINGS: &[(Exit, &str)] = &[
    (Exit::Ok, "done"),
    (Exit::Other, "any other failure"),
    (Exit::Usage, "an argument or setting is wrong"),
    (Exit::Data, "data missing, damaged or unfit"),
    (Exit::Model, "model or run missing, bad or too new"),
    (Exit::Diverged, "the training diverged (NaN, infinity)"),
    (Exit::Gate, "error above --max-error or --tolerance"),
    (Exit::Io, "disk full, or permission denied"),
    (Exit::HungUp, "terminal closed, progress saved"),
    (Exit::Interrupted, "interrupted (Ctrl-C), progress saved"),
    (Exit::Terminated, "terminated, progress saved"),
];

/// The section of `--help`.
pub fn help() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (exit, meaning) in MEANINGS {
        writeln!(text, "  {:<4} {meaning}", *exit as u8).expect("text can be added to");
    }
    text
}

/// Why there is no result, and how to end.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// Empty where there is nothing to say.
    pub message: String,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into() }
    }

    /// For what was to go to standard output.
    pub fn stdout(e: io::Error) -> Self {
        Failure::new(Exit::Io, format!("cannot write to standard output: {e}"))
    }
}

impl From<RunError> for Failure {
    fn from(e: RunError) -> Self {
        Failure::new(e.kind().into(), format!("{e}{}", hint(&e)))
    }
}

/// What to do on the command line about a failure; the library knows no flags.
fn hint(e: &RunError) -> &'static str {
    match e {
        RunError::Exists(_) => ": choose another with --out, or replace it with --force",
        RunError::NotARun(_) => "; choose another with --out",
        RunError::Unfinished(_) => ": finish it by `laddernet resume`, or replace it with --force",
        RunError::Busy(_) => " with --out",
        RunError::OtherData { .. } => " with --data",
        RunError::NoPicture { .. } => ", as --shape HEIGHTxWIDTH",
        RunError::NoLayers(_) => ", or --keep-layers",
        RunError::OtherSettings { .. } => ": choose another folder with --out, or remove this one",
        RunError::OtherLayers { .. } => ", or leave --layers-of out",
        RunError::Session { source, .. } if matches!(**source, SessionError::NoClasses { .. }) => {
            ". IDX files with labels are idx:IMAGES,LABELS"
        }
        RunError::Session { source, .. } if is_outside(source) => {
            ". Values of any size are for Gaussian visible units: --visible gaussian, for models that have them"
        }
        RunError::Config(ConfigError::NoSuchRecipe { .. }) => ". `laddernet train --list-recipes` lists them",
        RunError::Config(ConfigError::Setting(e)) if e.key() == "training.precision" => " (--precision)",
        RunError::LeftIn { source, .. } => hint(source),
        _ => "",
    }
}

fn is_outside(source: &SessionError) -> bool {
    let SessionError::Rows { source, .. } = source else { return false };
    matches!(source, PreprocessingError::Value(DatasetError::OutsideUnitInterval { .. }))
}

impl From<FailureKind> for Exit {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Usage => Exit::Usage,
            FailureKind::Data => Exit::Data,
            FailureKind::Model => Exit::Model,
            FailureKind::Diverged => Exit::Diverged,
            FailureKind::Io => Exit::Io,
            FailureKind::Network => Exit::Other,
        }
    }
}

impl From<DataError> for Failure {
    fn from(e: DataError) -> Self {
        RunError::from(e).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(e: ConfigError) -> Self {
        RunError::from(e).into()
    }
}

impl Exit {
    /// How a training that gave a run folder ends the program. A signal that came after the last step is still
    /// reported by the exit code, for the script that sent it.
    pub fn of(status: Status, signal: Option<Exit>) -> Self {
        match (status, signal) {
            (Status::Diverged, _) => Exit::Diverged,
            (_, Some(exit)) => exit,
            (Status::Finished, None) => Exit::Ok,
            (Status::Interrupted, None) => Exit::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
