//! How a training is measured: by its summary, or by an evaluation after it that its run folder keeps.

use crate::answers::evaluate::check_same_data;
use crate::answers::likelihood::{LikelihoodSettings, Temperatures, likelihood};
use crate::answers::parzen::{ParzenSettings, parzen_likelihood};
use crate::error::RunError;
use crate::folder::files;
use crate::model_file::{self, SavedModel};
use crate::record::Summary;
use crate::settings::Recipe;
use laddernet::Threads;
use laddernet::models::Ability;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;
use std::path::Path;

/// The likelihood of a run, beside its other files.
pub const LIKELIHOOD: &str = "likelihood.json";
const SCHEMA: &str = "laddernet.likelihood/1";

/// What is measured of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Error on the test rows in percent.
    #[default]
    TestErrorPercent,
    /// Squared error of a reconstructed test row.
    TestSquaredError,
    /// The same of as many principal components as the code has units.
    PcaSquaredError,
    /// Log-likelihood of a test row in nats, `ln Z` by annealing from the base rate to the model.
    Forwards,
    /// The same by annealing from the model to the base rate.
    Backwards,
    /// Log-likelihood of a test row in nats by Parzen windows around samples.
    Parzen,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::TestErrorPercent => "test error %",
            Measure::TestSquaredError | Measure::PcaSquaredError => "squared error a test row",
            Measure::Forwards => "nats a test row, annealed forwards",
            Measure::Backwards => "nats a test row, annealed backwards",
            Measure::Parzen => "nats a test row, Parzen window",
        })
    }
}

impl Measure {
    /// Its key in a document.
    pub(super) fn key(self) -> &'static str {
        match self {
            Measure::TestErrorPercent => "test_error_percent",
            Measure::TestSquaredError => "test_squared_error",
            Measure::PcaSquaredError => "pca_squared_error",
            Measure::Forwards => "forwards",
            Measure::Backwards => "backwards",
            Measure::Parzen => "parzen",
        }
    }

    /// Where the document of the evaluation says it; nothing where the summary does.
    fn pointer(self) -> Option<&'static str> {
        match self {
            Measure::TestErrorPercent | Measure::TestSquaredError | Measure::PcaSquaredError => None,
            Measure::Forwards => Some("/test/forward"),
            Measure::Backwards => Some("/test/reverse"),
            Measure::Parzen => Some("/parzen/test_nats"),
        }
    }

    /// What a model must be able to do for it.
    pub(super) fn needs(self) -> Ability {
        match self {
            Measure::TestErrorPercent => Ability::Classify,
            Measure::TestSquaredError | Measure::PcaSquaredError => Ability::Reconstruct,
            Measure::Forwards | Measure::Backwards => Ability::Density,
            Measure::Parzen => Ability::Sample,
        }
    }

    /// Whether more is better.
    pub fn rises(self) -> bool {
        self.needs_evaluation()
    }

    /// Whether it says something of the training, and not of a thing beside it.
    pub fn is_of_training(self) -> bool {
        self != Measure::PcaSquaredError
    }

    /// Whether it needs an evaluation after the training.
    pub fn needs_evaluation(self) -> bool {
        self.pointer().is_some()
    }

    /// Of a training, with the document of its evaluation.
    pub fn of(self, summary: &Summary, evaluation: Option<&Value>) -> Option<f64> {
        match self {
            Measure::TestErrorPercent => summary.test_error_percent,
            Measure::TestSquaredError => summary.test_squared_error,
            Measure::PcaSquaredError => summary.pca_squared_error,
            _ => evaluation?.pointer(self.pointer()?)?.as_f64(),
        }
    }
}

/// Whether too few annealed chains count for a likelihood to be trusted.
pub fn is_collapsed(evaluation: &Value) -> bool {
    evaluation.get("collapsed").and_then(Value::as_bool).unwrap_or(false)
}

/// The document of a run's evaluation, where there is one.
pub(super) fn read(run: &Path) -> Result<Option<Value>, RunError> {
    let path = run.join(LIKELIHOOD);
    if !path.is_file() {
        return Ok(None);
    }
    let bad = |message: String| RunError::Document { path: path.clone(), message };
    let text = files::short_text(&path).map_err(|e| bad(format!("cannot read it: {e}")))?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|e| bad(format!("it is damaged ({e}): remove it to compute it again")))
}

/// Computes what the measures need besides the summary, and keeps it in the run folder.
pub(super) fn evaluate(run: &Path, recipe: &Recipe, measures: &[Measure], threads: &Threads) -> Result<(), RunError> {
    let Some(measure) = measures.iter().find(|measure| measure.needs_evaluation()) else { return Ok(()) };
    let path = run.join(LIKELIHOOD);
    if path.is_file() {
        return Ok(());
    }
    let saved = model_file::open(run)?;
    let mut document = found(&saved, recipe, measure.needs(), threads)?;
    document.insert("schema".to_owned(), SCHEMA.into());
    let text = Value::Object(document).to_string();
    files::write(&path, text.as_bytes()).map_err(RunError::io("write", &path))
}

/// As the papers' figures are: annealed at the published temperatures, or from ten thousand samples.
fn found(
    saved: &SavedModel,
    recipe: &Recipe,
    needs: Ability,
    threads: &Threads,
) -> Result<Map<String, Value>, RunError> {
    let loaded = recipe.source()?.load(recipe.data_dir())?;
    check_same_data(saved, &loaded)?;
    let document = if needs == Ability::Density {
        let temperatures = Temperatures::Published;
        let settings =
            LikelihoodSettings { binarise: None, chains: 100, temperatures, estimate: true, exact: false, seed: 1 };
        serde_json::to_value(likelihood(saved, loaded, &settings, threads)?)
    } else {
        let settings = ParzenSettings { samples: 10_000, chains: 100, burn_in: 100, sigma: None, seed: 1 };
        serde_json::to_value(parzen_likelihood(saved, loaded, &settings, threads)?)
            .map(|found| json!({ "parzen": found }))
    };
    match document.expect("numbers and text") {
        Value::Object(keys) => Ok(keys),
        other => unreachable!("a likelihood is an object: {other}"),
    }
}
