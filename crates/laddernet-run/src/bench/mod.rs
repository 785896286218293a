//! How long a training step takes on this machine, and where the time goes: for every model, stage by stage.
//!
//! The steps are those of the training itself, on rows made up or loaded; the clock stands in its listener. The core reads no clock,
//! so a model hands out the parts of a step, and each is timed alone.

mod stage;
mod times;

use crate::error::RunError;
use crate::record::Prepared;
use crate::settings::{Config, DataFacts, Recipe};
use laddernet::session::Session;
use laddernet::split::LabelCount;
use laddernet::text::precision_name;
use laddernet::{Dataset, Isa, Scaling, Sealed, SettingsError, Threads, Values};
use laddernet_math::operand::product_rate;
use serde::Serialize;
use times::Times;

/// The name and version of the document.
pub const SCHEMA: &str = "laddernet.bench/2";

/// Values and rows of MNIST, for rows that are made up.
const FEATURES: usize = 784;
const ROWS: usize = 60_000;
/// Classes of rows that are made up, unless the layers end with another number.
const CLASSES: usize = 10;
/// Rows that are made up hold at most so many values, unless a step takes more: the same rows come again.
const MADE_UP_VALUES: usize = 64 << 20;
/// Shares of the time: for the steps, for the limit of the products, and for each part of a step.
const STEPS_SHARE: f64 = 0.6;
const LIMIT_SHARE: f64 = 0.1;
const PART_SHARE: f64 = 0.06;

/// What to measure.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The settings of a training. Without a source of data, rows are made up.
    pub recipe: Recipe,
    /// Values of a row that is made up, where the layers do not say it.
    pub features: Option<usize>,
    /// Rows of an epoch, of rows that are made up.
    pub rows: Option<usize>,
}

/// What will be measured, checked.
pub struct Plan {
    config: Config,
    data: String,
    session: Session,
    /// Rows of an epoch; the session may hold fewer.
    rows: usize,
}

/// What was measured. Times are medians unless a name says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Benchmark {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The data's name; "random data" for rows that were made up.
    pub data: String,
    /// The model's kind.
    pub model: &'static str,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// Threads that shared the work.
    pub threads: usize,
    /// Name of the instruction set.
    pub instructions: &'static str,
    /// Precision of the matrix products.
    pub precision: &'static str,
    /// Rows of an epoch.
    pub rows_per_epoch: usize,
    /// What the product kernel reaches at most, operands in the cache, in 10^9 operations a second.
    pub product_limit_gflops: f64,
    /// What the steps of the whole training would take: of all epochs of all stages. Of a model without stages, what all of it takes.
    pub seconds_per_training: f64,
    /// The stages of the training, in order; most models have one, and those that are computed at once have none.
    pub stages: Vec<StageTimes>,
}

/// What was measured of a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageTimes {
    /// Its name.
    pub stage: String,
    /// Labelled rows a step.
    pub labelled_rows_per_step: usize,
    /// Unlabelled rows a step.
    pub unlabelled_rows_per_step: usize,
    /// Steps that were timed.
    pub steps: usize,
    /// Milliseconds a step.
    pub ms_per_step: f64,
    /// The fastest.
    pub ms_per_step_minimum: f64,
    /// A quarter of the steps were faster.
    pub ms_per_step_lower_quartile: f64,
    /// A quarter were slower.
    pub ms_per_step_upper_quartile: f64,
    /// Whether the times spread so widely that other programs must have been at work.
    pub busy: bool,
    /// Steps a second.
    pub steps_per_second: f64,
    /// Rows a second, labelled and unlabelled.
    pub rows_per_second: f64,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// What these take, at the median.
    pub seconds_per_epoch: f64,
    /// Epochs of the training.
    pub epochs: usize,
    /// What these take.
    pub seconds: f64,
    /// Floating-point operations of a step's matrix products, in 10^9, where the model tells them.
    pub product_gflop_per_step: Option<f64>,
    /// The time that the products of a step would take at the limit, in percent of the step.
    pub product_limit_percent: Option<f64>,
    /// Where the time goes, as far as the model tells its parts; the last is what is left of the step.
    pub parts: Vec<PartTime>,
}

/// A part of a step, measured alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartTime {
    /// What it is.
    pub part: &'static str,
    /// Milliseconds a step.
    pub ms: f64,
}

impl Plan {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// As a training with these settings, before it begins.
    pub fn new(request: Request) -> Result<Self, RunError> {
        let Request { recipe, features, rows } = request;
        if recipe.get("data.source").is_none() {
            return Self::made_up(&recipe, features, rows.unwrap_or(ROWS));
        }
        let Prepared { config, session, origin, .. } = Prepared::load(&recipe)?;
        let rows = session.split().unlabelled.len();
        Ok(Plan { config, data: origin.name, session, rows })
    }

    /// Rows out of nothing: what they hold does not change how long a step takes.
    fn made_up(recipe: &Recipe, features: Option<usize>, rows: usize) -> Result<Self, RunError> {
        for (key, count) in [("rows", Some(rows)), ("features", features)] {
            if let Some(count) = count.filter(|&count| count == 0 || u32::try_from(count).is_err()) {
                return Err(SettingsError::value(key, count, format!("1 to {}", u32::MAX)).into());
            }
        }
        let layers = sizes(recipe);
        let features = features.or(layers.first().copied()).unwrap_or(FEATURES);
        let classes = layers.last().copied().filter(|_| recipe.kind().is_ok_and(|kind| kind.takes_labels()));
        let classes = classes.unwrap_or(CLASSES);
        let config = recipe.resolve(DataFacts::of_rows(features, classes))?;
        let stages = config.model.spec().stages(&config.training);
        let largest = |batch: fn(&laddernet::training::FitSettings) -> usize| {
            stages.iter().map(|stage| batch(&stage.fit).min(rows)).max().unwrap_or(1)
        };
        let labelled = match stages.is_empty() {
            // All rows are learned from at once.
            true => rows.min(MADE_UP_VALUES / features).max(1),
            false => largest(|fit| fit.labelled_batch),
        };
        let kept = rows.min(MADE_UP_VALUES / features).max(labelled).max(largest(|fit| fit.unlabelled_batch));
        let mut settings = config.settings();
        // As many labels as a step has labelled rows.
        settings.labels = settings.labels.map(|_| LabelCount::All);
        let data = "random data".to_owned();
        let made = |rows| random(rows, features, (labelled, classes)).map_err(|e| RunError::rows(&data)(e.into()));
        let session = Session::new(settings, made(kept)?, Some(Sealed::new(made(1)?)));
        let session = session.map_err(RunError::session(&data))?;
        Ok(Plan { config, data, session, rows })
    }

    /// The settings of the training that is measured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Measures for about so many seconds.
    ///
    /// # Errors
    /// When a stage cannot be trained on the rows.
    pub fn measure(&self, seconds: f64, threads: &Threads) -> Result<Benchmark, RunError> {
        let precision = self.config.training.precision;
        let none =
            || SettingsError::value("training.precision", precision_name(precision), "f32, which this processor has");
        let isa: Isa = threads.isa().in_precision(precision).ok_or_else(none)?;
        let threads = &threads.using(isa);
        let product_limit_gflops = limit(seconds * LIMIT_SHARE, threads);
        let stages = self.stages(seconds, product_limit_gflops, threads)?;
        let seconds_per_training = match stages.is_empty() {
            true => self.at_once(seconds * STEPS_SHARE, threads)?,
            false => stages.iter().map(|stage| stage.seconds).sum(),
        };
        Ok(Benchmark {
            schema: SCHEMA,
            data: self.data.clone(),
            model: self.config.kind().name,
            layers: self.config.layers().to_vec(),
            threads: threads.count(),
            instructions: isa.name(),
            precision: precision_name(precision),
            rows_per_epoch: self.rows,
            product_limit_gflops,
            seconds_per_training,
            stages,
        })
    }
}

/// The layers that a recipe says; what is no size is refused when it is completed.
fn sizes(recipe: &Recipe) -> Vec<usize> {
    let layers = recipe.get("model.layers").and_then(|layers| layers.as_array());
    let size = |value: &toml::Value| value.as_integer().and_then(|n| usize::try_from(n).ok());
    layers.map_or(Vec::new(), |layers| layers.iter().filter_map(size).collect())
}

/// Bytes without a pattern; the first rows have a label.
fn random(
    rows: usize,
    features: usize,
    (labelled, classes): (usize, usize),
) -> Result<Dataset, laddernet::DatasetError> {
    let byte = |i: usize| (i as u32).wrapping_mul(0x9e37_79b1).to_be_bytes()[0];
    let label = |row: usize| (row < labelled).then_some((row % classes) as u32);
    let names = (0..classes).map(|class| class.to_string()).collect();
    let values = Values::U8((0..rows * features).map(byte).collect());
    Dataset::new(values, (0..rows).map(label).collect(), names, vec![features], Scaling::BYTES)
}

/// What the product kernel does at most: the best round counts, whatever else the machine does.
fn limit(seconds: f64, threads: &Threads) -> f64 {
    let work = product_rate(threads);
    let mut flop = 0;
    let best = Times::of(seconds, || flop = work()).at(0.0);
    flop as f64 / 1e6 / best
}

#[cfg(test)]
mod tests;
