//! How likely the samples of a saved model make rows, by Parzen windows.

use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::evaluation::final_parzen;
use laddernet::models::Start;
use laddernet::parzen::{Parzen, ParzenError};
use laddernet::session::{self, Parts, TestPart};
use laddernet::{Dataset, Scaling, Threads, Values};
use laddernet_data::Loaded;
use serde::Serialize;

/// Rows that choose the width, at most.
const CHOOSING: usize = 2000;
/// Widths to choose from: so many, each larger than the one before by this factor.
const WIDTHS: (i32, f64) = (25, 1.12);
/// The first of them.
const NARROWEST: f64 = 0.05;
/// A sample is kept three times, 4 bytes a value; more would take more than three gigabytes.
const MOST_VALUES: usize = 1 << 28;

/// How the samples are made, and their windows.
#[derive(Clone, Debug, PartialEq)]
pub struct ParzenSettings {
    /// Samples, of all chains together.
    pub samples: usize,
    /// Chains, which begin at training rows.
    pub chains: usize,
    /// Steps of each chain before its first sample.
    pub burn_in: usize,
    /// The width of the windows; `None`: the one that rows beside the test rows find most likely.
    pub sigma: Option<f64>,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// The estimate, in nats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParzenLikelihood {
    /// The mean log-density of the test rows.
    pub test_nats: f64,
    /// Its standard error, from the spread of the rows.
    pub standard_error: f64,
    /// Number of test rows.
    pub test_rows: usize,
    /// Which these are.
    pub test_part: TestPart,
    /// The mean log-density of the validation rows, of which there may be none: a chosen width is the best for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_nats: Option<f64>,
    /// The width of the windows.
    pub sigma: f64,
    /// Which rows chose it: `validation`, `training`, `others` where the data are not those of the training, or `none` where it
    /// was given.
    pub sigma_chosen_by: &'static str,
    /// Number of samples.
    pub samples: usize,
    /// Chains that gave them.
    pub chains: usize,
    /// Steps of each chain before its first sample.
    pub burn_in: usize,
    /// Training rows in the samples' place: as many, where there are so many.
    pub training_rows: usize,
    /// The estimate from them, with windows of the same width: what copying would give.
    pub training_rows_instead: f64,
}

/// Lets chains walk from training rows and puts a window around what each step makes likely.
///
/// # Errors
/// When the model gives no samples, the rows are not what it takes, or the settings make no estimate.
pub fn parzen_likelihood(
    saved: &SavedModel,
    loaded: Loaded,
    settings: &ParzenSettings,
    threads: &Threads,
) -> Result<ParzenLikelihood, RunError> {
    let model = saved.samples()?;
    let has_learned = saved.has_learned(&loaded);
    let loaded = saved.loaded(loaded)?;
    let (name, features) = (loaded.name.clone(), loaded.train.features());
    let parts = session::parts(loaded.train, loaded.test, saved.card.trained.seed);
    let Parts { training, test, test_part, .. } = parts.map_err(RunError::session(&name))?;
    let chains = settings.chains.min(settings.samples).min(training.rows());
    let steps = settings.samples.div_ceil(chains).saturating_add(settings.burn_in);
    let Ok(steps) = u32::try_from(steps) else {
        return Err(RunError::Argument(format!(
            "{steps} steps of a chain: expected at most {}; burn in fewer",
            u32::MAX
        )));
    };
    let values = settings.samples.saturating_mul(features);
    if values > MOST_VALUES {
        return Err(RunError::Argument(format!(
            "{} samples are {values} values: expected at most {MOST_VALUES}; draw fewer samples",
            settings.samples
        )));
    }
    // Chains begin at rows all over the training part, the validation rows left out.
    let drawn = saved.drawn(training.rows(), has_learned).map_err(|e| RunError::session(&name)(e.into()))?;
    let learned = &drawn.unlabelled;
    let spread = |n: usize| (0..n).map(|i| learned[i * learned.len() / n]).collect::<Vec<usize>>();
    // Step after step, so that every chain gives as many samples as the others, or one more.
    let mut samples = Vec::with_capacity(values);
    let start = training.select(&spread(chains));
    let mut step = 0;
    model.walk(Start::Rows(&start), steps, 1, None, settings.seed, threads, &mut |likely| {
        if step >= settings.burn_in {
            samples.extend_from_slice(&likely[..likely.len().min(values - samples.len())]);
        }
        step += 1;
    });
    let labels = vec![None; settings.samples];
    let samples = Dataset::new(Values::F32(samples), labels, Vec::new(), vec![features], Scaling::NONE)
        .expect("probabilities, at least one row");
    let unable = |e: ParzenError| RunError::Argument(e.to_string());
    let parzen = Parzen::new(&samples);
    let held = &drawn.validation[..drawn.validation.len().min(CHOOSING)];
    let (sigma, sigma_chosen_by) = match settings.sigma {
        Some(sigma) => (sigma, "none"),
        None => {
            let (rows, by) = if held.is_empty() {
                let by = if has_learned { "training" } else { "others" };
                (&learned[learned.len().saturating_sub(CHOOSING)..], by)
            } else {
                (held, "validation")
            };
            let grid: Vec<f64> = (0..WIDTHS.0).map(|k| NARROWEST * WIDTHS.1.powi(k)).collect();
            (parzen.choose_sigma(&training.select(rows), &grid, threads).map_err(unable)?.0, by)
        }
    };
    let validation = (!held.is_empty()).then(|| parzen.estimate(&training.select(held), sigma, threads));
    let validation_nats = validation.transpose().map_err(unable)?.map(|found| found.mean);
    let training_rows = settings.samples.min(learned.len());
    let copies = Parzen::new(&training.select(&spread(training_rows)));
    let found = final_parzen(&[&parzen, &copies], test, sigma, threads).map_err(unable)?;
    let [found, instead] = &found[..] else { unreachable!("an estimate for each set of samples") };
    Ok(ParzenLikelihood {
        test_nats: found.mean,
        standard_error: found.standard_error,
        test_rows: found.rows,
        test_part,
        validation_nats,
        sigma,
        sigma_chosen_by,
        samples: found.samples,
        chains,
        burn_in: settings.burn_in,
        training_rows,
        training_rows_instead: instead.mean,
    })
}
