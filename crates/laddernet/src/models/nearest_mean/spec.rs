//! The nearest class mean to the rest of the program: its settings, their checks, and its training, which takes no steps.

use super::{NearestMean, tensor_shapes};
use crate::error::SettingsError;
use crate::models::kind::{Ability, Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::{Largest, Memory};
use crate::models::rbm::Units;
use crate::models::trained::TrainedModel;
use crate::tensor::{Tensor, TensorError};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use serde::{Deserialize, Serialize};

/// The nearest class mean.
pub const NEAREST_MEAN: Kind = Kind {
    name: "nearest-mean",
    aliases: &["ncm"],
    about: "the class whose mean is nearest, on the labels alone; no hidden layer, no steps",
    abilities: &[Ability::Classify],
    unlabelled: false,
    family: "nearest-mean",
    own: &[],
};

/// The section `model` of a nearest class mean. Of the section `training` only the seed matters, by which rows are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearestMeanSpec {
    /// Values of a row, and classes.
    pub layers: Vec<usize>,
    /// What a row is: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
}

impl NearestMeanSpec {
    /// Values of a row, and classes, once they are checked.
    fn sizes(&self) -> (usize, usize) {
        (self.layers[0], self.layers[1])
    }
}

impl Definition for NearestMeanSpec {
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let model = NearestMeanSpec {
            layers: facts.layers.clone().unwrap_or_else(|| vec![facts.features, facts.classes]),
            visible: if facts.standardised { Units::Gaussian } else { Units::Bernoulli },
        };
        Defaults { model, training: FitSettings { epochs: 1, ..FitSettings::default() }, baseline: None }
    }
}

impl Spec for NearestMeanSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, _kind: &Kind, _training: &FitSettings) -> Result<(), SettingsError> {
        if self.layers.len() != 2 || self.layers.contains(&0) {
            let found = self.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
            let expected = "2 sizes of at least 1, the values of a row and the classes, as 64-10";
            return Err(SettingsError::value("layers", found, expected));
        }
        Ok(())
    }

    fn memory(&self, _training: &FitSettings) -> Memory<'_> {
        Memory {
            layers: &self.layers,
            // Sums in double precision beside the means.
            copies_of_weights: 3,
            matrices: 1,
            rows: 1,
            values_per_unit: 1,
            largest: Largest::batch(1),
        }
    }

    fn stages(&self, _training: &FitSettings) -> Vec<Stage> {
        Vec::new()
    }

    fn uses_unlabelled(&self) -> bool {
        false
    }

    fn train(&self, _training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let (features, classes) = self.sizes();
        course.check_labelled_rows(features, classes)?;
        Ok(Box::new(NearestMean::of(course.data, &course.split.labelled, classes)))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let (features, classes) = self.sizes();
        tensor_shapes(features, classes)
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        let (features, classes) = self.sizes();
        Ok(Box::new(NearestMean::from_tensors(features, classes, tensors)?))
    }
}
