//! The memory of a training, as far as its settings alone say it, so that too much is refused before the system ends it.

use crate::error::SettingsError;

/// A training that would take more is refused: 16 GiB.
const LIMIT: u128 = 16 << 30;

/// What a training keeps.
pub(super) struct Memory<'a> {
    /// Units of each layer.
    pub layers: &'a [usize],
    /// Copies of every weight: values, gradients, moments and the like.
    pub copies_of_weights: u128,
    /// Weight matrices between two layers.
    pub matrices: u128,
    /// Rows of a step.
    pub rows: u128,
    /// Values kept for each unit of each row.
    pub values_per_unit: u128,
    /// The rows of a step, in words.
    pub batches: String,
    /// What to choose where these take the most.
    pub hint: &'static str,
}

/// # Errors
/// When it is more than the limit: names the layers or the batches, whichever take more.
pub(super) fn check(m: &Memory<'_>) -> Result<(), SettingsError> {
    let units = |layer: usize| m.layers[layer] as u128;
    let weights: u128 = (1..m.layers.len()).map(|l| units(l).saturating_mul(units(l - 1))).sum();
    let kept = weights.saturating_mul(4 * m.copies_of_weights * m.matrices);
    let passing = m.rows.saturating_mul((0..m.layers.len()).map(units).sum()).saturating_mul(4 * m.values_per_unit);
    let bytes = kept.saturating_add(passing);
    if bytes <= LIMIT {
        return Ok(());
    }
    let layers = m.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
    let (key, found, hint) = match kept > passing {
        true => ("layers", layers, "fewer units"),
        false => ("training/unlabelled_batch", m.batches.clone(), m.hint),
    };
    let gib = |bytes: u128| u64::try_from(bytes.div_ceil(1 << 30)).unwrap_or(u64::MAX);
    let (key, hint) = (key.to_owned(), hint.to_owned());
    Err(SettingsError::Memory { key, found, gib: gib(bytes), most: gib(LIMIT), hint })
}
