//! What a model file says besides its tensors. Cards of formats 1 and 2 are read as cards of format 3.

use super::{FORMAT_OF_PIXELS, FORMAT_VERSION};
use crate::settings::{Config, model_of_old};
use laddernet::dataset::ColumnPlan;
use laddernet::models::ModelSettings;
use laddernet::session::Session;
use laddernet::table::Column;
use laddernet_data::Loaded;
use laddernet_data::build::DateOrder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// All that a model file says besides its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Version of the file's format.
    pub format_version: u32,
    /// The program that wrote it.
    pub laddernet_version: String,
    /// The model, as in the settings.
    pub model: ModelSettings,
    /// Names of the classes, in the order of the outputs.
    pub class_names: Vec<String>,
    /// What the labels are to a program, where the names of the classes would be read as something else: `text`, `whole`, `number`, `truth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_kind: Option<String>,
    /// Shape of a row, `[height, width]` for pictures.
    pub row_shape: Vec<usize>,
    /// Factor from a stored value to an input, before it is standardised.
    pub scale: f32,
    /// The largest byte that was learned from, where the scale was found from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<u8>,
    /// Of a table: its columns and what becomes of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableCard>,
    /// Where the model comes from.
    pub trained: Provenance,
    /// SHA-256 of the tensors, in the file alone: it is computed when one is written, and compared when one is read. Files of older
    /// programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensors_sha256: Option<String>,
}

/// The table that a model was trained on: all that stands between a row as the user has it and the model's inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableCard {
    /// The column of the labels, where the model takes such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Labelled rows of each class that were learned from, in the order of the classes: what is known of a row that says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_counts: Vec<usize>,
    /// Words that stand for "no label", besides the usual marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlabelled_as: Vec<String>,
    /// Columns of dates such as 03/04/2024, and the order in which they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub date_orders: Vec<(String, String)>,
    /// The other columns, in the order of the file that was learned from.
    pub columns: Vec<ColumnPlan>,
}

/// Where a model comes from. It holds no time of day: the same training gives the same file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The data, as named on the command line.
    pub data: String,
    /// SHA-256 of the data.
    pub sha256: String,
    /// SHA-256 of the training rows alone; files of older programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_sha256: Option<String>,
    /// How many rows kept their label.
    pub labels: String,
    /// Training rows that were kept for validation.
    pub validation: usize,
    /// Seed of every random number.
    pub seed: u64,
    /// Epochs completed.
    pub epochs: usize,
    /// Steps taken.
    pub steps: usize,
    /// Whether the training diverged before any epoch was done, so that the model is as it began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrained: bool,
}

/// SHA-256 of loaded data, and their name.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub name: String,
    pub sha256: String,
    pub train_sha256: String,
    /// The column of a table that holds the labels.
    pub target: Option<String>,
    /// Orders of its dates.
    pub date_orders: Vec<(String, String)>,
}

impl From<&Loaded> for Origin {
    fn from(loaded: &Loaded) -> Self {
        let (name, hashes) = (&loaded.name, loaded.hashes());
        let target = loaded.own.as_ref().and_then(|own| own.target.clone());
        let orders = loaded.own.iter().flat_map(|own| &own.date_orders);
        let date_orders = orders.map(|(column, order)| (column.clone(), order.to_string())).collect();
        Origin {
            name: name.clone(),
            sha256: hashes.all.clone(),
            train_sha256: hashes.train.clone(),
            target,
            date_orders,
        }
    }
}

fn class_counts(session: &Session) -> Vec<usize> {
    let mut counts = vec![0; session.rows().classes()];
    let labels = session.split().labelled.iter().filter_map(|&row| session.rows().labels()[row]);
    labels.for_each(|label| counts[label as usize] += 1);
    counts
}

impl TableCard {
    /// The columns, for who reads such tables.
    pub fn table_columns(&self) -> Vec<Column> {
        self.columns.iter().map(|plan| plan.column.clone()).collect()
    }

    /// The orders of dates, for the same.
    pub fn orders(&self) -> Vec<(String, DateOrder)> {
        let order = |(column, order): &(String, String)| Some((column.clone(), order.parse().ok()?));
        self.date_orders.iter().filter_map(order).collect()
    }
}

impl ModelCard {
    /// Of a training of these settings that took so many epochs and steps; `untrained` is [`Provenance::untrained`].
    pub(crate) fn of(
        config: &Config,
        session: &Session,
        origin: &Origin,
        (epochs, steps): (usize, usize),
        untrained: bool,
    ) -> Self {
        let rows = session.rows();
        let largest = session.preprocessing().largest;
        let table = session.preprocessing().encoding.columns().map(|columns| TableCard {
            target: config.kind().takes_labels().then(|| origin.target.clone()).flatten(),
            class_counts: class_counts(session),
            unlabelled_as: config.data.unlabelled_as.clone(),
            date_orders: origin.date_orders.clone(),
            columns: columns.plans().to_vec(),
        });
        // Programs that know no more read what they can.
        let is_new = table.is_some() || largest.is_some() || untrained;
        ModelCard {
            format_version: if is_new { FORMAT_VERSION } else { FORMAT_OF_PIXELS },
            laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: config.model.clone(),
            class_names: rows.class_names().to_vec(),
            label_kind: None,
            row_shape: rows.row_shape().to_vec(),
            scale: session.preprocessing().scale,
            largest,
            table,
            trained: Provenance {
                data: origin.name.clone(),
                sha256: origin.sha256.clone(),
                train_sha256: Some(origin.train_sha256.clone()),
                labels: config.data.labels.map_or("no".to_owned(), |labels| labels.to_string()),
                validation: config.data.validation,
                seed: config.training.seed,
                epochs,
                steps,
                untrained,
            },
            tensors_sha256: None,
        }
    }
}

/// The card of a file of any format.
pub(super) fn of_any_format(text: &str, format: u32) -> Result<ModelCard, String> {
    let whole = |e: serde_json::Error| e.to_string();
    match format {
        FORMAT_OF_PIXELS | FORMAT_VERSION => serde_json::from_str(text).map_err(whole),
        _ => serde_json::from_str(text).map_err(whole).and_then(of_old),
    }
}

/// Formats 1 and 2 keep the settings of a ladder among the keys of the card, and those of other models, whole, under `lineage`.
fn of_old(mut card: Map<String, Value>) -> Result<ModelCard, String> {
    const OF_THE_MODEL: [&str; 6] = ["model", "layers", "denoising_weights", "input_noise", "noise", "lateral"];
    let mut own: Map<String, Value> = OF_THE_MODEL.iter().filter_map(|key| card.remove_entry(*key)).collect();
    let trained =
        card.get_mut("trained").and_then(Value::as_object_mut).ok_or("it does not say where it comes from")?;
    let statistics = trained.remove("statistics");
    let lineage = match card.remove("lineage") {
        Some(Value::Object(lineage)) => Some(lineage),
        Some(_) => return Err("its settings are no table".to_owned()),
        None => None,
    };
    let validation = lineage.as_ref().and_then(|settings| settings.get("validation").cloned());
    let model = match lineage {
        Some(settings) => {
            let same = ["model", "layers"].iter().all(|key| settings.get(*key) == own.get(*key));
            if !same {
                return Err("its settings are those of another model".to_owned());
            }
            settings
        }
        None => {
            if ["input_noise", "noise"].iter().any(|key| !own.contains_key(*key)) {
                return Err("a ladder's noise is missing".to_owned());
            }
            own.extend(statistics.map(|statistics| ("statistics".to_owned(), statistics)));
            own
        }
    };
    let model = model_of_old(&model)?;
    let trained =
        card.get_mut("trained").and_then(Value::as_object_mut).ok_or("it does not say where it comes from")?;
    trained.insert("validation".to_owned(), validation.unwrap_or(0.into()));
    card.insert("model".to_owned(), serde_json::to_value(&model).map_err(|e| e.to_string())?);
    card.insert("format_version".to_owned(), FORMAT_OF_PIXELS.into());
    serde_json::from_value(Value::Object(card)).map_err(|e| e.to_string())
}
