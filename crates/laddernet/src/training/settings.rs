//! How to train, and what of it does not fit a model and its data.

use super::{FitError, Model, RowsError};
use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::optimiser::Optimiser;
use crate::split::Split;
use crate::text::{as_text, precision_text};
use laddernet_math::Precision;
use serde::{Deserialize, Serialize};

/// How to train: the section `training` of the settings. `Default` is the setting of the ladder's authors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSettings {
    /// Passes over the unlabelled rows.
    pub epochs: usize,
    /// Labelled rows a step, at most.
    pub labelled_batch: usize,
    /// Unlabelled rows a step, at most.
    pub unlabelled_batch: usize,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls linearly to zero.
    pub decay_start: f32,
    /// How gradients move the parameters.
    #[serde(with = "as_text")]
    pub optimiser: Optimiser,
    /// Weight decay: the share of every weight that is removed at a learning rate of 1; biases are left alone.
    pub weight_decay: f32,
    /// Precision of the matrix products.
    #[serde(with = "precision_text")]
    pub precision: Precision,
    /// Seed of every random number: initial values, order of the rows, noise.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        FitSettings {
            epochs: 150,
            labelled_batch: 100,
            unlabelled_batch: 100,
            learning_rate: 0.002,
            decay_start: 0.67,
            optimiser: Optimiser::Adam,
            weight_decay: 0.0,
            precision: Precision::F32,
            seed: 1,
        }
    }
}

impl FitSettings {
    /// Steps of an epoch: it passes over the unlabelled rows.
    pub fn steps_per_epoch(&self, split: &Split) -> usize {
        match split.unlabelled.len() {
            0 => split.labelled.len().div_ceil(self.labelled_batch.max(1)),
            rows => rows.div_ceil(self.unlabelled_batch.max(1)),
        }
    }

    /// Checks what can be checked without model and data.
    ///
    /// # Errors
    /// Names the first setting that makes no training, and what would.
    pub fn check(&self) -> Result<(), SettingsError> {
        let counts = [
            ("epochs", self.epochs),
            ("labelled_batch", self.labelled_batch),
            ("unlabelled_batch", self.unlabelled_batch),
        ];
        for (key, value) in counts {
            // Epochs and steps are counted in 32 bits, where the random numbers are indexed by them.
            if u32::try_from(value).is_err() || value == 0 {
                return Err(SettingsError::value(key, value, format!("1 to {}", u32::MAX)));
            }
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(SettingsError::value("learning_rate", self.learning_rate, "a number above 0, such as 0.002"));
        }
        if let Optimiser::Momentum(momentum) = self.optimiser
            && !(0.0..1.0).contains(&momentum)
        {
            return Err(SettingsError::value(
                "optimiser",
                self.optimiser,
                "a momentum of 0 or more and below 1, such as 0.9",
            ));
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay * self.learning_rate < 1.0) {
            let found = format!("{} at a learning rate of {}", self.weight_decay, self.learning_rate);
            let expected = "0 or more, and a product below 1, such as 0.0002 at 0.05";
            return Err(SettingsError::value("weight_decay", found, expected));
        }
        if !(0.0..=1.0).contains(&self.decay_start) {
            return Err(SettingsError::value("decay_start", self.decay_start, "a share of the epochs, 0 to 1"));
        }
        Ok(())
    }

    /// Whether the steps of a training on these rows can be counted.
    ///
    /// # Errors
    /// When there are more than 2^32 - 1.
    pub fn check_steps(&self, split: &Split) -> Result<(), SettingsError> {
        let steps = self.steps_per_epoch(split).max(1);
        if self.epochs.checked_mul(steps).is_none_or(|steps| u32::try_from(steps).is_err()) {
            let found = format!("{}, of {steps} steps each", self.epochs);
            return Err(SettingsError::value("epochs", found, format!("at most {} steps in all", u32::MAX)));
        }
        Ok(())
    }
}

/// # Errors
/// When the settings, the data and the model do not fit; says what would.
pub(super) fn check(model: &impl Model, data: &Dataset, split: &Split, settings: &FitSettings) -> Result<(), FitError> {
    check_rows((model.features(), model.classes()), model.uses_unlabelled(), data, split)?;
    model.check_rows(data).map_err(|e| e.under("model"))?;
    settings.check()?;
    Ok(settings.check_steps(split)?)
}

/// Whether a model of so many values a row and, where it predicts them, classes can learn from these rows.
///
/// # Errors
/// When it cannot: says what does not fit.
pub(super) fn check_rows(
    (features, classes): (usize, Option<usize>),
    uses_unlabelled: bool,
    data: &Dataset,
    split: &Split,
) -> Result<(), RowsError> {
    if data.features() != features {
        return Err(RowsError::Features { found: data.features(), expected: features });
    }
    if let Some(expected) = classes.filter(|&classes| data.classes() > classes) {
        return Err(RowsError::Classes { found: data.classes(), expected });
    }
    if split.labelled.is_empty() && !uses_unlabelled {
        return Err(RowsError::NoLabels);
    }
    if (split.labelled.is_empty() || classes.is_none()) && split.unlabelled.is_empty() {
        return Err(RowsError::Empty);
    }
    let (mut rows, n) = (split.labelled.iter().chain(&split.unlabelled).chain(&split.validation), data.rows());
    if let Some(&row) = rows.find(|&&row| row >= n) {
        return Err(RowsError::NoSuchRow { row, rows: n });
    }
    if let Some(&row) = split.labelled.iter().find(|&&row| data.labels()[row].is_none()) {
        return Err(RowsError::NoSuchLabel { row });
    }
    Ok(())
}
