//! What a ladder is made of, and whether that makes a network.

use crate::error::SettingsError;
use crate::few_labels::FewLabels;
use crate::text::{as_text, words};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Which rows give the normalisation statistics for prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticsFrom {
    /// The labelled rows, as the authors do.
    Labelled,
    /// All training rows.
    Unlabelled,
    /// Batches of both, as they are normalised in a training with [`MomentsOf::Both`].
    Both,
    /// The labelled or the unlabelled rows, whichever make the labelled rows' cross-entropy smaller: where the classes' shares differ
    /// between the halves, predictions with the unlabelled rows' statistics are not those that were trained.
    Chosen,
}

words!(StatisticsFrom, "source of statistics", {
    Labelled: "labelled", Unlabelled: "unlabelled", Both: "both", Chosen: "chosen"
});

/// Whose moments normalise the labelled rows of a training step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MomentsOf {
    /// Their own, as the authors do. Where the labelled rows hold the classes in other shares than the unlabelled ones do,
    /// a class stands elsewhere in a labelled batch than at a prediction.
    #[default]
    Own,
    /// The unlabelled rows' of the same batch, with the same noise, which a prediction uses too.
    Unlabelled,
    /// Both together, as one batch.
    Both,
}

impl MomentsOf {
    /// Settings that were written before there was a choice say nothing, and neither do those that make none: so that both are equal.
    fn is_own(&self) -> bool {
        *self == MomentsOf::Own
    }
}

words!(MomentsOf, "source of moments", { Own: "own", Unlabelled: "unlabelled", Both: "both" });

/// What a ladder is made of: the section `model` of the settings. `Default` is the authors' six-layer network for MNIST at 100
/// labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderSettings {
    /// Units of each layer, the input first, the classes last: `[784, 1000, 500, 250, 250, 250, 10]`.
    pub layers: Vec<usize>,
    /// Weight of each layer's denoising cost, the input first; as many as `layers`. The decoder is built from the
    /// top down to the lowest layer with a weight; all zero means no decoder.
    pub denoising_weights: Vec<f32>,
    /// Standard deviation of the noise on the input.
    pub input_noise: f32,
    /// Standard deviation of the noise on every layer above.
    pub noise: f32,
    /// Whether the decoder has lateral connections. Without them `upsilon` of the combinator stays at its initial 0, so
    /// that `z^(l) = mu(u(l))`: a layer is reconstructed from what comes from above alone.
    #[serde(default = "yes")]
    pub lateral: bool,
    /// Which rows give the statistics for prediction.
    #[serde(with = "as_text", default = "unlabelled")]
    pub statistics: StatisticsFrom,
    /// Whose moments normalise the labelled rows in training. A batch without unlabelled rows has only its own.
    #[serde(with = "as_text", default, skip_serializing_if = "MomentsOf::is_own")]
    pub moments: MomentsOf,
    /// How rows are grouped first, so that sure ones of each group are labelled besides; not at all where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few_labels: Option<FewLabels>,
}

fn yes() -> bool {
    true
}

fn unlabelled() -> StatisticsFrom {
    StatisticsFrom::Unlabelled
}

impl Default for LadderSettings {
    fn default() -> Self {
        LadderSettings {
            layers: vec![784, 1000, 500, 250, 250, 250, 10],
            denoising_weights: vec![1000.0, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1],
            input_noise: 0.3,
            noise: 0.3,
            lateral: true,
            statistics: StatisticsFrom::Unlabelled,
            moments: MomentsOf::Own,
            few_labels: None,
        }
    }
}

/// Widest layer that is taken.
const MAX_UNITS: usize = 65_536;
/// Most weights that are taken: with gradients, both moments and a copy to fall back to they are 10 GiB.
const MAX_WEIGHTS: usize = 1 << 29;
/// Largest denoising weight: far above it, squared gradients leave the range of f32 and nothing is learned.
const MAX_WEIGHT: f32 = 1e9;
/// Most layers that are taken.
const MAX_LAYERS: usize = 64;

impl LadderSettings {
    /// Floating-point operations of a step's matrix products: both encoders, the decoder, and the gradients of
    /// weights and inputs, for so many labelled and unlabelled rows.
    pub fn product_flop(&self, labelled: usize, unlabelled: usize) -> u64 {
        let rows = (labelled + 2 * unlabelled) as u64;
        let sizes = |l: usize| 2 * self.layers[l] as u64 * self.layers[l + 1] as u64;
        // Forward and the gradient of the weights everywhere; no gradient of the input.
        let encoder: u64 = (0..self.top()).map(|l| sizes(l) * rows * if l == 0 { 2 } else { 3 }).sum();
        let decoder: u64 = self.decoder_layers().filter(|&l| l < self.top()).map(|l| 3 * sizes(l)).sum();
        encoder + decoder * unlabelled as u64
    }

    /// # Errors
    /// Says which setting makes no network, and what would.
    pub fn check(&self) -> Result<(), SettingsError> {
        let layers = self.layers.len();
        let named = || self.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        let bad_layers = |expected: String| Err(SettingsError::value("layers", named(), expected));
        if !(2..=MAX_LAYERS).contains(&layers) {
            return bad_layers(format!("2 to {MAX_LAYERS} sizes, from the inputs to the classes"));
        }
        if self.layers.iter().any(|m| !(1..=MAX_UNITS).contains(m)) {
            return bad_layers(format!("1 to {MAX_UNITS} units a layer"));
        }
        let weights: usize = self.layers.windows(2).map(|m| m[0] * m[1]).sum();
        if weights > MAX_WEIGHTS {
            return bad_layers(format!("at most {MAX_WEIGHTS} weights, not {weights}; make them narrower"));
        }
        if self.layers[layers - 1] < 2 {
            return bad_layers("at least 2 units in the last layer, one for each class".into());
        }
        let found = || self.denoising_weights.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        if self.denoising_weights.len() != layers {
            let expected = format!("{layers} weights, one for each layer, the input included");
            return Err(SettingsError::value("denoising_weights", found(), expected));
        }
        if self.denoising_weights.iter().any(|w| !(0.0..=MAX_WEIGHT).contains(w)) {
            return Err(SettingsError::value("denoising_weights", found(), format!("0 to {MAX_WEIGHT} each")));
        }
        for (key, noise) in [("input_noise", self.input_noise), ("noise", self.noise)] {
            if !(noise.is_finite() && noise >= 0.0) {
                return Err(SettingsError::value(key, noise, "a standard deviation, 0 or more"));
            }
        }
        Ok(())
    }

    /// Index of the top layer.
    pub(crate) fn top(&self) -> usize {
        self.layers.len() - 1
    }

    /// The lowest layer that the decoder reaches; beyond the top without a decoder.
    pub(crate) fn lowest(&self) -> usize {
        self.denoising_weights.iter().position(|&w| w > 0.0).unwrap_or(self.layers.len())
    }

    /// The layers of the decoder, the lowest first.
    pub(crate) fn decoder_layers(&self) -> RangeInclusive<usize> {
        self.lowest()..=self.top()
    }

    /// Whether there is a decoder, so that unlabelled rows are learned from.
    pub fn uses_unlabelled(&self) -> bool {
        self.lowest() <= self.top()
    }
}
