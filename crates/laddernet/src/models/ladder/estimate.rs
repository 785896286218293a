//! The normalisation statistics for prediction, from batches as in a training.

use super::statistics::Gather;
use super::{Buffers, Ladder, MomentsOf, Noise, StatisticsFrom};
use crate::training::{Batch, Passes, TrainingRows, gather};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Threads};

/// Gathers the normalisation statistics for prediction, as [`fit`](crate::training::fit) does at its end: the clean encoder's over the rows
/// that the settings name (the labelled ones for a model without a decoder, which must not see others), and, for a
/// decoder that reaches the input, what a reconstruction needs over unlabelled rows.
pub fn estimate_statistics(model: &mut Ladder, rows: TrainingRows<'_>, threads: &Threads) {
    /// Batches of corrupted rows that are decoded: moments of 10 000 rows are known well enough for a picture.
    const DECODED: usize = 100;
    // As at prediction, whatever the precision of the training.
    let threads = &threads.in_single_precision();
    let TrainingRows { data, split, settings } = rows;
    let mut statistics = clean_statistics(model, rows, threads);
    if model.can_reconstruct() {
        let of = if split.unlabelled.is_empty() { &split.labelled } else { &split.unlabelled };
        let passes = Passes::new(of, settings.unlabelled_batch, settings.seed);
        let beside = Beside::of(model.settings().moments == MomentsOf::Both, rows);
        let mut buffers = Buffers::new(model.settings(), beside.largest(), passes.largest(), threads.precision());
        let mut batch = Batch {
            x: Panels::new(beside.largest() + passes.largest(), data.features()),
            labels: Vec::new(),
            weights: None,
        };
        for (i, rows) in passes.iter().take(DECODED).enumerate() {
            let labelled = beside.rows(i);
            gather(threads, data, labelled, rows, &mut batch.x);
            batch.labels.clear();
            batch.labels.resize(labelled.len(), 0);
            let noise = Noise::Drawn { seed: settings.seed, purpose: Purpose::StatisticsNoise, step: i as u32 };
            model.encode(threads, &mut buffers, &batch, noise);
            model.decode(threads, &mut buffers, &batch);
            statistics.add_decoder(&buffers);
        }
    }
    model.set_statistics(statistics.finish());
}

/// The clean encoder's statistics, without the decoder's. The model's own are overwritten where they are chosen by what it predicts.
pub(super) fn clean_statistics(model: &mut Ladder, rows: TrainingRows<'_>, threads: &Threads) -> Gather {
    let threads = &threads.in_single_precision();
    let (settings, split) = (model.settings(), rows.split);
    let from = match settings.statistics {
        _ if split.labelled.is_empty() => StatisticsFrom::Unlabelled,
        _ if split.unlabelled.is_empty() || !settings.uses_unlabelled() => StatisticsFrom::Labelled,
        from => from,
    };
    if from != StatisticsFrom::Chosen {
        return pass(model, from, rows, threads);
    }
    let [unlabelled, labelled] =
        [StatisticsFrom::Unlabelled, StatisticsFrom::Labelled].map(|from| pass(model, from, rows, threads));
    let [of_unlabelled, of_labelled] =
        [&unlabelled, &labelled].map(|statistics| labelled_cost(model, statistics, rows, threads));
    if of_unlabelled > CHOSEN * of_labelled { labelled } else { unlabelled }
}

/// The labelled rows flatter the statistics that are their own: these must make their cost smaller by this factor.
const CHOSEN: f64 = 1.1;

/// The clean cross-entropy of the labelled rows with these statistics, in nats a row.
fn labelled_cost(
    model: &mut Ladder,
    statistics: &Gather,
    TrainingRows { data, split, .. }: TrainingRows<'_>,
    threads: &Threads,
) -> f64 {
    /// So many rows are looked at, at most.
    const ROWS: usize = 10_000;
    model.set_statistics(statistics.finish());
    let step = split.labelled.len().div_ceil(ROWS).max(1);
    let rows: Vec<usize> = split.labelled.iter().step_by(step).copied().collect();
    let p = model.probabilities(&data.select(&rows), threads);
    let label = |row: usize| data.labels()[row].expect("a labelled row has a label") as usize;
    let each = rows.iter().zip(p.chunks_exact(model.classes()));
    -each.map(|(&row, p)| f64::from(p[label(row)].max(f32::MIN_POSITIVE)).ln()).sum::<f64>() / rows.len() as f64
}

/// The clean encoder's moments over batches of these rows.
fn pass(model: &Ladder, from: StatisticsFrom, rows: TrainingRows<'_>, threads: &Threads) -> Gather {
    let TrainingRows { data, split, settings } = rows;
    let passes = match from {
        StatisticsFrom::Labelled => Passes::new(&split.labelled, settings.labelled_batch, settings.seed),
        _ => Passes::new(&split.unlabelled, settings.unlabelled_batch, settings.seed),
    };
    let beside = Beside::of(from == StatisticsFrom::Both, rows);
    // Rows stand in the labelled segment, without noise: then nothing but the clean encoder is computed.
    let most = beside.largest() + passes.largest();
    let mut buffers = Buffers::new(model.settings(), most, 0, threads.precision());
    let mut batch = Batch { x: Panels::new(most, data.features()), labels: Vec::new(), weights: None };
    let mut statistics = Gather::default();
    for (i, rows) in passes.iter().enumerate() {
        gather(threads, data, beside.rows(i), rows, &mut batch.x);
        batch.labels.clear();
        batch.labels.resize(batch.x.rows(), 0);
        model.encode(threads, &mut buffers, &batch, Noise::Silent);
        statistics.add_clean(&buffers);
    }
    statistics
}

/// Batches of labelled rows that stand beside the unlabelled ones, again and again, as in a training; or none.
struct Beside {
    passes: Passes,
    batches: usize,
}

impl Beside {
    fn of(labelled_rows: bool, TrainingRows { split, settings, .. }: TrainingRows<'_>) -> Self {
        let labelled: &[usize] = if labelled_rows { &split.labelled } else { &[] };
        let passes = Passes::new(labelled, settings.labelled_batch, settings.seed);
        let batches = passes.iter().count();
        Beside { passes, batches }
    }

    fn largest(&self) -> usize {
        self.passes.largest()
    }

    fn rows(&self, i: usize) -> &[usize] {
        if self.batches == 0 { &[] } else { self.passes.iter().nth(i % self.batches).unwrap_or(&[]) }
    }
}
