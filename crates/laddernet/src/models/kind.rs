//! What a kind of model is called and can do, and what its settings are asked before and after a training.

use super::list::ModelSettings;
use super::memory::Memory;
use super::step::{OnPart, StepShape};
use super::trained::TrainedModel;
use crate::dataset::{Dataset, Unit};
use crate::error::SettingsError;
use crate::split::{LabelCount, Split};
use crate::tensor::{Tensor, TensorError};
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::Threads;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a trained model may be able to do; see [`TrainedModel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Predict classes.
    Classify,
    /// Reconstruct noisy rows.
    Reconstruct,
    /// Say how near its reconstructions are, because it is trained to keep their errors small.
    SquaredErrors,
    /// Encode rows as the values of a hidden layer.
    Encode,
    /// Say how likely rows are.
    Density,
    /// Say how likely rows are at least.
    Bound,
    /// Draw samples.
    Sample,
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ability::Classify => "predict classes",
            Ability::Reconstruct => "reconstruct rows",
            Ability::SquaredErrors => "measure the errors of reconstructions",
            Ability::Encode => "encode rows",
            Ability::Density => "say how likely rows are",
            Ability::Bound => "say how likely rows are at least",
            Ability::Sample => "draw samples",
        })
    }
}

/// A kind of model: what everybody may know of it without knowing the model.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in settings and on the command line.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// What it is, for a list.
    pub about: &'static str,
    /// What a trained one can do.
    pub abilities: &'static [Ability],
    /// Whether it learns from unlabelled rows.
    pub unlabelled: bool,
    /// Kinds of one family have the same settings, or nearly: a recipe for one serves another.
    pub family: &'static str,
    /// Settings of the section `model` that are chosen for the sake of this kind, and hold for no other of the family.
    pub own: &'static [&'static str],
}

impl Kind {
    /// Whether a trained one can do this.
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }

    /// Whether it is trained on labels.
    pub fn takes_labels(&self) -> bool {
        self.can(Ability::Classify)
    }

    /// Whether it is called this.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Rows of fewer values are small: networks for them are, too, and an epoch has few steps.
const SMALL: usize = 200;

/// Whether rows of so many values are small.
pub fn is_small(features: usize) -> bool {
    features < SMALL
}

/// What default settings depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Values a row.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// How many rows keep their label, where this is decided.
    pub labels: Option<LabelCount>,
    /// The layers, where these are decided.
    pub layers: Option<Vec<usize>>,
    /// Whether rows are standardised, because the visible units are Gaussian.
    pub standardised: bool,
    /// Rows that are learned from, where that is known.
    pub rows: Option<usize>,
    /// Of a table, its size.
    pub table: Option<TableFacts>,
    /// Whether rows are grouped before few labels are learned.
    pub few_labels: bool,
}

/// The size of a table, as far as defaults follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// Rows that are learned from.
    pub rows: usize,
    /// Those of them that have a label.
    pub labelled: usize,
    /// What its columns are measured in.
    pub unit: Unit,
}

impl Facts {
    /// Rows of so many values in so many classes, of which nothing else is known.
    pub fn of(features: usize, classes: usize) -> Self {
        let (labels, layers, rows, table) = (None, None, None, None);
        Facts { features, classes, labels, layers, standardised: false, rows, table, few_labels: false }
    }

    /// How many rows have a label, where not all do.
    pub fn labelled(&self) -> Option<usize> {
        match (self.table, self.label_count()) {
            (Some(table), _) => Some(table.labelled).filter(|&labelled| labelled < table.rows),
            (None, LabelCount::Count(n)) => Some(n),
            (None, LabelCount::All) => None,
        }
    }

    /// So many epochs, or as many more as make so many steps: in an epoch of few rows there are few.
    pub fn epochs(&self, least: usize, steps: usize, batch: usize) -> usize {
        let rows = self.table.map(|table| table.rows).or(self.rows);
        rows.map_or(least, |rows| least.max(steps.div_ceil(rows.div_ceil(batch).max(1))))
    }

    /// Whether the rows are small.
    pub fn small(&self) -> bool {
        is_small(self.features)
    }

    /// How many rows keep their label, if nobody says it: 4 a class of small rows, else 10 a class.
    pub fn label_count(&self) -> LabelCount {
        self.labels.unwrap_or(LabelCount::Count(self.classes * if self.small() { 4 } else { 10 }))
    }
}

/// Settings that nobody has to give.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults<S> {
    /// The section `model`.
    pub model: S,
    /// The section `training`.
    pub training: FitSettings,
    /// The section `baseline`, where a baseline can be trained beside the model.
    pub baseline: Option<Baseline>,
}

/// A supervised baseline beside a model: the same encoder, the same seed, the labelled rows alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Whether it is trained.
    pub train: bool,
    /// Standard deviation of its noise above the input.
    pub noise: f32,
    /// Its epochs; as many as the model's where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
}

/// What inputs a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// From 0 to 1, as scaled by the format of the data.
    UnitInterval,
    /// Any numbers, standardised by the training rows.
    Standardised,
    /// From 0 to 1 as they are; any others are standardised by the training rows.
    Any,
}

/// The settings of a model, checked and turned into a training or into a trained model. The whole of what a model is to the rest
/// of the program, but for its name.
pub trait Spec: Send + Sync {
    /// Units of each layer, the input first.
    fn layers(&self) -> &[usize];

    /// What inputs it takes.
    fn inputs(&self) -> Inputs {
        Inputs::UnitInterval
    }

    /// Checks everything that does not depend on the data.
    ///
    /// # Errors
    /// Names the first setting that makes no model, and what would; keys are relative to the section `model`.
    fn check(&self, kind: &Kind, training: &FitSettings) -> Result<(), SettingsError>;

    /// What its training keeps in memory.
    fn memory(&self, training: &FitSettings) -> Memory<'_>;

    /// The stages of its training, in order; none where it is computed from the rows at once, without steps along a gradient.
    fn stages(&self, training: &FitSettings) -> Vec<Stage>;

    /// How many of the stages pretrain a layer each: they come first, and their results can be kept for other trainings.
    fn pretrained_layers(&self) -> usize {
        0
    }

    /// What these stages follow from.
    fn pretrained_from(&self) -> PretrainedFrom {
        PretrainedFrom {
            seed: "model.pretraining.seed",
            units: self.pretrained_layers(),
            of_the_whole: &["model.classifier"],
            apart: &["model.layers", "model.pretraining.top_epochs"],
        }
    }

    /// Whether with these settings it learns from unlabelled rows, too.
    fn uses_unlabelled(&self) -> bool {
        true
    }

    /// Trains it, stage by stage. What is stopped or diverges is as far as it came.
    ///
    /// # Errors
    /// When a stage does not fit the rows, or what is resumed is not of this training.
    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError>;

    /// Path and shape of every tensor of the trained model, without taking the memory.
    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)>;

    /// The trained model of these tensors.
    ///
    /// # Errors
    /// When they are not those of such a model.
    #[allow(clippy::wrong_self_convention)] // The settings say what the tensors are put into.
    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError>;

    /// The baseline that learns from the labels alone, where there is one.
    fn baseline(&self, _noise: f32) -> Option<ModelSettings> {
        None
    }

    /// What can be watched while it learns, besides its costs.
    fn monitor(&self, _data: &Dataset, _split: &Split, _threads: &Threads) -> Option<Box<dyn Monitor>> {
        None
    }

    /// Hands out the parts of a training step, as far as they are known, so that whoever has a clock can time each.
    fn step_parts(&self, _step: &StepShape<'_>, _on_part: &mut OnPart<'_>) {}

    /// How values become states for its likelihood, unless said otherwise.
    fn binarise(&self) -> Option<super::rbm::Binarise> {
        None
    }

    /// Weight of each layer's denoising cost, for models that have such.
    fn denoising_weights(&self) -> &[f32] {
        &[]
    }
}

/// What pretrained layers follow from, beside the rows: all settings of the model, but for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PretrainedFrom {
    /// The setting that says their seed, where it is not that of the training.
    pub seed: &'static str,
    /// How many of the model's own layers they are: their units are compared.
    pub units: usize,
    /// Settings of the model that they do not follow from, and that are those of the training above them alone.
    pub of_the_whole: &'static [&'static str],
    /// Settings that they do not follow from, or that are compared in another way, and yet are said of both.
    pub apart: &'static [&'static str],
}

/// The settings of a model, and their defaults.
pub trait Definition: Spec + Serialize + DeserializeOwned + Clone + PartialEq + fmt::Debug {
    /// The settings that a model of this kind has on such data unless said otherwise.
    fn defaults(kind: &Kind, facts: &Facts) -> Defaults<Self>;
}

/// Watches a model in training by rows that were set aside for it.
pub trait Monitor {
    /// What is known of the model with these parameters; nothing where numbers overflow.
    fn look(&self, parameters: &[Tensor]) -> Option<super::rbm::RbmMonitors>;
}
