//! What a setting is when nobody says it. It depends on the data, the model and the number of labels.

use crate::recipe::DataShape;
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;

/// The settings that differ from one kind of data to the other.
pub(crate) struct Defaults {
    pub labels: LabelCount,
    pub layers: Vec<usize>,
    /// Denoising weights for a network with this many layers, the input counted.
    pub weights: Box<dyn Fn(usize) -> Vec<f32>>,
    pub input_noise: f32,
    pub noise: f32,
    pub epochs: usize,
    pub learning_rate: f32,
    pub decay_start: f32,
    pub baseline: bool,
    pub baseline_noise: f32,
}

/// ===== The embedded digits: the settings of `laddernet train` without an argument. =====
///
/// The network is small, so that the run takes seconds; the comparison always runs with it. Noise, weights and epochs
/// of both were chosen on validation rows by `bench/digits_settings.py`; `results/LOG.md` has every variant.
pub(crate) fn defaults_for_digits(model: ModelKind, labels: Option<LabelCount>, data: &DataShape) -> Defaults {
    let base = defaults_for_other_data(model, labels.or(Some(LabelCount::Count(40))), data);
    Defaults {
        layers: vec![data.features, 500, 250, 100, data.classes],
        input_noise: if model == ModelKind::Mlp { 0.3 } else { 0.2 },
        noise: if model == ModelKind::Mlp { 0.3 } else { 0.2 },
        epochs: 200,
        baseline: true,
        baseline_noise: 0.3,
        ..base
    }
}

/// MNIST, and any other data until somebody knows better: the authors' six layers and their settings.
pub(crate) fn defaults_for_other_data(model: ModelKind, labels: Option<LabelCount>, data: &DataShape) -> Defaults {
    let labels = labels.unwrap_or(LabelCount::Count(10 * data.classes));
    let count = match labels {
        LabelCount::Count(n) => Some(n),
        LabelCount::All => None,
    };
    let fit = laddernet::fit::FitSettings::default();
    Defaults {
        labels,
        layers: vec![data.features, 1000, 500, 250, 250, 250, data.classes],
        weights: Box::new(move |layers| model.authors_weights(count, layers)),
        input_noise: 0.3,
        noise: model.authors_noise(count),
        epochs: fit.epochs,
        learning_rate: fit.learning_rate,
        decay_start: fit.decay_start,
        baseline: false,
        baseline_noise: ModelKind::Mlp.authors_noise(count),
    }
}
