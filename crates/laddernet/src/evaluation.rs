//! How good is a classifier: error, confusion matrix and recall of each class; what rebuilds rows; what draws samples.

use crate::dataset::{Dataset, Sealed};
use crate::parzen::{Parzen, ParzenError, ParzenEstimate};
use laddernet_math::Threads;

/// What tells classes apart.
pub trait Classify {
    /// Number of classes.
    fn classes(&self) -> usize;

    /// The probability of each class for each row, row-major `[rows, classes]`; a row's bits do not depend on its
    /// neighbours.
    ///
    /// # Panics
    /// When rows have another length than those it was trained on.
    fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32>;
}

/// What a classifier got right and wrong on labelled rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Rows that have a label.
    pub rows: usize,
    /// Rows whose predicted class is not their label.
    pub errors: usize,
    /// `confusion[label][predicted]`: number of rows.
    pub confusion: Vec<Vec<usize>>,
}

impl Evaluation {
    /// Compares predictions with labels; rows without a label are passed over.
    pub fn new(predicted: &[u32], labels: &[Option<u32>], classes: usize) -> Self {
        let mut confusion = vec![vec![0; classes]; classes];
        for (&p, label) in predicted.iter().zip(labels) {
            if let Some(label) = *label {
                confusion[label as usize][p as usize] += 1;
            }
        }
        let rows = confusion.iter().flatten().sum();
        let right: usize = (0..classes).map(|c| confusion[c][c]).sum();
        Evaluation { rows, errors: rows - right, confusion }
    }

    /// Errors in percent of the rows; NaN without rows.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.errors as f64 / self.rows as f64
    }

    /// Share of each class's rows that were recognised; `None` for a class without rows.
    pub fn recall(&self) -> Vec<Option<f64>> {
        let share = |(c, row): (usize, &Vec<usize>)| match row.iter().sum::<usize>() {
            0 => None,
            n => Some(row[c] as f64 / n as f64),
        };
        self.confusion.iter().enumerate().map(share).collect()
    }
}

/// The most probable class of each row; the first of equals. `probabilities` is `[rows, classes]`.
pub fn most_probable(probabilities: &[f32], classes: usize) -> Vec<u32> {
    let best = |p: &[f32]| (0..classes).fold(0, |best, c| if p[c] > p[best] { c } else { best }) as u32;
    probabilities.chunks_exact(classes).map(best).collect()
}

/// Evaluates a model on rows that anyone may see.
///
/// # Panics
/// When the rows' length or the number of classes is not the model's.
pub fn evaluate(model: &(impl Classify + ?Sized), data: &Dataset, threads: &Threads) -> Evaluation {
    let classes = model.classes();
    assert!(data.classes() <= classes, "{} classes in the data, {classes} in the model", data.classes());
    let probabilities = model.probabilities(data, threads);
    Evaluation::new(&most_probable(&probabilities, classes), data.labels(), classes)
}

/// The final evaluation: the one place that opens a sealed test set.
pub fn final_evaluation(model: &(impl Classify + ?Sized), test: Sealed, threads: &Threads) -> Evaluation {
    evaluate(model, &test.open(), threads)
}

/// The same for a model that tells no classes apart: what `measure` says of the test rows.
pub fn final_measure<T>(test: Sealed, measure: impl FnOnce(&Dataset) -> T) -> T {
    measure(&test.open())
}

/// What rebuilds rows from few numbers.
pub trait Rebuild {
    /// The squared error of each rebuilt row, summed over its values in f64; a row's bits do not depend on its neighbours.
    ///
    /// # Panics
    /// When rows have another length than those it was trained on.
    fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64>;
}

/// The mean squared error of a row, on rows that anyone may see.
pub fn squared_error(model: &impl Rebuild, data: &Dataset, threads: &Threads) -> f64 {
    model.squared_errors(data, threads).iter().sum::<f64>() / data.rows() as f64
}

/// The final evaluation of what rebuilds rows.
pub fn final_squared_error(model: &impl Rebuild, test: Sealed, threads: &Threads) -> f64 {
    squared_error(model, &test.open(), threads)
}

/// The final evaluation of samples: the mean log-likelihood of the rows under windows of a width that others chose.
///
/// # Errors
/// When the rows have another length than the samples, or the width is none.
pub fn final_parzen(
    samples: &Parzen,
    test: Sealed,
    sigma: f64,
    threads: &Threads,
) -> Result<ParzenEstimate, ParzenError> {
    samples.estimate(&test.open(), sigma, threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        let e = Evaluation::new(&[0, 1, 1, 2], &[Some(0), Some(0), Some(1), None], 3);
        assert_eq!((e.rows, e.errors), (3, 1));
        assert_eq!(e.confusion, vec![vec![1, 1, 0], vec![0, 1, 0], vec![0, 0, 0]]);
        assert_eq!(e.recall(), vec![Some(0.5), Some(1.0), None]);
        assert!((e.error_percent() - 100.0 / 3.0).abs() < 1e-12);
        assert_eq!(most_probable(&[0.1, 0.8, 0.1, 0.4, 0.4, 0.2], 3), vec![1, 0]);
    }
}
