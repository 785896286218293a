//! What can be watched of a Boltzmann machine while it learns, beside the error of rebuilt rows, which tells little: the
//! pseudo-likelihood, the gap of the free energies, and units that tell nothing (Hinton 2010, sections 5, 6 and 15).

use laddernet::fit::Standing;
use laddernet::models::rbm::{Binarise, Rbm};
use laddernet::split::Split;
use laddernet::{Dataset, Threads};
use serde::{Deserialize, Serialize};

/// Rows whose units are flipped one by one; a machine of 784 x 500 units takes some hundredths of a second for them.
const FLIPPED: usize = 20;
/// Rows that are looked at otherwise.
const ROWS: usize = 1000;

/// What is known of a machine at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineMonitors {
    /// How rows became states for these numbers.
    pub binarised: String,
    /// Whether the pseudo-likelihood is that of validation rows.
    pub of_validation_rows: bool,
    /// Exact log-pseudo-likelihood, nats a row: every unit is flipped.
    pub pseudo_likelihood: f64,
    /// Mean free energy of validation rows less that of training rows, nats a row; where there are validation rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_energy_gap: Option<f64>,
    /// Whether the gap is large enough to be called overfitting.
    #[serde(default)]
    pub overfits: bool,
    /// Hidden units that are off for nearly every row.
    pub dead_units: usize,
    /// Hidden units that are on for nearly every row.
    pub saturated_units: usize,
    /// Hidden units.
    pub hidden_units: usize,
}

impl MachineMonitors {
    /// What to be wary of, if anything.
    pub fn warning(&self) -> Option<String> {
        let mut told = Vec::new();
        if let Some(gap) = self.free_energy_gap.filter(|_| self.overfits) {
            told.push(format!(
                "rows kept aside have a free energy {gap:.1} nats above that of the training rows: the machine learns its rows \
                 by heart; fewer epochs, fewer units or more weight decay"
            ));
        }
        let idle = self.dead_units + self.saturated_units;
        if 2 * idle > self.hidden_units {
            told.push(format!(
                "{idle} of {} hidden units say nothing ({} never on, {} never off): a smaller learning rate, or sparsity",
                self.hidden_units, self.dead_units, self.saturated_units
            ));
        }
        (!told.is_empty()).then(|| told.join(". "))
    }
}

/// The rows by which a machine is watched, binarised once.
pub(crate) struct Monitor {
    flipped: Dataset,
    training: Dataset,
    validation: Option<Dataset>,
    threads: Threads,
}

impl Monitor {
    pub fn new(data: &Dataset, split: &Split, threads: &Threads) -> Self {
        let evenly = |rows: &[usize], most: usize| {
            let n = rows.len().min(most);
            let some: Vec<usize> = (0..n).map(|i| rows[i * rows.len() / n]).collect();
            Binarise::Stochastic.rows(&data.select(&some), 0, threads)
        };
        let held = (!split.validation.is_empty()).then_some(&split.validation);
        Monitor {
            flipped: evenly(held.unwrap_or(&split.unlabelled), FLIPPED),
            training: evenly(&split.unlabelled, ROWS),
            validation: held.map(|rows| evenly(rows, ROWS)),
            threads: threads.clone(),
        }
    }

    /// Of a machine in the middle of its training.
    pub fn look(&self, standing: &Standing<'_>) -> Option<MachineMonitors> {
        let tensors = standing.tensors();
        let [weight, visible, hidden] = &tensors[..] else { return None };
        // Values that overflowed make no machine; the training says so itself.
        self.of(&Rbm::from_values(&weight.values, &visible.values, &hidden.values).ok()?)
    }

    /// Of a machine; nothing where numbers overflow.
    pub fn of(&self, rbm: &Rbm) -> Option<MachineMonitors> {
        let likelihoods = rbm.pseudo_likelihoods(&self.flipped, &self.threads).ok()?;
        let idle = rbm.idle_units(&self.training, &self.threads).ok()?;
        let gap = match &self.validation {
            Some(validation) => Some(rbm.free_energy_gap(&self.training, validation, &self.threads).ok()?),
            None => None,
        };
        let mean = likelihoods.iter().sum::<f64>() / likelihoods.len() as f64;
        (mean.is_finite() && gap.is_none_or(|gap| gap.gap().is_finite())).then(|| MachineMonitors {
            binarised: "stochastic".into(),
            of_validation_rows: self.validation.is_some(),
            pseudo_likelihood: mean,
            free_energy_gap: gap.map(|gap| gap.gap()),
            overfits: gap.is_some_and(|gap| gap.overfits()),
            dead_units: idle.dead.len(),
            saturated_units: idle.saturated.len(),
            hidden_units: rbm.hidden(),
        })
    }
}
