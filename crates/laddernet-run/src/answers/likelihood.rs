//! How likely a saved density finds the rows of its data.

use super::NEAR;
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::evaluation::{RowMeasure, final_row_measures};
use laddernet::models::StateEnergies;
use laddernet::models::rbm::{Annealed, Annealing, AnnealingError, Binarise, Estimate};
use laddernet::session::{self, Parts, TestPart};
use laddernet::{Dataset, Sealed, Threads};
use laddernet_data::Loaded;
use serde::Serialize;

/// How `ln Z` is found, and what becomes of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelihoodSettings {
    /// How values become states of units, a part of every likelihood; `None`: as in the model's training, at random where that
    /// took values for states, or not at all for Gaussian units.
    pub binarise: Option<Binarise>,
    /// Annealed chains, of each direction.
    pub chains: usize,
    /// Temperatures between the base rate and the model.
    pub temperatures: Temperatures,
    /// Whether `ln Z` is estimated also where it can be summed.
    pub estimate: bool,
    /// Whether nothing but a sum is accepted: where that would take too long, it is refused.
    pub exact: bool,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// Temperatures of annealing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Temperatures {
    /// The 14 501 of Salakhutdinov and Murray (2008).
    Published,
    /// So many, evenly spaced.
    Even(usize),
}

/// What an estimate in one direction says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Direction {
    /// `ln Z` in nats.
    pub ln_z: f64,
    /// Three standard errors below and above; no number where they reach a weight of 0.
    pub three_sigma: [Option<f64>; 2],
    /// How many independent chains the weights are worth.
    pub effective_chains: f64,
}

/// The mean log-likelihood of rows, in nats, with each `ln Z`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfRows {
    /// Number of rows.
    pub rows: usize,
    /// `-F(v)`: the log-likelihood but for `ln Z`.
    pub minus_free_energy: f64,
    /// With the exact `ln Z`.
    pub exact: Option<f64>,
    /// With that of annealing from the base rate to the model, which flatters.
    pub forward: Option<f64>,
    /// With that of annealing from the model to the base rate, which does the contrary.
    pub reverse: Option<f64>,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likelihood {
    /// How values became states.
    pub binarised: String,
    /// The logarithm of the product of all deviations by which rows were standardised: a density of the rows before is so many
    /// nats lower. None where they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_deviations: Option<f64>,
    /// `ln Z` summed, where a side has few enough units.
    pub ln_z: Option<f64>,
    /// Estimated from the base rate to the model.
    pub forward: Option<Direction>,
    /// Estimated from the model to the base rate.
    pub reverse: Option<Direction>,
    /// Chains of each direction.
    pub chains: usize,
    /// Whether so few chains count that neither estimate is to be trusted.
    pub collapsed: bool,
    /// Whether the estimates differ by more than three standard errors of both.
    pub disagree: bool,
    /// Of the rows that the model has learned from, where the data hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<OfRows>,
    /// Of the rows of the training that were kept to choose settings by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<OfRows>,
    /// Of the test rows, as [`super::evaluate::evaluate`] chooses them.
    pub test: OfRows,
    /// Which these are.
    pub test_part: TestPart,
    /// Whether these are rows that the model was trained on.
    pub learned_from: bool,
}

/// Finds `ln Z`, and the likelihood of training and test rows. Annealing begins at the base rate of the data's training rows, or of
/// all their rows where they are other data than the training's and have no test set.
///
/// # Errors
/// When the model is no density, the rows are not what it takes or overflow, or the settings make no estimate.
pub fn likelihood(
    saved: &SavedModel,
    loaded: Loaded,
    settings: &LikelihoodSettings,
    threads: &Threads,
) -> Result<Likelihood, RunError> {
    let density = saved.density()?;
    let usual = match saved.card.model.spec().binarise() {
        _ if density.is_standardised() => Binarise::None,
        Some(Binarise::Threshold) => Binarise::Threshold,
        _ => Binarise::Stochastic,
    };
    let binarise = settings.binarise.unwrap_or(usual);
    if density.is_standardised() && binarise != Binarise::None {
        let message = "the visible units are Gaussian and take rows as they are: leave out how values become states";
        return Err(RunError::Argument(message.to_owned()));
    }
    let has_learned = saved.has_learned(&loaded);
    let learned_from = saved.has_learned_test_rows(&loaded);
    let loaded = saved.loaded(loaded)?;
    let name = loaded.name.clone();
    let (training, test, test_part) = if loaded.test.is_some() || has_learned {
        let parts = session::parts(loaded.train, loaded.test, saved.card.trained.seed);
        let Parts { training, test, test_part, .. } = parts.map_err(RunError::session(&name))?;
        (training, test, test_part)
    } else {
        (loaded.train.clone(), Sealed::new(loaded.train), TestPart::AllRows)
    };
    let split = saved.drawn(training.rows(), has_learned).map_err(|e| RunError::session(&name)(e.into()))?;
    // Each part has its own random numbers.
    let energies = |part: u64| StateEnergies { density, binarise, seed: settings.seed.wrapping_add(part) };
    let validation = (!split.validation.is_empty()).then(|| training.select(&split.validation));
    let training = training.select(&split.unlabelled);
    let ln_z = match density.ln_partition(threads) {
        Err(e) if settings.exact => return Err(RunError::Argument(e.to_string())),
        found => found.ok(),
    };
    let annealed = if ln_z.is_none() || settings.estimate {
        let betas = match settings.temperatures {
            Temperatures::Published => Annealing::default().betas,
            Temperatures::Even(n) => (0..n).map(|k| k as f64 / (n - 1) as f64).collect(),
        };
        let annealing = Annealing { chains: settings.chains, betas, seed: settings.seed, ..Annealing::default() };
        let states = binarise.rows(&training, settings.seed, threads);
        let refuse = |e: AnnealingError| RunError::UnfitRows { name: name.clone(), reason: e.to_string() };
        Some(density.anneal(&states, &annealing, threads).map_err(refuse)?)
    } else {
        None
    };
    let direction = |e: &Estimate| Direction {
        ln_z: e.ln_z,
        three_sigma: [e.three_sigma.0, e.three_sigma.1].map(|x| x.is_finite().then_some(x)),
        effective_chains: e.effective_chains,
    };
    let (forward, reverse) = match &annealed {
        Some(a) => (Some(direction(&a.forward)), Some(direction(&a.reverse))),
        None => (None, None),
    };
    let of = |energies: &[f64], which: &str| -> Result<OfRows, RunError> {
        if let Some(row) = energies.iter().position(|energy| !energy.is_finite()) {
            let reason = format!("row {row}{which} has a free energy beyond all numbers: {NEAR}");
            return Err(RunError::UnfitRows { name: name.clone(), reason });
        }
        let minus_free_energy = -energies.iter().sum::<f64>() / energies.len() as f64;
        let with = |ln_z: Option<f64>| ln_z.map(|ln_z| minus_free_energy - ln_z);
        Ok(OfRows {
            rows: energies.len(),
            minus_free_energy,
            exact: with(ln_z),
            forward: with(forward.as_ref().map(|d| d.ln_z)),
            reverse: with(reverse.as_ref().map(|d| d.ln_z)),
        })
    };
    let which = if test_part == TestPart::AllRows { String::new() } else { format!(" of the {test_part}") };
    let of_rows = |rows: &Dataset, part: u64, which: &str| of(&energies(part).of_rows(rows, threads), which);
    Ok(Likelihood {
        binarised: binarise.to_string(),
        ln_deviations: saved.preprocessing.encoding.standards().map(|s| s.ln_deviations()),
        training: has_learned.then(|| of_rows(&training, 0, " of the training rows")).transpose()?,
        validation: validation.map(|rows| of_rows(&rows, 2, " of the validation rows")).transpose()?,
        test: of(&final_row_measures(&energies(1), test, threads), &which)?,
        test_part,
        learned_from,
        ln_z,
        chains: settings.chains,
        collapsed: annealed.as_ref().is_some_and(Annealed::collapsed),
        disagree: annealed.as_ref().is_some_and(Annealed::disagree),
        forward,
        reverse,
    })
}
