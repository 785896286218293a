//! How good a saved model is, on rows that it has not learned from.

use crate::codes::NEAR;
use crate::error::RunError;
use crate::model_file::{Network, SavedModel};
use crate::prepare::{self, TestPart};
use laddernet::evaluation::{self, Classify, Evaluation};
use laddernet::lineage::Trained;
use laddernet::models::autoencoder::Autoencoder;
use laddernet::{Dataset, Threads};
use laddernet_data::Loaded;

/// An evaluation and the rows that it is of.
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
    /// An autoencoder: how near rebuilt rows are.
    Rebuilding(Rebuilding),
}

impl Outcome {
    /// Percent of rows that a classifier gets wrong, or of the rows' variance that an autoencoder loses; none of rows without.
    pub fn error_percent(&self) -> Option<f64> {
        match self {
            Outcome::Classes(evaluation) => Some(evaluation.error_percent()),
            Outcome::Rebuilding(rebuilding) => rebuilding.variance_lost_percent(),
        }
    }
}

/// How near rebuilt rows are to the rows themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rebuilding {
    /// Rows.
    pub rows: usize,
    /// The squared error of a row, summed over its values, mean of the rows.
    pub squared_error: f64,
    /// The same of the mean of these rows in every row's place: their variance, summed over the values.
    pub variance: f64,
}

impl Rebuilding {
    /// Percent of the rows' variance that is lost; none of rows that are all alike.
    pub fn variance_lost_percent(&self) -> Option<f64> {
        (self.variance > 0.0).then(|| 100.0 * self.squared_error / self.variance)
    }
}

/// Evaluates on the test set where the data have one, on the part that training held out where these are the data
/// of the training, and on every row where they are others.
///
/// # Errors
/// When the rows are not what the model takes, none has a label for a classifier, or the model is evaluated by its likelihood.
pub fn evaluate(saved: &SavedModel, loaded: Loaded, threads: &Threads) -> Result<Evaluated, RunError> {
    enum Of<'a> {
        Classes(&'a dyn Classify),
        Rebuilding(&'a Autoencoder),
    }
    let data = loaded.name.clone();
    let of = match &saved.network {
        Network::Lineage(Trained::Autoencoder(autoencoder)) => Of::Rebuilding(autoencoder),
        Network::Lineage(Trained::Rbm(_)) => {
            return Err(RunError::Unable(format!(
                "a model of kind '{}' is good where it finds rows likely: laddernet likelihood says how likely",
                saved.card.model
            )));
        }
        _ => Of::Classes(saved.classifier()?),
    };
    let loaded = saved.loaded(loaded)?;
    let of_the_training = loaded.sha256 == saved.card.trained.sha256;
    let learned_from = saved.has_learned_test_rows(&loaded);
    let measure = |rows: &Dataset| match of {
        Of::Classes(model) => Outcome::Classes(evaluation::evaluate(model, rows, threads)),
        Of::Rebuilding(model) => Outcome::Rebuilding(Rebuilding {
            rows: rows.rows(),
            squared_error: evaluation::squared_error(model, rows, threads),
            variance: variance(rows),
        }),
    };
    let (part, outcome) = if loaded.test.is_some() || of_the_training {
        let (_, test, part) = prepare::parts(loaded, saved.card.trained.seed)?;
        (part, evaluation::final_measure(test, measure))
    } else {
        (TestPart::AllRows, measure(&loaded.train))
    };
    match &outcome {
        Outcome::Classes(evaluation) if evaluation.rows == 0 => {
            Err(RunError::DataMismatch(format!("{data}: no row has a label to compare with")))
        }
        Outcome::Rebuilding(rebuilding) if !rebuilding.squared_error.is_finite() => {
            Err(RunError::DataMismatch(format!("{data}: rows have a squared error beyond all numbers: {NEAR}")))
        }
        _ => Ok(Evaluated { data, part, learned_from, outcome }),
    }
}

/// The squared distance of a row to the rows' mean, summed over its values, mean of the rows.
pub(crate) fn variance(data: &Dataset) -> f64 {
    let (rows, features) = (data.rows() as f64, data.features());
    let mut row = vec![0.0; features];
    let mut each = |then: &mut dyn FnMut(usize, f64)| {
        for r in 0..data.rows() {
            data.copy_row(r, &mut row);
            row.iter().enumerate().for_each(|(c, &x)| then(c, f64::from(x)));
        }
    };
    let (mut means, mut sum) = (vec![0.0; features], 0.0);
    each(&mut |c, x| means[c] += x / rows);
    each(&mut |c, x| sum += (x - means[c]).powi(2));
    sum / rows
}

/// Refuses other data than those the model was trained on, for when the user did not name any.
///
/// # Errors
/// When the digest differs.
pub fn check_same_data(saved: &SavedModel, loaded: &Loaded) -> Result<(), RunError> {
    if loaded.sha256 == saved.card.trained.sha256 {
        return Ok(());
    }
    Err(RunError::DataMismatch(format!(
        "{}: these are not the rows that the model was trained on (SHA-256 {} instead of {}): name the data to \
         evaluate on with --data",
        loaded.name, loaded.sha256, saved.card.trained.sha256
    )))
}
