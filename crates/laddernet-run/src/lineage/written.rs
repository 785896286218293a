//! How settings of the lineage are written, where their types do not say it themselves.

use laddernet::models::Activation;
use laddernet::models::autoencoder::{Corruption, Emphasis};
use laddernet::models::rbm::{Binarise, Units};
use laddernet::optimiser::Optimiser;

/// A value and its text, both ways.
pub(crate) trait Word: Sized {
    fn word(&self) -> String;
    fn from_word(text: &str) -> Result<Self, String>;
}

/// A word, and the number behind it.
fn parts(text: &str) -> (&str, Option<f32>) {
    match text.split_once([' ', ':']) {
        Some((word, number)) => (word, Some(number.trim().parse().unwrap_or(f32::NAN))),
        None => (text, None),
    }
}

impl Word for Corruption {
    fn word(&self) -> String {
        match self {
            Corruption::None => "none".into(),
            Corruption::Masking(share) => format!("masking {share}"),
            Corruption::SaltAndPepper(share) => format!("salt-and-pepper {share}"),
            Corruption::Gaussian(deviation) => format!("gaussian {deviation}"),
        }
    }

    fn from_word(text: &str) -> Result<Self, String> {
        match parts(text) {
            ("none", None) => Ok(Corruption::None),
            ("masking", Some(x)) if !x.is_nan() => Ok(Corruption::Masking(x)),
            ("salt-and-pepper", Some(x)) if !x.is_nan() => Ok(Corruption::SaltAndPepper(x)),
            ("gaussian", Some(x)) if !x.is_nan() => Ok(Corruption::Gaussian(x)),
            _ => Err(format!(
                "'{text}' is no corruption: expected 'none', 'masking 0.25', 'salt-and-pepper 0.4' or 'gaussian 0.3'"
            )),
        }
    }
}

impl Word for Optimiser {
    fn word(&self) -> String {
        match self {
            Optimiser::Adam => "adam".into(),
            Optimiser::Momentum(momentum) => format!("momentum {momentum}"),
        }
    }

    fn from_word(text: &str) -> Result<Self, String> {
        match parts(text) {
            ("adam", None) => Ok(Optimiser::Adam),
            ("momentum", Some(x)) if !x.is_nan() => Ok(Optimiser::Momentum(x)),
            _ => Err(format!("'{text}' is no optimiser: expected 'adam', or 'momentum 0.9' for gradient descent")),
        }
    }
}

impl Word for Binarise {
    fn word(&self) -> String {
        binarise_name(*self).into()
    }

    fn from_word(text: &str) -> Result<Self, String> {
        match text {
            "stochastic" => Ok(Binarise::Stochastic),
            "threshold" => Ok(Binarise::Threshold),
            "none" => Ok(Binarise::None),
            _ => Err(format!("'{text}' is no way to binarise; known: stochastic, threshold, none")),
        }
    }
}

/// The word for a way to binarise.
pub(crate) fn binarise_name(binarise: Binarise) -> &'static str {
    match binarise {
        Binarise::Stochastic => "stochastic",
        Binarise::Threshold => "threshold",
        Binarise::None => "none",
    }
}

/// The way to binarise that a word names.
///
/// # Errors
/// When it names none.
pub fn binarise_from(word: &str) -> Result<Binarise, String> {
    Binarise::from_word(word)
}

impl Word for Units {
    fn word(&self) -> String {
        match self {
            Units::Bernoulli => "bernoulli",
            Units::Gaussian => "gaussian",
        }
        .into()
    }

    fn from_word(text: &str) -> Result<Self, String> {
        match text {
            "bernoulli" => Ok(Units::Bernoulli),
            "gaussian" => Ok(Units::Gaussian),
            _ => Err(format!(
                "'{text}' is no kind of visible unit; known: bernoulli, gaussian (for values of any size, which are standardised)"
            )),
        }
    }
}

impl Word for Activation {
    fn word(&self) -> String {
        match self {
            Activation::Logistic => "logistic",
            Activation::Linear => "linear",
        }
        .into()
    }

    fn from_word(text: &str) -> Result<Self, String> {
        match text {
            "logistic" => Ok(Activation::Logistic),
            "linear" => Ok(Activation::Linear),
            _ => Err(format!("'{text}' is no kind of unit; known: logistic, linear")),
        }
    }
}

impl Word for Emphasis {
    fn word(&self) -> String {
        format!("{} {}", self.corrupted, self.others)
    }

    fn from_word(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<f32>> = text.split([' ', ':', ',']).map(|x| x.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[corrupted, others]) => Ok(Emphasis { corrupted, others }),
            _ => {
                Err(format!("'{text}' is no emphasis: expected the weights of corrupted and other values, as '1 0.5'"))
            }
        }
    }
}

/// For serde.
pub(crate) mod word {
    use super::Word;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: Word, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&value.word())
    }

    pub fn deserialize<'de, T: Word, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
        T::from_word(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_written() {
        let corruptions =
            [Corruption::None, Corruption::Masking(0.25), Corruption::SaltAndPepper(0.4), Corruption::Gaussian(0.3)];
        for corruption in corruptions {
            assert_eq!(Corruption::from_word(&corruption.word()), Ok(corruption));
        }
        assert_eq!(Corruption::from_word("masking:0.1"), Ok(Corruption::Masking(0.1)));
        for optimiser in [Optimiser::Adam, Optimiser::Momentum(0.9)] {
            assert_eq!(Optimiser::from_word(&optimiser.word()), Ok(optimiser));
        }
        for text in ["", "masking", "masking x", "none 1", "gauss 1"] {
            assert!(Corruption::from_word(text).unwrap_err().contains("no corruption"), "{text}");
        }
        assert!(Optimiser::from_word("sgd").is_err() && Emphasis::from_word("1").is_err());
        assert_eq!(Emphasis::from_word("1 0.5"), Ok(Emphasis { corrupted: 1.0, others: 0.5 }));
    }
}
