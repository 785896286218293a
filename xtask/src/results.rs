//! What was measured, as it lies in `results/`, `bench/results/` and `papers/`: one struct for each kind of file.

use crate::lineage::{self, Draw, Published};
use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

/// The format of `results/*.json` that this program reads and writes.
pub const FORMAT: u32 = 1;

/// Everything the tables are made of.
#[derive(Default)]
pub struct Measured {
    /// Trainings, in the order of their cell and seed.
    pub trainings: Vec<Training>,
    /// Draws of the models before the ladder, with the names of the files, in the order of their seeds.
    pub lineage: Vec<(String, Draw)>,
    /// What papers report of these models.
    pub published: Vec<Published>,
    /// Step times, in the order of their file names.
    pub step_times: Vec<StepTime>,
    /// How costs grow, with the names of the files.
    pub growth: Vec<(String, Growth)>,
    /// Ratios that users rely on, with the names of the files.
    pub promises: Vec<(String, Promises)>,
    /// Validation errors with either kind of statistics for prediction.
    pub statistics: Vec<StatisticsStudy>,
    /// Trainings in PyTorch, by the clock.
    pub pytorch: Vec<PytorchTraining>,
    /// Epochs of Boltzmann machines, in the order of their file names.
    pub rbm_times: Vec<RbmTime>,
    /// What the survey infers, tried.
    pub inferences: Vec<Inference>,
    /// The reference run's test error by epoch.
    pub reference: Vec<CurvePoint>,
}

/// One training: what ran, where, and what came out.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Its file's, up to the ending.
    #[serde(skip)]
    pub name: String,
    pub format: u32,
    /// `digits` or `mnist`.
    pub data: String,
    /// `full`, `top`, `bottom` or `mlp`.
    pub model: String,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    pub labels: Labels,
    pub seed: u64,
    pub epochs: usize,
    /// The run folder's `config.toml`: `laddernet train --recipe` with this text gives the training again.
    pub config: String,
    /// The commit it was run on; ends in `+` where the tree held changes.
    pub commit: String,
    /// The processor's name.
    pub machine: String,
    pub threads: usize,
    /// Of the last epoch's parameters; never the best of several epochs.
    pub test_error_percent: f64,
    /// The same encoder, trained on the labels alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervised_error_percent: Option<f64>,
    pub seconds: f64,
    /// What `metrics.jsonl` says of each epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<Epoch>,
    /// Test errors during a training that was run to be compared with a published curve, and chose nothing by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_error_curve: Vec<CurvePoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An epoch of a training; other keys of `metrics.jsonl` are left out.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Epoch {
    pub epoch: usize,
    pub supervised_cost: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error_percent: Option<f64>,
}

/// A line of `results/inferences.jsonl`, which `bench/inferences.py` writes: a training with something left out.
#[derive(Clone, Debug, Deserialize)]
pub struct Inference {
    pub condition: String,
    /// A number or `all`.
    pub labels: String,
    pub epochs: usize,
    pub test_error_percent: f64,
}

/// How many rows kept their label.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(untagged)]
pub enum Labels {
    Count(u64),
    /// `"all"`.
    All(String),
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Labels::Count(n) => write!(f, "{n}"),
            Labels::All(all) => f.write_str(all),
        }
    }
}

/// The test error at the end of an epoch.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    pub epoch: usize,
    pub test_error_percent: f64,
}

/// The same trained networks with statistics for prediction from labelled and from unlabelled rows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsStudy {
    pub format: u32,
    pub commit: String,
    pub machine: String,
    pub runs: Vec<StatisticsRun>,
}

/// One network of the study.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsRun {
    pub labels: u64,
    pub seed: u64,
    pub epochs: usize,
    pub validation_error_percent: EitherHalf,
}

/// Validation errors in percent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EitherHalf {
    pub labelled: f64,
    pub unlabelled: f64,
}

/// What `bench/run` measured on one machine.
#[derive(Clone, Debug, Deserialize)]
pub struct StepTime {
    pub machine: Machine,
    pub threads: usize,
    pub torch: String,
    pub commit: String,
    pub date: String,
    /// Whether the machine was quiet enough to conclude anything.
    pub quiet: bool,
    /// PyTorch as people write it comes first.
    pub milliseconds: Vec<Milliseconds>,
    #[serde(default)]
    pub ours: BTreeMap<String, OurShare>,
}

/// How near a step of ours is to the limit of its products.
#[derive(Clone, Debug, Deserialize)]
pub struct OurShare {
    pub isa: String,
    pub share_of_limit: f64,
}

/// What `bench/growth.py` measured on one machine.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Growth {
    pub machine: Machine,
    pub commit: String,
    pub date: String,
    pub lines: Vec<GrowthLine>,
}

/// The cost of one network, or of one number of rows.
#[derive(Clone, Debug, Deserialize)]
pub struct GrowthLine {
    /// What grows: `features`, `width`, `batch`, or `rows` of the training.
    pub axis: String,
    pub value: u64,
    pub threads: usize,
    pub precision: String,
    #[serde(default)]
    pub ms_per_step: Option<f64>,
    #[serde(default)]
    pub seconds_per_epoch: Option<f64>,
    /// Most memory that the process held.
    #[serde(default)]
    pub megabytes_at_most: Option<u64>,
}

impl GrowthLine {
    /// Milliseconds a step, or seconds an epoch where rows grow.
    pub fn cost(&self) -> f64 {
        self.ms_per_step.or(self.seconds_per_epoch).unwrap_or(f64::NAN)
    }
}

/// What `bench/promises.py` measured on one machine.
#[derive(Clone, Debug, Deserialize)]
pub struct Promises {
    pub machine: Machine,
    pub commit: String,
    pub date: String,
    /// By precision.
    pub found: BTreeMap<String, Promise>,
}

/// What one precision keeps.
#[derive(Clone, Debug, Deserialize)]
pub struct Promise {
    pub top_against_full: Ratio,
    pub bottom_against_full: Ratio,
    pub four_threads_against_two: Ratio,
    pub busy_core_against_quiet: Ratio,
    pub prediction: Prediction,
}

/// Milliseconds a step, measured by turns.
#[derive(Clone, Debug, Deserialize)]
pub struct Ratio {
    pub plain_ms: f64,
    pub changed_ms: f64,
    /// Median of the ratios of neighbours.
    pub ratio: f64,
}

/// Milliseconds of a prediction.
#[derive(Clone, Debug, Deserialize)]
pub struct Prediction {
    pub rows: usize,
    pub ms: f64,
    pub ms_of_one_row: f64,
}

/// What `bench/train_pytorch.py` measured on one machine.
#[derive(Clone, Debug, Deserialize)]
pub struct PytorchTraining {
    pub contender: String,
    pub labels: u64,
    pub points: Vec<MinutesPoint>,
}

/// What `bench/compare_rbm.py` measured on one machine.
#[derive(Clone, Debug, Deserialize)]
pub struct RbmTime {
    pub machine: Machine,
    pub scikit_learn: String,
    pub commit: String,
    pub date: String,
    /// Whether the machine was quiet enough to conclude anything.
    pub quiet: bool,
    /// scikit-learn comes first.
    pub epochs: Vec<RbmEpoch>,
}

/// An epoch of one contender.
#[derive(Clone, Debug, Deserialize)]
pub struct RbmEpoch {
    pub name: String,
    pub median_seconds: f64,
    /// Median of the rounds' ratios to scikit-learn's.
    pub median_ratio: f64,
}

/// The test error after so many minutes of training.
#[derive(Clone, Debug, Deserialize)]
pub struct MinutesPoint {
    pub minutes: f64,
    pub test_error_percent: f64,
}

/// Where it was measured.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
}

/// Milliseconds a training step of one contender.
#[derive(Clone, Debug, Deserialize)]
pub struct Milliseconds {
    pub name: String,
    pub median: f64,
    pub min: f64,
    /// Largest minus smallest median of the rounds.
    pub spread: f64,
}

impl Measured {
    /// Reads what there is; what is not there was not measured yet.
    pub fn read(root: &Path) -> Result<Self> {
        let named = |(name, training)| Training { name, ..training };
        let mut trainings: Vec<Training> = read_named(&root.join("results"), "")?.into_iter().map(named).collect();
        if let Some(newer) = trainings.iter().find(|t| t.format != FORMAT) {
            bail!("results/: a file has format {}, but this program reads format {FORMAT}", newer.format);
        }
        trainings.sort_by(|a, b| a.cell().cmp(&b.cell()).then(a.seed.cmp(&b.seed)));
        let mut draws = lineage_draws(root)?;
        lineage::check(&draws)?;
        draws.sort_by_key(|(_, draw)| draw.seed);
        Ok(Measured {
            trainings,
            lineage: draws,
            published: read_if_there(&root.join("papers/lineage.json"))?.unwrap_or_default(),
            statistics: read_all(&root.join("results/statistics"))?,
            step_times: read_named(&root.join("bench/results"), "step-")?.into_iter().map(|(_, s)| s).collect(),
            rbm_times: read_named(&root.join("bench/results"), "rbm-")?.into_iter().map(|(_, t)| t).collect(),
            growth: read_named(&root.join("bench/results"), "growth-")?,
            promises: read_named(&root.join("bench/results"), "promises-")?,
            pytorch: read_named(&root.join("bench/results"), "pytorch-")?.into_iter().map(|(_, t)| t).collect(),
            inferences: read_lines(&root.join("results/inferences.jsonl"))?,
            reference: read_if_there(&root.join("papers/reference-curve.json"))?.unwrap_or_default(),
        })
    }
}

impl Training {
    /// What trainings must share to be draws of the same thing; also their order in a table.
    pub fn cell(&self) -> (&str, std::cmp::Reverse<&[usize]>, usize, &Labels, usize) {
        let models = ["full", "top", "bottom", "mlp"];
        let model = models.iter().position(|m| *m == self.model).unwrap_or(models.len());
        (&self.data, std::cmp::Reverse(&self.layers), model, &self.labels, self.epochs)
    }
}

/// Draws of the models before the ladder, by the names of their files.
pub fn lineage_draws(root: &Path) -> Result<Vec<(String, Draw)>> {
    read_named(&root.join("results/lineage"), "")
}

/// A document whose keys are another program's.
pub fn read_value(path: &str) -> Result<serde_json::Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    serde_json::from_str(&text).with_context(|| format!("{path} is no JSON"))
}

/// Every `*.json` of a folder, by name.
fn read_all<T: DeserializeOwned>(folder: &Path) -> Result<Vec<T>> {
    Ok(read_named(folder, "")?.into_iter().map(|(_, content)| content).collect())
}

/// Every `*.json` of a folder whose name begins so, by name, with its name up to the ending.
fn read_named<T: DeserializeOwned>(folder: &Path, beginning: &str) -> Result<Vec<(String, T)>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json") && stem(p).starts_with(beginning));
    paths.iter().map(|path| Ok((stem(path), read(path)?))).collect()
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as results/README.md says", path.display()))
}

/// A value a line; nothing where there is no file.
fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(Vec::new()) };
    let value = |line| serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()));
    text.lines().map(value).collect()
}

fn read_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if path.exists() { read(path).map(Some) } else { Ok(None) }
}
