//! How good a model is: error, confusion matrix and recall of a classifier; squared errors of reconstructions; and the final
//! evaluations, which alone read the test rows.

use crate::dataset::{Dataset, Sealed};
use crate::parzen::{Parzen, ParzenError, ParzenEstimate};
use laddernet_math::Threads;

/// What predicts classes.
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
    /// For each row that has a label, whether it is predicted wrongly.
    pub wrong: Vec<bool>,
}

impl Evaluation {
    /// Compares predictions with labels; rows without a label are skipped.
    pub fn new(predicted: &[u32], labels: &[Option<u32>], classes: usize) -> Self {
        let mut confusion = vec![vec![0; classes]; classes];
        let mut wrong = Vec::new();
        for (&p, label) in predicted.iter().zip(labels) {
            if let Some(label) = *label {
                wrong.push(p != label);
                confusion[label as usize][p as usize] += 1;
            }
        }
        let rows = confusion.iter().flatten().sum();
        let right: usize = (0..classes).map(|c| confusion[c][c]).sum();
        Evaluation { rows, errors: rows - right, confusion, wrong }
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

/// What reconstructs rows from few numbers.
pub trait SquaredErrors {
    /// The squared error of each reconstructed row, summed over its values in f64; a row's bits do not depend on its neighbours.
    ///
    /// # Panics
    /// When rows have another length than those of the training.
    fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64>;
}

/// The mean squared error of a row, on rows that anyone may see.
pub fn squared_error(model: &(impl SquaredErrors + ?Sized), data: &Dataset, threads: &Threads) -> f64 {
    model.squared_errors(data, threads).iter().sum::<f64>() / data.rows() as f64
}

/// The squared distance of a row to the rows' mean, summed over its values, mean of the rows.
pub fn variance(data: &Dataset) -> f64 {
    let (rows, features) = (data.rows() as f64, data.features());
    let mut row = vec![0.0; features];
    let mut each = |then: &mut dyn FnMut(usize, f64)| {
        for r in 0..data.rows() {
            data.copy_row(r, &mut row);
            row.iter().enumerate().for_each(|(c, &x)| then(c, f64::from(x)));
        }
    };
    let (mut means, mut sum) = (vec![0.0; features], 0.0);
    each(&mut |c, x| means[c] += x / rows);
    each(&mut |c, x| sum += (x - means[c]).powi(2));
    sum / rows
}

/// How near reconstructed rows are to the rows themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct ReconstructionMeasures {
    /// Rows.
    pub rows: usize,
    /// For each model, the squared error of a row, summed over its values, mean of the rows.
    pub squared_errors: Vec<f64>,
    /// The same of the mean of these rows in every row's place: their variance, summed over the values.
    pub variance: f64,
}

impl ReconstructionMeasures {
    /// On rows that anyone may see.
    pub fn of(models: &[&dyn SquaredErrors], data: &Dataset, threads: &Threads) -> Self {
        let squared_errors = models.iter().map(|model| squared_error(*model, data, threads)).collect();
        ReconstructionMeasures { rows: data.rows(), squared_errors, variance: variance(data) }
    }

    /// Percent of the rows' variance that the first model loses; none of rows that are all alike.
    pub fn variance_lost_percent(&self) -> Option<f64> {
        (self.variance > 0.0).then(|| 100.0 * self.squared_errors[0] / self.variance)
    }
}

/// The final evaluation of classifiers on the same test rows: an [`Evaluation`] each.
pub fn final_evaluation(models: &[&dyn Classify], test: Sealed, threads: &Threads) -> Vec<Evaluation> {
    let rows = test.open();
    models.iter().map(|model| evaluate(*model, &rows, threads)).collect()
}

/// The final evaluation of what reconstructs rows.
pub fn final_reconstruction(models: &[&dyn SquaredErrors], test: Sealed, threads: &Threads) -> ReconstructionMeasures {
    ReconstructionMeasures::of(models, &test.open(), threads)
}

/// Gives one number for each row.
pub trait RowMeasure {
    /// The numbers, in the order of the rows.
    fn of_rows(&self, data: &Dataset, threads: &Threads) -> Vec<f64>;
}

/// The final evaluation of a density: a number for each test row.
pub fn final_row_measures(measure: &dyn RowMeasure, test: Sealed, threads: &Threads) -> Vec<f64> {
    measure.of_rows(&test.open(), threads)
}

/// The final evaluation of samples, of each set: the mean log-likelihood of the test rows under windows of a width that others
/// chose.
///
/// # Errors
/// When the rows have another length than the samples, or the width is none.
pub fn final_parzen(
    samples: &[&Parzen],
    test: Sealed,
    sigma: f64,
    threads: &Threads,
) -> Result<Vec<ParzenEstimate>, ParzenError> {
    let rows = test.open();
    samples.iter().map(|samples| samples.estimate(&rows, sigma, threads)).collect()
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
