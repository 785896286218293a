//! What came out of a run: `summary.json`, and what `laddernet train --json` prints.

use crate::monitors::MachineMonitors;
use crate::precision::{instructions, precision_name};
use crate::prepare::{Common, Prepared, Settings, TestPart};
use laddernet::Threads;
use serde::{Deserialize, Serialize};

/// The name and version of the document.
pub const SCHEMA: &str = "laddernet.train/1";

/// How a training ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All epochs were done.
    #[default]
    Finished,
    /// Somebody stopped it.
    Interrupted,
    /// A cost or a parameter became NaN or infinite.
    Diverged,
}

/// The results of a run. Errors are in percent, costs without their weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// How the training ended.
    pub status: Status,
    /// What happened, where it did not end well.
    pub message: Option<String>,
    /// What to be wary of in a training that ended well: predicted classes far from the labels' proportions.
    #[serde(default)]
    pub warning: Option<String>,
    /// Where the run folder is.
    pub run_dir: String,
    /// The data, as named on the command line.
    pub data: String,
    /// The model's kind.
    pub model: String,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// Trainable values.
    pub parameters: usize,
    /// Training rows, the validation rows left out.
    pub training_rows: usize,
    /// Rows whose label was used.
    pub labelled_rows: usize,
    /// Rows whose inputs were used, the labelled ones among them.
    pub unlabelled_rows: usize,
    /// Rows kept apart to choose settings by.
    pub validation_rows: usize,
    /// Rows of the final evaluation.
    pub test_rows: usize,
    /// Which rows these are.
    pub test_part: TestPart,
    /// Error on them.
    pub test_error_percent: Option<f64>,
    /// Error of the same encoder trained on the labelled rows alone, on the same rows.
    pub supervised_error_percent: Option<f64>,
    /// Error on the validation rows at the end of the last epoch.
    pub validation_error_percent: Option<f64>,
    /// Mean supervised cost of the last epoch.
    pub supervised_cost: Option<f64>,
    /// Mean denoising costs of the last epoch, the input first.
    pub denoising_costs: Vec<Option<f64>>,
    /// Whether rows were standardised; squared errors are of such rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardised: bool,
    /// Of a model that rebuilds rows: squared error of a test row, summed over its values, the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_squared_error: Option<f64>,
    /// The same of a validation row, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_squared_error: Option<f64>,
    /// That of a test row, of as many principal components as the code has units, fitted to the training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pca_squared_error: Option<f64>,
    /// Of a Boltzmann machine: what is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineMonitors>,
    /// Of a training in stages: each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageSummary>,
    /// Epochs completed, of all stages together.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
    /// Seconds of training, the comparison left out.
    pub seconds: f64,
    /// Milliseconds a step, the statistics for prediction left out.
    pub ms_per_step: Option<f64>,
    /// Seconds of training the comparison.
    pub supervised_seconds: Option<f64>,
    /// Seed of every draw.
    pub seed: u64,
    /// Threads that shared the work.
    pub threads: usize,
    /// Precision of the training's matrix products.
    #[serde(default = "single")]
    pub precision: String,
    /// The processor's instructions that computed them: bits repeat on the same ones.
    #[serde(default)]
    pub instructions: Option<String>,
    /// The program's version.
    pub laddernet_version: String,
}

impl Summary {
    /// Of a training that begins, of a model with so many parameters.
    pub(crate) fn begun<C: Settings>(prepared: &Prepared<C>, parameters: usize, threads: &Threads) -> Self {
        let Prepared { config, split, test, test_part, standards, .. } = prepared;
        let Common { data, model, layers, precision, seed, .. } = config.common();
        Summary {
            schema: SCHEMA.to_owned(),
            data: data.to_string(),
            model: model.to_string(),
            layers: layers.to_vec(),
            parameters,
            training_rows: split.unlabelled.len(),
            labelled_rows: split.labelled.len(),
            unlabelled_rows: split.unlabelled.len(),
            validation_rows: split.validation.len(),
            test_rows: test.rows(),
            test_part: *test_part,
            standardised: standards.is_some(),
            seed,
            threads: threads.count(),
            precision: precision_name(precision).to_owned(),
            instructions: instructions(threads, precision).ok().map(|isa| isa.name().to_owned()),
            laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Summary::default()
        }
    }
}

/// A stage of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// What learned: a layer, the top layer, or the whole.
    pub stage: String,
    /// Epochs completed.
    pub epochs: usize,
    /// Its mean cost in the last of them: of classes in nats, of rebuilt rows in nats or squares.
    pub cost: Option<f64>,
}

/// Before precisions could be chosen.
fn single() -> String {
    crate::precision::precision_name(laddernet::Precision::F32).into()
}
