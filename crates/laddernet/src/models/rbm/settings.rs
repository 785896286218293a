//! How an RBM learns by contrast, and what of it makes no training.

use super::{Binarise, Rbm, Units};
use crate::error::SettingsError;

/// Where the Gibbs chains of a step begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// At the rows of the batch.
    Data,
    /// Where the step before ended: so many chains, at first at independent coins.
    Persistent(usize),
}

/// How an RBM learns.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Gibbs sweeps a step, `k` of CD-k and PCD-k; at least 1.
    pub sweeps: u16,
    /// Where they begin.
    pub chain: Chain,
    /// Share of a step in the moving averages that are the offsets; none for the plain gradient.
    pub offset_share: Option<f32>,
    /// What becomes of the data; for Gaussian visible units nothing.
    pub binarise: Binarise,
    /// Whether hidden units are drawn to be on for few rows.
    pub sparsity: Option<Sparsity>,
}

impl Default for Contrast {
    fn default() -> Self {
        Contrast {
            sweeps: 1,
            chain: Chain::Persistent(100),
            offset_share: Some(0.01),
            binarise: Binarise::Stochastic,
            sparsity: None,
        }
    }
}

/// A penalty on hidden units that are on too often or too seldom (Hinton 2010, section 11): the cross-entropy between the
/// share of rows that is wanted and a running mean `q` of the unit's probability,
///
/// ```text
/// strength (-target ln q - (1 - target) ln(1 - q))          its derivative by the unit's sum: strength (q - target)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparsity {
    /// The mean that is wanted, between 0 and 1.
    pub target: f32,
    /// How much it counts beside the likelihood.
    pub strength: f32,
    /// What a step leaves of the running mean, 0 or more and below 1.
    pub decay: f32,
}

impl Default for Sparsity {
    /// A unit in twenty, of a mean over some twenty steps.
    fn default() -> Self {
        Sparsity { target: 0.05, strength: 0.1, decay: 0.95 }
    }
}

/// Sweeps a step at most: each has draws of its own.
const MOST_SWEEPS: u16 = 30_000;

impl Contrast {
    /// Whether such an RBM can learn so; if not, why, and what would do.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self, rbm: &Rbm) -> Result<(), SettingsError> {
        if !(1..=MOST_SWEEPS).contains(&self.sweeps) {
            return Err(SettingsError::value("sweeps", self.sweeps, format!("1 to {MOST_SWEEPS} Gibbs sweeps a step")));
        }
        if self.chain == Chain::Persistent(0) {
            return Err(SettingsError::value("chains", 0, "at least 1, such as 100"));
        }
        if let Some(share) = self.offset_share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(SettingsError::value("centring", share, "0 to 1, such as 0.01"));
        }
        if rbm.visible_units() == Units::Gaussian && self.binarise != Binarise::None {
            let conflict = "Gaussian visible units take rows as they are";
            return Err(SettingsError::conflict("binarise", self.binarise, conflict, "set binarise to none"));
        }
        let Some(Sparsity { target, strength, decay }) = self.sparsity else { return Ok(()) };
        if rbm.hidden_units() == Units::Gaussian {
            let conflict = "Gaussian hidden units are not on or off";
            return Err(SettingsError::conflict("sparsity", target, conflict, "set it to 0"));
        }
        if !(target > 0.0 && target < 1.0) {
            return Err(SettingsError::value("sparsity", target, "0, or between 0 and 1, such as 0.05"));
        }
        if !(strength >= 0.0 && strength.is_finite()) {
            return Err(SettingsError::value("sparsity_strength", strength, "0 or more, such as 0.1"));
        }
        if !(0.0..1.0).contains(&decay) {
            return Err(SettingsError::value("sparsity_decay", decay, "0 or more and below 1, such as 0.95"));
        }
        Ok(())
    }
}
