//! Who may learn from what: the labelled rows, the unlabelled rows and a validation part, drawn from a seed.
//!
//! After the authors' protocol (Rasmus et al. 2015, `run.py`): the rows are shuffled once; the labelled rows are
//! the first of each class in that order, so the classes are balanced; the unlabelled rows are all training
//! rows, the labelled ones included.

use crate::dataset::Dataset;
use laddernet_math::random::{Purpose, permutation};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// How many rows keep their label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelCount {
    /// This many, balanced over the classes.
    Count(usize),
    /// Every training row that has a label.
    All,
}

impl fmt::Display for LabelCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelCount::Count(n) => write!(f, "{n}"),
            LabelCount::All => f.write_str("all"),
        }
    }
}

impl FromStr for LabelCount {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "all" => Ok(LabelCount::All),
            _ => s.parse().map(LabelCount::Count).map_err(|_| format!("'{s}' is neither a number of labels nor 'all'")),
        }
    }
}

/// Row indices into one training [`Dataset`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows whose labels are used.
    pub labelled: Vec<usize>,
    /// Rows whose inputs are used; the labelled ones are among them.
    pub unlabelled: Vec<usize>,
    /// Rows kept apart to choose settings by; may be empty.
    pub validation: Vec<usize>,
}

/// Why a split cannot be drawn.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SplitError {
    /// No label was asked for, or none is there.
    #[error("no labelled row: a classifier needs at least one label a class; ask for more labels")]
    NoLabels,
    /// More labels were asked for than there are training rows.
    #[error(
        "{asked} labels asked for, but there are only {rows} training rows with a label: ask for at most {rows}, or for 'all'"
    )]
    TooManyLabels {
        /// Labels asked for.
        asked: usize,
        /// Labelled training rows there are.
        rows: usize,
    },
    /// The number of labels does not divide evenly over the classes.
    #[error("{asked} labels cannot be balanced over {classes} classes: ask for a multiple of {classes}")]
    Unbalanced {
        /// Labels asked for.
        asked: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A class has too few rows.
    #[error(
        "class '{class}' has {found} training rows, but {needed} labels a class were asked for: ask for fewer labels"
    )]
    ClassTooSmall {
        /// The class's name.
        class: String,
        /// Rows it has.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// The part held out leaves no row to learn from.
    #[error("{held_out} rows held out of {rows}: nothing is left to learn from; hold out fewer")]
    NothingLeft {
        /// Rows to hold out.
        held_out: usize,
        /// Rows there are.
        rows: usize,
    },
}

/// Draws who is labelled, unlabelled and held for validation among the rows of `dataset`.
///
/// # Errors
/// When the labels asked for cannot be had; see [`SplitError`].
pub fn draw(dataset: &Dataset, labels: LabelCount, validation: usize, seed: u64) -> Result<Split, SplitError> {
    let (train, validation) = parted(dataset.rows(), validation, seed)?;
    let with_label = train.iter().filter(|&&i| dataset.labels()[i].is_some()).count();
    let mut unlabelled = train.clone();
    unlabelled.sort_unstable();
    let labelled = match labels {
        LabelCount::All => unlabelled.iter().copied().filter(|&i| dataset.labels()[i].is_some()).collect(),
        LabelCount::Count(n) => balanced(dataset, &train, n, with_label)?,
    };
    if labelled.is_empty() {
        return Err(SplitError::NoLabels);
    }
    Ok(Split { labelled, unlabelled, validation })
}

/// The same for a model that takes no notice of labels: every row is an unlabelled one, but those of the validation.
///
/// # Errors
/// When nothing is left to learn from.
pub fn draw_without_labels(rows: usize, validation: usize, seed: u64) -> Result<Split, SplitError> {
    let (mut unlabelled, validation) = parted(rows, validation, seed)?;
    unlabelled.sort_unstable();
    Ok(Split { labelled: Vec::new(), unlabelled, validation })
}

/// The training rows in the order of their draw, and the validation rows in ascending order.
fn parted(rows: usize, validation: usize, seed: u64) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    if validation >= rows {
        return Err(SplitError::NothingLeft { held_out: validation, rows });
    }
    let mut train = permutation(seed, Purpose::LabelledRows, 0, rows);
    let mut validation = train.split_off(rows - validation);
    validation.sort_unstable();
    Ok((train, validation))
}

fn balanced(dataset: &Dataset, train: &[usize], n: usize, with_label: usize) -> Result<Vec<usize>, SplitError> {
    let classes = dataset.classes();
    if n == 0 || classes == 0 {
        return Err(SplitError::NoLabels);
    }
    if n > with_label {
        return Err(SplitError::TooManyLabels { asked: n, rows: with_label });
    }
    if !n.is_multiple_of(classes) {
        return Err(SplitError::Unbalanced { asked: n, classes });
    }
    let needed = n / classes;
    let mut labelled = Vec::with_capacity(n);
    for class in 0..classes {
        let before = labelled.len();
        let of_class = train.iter().filter(|&&i| dataset.labels()[i] == Some(class as u32));
        labelled.extend(of_class.take(needed));
        let found = labelled.len() - before;
        if found < needed {
            return Err(SplitError::ClassTooSmall { class: dataset.class_names()[class].clone(), found, needed });
        }
    }
    labelled.sort_unstable();
    Ok(labelled)
}

/// Splits a dataset that comes without a test set: `(training rows, test rows)`, the test part being the
/// `1 / parts` last rows of a seeded shuffle.
///
/// # Errors
/// When either part would be empty.
pub fn hold_out(rows: usize, parts: usize, seed: u64) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    let test = rows / parts.max(1);
    if test == 0 || test >= rows {
        return Err(SplitError::NothingLeft { held_out: test, rows });
    }
    let order = permutation(seed, Purpose::HoldOut, 0, rows);
    let (train, held) = order.split_at(rows - test);
    let sorted = |part: &[usize]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part
    };
    Ok((sorted(train), sorted(held)))
}
