//! Settings with gaps: a TOML file, or what was said on the command line. [`Recipe::resolve`] fills the gaps with
//! the defaults for the data, the model and the number of labels, and fits the layers to the data.

use crate::config::{self, Config, ConfigError, LADDER_FORMAT, refuse};
use crate::defaults::{defaults_for_digits, defaults_for_other_data};
use crate::precision::PrecisionChoice;
use crate::written::{as_text, labels, layers_name, statistics};
use laddernet::fit::StatisticsFrom;
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Settings, each of which may be missing; the fields are those of [`Config`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // Said at Config's fields of the same names.
pub struct Recipe {
    pub format_version: Option<u32>,
    #[serde(deserialize_with = "as_text::some")]
    pub data: Option<Source>,
    pub data_dir: Option<PathBuf>,
    #[serde(deserialize_with = "as_text::some")]
    pub model: Option<ModelKind>,
    #[serde(deserialize_with = "labels::some")]
    pub labels: Option<LabelCount>,
    pub layers: Option<Vec<usize>>,
    pub denoising_weights: Option<Vec<f32>>,
    pub input_noise: Option<f32>,
    pub noise: Option<f32>,
    pub lateral: Option<bool>,
    pub epochs: Option<usize>,
    pub labelled_batch: Option<usize>,
    pub unlabelled_batch: Option<usize>,
    pub learning_rate: Option<f32>,
    pub decay_start: Option<f32>,
    #[serde(deserialize_with = "statistics::some")]
    pub statistics: Option<StatisticsFrom>,
    #[serde(deserialize_with = "as_text::some")]
    pub precision: Option<PrecisionChoice>,
    pub validation: Option<usize>,
    pub seed: Option<u64>,
    pub baseline: Option<bool>,
    pub baseline_noise: Option<f32>,
    pub baseline_epochs: Option<usize>,
}

/// What the settings must know of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// What to call them in a message.
    pub name: String,
    /// Values a row.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
}

impl Recipe {
    /// Reads the text of a recipe, or of a run's `config.toml`.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key or a value of the wrong kind, or is of a newer format.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        config::check_format_version(text)?;
        toml::from_str(text).map_err(|e| ConfigError(e.to_string()))
    }

    /// These settings, with `base` where they are silent. What `base` says for its own model's sake does not hold for
    /// another model.
    pub fn or(self, base: Recipe) -> Recipe {
        let base = match self.model {
            Some(model) if model != base.model.unwrap_or(ModelKind::Full) => {
                Recipe { denoising_weights: None, noise: None, statistics: None, baseline: None, ..base }
            }
            _ => base,
        };
        Recipe {
            format_version: self.format_version.or(base.format_version),
            data: self.data.or(base.data),
            data_dir: self.data_dir.or(base.data_dir),
            model: self.model.or(base.model),
            labels: self.labels.or(base.labels),
            layers: self.layers.or(base.layers),
            denoising_weights: self.denoising_weights.or(base.denoising_weights),
            input_noise: self.input_noise.or(base.input_noise),
            noise: self.noise.or(base.noise),
            lateral: self.lateral.or(base.lateral),
            epochs: self.epochs.or(base.epochs),
            labelled_batch: self.labelled_batch.or(base.labelled_batch),
            unlabelled_batch: self.unlabelled_batch.or(base.unlabelled_batch),
            learning_rate: self.learning_rate.or(base.learning_rate),
            decay_start: self.decay_start.or(base.decay_start),
            statistics: self.statistics.or(base.statistics),
            precision: self.precision.or(base.precision),
            validation: self.validation.or(base.validation),
            seed: self.seed.or(base.seed),
            baseline: self.baseline.or(base.baseline),
            baseline_noise: self.baseline_noise.or(base.baseline_noise),
            baseline_epochs: self.baseline_epochs.or(base.baseline_epochs),
        }
    }

    /// Where the rows come from: the embedded digits unless said otherwise.
    ///
    /// # Panics
    /// Never: the digits' name is a source.
    pub fn source(&self) -> Source {
        self.data.clone().unwrap_or_else(|| "digits".parse().expect("the digits are a source"))
    }

    /// Fills every gap.
    ///
    /// # Errors
    /// When a setting makes no training, or the layers do not fit the data.
    pub fn resolve(self, data: &DataShape) -> Result<Config, ConfigError> {
        let source = self.source();
        let is_digits = source.to_string() == "digits";
        let model = self.model.unwrap_or(ModelKind::Full);
        let d = if is_digits {
            defaults_for_digits(model, self.labels, data)
        } else {
            defaults_for_other_data(model, self.labels, data)
        };
        let layers = self.layers.unwrap_or(d.layers);
        fits(&layers, data)?;
        let is_baseline = model == ModelKind::Mlp;
        if is_baseline && self.baseline == Some(true) {
            return refuse("model 'mlp' is the supervised comparison itself: leave out the baseline");
        }
        if is_baseline && self.statistics == Some(StatisticsFrom::Unlabelled) {
            return refuse("model 'mlp' sees no unlabelled row: its statistics come from the labelled ones");
        }
        let fit = laddernet::fit::FitSettings::default();
        let epochs = self.epochs.unwrap_or(d.epochs);
        let config = Config {
            format_version: LADDER_FORMAT,
            data: source,
            data_dir: self.data_dir,
            model,
            labels: self.labels.unwrap_or(d.labels),
            denoising_weights: self.denoising_weights.unwrap_or_else(|| (d.weights)(layers.len())),
            layers,
            input_noise: self.input_noise.unwrap_or(d.input_noise),
            noise: self.noise.unwrap_or(d.noise),
            lateral: self.lateral.unwrap_or(true),
            epochs,
            labelled_batch: self.labelled_batch.unwrap_or(fit.labelled_batch),
            unlabelled_batch: self.unlabelled_batch.unwrap_or(fit.unlabelled_batch),
            learning_rate: self.learning_rate.unwrap_or(d.learning_rate),
            decay_start: self.decay_start.unwrap_or(d.decay_start),
            statistics: if is_baseline { StatisticsFrom::Labelled } else { self.statistics.unwrap_or(fit.statistics) },
            precision: self.precision.unwrap_or_default().resolve()?,
            validation: self.validation.unwrap_or(0),
            seed: self.seed.unwrap_or(fit.seed),
            baseline: !is_baseline && self.baseline.unwrap_or(d.baseline),
            baseline_noise: self.baseline_noise.unwrap_or(d.baseline_noise),
            baseline_epochs: self.baseline_epochs.unwrap_or(epochs),
        };
        config.check()?;
        Ok(config)
    }
}

/// A recipe by the name under which the program ships it, or from a file (anything with a dot or a slash), as `parse` reads
/// its text.
pub(crate) fn find<T>(name: &str, parse: impl Fn(&str) -> Result<T, ConfigError>) -> Result<T, ConfigError> {
    if name.contains(['.', '/', std::path::MAIN_SEPARATOR]) {
        let text = crate::saved::short_text(Path::new(name))
            .map_err(|e| ConfigError(format!("cannot read the recipe {name}: {e}")))?;
        return parse(&text).map_err(|e| ConfigError(format!("recipe {name}: {e}")));
    }
    match crate::recipes::text_of(name) {
        Some(text) => parse(text),
        None => refuse(format!(
            "no recipe is called '{name}': `laddernet train --list-recipes` names them; a file's name ends in .toml"
        )),
    }
}

fn fits(layers: &[usize], data: &DataShape) -> Result<(), ConfigError> {
    let DataShape { name, features, classes } = data;
    let (&[first, .., last] | &[first @ last]) = layers else {
        return refuse("there are no layers: give their sizes, the input first, as in 64-500-250-100-10");
    };
    let written = layers_name(layers);
    if layers.len() < 2 {
        return refuse(format!(
            "layers {written} are too few: expected at least the input and the classes, {features}-{classes}"
        ));
    }
    if first != *features {
        return refuse(format!(
            "layers start with {first} but the rows of {name} have {features} values: start them with {features}"
        ));
    }
    if last != *classes {
        return refuse(format!(
            "layers end with {last} but there are {classes} classes in {name}: end them with {classes}"
        ));
    }
    if layers.contains(&0) {
        return refuse(format!("layers {written} hold a size of 0: expected at least 1 unit a layer"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_model_leaves_what_was_chosen_for_the_first() {
        let digits = DataShape { name: "digits".into(), features: 64, classes: 10 };
        let full = Recipe::from_toml("epochs = 7\nseed = 3").unwrap().resolve(&digits).unwrap();
        let base = Recipe::from_toml(&full.to_toml()).unwrap();
        for model in [ModelKind::Top, ModelKind::Bottom, ModelKind::Mlp] {
            let said = Recipe { model: Some(model), ..Recipe::default() };
            let config = said.or(base.clone()).resolve(&digits).unwrap();
            assert_eq!((config.model, config.epochs, config.seed), (model, 7, 3));
        }
        // The same model keeps all, and what is said holds for any.
        let same = Recipe { model: Some(ModelKind::Full), ..Recipe::default() };
        assert_eq!(same.or(base.clone()).resolve(&digits).unwrap(), full);
        let said = Recipe { model: Some(ModelKind::Mlp), baseline: Some(true), ..Recipe::default() };
        assert!(said.or(base).resolve(&digits).is_err());
    }
}
