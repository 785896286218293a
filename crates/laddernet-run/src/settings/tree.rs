//! Settings as tables: merged, read once, unknown keys named with the nearest known one.

use super::ConfigError;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// The table of a text.
pub(crate) fn parse(text: &str) -> Result<Table, ConfigError> {
    toml::from_str(text).map_err(|e: toml::de::Error| ConfigError::Toml(e.to_string().trim_end().to_owned()))
}

/// What stands at a path such as `model.noise`.
pub(crate) fn get<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((section, rest)) => table.get(section)?.as_table().and_then(|table| get(table, rest)),
        None => table.get(path),
    }
}

/// Puts a value at a path. What stands in a section's place and is no table stays, and is refused when the settings are read.
pub(crate) fn set(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        Some((section, rest)) => {
            if let Value::Table(section) = table.entry(section).or_insert_with(|| Value::Table(Table::new())) {
                set(section, rest, value);
            }
        }
        None => {
            table.insert(path.to_owned(), value);
        }
    }
}

/// Takes what stands at a path.
pub(crate) fn remove(table: &mut Table, path: &str) -> Option<Value> {
    match path.split_once('.') {
        Some((section, rest)) => table.get_mut(section)?.as_table_mut().and_then(|table| remove(table, rest)),
        None => table.remove(path),
    }
}

/// Puts all that `over` says above what is there.
pub(crate) fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The first setting that differs: its path, and each value.
pub(crate) fn difference(own: &Table, other: &Table) -> Option<(String, String, String)> {
    let said = |table: &Table, key: &str| table.get(key).map_or("missing".to_owned(), ToString::to_string);
    own.keys().chain(other.keys()).find_map(|key| match (own.get(key), other.get(key)) {
        (a, b) if a == b => None,
        (Some(Value::Table(a)), Some(Value::Table(b))) => {
            difference(a, b).map(|(inner, a, b)| (format!("{key}.{inner}"), a, b))
        }
        _ => Some((key.clone(), said(own, key), said(other, key))),
    })
}

/// The settings that a complete table says.
pub(crate) fn read<C: DeserializeOwned>(table: Table) -> Result<C, ConfigError> {
    table.clone().try_into().map_err(|e: toml::de::Error| {
        let message = e.to_string().trim_end().to_owned();
        unknown(&table, &message).unwrap_or(ConfigError::Value(message))
    })
}

/// The error about an unknown key, of serde's message, which lists the known ones of its section but not where this is.
fn unknown(table: &Table, message: &str) -> Option<ConfigError> {
    // The next line says in which section that is, as far as serde knows.
    let list = message.lines().next()?.strip_prefix("unknown field ")?;
    let mut words = list.split('`').skip(1).step_by(2).map(str::to_owned);
    let field = words.next()?;
    let known: Vec<String> = words.collect();
    let path = path_of(table, &field, &known)?;
    let section = path.strip_suffix(&field).unwrap_or_default();
    let nearest = nearest(&field, known.iter().map(String::as_str)).map(|key| format!("{section}{key}"));
    let nearest = nearest.or_else(|| elsewhere(table, &field));
    Some(ConfigError::UnknownKey { key: path.clone(), nearest, known: known.join(", ") })
}

/// The path of a key of another section that is called nearly so.
fn elsewhere(table: &Table, field: &str) -> Option<String> {
    fn paths(table: &Table, prefix: &str, found: &mut Vec<String>) {
        for (key, value) in table {
            match value {
                Value::Table(section) => paths(section, &format!("{prefix}{key}."), found),
                _ => found.push(format!("{prefix}{key}")),
            }
        }
    }
    let mut found = Vec::new();
    paths(table, "", &mut found);
    fn last(path: &str) -> &str {
        path.rsplit('.').next().unwrap_or(path)
    }
    found.retain(|path| last(path) != field);
    let key = nearest(field, found.iter().map(|path| last(path)))?;
    found.iter().find(|path| last(path) == key).cloned()
}

/// The path of a key of this name: in the section that has most of the known keys beside it.
fn path_of(table: &Table, field: &str, known: &[String]) -> Option<String> {
    fn places(table: &Table, prefix: &str, field: &str, known: &[String], found: &mut Vec<(usize, String)>) {
        if table.contains_key(field) {
            let beside = table.keys().filter(|key| known.contains(key)).count();
            found.push((beside, format!("{prefix}{field}")));
        }
        for (key, value) in table {
            if let Value::Table(section) = value {
                places(section, &format!("{prefix}{key}."), field, known, found);
            }
        }
    }
    let mut found = Vec::new();
    places(table, "", field, known, &mut found);
    found.into_iter().max_by_key(|(beside, _)| *beside).map(|(_, path)| path)
}

/// The word that is most like `word`, if any is.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(word, other);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|best| likeness(best) > 0.8)
}

#[cfg(test)]
mod tests;
