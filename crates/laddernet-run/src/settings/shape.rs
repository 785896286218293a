//! What type each setting is of: the defaults of the model, and an example of each setting that has none.

use super::{ConfigError, old, tree};
use laddernet::SettingsError;
use toml::{Table, Value};

/// The complete defaults of a model, with an example of each setting that may be left out.
pub(super) fn shape(defaults: &Table) -> Table {
    let examples: [(&str, &str, Value); 7] = [
        ("data", "dir", "".into()),
        ("data", "labels", 0.into()),
        ("baseline", "epochs", 0.into()),
        ("output", "keep_layers", false.into()),
        ("model.pretraining", "code_rate", 0.0.into()),
        ("model.pretraining", "seed", 0.into()),
        ("model.autoencoder", "cost", "".into()),
    ];
    let mut shape = defaults.clone();
    shape.entry("output").or_insert_with(|| Table::new().into());
    for (section, key, example) in examples {
        if let Some(Value::Table(section)) = tree::get_mut(&mut shape, section) {
            section.entry(key).or_insert(example);
        }
    }
    shape
}

/// Refuses the first value that is of another type than its setting. Unknown keys are left to whoever reads the settings.
pub(super) fn check(said: &Table, shape: &Table) -> Result<(), ConfigError> {
    check_section(said, shape, "")
}

fn check_section(said: &Table, shape: &Table, prefix: &str) -> Result<(), ConfigError> {
    for (key, value) in said {
        let path = format!("{prefix}{key}");
        match (value, shape.get(key)) {
            (Value::Table(said), Some(Value::Table(shape))) => check_section(said, shape, &format!("{path}."))?,
            (Value::Table(_), Some(_)) => return Err(ConfigError::NoSection { key: path }),
            (value, Some(example)) => {
                if let Some(expected) = misfit(&path, value, example) {
                    return Err(SettingsError::value(path, value, expected).into());
                }
            }
            (_, None) => {}
        }
    }
    Ok(())
}

/// What is expected in a value's place, if it is not of the example's type.
fn misfit(path: &str, value: &Value, example: &Value) -> Option<String> {
    const WHOLE: &str = "a whole number, 0 or more";
    let is_whole = |value: &Value| value.as_integer().is_some_and(|n| n >= 0);
    let is_number = |value: &Value| matches!(value, Value::Integer(_) | Value::Float(_));
    let (fits, expected) = match example {
        // A number of labels may be a word.
        Value::Integer(_) if path == "data.labels" => {
            (is_whole(value) || value.is_str(), "a number of labels, or the word all")
        }
        Value::Integer(_) => (is_whole(value), WHOLE),
        Value::Float(_) => (is_number(value), "a number"),
        Value::Boolean(_) => (value.is_bool(), "true or false"),
        Value::String(_) => (value.is_str(), "a word"),
        Value::Array(examples) => match (value, examples.first()) {
            (Value::Array(values), Some(Value::Integer(_))) => {
                (values.iter().all(is_whole), "a list of whole numbers, as [64, 30, 10]")
            }
            (Value::Array(values), Some(Value::Float(_))) => {
                (values.iter().all(is_number), "a list of numbers, as [1000, 10, 0.1]")
            }
            (value, _) => (value.is_array(), "a list, as [64, 30, 10]"),
        },
        Value::Table(_) => {
            // Formats 1 and 2 have a value in some places where there is a section today.
            let setting = old::today(path).map_or(String::new(), |today| format!(", with the setting {today}"));
            return Some(format!("a section{setting}"));
        }
        Value::Datetime(_) => (true, ""),
    };
    (!fits).then(|| expected.to_owned())
}
