//! Opening what a run left: a run folder, or a model file alone.

use crate::config::Config;
use crate::error::RunError;
use crate::folder;
use crate::kind::AnyRecipe;
use crate::lineage::LineageConfig;
use crate::model_file::{self, ModelFileError, SavedModel};
use crate::prepare::check_inputs;
use crate::summary::{SCHEMA, Summary};
use laddernet::split::{self, Split, SplitError};
use laddernet::{Dataset, Scaling, Values};
use laddernet_data::input::Expected;
use laddernet_data::{Loaded, Source};
use serde::Serialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const MAX_TEXT: u64 = 1 << 20;

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
    let bytes = bytes_of_model(&path).map_err(fail)?;
    model_file::parse(&bytes).map_err(fail)
}

/// The bytes of a model file; of anything else no more than its header.
fn bytes_of_model(path: &Path) -> Result<Vec<u8>, ModelFileError> {
    let unreadable = |e: io::Error| ModelFileError::Unreadable(e.to_string());
    let (file, length) = open_regular(path).map_err(unreadable)?;
    let mut file = file.take(length);
    let mut bytes = Vec::new();
    file.by_ref().take(8).read_to_end(&mut bytes).map_err(unreadable)?;
    let header = model_file::header_length(&bytes)?;
    file.by_ref().take(header).read_to_end(&mut bytes).map_err(unreadable)?;
    model_file::check_header(&bytes)?;
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The text of a file of settings or results, which no program makes longer than a mebibyte.
pub(crate) fn short_text(path: &Path) -> io::Result<String> {
    let (file, length) = open_regular(path)?;
    if length > MAX_TEXT {
        return Err(io::Error::other(format!("it has {length} bytes; at most {MAX_TEXT} are read")));
    }
    let mut text = String::new();
    file.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// A device or a pipe may have no end, and opening it may already wait for ever.
fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok((File::open(path)?, about.len()))
}

/// The settings of a run folder; `None` for a model file alone.
///
/// # Errors
/// When they are damaged or of a newer format.
pub fn config(run: &Path) -> Result<Option<Config>, RunError> {
    let parsed = |text: &str| Config::from_toml(text).map_err(|e| e.to_string());
    file(run, folder::CONFIG, parsed)
}

/// The settings of a run folder, whatever its model, as [`config`] gives those of a ladder.
///
/// # Errors
/// As [`config`].
pub fn any_config(run: &Path) -> Result<Option<AnyConfig>, RunError> {
    let parsed = |text: &str| match AnyRecipe::from_toml(text) {
        Ok(AnyRecipe::Lineage(_)) => LineageConfig::from_toml(text).map(|c| AnyConfig::Lineage(Box::new(c))),
        _ => Config::from_toml(text).map(|c| AnyConfig::Ladder(Box::new(c))),
    };
    file(run, folder::CONFIG, |text| parsed(text).map_err(|e| e.to_string()))
}

/// Complete settings of any model.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum AnyConfig {
    /// Of a ladder.
    Ladder(Box<Config>),
    /// Of a model of the lineage.
    Lineage(Box<LineageConfig>),
}

impl AnyConfig {
    /// The text of `config.toml`.
    pub fn to_toml(&self) -> String {
        match self {
            AnyConfig::Ladder(config) => config.to_toml(),
            AnyConfig::Lineage(config) => config.to_toml(),
        }
    }

    /// The folder of the data, where one was given.
    pub fn data_dir(&self) -> Option<&Path> {
        match self {
            AnyConfig::Ladder(config) => config.data_dir.as_deref(),
            AnyConfig::Lineage(config) => config.data_dir.as_deref(),
        }
    }
}

/// The summary of a run folder; `None` for a model file alone.
///
/// # Errors
/// When it is damaged.
pub fn summary(run: &Path) -> Result<Option<Summary>, RunError> {
    file(run, folder::SUMMARY, |text| {
        // Asked before the other keys are looked at, which another version may not have.
        let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => serde_json::from_value(value).map_err(damaged),
            Some(other) => Err(format!("it is of schema {other}, but this laddernet reads {SCHEMA}")),
            None => Err("it has no schema: expected the summary of a run".to_owned()),
        }
    })
}

#[allow(clippy::needless_pass_by_value)] // As `map_err` calls it.
fn damaged(e: serde_json::Error) -> String {
    format!("it is damaged ({e}): restore it, or remove the run folder and train again")
}

fn file<T>(run: &Path, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, RunError> {
    let path = run.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = short_text(&path)
        .map_err(|e| RunError::Document { path: path.clone(), message: format!("cannot read it: {e}") })?;
    match parse(&text) {
        Ok(value) => Ok(Some(value)),
        Err(message) => Err(RunError::Document { path, message }),
    }
}

fn model_path(run: &Path) -> PathBuf {
    if run.is_dir() { run.join(folder::MODEL) } else { run.to_owned() }
}

impl SavedModel {
    /// Rows as the model takes them: standardised, where those of its training were.
    ///
    /// # Errors
    /// When they are longer or shorter, scaled otherwise, have more classes, or lie outside 0..=1 where they are not
    /// standardised.
    pub fn rows<'a>(&self, name: &str, data: &'a Dataset) -> Result<Cow<'a, Dataset>, RunError> {
        self.check(name, data)?;
        let refuse = |source| RunError::Dataset { name: name.to_owned(), source };
        match &self.standards {
            Some(standards) => data.clone().standardised(standards).map(Cow::Owned).map_err(refuse),
            None => data.check_unit_interval().map(|()| Cow::Borrowed(data)).map_err(refuse),
        }
    }

    /// The same of all the rows that were loaded. Bytes of IDX files say nothing of their scale: they become inputs as those
    /// of the training did, and so does every number for a model that standardises.
    ///
    /// # Errors
    /// As for some rows.
    pub(crate) fn loaded(&self, mut loaded: Loaded) -> Result<Loaded, RunError> {
        let scaling = model_file::scaling(&self.card);
        let is_idx = matches!(loaded.name.parse(), Ok(Source::Idx { .. }));
        let bytes = matches!(loaded.train.values(), Values::U8(_)) && scaling != Scaling::NONE;
        if is_idx && (bytes || self.standards.is_some()) {
            loaded.train = loaded.train.with_scaling(scaling);
            loaded.test = loaded.test.map(|test| test.with_scaling(scaling));
        }
        self.check(&loaded.name, &loaded.train)?;
        let Some(standards) = &self.standards else {
            check_inputs(&loaded)?;
            return Ok(loaded);
        };
        let refuse = |name: String| |source| RunError::Dataset { name, source };
        let train = loaded.train.standardised(standards).map_err(refuse(loaded.name.clone()))?;
        let test = loaded.test.map(|test| test.standardised(standards)).transpose();
        let test = test.map_err(refuse(format!("test rows of {}", loaded.name)))?;
        Ok(Loaded { train, test, ..loaded })
    }

    /// A row of the model's inputs as shades, 0 black and 1 white: what it was before it was standardised, and where that was
    /// no shade, each value from two deviations below its mean to two above.
    pub(crate) fn shades<'a>(&self, row: &'a [f32]) -> Cow<'a, [f32]> {
        let Some(standards) = &self.standards else { return Cow::Borrowed(row) };
        let mut row = row.to_vec();
        // Values in 0..=1 have no larger deviation than a half.
        let is_shade = |(mean, deviation): (&f32, &f32)| (0.0..=1.0).contains(mean) && *deviation <= 0.5;
        if standards.means().iter().zip(standards.deviations()).all(is_shade) {
            standards.undo(&mut row);
        } else {
            row.iter_mut().for_each(|x| *x = (*x + 2.0) / 4.0);
        }
        Cow::Owned(row)
    }

    /// Whether the training rows of these data are those of the model's training, and no others beside them: where both have
    /// a test set, that may be another.
    pub(crate) fn has_learned(&self, loaded: &Loaded) -> bool {
        let trained = &self.card.trained;
        let had_test_set = trained.train_sha256.as_ref().is_some_and(|alone| *alone != trained.sha256);
        let same_rows = Some(&loaded.train_sha256) == trained.train_sha256.as_ref();
        loaded.sha256 == trained.sha256 || had_test_set && loaded.test.is_some() && same_rows
    }

    /// Whether the rows that these data are measured by are the training rows of the model.
    pub(crate) fn has_learned_test_rows(&self, loaded: &Loaded) -> bool {
        let of_the_training = loaded.sha256 == self.card.trained.sha256;
        let measured = loaded.test_sha256.as_ref().or((!of_the_training).then_some(&loaded.train_sha256));
        measured.is_some() && measured == self.card.trained.train_sha256.as_ref()
    }

    /// Which of so many training rows a model without labels has learned from, and which were kept for validation: none, where
    /// these are not the rows of its training.
    pub(crate) fn drawn(&self, rows: usize, has_learned: bool) -> Result<Split, SplitError> {
        let held = self.card.lineage.as_ref().filter(|_| has_learned).map_or(0, |config| config.validation);
        split::draw_without_labels(rows, held, self.card.trained.seed)
    }

    /// What rows the model takes, for who reads them.
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            row_shape: &self.card.row_shape,
            scaling: model_file::scaling(&self.card),
            class_names: &self.card.class_names,
            any_values: self.standards.is_some(),
        }
    }

    /// Length, scaling and classes.
    fn check(&self, name: &str, data: &Dataset) -> Result<(), RunError> {
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
        // Inputs from 0 to 1 that came as such fit any model, as do any for a model that was trained on such. Values of any size
        // do not say what they are.
        let (wanted, found) = (model_file::scaling(&self.card), data.scaling());
        let inputs = [found, wanted].contains(&Scaling::NONE) && self.standards.is_none();
        if found != wanted && !inputs {
            return Err(RunError::DataMismatch(format!(
                "{name}: values are scaled by {}, but the model was trained on values scaled by {}: give rows like \
                 those it was trained on",
                found.scale, wanted.scale
            )));
        }
        Ok(())
    }
}
