//! The normalisation statistics for prediction, from batches as in a training.

use super::statistics::Gather;
use super::{Buffers, Ladder, Noise, StatisticsFrom};
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
        let rows = if split.unlabelled.is_empty() { &split.labelled } else { &split.unlabelled };
        let passes = Passes::new(rows, settings.unlabelled_batch, settings.seed);
        let mut buffers = Buffers::new(model.settings(), 0, passes.largest(), threads.precision());
        let mut batch = Batch { x: Panels::new(passes.largest(), data.features()), labels: Vec::new(), weights: None };
        for (i, rows) in passes.iter().take(DECODED).enumerate() {
            gather(threads, data, &[], rows, &mut batch.x);
            let noise = Noise::Drawn { seed: settings.seed, purpose: Purpose::StatisticsNoise, step: i as u32 };
            model.encode(threads, &mut buffers, &batch, noise);
            model.decode(threads, &mut buffers, &batch);
            statistics.add_decoder(&buffers);
        }
    }
    model.set_statistics(statistics.finish());
}

/// The clean encoder's statistics, without the decoder's.
pub(super) fn clean_statistics(model: &Ladder, rows: TrainingRows<'_>, threads: &Threads) -> Gather {
    let TrainingRows { data, split, settings } = rows;
    let threads = &threads.in_single_precision();
    let from_unlabelled = model.settings().statistics == StatisticsFrom::Unlabelled
        && model.settings().uses_unlabelled()
        && !split.unlabelled.is_empty()
        || split.labelled.is_empty();
    let passes = match from_unlabelled {
        true => Passes::new(&split.unlabelled, settings.unlabelled_batch, settings.seed),
        false => Passes::new(&split.labelled, settings.labelled_batch, settings.seed),
    };
    // Rows stand in the labelled segment, without noise: then nothing but the clean encoder is computed.
    let mut buffers = Buffers::new(model.settings(), passes.largest(), 0, threads.precision());
    let mut batch = Batch { x: Panels::new(passes.largest(), data.features()), labels: Vec::new(), weights: None };
    let mut statistics = Gather::default();
    for rows in passes.iter() {
        gather(threads, data, rows, &[], &mut batch.x);
        batch.labels.clear();
        batch.labels.resize(rows.len(), 0);
        model.encode(threads, &mut buffers, &batch, Noise::Silent);
        statistics.add_clean(&buffers);
    }
    statistics
}
