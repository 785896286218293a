//! How long a training step takes on this machine, and where the time goes.
//!
//! The steps are those of the one training loop, on rows made up or loaded; the clock stands in its listener. The core
//! reads no clock, so the parts of a step are timed each alone: see [`Parts`].

mod parts;

pub use parts::Parts;

use crate::config::{Config, ConfigError, refuse};
use crate::error::RunError;
use crate::precision::{instructions, precision_name};
use crate::prepare::prepare;
use crate::recipe::{DataShape, Recipe};
use laddernet::fit::{Event, FitError, FitSettings, Flow, StatisticsFrom, fit};
use laddernet::models::Ladder;
use laddernet::split::Split;
use laddernet::{Dataset, Scaling, Threads, Values};
use laddernet_math::operand::product_rate;
use serde::Serialize;
use std::time::Instant;

/// The name and version of the document.
pub const SCHEMA: &str = "laddernet.bench/1";

/// Values and rows of MNIST, for rows that are made up.
const FEATURES: usize = 784;
const ROWS: usize = 60_000;
/// Classes of rows that are made up, unless the layers end with another number.
const CLASSES: usize = 10;
/// Epochs of a training by the authors' settings.
const EPOCHS: f64 = 150.0;
/// Shares of the time: for the steps, for the limit of the products, and for each part.
const STEPS_SHARE: f64 = 0.6;
const LIMIT_SHARE: f64 = 0.1;
const PART_SHARE: f64 = 0.06;
/// What is timed at least, however long it takes.
const AT_LEAST: usize = 3;
/// Quartiles that are further apart than this share of the median tell of other programs at work.
const BUSY: f64 = 0.2;

/// What to measure.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The settings of a training. Without data, rows are made up.
    pub recipe: Recipe,
    /// Values a row of the rows made up, where the layers do not say it.
    pub features: Option<usize>,
    /// Rows that an epoch of the rows made up would pass over.
    pub rows: Option<usize>,
}

/// What will be measured, checked.
pub struct Plan {
    config: Config,
    data: String,
    rows: Dataset,
    split: Split,
    epoch: Epoch,
}

/// How an epoch is cut into steps, as the training loop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Epoch {
    rows: usize,
    steps: usize,
    cut: usize,        // unlabelled rows that a step passes over
    labelled: usize,   // rows that it computes
    unlabelled: usize, // likewise: 0 for a model without a decoder
}

/// What was measured. Times are medians unless a name says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Benchmark {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The data, as named on the command line; "random data" for rows that were made up.
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
    /// Rows that an epoch passes over.
    pub rows_per_epoch: usize,
    /// Its steps.
    pub steps_per_epoch: usize,
    /// What it takes, at the median.
    pub seconds_per_epoch: f64,
    /// What the authors' 150 take.
    pub seconds_per_150_epochs: f64,
    /// Floating-point operations of a step's matrix products, in 10^9.
    pub product_gflop_per_step: f64,
    /// What the product kernel reaches at most, operands in the cache, in 10^9 operations a second.
    pub product_limit_gflops: f64,
    /// The time that the products of a step would take at that limit, in percent of the step.
    pub product_limit_percent: f64,
    /// Where the time goes, in milliseconds a step.
    pub parts_ms: Parts,
}

impl Plan {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// As a training with these settings, before it begins.
    pub fn new(request: Request) -> Result<Self, RunError> {
        let Request { recipe, features, rows } = request;
        if recipe.data.is_none() {
            return Ok(Self::made_up(recipe, features, rows.unwrap_or(ROWS))?);
        }
        let loaded = recipe.source().load(recipe.data_dir.as_deref())?;
        let data = loaded.name.clone();
        let prepared = prepare(recipe, loaded)?;
        let epoch = Epoch::new(&prepared.config, prepared.split.labelled.len(), prepared.split.unlabelled.len());
        Ok(Plan { config: prepared.config, data, rows: prepared.training, split: prepared.split, epoch })
    }

    /// Rows out of nothing: what they hold does not change how long a step takes.
    fn made_up(recipe: Recipe, features: Option<usize>, rows: usize) -> Result<Self, ConfigError> {
        if rows == 0 || u32::try_from(rows).is_err() {
            return refuse(format!("rows is {rows}: expected 1 to {}", u32::MAX));
        }
        let layers = recipe.layers.as_deref().unwrap_or_default();
        let shape = DataShape {
            name: "random data".into(),
            features: features.or(layers.first().copied()).unwrap_or(FEATURES),
            classes: layers.last().copied().unwrap_or(CLASSES),
        };
        // Any source but the digits has the authors' six layers.
        let config = Recipe { data: Some(laddernet_data::Source::Mnist), ..recipe }.resolve(&shape)?;
        let epoch = Epoch::new(&config, rows.min(config.labelled_batch), rows);
        // As many as a few steps take, 64 MiB at most: the same rows come again.
        let kept = rows.min((64 << 20) / shape.features).max(epoch.labelled).max(epoch.cut);
        let values =
            (0..kept * shape.features).map(|i| (i as u32).wrapping_mul(0x9e37_79b1).to_be_bytes()[0]).collect();
        let labels = (0..kept).map(|row| Some((row % shape.classes) as u32)).collect();
        let names = (0..shape.classes).map(|class| class.to_string()).collect();
        let rows = Dataset::new(Values::U8(values), labels, names, vec![shape.features], Scaling::BYTES)
            .map_err(|e| ConfigError(e.to_string()))?;
        let split =
            Split { labelled: (0..epoch.labelled).collect(), unlabelled: (0..kept).collect(), validation: Vec::new() };
        Ok(Plan { config, data: shape.name, rows, split, epoch })
    }

    /// The settings of the training that is measured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Measures for about so many seconds.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn measure(self, seconds: f64, threads: &Threads) -> Result<Benchmark, RunError> {
        let threads = &threads.using(instructions(threads, self.config.precision)?);
        let (network, epoch) = (self.config.ladder(), self.epoch);
        let step = self.steps(seconds * STEPS_SHARE, threads)?;
        let limit = limit(seconds * LIMIT_SHARE, threads);
        let parts = parts::measure(&network, epoch.labelled, epoch.unlabelled, threads, seconds * PART_SHARE);
        let gflop = network.product_flop(epoch.labelled, epoch.unlabelled) as f64 / 1e9;
        let ms = step.median();
        let seconds_per_epoch = epoch.steps as f64 * ms / 1e3;
        Ok(Benchmark {
            schema: SCHEMA,
            data: self.data,
            model: self.config.model.name(),
            layers: self.config.layers,
            threads: threads.count(),
            instructions: threads.isa().name(),
            precision: precision_name(self.config.precision),
            labelled_rows_per_step: epoch.labelled,
            unlabelled_rows_per_step: epoch.unlabelled,
            steps: step.0.len(),
            ms_per_step: ms,
            ms_per_step_minimum: step.at(0.0),
            ms_per_step_lower_quartile: step.at(0.25),
            ms_per_step_upper_quartile: step.at(0.75),
            busy: step.at(0.75) - step.at(0.25) > BUSY * ms,
            steps_per_second: 1e3 / ms,
            rows_per_second: 1e3 / ms * (epoch.labelled + epoch.unlabelled) as f64,
            rows_per_epoch: epoch.rows,
            steps_per_epoch: epoch.steps,
            seconds_per_epoch,
            seconds_per_150_epochs: EPOCHS * seconds_per_epoch,
            product_gflop_per_step: gflop,
            product_limit_gflops: limit,
            product_limit_percent: 100.0 * gflop / limit / (ms / 1e3),
            parts_ms: parts.of_a_step(ms),
        })
    }

    /// The time between one step and the next; the first of each epoch is left out.
    fn steps(&self, seconds: f64, threads: &Threads) -> Result<Times, RunError> {
        let refused = |e: String| RunError::from(FitError::Settings(e));
        let model = Ladder::with_isa(self.config.ladder(), self.config.seed, threads.isa());
        let mut model = model.map_err(|e| refused(e.to_string()))?;
        let split = self.few_steps();
        let settings = FitSettings {
            // More than anybody waits for: the listener ends it.
            epochs: u32::MAX as usize / split.unlabelled.len().max(split.labelled.len()),
            unlabelled_batch: self.epoch.cut,
            // No step at all would be the same work, but a rate of 0 is refused. Nothing diverges at this one.
            learning_rate: 1e-9,
            statistics: StatisticsFrom::Labelled,
            ..self.config.fit()
        };
        let mut times = Vec::new();
        let (mut before, mut first) = (None, None);
        fit(&mut model, &self.rows, &split, &settings, threads, &mut |event| {
            let now = Instant::now();
            if let Event::Epoch(..) = event {
                before = None;
                return Flow::Go;
            }
            let warm = now.duration_since(*first.get_or_insert(now)).as_secs_f64() > 0.1 * seconds;
            if let (Some(before), true) = (before.replace(now), warm) {
                times.push(milliseconds(before, now));
            }
            let enough = times.len() >= AT_LEAST && now.duration_since(first.unwrap_or(now)).as_secs_f64() > seconds;
            if enough { Flow::Stop } else { Flow::Go }
        })?;
        Ok(Times::new(times))
    }

    /// A short epoch of full steps, so that what the training loop does after an epoch takes little time here.
    fn few_steps(&self) -> Split {
        const STEPS: usize = 20;
        /// Very large batches make an epoch of fewer steps.
        const ROWS: usize = 1 << 24;
        let rows = self.epoch.cut * (ROWS / self.epoch.cut).clamp(AT_LEAST, STEPS);
        let unlabelled = self.split.unlabelled.iter().copied().cycle().take(rows).collect();
        Split { labelled: self.split.labelled.clone(), unlabelled, validation: Vec::new() }
    }
}

impl Epoch {
    fn new(config: &Config, labelled: usize, unlabelled: usize) -> Self {
        let even = |rows: usize, batch: usize| rows.div_ceil(rows.div_ceil(batch));
        let cut = even(unlabelled, config.unlabelled_batch);
        Epoch {
            rows: unlabelled,
            steps: unlabelled.div_ceil(config.unlabelled_batch),
            cut,
            labelled: even(labelled, config.labelled_batch),
            unlabelled: if config.ladder().uses_unlabelled() { cut } else { 0 },
        }
    }
}

/// What the product kernel does at most: the best round counts, whatever else the machine does.
fn limit(seconds: f64, threads: &Threads) -> f64 {
    let work = product_rate(threads);
    let mut flop = 0;
    let best = Times::of(seconds, || flop = work()).at(0.0);
    flop as f64 / 1e6 / best
}

/// Milliseconds, the shortest first.
struct Times(Vec<f64>);

impl Times {
    fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Times(times)
    }

    /// Does the work for so many seconds, after once unmeasured.
    fn of(seconds: f64, mut work: impl FnMut()) -> Self {
        work();
        let first = Instant::now();
        let mut times = Vec::new();
        while times.len() < AT_LEAST || first.elapsed().as_secs_f64() < seconds {
            let before = Instant::now();
            work();
            times.push(milliseconds(before, Instant::now()));
        }
        Times::new(times)
    }

    fn at(&self, share: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }

    fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// Never 0, so that a rate stays finite.
fn milliseconds(from: Instant, to: Instant) -> f64 {
    (to.duration_since(from).as_secs_f64() * 1e3).max(1e-6)
}

#[cfg(test)]
mod tests;
