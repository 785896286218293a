//! What can be watched of an RBM while it learns, besides its reconstruction error, which says little: the
//! pseudo-likelihood, the gap of the free energies, and idle units (Hinton 2010, sections 5, 6 and 15).

use super::{Binarise, Rbm, Units};
use crate::dataset::Dataset;
use crate::split::Split;
use laddernet_math::Threads;
use serde::{Deserialize, Serialize};

/// Rows whose units are flipped one by one; an RBM of 784 x 500 units takes some hundredths of a second for them.
const FLIPPED: usize = 20;
/// Rows that are used otherwise.
const ROWS: usize = 1000;

/// What is known of an RBM at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RbmMonitors {
    /// How rows became states for these numbers.
    pub binarised: String,
    /// Whether the pseudo-likelihood is that of validation rows.
    pub of_validation_rows: bool,
    /// Exact log-pseudo-likelihood, nats a row: every unit is flipped. Gaussian units have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudo_likelihood: Option<f64>,
    /// Mean squared error of reconstructed rows, as a share of that of the training rows' means in their place; of Gaussian units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unexplained: Option<f64>,
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

impl RbmMonitors {
    /// What may be wrong, if anything.
    pub fn warning(&self) -> Option<String> {
        let mut warnings = Vec::new();
        if let Some(gap) = self.free_energy_gap.filter(|_| self.overfits) {
            warnings.push(format!(
                "rows kept aside have a free energy {gap:.1} nats above that of the training rows: the RBM overfits; fewer epochs, fewer units or more weight decay"
            ));
        }
        let idle = self.dead_units + self.saturated_units;
        if 2 * idle > self.hidden_units {
            warnings.push(format!(
                "{idle} of {} hidden units are idle ({} never on, {} never off): a smaller learning rate, or sparsity",
                self.hidden_units, self.dead_units, self.saturated_units
            ));
        }
        (!warnings.is_empty()).then(|| warnings.join(". "))
    }
}

/// The rows by which an RBM is watched, binarised once, or standardised for Gaussian units.
pub(super) struct RbmMonitor {
    visible: Units,
    flipped: Dataset,
    training: Dataset,
    validation: Option<Dataset>,
    threads: Threads,
}

impl RbmMonitor {
    pub fn new(data: &Dataset, visible: Units, split: &Split, threads: &Threads) -> Self {
        let evenly = |rows: &[usize], most: usize| {
            let n = rows.len().min(most);
            let some: Vec<usize> = (0..n).map(|i| rows[i * rows.len() / n]).collect();
            let some = data.select(&some);
            match visible {
                Units::Bernoulli => Binarise::Stochastic.rows(&some, 0, threads),
                Units::Gaussian => some,
            }
        };
        let held = (!split.validation.is_empty()).then_some(&split.validation);
        RbmMonitor {
            visible,
            flipped: evenly(held.unwrap_or(&split.unlabelled), FLIPPED),
            training: evenly(&split.unlabelled, ROWS),
            validation: held.map(|rows| evenly(rows, ROWS)),
            threads: threads.clone(),
        }
    }

    /// What the visible units are.
    pub fn visible(&self) -> Units {
        self.visible
    }

    /// Of an RBM; nothing where numbers overflow.
    pub fn of(&self, rbm: &Rbm) -> Option<RbmMonitors> {
        let (pseudo_likelihood, unexplained) = match self.visible {
            Units::Bernoulli => {
                let likelihoods = rbm.pseudo_likelihoods(&self.flipped, &self.threads).ok()?;
                (Some(likelihoods.iter().sum::<f64>() / likelihoods.len() as f64), None)
            }
            Units::Gaussian => (None, Some(self.unexplained(rbm)?)),
        };
        let idle = rbm.idle_units(&self.training, &self.threads).ok()?;
        let gap = match &self.validation {
            Some(validation) => Some(rbm.free_energy_gap(&self.training, validation, &self.threads).ok()?),
            None => None,
        };
        let numbers = [pseudo_likelihood, unexplained, gap.map(|gap| gap.gap())];
        numbers.into_iter().flatten().all(f64::is_finite).then(|| RbmMonitors {
            binarised: if unexplained.is_some() { Binarise::None } else { Binarise::Stochastic }.to_string(),
            of_validation_rows: self.validation.is_some(),
            pseudo_likelihood,
            unexplained,
            free_energy_gap: gap.map(|gap| gap.gap()),
            overfits: gap.is_some_and(|gap| gap.overfits()),
            dead_units: idle.dead.len(),
            saturated_units: idle.saturated.len(),
            hidden_units: rbm.hidden(),
        })
    }

    /// The squared error of rows that go up and come down again, beside that of zeros, which standardised rows have as means.
    fn unexplained(&self, rbm: &Rbm) -> Option<f64> {
        let rows = self.validation.as_ref().unwrap_or(&self.training);
        let codes = rbm.up().codes(rows, &self.threads).ok()?;
        let reconstructed = rbm.visible_means(&codes, &self.threads).ok()?;
        let (mut error, mut of_means) = (0.0, 0.0);
        for (r, row) in reconstructed.chunks_exact(rows.features()).enumerate() {
            for (c, &x) in row.iter().enumerate() {
                let input = f64::from(rows.input(r, c));
                error += (f64::from(x) - input).powi(2);
                of_means += input.powi(2);
            }
        }
        (of_means > 0.0).then_some(error / of_means)
    }
}
