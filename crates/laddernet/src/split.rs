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
#[derive(Clone, Debug, Error, PartialEq)]
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
    /// Fewer labels were asked for than there are classes.
    #[error("{asked} labels for {classes} classes: ask for at least {classes}, one a class")]
    FewerThanClasses {
        /// Labels asked for.
        asked: usize,
        /// Number of classes.
        classes: usize,
    },
    /// The settings hold out rows with a label, and none would be left of them to learn from.
    #[error(
        "{labelled} rows have a label, and a share of {share} of them held out leaves none to learn from, or holds out none: hold out \
         another share, or none"
    )]
    Share {
        /// Rows with a label.
        labelled: usize,
        /// The share to hold out.
        share: f32,
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

/// Draws who is labelled, unlabelled and held for validation among the rows of `dataset`. Where some rows have no label, those for validation
/// are drawn from the others, each class in proportion.
///
/// # Errors
/// When the labels asked for cannot be had; see [`SplitError`].
pub fn draw(dataset: &Dataset, labels: LabelCount, validation: usize, seed: u64) -> Result<Split, SplitError> {
    let (train, validation) = match dataset.labels().contains(&None) && validation > 0 {
        true => parted_among_labelled(dataset, validation, seed)?,
        false => parted(dataset.rows(), validation, seed)?,
    };
    let with_label = train.iter().filter(|&&i| dataset.labels()[i].is_some()).count();
    let balanced = match labels {
        LabelCount::All => None,
        LabelCount::Count(n) => Some(balanced(dataset, &train, n, with_label)?),
    };
    let unlabelled = sorted(train);
    let labelled =
        balanced.unwrap_or_else(|| unlabelled.iter().copied().filter(|&i| dataset.labels()[i].is_some()).collect());
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

fn parted_among_labelled(dataset: &Dataset, n: usize, seed: u64) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    let train = permutation(seed, Purpose::LabelledRows, 0, dataset.rows());
    let by_class = of_classes(dataset, &train);
    let labelled: usize = by_class.iter().map(Vec::len).sum();
    if n >= labelled {
        return Err(SplitError::NothingLeft { held_out: n, rows: labelled });
    }
    let validation = sorted(in_proportion(&by_class, n));
    Ok((train.into_iter().filter(|row| validation.binary_search(row).is_err()).collect(), validation))
}

/// As many rows of each class, as far as there are; what a class lacks, others give.
fn balanced(dataset: &Dataset, train: &[usize], n: usize, with_label: usize) -> Result<Vec<usize>, SplitError> {
    let classes = dataset.classes();
    if n == 0 || classes == 0 {
        return Err(SplitError::NoLabels);
    }
    if n > with_label {
        return Err(SplitError::TooManyLabels { asked: n, rows: with_label });
    }
    if n < classes {
        return Err(SplitError::FewerThanClasses { asked: n, classes });
    }
    let by_class = of_classes(dataset, train);
    let mut taken = vec![0; classes];
    let mut left = n;
    while left > 0 {
        // Round after round, one of each class that has more.
        let open: Vec<usize> = (0..classes).filter(|&class| taken[class] < by_class[class].len()).collect();
        let each = (left / open.len()).max(1);
        for class in open {
            let more = each.min(by_class[class].len() - taken[class]).min(left);
            taken[class] += more;
            left -= more;
        }
    }
    let rows = by_class.iter().zip(taken).flat_map(|(rows, n)| rows[..n].iter().copied());
    Ok(sorted(rows.collect()))
}

/// The rows of each class, in the order in which they come.
fn of_classes(dataset: &Dataset, rows: &[usize]) -> Vec<Vec<usize>> {
    let mut by_class = vec![Vec::new(); dataset.classes()];
    for &row in rows {
        if let Some(class) = dataset.labels()[row] {
            by_class[class as usize].push(row);
        }
    }
    by_class
}

/// `n` rows, of each class in proportion to its rows, but never all of a class: the last row of each stays.
fn in_proportion(by_class: &[Vec<usize>], n: usize) -> Vec<usize> {
    let all: usize = by_class.iter().map(Vec::len).sum();
    let spare = |class: usize| by_class[class].len().saturating_sub(1);
    let share = |class: usize| by_class[class].len() as f64 * n as f64 / all.max(1) as f64;
    let mut counts: Vec<usize> = (0..by_class.len()).map(|class| (share(class) as usize).min(spare(class))).collect();
    // Largest remainders first; of equals the first class.
    let mut order: Vec<usize> = (0..by_class.len()).collect();
    order.sort_by(|&a, &b| (share(b) - counts[b] as f64).total_cmp(&(share(a) - counts[a] as f64)));
    while counts.iter().sum::<usize>() < n {
        let Some(&class) = order.iter().find(|&&class| counts[class] < spare(class)) else { break };
        counts[class] += 1;
        order.rotate_left(1);
    }
    by_class.iter().zip(counts).flat_map(|(rows, n)| rows[..n].iter().copied()).collect()
}

fn sorted(mut rows: Vec<usize>) -> Vec<usize> {
    rows.sort_unstable();
    rows
}

/// A share of the rows that have a label, held out: of each class in proportion, and never the only row of one.
///
/// # Errors
/// When that is no row, or leaves none.
pub fn hold_out_labelled(dataset: &Dataset, share: f32, seed: u64) -> Result<Vec<usize>, SplitError> {
    let order = permutation(seed, Purpose::HoldOut, 0, dataset.rows());
    let by_class = of_classes(dataset, &order);
    let labelled: usize = by_class.iter().map(Vec::len).sum();
    let n = (f64::from(share) * labelled as f64).round() as usize;
    let held_out = sorted(in_proportion(&by_class, n));
    if held_out.is_empty() || held_out.len() >= labelled || !(0.0..1.0).contains(&share) {
        return Err(SplitError::Share { labelled, share });
    }
    Ok(held_out)
}

/// Parts of the labelled rows for a cross-validation, each class spread over all of them. A class with a single row is in none: it is
/// always learned from.
pub fn folds(dataset: &Dataset, labelled: &[usize], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let order = permutation(seed, Purpose::Folds, 0, labelled.len());
    let shuffled: Vec<usize> = order.into_iter().map(|i| labelled[i]).collect();
    let mut folds = vec![Vec::new(); count];
    let rows = of_classes(dataset, &shuffled).into_iter().filter(|rows| rows.len() > 1).flatten();
    rows.enumerate().for_each(|(i, row)| folds[i % count].push(row));
    folds.into_iter().filter(|fold| !fold.is_empty()).map(sorted).collect()
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
    Ok((sorted(train.to_vec()), sorted(held.to_vec())))
}
