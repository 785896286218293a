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

/// The clean encoder's statistics, without the decoder's. Where there are two halves to take them from, the model remembers what its
/// labelled rows cost with either; its own statistics are overwritten on the way.
pub(super) fn clean_statistics(model: &mut Ladder, rows: TrainingRows<'_>, threads: &Threads) -> Gather {
    let threads = &threads.in_single_precision();
    let (settings, split) = (model.settings(), rows.split);
    let from = match settings.statistics {
        _ if split.labelled.is_empty() => StatisticsFrom::Unlabelled,
        _ if split.unlabelled.is_empty() || !settings.uses_unlabelled() => StatisticsFrom::Labelled,
        from => from,
    };
    let either = matches!(from, StatisticsFrom::Unlabelled | StatisticsFrom::Chosen);
    if !either || settings.moments != MomentsOf::Own || split.labelled.is_empty() || split.labelled == split.unlabelled
    {
        let from = if from == StatisticsFrom::Chosen { StatisticsFrom::Unlabelled } else { from };
        return pass(model, from, rows, threads);
    }
    let [unlabelled, labelled] =
        [StatisticsFrom::Unlabelled, StatisticsFrom::Labelled].map(|from| pass(model, from, rows, threads));
    let costs = HalvesCosts {
        unlabelled: labelled_cost(model, &unlabelled, rows, threads),
        labelled: labelled_cost(model, &labelled, rows, threads),
    };
    model.costs_of_halves = Some(costs);
    let of_labelled = from == StatisticsFrom::Chosen && costs.better() == StatisticsFrom::Labelled;
    if of_labelled { labelled } else { unlabelled }
}

/// What the labelled rows cost without noise, in nats a row, with the statistics of either half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HalvesCosts {
    pub unlabelled: f64,
    pub labelled: f64,
}

impl HalvesCosts {
    /// The half whose statistics make them cost less.
    pub fn better(&self) -> StatisticsFrom {
        if self.unlabelled > self.labelled { StatisticsFrom::Labelled } else { StatisticsFrom::Unlabelled }
    }

    /// What is to be said where predictions use the unlabelled rows' statistics and these are far from those that were trained.
    pub fn doubt(&self) -> Option<String> {
        /// Even classes gave 0.2 to 1.1 on digits, MNIST and tables; uneven ones mostly 1.5 to 11.
        const FACTOR: f64 = 1.5;
        /// A cost below this is small whatever the other is.
        const SMALL: f64 = 0.02;
        let HalvesCosts { unlabelled, labelled } = *self;
        (unlabelled > FACTOR * labelled && unlabelled > SMALL).then(|| {
            format!(
                "its labelled rows cost {unlabelled:.3} nats each with the statistics of the unlabelled rows, and {labelled:.3} with \
                 their own: the unlabelled rows seem to hold the classes in other shares than the labelled ones, and \
                 predictions suffer from it; set statistics to 'chosen', or moments and statistics to 'both'"
            )
        })
    }
}

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
struct Beside<'a> {
    passes: Passes<'a>,
    batches: usize,
}

impl<'a> Beside<'a> {
    fn of(labelled_rows: bool, TrainingRows { split, settings, .. }: TrainingRows<'a>) -> Self {
        let labelled: &'a [usize] = if labelled_rows { &split.labelled } else { &[] };
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
