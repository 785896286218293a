//! The classifier of all stacks: fine-tuned over pretrained layers, or trained from random weights.

use crate::dataset::{Dataset, DatasetError};
use crate::error::SettingsError;
use crate::evaluation::Classify;
use crate::models::autoencoder::no_ends;
use crate::models::classifier::{Classifier, Learning, check_dropout, products};
use crate::models::corruption::Corruption;
use crate::models::dense::{Dense, codes_of, weights_of};
use crate::models::kind::{Ability, Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::{Largest, Memory};
use crate::models::rbm::Units;
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::{Encode, TrainedModel};
use crate::parameters::Parameters;
use crate::tensor::{Tensor, TensorError, take_tensors, tensors_of};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Model, Stage, TrainingError};
use laddernet_math::{Isa, Threads};
use serde::{Deserialize, Serialize};

/// The classifier of the stacks, from random weights.
pub const NET: Kind = Kind {
    name: "net",
    about: "the classifier of dbn, sae and sdae from random weights, on the labels alone",
    unlabelled: false,
    ..STACK
};

/// What the stacks with a classifier have in common.
pub(super) const STACK: Kind = Kind {
    name: "",
    aliases: &[],
    about: "",
    abilities: &[Ability::Classify, Ability::Encode],
    unlabelled: true,
    family: "stack",
    own: &[],
};

/// The section `model` of a classifier from random weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSpec {
    /// Units of each layer, the input first, the classes last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How its rows and units are disturbed while it learns.
    #[serde(default)]
    pub classifier: ClassifierSection,
}

/// How a classifier's rows and units are disturbed while it learns, and never in a prediction: the section `model.classifier`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierSection {
    /// How its rows are corrupted.
    #[serde(with = "as_text")]
    pub corruption: Corruption,
    /// Dropout: the probability that a hidden unit is left out (Srivastava et al. 2014).
    pub dropout: f32,
}

impl Default for ClassifierSection {
    fn default() -> Self {
        ClassifierSection { corruption: Corruption::None, dropout: 0.0 }
    }
}

impl ClassifierSection {
    pub(super) fn defaults(small: bool) -> Self {
        ClassifierSection { corruption: Corruption::None, dropout: if small { 0.0 } else { 0.5 } }
    }

    pub(super) fn check(&self, visible: Units) -> Result<(), SettingsError> {
        let found = match visible == Units::Gaussian && self.corruption.has_ends() {
            true => no_ends("corruption", self.corruption),
            false => check_dropout(self.dropout).and_then(|()| self.corruption.check()),
        };
        found.map_err(|e| e.under("classifier"))
    }

    /// Fine-tunes a classifier over these layers, or as many as there are before a training ended early; what is missing is drawn from
    /// the seed. The stages from `first` on are its own: the classes alone, where that is one, and the whole.
    pub(super) fn fine_tune(
        &self,
        course: &mut Course<'_>,
        first: usize,
        sizes: &[usize],
        pretrained: Vec<Dense>,
        training: &FitSettings,
    ) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let random = Classifier::with_isa(sizes, training.seed, course.threads.isa());
        let rest = random.hidden().iter().skip(pretrained.len()).cloned();
        let layers = pretrained.into_iter().chain(rest).collect();
        let mut model = Classifier::over(layers, sizes[0], sizes[sizes.len() - 1]);
        (model.corruption, model.dropout) = (self.corruption, self.dropout);
        let (data, whole) = (course.data, course.stages() - 1);
        for index in first..=whole {
            if !course.is_over() {
                model.learning = if index < whole { Learning::TopAlone } else { Learning::AllLayers };
                course.train(index, data, &mut model)?;
            }
        }
        model.learning = Learning::AllLayers;
        Ok(Box::new(model))
    }
}

/// Checks the sizes of a classifier that pretrains some layers, or none.
pub(super) fn check_layers(layers: &[usize], at_least: usize) -> Result<(), SettingsError> {
    if layers.len() < at_least || layers.contains(&0) {
        let found = layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        let expected = match at_least {
            3 => "at least 3 sizes of at least 1 unit, so that there is a layer to pretrain, as 784-500-10",
            _ => "at least 2 sizes of at least 1 unit, the input first",
        };
        return Err(SettingsError::value("layers", found, expected));
    }
    Ok(())
}

/// What the training of such layers keeps; each is pretrained in batches of `pretraining` rows, if at all.
pub(super) fn memory<'a>(layers: &'a [usize], training: &FitSettings, pretraining: usize) -> Memory<'a> {
    Memory {
        layers,
        copies_of_weights: 6,
        matrices: 2,
        rows: pretraining.max(training.unlabelled_batch) as u128,
        values_per_unit: 10,
        largest: Largest::batch(training.unlabelled_batch).or(
            "model.pretraining.batch",
            pretraining,
            "smaller batches",
        ),
    }
}

/// The classifier of these tensors.
pub(super) fn from_tensors(sizes: &[usize], tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
    let mut model = Classifier::zeros(sizes);
    take_tensors(model.parameters_mut(), tensors)?;
    Ok(Box::new(model))
}

/// How a classifier is fine-tuned, unless said otherwise.
pub(super) fn training(small: bool) -> FitSettings {
    let batch = if small { 20 } else { 100 };
    FitSettings {
        epochs: if small { 100 } else { 30 },
        labelled_batch: batch,
        unlabelled_batch: batch,
        learning_rate: 0.001,
        decay_start: 0.0,
        precision: Isa::fastest_precision(),
        ..FitSettings::default()
    }
}

/// The layers of a classifier on such data, unless said otherwise.
pub(super) fn layers(facts: &Facts) -> Vec<usize> {
    let hidden: &[usize] = if facts.small() { &[200, 100] } else { &[1000, 1000, 1000] };
    facts.layers.clone().unwrap_or_else(|| [&[facts.features], hidden, &[facts.classes]].concat())
}

/// The visible units for such data.
pub(super) fn visible(facts: &Facts) -> Units {
    if facts.standardised { Units::Gaussian } else { Units::Bernoulli }
}

impl Definition for NetSpec {
    /// Those of the stacks that it is compared with.
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let classifier = ClassifierSection::defaults(facts.small());
        let model = NetSpec { layers: layers(facts), visible: visible(facts), classifier };
        Defaults { model, training: training(facts.small()), baseline: None }
    }
}

impl Spec for NetSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, _kind: &Kind, _training: &FitSettings) -> Result<(), SettingsError> {
        check_layers(&self.layers, 2)?;
        self.classifier.check(self.visible)
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        memory(&self.layers, training, 0)
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        vec![Stage::new(0, Stage::WHOLE, training.clone())]
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        of_matrices(&products(&self.layers, step.labelled, false), step, on_part);
    }

    fn uses_unlabelled(&self) -> bool {
        false
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        self.classifier.fine_tune(course, 0, &self.layers, Vec::new(), training)
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Classifier::tensor_shapes(&self.layers)
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        from_tensors(&self.layers, tensors)
    }
}

impl TrainedModel for Classifier {
    fn tensors(&self) -> Vec<Tensor> {
        tensors_of(&Model::parameters(self))
    }

    fn parameters(&self) -> Parameters<'_> {
        Model::parameters(self)
    }

    fn classify(&self) -> Option<&dyn Classify> {
        Some(self)
    }

    fn encode(&self) -> Option<&dyn Encode> {
        Some(self)
    }
}

impl Encode for Classifier {
    fn last_layer(&self) -> usize {
        self.hidden().len()
    }

    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        codes_of(&self.hidden()[..layer], data, threads)
    }

    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)> {
        weights_of(self.layers())
    }
}
