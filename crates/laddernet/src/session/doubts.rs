//! What may be wrong with a classifier, as far as rows other than the test rows show it: it predicts its own labelled rows wrong;
//! it is further from a simple classifier than that one's own errors explain; or it hardly predicts some class.
//!
//! The witness is the nearest class mean of the labelled rows. It is poor, and it knows how poor: each labelled row, held
//! against means that were taken without it, gives its error `e`. On the unlabelled rows the two differ in a share `d` of the
//! predictions; where they differ, one is wrong. So the model is wrong on `d - e` at least, whatever the classes' shares.
//!
//! The shares of labels that were drawn evenly say nothing about the classes' shares, and are not held against anything.

#[cfg(test)]
mod tests;

use super::shares::some_of;
use crate::dataset::Dataset;
use crate::evaluation::{Classify, most_probable};
use crate::models::nearest_mean::NearestMean;
use crate::split::Split;
use laddernet_math::Threads;

/// Errors beyond what the witness explains, from which on they are told, as a share of the rows.
const TOLD: f64 = 0.05;
/// A class with a smaller part of its share than this is as good as lost.
const LOST: f64 = 0.2;
/// Chance is taken as so many standard deviations.
const DEVIATIONS: f64 = 2.0;

/// What is to be said about a trained classifier.
pub(super) fn warning(model: &dyn Classify, data: &Dataset, split: &Split, threads: &Threads) -> Option<String> {
    let (labelled, unlabelled) = (some_of(&split.labelled), some_of(&split.unlabelled));
    if labelled.is_empty() {
        return None;
    }
    let classes = model.classes();
    let predicted =
        |by: &dyn Classify, rows: &[usize]| most_probable(&by.probabilities(&data.select(rows), threads), classes);
    let labels: Vec<u32> = labelled.iter().filter_map(|&row| data.labels()[row]).collect();
    let witness = NearestMean::of(data, &labelled, classes);
    let own = OwnRows::compared(&labels, &predicted(model, &labelled), &predicted(&witness, &labelled));
    if let Some(told) = own.told() {
        return Some(told);
    }
    if unlabelled.is_empty() {
        return None;
    }
    let (of_model, of_witness) = (predicted(model, &unlabelled), predicted(&witness, &unlabelled));
    let left_out = witness.errors_left_out(data, &labelled);
    differing(&of_model, &of_witness, &labels, &left_out, classes)
        .or_else(|| lost(&of_model, &of_witness, &labels, data.class_names()))
}

/// What the model and the witness make of the labelled rows, from which both have learned.
struct OwnRows {
    rows: usize,
    /// Rows that the model predicts wrong.
    wrong: usize,
    /// The same of the witness.
    witness_wrong: usize,
    /// Rows on which one of them alone is wrong.
    one_alone: usize,
}

impl OwnRows {
    fn compared(labels: &[u32], of_model: &[u32], of_witness: &[u32]) -> Self {
        let mut own = OwnRows { rows: labels.len(), wrong: 0, witness_wrong: 0, one_alone: 0 };
        for ((label, model), witness) in labels.iter().zip(of_model).zip(of_witness) {
            let (model, witness) = (model != label, witness != label);
            own.wrong += usize::from(model);
            own.witness_wrong += usize::from(witness);
            own.one_alone += usize::from(model != witness);
        }
        own
    }

    /// Where most are wrong, or more than of the witness by more than chance (the sign test of McNemar 1947).
    fn told(&self) -> Option<String> {
        let OwnRows { rows, wrong, witness_wrong, one_alone } = *self;
        let more = wrong.saturating_sub(witness_wrong) as f64;
        if 2 * wrong <= rows && more <= DEVIATIONS * (one_alone as f64).sqrt() {
            return None;
        }
        Some(format!(
            "it predicts {wrong} of its own {rows} labelled rows wrong, where the nearest class mean is wrong on {witness_wrong}: do \
             not trust its predictions; {ADVICE}"
        ))
    }
}

const ADVICE: &str =
    "train it longer, with smaller weights of the costs on unlabelled rows, with another seed, or with more labels";

/// Where the model differs from the witness on more unlabelled rows than the witness's own errors explain. `left_out` says which
/// labelled rows the witness predicts wrong if it does not know them.
fn differing(
    of_model: &[u32],
    of_witness: &[u32],
    labels: &[u32],
    left_out: &[bool],
    classes: usize,
) -> Option<String> {
    let rows = of_model.len() as f64;
    let differ = of_model.iter().zip(of_witness).filter(|(m, w)| m != w).count() as f64 / rows;
    // Its error among the unlabelled rows depends on the classes' shares: the larger of two guesses at them, even and its own.
    let (counts, shares) = (counts(labels, classes), counts(of_witness, classes));
    let missed = |class: usize| {
        let wrong = labels.iter().zip(left_out).filter(|&(&label, &wrong)| wrong && label as usize == class).count();
        wrong as f64 / counts[class].max(1.0)
    };
    let weighted: f64 = (0..classes).map(|class| shares[class] / rows * missed(class)).sum();
    let even = left_out.iter().filter(|&&wrong| wrong).count() as f64 / labels.len() as f64;
    let least = differ - most(weighted.max(even), labels.len() as f64);
    (least > TOLD).then(|| {
        format!(
            "it seems to be wrong on {:.0} % of the unlabelled rows or more: on {:.0} % of them it differs from the nearest class mean, \
             which is wrong on {:.0} % of labelled rows that it has not seen. Unlabelled rows of other class shares than the labelled ones \
             can do this; {ADVICE}",
            100.0 * least,
            100.0 * differ,
            100.0 * even
        )
    })
}

/// The upper end of Wilson's interval (1927) for a share that was found among so many rows.
fn most(share: f64, rows: f64) -> f64 {
    let z2 = DEVIATIONS * DEVIATIONS;
    let spread = DEVIATIONS * (share * (1.0 - share) / rows + z2 / (4.0 * rows * rows)).sqrt();
    (share + z2 / (2.0 * rows) + spread) / (1.0 + z2 / rows)
}

/// Classes that the model predicts for hardly any unlabelled row, although they have labels and the witness finds them.
fn lost(of_model: &[u32], of_witness: &[u32], labels: &[u32], names: &[String]) -> Option<String> {
    let rows = of_model.len() as f64;
    let [model, witness, labelled] = [of_model, of_witness, labels].map(|of| counts(of, names.len()));
    let share = |of: &[f64], class: usize| of[class] / of.iter().sum::<f64>();
    let is_lost = |&class: &usize| {
        let [m, w, l] = [&model, &witness, &labelled].map(|of| share(of, class));
        // Few rows may lack a class by chance.
        let chance = DEVIATIONS * (w / rows).sqrt();
        m < LOST * l && m < LOST * w && w - m > chance
    };
    let classes: Vec<String> = (0..names.len())
        .filter(is_lost)
        .map(|class| {
            format!(
                "'{}' {:.1} % against {:.1} %",
                names[class],
                100.0 * share(&model, class),
                100.0 * share(&witness, class)
            )
        })
        .collect();
    (!classes.is_empty()).then(|| {
        format!(
            "it gives hardly any unlabelled row to some classes, which the nearest class mean finds: {}. The training may have lost \
             them: {ADVICE}",
            classes.join(", ")
        )
    })
}

fn counts(of: &[u32], classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; classes];
    of.iter().for_each(|&class| counts[class as usize] += 1.0);
    counts
}
