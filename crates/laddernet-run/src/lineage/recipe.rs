//! Settings of the lineage with gaps: the keys of [`LineageConfig`], any of which may be missing.

use super::config::LineageConfig;
use super::defaults::defaults;
use super::written::Word;
use crate::config::{ConfigError, check_format_version, refuse};
use crate::precision::{PrecisionChoice, precision_name};
use crate::recipe::DataShape;
use crate::written::layers_name;
use laddernet::lineage::{LineageKind, Purpose};
use laddernet::models::rbm::Units;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use std::fmt::Display;
use std::path::Path;
use toml::{Table, Value};

/// What was said of a training of the lineage.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageRecipe {
    model: LineageKind,
    said: Table,
}

impl LineageRecipe {
    /// A recipe that says nothing but the model.
    pub fn new(model: LineageKind) -> Self {
        LineageRecipe { model, said: Table::new() }
    }

    /// Reads the text of a recipe, or of a run's `config.toml`, whose model is of the lineage.
    ///
    /// # Errors
    /// When it is no TOML, names no model of the lineage, or is of a newer format. Whether its keys and values are known
    /// is found out by [`LineageRecipe::resolve`].
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        check_format_version(text)?;
        let mut said: Table = toml::from_str(text).map_err(|e| ConfigError(e.to_string()))?;
        said.remove("format_version");
        match said.remove("model") {
            Some(Value::String(name)) => Ok(LineageRecipe { model: name.parse().map_err(ConfigError)?, said }),
            _ => refuse("there is no model: expected one of the lineage, such as model = \"dbn\""),
        }
    }

    /// Which model.
    pub fn model(&self) -> LineageKind {
        self.model
    }

    /// The same settings for another model.
    pub fn with_model(self, model: LineageKind) -> Self {
        LineageRecipe { model, ..self }
    }

    /// Says a whole number.
    ///
    /// # Errors
    /// When TOML has no such number.
    pub fn say_whole(&mut self, key: &str, number: impl TryInto<i64> + Copy + Display) -> Result<(), ConfigError> {
        let whole = number.try_into();
        let too_large = |_| ConfigError(format!("{key} is {number}: expected at most {}", i64::MAX));
        self.say(key, whole.map_err(too_large)?);
        Ok(())
    }

    /// Says how many rows keep their label.
    ///
    /// # Errors
    /// As [`LineageRecipe::say_whole`].
    pub fn say_labels(&mut self, labels: LabelCount) -> Result<(), ConfigError> {
        match labels {
            LabelCount::Count(n) => self.say_whole("labels", n),
            LabelCount::All => {
                self.say("labels", "all");
                Ok(())
            }
        }
    }

    /// Says a setting; one of a section as `machines.sweeps`.
    pub fn say(&mut self, key: &str, value: impl Into<Value>) {
        let Some((section, key)) = key.split_once('.') else {
            self.said.insert(key.to_owned(), value.into());
            return;
        };
        // What a file may say in a section's place is no table; it stays, and is refused with all else.
        if let Value::Table(section) = self.said.entry(section).or_insert_with(|| Value::Table(Table::new())) {
            section.insert(key.to_owned(), value.into());
        }
    }

    /// Where the rows come from: the embedded digits unless said otherwise.
    ///
    /// # Errors
    /// When what is said names no data.
    pub fn source(&self) -> Result<Source, ConfigError> {
        match self.said.get("data") {
            Some(Value::String(text)) => text.parse().map_err(|e| ConfigError(format!("{e}"))),
            Some(other) => refuse(format!("data is {other}: expected a name in quotes")),
            None => "digits".parse().map_err(|e| ConfigError(format!("{e}"))),
        }
    }

    /// What the units of a row are: Bernoulli unless said otherwise.
    ///
    /// # Errors
    /// When what is said names no kind of unit.
    pub fn visible(&self) -> Result<Units, ConfigError> {
        match self.said.get("visible") {
            Some(Value::String(word)) => Units::from_word(word).map_err(ConfigError),
            Some(other) => refuse(format!("visible is {other}: expected 'bernoulli' or 'gaussian'")),
            None => Ok(Units::Bernoulli),
        }
    }

    /// The folder of the data, where one is said.
    pub fn data_dir(&self) -> Option<&Path> {
        self.said.get("data_dir").and_then(Value::as_str).map(Path::new)
    }

    /// Fills every gap.
    ///
    /// # Errors
    /// When a key is unknown or no part of the model, a setting makes no training, or the layers do not fit the data.
    pub fn resolve(self, data: &DataShape) -> Result<LineageConfig, ConfigError> {
        let kind = self.model;
        let base = defaults(kind, self.visible()?, self.source()?, data)?;
        let mut all = Table::try_from(&base).expect("settings are plain numbers and text");
        for (key, value) in self.said {
            match (all.get_mut(&key), value) {
                (Some(Value::Table(section)), Value::Table(said)) => section.extend(said),
                (None, _) if ["pretraining", "machines", "autoencoders", "classifier", "labels"].contains(&&*key) => {
                    return refuse(format!("{key} is no part of a model '{kind}': leave it out"));
                }
                (_, Value::String(word)) if key == "precision" => {
                    let choice: PrecisionChoice = word.parse().map_err(ConfigError)?;
                    all.insert(key, precision_name(choice.resolve()?).into());
                }
                (_, value) => {
                    all.insert(key, value);
                }
            }
        }
        let config: LineageConfig =
            all.try_into().map_err(|e: toml::de::Error| ConfigError(e.to_string().trim_end().to_owned()))?;
        fits(&config, data)?;
        config.check()?;
        Ok(config)
    }
}

fn fits(config: &LineageConfig, data: &DataShape) -> Result<(), ConfigError> {
    let DataShape { name, features, classes } = data;
    let written = layers_name(&config.layers);
    if let Some(first) = config.layers.first().filter(|first| *first != features) {
        return refuse(format!(
            "layers {written} start with {first} but the rows of {name} have {features} values: start them with {features}"
        ));
    }
    let last = config.layers.last().filter(|_| config.model.purpose() == Purpose::Classes);
    if let Some(last) = last.filter(|last| *last != classes) {
        return refuse(format!(
            "layers {written} end with {last} but there are {classes} classes in {name}: end them with {classes}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use laddernet::models::autoencoder::Corruption;

    fn digits() -> DataShape {
        DataShape { name: "digits".into(), features: 64, classes: 10 }
    }

    fn resolved(text: &str) -> Result<LineageConfig, ConfigError> {
        LineageRecipe::from_toml(text).and_then(|recipe| recipe.resolve(&digits()))
    }

    #[test]
    fn settings_of_every_model_read_back_as_written_and_serve_as_a_recipe() {
        for kind in LineageKind::ALL {
            for visible in [Units::Bernoulli, Units::Gaussian] {
                if (kind, visible) == (LineageKind::Gsn, Units::Gaussian) {
                    continue;
                }
                let config = resolved(&format!("model = '{kind}'\nvisible = '{}'", visible.word())).unwrap();
                assert_eq!(LineageConfig::from_toml(&config.to_toml()).unwrap(), config);
                assert_eq!(resolved(&config.to_toml()).unwrap(), config);
                assert_eq!((config.lineage().kind, config.lineage().visible), (kind, visible));
            }
        }
    }

    #[test]
    fn what_is_said_holds_and_the_rest_stays() {
        let text = "model = 'sdae'\nepochs = 7\n[autoencoders]\ncorruption = 'gaussian 0.2'\n[pretraining]\nepochs = 3\n\
                    [classifier]\ndropout = 0.5\ncorruption = 'masking 0.1'";
        let (config, base) = (resolved(text).unwrap(), resolved("model = 'sdae'").unwrap());
        let auto = config.autoencoders.clone().unwrap();
        assert_eq!((config.epochs, auto.corruption), (7, Corruption::Gaussian(0.2)));
        assert_eq!(config.pretraining.as_ref().unwrap().epochs, 3);
        assert_eq!(config.layers, base.layers);
        let said = config.lineage();
        assert_eq!((said.dropout, said.input_corruption), (0.5, Corruption::Masking(0.1)));
        let mut recipe = LineageRecipe::new(LineageKind::Rbm);
        recipe.say("machines.sweeps", 5);
        recipe.say("seed", 9);
        let config = recipe.resolve(&digits()).unwrap();
        assert_eq!((config.machines.unwrap().sweeps, config.seed), (5, 9));
    }

    #[test]
    fn what_makes_no_training_is_named() {
        let mut damaged = LineageRecipe::from_toml("model = 'dbn'\nmachines = 2").unwrap();
        damaged.say("machines.sweeps", 3);
        assert!(damaged.resolve(&digits()).unwrap_err().to_string().contains("invalid type"));
        for (text, word) in [
            ("", "there is no model"),
            ("model = 'full'", "no model; known: rbm"),
            ("model = 'dbn'\nlayers = [784, 20, 10]", "start with 784 but the rows of digits have 64"),
            ("model = 'dbn'\nlayers = [64, 20, 9]", "end with 9 but there are 10 classes"),
            ("model = 'dbn'\nlayers = [64, 10]", "leave no layer to pre-train"),
            ("model = 'rbm'\nlayers = []", "too few"),
            ("model = 'rbm'\nlayers = [64, 9, 8]", "for one machine"),
            ("model = 'rbm'\nlayers = [64, 10000000000]", "GiB of memory"),
            ("model = 'rbm'\nlabels = 40", "labels is no part of a model 'rbm'"),
            ("model = 'sae'\n[machines]\nsweeps = 2", "machines is no part of a model 'sae'"),
            ("model = 'net'\n[pretraining]\nepochs = 2", "pretraining is no part of a model 'net'"),
            ("model = 'dbn'\nnoise = 0.3", "unknown field `noise`"),
            ("model = 'dbn'\n[machines]\nsweep = 2", "unknown field `sweep`"),
            ("model = 'dbn'\nmachines = 2", "invalid type"),
            ("model = 'dbn'\nepochs = 0", "the epochs of"),
            ("model = 'dbn'\nepochs = 5000000000", "expected at most 4294967295"),
            ("model = 'dbn'\noptimiser = 'sgd'", "no optimiser"),
            ("model = 'dbn'\nlearning_rate = nan", "learning rate"),
            ("model = 'dbn'\n[machines]\nsweeps = 0", "0 Gibbs sweeps"),
            ("model = 'dbn'\n[machines]\ncentring = 2.0", "2"),
            ("model = 'sdae'\n[autoencoders]\ncorruption = 'masking 2'", "corrupted values is 2"),
            ("model = 'gsn'\n[autoencoders]\nwalkback = 0", "0 steps of walkback"),
            ("model = 'sdae'\n[autoencoders]\nwalkback = 2", "walkback is for a model 'gsn'"),
            ("model = 'sae'\n[autoencoders]\ncorruption = 'masking 0.25'", "or train a model 'sdae'"),
            (
                "model = 'deep-autoencoder'\n[autoencoders]\ncorruption = 'gaussian 0.2'",
                "or train a model 'autoencoder'",
            ),
            ("model = 'autoencoder'\n[autoencoders]\nemphasis = '1 0'", "there are not both"),
            ("model = 'sdae'\n[autoencoders]\nemphasis = '1 0'\ncorruption = 'gaussian 0.2'", "there are not both"),
            ("model = 'dbn'\n[classifier]\ndropout = 1.0", "the share of dropped units is 1"),
            ("model = 'dbn'\n[classifier]\ncorruption = 'masking 2'", "corrupted values is 2"),
            ("model = 'rbm'\n[classifier]\ndropout = 0.5", "classifier is no part of a model 'rbm'"),
            ("model = 'gsn'\nformat_version = 9\nnew = 1", "use a newer laddernet"),
            ("model = 'gsn'\nseed = -1", "seed"),
            ("model = 'gsn'\nprecision = 'f64'", "no precision"),
            ("model = 'gsn'\ndata = 7", "data is 7"),
            ("model = 'rbm'\nvisible = 'real'", "'real' is no kind of visible unit"),
            ("model = 'rbm'\nvisible = 1", "visible is 1"),
            ("model = 'gsn'\nvisible = 'gaussian'", "leave the visible ones Bernoulli"),
            ("model = 'rbm'\nvisible = 'gaussian'\n[machines]\nbinarise = 'threshold'", "set binarise to none"),
            (
                "model = 'sdae'\nvisible = 'gaussian'\n[autoencoders]\ncorruption = 'salt-and-pepper 0.1'",
                "no such ends",
            ),
            ("model = 'net'\nvisible = 'gaussian'\n[classifier]\ncorruption = 'salt-and-pepper 0.1'", "no such ends"),
            ("model = 'sae'\n[autoencoders]\ncode = 'linear'", "leave it logistic"),
        ] {
            let message = resolved(text).map(|c| c.to_toml()).unwrap_err().to_string();
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
