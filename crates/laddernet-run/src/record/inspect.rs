//! What a training would take from a user's own data, before anything is trained.

use super::own::{ColumnSummary, OwnSummary};
use crate::error::RunError;
use crate::model_file::SavedModel;
use crate::settings::Recipe;
use laddernet::dataset::Preprocessing;
use laddernet_data::Loaded;
use serde::Serialize;

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Name and version of the document.
    pub schema: &'static str,
    /// The data's name.
    pub data: String,
    /// Rows, of data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// What they are, in words.
    pub what: String,
    /// Inputs that a model would have.
    pub inputs: usize,
    /// Missing cells of each column.
    pub missing: Vec<usize>,
    /// The rest, as a summary says it.
    #[serde(flatten)]
    pub own: OwnSummary,
}

const SCHEMA: &str = "laddernet.inspect/1";

/// Reads what a recipe names, and fits what becomes of its columns to all rows but those of a test set.
///
/// # Errors
/// As a training.
pub fn inspect(recipe: &Recipe) -> Result<Inspection, RunError> {
    let data = recipe.data()?;
    let Loaded { name, train, own, .. } = data.load()?;
    let about = own.unwrap_or_default();
    let rows: Vec<usize> = (0..train.rows()).collect();
    let plans = match train.columns() {
        None => Vec::new(),
        Some(_) => {
            let fitted = Preprocessing::of_table(&train, &rows, &data.table()).map_err(RunError::rows(&name))?;
            fitted.encoding.columns().map(|columns| columns.plans().to_vec()).unwrap_or_default()
        }
    };
    let mut missing = vec![0; plans.len()];
    for row in rows.iter().filter(|_| train.columns().is_some()) {
        missing.iter_mut().zip(train.cells(*row)).for_each(|(count, cell)| *count += usize::from(cell.is_nan()));
    }
    let inputs = match plans.is_empty() {
        true => train.features(),
        false => plans.iter().map(|plan| plan.treatment.width()).sum(),
    };
    let what = match train.columns() {
        Some(columns) => format!("{} columns, {inputs} inputs", columns.len()),
        None => {
            format!("rows of shape {}", train.row_shape().iter().map(usize::to_string).collect::<Vec<_>>().join(" x "))
        }
    };
    let mut own = OwnSummary::of_plans(&about, &plans, &train);
    if own.target.is_none()
        && let Some(likely) = super::prepared::likely_target(&train)
    {
        own.notes.push(format!("no column is named as labels are; '{likely}' looks like them: name it as the target"));
    } else if own.target.is_none() {
        own.notes.push("no column is named as labels are: name the target".to_owned());
    }
    Ok(Inspection { schema: SCHEMA, data: name, rows: Some(train.rows()), what, inputs, missing, own })
}

/// The columns that a model takes: the same schema, from its file.
pub fn columns_of(saved: &SavedModel) -> Inspection {
    let plans = saved.card.table.as_ref().map(|table| table.columns.clone()).unwrap_or_default();
    let own = OwnSummary {
        target: saved.card.table.as_ref().and_then(|table| table.target.clone()),
        target_was_named: true,
        classes: saved
            .card
            .class_names
            .iter()
            .zip(saved.card.table.iter().flat_map(|table| &table.class_counts))
            .map(|(class, rows)| super::own::ClassCount { class: class.clone(), rows: *rows, predicted_percent: None })
            .collect(),
        columns: plans.iter().map(ColumnSummary::of).collect(),
        ..OwnSummary::default()
    };
    Inspection {
        schema: SCHEMA,
        data: saved.card.trained.data.clone(),
        rows: None,
        what: format!("as a model '{}' was trained on them", saved.kind()),
        inputs: saved.features(),
        missing: vec![0; plans.len()],
        own,
    }
}
