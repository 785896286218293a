//! From a complete table to settings, section by section, so that every error knows the path of its setting.

use super::{Config, ConfigError, DataSection, renamed, tree};
use laddernet::SettingsError;
use laddernet::models::{KINDS, Kind, ModelSettings, kind};
use serde::de::DeserializeOwned;
use serde_path_to_error::Track;
use toml::{Table, Value};

/// The sections of the settings, and what else stands beside them.
const KNOWN: [&str; 6] = ["format_version", "data", "model", "training", "baseline", "output"];

/// The settings that a table says; all that it may say besides are among `known`, from which hints are taken.
pub(super) fn config(table: &Table, known: &Table) -> Result<Config, ConfigError> {
    no_list_for_a_section(table, known, "")?;
    if let Some(key) = table.keys().find(|key| !KNOWN.contains(&&***key)) {
        return Err(tree::unknown(table, known, key.clone(), &KNOWN.map(str::to_owned)));
    }
    Ok(Config {
        format_version: part(table, known, "format_version")?.ok_or_else(|| missing("format_version"))?,
        data: part(table, known, "data")?.ok_or_else(|| missing("data"))?,
        model: model(table, known)?,
        training: part(table, known, "training")?.ok_or_else(|| missing("training"))?,
        baseline: part(table, known, "baseline")?,
        output: part(table, known, "output")?.unwrap_or_default(),
    })
}

/// The section `data` alone.
pub(super) fn data(table: &Table, known: &Table) -> Result<DataSection, ConfigError> {
    part(table, known, "data")?.ok_or_else(|| missing("data"))
}

/// A section of the table, or a value beside the sections.
fn part<T: DeserializeOwned>(table: &Table, known: &Table, key: &str) -> Result<Option<T>, ConfigError> {
    let value = table.get(key).cloned();
    value.map(|value| at(table, known, (key, value), |d| T::deserialize(d))).transpose()
}

/// The section `model` of a table.
pub(super) fn model(table: &Table, known: &Table) -> Result<ModelSettings, ConfigError> {
    let Some(Value::Table(model)) = table.get("model") else {
        let found = table.get("model").ok_or_else(|| missing("model"))?;
        return Err(SettingsError::value("model", found, section("model")).into());
    };
    let mut own = model.clone();
    let kind = match own.remove("kind") {
        Some(Value::String(name)) => kind_of(&name)?,
        Some(other) => return Err(SettingsError::value("model.kind", other, "a name in quotes").into()),
        None => return Err(missing("model.kind")),
    };
    at(table, known, ("model", own.into()), |d| ModelSettings::of_kind(kind, d))
}

/// The kind of a name.
pub(super) fn kind_of(name: &str) -> Result<&'static Kind, ConfigError> {
    kind(name).ok_or_else(|| ConfigError::NoSuchModel {
        found: name.to_owned(),
        known: KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
    })
}

fn missing(key: &str) -> ConfigError {
    ConfigError::Unfit { key: key.to_owned(), reason: "missing field".to_owned() }
}

/// A part of the table that stands at a path.
fn at<T>(
    table: &Table,
    known: &Table,
    (path, value): (&str, Value),
    read: impl FnOnce(serde_path_to_error::Deserializer<'_, '_, Value>) -> Result<T, toml::de::Error>,
) -> Result<T, ConfigError> {
    let mut track = Track::new();
    read(serde_path_to_error::Deserializer::new(value, &mut track)).map_err(|e| {
        let below = track.path().to_string();
        let path = if below == "." { path.to_owned() } else { format!("{path}.{below}") };
        explained(table, known, &path, e.message().lines().next().unwrap_or_default())
    })
}

/// What serde says of a setting, in plain words.
fn explained(table: &Table, known: &Table, path: &str, message: &str) -> ConfigError {
    // A value of a list is not named by its place.
    let (key, in_list) = path.split_once('[').map_or((path, false), |(key, _)| (key, true));
    if let Some(list) = message.strip_prefix("unknown field ") {
        let mut words = list.split('`').skip(1).step_by(2).map(str::to_owned);
        let field = words.next().unwrap_or_default();
        let section = key.strip_suffix(&format!(".{field}")).unwrap_or(key);
        return tree::unknown(table, known, format!("{section}.{field}"), &words.collect::<Vec<_>>());
    }
    let expected = message.starts_with("invalid ").then(|| message.rsplit_once(", expected ")).flatten();
    match (expected, tree::get(table, key)) {
        (Some((_, expected)), Some(Value::Table(_))) if !expected.starts_with("struct ") => {
            ConfigError::NoSection { key: key.to_owned() }
        }
        (Some((_, expected)), Some(found)) => SettingsError::value(key, found, plain(key, expected, in_list)).into(),
        _ => ConfigError::Unfit { key: key.to_owned(), reason: message.to_owned() },
    }
}

/// What a type of Rust is to a reader.
fn plain(key: &str, expected: &str, in_list: bool) -> String {
    match (expected, in_list) {
        ("f32" | "f64", true) => "a list of numbers, as [1000, 10, 0.1]".to_owned(),
        (_, true) => "a list of whole numbers, as [64, 30, 10]".to_owned(),
        ("f32" | "f64", _) => "a number".to_owned(),
        ("u16", _) => format!("a whole number from 0 to {}", u16::MAX),
        ("u32", _) => format!("a whole number from 0 to {}", u32::MAX),
        ("usize" | "u64", _) => "a whole number, 0 or more".to_owned(),
        ("a boolean", _) => "true or false".to_owned(),
        ("a sequence", _) => "a list, as [64, 30, 10]".to_owned(),
        ("a string" | "path string", _) => "a word".to_owned(),
        (expected, _) if expected.starts_with("struct ") => section(key),
        (expected, _) => expected.to_owned(),
    }
}

/// What is expected in a section's place: formats 1 and 2 have a value in some of them.
fn section(key: &str) -> String {
    let setting = renamed::today(key).map_or(String::new(), |today| format!(", with the setting {today}"));
    format!("a section{setting}")
}

/// Serde would take a list of the values of a section, in the order of its keys, for the section.
fn no_list_for_a_section(said: &Table, known: &Table, prefix: &str) -> Result<(), ConfigError> {
    said.iter().try_for_each(|(key, value)| match (value, known.get(key)) {
        (Value::Table(said), Some(Value::Table(known))) => {
            no_list_for_a_section(said, known, &format!("{prefix}{key}."))
        }
        (Value::Array(_), Some(Value::Table(_))) => {
            let path = format!("{prefix}{key}");
            Err(SettingsError::value(&*path, value, section(&path)).into())
        }
        _ => Ok(()),
    })
}
