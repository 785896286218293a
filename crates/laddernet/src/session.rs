//! The one door: rows and settings in, a trained model and what was measured out; all in memory.
//!
//! ```text
//! rows -> test rows under seal | labelled | unlabelled | validation -> preprocessing -> inputs
//!      -> stages of the model's training -> baseline on the labels alone -> measures; the seal is broken once, here
//! ```
//!
//! A program of 30 lines that trains a ladder on arrays is `examples/arrays.rs`:
//!
//! ```
#![doc = include_str!("../examples/arrays.rs")]
//! ```

mod against_groups;
mod doubts;
mod error;
mod estimate;
mod parted;
mod parts;
mod settings;
mod shares;

pub use against_groups::{ContradictedGroup, GroupCheck};
pub use error::SessionError;
pub use estimate::{Comparison, FOLDS, Rate, Trial, Trials, Verdict, rate};
pub use parted::Parted;
pub use parts::{HeldOut, Parts, TestPart, parts};
pub use settings::{RowSettings, Settings, check_classes};
pub use shares::Shift;

use crate::dataset::{Dataset, Preprocessing, Sealed};
use crate::evaluation::{
    Classify, Evaluation, ReconstructionMeasures, RowMeasure, SquaredErrors, evaluate, final_evaluation,
    final_reconstruction, final_row_measures, squared_error, variance,
};
use crate::models::kind::Monitor;
use crate::models::pca::Pca;
use crate::models::{Inputs, Spec, TrainedModel};
use crate::split::Split;
use crate::training::{Course, FitSettings, Flow, Place, Report, StageEvent};
use laddernet_math::Threads;

/// Rows of more values are not compared with principal components, which would take longer than the training.
const MOST_FEATURES_OF_PCA: usize = 2000;

/// A training, prepared and checked.
pub struct Session {
    settings: Settings,
    rows: Dataset,
    from: Option<Vec<usize>>,
    split: Split,
    preprocessing: Preprocessing,
    test: Option<Sealed>,
    test_part: TestPart,
}

/// A trained model, and how its training went.
pub struct Trained {
    /// The model, as far as it came.
    pub model: Box<dyn TrainedModel>,
    /// How its training ended.
    pub report: Report,
}

/// What the final evaluation measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// A classifier's errors on the test rows.
    pub error: Option<Evaluation>,
    /// The same of the baseline.
    pub baseline_error: Option<Evaluation>,
    /// The two compared row by row.
    pub comparison: Option<Comparison>,
    /// An autoencoder's squared errors on the test rows, then those of as many principal components as its code has units, where that is
    /// fewer than a row has values.
    pub reconstruction: Option<ReconstructionMeasures>,
}

/// What a session gives.
pub struct Outcome {
    /// The model, as far as it came.
    pub model: Box<dyn TrainedModel>,
    /// How its training ended.
    pub report: Report,
    /// The baseline, where one was trained.
    pub baseline: Option<Trained>,
    /// What turns values into its inputs.
    pub preprocessing: Preprocessing,
    /// What was measured, of a training that came to its end.
    pub measures: Measures,
}

/// Which of a session's two trainings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The model itself.
    Model,
    /// The baseline on the labels alone.
    Baseline,
}

impl Session {
    /// Checks the settings against the rows, draws the parts, and prepares the inputs.
    ///
    /// # Errors
    /// When the settings make no training, do not fit the rows, or the rows are not what the model learns from.
    pub fn new(settings: Settings, data: Dataset, test: Option<Sealed>) -> Result<Self, SessionError> {
        check_classes(settings.model.kind(), &data)?;
        if data.columns().is_none() {
            // Before the parts are drawn, so that an error counts rows as the data do.
            settings.check_layers(data.features(), data.classes())?;
            settings.check()?;
            if settings.model.spec().inputs() == Inputs::UnitInterval {
                data.check_unit_interval().map_err(SessionError::rows(false))?;
                test.as_ref().map_or(Ok(()), Sealed::check_unit_interval).map_err(SessionError::rows(true))?;
            }
        }
        Parted::new(&settings.rows(), data, test)?.session(settings)
    }

    /// The same rows, learned from by another model with other settings.
    ///
    /// # Errors
    /// When the settings make no training, or do not fit the rows.
    ///
    /// # Panics
    /// When the rows were parted, or made inputs, in another way than these settings want.
    pub fn with_settings(self, settings: Settings) -> Result<Self, SessionError> {
        assert!(settings.rows() == self.settings.rows(), "rows parted by these settings");
        assert!(settings.model.spec().inputs() == self.settings.model.spec().inputs(), "inputs of these models");
        settings.check_layers(self.rows.features(), self.rows.classes())?;
        settings.check()?;
        settings.check_steps(&self.split)?;
        Ok(Session { settings, ..self })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The rows to learn from and to choose settings by, as inputs.
    pub fn rows(&self) -> &Dataset {
        &self.rows
    }

    /// Which of them are labelled, unlabelled, and kept for validation.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// Rows of the data, from 0, whose label is used.
    pub fn labelled_rows(&self) -> Vec<usize> {
        let of_the_data = |&row: &usize| self.from.as_ref().map_or(row, |from| from[row]);
        self.split.labelled.iter().map(of_the_data).collect()
    }

    /// What turns values into inputs.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The test rows, under seal, where there are any.
    pub fn test(&self) -> Option<&Sealed> {
        self.test.as_ref()
    }

    /// Which these are.
    pub fn test_part(&self) -> TestPart {
        self.test_part
    }

    /// What can be watched while the model learns, besides its costs.
    pub fn monitor(&self, threads: &Threads) -> Option<Box<dyn Monitor>> {
        self.settings.model.spec().monitor(&self.rows, &self.split, threads)
    }

    /// Trains the model, from the beginning or from a place in the middle to the same end, bit for bit.
    ///
    /// # Errors
    /// When what is resumed is not of this training.
    pub fn train_model(
        &self,
        from: Option<&Place>,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Trained, SessionError> {
        self.train_spec(self.settings.model.spec(), &self.settings.training, from, threads, listener)
    }

    /// Trains the baseline, where the settings want one: the same encoder, rows and seed, and no unlabelled row.
    ///
    /// # Errors
    /// As [`Session::train_model`].
    pub fn train_baseline(
        &self,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Option<Trained>, SessionError> {
        let Some((baseline, training)) = self.settings.baseline_training() else { return Ok(None) };
        let Some(model) = self.settings.model.spec().baseline(baseline.noise) else { return Ok(None) };
        self.train_spec(model.spec(), &training, None, threads, listener).map(Some)
    }

    fn train_spec(
        &self,
        spec: &dyn Spec,
        training: &FitSettings,
        from: Option<&Place>,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Trained, SessionError> {
        let stages = spec.stages(training);
        let mut course = Course::new(stages, from, &self.rows, &self.split, threads, listener)?;
        let model = spec.train(training, &mut course)?;
        let mut report = course.report();
        report.grouped = report.grouped.map(|grouped| match &self.from {
            Some(from) => grouped.of_the_data(from),
            None => grouped,
        });
        Ok(Trained { model, report })
    }

    /// Error on the validation rows in percent, where there are any with a label and the model is a classifier.
    pub fn validation_error_percent(&self, model: &dyn TrainedModel, threads: &Threads) -> Option<f64> {
        let (classifier, held) = (model.classify()?, &self.split.validation);
        let percent = || evaluate(classifier, &self.rows.select(held), threads).error_percent();
        (!held.is_empty()).then(percent).filter(|percent| percent.is_finite())
    }

    /// Squared error of the validation rows, where there are any and the model is an autoencoder.
    pub fn validation_squared_error(&self, model: &dyn TrainedModel, threads: &Threads) -> Option<f64> {
        let held = &self.split.validation;
        let errors = model.reconstruct()?.squared_errors()?;
        (!held.is_empty()).then(|| squared_error(errors, &self.rows.select(held), threads))
    }

    /// What may be wrong with a model that was trained to its end, as far as rows other than the test rows show it.
    pub fn warning(&self, model: &dyn TrainedModel, threads: &Threads) -> Option<String> {
        if let Some(classifier) = model.classify() {
            return model.doubt().or_else(|| doubts::warning(classifier, &self.rows, &self.split, threads));
        }
        let errors = model.reconstruct()?.squared_errors()?;
        // Of the training rows where none are kept for validation: one that does not even learn them is no better on others.
        let rows = [&self.split.validation, &self.split.unlabelled].into_iter().find(|rows| !rows.is_empty())?;
        let rows: Vec<usize> = rows.iter().step_by(rows.len().div_ceil(1000)).copied().collect();
        let rows = self.rows.select(&rows);
        let (error, of_the_mean) = (squared_error(errors, &rows, threads), variance(&rows));
        (error >= of_the_mean).then(|| {
            format!(
                "it reconstructs rows no better than their mean would, with a squared error of {error:.3} against \
                 {of_the_mean:.3}: train longer, or with a lower learning rate"
            )
        })
    }

    /// The final evaluation of a model, and of its baseline where there is one: breaks the seal of the test rows, once, and only
    /// of trainings that came to their end.
    pub fn measure(self, model: &dyn TrainedModel, baseline: Option<&dyn TrainedModel>, threads: &Threads) -> Measures {
        let mut measures = Measures::default();
        let pca = self.pca(threads);
        let Some(test) = self.test else { return measures };
        if let Some(classifier) = model.classify() {
            let baseline = baseline.and_then(|baseline| baseline.classify());
            let models: Vec<&dyn Classify> = [Some(classifier), baseline].into_iter().flatten().collect();
            let mut found = final_evaluation(&models, test, threads).into_iter();
            (measures.error, measures.baseline_error) = (found.next(), found.next());
            if let (Some(own), Some(alone)) = (&measures.error, &measures.baseline_error) {
                measures.comparison = (own.rows > 0).then(|| Comparison::new(&own.wrong, &alone.wrong));
            }
        } else if let Some(errors) = model.reconstruct().and_then(|model| model.squared_errors()) {
            let pca = pca.as_ref().map(|pca| pca as &dyn SquaredErrors);
            let models: Vec<&dyn SquaredErrors> = [Some(errors), pca].into_iter().flatten().collect();
            measures.reconstruction = Some(final_reconstruction(&models, test, threads));
        }
        measures
    }

    /// The final evaluation of a measure that gives each row a number, where there are test rows: breaks their seal, once.
    pub fn measure_rows(self, measure: &dyn RowMeasure, threads: &Threads) -> Option<Vec<f64>> {
        self.test.map(|test| final_row_measures(measure, test, threads))
    }

    /// As many principal components as the code has units, where they are fewer than the values of a row.
    fn pca(&self, threads: &Threads) -> Option<Pca> {
        if self.settings.model.kind().takes_labels() || self.test.is_none() {
            return None;
        }
        let (code, features) = (*self.settings.model.spec().layers().last()?, self.rows.features());
        if code >= features || features > MOST_FEATURES_OF_PCA {
            return None;
        }
        Pca::fit(&self.rows.select(&self.split.unlabelled), code, threads).ok()
    }

    /// Trains the model and its baseline, and measures them.
    ///
    /// # Errors
    /// As [`Session::train_model`].
    pub fn train(
        self,
        threads: &Threads,
        listener: &mut dyn FnMut(Phase, StageEvent<'_>) -> Flow,
    ) -> Result<Outcome, SessionError> {
        let Trained { model, report } = self.train_model(None, threads, &mut |event| listener(Phase::Model, event))?;
        let preprocessing = self.preprocessing.clone();
        let ended = |report: &Report| !report.stopped && report.diverged.is_none();
        if !ended(&report) {
            return Ok(Outcome { model, report, baseline: None, preprocessing, measures: Measures::default() });
        }
        let baseline = self.train_baseline(threads, &mut |event| listener(Phase::Baseline, event))?;
        let measures = match baseline.as_ref().is_none_or(|baseline| ended(&baseline.report)) {
            true => self.measure(&*model, baseline.as_ref().map(|baseline| &*baseline.model), threads),
            false => Measures::default(),
        };
        Ok(Outcome { model, report, baseline, preprocessing, measures })
    }
}
