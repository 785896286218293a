//! The settings of a session, and what can be checked of them before a row is looked at.

use super::{HeldOut, SessionError};
use crate::dataset::{Dataset, TableSettings};
use crate::error::SettingsError;
use crate::models::memory;
use crate::models::{Baseline, Defaults, Facts, KINDS, Kind, ModelSettings, Spec, kind};
use crate::split::{LabelCount, Split};
use crate::training::FitSettings;

/// All that decides what a training gives, but for the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How many rows keep their label; `None` for an unsupervised model.
    pub labels: Option<LabelCount>,
    /// Training rows kept for validation.
    pub validation: usize,
    /// Which rows are held out for the final evaluation, of data without test rows of their own.
    pub held_out: HeldOut,
    /// What is said of the columns of a table.
    pub table: TableSettings,
    /// The model.
    pub model: ModelSettings,
    /// How it is trained.
    pub training: FitSettings,
    /// The supervised baseline beside it, where there can be one.
    pub baseline: Option<Baseline>,
}

/// What decides which rows are which, and how many inputs a table has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSettings {
    /// How many rows keep their label; `None` for an unsupervised model.
    pub labels: Option<LabelCount>,
    /// Training rows kept for validation.
    pub validation: usize,
    /// Which rows are held out for the final evaluation, of data without test rows of their own.
    pub held_out: HeldOut,
    /// What is said of the columns of a table.
    pub table: TableSettings,
    /// Seed of the draws.
    pub seed: u64,
}

impl Settings {
    /// Which rows are which.
    pub fn rows(&self) -> RowSettings {
        RowSettings {
            labels: self.labels,
            validation: self.validation,
            held_out: self.held_out,
            table: self.table.clone(),
            seed: self.training.seed,
        }
    }

    /// The settings that a model has on these rows unless said otherwise.
    ///
    /// # Errors
    /// When no model has this name.
    pub fn of(model: &str, data: &Dataset, labels: LabelCount) -> Result<Self, SessionError> {
        let kind = kind(model).ok_or_else(|| SessionError::NoSuchModel {
            found: model.to_owned(),
            known: KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
        })?;
        let (features, classes) = (data.features(), data.classes());
        let facts = Facts { labels: Some(labels), ..Facts::of(features, classes) };
        let Defaults { model, training, baseline } = ModelSettings::defaults(kind, &facts);
        let baseline = baseline.map(|baseline| Baseline { train: false, ..baseline });
        Ok(Settings {
            labels: kind.takes_labels().then_some(labels),
            validation: 0,
            held_out: HeldOut::default(),
            table: TableSettings::default(),
            model,
            training,
            baseline,
        })
    }

    /// Checks everything that does not depend on the rows.
    ///
    /// # Errors
    /// Names the first setting that makes no training, and what would; keys are paths in the tree of settings.
    pub fn check(&self) -> Result<(), SettingsError> {
        let kind = self.model.kind();
        checked(self.model.spec(), kind, &self.training)?;
        for stage in self.model.spec().stages(&self.training) {
            stage.check()?;
        }
        // A model without stages has this section, too.
        self.training.check().map_err(|e| e.under("training"))?;
        match (self.labels, kind.takes_labels()) {
            (Some(labels), false) => {
                let conflict = format!("a model '{kind}' is unsupervised");
                return Err(SettingsError::conflict("data.labels", labels, conflict, "leave it out"));
            }
            (None, true) => return Err(SettingsError::value("data.labels", "missing", "a number, or 'all'")),
            _ => {}
        }
        let Some((baseline, training)) = self.baseline_training() else { return Ok(()) };
        let Some(model) = self.model.spec().baseline(baseline.noise) else {
            let conflict = format!("a model '{kind}' has no baseline");
            return Err(SettingsError::conflict("baseline.train", "true", conflict, "leave it out"));
        };
        training.check().map_err(|e| e.under("baseline"))?;
        checked(model.spec(), model.kind(), &training).map_err(|e| match e.key() {
            "model.noise" => e.renamed("baseline.noise"),
            _ => e,
        })
    }

    /// The baseline, where one is trained, and how.
    pub(super) fn baseline_training(&self) -> Option<(&Baseline, FitSettings)> {
        let baseline = self.baseline.as_ref().filter(|baseline| baseline.train)?;
        let epochs = baseline.epochs.unwrap_or(self.training.epochs);
        Some((baseline, FitSettings { epochs, ..self.training.clone() }))
    }

    /// Whether all stages have steps to take: a later one must not fail after hours in an earlier one.
    pub(super) fn check_steps(&self, split: &Split) -> Result<(), SessionError> {
        for stage in self.model.spec().stages(&self.training) {
            stage.check_steps(split)?;
        }
        if let Some((_, training)) = self.baseline_training() {
            training.check_steps(split).map_err(|e| e.under("baseline"))?;
        }
        Ok(())
    }

    /// Whether the layers fit such rows.
    pub(super) fn check_layers(&self, features: usize, classes: usize) -> Result<(), SettingsError> {
        let layers = self.model.spec().layers();
        let named = || layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        let misfit =
            |conflict: String, hint: String| Err(SettingsError::conflict("model.layers", named(), conflict, hint));
        if layers.first().is_some_and(|first| *first != features) {
            return misfit(format!("the rows have {features} values"), format!("start them with {features}"));
        }
        if self.model.kind().takes_labels() && layers.last().is_some_and(|last| *last != classes) {
            return misfit(format!("there are {classes} classes"), format!("end them with {classes}"));
        }
        Ok(())
    }
}

/// Checks a model's own settings.
fn checked(spec: &dyn Spec, kind: &Kind, training: &FitSettings) -> Result<(), SettingsError> {
    // Before anything is built of them.
    memory::check(&spec.memory(training))?;
    spec.check(kind, training).map_err(|e| e.under("model"))
}

/// Whether there are two classes or more for a model that takes labels: asked before any setting, whose defaults follow from the classes.
///
/// # Errors
/// When there is none, or one.
pub fn check_classes(kind: &Kind, data: &Dataset) -> Result<(), SessionError> {
    if !kind.takes_labels() || data.classes() > 1 {
        return Ok(());
    }
    let others = KINDS.iter().filter(|kind| !kind.takes_labels()).map(|kind| kind.name).collect::<Vec<_>>();
    let (kind, others) = (kind.name, others.join(", "));
    Err(match data.class_names().first() {
        None => SessionError::NoClasses { kind, others },
        Some(class) => SessionError::OneClass { kind, class: class.clone(), others },
    })
}
