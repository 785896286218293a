//! Names of classes that data sets of Hugging Face keep beside their whole numbers.

use arrow_schema::Schema;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;
use std::collections::BTreeSet;

/// More names than this are no classes.
const MOST: usize = 65_536;

/// The columns that have names for their numbers. Metadata that cannot be understood says nothing.
pub(super) fn classes(schema: &Schema, about: &ParquetMetaData) -> Vec<(String, Vec<String>)> {
    let in_file = about.file_metadata().key_value_metadata().into_iter().flatten();
    let in_file = in_file.filter(|pair| pair.key == "huggingface").find_map(|pair| pair.value.as_deref());
    let Some(text) = in_file.or(schema.metadata().get("huggingface").map(String::as_str)) else { return vec![] };
    of_text(text)
}

fn of_text(text: &str) -> Vec<(String, Vec<String>)> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return vec![] };
    let Some(features) = value.pointer("/info/features").and_then(Value::as_object) else { return vec![] };
    let names = |feature: &Value| -> Option<Vec<String>> {
        let names = feature.get("names")?.as_array()?;
        let names: Vec<String> = names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?;
        let different: BTreeSet<&String> = names.iter().collect();
        (!names.is_empty() && names.len() <= MOST && different.len() == names.len()).then_some(names)
    };
    features.iter().filter_map(|(column, feature)| Some((column.clone(), names(feature)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are() {
        let text = r#"{"info": {"features": {"image": {"_type": "Image"},
            "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}, "twice": {"names": ["a", "a"]}}}}"#;
        assert_eq!(of_text(text), [("label".to_owned(), vec!["cat".to_owned(), "dog".to_owned()])]);
        for text in ["", "{}", "[1]", r#"{"info": {"features": {"a": 1, "b": {"names": [1]}, "c": {"names": {}}}}}"#] {
            assert_eq!(of_text(text), [], "{text}");
        }
    }
}
