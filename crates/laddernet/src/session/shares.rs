//! How the labelled rows compare with all others: the shares of predicted classes, and columns whose values differ.

use super::Session;
use crate::evaluation::most_probable;
use crate::models::TrainedModel;
use laddernet_math::Threads;

/// A column whose labelled rows are not like the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// The column.
    pub column: String,
    /// By how much its mean among the labelled rows, or the share of one of its words, is above that among all rows, in deviations.
    pub deviations: f64,
}

/// Every so many of some rows, so that they are looked at in a fraction of a second.
pub(super) fn some_of(rows: &[usize]) -> Vec<usize> {
    const ROWS: usize = 10_000;
    rows.iter().step_by(rows.len().div_ceil(ROWS).max(1)).copied().collect()
}

impl Session {
    /// The share of each class among what a classifier predicts for the unlabelled rows, in percent; of every so many, where there are many.
    pub fn predicted_percent(&self, model: &dyn TrainedModel, threads: &Threads) -> Option<Vec<f64>> {
        let classifier = model.classify()?;
        let rows = some_of(&self.split.unlabelled);
        if rows.is_empty() {
            return None;
        }
        let probabilities = classifier.probabilities(&self.rows.select(&rows), threads);
        let mut counts = vec![0.0; classifier.classes()];
        for class in most_probable(&probabilities, classifier.classes()) {
            counts[class as usize] += 100.0 / rows.len() as f64;
        }
        Some(counts)
    }

    /// Columns of a table whose values among the labelled rows are not like those of all rows, by more than half a deviation and than chance: what
    /// was learned from the labels may not hold for the others.
    pub fn shifts(&self) -> Vec<Shift> {
        let Some(columns) = self.preprocessing.encoding.columns() else { return Vec::new() };
        let (labelled, all) = (some_of(&self.split.labelled), some_of(&self.split.unlabelled));
        if labelled.len() < 2 || all.len() <= labelled.len() {
            return Vec::new();
        }
        // Mean and deviation of each input.
        let of = |rows: &[usize]| -> Vec<(f64, f64)> {
            let mut sums = vec![(0.0f64, 0.0f64); columns.width()];
            let mut inputs = vec![0.0; columns.width()];
            for &row in rows {
                self.rows.copy_row(row, &mut inputs);
                for (sum, &x) in sums.iter_mut().zip(&inputs) {
                    *sum = (sum.0 + f64::from(x), sum.1 + f64::from(x).powi(2));
                }
            }
            let n = rows.len() as f64;
            sums.into_iter()
                .map(|(sum, squares)| (sum / n, (squares / n - (sum / n).powi(2)).max(0.0).sqrt()))
                .collect()
        };
        let (of_labelled, of_all) = (of(&labelled), of(&all));
        let root = (labelled.len() as f64).sqrt();
        let shift = |column: usize| {
            // The larger of the two deviations: of an input that is hardly ever used, one row among the labelled ones makes a mean that is
            // many deviations of the others away, and says nothing.
            let apart = |at: usize| match (of_labelled[at], of_all[at]) {
                ((own, spread), (mean, deviation)) if deviation > 1e-6 => (own - mean) / deviation.max(spread),
                _ => 0.0,
            };
            let most = columns.inputs_of(column).map(apart).max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
            let name = columns.plans()[column].column.name.clone();
            (most.abs() > 0.5 && most.abs() * root > 4.0).then_some(Shift { column: name, deviations: most })
        };
        (0..columns.plans().len()).filter_map(shift).collect()
    }
}
