//! Rows of values of any size as Gaussian units take them: each column with mean 0 and variance 1 (Hinton 2010, section 13.2).

use super::Dataset;

/// Means and standard deviations of columns: an input becomes `(input - mean) / deviation`. A column that was the same in all
/// rows has deviation 0 and tells nothing: its input is 0, in every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Standards {
    means: Vec<f32>,
    deviations: Vec<f32>,
}

impl Standards {
    /// Those of some rows of `data`: of the training's. A column that differs among them by rounding alone, less than one step
    /// of its largest value as a 32-bit number, has deviation 0.
    ///
    /// # Panics
    /// When there is no row, or an index is none.
    pub fn of(data: &Dataset, rows: &[usize]) -> Self {
        assert!(!rows.is_empty(), "rows to standardise by");
        let n = rows.len() as f64;
        let means: Vec<f64> = column_sums(data, rows, |_, x| x).into_iter().map(|sum| sum / n).collect();
        let mut largest = vec![0f64; means.len()];
        let squares = column_sums(data, rows, |column, x| {
            largest[column] = x.abs().max(largest[column]);
            (x - means[column]).powi(2)
        });
        let deviation = |(sum, largest): (f64, &f64)| match (sum / n).sqrt() {
            deviation if deviation > f64::from(f32::EPSILON) * largest => deviation as f32,
            _ => 0.0,
        };
        Standards {
            deviations: squares.into_iter().zip(&largest).map(deviation).collect(),
            means: means.into_iter().map(|mean| mean as f32).collect(),
        }
    }

    /// Those that were saved.
    ///
    /// # Errors
    /// When there are not as many deviations as means, or a number is none that rows can have.
    pub fn from_values(means: Vec<f32>, deviations: Vec<f32>) -> Result<Self, String> {
        if means.len() != deviations.len() {
            return Err(format!("{} deviations for {} means: expected as many", deviations.len(), means.len()));
        }
        if let Some(column) = means.iter().position(|mean| !mean.is_finite()) {
            return Err(format!("column {column} has mean {}: expected a finite number", means[column]));
        }
        if let Some(column) = deviations.iter().position(|d| !(d.is_finite() && *d >= 0.0)) {
            return Err(format!("column {column} has deviation {}: expected 0 or more", deviations[column]));
        }
        Ok(Standards { means, deviations })
    }

    /// Of each column.
    pub fn means(&self) -> &[f32] {
        &self.means
    }

    /// Of each column; 0 where it was the same in all rows.
    pub fn deviations(&self) -> &[f32] {
        &self.deviations
    }

    /// The logarithm of the product of all deviations but those that are 0: a density of rows as they were is so many nats
    /// below that of standardised ones.
    pub fn ln_deviations(&self) -> f64 {
        self.deviations.iter().filter(|d| **d > 0.0).map(|d| f64::from(*d).ln()).sum()
    }

    /// Standardises values of the columns from `first` on, in place.
    pub(super) fn apply(&self, first: usize, x: &mut [f32]) {
        let columns = self.means[first..].iter().zip(&self.deviations[first..]);
        let standard = |x: f32, mean: f32, deviation: f32| if deviation > 0.0 { (x - mean) / deviation } else { 0.0 };
        x.iter_mut().zip(columns).for_each(|(x, (&mean, &deviation))| *x = standard(*x, mean, deviation));
    }

    /// A standardised row as it was before, in place.
    ///
    /// # Panics
    /// When the row has another length.
    pub fn undo(&self, row: &mut [f32]) {
        assert_eq!(row.len(), self.means.len(), "values a row");
        let columns = self.means.iter().zip(&self.deviations);
        row.iter_mut().zip(columns).for_each(|(x, (mean, deviation))| *x = *x * deviation + mean);
    }
}

/// The sum of `of(column, input)` over some rows, of each column.
fn column_sums(data: &Dataset, rows: &[usize], mut of: impl FnMut(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0f64; data.features()];
    let mut inputs = vec![0f32; data.features()];
    for &row in rows {
        data.copy_row(row, &mut inputs);
        let columns = sums.iter_mut().zip(&inputs).enumerate();
        columns.for_each(|(column, (sum, &x))| *sum += of(column, f64::from(x)));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::{DatasetError, Scaling, Values};
    use super::*;
    use std::sync::Arc;

    fn table(values: Vec<f32>) -> Dataset {
        let rows = values.len() / 3;
        Dataset::new(Values::F32(values), vec![None; rows], vec![], vec![3], Scaling::by(0.5)).unwrap()
    }

    #[test]
    fn standardised_columns_have_mean_0_and_variance_1_and_go_back() {
        // The last row is none of the training's; the last column is the same up to rounding.
        let data = table(vec![2.0, -8.0, 0.2, 4.0, 8.0, 0.200_000_02, 6.0, 0.0, 0.2, 1e3, 1e3, 7.2]);
        let standards = Arc::new(Standards::of(&data, &[0, 1, 2]));
        assert_eq!(standards.means()[..2], [2.0, 0.0]);
        assert_eq!(standards.deviations()[2], 0.0);
        assert!((standards.ln_deviations() - (2f64 / 3.0).ln() / 2.0 - (32f64 / 3.0).ln() / 2.0).abs() < 1e-6);
        let rows = data.clone().standardised(&standards).unwrap();
        for column in 0..2 {
            let x: Vec<f64> = (0..3).map(|row| f64::from(rows.input(row, column))).collect();
            assert!(x.iter().sum::<f64>().abs() < 1e-6, "{x:?}");
            assert!((x.iter().map(|x| x * x).sum::<f64>() / 3.0 - 1.0).abs() < 1e-6, "{x:?}");
        }
        assert_eq!(rows.input(3, 2), 0.0);
        // Whole rows, parts of rows, and other orders say the same.
        let (mut row, mut part) = ([0.0; 3], [9.0; 4]);
        rows.copy_row(3, &mut row);
        rows.select(&[3]).copy_columns(0, 1, &mut part);
        assert_eq!(part, [row[1], row[2], 0.0, 0.0]);
        assert_eq!(row, [0, 1, 2].map(|column| rows.input(3, column)));
        assert!(rows.check_unit_interval().is_err());
        standards.undo(&mut row);
        assert!((row[0] - 500.0).abs() < 1e-3 && (row[2] - 0.1).abs() < 1e-6, "{row:?}");
    }

    /// Seconds since 1970, and counts far from 0, vary; values one step of a 32-bit number apart do not.
    #[test]
    fn columns_far_from_0_that_vary_are_standardised() {
        let x = |row: usize| {
            [1.7e9 + 1000.0 * (row % 2) as f32, 1.7e7 + 8.0 * (row % 3) as f32, [1e30, 1.000_000_1e30][row % 2]]
        };
        let data = table((0..6).flat_map(x).collect());
        let standards = Standards::of(&data, &[0, 1, 2, 3, 4, 5]);
        let [seconds, counts, same] = [0, 1, 2].map(|column| standards.deviations()[column]);
        // 1000 apart, to the 128 that such numbers are apart, halved twice: by their spread and by the scale.
        assert!((seconds - 250.0).abs() < 32.0, "{seconds}");
        assert!((counts - 4.0 * (2f32 / 3.0).sqrt()).abs() < 1e-3, "{counts}");
        assert_eq!(same, 0.0);
    }

    #[test]
    fn what_no_row_can_have_is_refused() {
        let data = table(vec![f32::MAX, 0.0, 0.0]);
        let tiny = Arc::new(Standards::from_values(vec![0.0; 3], vec![1e-9, 1.0, 1.0]).unwrap());
        let error = data.standardised(&tiny).unwrap_err();
        assert!(matches!(error, DatasetError::TooFar { row: 0, column: 0, .. }), "{error}");
        assert!(matches!(error.of_selected(&[7, 8]), DatasetError::TooFar { row: 7, column: 0, .. }));
        for (means, deviations, word) in [
            (vec![0.0], vec![], "0 deviations for 1 means"),
            (vec![f32::NAN], vec![1.0], "column 0 has mean NaN"),
            (vec![0.0], vec![-1.0], "column 0 has deviation -1"),
            (vec![0.0], vec![f32::INFINITY], "deviation inf"),
        ] {
            let message = Standards::from_values(means, deviations).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }
}
