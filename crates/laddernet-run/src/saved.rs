//! Opening what a run left: a run folder, or a model file alone.

use crate::config::Config;
use crate::error::RunError;
use crate::folder;
use crate::model_file::{self, ModelFileError, SavedModel};
use crate::summary::Summary;
use laddernet::Dataset;
use std::path::{Path, PathBuf};

/// The model of a run folder, or of a model file.
///
/// # Errors
/// When there is none, or its file is not to be trusted.
pub fn model(run: &Path) -> Result<SavedModel, RunError> {
    let path = model_path(run);
    let fail = |source| RunError::Model { path: path.clone(), source };
    if !run.exists() {
        return Err(fail(ModelFileError::Unreadable("there is no such run folder or model file".to_owned())));
    }
    let bytes = std::fs::read(&path).map_err(|e| fail(ModelFileError::Unreadable(e.to_string())))?;
    model_file::parse(&bytes).map_err(fail)
}

/// The settings of a run folder; `None` for a model file alone.
///
/// # Errors
/// When they are damaged or of a newer format.
pub fn config(run: &Path) -> Result<Option<Config>, RunError> {
    let parsed = |text: &str| Config::from_toml(text).map_err(|e| e.to_string());
    file(run, folder::CONFIG, parsed)
}

/// The summary of a run folder; `None` for a model file alone.
///
/// # Errors
/// When it is damaged.
pub fn summary(run: &Path) -> Result<Option<Summary>, RunError> {
    file(run, folder::SUMMARY, |text| serde_json::from_str(text).map_err(|e| e.to_string()))
}

fn file<T>(run: &Path, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, RunError> {
    let path = run.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(RunError::io("read", &path))?;
    match parse(&text) {
        Ok(value) => Ok(Some(value)),
        Err(message) => Err(RunError::Model { path, source: ModelFileError::Damaged(message) }),
    }
}

fn model_path(run: &Path) -> PathBuf {
    if run.is_dir() { run.join(folder::MODEL) } else { run.to_owned() }
}

impl SavedModel {
    /// Checks that rows are what the model takes.
    ///
    /// # Errors
    /// When they are longer or shorter, have more classes, or lie outside 0..=1.
    pub fn check(&self, name: &str, data: &Dataset) -> Result<(), RunError> {
        let (wanted, found) = (self.card.layers[0], data.features());
        if wanted != found {
            return Err(RunError::DataMismatch(format!(
                "{name}: {found} values a row, but the model takes {wanted}: give rows like those it was trained on"
            )));
        }
        let (known, classes) = (self.card.class_names.len(), data.classes());
        if classes > known {
            return Err(RunError::DataMismatch(format!("{name}: {classes} classes, but the model knows {known}")));
        }
        crate::prepare::check_inputs(name, data)
    }
}
