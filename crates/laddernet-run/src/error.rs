//! What can go wrong between a recipe and a run folder, and of which kind it is.

use crate::model_file::error::ModelFileError;
use crate::settings::error::ConfigError;
use laddernet::SettingsError;
use laddernet::dataset::PreprocessingError;
use laddernet::models::{Ability, KINDS, Kind};
use laddernet::session::SessionError;
use laddernet::training::{FitError, TrainingError};
use laddernet_data::DataError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum RunError {
    /// Settings or a recipe cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The rows cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There is no training on these data.
    #[error("{}{source}", name_before(.name, .source))]
    Session {
        /// The data's name.
        name: String,
        /// Why.
        source: Box<SessionError>,
    },
    /// Rows are not what a trained model takes.
    #[error("{name}: {source}")]
    Rows {
        /// Their name.
        name: String,
        /// What is wrong with them.
        source: PreprocessingError,
    },
    /// Rows have more classes than a trained model.
    #[error("{name}: {found} classes, but the model knows {known}: give rows of its classes")]
    Classes {
        /// The rows' name.
        name: String,
        /// Their classes.
        found: usize,
        /// The model's.
        known: usize,
    },
    /// Rows that have no label to compare with, or whose numbers overflow.
    #[error("{name}: {reason}")]
    UnfitRows {
        /// The rows' name.
        name: String,
        /// What is wrong with them, and what is expected.
        reason: String,
    },
    /// Other rows than those of the training, where nobody named any.
    #[error(
        "{name}: these are not the rows that the model was trained on (SHA-256 {found} instead of {expected}): name the data to evaluate on"
    )]
    OtherData {
        /// Their name.
        name: String,
        /// Their SHA-256.
        found: String,
        /// That of the training's.
        expected: String,
    },
    /// Rows cannot be shown as pictures of this shape.
    #[error("{reason}: give the height and width that make one")]
    NoPicture {
        /// What is wrong with the shape.
        reason: String,
    },
    /// A model cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ModelFileError,
    },
    /// The settings, the summary or a checkpoint in a run folder cannot be used.
    #[error("{path}: {message}", path = path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        message: String,
    },
    /// A kind of model cannot do what was asked.
    #[error("a model '{kind}' cannot {ability}: {} can", kinds_that_can(&[*.ability]))]
    Unable {
        /// The model.
        kind: &'static Kind,
        /// What it cannot do.
        ability: Ability,
    },
    /// A kind of model can do what was asked, but this one cannot.
    #[error("this model '{kind}' cannot {ability}: {reason}")]
    UnableHere {
        /// The model.
        kind: &'static Kind,
        /// What it cannot do.
        ability: Ability,
        /// Why.
        reason: &'static str,
    },
    /// A model is as its training began.
    #[error(
        "this model '{0}' has learned nothing: its training diverged in its first epoch, and the file holds what it began with; train again, \
         with a lower learning rate"
    )]
    Untrained(&'static Kind),
    /// A kind of model samples whole rows alone.
    #[error("a model '{0}' cannot hold a part of a row while it samples: leave all of it free")]
    CannotHold(&'static Kind),
    /// A checkpoint is not of the training that is to be resumed.
    #[error("the checkpoint of epoch {epoch} is not of this training: {reason}")]
    OtherTraining {
        /// Its epoch.
        epoch: usize,
        /// What differs, and what to do.
        reason: String,
    },
    /// Pretrained layers are not those of this training.
    #[error("the pretrained layers in {} are not those of this training: {reason}", run.display())]
    OtherLayers {
        /// The run folder that keeps them.
        run: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A run folder keeps no pretrained layers.
    #[error("{} keeps no pretrained layers: name the run folder of a training with output.keep_layers = true", .0.display())]
    NoLayers(PathBuf),
    /// What was asked for fits the kind of model, but not this one, or not this machine.
    #[error("{0}")]
    Argument(String),
    /// A result would be written over what it was made from.
    #[error("{} is the input {}: name another file for the output", out.display(), input.display())]
    SameFile {
        /// Where it would be written.
        out: PathBuf,
        /// The input.
        input: PathBuf,
    },
    /// A run folder is there already.
    #[error("the run folder {} exists already", .0.display())]
    Exists(PathBuf),
    /// Something else is at the run folder's place.
    #[error("{} is there and is no run folder: nothing was replaced", .0.display())]
    NotARun(PathBuf),
    /// A training that ended early left its folder.
    #[error("a training that did not end left {}", .0.display())]
    Unfinished(PathBuf),
    /// There is no training to resume.
    #[error(
        "no unfinished training at {}: give the run folder of an interrupted training, or the name that a killed one was to have",
        .0.display()
    )]
    NothingToResume(PathBuf),
    /// A training of other settings is at the place.
    #[error("{}: it is a training of other settings{}", folder.display(), difference.as_ref().map_or(String::new(), |(key, own, found)| format!(": {key} is {found}, not {own}")))]
    OtherSettings {
        /// The run folder.
        folder: PathBuf,
        /// The first that differs: its key, the value expected, the value found.
        difference: Option<(String, String, String)>,
    },
    /// Another process is at work in the folder.
    #[error("another training is writing to {} at this moment: wait for it, or choose another folder", .0.display())]
    Busy(PathBuf),
    /// The system refused to read or write.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder could not be completed; what it holds was left.
    #[error("{source}. What there is was left in {}", path.display())]
    LeftIn {
        /// The unfinished folder.
        path: PathBuf,
        /// Why it is unfinished.
        source: Box<RunError>,
    },
}

/// The data's name, where the error is one of rows and does not say whose.
fn name_before(name: &str, error: &SessionError) -> String {
    match error {
        SessionError::Rows { of_test_rows: true, .. } => format!("{name}, "),
        SessionError::Rows { .. }
        | SessionError::NoClasses { .. }
        | SessionError::OneClass { .. }
        | SessionError::TooFewRows { .. } => format!("{name}: "),
        _ => String::new(),
    }
}

/// The models that can do one of these, as a list in a sentence.
pub fn kinds_that_can(any: &[Ability]) -> String {
    let can = |kind: &&&Kind| any.iter().any(|ability| kind.can(*ability));
    let names: Vec<&str> = KINDS.iter().filter(can).map(|kind| kind.name).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The kinds of failure that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// An argument or setting is wrong or does not fit.
    Usage,
    /// The data are missing, damaged or of the wrong kind.
    Data,
    /// A model file or run folder is missing, damaged, of a newer format, or cannot do what was asked.
    Model,
    /// The training diverged.
    Diverged,
    /// A download failed.
    Network,
    /// The disk is full or the system refused to read or write.
    Io,
}

impl RunError {
    /// Of which kind the failure is.
    pub fn kind(&self) -> FailureKind {
        match self {
            RunError::Session { source, .. } => of_session(source),
            RunError::Config(_)
            | RunError::OtherLayers { .. }
            | RunError::NoLayers(_)
            | RunError::Argument(_)
            | RunError::SameFile { .. }
            | RunError::Exists(_)
            | RunError::NotARun(_)
            | RunError::Unfinished(_)
            | RunError::Busy(_) => FailureKind::Usage,
            RunError::Data(e) if e.is_of_writing() => FailureKind::Io,
            RunError::Data(DataError::Download { .. }) => FailureKind::Network,
            RunError::Data(_)
            | RunError::Rows { .. }
            | RunError::Classes { .. }
            | RunError::UnfitRows { .. }
            | RunError::OtherData { .. }
            | RunError::NoPicture { .. } => FailureKind::Data,
            RunError::Model { .. }
            | RunError::Document { .. }
            | RunError::Unable { .. }
            | RunError::UnableHere { .. }
            | RunError::Untrained(_)
            | RunError::CannotHold(_)
            | RunError::OtherTraining { .. }
            | RunError::OtherSettings { .. }
            | RunError::NothingToResume(_) => FailureKind::Model,
            RunError::Io { .. } => FailureKind::Io,
            RunError::LeftIn { source, .. } => source.kind(),
        }
    }

    /// For `map_err`: names what was tried on which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunError {
        move |source| RunError::Io { action, path: path.to_owned(), source }
    }

    /// For `map_err`: names the data of a session.
    pub(crate) fn session(name: &str) -> impl Fn(SessionError) -> RunError {
        move |source| RunError::Session { name: name.to_owned(), source: Box::new(source) }
    }

    /// For `map_err`: names rows that a model does not take.
    pub(crate) fn rows(name: &str) -> impl Fn(PreprocessingError) -> RunError {
        move |source| RunError::Rows { name: name.to_owned(), source }
    }

    /// The same about a file that lies in another folder by now.
    pub(crate) fn moved(self, from: &Path, to: &Path) -> RunError {
        match self {
            RunError::Document { path, message } => {
                let path = path.strip_prefix(from).map_or_else(|_| path.clone(), |name| to.join(name));
                RunError::Document { path, message }
            }
            e => e,
        }
    }

    /// For an ability: of a kind that lacks it, or of this model alone.
    pub(crate) fn unable(kind: &'static Kind, ability: Ability, reason: &'static str) -> RunError {
        match kind.can(ability) {
            true => RunError::UnableHere { kind, ability, reason },
            false => RunError::Unable { kind, ability },
        }
    }
}

fn of_session(error: &SessionError) -> FailureKind {
    match error {
        SessionError::Settings(_) | SessionError::Split(_) | SessionError::NoSuchModel { .. } => FailureKind::Usage,
        SessionError::NoUnitInterval(_) => FailureKind::Usage,
        SessionError::NoClasses { .. }
        | SessionError::OneClass { .. }
        | SessionError::TooFewRows { .. }
        | SessionError::Rows { .. } => FailureKind::Data,
        SessionError::Training(TrainingError::Settings(_)) => FailureKind::Usage,
        SessionError::Training(TrainingError::Stage { source: FitError::Diverged { .. }, .. }) => FailureKind::Diverged,
        SessionError::Training(_) => FailureKind::Model,
    }
}

/// What could not be written where results go.
impl From<io::Error> for RunError {
    fn from(source: io::Error) -> Self {
        RunError::Io { action: "write", path: "the output".into(), source }
    }
}

impl From<SettingsError> for RunError {
    fn from(e: SettingsError) -> Self {
        ConfigError::from(e).into()
    }
}
