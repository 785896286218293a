//! What is done to a row before it is rebuilt (Vincent et al. 2010, sections 3.3 and 3.4).

use laddernet_math::corruption::{mask, salt_and_pepper, weigh};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::{Isa, Row, WIDTH};

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
    pub(crate) fn check(self) -> Result<(), String> {
        match self {
            Corruption::Masking(share) | Corruption::SaltAndPepper(share) if !(0.0..=1.0).contains(&share) => {
                Err(format!("the share of corrupted values is {share}: expected 0 to 1, such as 0.25"))
            }
            Corruption::Gaussian(deviation) if !(deviation >= 0.0 && deviation.is_finite()) => {
                Err(format!("the noise is {deviation}: expected a standard deviation, 0 or more"))
            }
            _ => Ok(()),
        }
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
    pub(super) fn check(self, corruption: Corruption) -> Result<(), String> {
        for (which, weight) in [("corrupted values", self.corrupted), ("the other values", self.others)] {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(format!("the weight of {which} is {weight}: expected 0 or more"));
            }
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
        Err(format!(
            "with an emphasis of {corrupted}:{others} no value counts, and nothing is learned: expected more than 0"
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
