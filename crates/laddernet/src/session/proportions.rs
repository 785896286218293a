//! Whether a model gives the unlabelled rows to the classes about as the labels do. A training with few labels may lose a
//! class in its first epochs; no error on labelled rows shows it then, but the shares of the predictions may.

use crate::dataset::Dataset;
use crate::evaluation::{Classify, most_probable};
use crate::split::Split;
use laddernet_math::Threads;

/// So many unlabelled rows are looked at, at most: a fraction of a second.
const ROWS: usize = 10_000;
/// Shares that differ by a larger factor are reported. On MNIST the true classes differ by 1.1 to 1.25 from equal ones.
const FACTOR: f64 = 1.5;

/// What is to be said about a model that gives some classes far more or fewer unlabelled rows than the labels have.
pub(super) fn warning(model: &dyn Classify, data: &Dataset, split: &Split, threads: &Threads) -> Option<String> {
    let step = split.unlabelled.len().div_ceil(ROWS).max(1);
    let rows: Vec<usize> = split.unlabelled.iter().step_by(step).copied().collect();
    if rows.is_empty() {
        return None;
    }
    let classes = model.classes();
    let predicted = most_probable(&model.probabilities(&data.select(&rows), threads), classes);
    let labelled = split.labelled.iter().filter_map(|&row| data.labels()[row]);
    compared(&shares(predicted.into_iter(), classes), &shares(labelled, classes), rows.len(), data.class_names())
}

fn shares(of: impl Iterator<Item = u32>, classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; classes];
    of.for_each(|class| counts[class as usize] += 1.0);
    let rows: f64 = counts.iter().sum();
    counts.iter().map(|count| count / rows.max(1.0)).collect()
}

fn compared(predicted: &[f64], labelled: &[f64], rows: usize, names: &[String]) -> Option<String> {
    // Few rows differ by chance.
    let chance = |share: f64| 3.0 * (share * (1.0 - share) / rows as f64).sqrt();
    let far = |p: f64, l: f64| (p > FACTOR * l || l > FACTOR * p) && (p - l).abs() > chance(l);
    let classes: Vec<String> = (0..labelled.len())
        .filter(|&class| labelled[class] > 0.0 && far(predicted[class], labelled[class]))
        .map(|class| {
            format!("'{}' {:.1} % against {:.1} %", names[class], 100.0 * predicted[class], 100.0 * labelled[class])
        })
        .collect();
    if classes.is_empty() {
        return None;
    }
    Some(format!(
        "the predicted classes of the unlabelled rows are far from the proportions of the labels: {}. Unless your classes \
         are that uneven, the training may have lost some: try another seed, or more labels",
        classes.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["a", "b", "c"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_lost_class_is_reported_and_small_differences_are_not() {
        let even = [0.3, 0.3, 0.4];
        assert_eq!(compared(&[0.25, 0.35, 0.4], &even, 10_000, &names()), None);
        let message = compared(&[0.0, 0.5, 0.5], &even, 10_000, &names()).unwrap();
        assert!(message.contains("'a' 0.0 % against 30.0 %, 'b' 50.0 % against 30.0 %. Unless"), "{message}");
        // Of ten rows none may be of a class by chance.
        assert_eq!(compared(&[0.0, 0.5, 0.5], &even, 10, &names()), None);
        // A class without labels cannot be learned; that is said elsewhere.
        assert_eq!(compared(&[0.6, 0.4, 0.0], &[0.5, 0.5, 0.0], 1000, &names()), None);
    }

    #[test]
    fn shares_by_hand() {
        assert_eq!(shares([0, 2, 2, 2].into_iter(), 3), [0.25, 0.0, 0.75]);
        assert_eq!(shares([].into_iter(), 2), [0.0, 0.0]);
    }
}
