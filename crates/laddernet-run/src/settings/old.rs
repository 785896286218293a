//! Settings of formats 1 and 2, complete or partial, as settings of format 3: their keys renamed, one by one.

use super::renamed::RENAMED;
use super::{ConfigError, FORMAT_VERSION, read, tree};
use laddernet::SettingsError;
use laddernet::models::ModelSettings;
use toml::{Table, Value};

/// A table of today's format.
pub(super) struct Converted {
    pub table: Table,
    /// The old keys that were found, each with its path today.
    pub renamed: Vec<(&'static str, &'static str)>,
}

/// The same settings in today's format.
pub(super) fn converted(table: Table) -> Result<Converted, ConfigError> {
    let format = format_of(&table)?;
    let has_rbms = table.contains_key("machines");
    let (mut new, mut old) = (Table::new(), Vec::new());
    for (key, value) in table {
        let of_today = ["data", "model", "baseline"].contains(&&*key) && value.is_table();
        match RENAMED.iter().find(|(old, _)| *old == key && !of_today) {
            Some(renamed) => old.push((renamed, value)),
            None => {
                new.insert(key, value);
            }
        }
    }
    // What fills several settings gives way to what is said of one.
    old.sort_by_key(|((_, paths), _)| paths.len());
    let mut renamed = Vec::new();
    for (&(key, paths), value) in old {
        for path in paths {
            let mut said = Table::new();
            tree::set(&mut said, path, value.clone())?;
            match tree::common(&new, &said) {
                Some(_) if paths.len() > 1 => {}
                Some(today) => {
                    return Err(match today.strip_prefix(path) {
                        Some(below) => ConfigError::Twice { old: format!("{key}{below}"), today },
                        None => ConfigError::NoSection { key: today },
                    });
                }
                None => tree::merge(&mut new, said),
            }
        }
        renamed.push((key, paths[0]));
    }
    if let Some(keep) = tree::remove(&mut new, "model.pretraining.keep") {
        let [old, today] = ["pretraining.keep", "output.keep_layers"];
        if tree::get(&new, today).is_some() {
            return Err(ConfigError::Twice { old: old.to_owned(), today: today.to_owned() });
        }
        tree::set(&mut new, today, keep)?;
        renamed.push((old, today));
    }
    // It was written for every stack, but only RBMs make use of it.
    if format == Some(2) && !has_rbms && !renamed.is_empty() {
        tree::remove(&mut new, "model.pretraining.code_rate");
    }
    Ok(Converted { table: new, renamed })
}

/// The format of a table, where it says one.
fn format_of(table: &Table) -> Result<Option<i64>, ConfigError> {
    let known = i64::from(FORMAT_VERSION);
    match table.get("format_version") {
        None => Ok(None),
        Some(&Value::Integer(found)) if found > known => Err(ConfigError::Newer { found, known: FORMAT_VERSION }),
        Some(&Value::Integer(found)) if found >= 1 => Ok(Some(found)),
        Some(other) => {
            Err(SettingsError::value("format_version", other, format!("a whole number from 1 to {known}")).into())
        }
    }
}

/// What complete settings of old formats left unsaid, because there was no choice.
pub(super) fn complete(table: &mut Table) -> Result<(), ConfigError> {
    let silent: [(&str, Value); 3] = [
        ("training.optimiser", "adam".into()),
        ("training.weight_decay", 0.0.into()),
        ("training.precision", "f32".into()),
    ];
    if tree::get(table, "format_version").and_then(Value::as_integer) == Some(1) {
        for (path, value) in silent {
            if tree::get(table, path).is_none() {
                tree::set(table, path, value)?;
            }
        }
    }
    Ok(())
}

/// The model of settings of formats 1 and 2 as a model file holds them, in JSON.
pub(crate) fn model_of_old(settings: &serde_json::Map<String, serde_json::Value>) -> Result<ModelSettings, String> {
    let table = Table::try_from(settings).map_err(|e| e.to_string())?;
    let table = converted(table).map_err(|e| e.to_string())?.table;
    read::model(&table, &table).map_err(|e| e.to_string())
}
