//! Settings of formats 1 and 2, complete or partial, as settings of format 3: their keys renamed, one by one.

use super::{ConfigError, FORMAT_VERSION, tree};
use laddernet::models::ModelSettings;
use toml::{Table, Value};

/// Each key of format 1 and 2, and its path today. A section moves with all its keys.
const RENAMED: &[(&str, &[&str])] = &[
    ("data", &["data.source"]),
    ("data_dir", &["data.dir"]),
    ("labels", &["data.labels"]),
    ("validation", &["data.validation"]),
    ("model", &["model.kind"]),
    ("layers", &["model.layers"]),
    ("visible", &["model.visible"]),
    ("denoising_weights", &["model.denoising_weights"]),
    ("input_noise", &["model.input_noise"]),
    ("noise", &["model.noise"]),
    ("lateral", &["model.lateral"]),
    ("statistics", &["model.statistics"]),
    ("pretraining", &["model.pretraining"]),
    ("machines", &["model.rbm"]),
    ("autoencoders", &["model.autoencoder"]),
    ("classifier", &["model.classifier"]),
    ("epochs", &["training.epochs"]),
    ("batch", &["training.labelled_batch", "training.unlabelled_batch"]),
    ("labelled_batch", &["training.labelled_batch"]),
    ("unlabelled_batch", &["training.unlabelled_batch"]),
    ("learning_rate", &["training.learning_rate"]),
    ("decay_start", &["training.decay_start"]),
    ("optimiser", &["training.optimiser"]),
    ("weight_decay", &["training.weight_decay"]),
    ("precision", &["training.precision"]),
    ("seed", &["training.seed"]),
    ("baseline", &["baseline.train"]),
    ("baseline_noise", &["baseline.noise"]),
    ("baseline_epochs", &["baseline.epochs"]),
];

/// A table of today's format.
pub(super) struct Converted {
    pub table: Table,
    /// The old keys that were found, each with its path today.
    pub renamed: Vec<(&'static str, &'static str)>,
}

/// The same settings in today's format.
pub(super) fn converted(table: Table) -> Result<Converted, ConfigError> {
    let format = table.get("format_version").and_then(Value::as_integer);
    if let Some(found) = format.filter(|found| *found > i64::from(FORMAT_VERSION)) {
        return Err(ConfigError::Newer { found, known: FORMAT_VERSION });
    }
    let has_rbms = table.contains_key("machines");
    let (mut new, mut renamed) = (Table::new(), Vec::new());
    // Sections first, so that a key of a section finds it.
    let (sections, keys): (Vec<_>, Vec<_>) = table.into_iter().partition(|(_, value)| value.is_table());
    for (key, value) in sections.into_iter().chain(keys) {
        let of_today = ["data", "model", "baseline"].contains(&&*key) && value.is_table();
        match RENAMED.iter().find(|(old, _)| *old == key && !of_today) {
            Some(&(old, paths)) => {
                for path in paths {
                    tree::set(&mut new, path, value.clone());
                }
                renamed.push((old, paths[0]));
            }
            None => tree::merge(&mut new, Table::from_iter([(key, value)])),
        }
    }
    if let Some(keep) = tree::remove(&mut new, "model.pretraining.keep") {
        tree::set(&mut new, "output.keep_layers", keep);
        renamed.push(("pretraining.keep", "output.keep_layers"));
    }
    // It was written for every stack, but only RBMs make use of it.
    if format == Some(2) && !has_rbms && !renamed.is_empty() {
        tree::remove(&mut new, "model.pretraining.code_rate");
    }
    Ok(Converted { table: new, renamed })
}

/// What complete settings of old formats left unsaid, because there was no choice.
pub(super) fn complete(table: &mut Table) {
    let silent: [(&str, Value); 3] = [
        ("training.optimiser", "adam".into()),
        ("training.weight_decay", 0.0.into()),
        ("training.precision", "f32".into()),
    ];
    if tree::get(table, "format_version").and_then(Value::as_integer) == Some(1) {
        for (path, value) in silent {
            if tree::get(table, path).is_none() {
                tree::set(table, path, value);
            }
        }
    }
}

/// The model of settings of formats 1 and 2 as a model file holds them, in JSON.
pub(crate) fn model_of_old(settings: &serde_json::Map<String, serde_json::Value>) -> Result<ModelSettings, String> {
    let table = Table::try_from(settings).map_err(|e| e.to_string())?;
    let mut table = converted(table).map_err(|e| e.to_string())?.table;
    let model = match table.remove("model") {
        Some(Value::Table(model)) => model,
        _ => return Err("it does not say which model it is".to_owned()),
    };
    tree::read(model).map_err(|e| e.to_string())
}
