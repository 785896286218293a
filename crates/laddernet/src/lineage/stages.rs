//! The stages of a training, one after the other, and going on in the middle of one.

use super::trained::{Below, Trained};
use super::{Learning, Lineage, LineageKind, Purpose};
use crate::dataset::Dataset;
use crate::fit::{Checkpoint, Event, FitError, FitReport, Flow, fit_from};
use crate::models::autoencoder::{Autoencoder, Corruption};
use crate::models::classifier::Learning as Layers;
use crate::models::rbm::{ContrastiveRbm, Rbm, RbmError, Units};
use crate::models::{Dense, Model, Tensor, TensorError, take_tensors, tensors_of};
use crate::split::Split;
use laddernet_math::Threads;
use std::fmt;
use thiserror::Error;

/// A part of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Layer `l` (1 = the first above the input) is pre-trained.
    Layer(usize),
    /// The classes alone learn.
    Top,
    /// All layers learn: the only stage of a model that is not pre-trained.
    Whole,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Layer(l) => write!(f, "layer {l}"),
            Stage::Top => f.write_str("the top layer"),
            Stage::Whole => f.write_str("the whole"),
        }
    }
}

/// Where a training stands that is to be gone on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The stage, from 0.
    pub stage: usize,
    /// The parameters of the stages before it.
    pub done: Vec<Tensor>,
    /// The training of the stage itself; `None`: it is to begin.
    pub checkpoint: Option<Checkpoint>,
}

/// What happened; told to the listener, which answers go on or stop.
pub struct StageEvent<'a> {
    /// The stage, from 0.
    pub index: usize,
    /// Which it is.
    pub stage: Stage,
    /// Epochs of the stage.
    pub epochs: usize,
    /// The parameters of the stages before it.
    pub done: &'a [Tensor],
    /// What happened in it.
    pub event: Event<'a>,
}

/// How far a stage came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// Epochs completed.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Every stage that was begun, those before the training was gone on with among them.
    pub stages: Vec<StageReport>,
    /// Whether the listener stopped it.
    pub stopped: bool,
    /// Why its last stage ended early, where a quantity became NaN or infinite.
    pub diverged: Option<FitError>,
}

impl Report {
    /// Epochs of all stages together.
    pub fn epochs(&self) -> usize {
        self.stages.iter().map(|stage| stage.epochs).sum()
    }

    /// Steps of all stages together.
    pub fn steps(&self) -> usize {
        self.stages.iter().map(|stage| stage.steps).sum()
    }
}

/// Why there is no training.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LineageError {
    /// A setting or the data make no training.
    #[error("{0}")]
    Settings(String),
    /// A stage does not fit the data, or a checkpoint is not of it.
    #[error("{stage}: {source}")]
    Stage {
        /// Which.
        stage: Stage,
        /// What is wrong.
        source: FitError,
    },
    /// What was saved of stages before is not of this training.
    #[error("what was saved of {stage} cannot be taken up: {source}")]
    Saved {
        /// Which.
        stage: Stage,
        /// What is wrong.
        source: TensorError,
    },
}

impl Lineage {
    /// The stages, in their order.
    pub fn stages(&self) -> Vec<Stage> {
        let top = self.layers.len().saturating_sub(1);
        let mut stages = Vec::new();
        if self.kind.is_stack() && self.pretraining.is_some() {
            let last = if self.kind.purpose() == Purpose::Classes { top.saturating_sub(1) } else { top };
            stages.extend((1..=last).map(Stage::Layer));
            if self.kind.purpose() == Purpose::Classes && self.top_epochs > 0 {
                stages.push(Stage::Top);
            }
        }
        stages.push(Stage::Whole);
        stages
    }

    /// How a stage learns.
    pub fn learning(&self, stage: Stage) -> Learning {
        let pretraining = || self.pretraining.clone().expect("a layer is a stage only where there is pre-training");
        match stage {
            Stage::Layer(l) if self.has_gaussian_units(l) => {
                Learning { learning_rate: self.code_rate, ..pretraining() }
            }
            Stage::Layer(_) => pretraining(),
            Stage::Top => Learning { epochs: self.top_epochs, ..self.training.clone() },
            Stage::Whole => self.training.clone(),
        }
    }

    /// Whether pre-trained layer `l` is a code of linear units.
    pub(super) fn is_linear(&self, l: usize) -> bool {
        self.kind == LineageKind::DeepAutoencoder
            && l + 1 == self.layers.len()
            && self.code == crate::models::Activation::Linear
    }

    /// Whether layer `l` is pre-trained as a machine with Gaussian units on a side.
    fn has_gaussian_units(&self, l: usize) -> bool {
        self.is_linear(l) || l == 1 && self.visible == Units::Gaussian && self.kind.has_machines()
    }

    /// Stages share no draw.
    fn seed_of(&self, index: usize, stage: Stage) -> u64 {
        let seed = if let Stage::Layer(_) = stage { self.pretraining_seed } else { self.seed };
        seed ^ (index as u64) << 48
    }
}

/// A training in progress.
struct Course<'a> {
    settings: &'a Lineage,
    stages: Vec<Stage>,
    split: &'a Split,
    threads: &'a Threads,
    from: Option<&'a Place>,
    report: Report,
}

/// Trains on the rows of `data` that `split` names, from the beginning or from a place in the middle on, to the same end,
/// bit for bit. A training that is stopped or diverges gives the model as far as it came.
///
/// # Errors
/// When settings do not fit the data, or `from` is not of this training.
pub fn train(
    settings: &Lineage,
    from: Option<&Place>,
    data: &Dataset,
    split: &Split,
    threads: &Threads,
    listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
) -> Result<(Trained, Report), LineageError> {
    settings.check().map_err(LineageError::Settings)?;
    let report = Report { stages: Vec::new(), stopped: false, diverged: None };
    let mut course = Course { settings, stages: settings.stages(), split, threads, from, report };
    if let Some(place) = from.filter(|place| place.stage >= course.stages.len()) {
        let stages = course.stages.len();
        return Err(LineageError::Settings(format!("stage {} of {stages}: there is no such stage", place.stage + 1)));
    }
    let mut below = Below::default();
    let mut codes: Option<Dataset> = None;
    for (index, &stage) in course.stages.clone().iter().enumerate() {
        if course.is_over() {
            break;
        }
        match stage {
            Stage::Layer(l) => {
                let rows = codes.as_ref().unwrap_or(data);
                let layer = course.layer(index, l, rows, &mut below, listener)?;
                if course.goes_up(index) {
                    codes =
                        Some(layer.codes(rows, threads).map_err(|e| LineageError::Settings(format!("{stage}: {e}")))?);
                }
                below.layers.push(layer);
            }
            Stage::Top => {
                let Trained::Classifier(mut model) = settings.whole(&below, threads.isa())? else {
                    unreachable!("a top tells classes")
                };
                model.learning = Layers::TopAlone;
                course.stage(index, data, &mut model, &mut below.done, listener)?;
                model.learning = Layers::AllLayers;
                below.classifier = Some(model);
            }
            Stage::Whole => {
                let whole = match below.classifier.take() {
                    Some(model) => Trained::Classifier(model),
                    None => settings.whole(&below, threads.isa())?,
                };
                let trained = match whole {
                    Trained::Classifier(mut model) => {
                        course.stage(index, data, &mut model, &mut below.done, listener)?;
                        Trained::Classifier(model)
                    }
                    Trained::Autoencoder(mut model) => {
                        course.stage(index, data, &mut model, &mut below.done, listener)?;
                        Trained::Autoencoder(model)
                    }
                    Trained::Rbm(rbm) => {
                        let rbm =
                            course.with_means(index, *rbm, data).map_err(|e| LineageError::Settings(e.to_string()))?;
                        let contrast = settings.contrast_of(&rbm);
                        let mut model = ContrastiveRbm { rbm, contrast };
                        course.stage(index, data, &mut model, &mut below.done, listener)?;
                        Trained::Rbm(Box::new(model.rbm))
                    }
                };
                return Ok((trained, course.report));
            }
        }
    }
    // It ended before its last stage.
    let model = match below.classifier.take() {
        Some(model) => Trained::Classifier(model),
        None => settings.whole(&below, threads.isa())?,
    };
    Ok((model, course.report))
}

impl Course<'_> {
    /// Whether no further stage is to be begun.
    fn is_over(&self) -> bool {
        self.report.stopped || self.report.diverged.is_some()
    }

    /// Whether a layer above this stage is still to learn from its codes.
    fn goes_up(&self, index: usize) -> bool {
        let is_layer = |index: usize| matches!(self.stages.get(index), Some(Stage::Layer(_)));
        let first = self.from.map_or(0, |place| place.stage);
        !self.is_over() && is_layer(index + 1) && is_layer(first.max(index + 1))
    }

    /// A machine that is to learn begins with the means of its rows (Hinton 2010, section 8).
    fn with_means(&self, index: usize, rbm: Rbm, rows: &Dataset) -> Result<Rbm, RbmError> {
        let taken_up = |place: &Place| index < place.stage || index == place.stage && place.checkpoint.is_some();
        match self.from.is_some_and(taken_up) {
            true => Ok(rbm), // Its values are taken up.
            false => rbm.with_visible_means(&rows.select(&self.split.unlabelled)),
        }
    }

    /// Pre-trains layer `l` on the codes of the layer below it.
    fn layer(
        &mut self,
        index: usize,
        l: usize,
        rows: &Dataset,
        below: &mut Below,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Dense, LineageError> {
        let Lineage { layers, kind, pretraining_seed: seed, .. } = self.settings;
        let (inputs, units) = (layers[l - 1], layers[l]);
        let settings = |e: &dyn fmt::Display| LineageError::Settings(e.to_string());
        // Layers of random weights must not begin alike.
        let seed = seed ^ (l as u64) << 40;
        if kind.has_machines() {
            let rbm = self.settings.machine(l, inputs, units, seed, self.threads.isa()).map_err(|e| settings(&e))?;
            let rbm = self.with_means(index, rbm, rows).map_err(|e| settings(&e))?;
            let contrast = self.settings.contrast_of(&rbm);
            let mut model = ContrastiveRbm { rbm, contrast };
            self.stage(index, rows, &mut model, &mut below.done, listener)?;
            let layer = model.rbm.up();
            below.machines.push(model.rbm);
            return Ok(layer);
        }
        let corruption = if *kind == LineageKind::Sdae { self.settings.corruption } else { Corruption::None };
        let own = self.settings.autoencoder(l - 1, vec![inputs, units], corruption);
        let mut model = Autoencoder::with_isa(own, seed, self.threads.isa()).map_err(|e| settings(&e))?;
        self.stage(index, rows, &mut model, &mut below.done, listener)?;
        Ok(model.up()[0].clone())
    }

    /// Trains a model as stage `index`, or takes up what was saved of it.
    fn stage<M: Model>(
        &mut self,
        index: usize,
        rows: &Dataset,
        model: &mut M,
        done: &mut Vec<Tensor>,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<(), LineageError> {
        let stage = self.stages[index];
        let learning = self.settings.learning(stage);
        let prefix = format!("stage{}.", index + 1);
        if let Some(place) = self.from.filter(|place| index < place.stage) {
            let own = place.done.iter().filter_map(|t| {
                let path = t.path.strip_prefix(&prefix)?.to_owned();
                Some(Tensor { path, ..t.clone() })
            });
            let taken = take_tensors(model.parameters_mut(), own.collect());
            taken.map_err(|source| LineageError::Saved { stage, source })?;
            // As many as it took.
            let steps = learning.epochs * learning.steps_an_epoch(self.split);
            self.report.stages.push(StageReport { stage, epochs: learning.epochs, steps });
        } else {
            let from = self.from.filter(|place| index == place.stage).and_then(|place| place.checkpoint.as_ref());
            let (fit, epochs, told) = (learning.fit(self.settings.seed_of(index, stage)), learning.epochs, &*done);
            let result = fit_from(from, model, rows, self.split, &fit, self.threads, &mut |event| {
                listener(StageEvent { index, stage, epochs, done: told, event })
            });
            match result {
                Ok(FitReport { epochs, steps, stopped }) => {
                    self.report.stages.push(StageReport { stage, epochs, steps });
                    self.report.stopped = stopped;
                }
                Err(e @ FitError::Diverged { kept, step, .. }) => {
                    self.report.stages.push(StageReport { stage, epochs: kept, steps: step });
                    self.report.diverged = Some(e);
                }
                Err(source) => return Err(LineageError::Stage { stage, source }),
            }
        }
        let tensors = tensors_of(&model.parameters()).into_iter();
        done.extend(tensors.map(|t| Tensor { path: format!("{prefix}{}", t.path), ..t }));
        Ok(())
    }
}
