//! For serde: a number of labels is a number, or the word "all"; it may be left out.

use laddernet::split::LabelCount;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected},
};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Count(usize),
    Word(String),
}

#[allow(clippy::ref_option)] // As serde calls it.
pub fn serialize<S: Serializer>(value: &Option<LabelCount>, s: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(LabelCount::Count(n)) => Written::Count(*n).serialize(s),
        Some(LabelCount::All) => Written::Word("all".to_owned()).serialize(s),
        None => s.serialize_none(),
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<LabelCount>, D::Error> {
    match Written::deserialize(d) {
        Ok(Written::Count(n)) => Ok(Some(LabelCount::Count(n))),
        Ok(Written::Word(word)) => word.parse().map(Some).map_err(D::Error::custom),
        Err(_) => Err(D::Error::invalid_type(Unexpected::Other("this"), &"a number of labels, or the word all")),
    }
}
