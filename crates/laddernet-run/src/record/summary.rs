//! What came out of a training: `summary.json`, and what `laddernet train --json` prints.

use super::estimate::Estimate;
use super::few_labels::{Contradiction, FewLabelsSummary};
use super::own::OwnSummary;
use crate::error::RunError;
use crate::folder::{self, files};
use crate::settings::Config;
use laddernet::models::kind;
use laddernet::models::rbm::RbmMonitors;
use laddernet::session::{Comparison, Session, TestPart};
use laddernet::text::precision_name;
use laddernet::training::{Costs, DENOISING, RECONSTRUCTION, SUPERVISED};
use laddernet::{Sealed, Threads};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// The name and version of the document.
pub const SCHEMA: &str = "laddernet.train/2";
/// The one before, which is read, too.
const OLD_SCHEMA: &str = "laddernet.train/1";

/// How a training ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All epochs were done.
    #[default]
    Finished,
    /// It was stopped.
    Interrupted,
    /// A cost or a parameter became NaN or infinite.
    Diverged,
}

/// One named cost, before weighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostSummary {
    /// What it is: `supervised`, `denoising`, `reconstruction`.
    pub name: String,
    /// The layer that it stands at, 0 = input, where a model has one at each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Its mean over the last epoch.
    pub value: f64,
}

/// Every term, in its order.
pub(super) fn costs_of(costs: &Costs) -> Vec<CostSummary> {
    let of = |cost: &laddernet::training::Cost| CostSummary {
        name: cost.name.to_owned(),
        layer: cost.layer,
        value: cost.value,
    };
    costs.terms.iter().map(of).collect()
}

/// The results of a training. Errors are in percent, costs before weighting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// How the training ended.
    pub status: Status,
    /// What happened, where it did not end well.
    pub message: Option<String>,
    /// What may be wrong with a training that came to its end.
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
    /// Whether the model learned from unlabelled rows, too.
    #[serde(default = "yes")]
    pub uses_unlabelled: bool,
    /// Rows kept apart to choose settings by.
    pub validation_rows: usize,
    /// Rows of the final evaluation.
    pub test_rows: usize,
    /// Which rows these are.
    pub test_part: TestPart,
    /// Error on them; of a training that came to its end.
    pub test_error_percent: Option<f64>,
    /// Error of the baseline on the same rows: the same encoder trained on the labelled rows alone.
    #[serde(alias = "supervised_error_percent")]
    pub baseline_error_percent: Option<f64>,
    /// Error on the validation rows at the end of the last epoch.
    pub validation_error_percent: Option<f64>,
    /// Model and baseline compared on the test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// What cross-validation over the labelled rows says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// Of a user's own data: what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnSummary>,
    /// How rows were grouped before few labels were learned, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few_labels: Option<FewLabelsSummary>,
    /// The group of rows that the model contradicts most, where it was trained without groups and contradicts one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradicted_group: Option<Contradiction>,
    /// Why groups of the rows do not fit a handful of labels, where they do not: a lost class would not show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_unfit: Option<String>,
    /// Mean costs of the last epoch of the last stage.
    #[serde(default)]
    pub costs: Vec<CostSummary>,
    /// Whether rows were standardised; squared errors are of such rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardised: bool,
    /// Of an autoencoder: squared error of a reconstructed test row, summed over its values, mean of the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_squared_error: Option<f64>,
    /// The same of the validation rows, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_squared_error: Option<f64>,
    /// That of as many principal components as the code has units, fitted to the training rows, on the test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pca_squared_error: Option<f64>,
    /// Of an RBM: what is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "machine")]
    pub rbm: Option<RbmMonitors>,
    /// Of a training in stages: each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageSummary>,
    /// Epochs completed, of all stages together.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
    /// Seconds of training, the baseline left out.
    pub seconds: f64,
    /// Milliseconds a step, the statistics for prediction left out.
    pub ms_per_step: Option<f64>,
    /// Seconds of training the baseline.
    #[serde(alias = "supervised_seconds")]
    pub baseline_seconds: Option<f64>,
    /// Seed of every random number.
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

/// A stage of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// What was trained: a layer, the top layer, or the whole.
    pub stage: String,
    /// Epochs completed.
    pub epochs: usize,
    /// Its cost in the last of them: the sum that is minimised.
    pub cost: Option<f64>,
}

/// Older summaries do not say it; most models do.
fn yes() -> bool {
    true
}

/// Before precisions could be chosen.
fn single() -> String {
    precision_name(laddernet::Precision::F32).into()
}

impl Summary {
    /// Of a training that begins.
    pub(super) fn begun(config: &Config, session: &Session, data: &str, threads: &Threads) -> Self {
        let (split, precision) = (session.split(), config.training.precision);
        Summary {
            schema: SCHEMA.to_owned(),
            data: data.to_owned(),
            model: config.kind().to_string(),
            layers: config.layers().to_vec(),
            training_rows: split.unlabelled.len(),
            labelled_rows: split.labelled.len(),
            unlabelled_rows: split.unlabelled.len(),
            uses_unlabelled: config.model.spec().uses_unlabelled(),
            validation_rows: split.validation.len(),
            test_rows: session.test().map_or(0, Sealed::rows),
            test_part: session.test_part(),
            standardised: session.preprocessing().is_standardised(),
            seed: config.training.seed,
            threads: threads.count(),
            precision: precision_name(precision).to_owned(),
            instructions: threads.isa().in_precision(precision).map(|isa| isa.name().to_owned()),
            laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Summary::default()
        }
    }

    /// The cost of this name, of the lowest layer where there are several.
    pub fn cost(&self, name: &str) -> Option<f64> {
        self.costs.iter().find(|cost| cost.name == name).map(|cost| cost.value)
    }

    /// The summary of a run folder; `None` for a model file alone.
    ///
    /// # Errors
    /// When it is damaged, or of another version.
    pub fn read(run: &Path) -> Result<Option<Summary>, RunError> {
        let path = run.join(folder::SUMMARY);
        if !path.is_file() {
            return Ok(None);
        }
        let bad = |message: String| RunError::Document { path: path.clone(), message };
        let text = files::short_text(&path).map_err(|e| bad(format!("cannot read it: {e}")))?;
        parsed(&text).map(Some).map_err(bad)
    }
}

fn parsed(text: &str) -> Result<Summary, String> {
    #[allow(clippy::needless_pass_by_value)] // As `map_err` calls it.
    fn damaged(e: serde_json::Error) -> String {
        format!("it is damaged ({e}): restore it, or remove the run folder and train again")
    }
    // Asked before the other keys are looked at, which another version may not have.
    let mut value: Value = serde_json::from_str(text).map_err(damaged)?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {}
        Some(OLD_SCHEMA) => name_costs(&mut value),
        Some(other) => return Err(format!("it is of schema {other}, but this laddernet reads {SCHEMA}")),
        None => return Err("it has no schema: expected the summary of a run".to_owned()),
    }
    serde_json::from_value(value).map_err(damaged)
}

/// The version before had two keys of costs, and kept in the second what an autoencoder or an RBM minimises.
fn name_costs(summary: &mut Value) {
    let is_classifier = summary["model"].as_str().and_then(kind).is_some_and(|kind| kind.takes_labels());
    let mut costs = Vec::new();
    if let Some(value) = summary["supervised_cost"].as_f64() {
        let name = if is_classifier { SUPERVISED } else { RECONSTRUCTION };
        costs.push(CostSummary { name: name.to_owned(), layer: None, value });
    }
    for (layer, value) in summary["denoising_costs"].as_array().into_iter().flatten().enumerate() {
        let (name, layer) = if is_classifier { (DENOISING, Some(layer)) } else { (RECONSTRUCTION, None) };
        costs.extend(value.as_f64().map(|value| CostSummary { name: name.to_owned(), layer, value }));
    }
    summary["costs"] = serde_json::to_value(costs).unwrap_or_default();
    summary["schema"] = SCHEMA.into();
}
