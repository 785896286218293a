//! Settings that are written as a word, or a word and a number: `adam`, `momentum 0.9`, `masking 0.25`.

use laddernet_math::Precision;

/// A word that is none of those that are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is no {what}: expected {expected}")]
pub struct WordError {
    /// The word.
    pub found: String,
    /// What it was to be.
    pub what: &'static str,
    /// The words that are known.
    pub expected: String,
}

impl WordError {
    /// For a `FromStr`.
    pub(crate) fn new(found: &str, what: &'static str, expected: impl Into<String>) -> Self {
        WordError { found: found.to_owned(), what, expected: expected.into() }
    }
}

/// A word, and the number behind it: after a space or a colon.
pub(crate) fn word_and_number(text: &str) -> (&str, Option<f32>) {
    match text.split_once([' ', ':']) {
        Some((word, number)) => (word, Some(number.trim().parse().unwrap_or(f32::NAN))),
        None => (text, None),
    }
}

/// Defines `Display` and `FromStr` for an enum without fields: `words!(Units, "kind of unit", { Bernoulli: "bernoulli" })`.
macro_rules! words {
    ($type:ty, $what:literal, { $($variant:ident: $word:literal),+ $(,)? }) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(<$type>::$variant => $word),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::text::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(<$type>::$variant),)+
                    _ => Err($crate::text::WordError::new(text, $what, [$($word),+].join(", "))),
                }
            }
        }
    };
}
pub(crate) use words;

/// The word for a precision: `f32` or `bf16`.
pub fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::Bf16 => "bf16",
    }
}

/// The precision that a word names.
///
/// # Errors
/// When it names none.
pub fn precision_from(text: &str) -> Result<Precision, WordError> {
    match text {
        "f32" => Ok(Precision::F32),
        "bf16" => Ok(Precision::Bf16),
        _ => Err(WordError::new(text, "precision", "f32, bf16")),
    }
}

/// For serde: a value as the text that it displays and parses.
pub mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    /// The text of a value.
    ///
    /// # Errors
    /// As the format's.
    pub fn serialize<T: Display, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }

    /// The value of a text.
    ///
    /// # Errors
    /// When the text is none of such a value.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// For serde: a precision as its word.
pub(crate) mod precision_text {
    use super::{Precision, precision_from, precision_name};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
    pub fn serialize<S: Serializer>(value: &Precision, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(precision_name(*value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Precision, D::Error> {
        precision_from(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}
