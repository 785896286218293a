//! From loaded data to the parts of a run: rows to learn from, rows under seal, and who keeps a label.

use crate::config::Config;
use crate::error::RunError;
use crate::kind::Kind;
use crate::recipe::{DataShape, Recipe};
use laddernet::dataset::DatasetError;
use laddernet::models::ModelKind;
use laddernet::split::{self, LabelCount, Split, SplitError};
use laddernet::{Dataset, Precision, Sealed, Standards};
use laddernet_data::{Loaded, Source};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Data without a test set of their own give one row in this many.
const HELD_OUT_PARTS: usize = 5;

/// Which rows the final evaluation sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestPart {
    /// The data's own test set.
    #[default]
    TestSet,
    /// A fifth of the rows, drawn from the seed.
    HeldOutFifth,
    /// Every row: of data that the model has not learned from.
    AllRows,
}

impl fmt::Display for TestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TestPart::TestSet => "test set",
            TestPart::HeldOutFifth => "held-out fifth",
            TestPart::AllRows => "all rows",
        })
    }
}

/// Complete settings of a training, whatever its model.
pub trait Settings {
    /// The text of `config.toml`.
    fn to_toml(&self) -> String;

    /// What all settings have.
    fn common(&self) -> Common<'_>;
}

/// What the settings of all models have.
#[derive(Clone, Copy, Debug)]
pub struct Common<'a> {
    /// Where the rows come from.
    pub data: &'a Source,
    /// Which model.
    pub model: Kind,
    /// How many rows keep their label, where the model takes notice of labels.
    pub labels: Option<LabelCount>,
    /// Units of each layer, the input first.
    pub layers: &'a [usize],
    /// The precision of the training's matrix products.
    pub precision: Precision,
    /// Seed of every draw.
    pub seed: u64,
}

impl Settings for Config {
    fn to_toml(&self) -> String {
        self.to_toml()
    }

    fn common(&self) -> Common<'_> {
        let Config { data, model, labels, layers, precision, seed, .. } = self;
        let (model, labels) = (Kind::Ladder(*model), Some(*labels));
        Common { data, model, labels, layers, precision: *precision, seed: *seed }
    }
}

/// All that a training needs, checked.
pub struct Prepared<C = Config> {
    /// The settings, complete.
    pub config: C,
    /// Rows to learn from, and to choose settings by.
    pub training: Dataset,
    /// Who is labelled, unlabelled, and kept for validation.
    pub split: Split,
    /// How the inputs of all parts were standardised, where they were.
    pub standards: Option<Arc<Standards>>,
    /// Rows for the final evaluation.
    pub test: Sealed,
    /// Which these are.
    pub test_part: TestPart,
    /// SHA-256 of the data.
    pub sha256: String,
    /// SHA-256 of their training rows.
    pub train_sha256: String,
}

/// Completes a recipe for these data and draws the parts.
///
/// # Errors
/// When the settings make no training, do not fit the data, or the data are not what a model learns from.
pub fn prepare(recipe: Recipe, loaded: Loaded) -> Result<Prepared, RunError> {
    check_classes(&loaded, &recipe.model.unwrap_or(ModelKind::Full))?;
    let config = recipe.resolve(&shape_of(&loaded))?;
    check_inputs(&loaded)?;
    let draw = |training: &Dataset| split::draw(training, config.labels, config.validation, config.seed);
    let prepared = with_parts(config.clone(), loaded, draw)?;
    match prepared.split.unlabelled.len() {
        0 => config.check_steps(prepared.split.labelled.len(), config.labelled_batch)?,
        rows => config.check_steps(rows, config.unlabelled_batch)?,
    }
    Ok(prepared)
}

/// Refuses rows without any label for a model that is to tell classes apart.
pub(crate) fn check_classes(loaded: &Loaded, model: &dyn fmt::Display) -> Result<(), RunError> {
    if loaded.train.classes() > 0 {
        return Ok(());
    }
    Err(RunError::DataMismatch(format!(
        "{}: no row has a label, and a model '{model}' tells classes apart: expected idx:IMAGES,LABELS; rbm, deep-autoencoder, \
         autoencoder and gsn learn without labels",
        loaded.name
    )))
}

/// What settings must know of the data.
pub(crate) fn shape_of(loaded: &Loaded) -> DataShape {
    DataShape { name: loaded.name.clone(), features: loaded.train.features(), classes: loaded.train.classes() }
}

/// Draws the parts for settings that are complete.
pub(crate) fn with_parts<C: Settings>(
    config: C,
    loaded: Loaded,
    draw: impl FnOnce(&Dataset) -> Result<Split, SplitError>,
) -> Result<Prepared<C>, RunError> {
    let (sha256, train_sha256) = (loaded.sha256.clone(), loaded.train_sha256.clone());
    let (training, test, test_part) = parts(loaded, config.common().seed)?;
    let split = draw(&training)?;
    Ok(Prepared { config, training, split, standards: None, test, test_part, sha256, train_sha256 })
}

/// The rows to learn from and the rows under seal. The same data and seed give the same parts.
///
/// # Errors
/// When there are too few rows to hold any out.
pub fn parts(loaded: Loaded, seed: u64) -> Result<(Dataset, Sealed, TestPart), RunError> {
    if let Some(test) = loaded.test {
        return Ok((loaded.train, test, TestPart::TestSet));
    }
    if loaded.train.rows() < HELD_OUT_PARTS {
        let (name, rows) = (&loaded.name, loaded.train.rows());
        return Err(RunError::DataMismatch(format!(
            "{name}: there are {rows} rows: expected at least {HELD_OUT_PARTS}, of which a fifth is held out for the final error, or \
             test rows of their own"
        )));
    }
    let (train, held_out) = split::hold_out(loaded.train.rows(), HELD_OUT_PARTS, seed)?;
    let test = Sealed::new(loaded.train.select(&held_out));
    Ok((loaded.train.select(&train), test, TestPart::HeldOutFifth))
}

impl<C> Prepared<C> {
    /// The same with all inputs standardised by the training rows that no validation part holds.
    pub(crate) fn standardised(self, name: &str) -> Result<Self, RunError>
    where
        C: Settings,
    {
        let standards = Arc::new(Standards::of(&self.training, &self.split.unlabelled));
        if standards.deviations().iter().all(|deviation| *deviation == 0.0) {
            return Err(RunError::DataMismatch(format!(
                "{name}: every column is the same in all rows to learn from: expected columns that vary"
            )));
        }
        // Rows are counted as those of the data, of which a part may be held out.
        let (from, held_out, test_rows) = match self.test_part {
            TestPart::HeldOutFifth => {
                let rows = self.training.rows() + self.test.rows();
                let (train, held_out) = split::hold_out(rows, HELD_OUT_PARTS, self.config.common().seed)?;
                (Some(train), Some(held_out), name.to_owned())
            }
            _ => (None, None, format!("test rows of {name}")),
        };
        let refuse = |name: &str, rows: Option<Vec<usize>>| {
            let name = name.to_owned();
            move |source: DatasetError| {
                let source = rows.map_or(source.clone(), |rows| source.of_selected(&rows));
                RunError::Dataset { name, source }
            }
        };
        let training = self.training.standardised(&standards).map_err(refuse(name, from))?;
        let test = self.test.standardised(&standards).map_err(refuse(&test_rows, held_out))?;
        Ok(Prepared { training, test, standards: Some(standards), ..self })
    }
}

/// Inputs outside 0..=1 are almost always a scaling that was forgotten.
pub(crate) fn check_inputs(loaded: &Loaded) -> Result<(), RunError> {
    let refuse = |name: String| |source| RunError::Dataset { name, source };
    loaded.train.check_unit_interval().map_err(refuse(loaded.name.clone()))?;
    let test = loaded.test.as_ref().map_or(Ok(()), Sealed::check_unit_interval);
    test.map_err(refuse(format!("test rows of {}", loaded.name)))
}
