//! The settings of a run of the lineage, complete: what `config.toml` in its run folder holds.

use super::written::{Word, word};
use crate::config::{ConfigError, FORMAT_VERSION, check_memory, check_place, newer, parsed, refuse, written};
use crate::kind::Kind;
use crate::precision;
use crate::prepare::{Common, Settings};
use crate::written::{as_text, layers_name};
use laddernet::Precision;
use laddernet::lineage::{Learning, Lineage, LineageKind, Purpose};
use laddernet::models::Activation;
use laddernet::models::autoencoder::{Corruption, Emphasis};
use laddernet::models::rbm::{Binarise, Chain, Contrast, Sparsity, Units};
use laddernet::optimiser::Optimiser;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything that decides what a training of the lineage gives. A section is there where it is a part of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineageConfig {
    /// Version of these settings' format.
    pub format_version: u32,
    /// Where the rows come from.
    #[serde(with = "as_text")]
    pub data: Source,
    /// The folder of the data, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Which model.
    #[serde(with = "as_text")]
    pub model: LineageKind,
    /// How many rows keep their label; only where the model takes notice of labels.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "labels")]
    pub labels: Option<LabelCount>,
    /// Units of each layer, the input first; the classes or the code last.
    pub layers: Vec<usize>,
    /// What the units of a row are: Bernoulli where this is not said. Rows for Gaussian ones are standardised.
    #[serde(default = "bernoulli", skip_serializing_if = "is_bernoulli", with = "word")]
    pub visible: Units,
    /// Passes over the rows, in the training of the whole.
    pub epochs: usize,
    /// Rows a step, at most.
    pub batch: usize,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls.
    pub decay_start: f32,
    /// How gradients move the parameters.
    #[serde(with = "word")]
    pub optimiser: Optimiser,
    /// Share of every weight that is taken away at a learning rate of 1.
    pub weight_decay: f32,
    /// The precision of the training's matrix products.
    #[serde(with = "precision::word")]
    pub precision: Precision,
    /// Training rows kept apart to choose settings by.
    pub validation: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// How each layer learns before the whole does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretraining: Option<PretrainingConfig>,
    /// How Boltzmann machines learn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machines: Option<MachineConfig>,
    /// How autoencoders are built, and see their rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoencoders: Option<AutoencoderConfig>,
    /// What a classifier does without while it is fine-tuned: nothing, where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier: Option<ClassifierConfig>,
}

/// How each layer of a stack learns before the whole does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainingConfig {
    /// Passes over the rows for each layer; 0: the whole starts from random weights.
    pub epochs: usize,
    /// Rows a step, at most.
    pub batch: usize,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls.
    pub decay_start: f32,
    /// How gradients move the parameters.
    #[serde(with = "word")]
    pub optimiser: Optimiser,
    /// Share of every weight that is taken away at a learning rate of 1.
    pub weight_decay: f32,
    /// Learning rate of machines with Gaussian units: those of a linear code, or visible ones.
    pub code_rate: f32,
    /// Epochs in which the classes alone learn, over layers that are left as they are.
    pub top_epochs: usize,
    /// Seed of the layers' draws, so that several trainings can share them; that of the training where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether the run folder keeps the layers as they were before the whole learned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
}

/// How Boltzmann machines learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineConfig {
    /// Gibbs sweeps a step, the `k` of CD-k and PCD-k.
    pub sweeps: u16,
    /// Persistent chains; 0: chains begin at the rows of the batch.
    pub chains: usize,
    /// Share of a step in the moving means at which units are centred; 0: they are not.
    pub centring: f32,
    /// How values become states of units.
    #[serde(with = "word")]
    pub binarise: Binarise,
    /// Share of rows for which a hidden unit is to be on; 0: as many as the likelihood wants.
    pub sparsity: f32,
    /// How much the sparsity counts beside the likelihood.
    pub sparsity_strength: f32,
}

/// How autoencoders are built, and see their rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderConfig {
    /// What is done to a row before it is rebuilt.
    #[serde(with = "word")]
    pub corruption: Corruption,
    /// Weight of corrupted values in the cost, and of the others.
    #[serde(with = "word")]
    pub emphasis: Emphasis,
    /// Whether the way down uses the weights of the way up.
    pub tied: bool,
    /// What the units of the code are.
    #[serde(with = "word")]
    pub code: Activation,
    /// How often a row is rebuilt, each time from what the last rebuilding makes likely.
    pub walkback: u16,
}

/// What a classifier does without while it is fine-tuned, and never in a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// What is done to its rows.
    #[serde(with = "word")]
    pub corruption: Corruption,
    /// Share of the hidden units that a row does without.
    pub dropout: f32,
}

impl Settings for LineageConfig {
    fn to_toml(&self) -> String {
        self.to_toml()
    }

    fn common(&self) -> Common<'_> {
        let LineageConfig { data, model, labels, layers, precision, seed, .. } = self;
        let model = Kind::Lineage(*model);
        Common { data, model, labels: *labels, layers, precision: *precision, seed: *seed }
    }
}

impl LineageConfig {
    /// What is trained, and how.
    pub fn lineage(&self) -> Lineage {
        let pretraining = self.pretraining.as_ref().filter(|p| p.epochs > 0);
        let auto = self.autoencoders.clone().unwrap_or(AutoencoderConfig {
            corruption: Corruption::None,
            emphasis: Emphasis::default(),
            tied: false,
            code: Activation::Logistic,
            walkback: 1,
        });
        let contrast = self.machines.as_ref().map_or_else(Contrast::default, |m| Contrast {
            sweeps: m.sweeps,
            chain: if m.chains > 0 { Chain::Persistent(m.chains) } else { Chain::Data },
            offset_share: (m.centring > 0.0).then_some(m.centring),
            binarise: m.binarise,
            sparsity: (m.sparsity != 0.0).then(|| Sparsity {
                target: m.sparsity,
                strength: m.sparsity_strength,
                ..Sparsity::default()
            }),
        });
        Lineage {
            kind: self.model,
            layers: self.layers.clone(),
            visible: self.visible,
            pretraining: pretraining.map(|p| Learning {
                epochs: p.epochs,
                batch: p.batch,
                learning_rate: p.learning_rate,
                decay_start: p.decay_start,
                optimiser: p.optimiser,
                weight_decay: p.weight_decay,
            }),
            code_rate: pretraining.map_or(self.learning_rate, |p| p.code_rate),
            top_epochs: pretraining.map_or(0, |p| p.top_epochs),
            training: Learning {
                epochs: self.epochs,
                batch: self.batch,
                learning_rate: self.learning_rate,
                decay_start: self.decay_start,
                optimiser: self.optimiser,
                weight_decay: self.weight_decay,
            },
            contrast,
            corruption: auto.corruption,
            emphasis: auto.emphasis,
            tied: auto.tied,
            code: auto.code,
            walkback: auto.walkback,
            input_corruption: self.classifier.as_ref().map_or(Corruption::None, |c| c.corruption),
            dropout: self.classifier.as_ref().map_or(0.0, |c| c.dropout),
            seed: self.seed,
            pretraining_seed: self.pretraining_seed(),
        }
    }

    /// Whether the run folder keeps the pre-trained layers.
    pub(super) fn keeps_layers(&self) -> bool {
        self.pretraining.as_ref().is_some_and(|p| p.keep && p.epochs > 0)
    }

    /// Seed of the layers' draws.
    pub(super) fn pretraining_seed(&self) -> u64 {
        self.pretraining.as_ref().and_then(|p| p.seed).unwrap_or(self.seed)
    }

    /// Checks what can be checked without the data.
    ///
    /// # Errors
    /// Names the first setting that makes no training, and what would.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.format_version > FORMAT_VERSION {
            return refuse(newer("these settings are", self.format_version, FORMAT_VERSION));
        }
        let kind = self.model;
        let sections = [
            ("pretraining", self.pretraining.is_some()),
            ("machines", self.machines.is_some()),
            ("autoencoders", self.autoencoders.is_some()),
            ("labels", self.labels.is_some()),
        ];
        for (name, found) in sections {
            match (found, is_part(name, kind)) {
                (true, false) => return refuse(format!("{name} is no part of a model '{kind}': leave it out")),
                (false, true) => return refuse(format!("{name} is missing, which a model '{kind}' needs")),
                _ => {}
            }
        }
        self.autoencoders.as_ref().map_or(Ok(()), |a| a.check(kind))?;
        if self.classifier.is_some() && !is_part("classifier", kind) {
            return refuse(format!("classifier is no part of a model '{kind}': leave it out"));
        }
        self.check_memory()?;
        self.lineage().check().map_err(ConfigError)?;
        if self.pretraining.as_ref().is_some_and(|p| p.keep && p.epochs == 0) {
            return refuse(
                "there are no pre-trained layers to keep where pre-training has 0 epochs: leave one of them out",
            );
        }
        if let Some(p) = self.pretraining.as_ref().filter(|p| !(p.code_rate > 0.0 && p.code_rate.is_finite())) {
            return refuse(format!("code_rate is {}: expected a number above 0", p.code_rate));
        }
        if let Some(m) = self.machines.as_ref().filter(|m| !(0.0..=1.0).contains(&m.centring)) {
            return refuse(format!("centring is {}: expected 0 to 1, such as 0.01", m.centring));
        }
        let epochs = [self.epochs, self.pretraining.as_ref().map_or(0, |p| p.epochs.max(p.top_epochs))];
        if let Some(epochs) = epochs.iter().find(|&&epochs| u32::try_from(epochs).is_err()) {
            return refuse(format!("epochs are {epochs}: expected at most {}", u32::MAX));
        }
        check_place(self.data_dir.as_deref(), self.seed)
    }

    /// The memory of a training, as far as the settings alone say it.
    fn check_memory(&self) -> Result<(), ConfigError> {
        /// Value, gradient, two moments, the last good copy, and a copy for a checkpoint or the layer below.
        const COPIES_OF_WEIGHTS: u128 = 6;
        /// Values kept for each unit of each row: on the way up and down, their gradients, and rounded copies.
        const VALUES_A_UNIT: u128 = 10;
        let units = |layer: usize| self.layers[layer] as u128;
        let weights: u128 = (1..self.layers.len()).map(|l| units(l).saturating_mul(units(l - 1))).sum();
        let chains = self.machines.as_ref().map_or(0, |m| m.chains) as u128;
        let batch = self.pretraining.as_ref().map_or(0, |p| p.batch).max(self.batch) as u128;
        let walkback = self.autoencoders.as_ref().map_or(1, |a| a.walkback).max(1);
        let rows = batch.saturating_mul(walkback.into()).saturating_add(chains);
        let units: u128 = (0..self.layers.len()).map(units).sum();
        let kept = weights.saturating_mul(4 * 2 * COPIES_OF_WEIGHTS);
        let passing = rows.saturating_mul(units).saturating_mul(4 * VALUES_A_UNIT);
        let beside = if chains > 0 { format!(" beside {chains} chains") } else { String::new() };
        let what = || format!("layers {} in batches of {batch} rows{beside}", layers_name(&self.layers));
        let less = if chains > batch { "fewer chains or units" } else { "fewer units or smaller batches" };
        check_memory(kept.saturating_add(passing), what, less)
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
        let config: LineageConfig = parsed(text)?;
        config.check()?;
        Ok(config)
    }
}

impl AutoencoderConfig {
    /// Refuses what a model of this kind would pass over.
    fn check(&self, kind: LineageKind) -> Result<(), ConfigError> {
        let corrupts = matches!(kind, LineageKind::Autoencoder | LineageKind::Sdae | LineageKind::Gsn);
        if !corrupts && self.corruption != Corruption::None {
            let instead = if kind == LineageKind::Sae { "sdae" } else { "autoencoder" };
            return refuse(format!(
                "a model '{kind}' learns from rows as they are, but the corruption is '{}': leave it 'none', or train a model '{instead}'",
                self.corruption.word()
            ));
        }
        if kind != LineageKind::Gsn && self.walkback != 1 {
            let found = self.walkback;
            return refuse(format!("walkback is for a model 'gsn', and {found} here, of a model '{kind}': leave it 1"));
        }
        let apart = matches!(self.corruption, Corruption::Masking(s) | Corruption::SaltAndPepper(s) if s > 0.0);
        if !apart && self.emphasis != Emphasis::default() {
            return refuse(format!(
                "the emphasis weighs corrupted values apart from others, but with a corruption of '{}' there are not both: leave it \
                 '1 1', or mask values, as 'masking 0.25'",
                self.corruption.word()
            ));
        }
        Ok(())
    }
}

fn bernoulli() -> Units {
    Units::Bernoulli
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
fn is_bernoulli(units: &Units) -> bool {
    *units == Units::Bernoulli
}

/// Whether a setting (`seed`, `machines.chains`), a section or the labels are part of a model's settings.
pub fn is_part(setting: &str, kind: LineageKind) -> bool {
    match setting.split('.').next() {
        // Of machines with Gaussian units.
        Some("pretraining") if setting == "pretraining.code_rate" => kind.is_stack() && kind.has_machines(),
        Some("pretraining") => kind.is_stack(),
        Some("machines") => kind.has_machines(),
        Some("autoencoders") => has_autoencoders(kind),
        Some("labels" | "classifier") => kind.purpose() == Purpose::Classes,
        _ => true,
    }
}

/// Whether autoencoders are a part of a model, pre-trained or whole.
pub(super) fn has_autoencoders(kind: LineageKind) -> bool {
    !matches!(kind, LineageKind::Rbm | LineageKind::Dbn | LineageKind::Net)
}

/// A number of labels that may be absent.
mod labels {
    use crate::written::labels;
    use laddernet::split::LabelCount;
    use serde::{Deserializer, Serializer};

    #[allow(clippy::ref_option)] // As serde calls it.
    pub fn serialize<S: Serializer>(value: &Option<LabelCount>, s: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(count) => labels::serialize(count, s),
            None => s.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<LabelCount>, D::Error> {
        labels::some(d)
    }
}
