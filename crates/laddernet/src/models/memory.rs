//! The memory of a training, as far as its settings alone say it, so that too much is refused before the system ends it.

use crate::error::SettingsError;

/// A training that would take more is refused: 16 GiB.
const LIMIT: u128 = 16 << 30;

/// What a training keeps.
#[derive(Clone, Debug)]
pub struct Memory<'a> {
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
    /// The setting that makes most of these rows.
    pub largest: Largest,
}

/// A setting that takes memory.
#[derive(Clone, Debug)]
pub struct Largest {
    /// Its path in the tree of settings.
    pub key: &'static str,
    /// Its value.
    pub found: usize,
    /// What to choose instead.
    pub hint: &'static str,
}

impl Largest {
    /// Rows of a step that learn without their labels.
    pub fn batch(found: usize) -> Self {
        Largest { key: "training.unlabelled_batch", found, hint: "smaller batches" }
    }

    /// This setting, or another one where that is larger.
    pub fn or(self, key: &'static str, found: usize, hint: &'static str) -> Self {
        if found > self.found { Largest { key, found, hint } } else { self }
    }
}

/// # Errors
/// When it is more than the limit: names the layers or the batches, whichever take more.
pub(crate) fn check(m: &Memory<'_>) -> Result<(), SettingsError> {
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
        true => ("model.layers", layers, "fewer units"),
        false => (m.largest.key, m.largest.found.to_string(), m.largest.hint),
    };
    let gib = |bytes: u128| u64::try_from(bytes.div_ceil(1 << 30)).unwrap_or(u64::MAX);
    let (key, hint) = (key.to_owned(), hint.to_owned());
    Err(SettingsError::Memory { key, found, gib: gib(bytes), most: gib(LIMIT), hint })
}
