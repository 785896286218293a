//! Settings as tables: merged, read once, unknown keys named with the nearest known one.

use super::{ConfigError, renamed};
use laddernet::table::nearest;
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

/// Puts a value at a path; a section over a section is laid over it.
///
/// # Errors
/// When a value stands in the place of one of its sections.
pub(crate) fn set(table: &mut Table, path: &str, value: Value) -> Result<(), ConfigError> {
    let said = path.rsplit('.').fold(value, |value, key| Table::from_iter([(key.to_owned(), value)]).into());
    let Value::Table(said) = said else { return Ok(()) };
    let below = |key: &String| path.strip_prefix(&**key).is_some_and(|rest| rest.starts_with('.'));
    if let Some(key) = common(table, &said).filter(below) {
        return Err(ConfigError::NoSection { key });
    }
    merge(table, said);
    Ok(())
}

/// The first path at which both say something, and not both a section.
pub(crate) fn common(own: &Table, other: &Table) -> Option<String> {
    other.iter().find_map(|(key, value)| match (own.get(key)?, value) {
        (Value::Table(own), Value::Table(other)) => common(own, other).map(|below| format!("{key}.{below}")),
        _ => Some(key.clone()),
    })
}

/// The first value of `base` below which `over` says something.
pub(crate) fn below_value(base: &Table, over: &Table) -> Option<String> {
    over.iter().find_map(|(key, value)| match (base.get(key)?, value) {
        (Value::Table(base), Value::Table(over)) => below_value(base, over).map(|below| format!("{key}.{below}")),
        (_, Value::Table(_)) => Some(key.clone()),
        _ => None,
    })
}

/// The path of each value.
pub(crate) fn leaves(table: &Table) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(section) => leaves(section).iter().map(|below| format!("{key}.{below}")).collect(),
        _ => vec![key.clone()],
    };
    table.iter().flat_map(below).collect()
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

/// The error about an unknown key; `known` are those of its section, and `all` every setting that there is.
pub(crate) fn unknown(table: &Table, all: &Table, mut path: String, known: &[String]) -> ConfigError {
    // A section that has another name today is not what is at fault, but what it says.
    if let Some(Value::Table(section)) = get(table, &path)
        && renamed::today(&path).is_some()
        && let [below, ..] = &*leaves(section)
    {
        path = format!("{path}.{below}");
    }
    let field = last(&path);
    let section = path.strip_suffix(field).unwrap_or_default();
    let near = || nearest(field, known.iter().map(String::as_str)).map(|key| format!("{section}{key}"));
    let nearest = called_so(all, &path).or_else(near).or_else(|| elsewhere(all, &path));
    ConfigError::UnknownKey { key: path, nearest, known: known.join(", ") }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The paths of all settings but an unknown one.
fn others(all: &Table, unknown: &str) -> Vec<String> {
    let is_it = |path: &str| path.strip_prefix(unknown).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    leaves(all).into_iter().filter(|path| !is_it(path)).collect()
}

/// The path of a setting that older formats called so, or that is called so in another section.
fn called_so(all: &Table, unknown: &str) -> Option<String> {
    let others = others(all, unknown);
    let is_there = |path: &String| others.contains(path) || get(all, path).is_some_and(Value::is_table);
    let renamed = renamed::today(unknown);
    let of_name = || renamed::today(last(unknown)).filter(is_there);
    let there = renamed.clone().filter(is_there).or_else(of_name);
    there.or_else(|| others.iter().find(|path| last(path) == last(unknown)).cloned()).or(renamed)
}

/// The path of a setting of another section that is called nearly so.
fn elsewhere(all: &Table, unknown: &str) -> Option<String> {
    let others = others(all, unknown);
    let key = nearest(last(unknown), others.iter().map(|path| last(path)))?;
    // Of two of this name, the one that once had it alone.
    let renamed = renamed::today(key).filter(|path| others.contains(path));
    renamed.or_else(|| others.iter().find(|path| last(path) == key).cloned())
}

#[cfg(test)]
mod tests;
