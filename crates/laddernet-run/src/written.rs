//! How settings are written in TOML and on the command line, where their types do not say it themselves.

use laddernet::fit::StatisticsFrom;

/// The word for a source of statistics.
pub fn statistics_name(from: StatisticsFrom) -> &'static str {
    match from {
        StatisticsFrom::Labelled => "labelled",
        StatisticsFrom::Unlabelled => "unlabelled",
    }
}

/// The source of statistics that a word names.
///
/// # Errors
/// When it names none.
pub fn statistics_from(word: &str) -> Result<StatisticsFrom, String> {
    match word {
        "labelled" => Ok(StatisticsFrom::Labelled),
        "unlabelled" => Ok(StatisticsFrom::Unlabelled),
        _ => Err(format!("'{word}' is no source of statistics; known: labelled, unlabelled")),
    }
}

/// Sizes joined by dashes, as in 784-1000-500-10.
///
/// # Errors
/// Names the part that is no size.
pub fn layers_from(text: &str) -> Result<Vec<usize>, String> {
    let size = |part: &str| match part.parse() {
        Ok(0) | Err(_) => Err(format!("'{part}' in '{text}' is no layer size: expected sizes such as 784-1000-500-10")),
        Ok(n) => Ok(n),
    };
    text.split('-').map(size).collect()
}

/// Layer sizes as text.
pub fn layers_name(layers: &[usize]) -> String {
    let sizes: Vec<String> = layers.iter().map(usize::to_string).collect();
    sizes.join("-")
}

/// Values that read and write themselves as text.
pub(crate) mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: ToString, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, T, D>(d: D) -> Result<T, D::Error>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }

    /// For a setting that may be left out.
    pub fn some<'de, T, D>(d: D) -> Result<Option<T>, D::Error>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
        D: Deserializer<'de>,
    {
        deserialize(d).map(Some)
    }
}

/// A number of labels is a number, or the word "all".
pub(crate) mod labels {
    use laddernet::split::LabelCount;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Count(usize),
        Word(String),
    }

    pub fn serialize<S: Serializer>(value: &LabelCount, s: S) -> Result<S::Ok, S::Error> {
        match *value {
            LabelCount::Count(n) => Written::Count(n),
            LabelCount::All => Written::Word(value.to_string()),
        }
        .serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<LabelCount, D::Error> {
        match Written::deserialize(d)? {
            Written::Count(n) => Ok(LabelCount::Count(n)),
            Written::Word(word) => word.parse().map_err(D::Error::custom),
        }
    }

    /// For a setting that may be left out.
    pub fn some<'de, D: Deserializer<'de>>(d: D) -> Result<Option<LabelCount>, D::Error> {
        deserialize(d).map(Some)
    }
}

/// A source of statistics is a word.
pub(crate) mod statistics {
    use super::{StatisticsFrom, statistics_from, statistics_name};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &StatisticsFrom, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(statistics_name(*value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<StatisticsFrom, D::Error> {
        statistics_from(&String::deserialize(d)?).map_err(D::Error::custom)
    }

    /// For a setting that may be left out.
    pub fn some<'de, D: Deserializer<'de>>(d: D) -> Result<Option<StatisticsFrom>, D::Error> {
        deserialize(d).map(Some)
    }
}
