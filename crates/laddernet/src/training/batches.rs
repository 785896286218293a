//! Which rows stand in which batch.
//!
//! An epoch is one pass over the unlabelled rows. Rows are shuffled anew each epoch and cut into batches of even
//! size (they differ by one row at most), so there is never a last batch of a row or two whose normalisation would
//! mean nothing. The labelled rows are shuffled and cut likewise, and their batches recur within the epoch.

use super::{Batch, FitSettings};
use crate::dataset::Dataset;
use crate::split::Split;
use laddernet_math::random::{Purpose, permutation};
use laddernet_math::{Panels, Threads, WIDTH};

/// One half's rows, cut into even batches.
struct Half<'a> {
    rows: &'a [usize],
    batches: usize,
    purpose: Purpose,
}

impl<'a> Half<'a> {
    fn new(rows: &'a [usize], batch: usize, purpose: Purpose) -> Self {
        Half { rows, batches: rows.len().div_ceil(batch), purpose }
    }

    fn largest(&self) -> usize {
        self.rows.len().div_ceil(self.batches.max(1))
    }

    fn shuffled(&self, seed: u64, epoch: usize) -> Vec<usize> {
        let order = permutation(seed, self.purpose, epoch as u32, self.rows.len());
        order.into_iter().map(|i| self.rows[i]).collect()
    }

    /// The part of an order that batch `i` takes; batches recur.
    fn cut<'o>(&self, order: &'o [usize], i: usize) -> &'o [usize] {
        if order.is_empty() {
            return &[];
        }
        let (i, n) = (i % self.batches, order.len());
        &order[i * n / self.batches..(i + 1) * n / self.batches]
    }
}

/// The batches of every epoch.
pub(super) struct Batches<'a> {
    data: &'a Dataset,
    labelled: Half<'a>,
    unlabelled: Half<'a>,
    seed: u64,
    pub steps_per_epoch: usize,
    unlabelled_in_batch: bool,
}

/// The two halves' rows in the order of one epoch.
pub(super) struct Order {
    labelled: Vec<usize>,
    unlabelled: Vec<usize>,
}

impl<'a> Batches<'a> {
    /// Which half a model learns from, or both. Epochs are as long without the unlabelled half.
    pub fn new(
        data: &'a Dataset,
        split: &'a Split,
        settings: &FitSettings,
        labelled_in_batch: bool,
        unlabelled_in_batch: bool,
    ) -> Self {
        // With all labels, both halves of a batch are the same rows in the same order, as in the authors' code.
        let same = split.labelled == split.unlabelled && settings.labelled_batch == settings.unlabelled_batch;
        let purpose = if same { Purpose::UnlabelledOrder } else { Purpose::LabelledOrder };
        let labelled = if labelled_in_batch { &*split.labelled } else { &[] };
        let labelled = Half::new(labelled, settings.labelled_batch, purpose);
        let unlabelled = Half::new(&split.unlabelled, settings.unlabelled_batch, Purpose::UnlabelledOrder);
        let steps_per_epoch = if unlabelled.batches > 0 { unlabelled.batches } else { labelled.batches };
        Batches { data, labelled, unlabelled, seed: settings.seed, steps_per_epoch, unlabelled_in_batch }
    }

    /// Rows of the largest batch: labelled, unlabelled.
    pub fn largest(&self) -> (usize, usize) {
        (self.labelled.largest(), if self.unlabelled_in_batch { self.unlabelled.largest() } else { 0 })
    }

    pub fn order(&self, epoch: usize) -> Order {
        Order {
            labelled: self.labelled.shuffled(self.seed, epoch),
            unlabelled: if self.unlabelled_in_batch { self.unlabelled.shuffled(self.seed, epoch) } else { Vec::new() },
        }
    }

    /// A batch with room for the largest one.
    pub fn empty_batch(&self) -> Batch {
        let (labelled, unlabelled) = self.largest();
        let features = self.data.features();
        Batch {
            x: Panels::new(labelled + unlabelled, features),
            labels: Vec::with_capacity(labelled),
            weights: self.data.has_weights().then(|| Panels::new(unlabelled, features)),
        }
    }

    /// Gathers step `i` of an epoch.
    pub fn fill(&self, threads: &Threads, order: &Order, i: usize, batch: &mut Batch) {
        let labelled = self.labelled.cut(&order.labelled, i);
        let unlabelled = self.unlabelled.cut(&order.unlabelled, i);
        batch.labels.clear();
        batch.labels.extend(labelled.iter().map(|&row| self.data.labels()[row].expect("a labelled row has a label")));
        gather(threads, self.data, labelled, unlabelled, &mut batch.x);
        if let Some(weights) = &mut batch.weights {
            weights.set_rows(unlabelled.len());
            threads.for_each(weights.panels_mut(), |j, panel| {
                for (target, &row) in panel.iter_mut().zip(unlabelled) {
                    self.data.copy_weights(row, j * WIDTH, &mut target.0);
                }
            });
        }
    }
}

/// Writes the rows, scaled, one list after the other; panels in parallel.
pub(crate) fn gather(threads: &Threads, data: &Dataset, first: &[usize], second: &[usize], x: &mut Panels) {
    x.set_rows(first.len() + second.len());
    threads.for_each(x.panels_mut(), |j, panel| {
        for (target, &row) in panel.iter_mut().zip(first.iter().chain(second)) {
            data.copy_columns(row, j * WIDTH, &mut target.0);
        }
    });
}

/// The rows of a pass that gathers statistics, shuffled: neither a file nor a split sorted by class may make batches
/// of one class, whose spread is too small.
pub(crate) struct Passes<'a> {
    half: Half<'a>,
    order: Vec<usize>,
}

impl<'a> Passes<'a> {
    pub fn new(rows: &'a [usize], batch: usize, seed: u64) -> Self {
        let half = Half::new(rows, batch, Purpose::StatisticsOrder);
        Passes { order: half.shuffled(seed, 0), half }
    }

    pub fn largest(&self) -> usize {
        self.half.largest()
    }

    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        (0..self.half.batches).map(|i| self.half.cut(&self.order, i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Scaling, Values};

    fn data(rows: usize) -> Dataset {
        let names = vec!["a".into(), "b".into()];
        let labels = (0..rows).map(|r| Some((r % 2) as u32)).collect();
        Dataset::new(Values::F32((0..rows).map(|r| r as f32).collect()), labels, names, vec![1], Scaling::NONE).unwrap()
    }

    fn threads() -> Threads {
        Threads::new(1).unwrap()
    }

    fn first_column(batch: &Batch) -> Vec<usize> {
        (0..batch.x.rows()).map(|r| batch.x.get(r, 0) as usize).collect()
    }

    fn split(labelled: Vec<usize>, n: usize) -> Split {
        Split { labelled, unlabelled: (0..n).collect(), validation: vec![] }
    }

    #[test]
    fn an_epoch_is_one_pass_over_the_unlabelled_rows_in_even_batches() {
        let data = data(1437);
        let split = split((0..40).collect(), 1437);
        let batches = Batches::new(&data, &split, &FitSettings::default(), true, true);
        assert_eq!(batches.steps_per_epoch, 15);
        let (order, mut batch) = (batches.order(3), batches.empty_batch());
        let mut seen = Vec::new();
        for i in 0..15 {
            batches.fill(&threads(), &order, i, &mut batch);
            assert_eq!(batch.labels.len(), 40);
            assert!((95..=96).contains(&batch.unlabelled()), "{}", batch.unlabelled());
            seen.extend(first_column(&batch)[40..].iter().copied());
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..1437).collect::<Vec<_>>());
        assert_ne!(batches.order(3).unlabelled, batches.order(4).unlabelled);
    }

    #[test]
    fn labelled_batches_recur_within_an_epoch() {
        let data = data(1000);
        let split = split((0..200).collect(), 1000);
        let batches = Batches::new(&data, &split, &FitSettings::default(), true, true);
        let (order, mut batch) = (batches.order(1), batches.empty_batch());
        let mut labelled = |i| {
            batches.fill(&threads(), &order, i, &mut batch);
            first_column(&batch)[..100].to_vec()
        };
        assert_eq!((labelled(0), labelled(1)), (labelled(2), labelled(3)));
        assert_ne!(labelled(0), labelled(1));
    }

    #[test]
    fn with_all_labels_both_halves_are_the_same_rows() {
        let data = data(500);
        let split = split((0..500).collect(), 500);
        let batches = Batches::new(&data, &split, &FitSettings::default(), true, true);
        let (order, mut batch) = (batches.order(1), batches.empty_batch());
        batches.fill(&threads(), &order, 2, &mut batch);
        let rows = first_column(&batch);
        assert_eq!(rows[..100], rows[100..]);
        assert_eq!(batch.labels[7] as usize, rows[7] % 2);
    }

    #[test]
    fn fewer_rows_than_a_batch_and_an_empty_half_are_legal() {
        let data = data(6);
        let (labelled, unlabelled) = (split(vec![0, 1], 6), split(vec![], 6));
        let supervised = Batches::new(&data, &labelled, &FitSettings::default(), true, false);
        let mut batch = supervised.empty_batch();
        supervised.fill(&threads(), &supervised.order(1), 0, &mut batch);
        assert_eq!((batch.labels.len(), batch.unlabelled()), (2, 0));
        let unsupervised = Batches::new(&data, &unlabelled, &FitSettings::default(), true, true);
        let mut batch = unsupervised.empty_batch();
        unsupervised.fill(&threads(), &unsupervised.order(1), 0, &mut batch);
        assert_eq!((batch.labels.len(), batch.unlabelled()), (0, 6));
    }
}
