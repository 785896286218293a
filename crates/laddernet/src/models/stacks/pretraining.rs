//! Greedy layer-wise pretraining: its settings, its stages, and the walk from layer to layer.

use crate::dataset::Dataset;
use crate::error::SettingsError;
use crate::models::autoencoder::{Autoencoder, AutoencoderSection};
use crate::models::dense::Dense;
use crate::models::rbm::{Binarise, Contrast, ContrastiveRbm, Rbm, RbmSection, Units, units, with_means};
use crate::models::step::Product;
use crate::optimiser::Optimiser;
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use serde::{Deserialize, Serialize};

/// How each layer learns before the whole does: the section `model.pretraining`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainingSection {
    /// Passes over the rows for each layer; 0: the whole starts from random weights.
    pub epochs: usize,
    /// Rows a step, at most.
    pub batch: usize,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls linearly to zero.
    pub decay_start: f32,
    /// How gradients move the parameters.
    #[serde(with = "as_text")]
    pub optimiser: Optimiser,
    /// Weight decay, as in the section `training`.
    pub weight_decay: f32,
    /// Learning rate of RBMs with Gaussian units: those of a linear code, or visible ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_rate: Option<f32>,
    /// Epochs in which the classes alone learn, over layers that are left as they are.
    pub top_epochs: usize,
    /// Seed of the layers, so that several trainings can share them; that of the training where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl PretrainingSection {
    /// The default: for autoencoders, or for RBMs by plain gradient descent where all of their units are Bernoulli.
    pub(super) fn defaults(epochs: usize, small: bool, rbms: bool, gaussian: bool, top_epochs: usize) -> Self {
        let plain = rbms && !gaussian;
        PretrainingSection {
            epochs,
            batch: if small { 20 } else { 100 },
            learning_rate: if plain { 0.1 } else { 0.001 },
            decay_start: 0.5,
            optimiser: if plain { Optimiser::Momentum(0.5) } else { Optimiser::Adam },
            weight_decay: if plain { 0.0002 } else { 0.0 },
            code_rate: rbms.then_some(0.001),
            top_epochs,
            seed: None,
        }
    }

    fn seed(&self, training: &FitSettings) -> u64 {
        self.seed.unwrap_or(training.seed)
    }

    fn fit(&self, training: &FitSettings, gaussian: bool) -> FitSettings {
        FitSettings {
            epochs: self.epochs,
            labelled_batch: self.batch,
            unlabelled_batch: self.batch,
            learning_rate: self.code_rate.filter(|_| gaussian).unwrap_or(self.learning_rate),
            decay_start: self.decay_start,
            optimiser: self.optimiser,
            weight_decay: self.weight_decay,
            precision: training.precision,
            seed: self.seed(training),
        }
    }

    /// The stages of a training that pretrains so many layers, of which `gaussian` says for each (from 1) whether its RBM has Gaussian
    /// units. Without epochs, nothing is pretrained.
    pub(super) fn stages(&self, training: &FitSettings, layers: usize, gaussian: impl Fn(usize) -> bool) -> Vec<Stage> {
        let mut stages = Vec::new();
        if self.epochs > 0 {
            let layer = |l: usize| {
                let stage = Stage::new(l - 1, format!("layer {l}"), self.fit(training, gaussian(l)));
                stage.said_in("model.pretraining", "model.pretraining.epochs")
            };
            stages.extend((1..=layers).map(layer));
            if self.top_epochs > 0 {
                let top = FitSettings { epochs: self.top_epochs, ..training.clone() };
                let stage = Stage::new(stages.len(), "the top layer", top);
                stages.push(stage.said_in("training", "model.pretraining.top_epochs"));
            }
        }
        stages.push(Stage::new(stages.len(), Stage::WHOLE, training.clone()));
        stages
    }

    /// # Errors
    /// When a layer cannot learn so.
    pub(super) fn check(&self, training: &FitSettings, rbms: bool) -> Result<(), SettingsError> {
        if let Some(rate) = self.code_rate {
            if !rbms {
                let conflict = "no RBM is part of this model";
                return Err(SettingsError::conflict("pretraining.code_rate", rate, conflict, "leave it out"));
            }
            if !(rate > 0.0 && rate.is_finite()) {
                return Err(SettingsError::value("pretraining.code_rate", rate, "a number above 0"));
            }
        }
        if self.epochs > 0 {
            let check = self.fit(training, false).check().map_err(|e| match e.key().ends_with("_batch") {
                true => e.renamed("batch"),
                false => e,
            });
            check.map_err(|e| e.under("pretraining"))?;
        }
        match u32::try_from(self.top_epochs) {
            Ok(_) => Ok(()),
            Err(_) => {
                let expected = format!("at most {}", u32::MAX);
                Err(SettingsError::value("pretraining.top_epochs", self.top_epochs, expected))
            }
        }
    }
}

/// Trains so many layers, each on the codes of the one below: `train(course, l, rows)` gives layer `l`, from 1. Ends early where the
/// training is stopped or diverges.
pub(super) fn pretrain(
    course: &mut Course<'_>,
    layers: usize,
    mut train: impl FnMut(&mut Course<'_>, usize, &Dataset) -> Result<Dense, TrainingError>,
) -> Result<Vec<Dense>, TrainingError> {
    let (mut trained, mut codes) = (Vec::new(), None);
    for l in 1..=layers {
        if course.is_over() {
            break;
        }
        let rows = codes.as_ref().unwrap_or(course.data);
        let layer = train(course, l, rows)?;
        // Codes are computed once, and only for a layer that is still to learn from them.
        if l < layers && course.is_trained(layers - 1) {
            let stage = course.stage(l - 1).name.clone();
            let found = layer.codes(rows, course.threads);
            codes = Some(found.map_err(|source| TrainingError::Codes { stage, source })?);
        }
        trained.push(layer);
    }
    Ok(trained)
}

/// Seed of the initial values of layer `l`: layers of random weights must not begin alike.
fn seed_of_layer(seed: u64, l: usize) -> u64 {
    seed ^ (l as u64) << 40
}

/// A stack of RBMs.
pub(super) struct RbmStack<'a> {
    pub layers: &'a [usize],
    pub visible: Units,
    /// The layer, from 1, whose hidden units are Gaussian: a linear code.
    pub linear: Option<usize>,
    pub section: &'a RbmSection,
}

impl RbmStack<'_> {
    /// Whether the RBM of layer `l` has Gaussian units on a side.
    pub fn is_gaussian(&self, l: usize) -> bool {
        self.linear == Some(l) || l == 1 && self.visible == Units::Gaussian
    }

    fn units(&self, l: usize) -> (Units, Units) {
        let below = if l == 1 { self.visible } else { Units::Bernoulli };
        (below, if self.linear == Some(l) { Units::Gaussian } else { Units::Bernoulli })
    }

    fn contrast(&self, l: usize) -> Contrast {
        let (contrast, (below, above)) = (self.section.contrast(), self.units(l));
        Contrast {
            // Units that are not on or off have no sparsity.
            sparsity: contrast.sparsity.filter(|_| above == Units::Bernoulli),
            // The section speaks of the codes; standardised rows below do not become states.
            binarise: if below == Units::Gaussian { Binarise::None } else { contrast.binarise },
            ..contrast
        }
    }

    /// The products of a step of layer `l` on so many rows.
    pub fn product(&self, l: usize, rows: usize) -> Product {
        self.contrast(l).product(self.layers[l - 1], self.layers[l], rows)
    }

    /// # Errors
    /// When an RBM of the stack cannot learn so.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (below, above) = self.units(1);
        self.section.check(&self.contrast(1), below, above)
    }

    /// Trains the RBM of layer `l`.
    pub fn train(
        &self,
        course: &mut Course<'_>,
        l: usize,
        rows: &Dataset,
        pretraining: &PretrainingSection,
        training: &FitSettings,
    ) -> Result<Rbm, TrainingError> {
        let refused = |e| units(e).under("model");
        let (below, above) = self.units(l);
        let seed = seed_of_layer(pretraining.seed(training), l);
        let rbm = Rbm::with_isa(self.layers[l - 1], self.layers[l], seed, course.threads.isa())
            .and_then(|rbm| rbm.with_units(below, above));
        let rbm = with_means(rbm.map_err(refused)?, l - 1, rows, course);
        let mut model = ContrastiveRbm { rbm, contrast: self.contrast(l) };
        course.train(l - 1, rows, &mut model)?;
        Ok(model.rbm)
    }
}

/// Trains layer `l` of a stack of autoencoders, and gives its encoder.
pub(super) fn train_autoencoder(
    course: &mut Course<'_>,
    l: usize,
    rows: &Dataset,
    (layers, visible, section): (&[usize], Units, &AutoencoderSection),
    (pretraining, training): (&PretrainingSection, &FitSettings),
) -> Result<Dense, TrainingError> {
    let visible = if l == 1 { visible } else { Units::Bernoulli };
    let settings = section.settings(vec![layers[l - 1], layers[l]], visible);
    let seed = seed_of_layer(pretraining.seed(training), l);
    let mut model = Autoencoder::with_isa(settings, seed, course.threads.isa()).map_err(|e| e.under("model"))?;
    course.train(l - 1, rows, &mut model)?;
    Ok(model.up()[0].clone())
}
