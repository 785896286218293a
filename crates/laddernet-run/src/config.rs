//! The settings of a run, complete: what `config.toml` in a run folder holds. A [`Config`] leaves no question open;
//! it comes out of a [`Recipe`](crate::recipe::Recipe), which may leave any.

use crate::precision::word;
use crate::written::{as_text, labels, layers_name, statistics};
use laddernet::Precision;
use laddernet::fit::{FitSettings, StatisticsFrom};
use laddernet::models::{LadderSettings, ModelKind};
use laddernet::split::LabelCount;
use laddernet_data::Source;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The newest version of `config.toml` that this program reads.
pub const FORMAT_VERSION: u32 = 2;
/// The version in which settings of ladders are written, for programs that know no other model.
pub const LADDER_FORMAT: u32 = 1;

/// A training that would take more memory is refused before the system ends it: 16 GiB.
const MEMORY_LIMIT: u128 = 16 << 30;

/// Everything that decides what a training gives. The same names stand in recipes and, with dashes, on the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of these settings' format.
    pub format_version: u32,
    /// Where the rows come from.
    #[serde(with = "as_text")]
    pub data: Source,
    /// The folder of the data, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Which network.
    #[serde(with = "as_text")]
    pub model: ModelKind,
    /// How many rows keep their label.
    #[serde(with = "labels")]
    pub labels: LabelCount,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// Weight of each layer's denoising cost, the input first.
    pub denoising_weights: Vec<f32>,
    /// Standard deviation of the noise on the input.
    pub input_noise: f32,
    /// Standard deviation of the noise on every layer above.
    pub noise: f32,
    /// Whether the decoder has lateral connections; without them it sees only what comes from above.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub lateral: bool,
    /// Passes over the unlabelled rows.
    pub epochs: usize,
    /// Labelled rows a step, at most.
    pub labelled_batch: usize,
    /// Unlabelled rows a step, at most.
    pub unlabelled_batch: usize,
    /// Initial learning rate of Adam.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls.
    pub decay_start: f32,
    /// Which rows give the statistics for prediction.
    #[serde(with = "statistics")]
    pub statistics: StatisticsFrom,
    /// The precision of the training's matrix products.
    #[serde(with = "word", default = "word::silent")]
    pub precision: Precision,
    /// Training rows kept apart to choose settings by.
    pub validation: usize,
    /// Seed of every draw: the part held out, the labelled rows, the initial values, the order and the noise.
    pub seed: u64,
    /// Whether the same encoder is also trained on the labelled rows alone.
    pub baseline: bool,
    /// The comparison's noise above the input.
    pub baseline_noise: f32,
    /// The comparison's epochs.
    pub baseline_epochs: usize,
}

/// A setting that came later than others is written only where it differs, so that old settings keep their text.
pub(crate) fn yes() -> bool {
    true
}

/// See [`yes`].
#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
pub(crate) fn is_yes(value: &bool) -> bool {
    *value
}

/// Settings that make no training.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// Shorthand for a refusal.
pub(crate) fn refuse<T>(message: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(message.into()))
}

impl Config {
    /// The network that is trained.
    pub fn ladder(&self) -> LadderSettings {
        LadderSettings {
            layers: self.layers.clone(),
            denoising_weights: self.denoising_weights.clone(),
            input_noise: self.input_noise,
            noise: self.noise,
            lateral: self.lateral,
        }
    }

    /// How it is trained.
    pub fn fit(&self) -> FitSettings {
        FitSettings {
            epochs: self.epochs,
            labelled_batch: self.labelled_batch,
            unlabelled_batch: self.unlabelled_batch,
            learning_rate: self.learning_rate,
            decay_start: self.decay_start,
            statistics: self.statistics,
            seed: self.seed,
            ..FitSettings::default()
        }
    }

    /// The settings of the comparison: the same encoder, rows and seed, no decoder, and no look at an unlabelled row.
    pub fn supervised_alone(&self) -> Config {
        Config {
            model: ModelKind::Mlp,
            denoising_weights: vec![0.0; self.layers.len()],
            noise: self.baseline_noise,
            epochs: self.baseline_epochs,
            statistics: StatisticsFrom::Labelled,
            baseline: false,
            ..self.clone()
        }
    }

    /// Checks what can be checked without the data.
    ///
    /// # Errors
    /// Names the first setting that makes no training, and what would.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.format_version > FORMAT_VERSION {
            return refuse(newer("these settings are", self.format_version, FORMAT_VERSION));
        }
        self.check_memory()?;
        for settings in [self.ladder(), self.supervised_alone().ladder()] {
            settings.check().map_err(|e| ConfigError(e.to_string()))?;
        }
        let at_least_one = [
            ("epochs", self.epochs),
            ("labelled_batch", self.labelled_batch),
            ("unlabelled_batch", self.unlabelled_batch),
            ("baseline_epochs", self.baseline_epochs),
        ];
        for (name, value) in at_least_one {
            if value == 0 {
                return refuse(format!("{name} is 0: expected at least 1"));
            }
            // Epochs and steps are counted in 32 bits, where the random draws are numbered by them.
            if u32::try_from(value).is_err() {
                return refuse(format!("{name} is {value}: expected at most {}", u32::MAX));
            }
        }
        check_place(self.data_dir.as_deref(), self.seed)?;
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return refuse(format!("learning_rate is {}: expected a number above 0", self.learning_rate));
        }
        if !(0.0..=1.0).contains(&self.decay_start) {
            return refuse(format!("decay_start is {}: expected a share of the epochs, 0 to 1", self.decay_start));
        }
        self.check_weights()
    }

    /// Steps are numbered in 32 bits; `rows` are those that an epoch passes over, in batches of `batch`.
    pub(crate) fn check_steps(&self, rows: usize, batch: usize) -> Result<(), ConfigError> {
        let steps_an_epoch = rows.div_ceil(batch.max(1)).max(1);
        for (name, epochs) in [("epochs", self.epochs), ("baseline_epochs", self.baseline_epochs)] {
            if epochs.checked_mul(steps_an_epoch).is_none_or(|steps| u32::try_from(steps).is_err()) {
                return refuse(format!(
                    "{name} is {epochs}, of {steps_an_epoch} steps each: expected at most {} steps in all",
                    u32::MAX
                ));
            }
        }
        Ok(())
    }

    /// The memory of a training, as far as the settings alone say it.
    fn check_memory(&self) -> Result<(), ConfigError> {
        /// Value, gradient, two moments of Adam, and the last good copy of every weight.
        const COPIES_OF_WEIGHTS: u128 = 5;
        /// About as many values are kept for each unit of each row: encoder with and without noise, and decoder.
        const VALUES_A_UNIT: u128 = 8;
        let units = |layer: usize| self.layers[layer] as u128;
        let weights: u128 = (1..self.layers.len()).map(|layer| units(layer).saturating_mul(units(layer - 1))).sum();
        let matrices = if self.model == ModelKind::Mlp { 1 } else { 2 };
        let kept = weights.saturating_mul(4 * COPIES_OF_WEIGHTS * matrices);
        let rows = self.labelled_batch as u128 + self.unlabelled_batch as u128;
        let units: u128 = (0..self.layers.len()).map(units).sum();
        let passing = rows.saturating_mul(units).saturating_mul(4 * VALUES_A_UNIT);
        let bytes = kept.saturating_add(passing);
        if kept > passing {
            return check_memory(bytes, || format!("layers {}", layers_name(&self.layers)), "fewer units");
        }
        let batches =
            || format!("labelled_batch {} and unlabelled_batch {}", self.labelled_batch, self.unlabelled_batch);
        check_memory(bytes, batches, "smaller batches")
    }

    /// A model's name says where its denoising costs are; weights that say otherwise would make the name a lie.
    fn check_weights(&self) -> Result<(), ConfigError> {
        let top = self.layers.len().saturating_sub(1);
        let elsewhere = |layer: usize| match self.model {
            ModelKind::Full => false,
            ModelKind::Top => layer != top,
            ModelKind::Bottom => layer != 0,
            ModelKind::Mlp => true,
        };
        for (layer, &weight) in self.denoising_weights.iter().enumerate() {
            if weight > 0.0 && elsewhere(layer) {
                let model = self.model;
                return refuse(format!(
                    "model '{model}' has no denoising cost at layer {layer}, but its weight is {weight}: use model \
                     'full' for weights of your own"
                ));
            }
        }
        Ok(())
    }

    /// The text of `config.toml`.
    pub fn to_toml(&self) -> String {
        written(self)
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, lacks one, or is of a newer format.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Config = parsed(text)?;
        config.check()?;
        Ok(config)
    }
}

/// The text of settings as `config.toml` holds it.
pub(crate) fn written(config: &impl Serialize) -> String {
    let body = toml::to_string(config).expect("settings are plain numbers and text");
    format!("# Every setting of this run. To repeat it: laddernet train --recipe THIS_FILE\n{body}")
}

/// Settings from their text; they are not checked yet.
pub(crate) fn parsed<C: DeserializeOwned>(text: &str) -> Result<C, ConfigError> {
    check_format_version(text)?;
    toml::from_str(text).map_err(|e| ConfigError(e.to_string()))
}

/// Whether a settings file can hold them.
pub(crate) fn check_place(data_dir: Option<&Path>, seed: u64) -> Result<(), ConfigError> {
    if let Some(folder) = data_dir.filter(|folder| folder.to_str().is_none()) {
        return refuse(format!("data_dir is {folder:?}: expected a path in UTF-8, which a settings file can hold"));
    }
    // TOML knows no larger whole number.
    if i64::try_from(seed).is_err() {
        return refuse(format!("seed is {seed}: expected at most {}", i64::MAX));
    }
    Ok(())
}

/// Refuses `what` would take so much memory, and says which settings to choose instead.
pub(crate) fn check_memory(bytes: u128, what: impl Fn() -> String, instead: &str) -> Result<(), ConfigError> {
    if bytes <= MEMORY_LIMIT {
        return Ok(());
    }
    let gib = |bytes: u128| bytes.div_ceil(1 << 30);
    refuse(format!(
        "{} would take about {} GiB of memory to train: expected at most {} GiB; choose {instead}",
        what(),
        gib(bytes),
        gib(MEMORY_LIMIT)
    ))
}

/// Refuses settings of a newer format before their new keys are called unknown.
pub(crate) fn check_format_version(text: &str) -> Result<(), ConfigError> {
    let table: toml::Table = toml::from_str(text).map_err(|e| ConfigError(e.to_string()))?;
    match table.get("format_version").and_then(toml::Value::as_integer) {
        Some(v) if v > i64::from(FORMAT_VERSION) => refuse(newer("these settings are", v, FORMAT_VERSION)),
        _ => Ok(()),
    }
}

/// The message about anything that a newer program wrote; `what` ends in its verb.
pub(crate) fn newer(what: &str, found: impl std::fmt::Display, known: u32) -> String {
    format!("{what} of format {found}, but this laddernet knows formats up to {known}: use a newer laddernet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{DataShape, Recipe};

    fn resolved(text: &str) -> Result<Config, ConfigError> {
        let digits = DataShape { name: "digits".into(), features: 64, classes: 10 };
        Recipe::from_toml(text).and_then(|recipe| recipe.resolve(&digits))
    }

    #[test]
    fn settings_read_back_as_written_and_serve_as_a_recipe() {
        for text in ["", "labels = 'all'\nmodel = 'gamma'\nstatistics = 'labelled'\nseed = 9223372036854775807"] {
            let config = resolved(text).unwrap();
            assert_eq!(Config::from_toml(&config.to_toml()).unwrap(), config);
            assert_eq!(resolved(&config.to_toml()).unwrap(), config);
        }
    }

    /// An id is made of the settings' text, and run folders of older programs go on.
    #[test]
    fn lateral_connections_are_written_only_where_they_are_missing() {
        let (with, without) = (resolved("").unwrap(), resolved("lateral = false").unwrap());
        assert!(with.ladder().lateral && !with.to_toml().contains("lateral"));
        assert!(!without.ladder().lateral);
        assert_eq!(Config::from_toml(&without.to_toml()).unwrap(), without);
    }

    #[test]
    fn what_makes_no_training_is_named() {
        for (text, word) in [
            ("layers = [784, 10]", "layers start with 784 but the rows of digits have 64 values: start them with 64"),
            ("layers = [64, 20, 9]", "layers end with 9 but there are 10 classes in digits"),
            ("layers = [64]", "too few"),
            ("layers = []", "no layers"),
            ("layers = [64, 0, 10]", "size of 0"),
            ("denoising_weights = [1.0, 1.0]", "2 denoising weights for 5 layers"),
            ("denoising_weights = [1, 1, 1, 1, -1]", "layer 4"),
            ("model = 'top'\ndenoising_weights = [1, 0, 0, 0, 1]", "no denoising cost at layer 0"),
            ("model = 'mlp'\nbaseline = true", "comparison itself"),
            ("epochs = 0", "epochs is 0"),
            ("epochs = 4294967296", "epochs is 4294967296: expected at most 4294967295"),
            ("unlabelled_batch = 9223372036854775807", "unlabelled_batch 9223372036854775807 would take about"),
            ("layers = [64, 65536, 65536, 10]", "layers 64-65536-65536-10 would take about 161 GiB"),
            ("layers = [64, 9223372036854775807, 9223372036854775807, 10]", "GiB of memory"),
            ("labelled_batch = 4000000000", "labelled_batch 4000000000 and unlabelled_batch 100 would take"),
            ("noise = -0.1", "noise is -0.1"),
            ("noise = nan", "noise is NaN"),
            ("learning_rate = 0.0", "learning_rate is 0"),
            ("decay_start = 1.5", "decay_start is 1.5"),
            ("format_version = 3\nnew_key = 1", "use a newer laddernet"),
            ("epoch = 3", "unknown field `epoch`"),
            ("labels = 'some'", "neither a number"),
            ("model = 'fulll'", "no model"),
            ("seed = -1", "seed"),
        ] {
            let message = resolved(text).unwrap_err().to_string();
            assert!(message.contains(word), "{text}: {message}");
        }
    }

    #[test]
    fn large_settings_that_fit_are_taken() {
        for text in ["layers = [64, 8192, 8192, 10]", "unlabelled_batch = 60000\nlabelled_batch = 60000"] {
            resolved(text).unwrap();
        }
    }

    #[test]
    fn more_steps_than_can_be_numbered_are_refused() {
        let config = resolved("epochs = 300000000").unwrap();
        config.check_steps(1400, 100).unwrap();
        let message = config.check_steps(1438, 100).unwrap_err().to_string();
        assert!(message.contains("epochs is 300000000, of 15 steps each"), "{message}");
    }

    #[test]
    fn the_comparison_sees_the_labelled_rows_alone() {
        let alone = resolved("model = 'full'").unwrap().supervised_alone();
        assert_eq!((alone.model, alone.statistics), (ModelKind::Mlp, StatisticsFrom::Labelled));
        assert_eq!(alone.denoising_weights, [0.0; 5]);
        alone.check().unwrap();
    }
}
