//! What is done to a row before it is reconstructed (Vincent et al. 2010, sections 3.3 and 3.4).

use crate::error::SettingsError;
use crate::text::{WordError, word_and_number};
use laddernet_math::corruption::{mask, salt_and_pepper, weigh};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::{Isa, Row, WIDTH};
use std::fmt;
use std::str::FromStr;

/// How a row is corrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Corruption {
    /// Not at all.
    None,
    /// This share of the values becomes 0.
    Masking(f32),
    /// This share of the values becomes 0 or 1, as often.
    SaltAndPepper(f32),
    /// Noise of this standard deviation is added.
    Gaussian(f32),
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Corruption::None => f.write_str("none"),
            Corruption::Masking(share) => write!(f, "masking {share}"),
            Corruption::SaltAndPepper(share) => write!(f, "salt-and-pepper {share}"),
            Corruption::Gaussian(deviation) => write!(f, "gaussian {deviation}"),
        }
    }
}

impl FromStr for Corruption {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        match word_and_number(text) {
            ("none", None) => Ok(Corruption::None),
            ("masking", Some(x)) if !x.is_nan() => Ok(Corruption::Masking(x)),
            ("salt-and-pepper", Some(x)) if !x.is_nan() => Ok(Corruption::SaltAndPepper(x)),
            ("gaussian", Some(x)) if !x.is_nan() => Ok(Corruption::Gaussian(x)),
            _ => {
                let expected = "'none', 'masking 0.25', 'salt-and-pepper 0.4' or 'gaussian 0.3'";
                Err(WordError::new(text, "corruption", expected))
            }
        }
    }
}

impl fmt::Display for Emphasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.corrupted, self.others)
    }
}

impl FromStr for Emphasis {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let numbers: Option<Vec<f32>> = text.split([' ', ':', ',']).map(|x| x.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[corrupted, others]) => Ok(Emphasis { corrupted, others }),
            _ => Err(WordError::new(text, "emphasis", "the weights of corrupted and of other values, as '1 0.5'")),
        }
    }
}

/// How much corrupted values count in the cost, and the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emphasis {
    /// Weight of a value that was corrupted; with Gaussian noise all were, and without corruption none.
    pub corrupted: f32,
    /// Weight of the others.
    pub others: f32,
}

impl Default for Emphasis {
    fn default() -> Self {
        Emphasis { corrupted: 1.0, others: 1.0 }
    }
}

impl Corruption {
    pub(crate) fn check(self) -> Result<(), SettingsError> {
        match self {
            Corruption::Masking(share) | Corruption::SaltAndPepper(share) if !(0.0..=1.0).contains(&share) => {
                Err(SettingsError::value("corruption", self, "a share of 0 to 1, such as 0.25"))
            }
            Corruption::Gaussian(deviation) if !(deviation >= 0.0 && deviation.is_finite()) => {
                Err(SettingsError::value("corruption", self, "a standard deviation, 0 or more"))
            }
            _ => Ok(()),
        }
    }

    /// Whether some values are corrupted and others are not.
    pub(crate) fn is_partial(self) -> bool {
        matches!(self, Corruption::Masking(share) | Corruption::SaltAndPepper(share) if share > 0.0)
    }

    /// Whether values become 0 or 1, the ends of what Bernoulli units take.
    pub(crate) fn has_ends(self) -> bool {
        matches!(self, Corruption::SaltAndPepper(share) if share > 0.0)
    }

    /// Panel `p` of a matrix of `columns` columns: `out` from `x`.
    pub(crate) fn apply(self, isa: Isa, stream: Stream, p: usize, columns: usize, x: &[Row], out: &mut [Row]) {
        match self {
            Corruption::None => out.copy_from_slice(x),
            Corruption::Masking(share) => mask(isa, stream, p, share, x, out),
            Corruption::SaltAndPepper(share) => salt_and_pepper(isa, stream, p, columns, share, x, out),
            Corruption::Gaussian(deviation) => add_noise(isa, stream, p, columns, deviation, x, out),
        }
    }
}

impl Emphasis {
    /// Whether all values count alike, and as they are.
    pub(super) fn is_even(self) -> bool {
        self == Emphasis::default()
    }

    /// `corruption` says which values there are.
    pub(super) fn check(self, corruption: Corruption) -> Result<(), SettingsError> {
        if ![self.corrupted, self.others].iter().all(|weight| *weight >= 0.0 && weight.is_finite()) {
            return Err(SettingsError::value("emphasis", self, "two weights, each 0 or more"));
        }
        let Emphasis { corrupted, others } = self;
        let counts = match corruption {
            Corruption::None => others,
            Corruption::Gaussian(_) => corrupted,
            Corruption::Masking(_) | Corruption::SaltAndPepper(_) => corrupted.max(others),
        };
        if counts > 0.0 {
            return Ok(());
        }
        Err(SettingsError::value(
            "emphasis",
            self,
            "more than 0 for some value: else none counts, and nothing is learned",
        ))
    }

    /// The weights of panel `p`, whose values `corruption` hit with the same stream.
    pub(super) fn weigh(self, isa: Isa, corruption: Corruption, stream: Stream, p: usize, out: &mut [Row]) {
        let share = match corruption {
            Corruption::None => return out.fill(Row([self.others; WIDTH])),
            Corruption::Gaussian(_) => return out.fill(Row([self.corrupted; WIDTH])),
            Corruption::Masking(share) | Corruption::SaltAndPepper(share) => share,
        };
        weigh(isa, stream, p, share, self.corrupted, self.others, out);
    }
}
