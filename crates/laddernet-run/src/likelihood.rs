//! How likely a saved Boltzmann machine finds the rows of its data.

use crate::config::ConfigError;
use crate::error::RunError;
use crate::lineage::binarise_name;
use crate::model_file::SavedModel;
use crate::prepare::{self, TestPart};
use laddernet::evaluation::final_measure;
use laddernet::models::rbm::{Annealed, Annealing, Binarise, Estimate, Rbm, Units};
use laddernet::{Dataset, Sealed, Threads};
use laddernet_data::Loaded;
use serde::Serialize;

/// How `ln Z` is found, and what becomes of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelihoodSettings {
    /// How values become states of units, a part of every likelihood; `None`: as in the machine's training, by chance where that
    /// took values for states, or not at all for Gaussian units.
    pub binarise: Option<Binarise>,
    /// Annealed chains, of each direction.
    pub chains: usize,
    /// Temperatures between the base rate and the machine.
    pub temperatures: Temperatures,
    /// Whether `ln Z` is estimated also where it can be summed up.
    pub estimate: bool,
    /// Whether nothing but a sum will do: where that would take too long, it is refused.
    pub exact: bool,
    /// Seed of all draws.
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
    /// With that of annealing from the base rate to the machine, which flatters.
    pub forward: Option<f64>,
    /// With that of annealing from the machine to the base rate, which does the contrary.
    pub reverse: Option<f64>,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likelihood {
    /// How values became states.
    pub binarised: &'static str,
    /// The logarithm of the product of all deviations by which rows were standardised: a density of the rows before is so many
    /// nats lower. None where they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_deviations: Option<f64>,
    /// `ln Z` summed up, where a side has few enough units.
    pub ln_z: Option<f64>,
    /// Estimated from the base rate to the machine.
    pub forward: Option<Direction>,
    /// Estimated from the machine to the base rate.
    pub reverse: Option<Direction>,
    /// Chains of each direction.
    pub chains: usize,
    /// Whether so few chains count that neither estimate is to be trusted.
    pub collapsed: bool,
    /// Whether the estimates differ by more than three standard errors of both.
    pub disagree: bool,
    /// Of the rows that the machine has learned from, where the data hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<OfRows>,
    /// Of the rows of the training that were kept to choose settings by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<OfRows>,
    /// Of the test rows, as [`crate::evaluate::evaluate`] chooses them.
    pub test: OfRows,
    /// Which these are.
    pub test_part: TestPart,
    /// Whether these are rows that the machine was trained on.
    pub learned_from: bool,
}

/// Finds `ln Z`, and the likelihood of training and test rows. Annealing begins at the base rate of the data's training rows, or of
/// all their rows where they are other data than the training's and have no test set.
///
/// # Errors
/// When the model is no machine, the rows are not what it takes or overflow, or the settings make no estimate.
pub fn likelihood(
    saved: &SavedModel,
    loaded: Loaded,
    settings: &LikelihoodSettings,
    threads: &Threads,
) -> Result<Likelihood, RunError> {
    let rbm = saved.machine()?;
    let gaussian = rbm.visible_units() == Units::Gaussian;
    let of_training = saved.card.lineage.as_ref().and_then(|config| config.machines.as_ref()).map(|m| m.binarise);
    let usual = match of_training {
        _ if gaussian => Binarise::None,
        Some(Binarise::Threshold) => Binarise::Threshold,
        _ => Binarise::Stochastic,
    };
    let binarise = settings.binarise.unwrap_or(usual);
    if gaussian && binarise != Binarise::None {
        let message =
            "the machine has Gaussian visible units, which take rows as they are: leave out how they are binarised";
        return Err(ConfigError(message.to_owned()).into());
    }
    let has_learned = saved.has_learned(&loaded);
    let learned_from = saved.has_learned_test_rows(&loaded);
    let loaded = saved.loaded(loaded)?;
    let name = loaded.name.clone();
    let (training, test, test_part) = if loaded.test.is_some() || has_learned {
        prepare::parts(loaded, saved.card.trained.seed)?
    } else {
        (loaded.train.clone(), Sealed::new(loaded.train), TestPart::AllRows)
    };
    let split = saved.drawn(training.rows(), has_learned)?;
    let states = |rows: &Dataset, seed: u64| binarise.rows(rows, settings.seed.wrapping_add(seed), threads);
    let validation = (!split.validation.is_empty()).then(|| states(&training.select(&split.validation), 2));
    let training = states(&training.select(&split.unlabelled), 0);
    let ln_z = match rbm.ln_partition(threads) {
        Err(e) if settings.exact => return Err(RunError::Argument(e.to_string())),
        found => found.ok(),
    };
    let annealed = if ln_z.is_none() || settings.estimate {
        let betas = match settings.temperatures {
            Temperatures::Published => Annealing::default().betas,
            Temperatures::Even(n) => (0..n).map(|k| k as f64 / (n - 1) as f64).collect(),
        };
        let annealing = Annealing { chains: settings.chains, betas, seed: settings.seed, ..Annealing::default() };
        Some(rbm.anneal(&training, &annealing, threads).map_err(|e| RunError::DataMismatch(e.to_string()))?)
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
    let of = |rows: &Dataset, which: &str| -> Result<OfRows, RunError> {
        let minus_free_energy = mean_of(rbm, rows, threads).map_err(|row| {
            RunError::DataMismatch(format!(
                "{name}: row {row}{which} has a free energy beyond all numbers: expected values in the units of the \
                 training's, and near them"
            ))
        })?;
        let with = |ln_z: Option<f64>| ln_z.map(|ln_z| minus_free_energy - ln_z);
        Ok(OfRows {
            rows: rows.rows(),
            minus_free_energy,
            exact: with(ln_z),
            forward: with(forward.as_ref().map(|d| d.ln_z)),
            reverse: with(reverse.as_ref().map(|d| d.ln_z)),
        })
    };
    let which = if test_part == TestPart::AllRows { String::new() } else { format!(" of the {test_part}") };
    let of_test = |rows: &Dataset| of(&states(rows, 1), &which);
    Ok(Likelihood {
        binarised: binarise_name(binarise),
        ln_deviations: saved.standards.as_ref().map(|s| s.ln_deviations()),
        training: has_learned.then(|| of(&training, " of the training rows")).transpose()?,
        validation: validation.map(|rows| of(&rows, " of the validation rows")).transpose()?,
        test: final_measure(test, of_test)?,
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

/// The mean of `-F(v)`, or the first row whose free energy is no number; rows have been checked.
fn mean_of(rbm: &Rbm, rows: &Dataset, threads: &Threads) -> Result<f64, usize> {
    let energies = rbm.free_energies(rows, threads).expect("rows as long as there are visible units");
    match energies.iter().position(|energy| !energy.is_finite()) {
        Some(row) => Err(row),
        None => Ok(-energies.iter().sum::<f64>() / rows.rows() as f64),
    }
}
