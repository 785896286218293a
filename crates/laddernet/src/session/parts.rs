//! The rows to learn from, and the test rows under seal.

use super::{RowSettings, SessionError};
use crate::dataset::{Dataset, Sealed};
use crate::split::{self, LabelCount};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Data without test rows of their own give one row in this many.
const HELD_OUT_PARTS: usize = 5;

/// Which rows the final evaluation reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestPart {
    /// The data's own test set.
    #[default]
    TestSet,
    /// A fifth of the rows, drawn from the seed.
    HeldOutFifth,
    /// A share of the rows that have a label, each class in proportion.
    HeldOutLabelled,
    /// Every row: of data that the model has not learned from.
    AllRows,
    /// No row: all labels were learned from.
    NoRows,
}

impl fmt::Display for TestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TestPart::TestSet => "test set",
            TestPart::HeldOutFifth => "held-out fifth",
            TestPart::HeldOutLabelled => "held-out labelled rows",
            TestPart::AllRows => "all rows",
            TestPart::NoRows => "no rows",
        })
    }
}

/// Which rows are held out of data that have no test rows of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum HeldOut {
    /// A fifth of all rows, drawn from the seed.
    #[default]
    Fifth,
    /// A share of the rows that have a label, each class in proportion.
    Labelled(f32),
    /// A fifth of the rows that have a label where these are at least 1000, else none: few labels are better learned from. Where labels are
    /// hidden for an experiment, a fifth of all rows.
    Auto,
    /// None: all labels are learned from.
    Nothing,
}

impl HeldOut {
    /// So many labelled rows, and more, can spare some.
    const MANY: usize = 1000;
    /// The share of them that is held out.
    const SHARE: f32 = 0.2;
}

impl fmt::Display for HeldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeldOut::Fifth => f.write_str("fifth"),
            HeldOut::Labelled(share) => write!(f, "{share}"),
            HeldOut::Auto => f.write_str("auto"),
            HeldOut::Nothing => f.write_str("none"),
        }
    }
}

impl FromStr for HeldOut {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match (s, s.parse::<f32>()) {
            ("fifth", _) => Ok(HeldOut::Fifth),
            ("auto", _) => Ok(HeldOut::Auto),
            ("none", _) => Ok(HeldOut::Nothing),
            (_, Ok(share)) if share > 0.0 && share < 1.0 => Ok(HeldOut::Labelled(share)),
            _ => Err(format!("'{s}': expected auto, none, fifth, or a share of the labelled rows between 0 and 1")),
        }
    }
}

/// Rows apart from the test rows under seal.
pub struct Parts<T = Sealed> {
    /// The rows to learn from and to choose settings by.
    pub training: Dataset,
    /// Which rows of the data these are, where some were held out.
    pub from: Option<Vec<usize>>,
    /// The test rows.
    pub test: T,
    /// Which these are.
    pub test_part: TestPart,
}

/// Parts the rows from the test rows: the data's own, or a fifth of the rows. The same data and seed give the same parts.
///
/// # Errors
/// When there are too few rows to hold any out.
pub fn parts(data: Dataset, test: Option<Sealed>, seed: u64) -> Result<Parts, SessionError> {
    if let Some(test) = test {
        return Ok(Parts { training: data, from: None, test, test_part: TestPart::TestSet });
    }
    if data.rows() < HELD_OUT_PARTS {
        return Err(SessionError::TooFewRows { rows: data.rows(), least: HELD_OUT_PARTS });
    }
    let (train, held_out) = split::hold_out(data.rows(), HELD_OUT_PARTS, seed)?;
    let test = Sealed::new(data.select(&held_out));
    Ok(Parts { training: data.select(&train), from: Some(train), test, test_part: TestPart::HeldOutFifth })
}

/// Parts the rows from the test rows as the settings say.
///
/// # Errors
/// When there are too few rows to hold any out.
pub(super) fn hold_out(
    mut data: Dataset,
    test: Option<Sealed>,
    rows: &RowSettings,
) -> Result<Parts<Option<Sealed>>, SessionError> {
    let labelled = data.labels().iter().flatten().count();
    let share = match (rows.held_out, rows.labels) {
        _ if test.is_some() => None,
        (HeldOut::Nothing, _) => None,
        (HeldOut::Labelled(share), _) => Some(share),
        (HeldOut::Auto, Some(labels)) if labels == LabelCount::All || labelled < data.rows() => {
            (labelled >= HeldOut::MANY).then_some(HeldOut::SHARE)
        }
        (HeldOut::Auto | HeldOut::Fifth, _) => {
            let Parts { training, from, test, test_part } = parts(data, None, rows.seed)?;
            return Ok(Parts { training, from, test: Some(test), test_part });
        }
    };
    let Some(share) = share else {
        let test_part = if test.is_some() { TestPart::TestSet } else { TestPart::NoRows };
        return Ok(Parts { training: data, from: None, test, test_part });
    };
    let held_out = split::hold_out_labelled(&data, share, rows.seed)?;
    let from = others(&held_out, data.rows());
    // In place: a large table is not copied.
    let test = Some(Sealed::new(data.take_out(&held_out)));
    Ok(Parts { training: data, from: Some(from), test, test_part: TestPart::HeldOutLabelled })
}

/// The rows that are not in `some`, which ascend.
pub(super) fn others(some: &[usize], rows: usize) -> Vec<usize> {
    (0..rows).filter(|row| some.binary_search(row).is_err()).collect()
}
