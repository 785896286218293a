//! How good a saved model is, on rows that it has not learned from.

use crate::error::RunError;
use crate::model_file::SavedModel;
use crate::prepare::{self, TestPart};
use laddernet::Threads;
use laddernet::evaluation::{self, Evaluation};
use laddernet_data::Loaded;

/// An evaluation and the rows that it is of.
pub struct Evaluated {
    /// The data's name.
    pub data: String,
    /// Which of its rows.
    pub part: TestPart,
    /// Whether these are rows that the model was trained on.
    pub learned_from: bool,
    /// What was right and wrong.
    pub evaluation: Evaluation,
}

/// Evaluates on the test set where the data have one, on the part that training held out where these are the data
/// of the training, and on every row where they are others.
///
/// # Errors
/// When the rows are not what the model takes, or none has a label.
pub fn evaluate(saved: &SavedModel, loaded: Loaded, threads: &Threads) -> Result<Evaluated, RunError> {
    let data = loaded.name.clone();
    let model = saved.classifier()?;
    let loaded = saved.loaded(loaded)?;
    let of_the_training = loaded.sha256 == saved.card.trained.sha256;
    let learned_from = saved.has_learned_test_rows(&loaded);
    let (part, evaluation) = if loaded.test.is_some() || of_the_training {
        let (_, test, part) = prepare::parts(loaded, saved.card.trained.seed)?;
        (part, evaluation::final_evaluation(model, test, threads))
    } else {
        (TestPart::AllRows, evaluation::evaluate(model, &loaded.train, threads))
    };
    if evaluation.rows == 0 {
        return Err(RunError::DataMismatch(format!("{data}: no row has a label to compare with")));
    }
    Ok(Evaluated { data, part, learned_from, evaluation })
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
