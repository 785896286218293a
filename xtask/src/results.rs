//! What was measured, as it lies in `results/`, `bench/results/` and `papers/`: one struct for each kind of file.

use crate::beside::Beside;
use crate::training::{self, CurvePoint, Training};
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Everything the tables are made of.
#[derive(Default)]
pub struct Measured {
    /// Trainings, in the order of their cell and seed.
    pub trainings: Vec<Training>,
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
    /// Epochs of RBMs, in the order of their file names.
    pub rbm_times: Vec<RbmTime>,
    /// The Python package beside what people use.
    pub beside_python: Vec<Beside>,
    /// What the survey infers, tried.
    pub inferences: Vec<Inference>,
    /// The reference run's test error by epoch.
    pub reference: Vec<CurvePoint>,
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
        let mut trainings = trainings(root)?;
        trainings.sort_by(|a, b| a.cell().cmp(&b.cell()).then(a.seed.cmp(&b.seed)));
        training::check(&trainings)?;
        Ok(Measured {
            trainings,
            statistics: read_all(&root.join("results/statistics"))?,
            step_times: read_named(&root.join("bench/results"), "step-")?.into_iter().map(|(_, s)| s).collect(),
            rbm_times: read_named(&root.join("bench/results"), "rbm-")?.into_iter().map(|(_, t)| t).collect(),
            beside_python: read_named(&root.join("bench/results"), "python-")?.into_iter().map(|(_, t)| t).collect(),
            growth: read_named(&root.join("bench/results"), "growth-")?,
            promises: read_named(&root.join("bench/results"), "promises-")?,
            pytorch: read_named(&root.join("bench/results"), "pytorch-")?.into_iter().map(|(_, t)| t).collect(),
            inferences: read_lines(&root.join("results/inferences.jsonl"))?,
            reference: read_if_there(&root.join("papers/reference-curve.json"))?.unwrap_or_default(),
        })
    }
}

/// Every recorded training, in the order of the names of their files.
pub fn trainings(root: &Path) -> Result<Vec<Training>> {
    let mut trainings = Vec::new();
    for folder in ["", "lineage/"] {
        let named = |(name, training)| Training { name: format!("{folder}{name}"), ..training };
        trainings.extend(read_named(&root.join("results").join(folder), "")?.into_iter().map(named));
    }
    Ok(trainings)
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
