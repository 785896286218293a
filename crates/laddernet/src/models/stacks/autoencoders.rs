//! Stacked autoencoders, plain or denoising, fine-tuned as a classifier (Bengio et al. 2007; Vincent et al. 2010); see
//! `papers/autoencoders.md`.

use super::classifier::{self, ClassifierSection, STACK, check_layers, from_tensors};
use super::pretraining::{PretrainingSection, pretrain, train_autoencoder};
use crate::error::SettingsError;
use crate::models::autoencoder::AutoencoderSection;
use crate::models::classifier::{Classifier, products};
use crate::models::corruption::Corruption;
use crate::models::dense::Activation;
use crate::models::kind::{Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::Memory;
use crate::models::rbm::Units;
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::TrainedModel;
use crate::tensor::{Tensor, TensorError};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use serde::{Deserialize, Serialize};

/// Layers that are plain autoencoders.
pub const SAE: Kind = Kind { name: "sae", about: "stacked autoencoders, fine-tuned as a classifier", ..STACK };

/// Layers that are denoising autoencoders.
pub const SDAE: Kind =
    Kind { name: "sdae", about: "stacked denoising autoencoders, fine-tuned as a classifier", ..STACK };

/// The section `model` of stacked autoencoders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaeSpec {
    /// Units of each layer, the input first, the classes last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How each layer learns before the whole does.
    pub pretraining: PretrainingSection,
    /// How the autoencoders are built, and see their rows.
    pub autoencoder: AutoencoderSection,
    /// How rows and units are disturbed in fine-tuning.
    #[serde(default)]
    pub classifier: ClassifierSection,
}

impl Definition for SaeSpec {
    /// Chosen on validation rows of MNIST and of the digits (`results/LOG.md`).
    fn defaults(kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let small = facts.small();
        let masking = Corruption::Masking(if small { 0.25 } else { 0.5 });
        let model = SaeSpec {
            layers: classifier::layers(facts),
            visible: classifier::visible(facts),
            pretraining: PretrainingSection::defaults(if small { 50 } else { 15 }, small, false, facts.standardised, 5),
            autoencoder: AutoencoderSection {
                corruption: if *kind == SDAE { masking } else { Corruption::None },
                ..AutoencoderSection::default()
            },
            classifier: ClassifierSection::defaults(small),
        };
        Defaults { model, training: classifier::training(small), baseline: None }
    }
}

impl Spec for SaeSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, kind: &Kind, training: &FitSettings) -> Result<(), SettingsError> {
        check_layers(&self.layers, 3)?;
        self.pretraining.check(training, false)?;
        let section = self.autoencoder.check(kind, self.visible, *kind == SDAE, false);
        section.map_err(|e| e.under("autoencoder"))?;
        if self.autoencoder.code == Activation::Linear {
            let conflict = format!("the codes of a model '{kind}' are units of a classifier, which are logistic");
            let code = self.autoencoder.code;
            return Err(SettingsError::conflict("autoencoder.code", code, conflict, "leave it logistic"));
        }
        self.classifier.check(self.visible)
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        classifier::memory(&self.layers, training, self.pretraining.batch)
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        self.pretraining.stages(training, self.layers.len() - 2, |_| false)
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        let products = match step.stage < self.pretrained_layers() {
            true => {
                let sizes = self.layers[step.stage..=step.stage + 1].to_vec();
                self.autoencoder.settings(sizes, self.visible).products(step.unlabelled)
            }
            false => products(&self.layers, step.labelled, step.stage + 1 < self.stages(step.fit).len()),
        };
        of_matrices(&products, step, on_part);
    }

    fn pretrained_layers(&self) -> usize {
        if self.pretraining.epochs > 0 { self.layers.len() - 2 } else { 0 }
    }

    fn uses_unlabelled(&self) -> bool {
        self.pretrained_layers() > 0
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let of = (&*self.layers, self.visible, &self.autoencoder);
        let layers = pretrain(course, self.pretrained_layers(), |course, l, rows| {
            train_autoencoder(course, l, rows, of, (&self.pretraining, training))
        })?;
        self.classifier.fine_tune(course, self.pretrained_layers(), &self.layers, layers, training)
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Classifier::tensor_shapes(&self.layers)
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        from_tensors(&self.layers, tensors)
    }
}
