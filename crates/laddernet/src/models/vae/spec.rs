//! The variational autoencoder to the rest of the program: its defaults, checks and training, and what a trained one can do.

use super::{Vae, VaeSettings};
use crate::dataset::{Dataset, DatasetError};
use crate::error::SettingsError;
use crate::models::dense::{codes_of, weights_of};
use crate::models::kind::{Ability, Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::{Largest, Memory};
use crate::models::noisy::reconstruct_noisy;
use crate::models::rbm::Units;
use crate::models::step::{OnPart, Product, StepShape, of_matrices};
use crate::models::trained::{Bound, Encode, Reconstruct, Reconstruction, Sample, Start, TrainedModel};
use crate::parameters::Parameters;
use crate::tensor::{Tensor, TensorError, tensors_of};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::{Isa, Threads};
use serde::{Deserialize, Serialize};

/// What it is to the rest of the program.
pub const VAE: Kind = Kind {
    name: "vae",
    aliases: &[],
    about: "variational autoencoder",
    abilities: &[Ability::Reconstruct, Ability::Encode, Ability::Bound, Ability::Sample],
    unlabelled: true,
    family: "vae",
    own: &[],
};

/// Steps that a training on a table takes, about.
const STEPS: usize = 4000;

/// The section `model` of a variational autoencoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeSpec {
    /// Units of each layer, the input first, the code last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
}

impl VaeSpec {
    /// What the model is made of.
    pub fn settings(&self) -> VaeSettings {
        VaeSettings { layers: self.layers.clone(), output: self.visible }
    }
}

impl Definition for VaeSpec {
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let small = facts.small();
        let (hidden, code) = if small { (250, facts.features.div_ceil(2).min(20)) } else { (400, 20) };
        let model = VaeSpec {
            layers: facts.layers.clone().unwrap_or_else(|| vec![facts.features, hidden, code]),
            visible: if facts.standardised { Units::Gaussian } else { Units::Bernoulli },
        };
        let batch = if small { 32 } else { 128 };
        let epochs = match facts.table {
            Some(_) => facts.epochs(0, STEPS, batch),
            None if small => 100,
            None => 40,
        };
        let training = FitSettings {
            epochs,
            labelled_batch: batch,
            unlabelled_batch: batch,
            learning_rate: 0.001,
            precision: Isa::fastest_precision(),
            ..FitSettings::default()
        };
        Defaults { model, training, baseline: None }
    }
}

impl Spec for VaeSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, _kind: &Kind, _training: &FitSettings) -> Result<(), SettingsError> {
        self.settings().check()
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        let batch = training.unlabelled_batch;
        Memory {
            layers: &self.layers,
            copies_of_weights: 6,
            matrices: 3, // Up and down, and of the code twice up.
            rows: batch as u128,
            values_per_unit: 10,
            largest: Largest::batch(batch),
        }
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        vec![Stage::new(0, Stage::WHOLE, training.clone())]
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        let (rows, sizes) = (step.unlabelled, self.layers.windows(2));
        let up = sizes.clone().enumerate().map(|(l, m)| Product::layer(m[0], m[1], rows, l == 0));
        let log_var = up.clone().next_back();
        let down = sizes.rev().map(|m| Product::layer(m[1], m[0], rows, false));
        of_matrices(&up.chain(log_var).chain(down).collect::<Vec<_>>(), step, on_part);
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let mut model =
            Vae::with_isa(self.settings(), training.seed, course.threads.isa()).map_err(|e| e.under("model"))?;
        let data = course.data;
        course.train(0, data, &mut model)?;
        Ok(Box::new(model))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Vae::tensor_shapes(&self.settings())
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        Ok(Box::new(Vae::from_tensors(self.settings(), tensors)?))
    }
}

impl TrainedModel for Vae {
    fn tensors(&self) -> Vec<Tensor> {
        tensors_of(&self.parameters())
    }

    fn parameters(&self) -> Parameters<'_> {
        self.parameters()
    }

    fn reconstruct(&self) -> Option<&dyn Reconstruct> {
        Some(self)
    }

    fn encode(&self) -> Option<&dyn Encode> {
        Some(self)
    }

    fn bound(&self) -> Option<&dyn Bound> {
        Some(self)
    }

    fn sample(&self) -> Option<&dyn Sample> {
        Some(self)
    }
}

/// Errors are not what it is trained to keep small: a code is paid for by its divergence, too.
impl Reconstruct for Vae {
    fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        reconstruct_noisy(data, noise, seed, threads, |noisy| self.reconstructed(noisy, threads))
    }

    fn decode(&self, codes: &Dataset, threads: &Threads) -> Option<Vec<f32>> {
        Some(self.decoded(codes, threads))
    }
}

/// Its code is the mean of the distribution `q(z|x)`.
impl Encode for Vae {
    fn last_layer(&self) -> usize {
        self.up.len()
    }

    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        codes_of(&self.up[..layer], data, threads)
    }

    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)> {
        weights_of(&self.up)
    }
}

impl Bound for Vae {
    fn is_standardised(&self) -> bool {
        self.settings.output == Units::Gaussian
    }

    fn lower_bounds(&self, data: &Dataset, samples: u16, seed: u64, threads: &Threads) -> Vec<f64> {
        self.lower_bounds(data, samples, seed, threads)
    }
}

impl Sample for Vae {
    fn can_hold(&self) -> bool {
        true
    }

    fn walk(
        &self,
        start: Start<'_>,
        steps: u32,
        every: u32,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
        on_states: &mut dyn FnMut(&[f32]),
    ) {
        self.walk(start, steps, held, seed, threads, &mut |step, likely| {
            if (step + 1).is_multiple_of(every) {
                on_states(likely);
            }
        });
    }
}
