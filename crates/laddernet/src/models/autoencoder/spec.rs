//! Autoencoders to the rest of the program: plain, denoising, and trained by walkback.

use super::{Autoencoder, AutoencoderSettings, Output};
use crate::dataset::{Dataset, DatasetError};
use crate::dataset::{Scaling, Values};
use crate::error::SettingsError;
use crate::evaluation::SquaredErrors;
use crate::models::corruption::{Corruption, Emphasis};
use crate::models::dense::Activation;
use crate::models::kind::{Ability, Defaults, Definition, Facts, Inputs, Kind, Spec};
use crate::models::memory::{Largest, Memory};
use crate::models::noisy::reconstruct_noisy;
use crate::models::rbm::{Binarise, Units};
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::{Encode, Reconstruct, Reconstruction, Sample, Start, TrainedModel};
use crate::parameters::Parameters;
use crate::tensor::{Tensor, TensorError, take_tensors, tensors_of};
use crate::text::{as_text, words};
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::{Isa, Threads};
use serde::{Deserialize, Serialize};

/// An autoencoder, or a denoising one.
pub const AUTOENCODER: Kind = Kind {
    name: "autoencoder",
    aliases: &[],
    about: "autoencoder, plain or denoising",
    abilities: &[Ability::Reconstruct, Ability::SquaredErrors, Ability::Encode, Ability::Sample],
    unlabelled: true,
    family: "autoencoder",
    own: &[],
};

/// A generative stochastic network of one hidden state: a denoising autoencoder trained by walkback (Bengio, Yao, Alain,
/// Vincent 2013); see `papers/gsn.md`.
pub const GSN: Kind = Kind { name: "gsn", about: "generative stochastic network, trained by walkback", ..AUTOENCODER };

/// The section `model` of an autoencoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderSpec {
    /// Units of each layer, the input first, the code last.
    pub layers: Vec<usize>,
    /// The units of a row: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How it is built, and sees its rows.
    pub autoencoder: AutoencoderSection,
}

/// What an autoencoder minimises for values from 0 to 1; the cost of standardised values is the squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReconstructionCost {
    /// Cross-entropy of the probabilities.
    #[default]
    CrossEntropy,
    /// Their squared error: the survey's equation 2.
    SquaredError,
}

words!(ReconstructionCost, "cost of reconstructions", { CrossEntropy: "cross-entropy", SquaredError: "squared-error" });

impl ReconstructionCost {
    fn is_default(&self) -> bool {
        *self == ReconstructionCost::default()
    }
}

/// How autoencoders are built, and see their rows: the section `model.autoencoder`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderSection {
    /// How a row is corrupted before it is reconstructed.
    #[serde(with = "as_text")]
    pub corruption: Corruption,
    /// Weight of corrupted values in the cost, and of the others.
    #[serde(with = "as_text")]
    pub emphasis: Emphasis,
    /// Whether the decoder uses the weights of the encoder.
    pub tied: bool,
    /// The units of the code.
    #[serde(with = "as_text")]
    pub code: Activation,
    /// How often a row is reconstructed, each time from a sample of the last reconstruction.
    pub walkback: u16,
    /// What is minimised. It came later than the other settings, so it is written only where it is not the usual one.
    #[serde(with = "as_text", default, skip_serializing_if = "ReconstructionCost::is_default")]
    pub cost: ReconstructionCost,
}

impl Default for AutoencoderSection {
    fn default() -> Self {
        AutoencoderSection {
            corruption: Corruption::None,
            emphasis: Emphasis::default(),
            tied: false,
            code: Activation::Logistic,
            walkback: 1,
            cost: ReconstructionCost::CrossEntropy,
        }
    }
}

impl AutoencoderSection {
    /// An autoencoder of these layers, whose rows have units `visible`.
    pub(crate) fn settings(&self, layers: Vec<usize>, visible: Units) -> AutoencoderSettings {
        AutoencoderSettings {
            layers,
            tied: self.tied,
            code: self.code,
            output: match (visible, self.cost) {
                (Units::Bernoulli, ReconstructionCost::CrossEntropy) => Output::Bernoulli,
                (Units::Bernoulli, ReconstructionCost::SquaredError) => Output::BernoulliSquares,
                (Units::Gaussian, _) => Output::Gaussian,
            },
            corruption: self.corruption,
            emphasis: self.emphasis,
            walkback: self.walkback,
        }
    }

    /// Refuses what makes no autoencoder of such rows, or what a model of this kind would ignore: corruption where it
    /// learns from rows as they are, walkback where it makes no chain.
    ///
    /// # Errors
    /// Names the setting, and what to do.
    pub(crate) fn check(
        &self,
        kind: &Kind,
        visible: Units,
        corrupts: bool,
        walks_back: bool,
    ) -> Result<(), SettingsError> {
        let conflict =
            |key, found: String, conflict: String, hint: &str| Err(SettingsError::conflict(key, found, conflict, hint));
        if !corrupts && self.corruption != Corruption::None {
            let learns = format!("a model '{kind}' learns from rows as they are");
            let hint = "leave it 'none', or train a denoising model, such as 'autoencoder' or 'sdae'";
            return conflict("corruption", self.corruption.to_string(), learns, hint);
        }
        if !walks_back && self.walkback != 1 {
            let makes = format!("a model '{kind}' is trained without walkback");
            return conflict("walkback", self.walkback.to_string(), makes, "leave it 1");
        }
        if !self.corruption.is_partial() && self.emphasis != Emphasis::default() {
            let both =
                format!("with a corruption of '{}' there are not both corrupted and other values", self.corruption);
            let hint = "leave it '1 1', or mask values, as 'masking 0.25'";
            return conflict("emphasis", self.emphasis.to_string(), both, hint);
        }
        if visible == Units::Gaussian && !self.cost.is_default() {
            let always = "the cost of standardised values is always the squared error".to_owned();
            return conflict("cost", self.cost.to_string(), always, "leave it out");
        }
        if visible == Units::Gaussian && self.corruption.has_ends() {
            return no_ends("corruption", self.corruption);
        }
        self.settings(vec![1, 1], visible).check()
    }
}

/// The refusal of salt and pepper on standardised rows.
pub(crate) fn no_ends(key: &str, corruption: Corruption) -> Result<(), SettingsError> {
    let conflict =
        "salt and pepper are 0 and 1, the ends of what Bernoulli units take, and standardised rows have no such ends";
    let hint = "mask values (to their means), or add Gaussian noise";
    Err(SettingsError::conflict(key, corruption, conflict, hint))
}

impl Definition for AutoencoderSpec {
    /// Chosen on validation rows of MNIST and of the digits (`results/LOG.md`).
    fn defaults(kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let (chain, small) = (*kind == GSN, facts.small());
        let (code, batch) = match (chain, small) {
            (_, true) => (200, 20),
            (true, false) => (1000, 100),
            (false, false) => (500, 100),
        };
        let of_a_chain = AutoencoderSection {
            corruption: Corruption::SaltAndPepper(if small { 0.1 } else { 0.4 }),
            tied: true,
            walkback: if small { 2 } else { 5 },
            ..AutoencoderSection::default()
        };
        let model = AutoencoderSpec {
            layers: facts.layers.clone().unwrap_or_else(|| vec![facts.features, code]),
            visible: if facts.standardised { Units::Gaussian } else { Units::Bernoulli },
            autoencoder: if chain { of_a_chain } else { AutoencoderSection::default() },
        };
        let training = FitSettings {
            epochs: match (chain, small) {
                (_, false) => 20,
                (true, true) => 300,
                (false, true) => 100,
            },
            labelled_batch: batch,
            unlabelled_batch: batch,
            learning_rate: 0.001,
            decay_start: 0.0,
            precision: Isa::fastest_precision(),
            ..FitSettings::default()
        };
        Defaults { model, training, baseline: None }
    }
}

impl Spec for AutoencoderSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, kind: &Kind, _training: &FitSettings) -> Result<(), SettingsError> {
        if *kind == GSN && self.visible == Units::Gaussian {
            let conflict = format!("the chain of a model '{kind}' draws states of Bernoulli units");
            return Err(SettingsError::conflict("visible", self.visible, conflict, "leave the visible ones Bernoulli"));
        }
        self.autoencoder.check(kind, self.visible, true, *kind == GSN).map_err(|e| e.under("autoencoder"))?;
        // Only the layers are left to be checked.
        self.autoencoder.settings(self.layers.clone(), self.visible).check()
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        let (batch, walkback) = (training.unlabelled_batch, usize::from(self.autoencoder.walkback.max(1)));
        Memory {
            layers: &self.layers,
            copies_of_weights: 6,
            matrices: 2,
            rows: batch as u128 * walkback as u128,
            values_per_unit: 10,
            largest: Largest::batch(batch).or("model.autoencoder.walkback", walkback, "fewer steps of walkback"),
        }
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        vec![Stage::new(0, Stage::WHOLE, training.clone())]
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        of_matrices(
            &self.autoencoder.settings(self.layers.clone(), self.visible).products(step.unlabelled),
            step,
            on_part,
        );
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let settings = self.autoencoder.settings(self.layers.clone(), self.visible);
        let mut model =
            Autoencoder::with_isa(settings, training.seed, course.threads.isa()).map_err(|e| e.under("model"))?;
        let data = course.data;
        course.train(0, data, &mut model)?;
        Ok(Box::new(model))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Autoencoder::tensor_shapes(&self.autoencoder.settings(self.layers.clone(), self.visible))
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        Ok(Box::new(from_tensors(self.autoencoder.settings(self.layers.clone(), self.visible), tensors)?))
    }
}

/// The autoencoder of these tensors.
pub(crate) fn from_tensors(settings: AutoencoderSettings, tensors: Vec<Tensor>) -> Result<Autoencoder, TensorError> {
    let mut model = Autoencoder::zeros(settings).map_err(|e| TensorError::Settings(e.to_string()))?;
    take_tensors(model.parameters_mut(), tensors)?;
    Ok(model)
}

impl TrainedModel for Autoencoder {
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

    fn sample(&self) -> Option<&dyn Sample> {
        // A chain draws states from probabilities.
        self.settings.output.is_probability().then_some(self)
    }
}

impl Reconstruct for Autoencoder {
    fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        reconstruct_noisy(data, noise, seed, threads, |noisy| self.reconstructed(noisy, threads))
    }

    fn decode(&self, codes: &Dataset, threads: &Threads) -> Option<Vec<f32>> {
        Some(self.decoded(codes, threads))
    }

    fn squared_errors(&self) -> Option<&dyn SquaredErrors> {
        Some(self)
    }
}

impl Encode for Autoencoder {
    fn last_layer(&self) -> usize {
        self.up.len()
    }

    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        crate::models::dense::codes_of(&self.up[..layer], data, threads)
    }

    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)> {
        crate::models::dense::weights_of(&self.up)
    }
}

impl Sample for Autoencoder {
    fn can_hold(&self) -> bool {
        false
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
        assert!(held.is_none(), "an autoencoder holds no part of a row");
        let random;
        let rows = match start {
            Start::Rows(rows) => rows,
            Start::Random(chains) => {
                let features = self.settings.layers[0];
                let half = Values::F32(vec![0.5; chains * features]);
                let half = Dataset::new(half, vec![None; chains], Vec::new(), vec![features], Scaling::NONE);
                random = Binarise::Stochastic.rows(&half.expect("at least one chain"), seed, threads);
                &random
            }
        };
        self.walk(rows, steps, seed, threads, &mut |step, likely| {
            if (step + 1).is_multiple_of(every) {
                on_states(likely);
            }
        });
    }
}
