//! What a model file says besides its tensors.

use super::FORMAT_VERSION;
use crate::config::{is_yes, yes};
use crate::lineage::LineageConfig;
use crate::prepare::{Common, Prepared, Settings};
use serde::{Deserialize, Serialize};

/// All that a model file says besides its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Version of the file's format.
    pub format_version: u32,
    /// The program that wrote it.
    pub laddernet_version: String,
    /// The name of the model's kind.
    pub model: String,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// Of a ladder: weight of each layer's denoising cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denoising_weights: Vec<f32>,
    /// Of a ladder: standard deviation of the noise on the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_noise: Option<f32>,
    /// Of a ladder: standard deviation of the noise above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f32>,
    /// Of a model of the lineage: how it is built and was trained, as in `config.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Box<LineageConfig>>,
    /// Whether the decoder has lateral connections.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub lateral: bool,
    /// Names of the classes, in the order of the outputs.
    pub class_names: Vec<String>,
    /// Shape of a row, `[height, width]` for pictures.
    pub row_shape: Vec<usize>,
    /// Factor from a stored value to an input.
    pub scale: f32,
    /// Where the model comes from.
    pub trained: Provenance,
    /// SHA-256 of the tensors, in the file alone: it is found when one is written, and compared when one is read. Files of older
    /// programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensors_sha256: Option<String>,
}

/// Where a model comes from. It holds no time of day: the same training gives the same file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The data, as named on the command line.
    pub data: String,
    /// SHA-256 of the data.
    pub sha256: String,
    /// SHA-256 of the training rows alone; files of older programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_sha256: Option<String>,
    /// How many rows kept their label.
    pub labels: String,
    /// Seed of every draw.
    pub seed: u64,
    /// Epochs completed.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
    /// Which rows gave the statistics for prediction.
    pub statistics: String,
}

impl ModelCard {
    /// What the files of all models say of a training: the rest is left as it is of none.
    pub(crate) fn of<C: Settings>(prepared: &Prepared<C>, epochs: usize, steps: usize, statistics: &str) -> Self {
        let Prepared { config, training, .. } = prepared;
        let Common { data, model, labels, layers, seed, .. } = config.common();
        ModelCard {
            format_version: FORMAT_VERSION,
            laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: model.to_string(),
            layers: layers.to_vec(),
            denoising_weights: Vec::new(),
            input_noise: None,
            noise: None,
            lineage: None,
            lateral: true,
            class_names: training.class_names().to_vec(),
            row_shape: training.row_shape().to_vec(),
            scale: training.scaling().scale,
            trained: Provenance {
                data: data.to_string(),
                sha256: prepared.sha256.clone(),
                train_sha256: Some(prepared.train_sha256.clone()),
                labels: labels.map_or("no".to_owned(), |labels| labels.to_string()),
                seed,
                epochs,
                steps,
                statistics: statistics.to_owned(),
            },
            tensors_sha256: None,
        }
    }
}
