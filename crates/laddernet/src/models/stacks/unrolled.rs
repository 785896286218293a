//! The deep autoencoder: stacked RBMs, unrolled and fine-tuned to reconstruct rows (Hinton and Salakhutdinov 2006); see
//! `papers/autoencoders.md`.

use super::classifier::{self, visible};
use super::pretraining::{PretrainingSection, RbmStack, pretrain};
use crate::error::SettingsError;
use crate::models::autoencoder::{AUTOENCODER, Autoencoder, AutoencoderSection, AutoencoderSettings, from_tensors};
use crate::models::dense::Activation;
use crate::models::kind::{Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::Memory;
use crate::models::rbm::{RbmSection, Units};
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::TrainedModel;
use crate::tensor::{Tensor, TensorError};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::Isa;
use serde::{Deserialize, Serialize};

/// What it is to the rest of the program.
pub const DEEP_AUTOENCODER: Kind = Kind {
    name: "deep-autoencoder",
    about: "deep autoencoder: stacked RBMs, unrolled and fine-tuned to reconstruct rows",
    family: "deep-autoencoder",
    ..AUTOENCODER
};

/// The section `model` of a deep autoencoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeepAutoencoderSpec {
    /// Units of each layer, the input first, the code last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How each layer learns before the whole does.
    pub pretraining: PretrainingSection,
    /// How the RBMs learn.
    pub rbm: RbmSection,
    /// How the autoencoder is built.
    pub autoencoder: AutoencoderSection,
}

impl DeepAutoencoderSpec {
    fn stack(&self) -> RbmStack<'_> {
        let linear = (self.autoencoder.code == Activation::Linear).then(|| self.layers.len() - 1);
        RbmStack { layers: &self.layers, visible: self.visible, linear, section: &self.rbm }
    }

    fn settings(&self) -> AutoencoderSettings {
        self.autoencoder.settings(self.layers.clone(), self.visible)
    }
}

impl Definition for DeepAutoencoderSpec {
    /// Chosen on validation rows of MNIST and of the digits (`results/LOG.md`).
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let (small, gaussian) = (facts.small(), facts.standardised);
        let hidden: &[usize] = if small { &[200, 100, 10] } else { &[1000, 500, 250, 30] };
        let model = DeepAutoencoderSpec {
            layers: facts.layers.clone().unwrap_or_else(|| [&[facts.features], hidden].concat()),
            visible: visible(facts),
            pretraining: PretrainingSection::defaults(if small { 200 } else { 10 }, small, true, gaussian, 0),
            rbm: RbmSection::defaults(false, facts, 0.0),
            autoencoder: AutoencoderSection { code: Activation::Linear, ..AutoencoderSection::default() },
        };
        let batch = if small { 20 } else { 100 };
        let training = FitSettings {
            epochs: if small { 300 } else { 40 },
            labelled_batch: batch,
            unlabelled_batch: batch,
            learning_rate: 0.001,
            decay_start: 0.0,
            precision: Isa::fastest_precision(),
            ..FitSettings::default()
        };
        Defaults { model, training, baseline: None }
    }
}

impl Spec for DeepAutoencoderSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, kind: &Kind, training: &FitSettings) -> Result<(), SettingsError> {
        AutoencoderSettings { walkback: 1, ..self.settings() }.check()?;
        self.pretraining.check(training, true)?;
        if self.pretraining.top_epochs > 0 {
            let (epochs, conflict) = (self.pretraining.top_epochs, format!("a model '{kind}' has no classes on top"));
            return Err(SettingsError::conflict("pretraining.top_epochs", epochs, conflict, "leave it 0"));
        }
        self.stack().check()?;
        self.autoencoder.check(kind, self.visible, false, false).map_err(|e| e.under("autoencoder"))
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        let (chains, memory) = (self.rbm.chains, classifier::memory(&self.layers, training, self.pretraining.batch));
        let largest = memory.largest.clone().or("model.rbm.chains", chains, "fewer chains");
        Memory { rows: memory.rows + chains as u128, largest, ..memory }
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        self.pretraining.stages(training, self.layers.len() - 1, |l| self.stack().is_gaussian(l))
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        let products = match step.stage < self.pretrained_layers() {
            true => vec![self.stack().product(step.stage + 1, step.unlabelled)],
            false => self.settings().products(step.unlabelled),
        };
        of_matrices(&products, step, on_part);
    }

    fn pretrained_layers(&self) -> usize {
        if self.pretraining.epochs > 0 { self.layers.len() - 1 } else { 0 }
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let mut rbms = Vec::new();
        pretrain(course, self.pretrained_layers(), |course, l, rows| {
            let rbm = self.stack().train(course, l, rows, &self.pretraining, training)?;
            let layer = rbm.up();
            rbms.push(rbm);
            Ok(layer)
        })?;
        let model = match rbms.len() + 1 == self.layers.len() {
            true => Autoencoder::unrolled(&rbms, self.settings()),
            false => Autoencoder::with_isa(self.settings(), training.seed, course.threads.isa()),
        };
        let mut model = model.map_err(|e| e.under("model"))?;
        if !course.is_over() {
            let (data, whole) = (course.data, course.stages() - 1);
            course.train(whole, data, &mut model)?;
        }
        Ok(Box::new(model))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Autoencoder::tensor_shapes(&self.settings())
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        Ok(Box::new(from_tensors(self.settings(), tensors)?))
    }
}
