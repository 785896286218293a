//! The precision of a training's matrix products, and the instructions of this processor that compute them.

use crate::config::ConfigError;
use laddernet::{Isa, Precision, Threads};
use std::fmt;
use std::str::FromStr;

/// What may be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// bf16 where it makes products faster, else f32.
    #[default]
    Auto,
    /// This one.
    Exactly(Precision),
}

impl PrecisionChoice {
    /// The precision that it means on this processor.
    ///
    /// # Errors
    /// When the processor has no instructions for it.
    pub fn resolve(self) -> Result<Precision, ConfigError> {
        match self {
            PrecisionChoice::Auto => {
                let gains = Isa::detect_bf16().is_some_and(Isa::gains_from_bf16);
                Ok(if gains { Precision::Bf16 } else { Precision::F32 })
            }
            PrecisionChoice::Exactly(precision) => best(precision).map(|_| precision),
        }
    }
}

/// The instructions of these threads with products of this precision: the best of this processor, unless the threads were
/// made with others.
///
/// # Errors
/// When there are none.
pub fn instructions(threads: &Threads, precision: Precision) -> Result<Isa, ConfigError> {
    let own = threads.isa();
    match precision {
        Precision::F32 => Ok(own.in_single_precision()),
        Precision::Bf16 if own.precision() == Precision::Bf16 => Ok(own),
        Precision::Bf16 if own == Isa::detect() => best(precision),
        Precision::Bf16 => {
            Err(ConfigError(format!("the instructions '{}' have no bf16 products: use --precision f32", own.name())))
        }
    }
}

/// The best instructions of this processor with products of this precision.
fn best(precision: Precision) -> Result<Isa, ConfigError> {
    let none = "this processor has no bf16 matrix products (AVX-512 BF16 or AMX): use --precision auto or f32";
    match precision {
        Precision::F32 => Ok(Isa::detect()),
        Precision::Bf16 => Isa::detect_bf16().ok_or_else(|| ConfigError(none.into())),
    }
}

/// The word for a precision.
pub fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::Bf16 => "bf16",
    }
}

impl FromStr for PrecisionChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(PrecisionChoice::Auto),
            "f32" => Ok(PrecisionChoice::Exactly(Precision::F32)),
            "bf16" => Ok(PrecisionChoice::Exactly(Precision::Bf16)),
            _ => Err(format!("'{word}' is no precision; known: auto, f32, bf16")),
        }
    }
}

impl fmt::Display for PrecisionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PrecisionChoice::Auto => "auto",
            PrecisionChoice::Exactly(precision) => precision_name(*precision),
        })
    }
}

/// In a file a precision is a word; a file that is silent is from when there was f32 alone.
pub(crate) mod word {
    use super::{Precision, PrecisionChoice, precision_name};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn silent() -> Precision {
        Precision::F32
    }

    pub fn serialize<S: Serializer>(value: &Precision, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(precision_name(*value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Precision, D::Error> {
        match String::deserialize(d)?.parse().map_err(D::Error::custom)? {
            PrecisionChoice::Exactly(precision) => Ok(precision),
            PrecisionChoice::Auto => Err(D::Error::custom("'auto' leaves the precision open; known: f32, bf16")),
        }
    }
}
