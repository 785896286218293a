//! Before a training on a user's own data: what cross-validation over the labelled rows says of the model, of the same network on the labels
//! alone, and which of the two is to be trained where that is left open.

use super::prepared::Prepared;
use crate::error::RunError;
use crate::folder::{self, files};
use crate::settings::{Config, Recipe};
use laddernet::Threads;
use laddernet::session::{Comparison, Rate, Trial, Verdict};
use laddernet::training::{Flow, StageEvent};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What cross-validation says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Labelled rows that were predicted by models that had not seen their labels.
    pub rows: usize,
    /// Parts into which the labelled rows fell; one where a part alone was held out.
    pub folds: usize,
    /// Error of each model.
    pub models: Vec<ModelEstimate>,
    /// The ladder compared with the same network on the labels alone.
    pub comparison: Comparison,
    /// The model that was chosen by it, where that was left open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
}

/// The error of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelEstimate {
    /// Its kind.
    pub model: String,
    /// Its error.
    pub error: Rate,
}

impl Estimate {
    /// That of a training that is resumed, where there was one.
    ///
    /// # Errors
    /// When its file is damaged.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(folder::ESTIMATE);
        if !path.is_file() {
            return Ok(None);
        }
        let bad = |message: String| RunError::Document { path: path.clone(), message };
        let text = files::short_text(&path).map_err(|e| bad(format!("cannot read it: {e}")))?;
        serde_json::from_str(&text).map(Some).map_err(|e| bad(format!("it is damaged ({e}): remove it, or restore it")))
    }

    /// How it was found, in words.
    pub fn how(&self) -> String {
        match self.folds {
            1 => format!("{} labelled rows held out once", self.rows),
            folds => format!("cross-validation over {} labelled rows in {folds} parts", self.rows),
        }
    }
}

/// Whether the unlabelled rows helped, in one sentence.
pub fn verdict(comparison: &Comparison, labels: usize) -> String {
    match comparison.verdict {
        Verdict::Helped => "The unlabelled rows helped.".to_owned(),
        Verdict::DidNotHelp => "The unlabelled rows did not help.".to_owned(),
        Verdict::CannotBeTold => format!("Whether the unlabelled rows helped cannot be told with {labels} labels."),
    }
}

/// What an estimate would train.
pub struct Candidates {
    configs: Vec<Config>,
    is_open: bool,
}

impl Candidates {
    /// Trainings that an estimate takes.
    pub fn count(&self) -> usize {
        self.configs.len()
    }
}

impl Prepared {
    /// What is to be tried before the training: of a user's own data with labels, the model and the same network on the labels alone; nothing of
    /// any other.
    ///
    /// # Errors
    /// When the settings make no training of the second.
    pub fn candidates(&self, recipe: &Recipe) -> Result<Option<Candidates>, RunError> {
        let is_ladder = self.config.kind().takes_labels() && self.config.model.spec().uses_unlabelled();
        let is_open = recipe.leaves_model_open()?;
        if self.own.is_none() || !is_ladder || !(is_open || self.session.test().is_none()) {
            return Ok(None);
        }
        let Some(alone) = self.config.labels_alone()? else { return Ok(None) };
        Ok(Some(Candidates { configs: vec![self.config.clone(), alone], is_open }))
    }

    /// Cross-validates the candidates, and takes the better one where that is left open: the ladder, unless the labels alone are better by more
    /// than chance. `None` when it was stopped.
    ///
    /// # Errors
    /// As a training.
    pub fn estimated(
        self,
        candidates: &Candidates,
        workers: &[Threads],
        listener: &(dyn Fn(Trial, StageEvent<'_>) -> Flow + Sync),
    ) -> Result<Option<Self>, RunError> {
        let settings: Vec<_> = candidates.configs.iter().map(Config::settings).collect();
        let name = self.origin.name.clone();
        let refuse = RunError::session(&name);
        let trials = self.session.cross_validate(&settings, workers, listener).map_err(&refuse)?;
        if trials.stopped {
            return Ok(None);
        }
        if trials.rows() == 0 {
            return Ok(Some(self));
        }
        let comparison = Comparison::new(&trials.wrong[0], &trials.wrong[1]);
        let falls_back = candidates.is_open && comparison.gain.high < 0.0;
        let chosen = &candidates.configs[usize::from(falls_back)];
        let model =
            |(at, config): (usize, &Config)| ModelEstimate { model: config.kind().to_string(), error: trials.rate(at) };
        let estimate = Estimate {
            rows: trials.rows(),
            folds: trials.folds,
            models: candidates.configs.iter().enumerate().map(model).collect(),
            comparison,
            chosen: candidates.is_open.then(|| chosen.kind().to_string()),
        };
        let Prepared { session, origin, own, config, .. } = self;
        let (config, session) = match falls_back {
            true => {
                let session = session.with_settings(chosen.settings()).map_err(&refuse)?;
                (chosen.clone(), session)
            }
            false => (config, session),
        };
        Ok(Some(Prepared { config, session, origin, own, estimate: Some(estimate) }))
    }
}
