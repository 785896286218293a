//! The ladder network. (API skeleton; the body is being written.)

use crate::dataset::Dataset;
use crate::parameters::Parameters;
use laddernet_math::Threads;
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
}

/// Settings that make no network.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// A named tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `encoder.1.weight`, `statistics.clean.1.mean`, ...
    pub path: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

/// Tensors that make no model of these settings.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct TensorError(pub String);

/// What the decoder makes of corrupted rows. All three are `[rows, features]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconstruction {
    /// The rows as they came.
    pub clean: Vec<f32>,
    /// With the noise added.
    pub corrupted: Vec<f32>,
    /// `z_hat` of layer 0.
    pub reconstructed: Vec<f32>,
}

/// A ladder network: parameters, statistics for prediction, and the buffers of a training step.
pub struct Ladder {
    settings: LadderSettings,
}

impl Default for LadderSettings {
    fn default() -> Self {
        LadderSettings {
            layers: vec![784, 1000, 500, 250, 250, 250, 10],
            denoising_weights: vec![1000.0, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1],
            input_noise: 0.3,
            noise: 0.3,
        }
    }
}

impl LadderSettings {
    /// # Errors
    /// Says which setting makes no network, and what would.
    pub fn check(&self) -> Result<(), SettingsError> {
        todo!()
    }
}

impl Ladder {
    /// A network with the authors' initial values drawn from `seed`.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn new(settings: LadderSettings, seed: u64) -> Result<Self, SettingsError> {
        let _ = seed;
        Ok(Ladder { settings })
    }

    /// What it is made of.
    pub fn settings(&self) -> &LadderSettings {
        &self.settings
    }

    /// Number of classes: units of the top layer.
    pub fn classes(&self) -> usize {
        todo!()
    }

    /// The trainable parameters.
    pub fn parameters(&self) -> &Parameters {
        todo!()
    }

    /// Everything that a model file holds: parameters, then the statistics for prediction.
    pub fn tensors(&self) -> Vec<Tensor> {
        todo!()
    }

    /// Names and shapes that [`Ladder::from_tensors`] will ask for, without taking the memory.
    pub fn tensor_shapes(settings: &LadderSettings) -> Vec<(String, Vec<usize>)> {
        let _ = settings;
        todo!()
    }

    /// The model that [`Ladder::tensors`] described.
    ///
    /// # Errors
    /// When a tensor is missing, unknown, of another shape, or holds a value that is not finite.
    pub fn from_tensors(settings: LadderSettings, tensors: Vec<Tensor>) -> Result<Self, TensorError> {
        let _ = (settings, tensors);
        todo!()
    }

    /// Whether the decoder reaches the input, so that rows can be reconstructed.
    pub fn can_reconstruct(&self) -> bool {
        todo!()
    }

    /// Probabilities of the classes, `[rows, classes]`, from the clean encoder with the stored statistics.
    pub fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let _ = (data, threads);
        todo!()
    }

    /// Corrupts rows with noise of standard deviation `noise` at the input (hidden layers in proportion) and denoises them.
    ///
    /// # Panics
    /// When [`Ladder::can_reconstruct`] is false.
    pub fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        let _ = (data, noise, seed, threads);
        todo!()
    }
}
