//! The deep belief network: stacked RBMs, fine-tuned as a classifier (Hinton and Salakhutdinov 2006; that of Hinton, Osindero and Teh
//! 2006 has labels in its top RBM and is generative); see `papers/dbn.md`.

use super::classifier::{self, ClassifierSection, STACK, check_layers, from_tensors};
use super::pretraining::{PretrainingSection, RbmStack, pretrain};
use crate::error::SettingsError;
use crate::models::classifier::{Classifier, products};
use crate::models::kind::{Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::Memory;
use crate::models::rbm::{RbmSection, Units};
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::TrainedModel;
use crate::tensor::{Tensor, TensorError};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use serde::{Deserialize, Serialize};

/// What it is to the rest of the program.
pub const DBN: Kind =
    Kind { name: "dbn", about: "deep belief network: stacked RBMs, fine-tuned as a classifier", ..STACK };

/// The section `model` of a deep belief network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbnSpec {
    /// Units of each layer, the input first, the classes last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How each layer learns before the whole does.
    pub pretraining: PretrainingSection,
    /// How the RBMs learn.
    pub rbm: RbmSection,
    /// How rows and units are disturbed in fine-tuning.
    #[serde(default)]
    pub classifier: ClassifierSection,
}

impl DbnSpec {
    fn stack(&self) -> RbmStack<'_> {
        RbmStack { layers: &self.layers, visible: self.visible, linear: None, section: &self.rbm }
    }
}

impl Definition for DbnSpec {
    /// Chosen on validation rows of MNIST and of the digits (`results/LOG.md`).
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let (small, gaussian) = (facts.small(), facts.standardised);
        let model = DbnSpec {
            layers: classifier::layers(facts),
            visible: classifier::visible(facts),
            pretraining: PretrainingSection::defaults(if small { 50 } else { 30 }, small, true, gaussian, 5),
            // What hidden units tell a classifier, not how likely rows are.
            rbm: RbmSection::defaults(false, facts, if small { 0.1 } else { 0.05 }),
            classifier: ClassifierSection::defaults(small),
        };
        Defaults { model, training: classifier::training(small), baseline: None }
    }
}

impl Spec for DbnSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, _kind: &Kind, training: &FitSettings) -> Result<(), SettingsError> {
        check_layers(&self.layers, 3)?;
        self.pretraining.check(training, true)?;
        self.stack().check()?;
        self.classifier.check(self.visible)
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        classifier::memory(&self.layers, training, self.pretraining.batch)
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        self.pretraining.stages(training, self.layers.len() - 2, |l| self.stack().is_gaussian(l))
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        let products = match step.stage < self.pretrained_layers() {
            true => vec![self.stack().product(step.stage + 1, step.unlabelled)],
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
        let layers = pretrain(course, self.pretrained_layers(), |course, l, rows| {
            Ok(self.stack().train(course, l, rows, &self.pretraining, training)?.up())
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
