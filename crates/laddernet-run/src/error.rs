//! What can go wrong between a recipe and a run folder, and of which kind it is.

use crate::config::ConfigError;
use crate::model_file::ModelFileError;
use laddernet::DatasetError;
use laddernet::fit::FitError;
use laddernet::split::SplitError;
use laddernet_data::DataError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum RunError {
    /// A setting makes no training.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The labelled rows, or the part held out, cannot be drawn.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The training cannot start.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The rows cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The rows are not what a model learns from.
    #[error("{name}: {source}")]
    Dataset {
        /// The data's name.
        name: String,
        /// What is wrong with them.
        source: DatasetError,
    },
    /// The rows are fine, but not for this model.
    #[error("{0}")]
    DataMismatch(String),
    /// A model cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ModelFileError,
    },
    /// The settings or the summary in a run folder cannot be taken.
    #[error("{path}: {message}", path = path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The model cannot do what was asked.
    #[error("{0}")]
    Unable(String),
    /// What was asked for fits the kind of model, but not this one, or not this machine.
    #[error("{0}")]
    Argument(String),
    /// A run folder is there already.
    #[error("the run folder {} exists already: choose another with --out, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// Something else is at the run folder's place.
    #[error("{} is there and is no run folder: nothing was replaced; choose another with --out", .0.display())]
    NotARun(PathBuf),
    /// A training that ended early left its folder.
    #[error(
        "a training that did not end left {}: go on with it by `laddernet resume`, or replace it with --force", .0.display()
    )]
    Unfinished(PathBuf),
    /// There is no training to go on with.
    #[error(
        "no unfinished training at {}: give the run folder of an interrupted training, or the name that a killed one \
         was to have", .0.display()
    )]
    NothingToResume(PathBuf),
    /// Another process is at work in the folder.
    #[error("another training is writing to {} at this moment: wait for it, or choose another folder with --out", .0.display())]
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
            RunError::Fit(FitError::Diverged { .. }) => FailureKind::Diverged,
            RunError::Config(_) | RunError::Split(_) | RunError::Fit(_) => FailureKind::Usage,
            RunError::Argument(_)
            | RunError::Exists(_)
            | RunError::NotARun(_)
            | RunError::Unfinished(_)
            | RunError::Busy(_) => FailureKind::Usage,
            RunError::NothingToResume(_) => FailureKind::Model,
            RunError::Data(e) if e.is_of_writing() => FailureKind::Io,
            RunError::Data(DataError::Download { .. }) => FailureKind::Network,
            RunError::Data(_) | RunError::Dataset { .. } | RunError::DataMismatch(_) => FailureKind::Data,
            RunError::Model { .. } | RunError::Document { .. } | RunError::Unable(_) => FailureKind::Model,
            RunError::Io { .. } => FailureKind::Io,
            RunError::LeftIn { source, .. } => source.kind(),
        }
    }

    /// For `map_err`: names what was tried on which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunError {
        move |source| RunError::Io { action, path: path.to_owned(), source }
    }
}
