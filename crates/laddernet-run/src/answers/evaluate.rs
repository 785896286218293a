//! How good a saved model is, on rows that it has not learned from.

use super::NEAR;
use super::tables::{Answered, Question};
use crate::error::RunError;
use crate::model_file::SavedModel;
use crate::record::Prepared;
use crate::settings::Config;
use laddernet::Threads;
use laddernet::evaluation::{
    Evaluation, ReconstructionMeasures, RowMeasure, evaluate as evaluate_rows, final_evaluation, final_reconstruction,
    final_row_measures,
};
use laddernet::models::{Ability, LowerBounds};
use laddernet::session::{self, TestPart};
use laddernet_data::Loaded;

/// An evaluation, and the rows that it is of.
pub struct Evaluated {
    /// The data's name.
    pub data: String,
    /// Which of its rows.
    pub part: TestPart,
    /// Whether these are rows that the model was trained on.
    pub learned_from: bool,
    /// How good the model is on them.
    pub outcome: Outcome,
}

/// How good a model is, by what it is for.
pub enum Outcome {
    /// A classifier: what was right and wrong.
    Classes(Evaluation),
    /// An autoencoder: how near reconstructed rows are.
    Reconstruction(ReconstructionMeasures),
    /// A variational autoencoder: how likely rows are at least.
    Bound(BoundMeasures),
}

/// Samples of a row's code by which its bound is estimated, and their seed.
const BOUND_SAMPLES: u16 = 10;
const BOUND_SEED: u64 = 1;

/// A lower bound on the log-likelihood of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundMeasures {
    /// Rows.
    pub rows: usize,
    /// Nats a row, the mean of the rows.
    pub nats: f64,
    /// Standard error of that mean, as the rows vary; none of a single row.
    pub standard_error: Option<f64>,
    /// Samples of each row's code.
    pub samples: u16,
}

impl BoundMeasures {
    fn of(bounds: &[f64]) -> Self {
        let rows = bounds.len() as f64;
        let nats = bounds.iter().sum::<f64>() / rows;
        let squares: f64 = bounds.iter().map(|x| (x - nats).powi(2)).sum();
        let standard_error = (bounds.len() > 1).then(|| (squares / (rows - 1.0) / rows).sqrt());
        BoundMeasures { rows: bounds.len(), nats, standard_error, samples: BOUND_SAMPLES }
    }
}

impl Outcome {
    /// Percent of rows that a classifier gets wrong, or of the rows' variance that an autoencoder loses; none of rows without, nor of
    /// a bound.
    pub fn error_percent(&self) -> Option<f64> {
        match self {
            Outcome::Classes(evaluation) => Some(evaluation.error_percent()),
            Outcome::Reconstruction(measures) => measures.variance_lost_percent(),
            Outcome::Bound(_) => None,
        }
    }
}

/// Evaluates on the test set where the data have one, on the part that training held out where these are the data
/// of the training, and on every row where they are others.
///
/// # Errors
/// When the rows are not what the model takes, none has a label for a classifier, or the model is neither a classifier nor an
/// autoencoder of any kind.
pub fn evaluate(saved: &SavedModel, loaded: Loaded, threads: &Threads) -> Result<Evaluated, RunError> {
    saved.check_trained()?;
    let data = loaded.name.clone();
    let errors = saved.model.reconstruct().and_then(|model| model.squared_errors());
    let bound = lower_bounds(saved);
    if saved.model.classify().is_none() && errors.is_none() && bound.is_none() {
        // It is a density or nothing that could be measured by errors.
        return Err(RunError::unable(saved.kind(), Ability::Classify, "it has no classes"));
    }
    let loaded = saved.loaded(loaded)?;
    let of_the_training = loaded.hashes().all == saved.card.trained.sha256;
    let learned_from = saved.has_learned_test_rows(&loaded);
    let (part, outcome) = if loaded.test.is_some() || of_the_training {
        let parts = session::parts(loaded.train, loaded.test, saved.card.trained.seed);
        let parts = parts.map_err(RunError::session(&data))?;
        let outcome = match (saved.model.classify(), bound) {
            (Some(model), _) => Outcome::Classes(final_evaluation(&[model], parts.test, threads).remove(0)),
            (None, Some(bound)) => Outcome::Bound(BoundMeasures::of(&final_row_measures(&bound, parts.test, threads))),
            (None, None) => {
                let models: Vec<_> = errors.into_iter().collect();
                Outcome::Reconstruction(final_reconstruction(&models, parts.test, threads))
            }
        };
        (parts.test_part, outcome)
    } else {
        let outcome = match (saved.model.classify(), bound) {
            (Some(model), _) => Outcome::Classes(evaluate_rows(model, &loaded.train, threads)),
            (None, Some(bound)) => Outcome::Bound(BoundMeasures::of(&bound.of_rows(&loaded.train, threads))),
            (None, None) => {
                let models: Vec<_> = errors.into_iter().collect();
                Outcome::Reconstruction(ReconstructionMeasures::of(&models, &loaded.train, threads))
            }
        };
        (TestPart::AllRows, outcome)
    };
    let unfit = |reason: &str| RunError::UnfitRows { name: data.clone(), reason: reason.to_owned() };
    match &outcome {
        Outcome::Classes(evaluation) if evaluation.rows == 0 => Err(unfit("no row has a label to compare with")),
        Outcome::Reconstruction(measures) if !measures.squared_errors[0].is_finite() => {
            Err(unfit(&format!("rows have a squared error beyond all numbers: {NEAR}")))
        }
        Outcome::Bound(measures) if !measures.nats.is_finite() => {
            Err(unfit(&format!("rows have a bound below all numbers: {NEAR}")))
        }
        _ => Ok(Evaluated { data, part, learned_from, outcome }),
    }
}

/// Evaluates a model of a table on a file of the user's, on every row that has a label. Gives what was found on the way, too.
///
/// # Errors
/// When the file is not what the model takes, or no row has a label that it knows.
pub fn evaluate_file(question: &Question<'_>) -> Result<(Evaluated, Answered), RunError> {
    let (evaluation, answered) = question.errors()?;
    let data = question.path.display().to_string();
    if evaluation.rows == 0 {
        let reason = "no row has a label to compare with".to_owned();
        return Err(RunError::UnfitRows { name: data, reason });
    }
    let outcome = Outcome::Classes(evaluation);
    Ok((Evaluated { data, part: TestPart::AllRows, learned_from: false, outcome }, answered))
}

/// Evaluates a model on the test rows of its own training, of a user's own data.
///
/// # Errors
/// When the data are no longer those of the training, or it held no rows out.
pub fn evaluate_held_out(saved: &SavedModel, config: Config, threads: &Threads) -> Result<Evaluated, RunError> {
    saved.check_trained()?;
    let prepared = Prepared::again(config)?;
    if prepared.origin.sha256 != saved.card.trained.sha256 {
        return Err(RunError::OtherData {
            name: prepared.origin.name.clone(),
            found: prepared.origin.sha256.clone(),
            expected: saved.card.trained.sha256.clone(),
        });
    }
    let (data, part) = (prepared.origin.name, prepared.session.test_part());
    if let Some(bound) = lower_bounds(saved) {
        let Some(bounds) = prepared.session.measure_rows(&bound, threads) else {
            return Err(RunError::UnfitRows { name: data, reason: "the training held no rows out".to_owned() });
        };
        let outcome = Outcome::Bound(BoundMeasures::of(&bounds));
        return Ok(Evaluated { data, part, learned_from: false, outcome });
    }
    match prepared.session.measure(&*saved.model, None, threads).error {
        Some(evaluation) if evaluation.rows > 0 => {
            Ok(Evaluated { data, part, learned_from: false, outcome: Outcome::Classes(evaluation) })
        }
        _ => {
            let reason = "the training held no rows with a label out: name a file with labels".to_owned();
            Err(RunError::UnfitRows { name: data, reason })
        }
    }
}

/// What gives each row its bound, of models that have such.
fn lower_bounds(saved: &SavedModel) -> Option<LowerBounds<'_>> {
    saved.model.bound().map(|bound| LowerBounds { bound, samples: BOUND_SAMPLES, seed: BOUND_SEED })
}

/// Refuses other data than those the model was trained on, for when the user did not name any.
///
/// # Errors
/// When the digest differs.
pub fn check_same_data(saved: &SavedModel, loaded: &Loaded) -> Result<(), RunError> {
    if loaded.hashes().all == saved.card.trained.sha256 {
        return Ok(());
    }
    Err(RunError::OtherData {
        name: loaded.name.clone(),
        found: loaded.hashes().all.clone(),
        expected: saved.card.trained.sha256.clone(),
    })
}
