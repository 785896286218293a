//! The rows to learn from, and the test rows under seal.

use super::SessionError;
use crate::dataset::{Dataset, Sealed};
use crate::split;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// Every row: of data that the model has not learned from.
    AllRows,
}

impl fmt::Display for TestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TestPart::TestSet => "test set",
            TestPart::HeldOutFifth => "held-out fifth",
            TestPart::AllRows => "all rows",
        })
    }
}

/// Rows apart from the test rows under seal.
pub struct Parts {
    /// The rows to learn from and to choose settings by.
    pub training: Dataset,
    /// Which rows of the data these are, where some were held out.
    pub from: Option<Vec<usize>>,
    /// The test rows.
    pub test: Sealed,
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

/// The rows that are not in `some`, which ascend.
pub(super) fn others(some: &[usize], rows: usize) -> Vec<usize> {
    (0..rows).filter(|row| some.binary_search(row).is_err()).collect()
}
