//! A training as a sequence of stages, one [`fit`](super::fit) each, from the beginning or resumed in the middle of one.
//!
//! A model's training is straight-line code that hands each of its stages to the course:
//!
//! ```text
//! layer 1 on the rows -> layer 2 on its codes -> ... -> the classes alone -> all layers together
//! ```
//! Of a stage that an earlier training completed, the course takes the saved parameters instead of training it; that code is the
//! same in both cases. A model that is computed from the rows at once has no stages.

use super::settings::check_rows;
use super::{Checkpoint, Event, FitError, FitReport, FitSettings, Flow, Model, RowsError, fit_from};
use crate::dataset::{Dataset, DatasetError};
use crate::error::SettingsError;
use crate::few_labels::Grouped;
use crate::graph::GraphError;
use crate::split::Split;
use crate::tensor::{Tensor, TensorError, take_tensors, tensors_of};
use laddernet_math::Threads;
use thiserror::Error;

/// A part of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What is trained: `layer 1`, `the top layer`, `the whole`.
    pub name: String,
    /// How. The seed is the stage's own, so that stages share no random number.
    pub fit: FitSettings,
    /// Where the settings say how, for an error.
    said_in: SaidIn,
}

/// The section that says how a stage is trained, and the path of the setting that says its epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SaidIn {
    section: &'static str,
    epochs: &'static str,
}

impl Stage {
    /// The only stage of most models, and the last of the others.
    pub const WHOLE: &'static str = "the whole";

    /// Stage `index` of a training, from 0; its seed is made of that of `fit`.
    pub fn new(index: usize, name: impl Into<String>, fit: FitSettings) -> Self {
        let seed = fit.seed ^ (index as u64) << 48;
        let said_in = SaidIn { section: "training", epochs: "training.epochs" };
        Stage { name: name.into(), fit: FitSettings { seed, ..fit }, said_in }
    }

    /// The same, but another section of the settings says how it is trained, or another setting its epochs.
    #[must_use]
    pub(crate) fn said_in(self, section: &'static str, epochs: &'static str) -> Self {
        Stage { said_in: SaidIn { section, epochs }, ..self }
    }

    /// What is wrong with its `fit`, by the path of the setting.
    pub(crate) fn named(&self, e: SettingsError) -> SettingsError {
        let SaidIn { section, epochs } = self.said_in;
        match e.key() {
            "epochs" => e.renamed(epochs),
            _ => e.under(section),
        }
    }

    /// Checks its settings as far as they do not depend on the rows.
    ///
    /// # Errors
    /// Names the first setting that makes no training, by its path.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.fit.check().map_err(|e| self.named(e))
    }

    /// Whether its steps on these rows can be counted.
    ///
    /// # Errors
    /// When there are more than 2^32 - 1: names the setting that says its epochs.
    pub fn check_steps(&self, split: &Split) -> Result<(), SettingsError> {
        self.fit.check_steps(split).map_err(|e| self.named(e))
    }
}

/// Where a training is to be resumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The stage, from 0.
    pub stage: usize,
    /// The parameters of the stages before it, each path after `stageN.`, N from 1.
    pub done: Vec<Tensor>,
    /// The state of the stage itself; `None`: it has not begun.
    pub checkpoint: Option<Checkpoint>,
}

/// What happened in a stage; the listener answers continue or stop.
#[derive(Clone, Copy)]
pub struct StageEvent<'a> {
    /// The stage, from 0.
    pub index: usize,
    /// Number of stages.
    pub stages: usize,
    /// Which it is.
    pub stage: &'a Stage,
    /// The parameters of the stages before it.
    pub done: &'a [Tensor],
    /// What happened.
    pub event: Event<'a>,
}

/// How far a stage came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageReport {
    /// Its name.
    pub name: String,
    /// Epochs completed.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
}

/// How a training ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every stage that was begun, those before the training was resumed among them.
    pub stages: Vec<StageReport>,
    /// Number of stages of a complete training.
    pub planned: usize,
    /// Whether the listener stopped it.
    pub stopped: bool,
    /// Why its last stage ended early, where it diverged.
    pub diverged: Option<FitError>,
    /// How rows were grouped before the labels were learned, where they were.
    pub grouped: Option<Grouped>,
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

    /// Whether nothing was learned: the training diverged before any epoch was done, and the parameters are those that it began with.
    pub fn untrained(&self) -> bool {
        self.diverged.is_some() && self.epochs() == 0
    }

    /// Whether the last stage was begun: before, a model cannot do what it is for.
    pub fn reached_last_stage(&self) -> bool {
        self.stages.len() == self.planned
    }
}

/// Why there is no training.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TrainingError {
    /// A setting makes no training.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no stage to resume at.
    #[error("stage {stage} of {stages}: there is no such stage; resume with the settings of the training")]
    NoSuchStage {
        /// The stage, from 1.
        stage: usize,
        /// How many there are.
        stages: usize,
    },
    /// A model without stages does not fit the data.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A stage does not fit the data, or a checkpoint is not of it.
    #[error("{stage}: {source}")]
    Stage {
        /// Its name.
        stage: String,
        /// What is wrong.
        source: FitError,
    },
    /// Rows make no groups.
    #[error("the groups of few labels: {0}")]
    Groups(#[from] GraphError),
    /// Rows overflow on their way through a trained layer.
    #[error("{stage}: {source}")]
    Codes {
        /// The stage that trained the layer.
        stage: String,
        /// Which row.
        source: DatasetError,
    },
    /// What was saved of a completed stage is not of this training.
    #[error("what was saved of {stage} cannot be used: {source}")]
    Saved {
        /// Its name.
        stage: String,
        /// What is wrong.
        source: TensorError,
    },
}

/// A training in progress: its stages, and how far it is.
pub struct Course<'a> {
    stages: Vec<Stage>,
    /// The rows, as inputs.
    pub data: &'a Dataset,
    /// Which of them are labelled, unlabelled, and kept for validation.
    pub split: &'a Split,
    /// Threads that compute.
    pub threads: &'a Threads,
    from: Option<&'a Place>,
    /// Stages after which it is over.
    end: usize,
    done: Vec<Tensor>,
    report: Report,
    listener: &'a mut dyn FnMut(StageEvent<'_>) -> Flow,
}

impl<'a> Course<'a> {
    /// A course of these stages, from the beginning or from a place in the middle to the same end, bit for bit.
    ///
    /// # Errors
    /// When there is no such place.
    pub fn new(
        stages: Vec<Stage>,
        from: Option<&'a Place>,
        data: &'a Dataset,
        split: &'a Split,
        threads: &'a Threads,
        listener: &'a mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Self, TrainingError> {
        if let Some(place) = from.filter(|place| place.stage >= stages.len()) {
            return Err(TrainingError::NoSuchStage { stage: place.stage + 1, stages: stages.len() });
        }
        let report = Report { planned: stages.len(), ..Report::default() };
        let end = stages.len();
        Ok(Course { stages, data, split, threads, from, end, done: Vec::new(), report, listener })
    }

    /// Whether the listener has stopped it.
    pub(crate) fn is_stopped(&self) -> bool {
        self.report.stopped
    }

    /// The same, over once so many stages are done.
    #[must_use]
    pub(crate) fn until(self, end: usize) -> Self {
        Course { end, ..self }
    }

    /// Where another training of the same stages can be resumed, if this one came to its end.
    pub(crate) fn into_place(self) -> Option<Place> {
        let stage = self.report.stages.len();
        let is_complete = stage == self.end && !self.report.stopped && self.report.diverged.is_none();
        is_complete.then_some(Place { stage, done: self.done, checkpoint: None })
    }

    /// Says how rows were grouped.
    pub fn tell(&mut self, grouped: Grouped) {
        self.report.grouped = Some(grouped);
    }

    /// How it ended.
    pub fn report(self) -> Report {
        self.report
    }

    /// Whether a model without stages, of so many values a row and classes, can learn from the labelled rows alone. Of every stage,
    /// [`Course::train`] asks the like.
    ///
    /// # Errors
    /// When it cannot: says what does not fit.
    pub fn check_labelled_rows(&self, features: usize, classes: usize) -> Result<(), TrainingError> {
        Ok(check_rows((features, Some(classes)), false, self.data, self.split)?)
    }

    /// Whether no further stage is to be begun.
    pub fn is_over(&self) -> bool {
        let at_the_end = self.end < self.stages.len() && self.report.stages.len() == self.end;
        self.report.stopped || self.report.diverged.is_some() || at_the_end
    }

    /// Number of stages.
    pub fn stages(&self) -> usize {
        self.stages.len()
    }

    /// Name and settings of a stage.
    pub fn stage(&self, index: usize) -> &Stage {
        &self.stages[index]
    }

    /// Whether stage `index` takes saved values, so that the model's own initial values do not matter.
    pub fn is_restored(&self, index: usize) -> bool {
        self.from.is_some_and(|p| index < p.stage || index == p.stage && p.checkpoint.is_some())
    }

    /// Whether stage `index` is trained, now or when its turn comes, rather than restored whole.
    pub fn is_trained(&self, index: usize) -> bool {
        !self.is_over() && index < self.stages.len() && self.from.is_none_or(|place| index >= place.stage)
    }

    /// Trains a model as stage `index` on `rows`, the rows of the course's data, or gives it the saved parameters. A model that diverges, or whose training is
    /// stopped, is as far as it came; see [`Course::is_over`].
    ///
    /// # Errors
    /// When the stage does not fit the rows, or what was saved is not of it.
    pub fn train<M: Model>(&mut self, index: usize, rows: &Dataset, model: &mut M) -> Result<(), TrainingError> {
        self.train_on(index, rows, self.split, model)
    }

    /// The same with other rows labelled.
    ///
    /// # Errors
    /// As [`Course::train`].
    pub fn train_on<M: Model>(
        &mut self,
        index: usize,
        rows: &Dataset,
        split: &Split,
        model: &mut M,
    ) -> Result<(), TrainingError> {
        let Stage { name, fit, .. } = &self.stages[index];
        let prefix = format!("stage{}.", index + 1);
        let name = || name.clone();
        let (epochs, steps) = match self.from.filter(|place| index < place.stage) {
            Some(place) => {
                let own = place.done.iter().filter_map(|t| {
                    let path = t.path.strip_prefix(&prefix)?.to_owned();
                    Some(Tensor { path, ..t.clone() })
                });
                let taken = take_tensors(model.parameters_mut(), own.collect());
                taken.map_err(|source| TrainingError::Saved { stage: name(), source })?;
                (fit.epochs, fit.epochs * fit.steps_per_epoch(split))
            }
            None => {
                let from = self.from.filter(|place| index == place.stage).and_then(|place| place.checkpoint.as_ref());
                let (stages, stage, done) = (self.stages.len(), &self.stages[index], &*self.done);
                let listener = &mut *self.listener;
                let result = fit_from(from, model, rows, split, fit, self.threads, &mut |event| {
                    listener(StageEvent { index, stages, stage, done, event })
                });
                match result {
                    Ok(FitReport { epochs, steps, stopped }) => {
                        self.report.stopped = stopped;
                        (epochs, steps)
                    }
                    Err(e @ FitError::Diverged { kept, step, .. }) => {
                        self.report.diverged = Some(e);
                        (kept, step)
                    }
                    // The model's own settings are named in full.
                    Err(FitError::Settings(e)) if e.key().starts_with("model.") => return Err(e.into()),
                    Err(FitError::Settings(e)) => return Err(self.stages[index].named(e).into()),
                    Err(source) => return Err(TrainingError::Stage { stage: name(), source }),
                }
            }
        };
        self.report.stages.push(StageReport { name: name(), epochs, steps });
        if index + 1 < self.stages.len() {
            let tensors = tensors_of(&model.parameters()).into_iter();
            self.done.extend(tensors.map(|t| Tensor { path: format!("{prefix}{}", t.path), ..t }));
        }
        Ok(())
    }
}
