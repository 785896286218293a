//! How to train, and what of it does not fit a model and its data.

use super::FitError;
use crate::dataset::Dataset;
use crate::models::Model;
use crate::optimiser::Optimiser;
use crate::split::Split;

/// Which rows give the normalisation statistics for prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticsFrom {
    /// The labelled rows, as the authors do.
    Labelled,
    /// All training rows.
    Unlabelled,
}

/// How to train. `Default` is the authors' setting.
#[derive(Clone, Debug, PartialEq)]
pub struct FitSettings {
    /// Passes over the unlabelled rows.
    pub epochs: usize,
    /// Labelled rows a step, at most.
    pub labelled_batch: usize,
    /// Unlabelled rows a step, at most.
    pub unlabelled_batch: usize,
    /// How gradients move the parameters.
    pub optimiser: Optimiser,
    /// Share of every weight that is taken away at a learning rate of 1; biases are left alone.
    pub weight_decay: f32,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls linearly to zero.
    pub decay_start: f32,
    /// Which rows give the statistics for prediction.
    pub statistics: StatisticsFrom,
    /// Seed of the order of the rows and of the noise.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        FitSettings {
            epochs: 150,
            labelled_batch: 100,
            unlabelled_batch: 100,
            optimiser: Optimiser::Adam,
            weight_decay: 0.0,
            learning_rate: 0.002,
            decay_start: 0.67,
            statistics: StatisticsFrom::Unlabelled,
            seed: 1,
        }
    }
}

/// # Errors
/// When the settings, the data and the model do not fit; says what would.
pub(super) fn check(model: &impl Model, data: &Dataset, split: &Split, settings: &FitSettings) -> Result<(), FitError> {
    let fail = |message: String| Err(FitError::Settings(message));
    if data.features() != model.features() {
        return fail(format!(
            "the data have {} values a row, but the first layer has {} units: make them equal",
            data.features(),
            model.features()
        ));
    }
    if let Some(classes) = model.classes().filter(|&classes| data.classes() > classes) {
        return fail(format!(
            "the data have {} classes, but the last layer has {classes} units: make them equal",
            data.classes(),
        ));
    }
    model.check_rows(data).map_err(FitError::Settings)?;
    if split.labelled.is_empty() && !model.uses_unlabelled() {
        return fail("there is no labelled row, and a model without a decoder learns from labelled rows alone".into());
    }
    if (split.labelled.is_empty() || model.classes().is_none()) && split.unlabelled.is_empty() {
        return fail("there is no row to learn from".into());
    }
    let rows = split.labelled.iter().chain(&split.unlabelled).chain(&split.validation);
    if let Some(row) = rows.copied().find(|&row| row >= data.rows()) {
        return fail(format!("the split names row {row}, but the data have {} rows", data.rows()));
    }
    if let Some(row) = split.labelled.iter().find(|&&row| data.labels()[row].is_none()) {
        return fail(format!("the split counts row {row} as labelled, but it has no label"));
    }
    let steps = split.unlabelled.len().max(split.labelled.len()).div_ceil(settings.unlabelled_batch.max(1));
    if settings.epochs.checked_mul(steps).is_none_or(|steps| steps > u32::MAX as usize) {
        return fail(format!(
            "{} epochs of {steps} steps: expected at most {} steps; train for fewer epochs",
            settings.epochs,
            u32::MAX
        ));
    }
    for (name, value) in [
        ("number of epochs", settings.epochs),
        ("labelled batch", settings.labelled_batch),
        ("unlabelled batch", settings.unlabelled_batch),
    ] {
        if value == 0 {
            return fail(format!("the {name} is 0: expected at least 1"));
        }
    }
    if !(settings.learning_rate.is_finite() && settings.learning_rate > 0.0) {
        return fail(format!(
            "the learning rate is {}: expected a number above 0, such as 0.002",
            settings.learning_rate
        ));
    }
    if let Optimiser::Momentum(momentum) = settings.optimiser
        && !(0.0..1.0).contains(&momentum)
    {
        return fail(format!("the momentum is {momentum}: expected 0 or more and below 1, such as 0.9"));
    }
    if !(settings.weight_decay >= 0.0 && settings.weight_decay * settings.learning_rate < 1.0) {
        return fail(format!(
            "the weight decay is {} at a learning rate of {}: expected 0 or more, and a product below 1, such as 0.0002 at 0.05",
            settings.weight_decay, settings.learning_rate
        ));
    }
    if !(0.0..=1.0).contains(&settings.decay_start) {
        return fail(format!(
            "the decay starts at {} of the epochs: expected a share from 0 to 1",
            settings.decay_start
        ));
    }
    Ok(())
}
