//! What a ladder is made of, and whether that makes a network.

use std::ops::RangeInclusive;
use thiserror::Error;

/// What a ladder is made of. `Default` is the authors' six-layer network for MNIST at 100 labels.
#[derive(Clone, Debug, PartialEq)]
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
    /// Whether the decoder has lateral connections. Without them `upsilon` of the combinator rests at its initial 0, so
    /// that `z^(l) = mu(u(l))`: a layer is rebuilt from what comes from above alone.
    pub lateral: bool,
}

impl Default for LadderSettings {
    fn default() -> Self {
        LadderSettings {
            layers: vec![784, 1000, 500, 250, 250, 250, 10],
            denoising_weights: vec![1000.0, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1],
            input_noise: 0.3,
            noise: 0.3,
            lateral: true,
        }
    }
}

/// Settings that make no network.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct SettingsError(pub String);

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
        let fail = |message: String| Err(SettingsError(message));
        let layers = self.layers.len();
        if !(2..=MAX_LAYERS).contains(&layers) {
            return fail(format!("{layers} layer sizes: expected 2 to {MAX_LAYERS}, from the inputs to the classes"));
        }
        if let Some(l) = self.layers.iter().position(|m| !(1..=MAX_UNITS).contains(m)) {
            return fail(format!("layer {l} has {} units: expected 1 to {MAX_UNITS}", self.layers[l]));
        }
        let weights: usize = self.layers.windows(2).map(|m| m[0] * m[1]).sum();
        if weights > MAX_WEIGHTS {
            return fail(format!(
                "these layers have {weights} weights: expected at most {MAX_WEIGHTS}; make them narrower"
            ));
        }
        if self.layers[layers - 1] < 2 {
            return fail("the last layer has 1 unit: expected one for each class, at least 2".into());
        }
        if self.denoising_weights.len() != layers {
            return fail(format!(
                "{} denoising weights for {layers} layers: expected one for each layer, the input included",
                self.denoising_weights.len()
            ));
        }
        if let Some(l) = self.denoising_weights.iter().position(|w| !(0.0..=MAX_WEIGHT).contains(w)) {
            return fail(format!(
                "the denoising weight of layer {l} is {}: expected 0 to {MAX_WEIGHT}",
                self.denoising_weights[l]
            ));
        }
        for (name, noise) in [("input noise", self.input_noise), ("noise", self.noise)] {
            if !(noise.is_finite() && noise >= 0.0) {
                return fail(format!("the {name} is {noise}: expected a standard deviation, 0 or more"));
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
