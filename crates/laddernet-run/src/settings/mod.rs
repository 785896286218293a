//! The settings of a training: one tree, written as TOML.
//!
//! ```text
//! defaults of the model <- recipe <- command line: merged as tables, then read once -> Config
//! ```
//! [`Config`] is complete; a [`Recipe`] says only what differs from the defaults. `config.toml` in a run folder is a `Config` of
//! format 3. Formats 1 and 2 are read, too: `old.rs` renames their keys.

mod data;
mod data_facts;
pub mod error;
mod few_labels;
mod hidden;
mod labels;
mod old;
mod read;
mod recipe;
mod renamed;
mod shipped;
mod tree;

pub use data::ReadSection;
pub use data_facts::DataFacts;
pub use error::ConfigError;
pub(crate) use old::model_of_old;
pub use recipe::{AUTO, Recipe};
pub use shipped::{RECIPES, Shipped, shipped};

use laddernet::SettingsError;
use laddernet::models::{Baseline, Facts, Kind, ModelSettings};
use laddernet::session::Settings;
use laddernet::split::LabelCount;
use laddernet::training::FitSettings;
use laddernet_data::Source;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The format that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 3;

/// Settings that change no bit of a training: where the rows lie, and what the folder keeps.
pub(crate) const OF_THE_PLACE: [&str; 2] = ["data.dir", "output"];

/// Everything that decides what a training gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of the format.
    pub format_version: u32,
    /// The rows.
    pub data: DataSection,
    /// The model.
    pub model: ModelSettings,
    /// How it is trained.
    pub training: FitSettings,
    /// The supervised baseline beside it, where there can be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// What the run folder keeps besides the model.
    #[serde(default, skip_serializing_if = "OutputSection::is_default")]
    pub output: OutputSection,
}

/// Which rows are learned from, and what of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSection {
    /// Where the rows come from.
    #[serde(with = "laddernet::text::as_text")]
    pub source: Source,
    /// The folder of the data, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// How many rows keep their label; only for models that take labels.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "labels")]
    pub labels: Option<LabelCount>,
    /// Training rows kept apart to choose settings by.
    pub validation: usize,
    /// Of a table: the column of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Further files, whose rows have no label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlabelled: Vec<PathBuf>,
    /// The test rows: `auto`, `none`, `fifth`, a share of the labelled rows, or a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Words that stand for "no label", besides the usual marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlabelled_as: Vec<String>,
    /// Columns that are no inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// How files are read, where it is not found from them.
    #[serde(default, skip_serializing_if = "ReadSection::is_default")]
    pub read: ReadSection,
}

/// What the run folder keeps besides the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSection {
    /// Whether it keeps the pretrained layers, for other trainings to begin with.
    pub keep_layers: bool,
}

impl OutputSection {
    fn is_default(&self) -> bool {
        *self == OutputSection::default()
    }
}

impl Config {
    /// Which model.
    pub fn kind(&self) -> &'static Kind {
        self.model.kind()
    }

    /// Units of each layer, the input first.
    pub fn layers(&self) -> &[usize] {
        self.model.spec().layers()
    }

    /// The same with the data in this folder, where one is given.
    ///
    /// # Errors
    /// When a file cannot hold its name.
    pub fn in_folder(mut self, data_dir: Option<PathBuf>) -> Result<Self, ConfigError> {
        if let Some(folder) = data_dir {
            folder_text(&folder)?;
            self.data.dir = Some(folder);
        }
        Ok(self)
    }

    /// What a session takes of it.
    pub fn settings(&self) -> Settings {
        Settings {
            labels: self.data.labels,
            validation: self.data.validation,
            held_out: self.data.held_out(),
            table: self.data.table(),
            model: self.model.clone(),
            training: self.training.clone(),
            baseline: self.baseline.clone(),
        }
    }

    /// The same network trained on the labels alone, as a training of its own, where there is such.
    ///
    /// # Errors
    /// When its settings make no training.
    pub fn labels_alone(&self) -> Result<Option<Config>, ConfigError> {
        let Some(baseline) = &self.baseline else { return Ok(None) };
        let Some(model) = self.model.spec().baseline(baseline.noise) else { return Ok(None) };
        let config = Config { model, baseline: None, ..self.clone() };
        config.check()?;
        Ok(Some(config))
    }

    /// Checks everything that does not depend on the rows.
    ///
    /// # Errors
    /// Names the first setting that makes no training, and what would.
    pub fn check(&self) -> Result<(), ConfigError> {
        // TOML knows no larger whole number.
        if i64::try_from(self.training.seed).is_err() {
            let most = format!("at most {}", i64::MAX);
            return Err(SettingsError::value("training.seed", self.training.seed, most).into());
        }
        if self.output.keep_layers && self.model.spec().pretrained_layers() == 0 {
            let conflict = format!("this model '{}' has no pretrained layers", self.kind());
            return Err(SettingsError::conflict("output.keep_layers", true, conflict, "leave it out").into());
        }
        Ok(self.settings().check()?)
    }

    /// The text of `config.toml`.
    ///
    /// # Panics
    /// Never: settings are numbers and text.
    pub fn to_toml(&self) -> String {
        let body = toml::to_string(self).expect("settings are numbers and text");
        format!("# All settings of this run. To repeat it: laddernet train --recipe THIS_FILE\n{body}")
    }

    /// Reads the text of a `config.toml`, of any format.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, lacks one, holds a value that makes no training, or is of a newer format.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let mut table = old::converted(tree::parse(text)?)?.table;
        old::complete(&mut table)?;
        table.insert("format_version".to_owned(), i64::from(FORMAT_VERSION).into());
        let mut config = read::config(&table, &table)?;
        config.drop_idle_baseline();
        config.check()?;
        Ok(config)
    }

    /// Old settings say that a model which cannot have a baseline has none.
    fn drop_idle_baseline(&mut self) {
        let layers = Some(self.layers().to_vec());
        let facts = Facts { labels: self.data.labels, layers, ..Facts::of(1, 1) };
        if !has_baseline(self.kind(), &facts) {
            self.baseline = self.baseline.take().filter(|baseline| baseline.train);
        }
    }

    /// What makes a training this one: equal for two settings that give the same bits on the same rows. Where the data lie and what the
    /// folder keeps are not among it; nor is the precision, where `any_precision` says that it was left open.
    ///
    /// # Panics
    /// Never: settings are numbers and text.
    pub fn fingerprint(&self, any_precision: bool) -> String {
        let mut config = self.clone();
        (config.data.dir, config.output) = (None, OutputSection::default());
        // The format that they are written in, and a baseline that is not trained, change no bit either.
        config.format_version = 0;
        config.baseline = config.baseline.filter(|baseline| baseline.train);
        if any_precision {
            config.training.precision = laddernet::Precision::F32;
        }
        let text = toml::to_string(&config).expect("settings are numbers and text");
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name of its run folder, unless one is given: `runs/<data>-<model>-<labels>-seed<seed>`.
    pub fn default_folder(&self) -> PathBuf {
        let labels = self.data.labels.map_or(String::new(), |labels| format!("-{labels}"));
        let data = plain_name(&self.data.source.to_string());
        Path::new("runs").join(format!("{data}-{}{labels}-seed{}", self.kind(), self.training.seed))
    }

    /// The first setting that differs, but for some paths: its own, and both values.
    pub(crate) fn difference(&self, other: &Config, but: &[&str]) -> Option<(String, String, String)> {
        let [own, other] = [self, other].map(|config| {
            let mut table = config.table();
            for path in but {
                tree::remove(&mut table, path);
            }
            table
        });
        tree::difference(&own, &other)
    }

    /// What it says at a path, as text.
    pub(crate) fn text_of(&self, path: &str) -> Option<String> {
        tree::get(&self.table(), path).map(toml::Value::to_string)
    }

    fn table(&self) -> toml::Table {
        // By way of the text, where a tenth is 0.1.
        toml::from_str(&self.to_toml()).expect("settings that this program wrote")
    }
}

/// A folder's name as a file of settings holds it.
fn folder_text(folder: &Path) -> Result<&str, ConfigError> {
    let expected = "a path in UTF-8, which a file can hold";
    let unfit = || SettingsError::value("data.dir", format!("{folder:?}"), expected);
    Ok(folder.to_str().ok_or_else(unfit)?)
}

/// Whether a baseline can be trained beside a model of this kind.
fn has_baseline(kind: &Kind, facts: &Facts) -> bool {
    ModelSettings::defaults(kind, facts).baseline.is_some()
}

/// The name of data as a part of a folder's name.
pub fn plain_name(data_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    data_name.chars().map(plain).take(60).collect()
}

/// Layer sizes as text: 784-1000-10.
pub fn layers_text(layers: &[usize]) -> String {
    layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests;
