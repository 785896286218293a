//! What can be known of the error without test rows: cross-validation over the labelled rows, and whether the unlabelled rows helped.
//!
//! Each part of the labelled rows is predicted by models that were trained on the labels of the others; all rows' inputs are learned from, as
//! unlabelled ones. Models are compared row by row: the same rows, parts and seeds for all. Pretrained layers read no label, so those of a model
//! are learned once for all parts.

use super::{Session, SessionError, Settings};
use crate::evaluation::most_probable;
use crate::models::TrainedModel;
use crate::split::{self, Split};
use crate::training::{Course, Flow, Place, StageEvent};
use laddernet_math::Threads;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Parts of the labelled rows.
pub const FOLDS: usize = 5;
/// From so many labelled rows on, one part tells enough.
const MANY: usize = 1000;
/// The normal deviate of an interval that holds the true value with probability 0.95.
const Z: f64 = 1.959_964;
/// Percent of error that make no difference to anybody.
const NO_DIFFERENCE: f64 = 1.0;

/// Which rows several models predict wrongly: the same rows for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trials {
    /// For each model, whether it is wrong, row by row.
    pub wrong: Vec<Vec<bool>>,
    /// Parts into which the rows fell; 0 where they were held out once.
    pub folds: usize,
    /// Whether a training was stopped, so that the rest is missing.
    pub stopped: bool,
}

/// A rate of errors, and where the true one lies with probability 0.95.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Errors in percent of the rows.
    pub percent: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} % ({:.1} to {:.1})", self.percent, self.low, self.high)
    }
}

/// Whether the unlabelled rows helped, as far as the labels show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The error is lower with them.
    Helped,
    /// The error is higher with them, or the same within a percent.
    DidNotHelp,
    /// There are too few labels to tell.
    CannotBeTold,
}

/// Two models compared on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Rows that were predicted.
    pub rows: usize,
    /// Errors of the model.
    pub error: Rate,
    /// Errors of the same network, trained on the labels alone.
    pub labels_alone: Rate,
    /// By how much the model is better, in percent of the rows.
    pub gain: Rate,
    /// What follows.
    pub verdict: Verdict,
}

/// Errors in percent of rows, with the interval of Wilson (1927).
pub fn rate(errors: usize, rows: usize) -> Rate {
    let (n, p) = (rows.max(1) as f64, errors as f64 / rows.max(1) as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Rate { percent: 100.0 * p, low: (100.0 * (middle - half)).max(0.0), high: (100.0 * (middle + half)).min(100.0) }
}

/// The difference of two rates on the same rows, with the interval of Agresti and Min (2005), who add half an observation to each of the four
/// cells: positive where `own` is better.
fn gain(own: &[bool], other: &[bool]) -> Rate {
    let n = own.len() as f64 + 2.0;
    let count = |own_wrong: bool| {
        own.iter().zip(other).filter(|(own, other)| own != other && **own == own_wrong).count() as f64
    };
    let (better, worse) = (count(false), count(true));
    let middle = (better - worse) / n;
    let half = Z * ((better + worse + 1.0) / n - middle * middle).max(0.0).sqrt() / n.sqrt();
    let percent = 100.0 * (better - worse) / own.len().max(1) as f64;
    Rate { percent, low: 100.0 * (middle - half), high: 100.0 * (middle + half) }
}

impl Comparison {
    /// Of which rows each predicts wrongly.
    pub fn new(own: &[bool], labels_alone: &[bool]) -> Self {
        let errors = |wrong: &[bool]| rate(wrong.iter().filter(|wrong| **wrong).count(), wrong.len());
        let gain = gain(own, labels_alone);
        let verdict = match gain {
            Rate { low, .. } if low > 0.0 => Verdict::Helped,
            Rate { low, high, .. } if high < 0.0 || (low > -NO_DIFFERENCE && high < NO_DIFFERENCE) => {
                Verdict::DidNotHelp
            }
            _ => Verdict::CannotBeTold,
        };
        Comparison { rows: own.len(), error: errors(own), labels_alone: errors(labels_alone), gain, verdict }
    }
}

impl Trials {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.wrong.first().map_or(0, Vec::len)
    }

    /// Errors of a model, in percent.
    pub fn rate(&self, model: usize) -> Rate {
        rate(self.wrong[model].iter().filter(|wrong| **wrong).count(), self.rows())
    }
}

/// A training of a cross-validation: which part is left out, and which model it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The part of the labelled rows that is predicted.
    pub fold: usize,
    /// The model.
    pub model: usize,
}

/// What all trainings of a model in a cross-validation begin with.
#[derive(Clone)]
enum Pretrained {
    /// Nothing: it pretrains no layer, or they diverge or do not fit, which each training finds and says for itself.
    None,
    /// Its pretrained layers.
    Layers(Arc<Place>),
    /// The listener has stopped it.
    Stopped,
}

impl Session {
    /// Trains each of some models on the labels of all parts of the labelled rows but one, and predicts that one: part after part, or the first
    /// part alone where there are a thousand labelled rows and more. Trainings run side by side, one on each of the `workers`; no result
    /// depends on how many there are.
    ///
    /// # Errors
    /// As [`Session::train_model`].
    ///
    /// # Panics
    /// When there is no worker.
    pub fn cross_validate(
        &self,
        models: &[Settings],
        workers: &[Threads],
        listener: &(dyn Fn(Trial, StageEvent<'_>) -> Flow + Sync),
    ) -> Result<Trials, SessionError> {
        assert!(!workers.is_empty(), "threads to work with");
        let folds = self.folds();
        if folds.is_empty() {
            return Ok(Trials { wrong: vec![Vec::new(); models.len()], folds: 0, stopped: false });
        }
        let trial = |at: usize| Trial { fold: at / models.len(), model: at % models.len() };
        let count = folds.len() * models.len();
        let (next, results) = (AtomicUsize::new(0), Mutex::new(vec![None; count]));
        let pretrained: Vec<Mutex<Option<Pretrained>>> = models.iter().map(|_| Mutex::default()).collect();
        let work = |threads: &Threads| loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            let trial = trial(at);
            let settings = &models[trial.model];
            let listener = &mut |event: StageEvent<'_>| listener(trial, event);
            // Whoever comes first learns them; others of the same model wait.
            let mut known = pretrained[trial.model].lock().expect("no worker panics while it learns layers");
            let layers = known.get_or_insert_with(|| self.pretrained(settings, threads, listener)).clone();
            drop(known);
            let fold = &folds[trial.fold];
            let found = match &layers {
                Pretrained::Stopped => Ok(None),
                Pretrained::Layers(place) => self.trial(fold, settings, Some(place), threads, listener),
                Pretrained::None => self.trial(fold, settings, None, threads, listener),
            };
            if !matches!(found, Ok(Some(_))) {
                // Stopped or impossible: the others need not begin.
                next.store(count, Ordering::Relaxed);
            }
            results.lock().expect("no worker panics while it holds the results")[at] = Some(found);
        };
        std::thread::scope(|scope| workers.iter().for_each(|threads| drop(scope.spawn(|| work(threads)))));
        let results = results.into_inner().expect("all workers have ended");
        let mut trials = Trials { wrong: vec![Vec::new(); models.len()], folds: folds.len(), stopped: false };
        for (at, result) in results.into_iter().enumerate() {
            match result.transpose()?.flatten() {
                Some(wrong) => trials.wrong[trial(at).model].extend(wrong),
                None => trials.stopped = true,
            }
        }
        Ok(trials)
    }

    /// Which rows of a part a model predicts wrongly that was trained without their labels; `None` where its training was stopped.
    fn trial(
        &self,
        fold: &[usize],
        settings: &Settings,
        from: Option<&Place>,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Option<Vec<bool>>, SessionError> {
        let kept = |row: &&usize| fold.binary_search(row).is_err();
        let labelled = self.split.labelled.iter().filter(kept).copied().collect();
        let split = Split { labelled, ..self.all_labels() };
        let Some(model) = self.trained_on(settings, &split, from, threads, listener)? else {
            return Ok(None);
        };
        let held = self.rows.select(fold);
        let predicted = predictions(&*model, &held, threads);
        Ok(Some(predicted.iter().zip(held.labels()).map(|(p, label)| Some(*p) != *label).collect()))
    }

    /// The parts of the labelled rows of a cross-validation; none where there are too few, and the first alone where it tells enough.
    fn folds(&self) -> Vec<Vec<usize>> {
        let mut folds = split::folds(&self.rows, &self.split.labelled, FOLDS, self.settings.training.seed);
        let taken = match folds.len() {
            0 | 1 => 0,
            _ if self.split.labelled.len() >= MANY => 1,
            all => all,
        };
        folds.truncate(taken);
        folds
    }

    /// How many parts a cross-validation has.
    pub fn fold_count(&self) -> usize {
        self.folds().len()
    }

    /// The pretrained layers of a model.
    fn pretrained(
        &self,
        settings: &Settings,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Pretrained {
        let (spec, split) = (settings.model.spec(), self.all_labels());
        let layers = spec.pretrained_layers();
        if layers == 0 {
            return Pretrained::None;
        }
        let stages = spec.stages(&settings.training);
        let Ok(course) = Course::new(stages, None, &self.rows, &split, threads, listener) else {
            return Pretrained::None;
        };
        let mut course = course.until(layers);
        match spec.train(&settings.training, &mut course) {
            Ok(_) if course.is_stopped() => Pretrained::Stopped,
            Ok(_) => course.into_place().map_or(Pretrained::None, |place| Pretrained::Layers(Arc::new(place))),
            Err(_) => Pretrained::None,
        }
    }

    /// All labels, and no row kept for validation.
    fn all_labels(&self) -> Split {
        Split { validation: Vec::new(), ..self.split.clone() }
    }

    /// The trained model, where its training was not stopped.
    fn trained_on(
        &self,
        settings: &Settings,
        split: &Split,
        from: Option<&Place>,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<Option<Box<dyn TrainedModel>>, SessionError> {
        let (spec, training) = (settings.model.spec(), &settings.training);
        let mut course = Course::new(spec.stages(training), from, &self.rows, split, threads, listener)?;
        let model = spec.train(training, &mut course)?;
        Ok((!course.report().stopped).then_some(model))
    }
}

fn predictions(model: &dyn TrainedModel, rows: &crate::Dataset, threads: &Threads) -> Vec<u32> {
    let Some(classifier) = model.classify() else { return Vec::new() };
    most_probable(&classifier.probabilities(rows, threads), classifier.classes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: the figures of Wilson's interval for 10 of 100 in Newcombe (1998), 5.5 to 17.4 %.
    #[test]
    fn intervals_by_hand() {
        let ten = rate(10, 100);
        assert!((ten.low - 5.52).abs() < 0.01 && (ten.high - 17.44).abs() < 0.01, "{ten:?}");
        let none = rate(0, 10);
        assert!(none.low == 0.0 && (none.high - 27.75).abs() < 0.01, "{none:?}");
    }

    #[test]
    fn verdicts_follow_the_rows_that_differ() {
        let wrong =
            |from: usize, to: usize, rows: usize| (0..rows).map(|row| (from..to).contains(&row)).collect::<Vec<_>>();
        let of = |own: Vec<bool>, alone: Vec<bool>| Comparison::new(&own, &alone);
        let better = of(wrong(0, 5, 100), wrong(0, 20, 100));
        assert_eq!((better.verdict, better.gain.percent), (Verdict::Helped, 15.0));
        assert!(better.gain.low > 7.0 && better.gain.high < 23.0, "{better:?}");
        assert_eq!(of(wrong(0, 20, 100), wrong(0, 5, 100)).verdict, Verdict::DidNotHelp);
        assert_eq!(of(wrong(0, 2, 20), wrong(0, 3, 20)).verdict, Verdict::CannotBeTold);
        // A thousand rows without a difference show that there is none.
        assert_eq!(of(wrong(0, 50, 2000), wrong(0, 50, 2000)).verdict, Verdict::DidNotHelp);
        assert_eq!(of(vec![], vec![]).verdict, Verdict::CannotBeTold);
    }
}
