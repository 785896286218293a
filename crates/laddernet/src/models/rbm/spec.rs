//! The RBM to the rest of the program: its defaults, checks and training, and what a trained one can do.

use super::monitors::RbmMonitor;
use super::{
    Annealed, Annealing, AnnealingError, Binarise, Chain, Contrast, ContrastiveRbm, Rbm, RbmError, RbmMonitors,
    Sparsity, TooManyUnits, Units,
};
use crate::dataset::{Dataset, DatasetError};
use crate::error::SettingsError;
use crate::models::autoencoder::{Autoencoder, AutoencoderSettings};
use crate::models::kind::{Ability, Defaults, Definition, Facts, Inputs, Kind, Monitor, Spec};
use crate::models::memory::{Largest, Memory};
use crate::models::noisy::reconstruct_noisy;
use crate::models::step::{OnPart, StepShape, of_matrices};
use crate::models::trained::{Density, Encode, Reconstruct, Reconstruction, Sample, Start, TrainedModel};
use crate::optimiser::Optimiser;
use crate::parameters::Parameters;
use crate::split::Split;
use crate::tensor::{Tensor, TensorError, take_tensors, tensors_of};
use crate::text::as_text;
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::{Isa, Threads};
use serde::{Deserialize, Serialize};

/// What it is to the rest of the program.
pub const RBM: Kind = Kind {
    name: "rbm",
    aliases: &[],
    about: "restricted Boltzmann machine",
    abilities: &[Ability::Reconstruct, Ability::Encode, Ability::Density, Ability::Sample],
    unlabelled: true,
    family: "rbm",
    own: &[],
};

/// The section `model` of an RBM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RbmSpec {
    /// Visible and hidden units.
    pub layers: Vec<usize>,
    /// The visible units: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised.
    #[serde(with = "as_text", default)]
    pub visible: Units,
    /// How it learns.
    pub rbm: RbmSection,
}

/// How RBMs learn: the section `model.rbm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RbmSection {
    /// Gibbs sweeps a step, the `k` of CD-k and PCD-k.
    pub sweeps: u16,
    /// Persistent chains; 0: chains begin at the rows of the batch.
    pub chains: usize,
    /// Share of a step in the moving means at which units are centred; 0: they are not centred.
    pub centring: f32,
    /// How values become states of units.
    #[serde(with = "as_text")]
    pub binarise: Binarise,
    /// Share of rows for which a hidden unit should be on; 0: no such target.
    pub sparsity: f32,
    /// How much the sparsity counts beside the likelihood.
    pub sparsity_strength: f32,
}

impl RbmSection {
    /// The default for an RBM that is a model of its own (`alone`) or a layer of a stack.
    pub(crate) fn defaults(alone: bool, facts: &Facts, sparsity: f32) -> Self {
        RbmSection {
            sweeps: if alone && !facts.small() { 5 } else { 1 },
            chains: if alone { 100 } else { 0 },
            centring: 0.01,
            binarise: if alone && facts.standardised { Binarise::None } else { Binarise::Stochastic },
            sparsity,
            sparsity_strength: Sparsity::default().strength,
        }
    }

    /// How an RBM learns by these settings.
    pub(crate) fn contrast(&self) -> Contrast {
        let sparsity = Sparsity { target: self.sparsity, strength: self.sparsity_strength, ..Sparsity::default() };
        Contrast {
            sweeps: self.sweeps,
            chain: if self.chains > 0 { Chain::Persistent(self.chains) } else { Chain::Data },
            offset_share: (self.centring > 0.0).then_some(self.centring),
            binarise: self.binarise,
            sparsity: (self.sparsity != 0.0).then_some(sparsity),
        }
    }

    /// # Errors
    /// When an RBM with such units cannot learn so.
    pub(crate) fn check(&self, contrast: &Contrast, visible: Units, hidden: Units) -> Result<(), SettingsError> {
        if !(0.0..=1.0).contains(&self.centring) {
            return Err(SettingsError::value("rbm.centring", self.centring, "0 to 1, such as 0.01"));
        }
        let smallest = Rbm::new(1, 1, 0).and_then(|rbm| rbm.with_units(visible, hidden)).map_err(units)?;
        contrast.check(&smallest).map_err(|e| e.under("rbm"))
    }
}

/// Units that make no RBM.
#[allow(clippy::needless_pass_by_value)] // As `map_err` calls it.
pub(crate) fn units(e: RbmError) -> SettingsError {
    SettingsError::value("visible", e, "units that make an RBM, such as bernoulli")
}

/// Steps at least: of 50 to 300 rows of the digits, 100 epochs leave features and new rows' likelihoods worse; more steps than this cost likelihood.
const STEPS: usize = 3000;

impl Definition for RbmSpec {
    /// Chosen on validation rows of MNIST and of the digits (`results/LOG.md`).
    fn defaults(_kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let (small, gaussian) = (facts.small(), facts.standardised);
        let batch = if small { 20 } else { 100 };
        let model = RbmSpec {
            layers: facts.layers.clone().unwrap_or_else(|| vec![facts.features, if small { 200 } else { 500 }]),
            visible: if gaussian { Units::Gaussian } else { Units::Bernoulli },
            rbm: RbmSection::defaults(true, facts, 0.0),
        };
        let training = FitSettings {
            epochs: facts.epochs(if small { 100 } else { 60 }, STEPS, batch),
            labelled_batch: batch,
            unlabelled_batch: batch,
            // A step of Adam has the size of its rate, whatever that of the values: Gaussian units need no smaller one.
            learning_rate: if gaussian { 0.001 } else { 0.05 },
            decay_start: 0.0,
            optimiser: if gaussian { Optimiser::Adam } else { Optimiser::Momentum(0.0) },
            precision: Isa::fastest_precision(),
            ..FitSettings::default()
        };
        Defaults { model, training, baseline: None }
    }
}

impl Spec for RbmSpec {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        self.visible.inputs()
    }

    fn check(&self, _kind: &Kind, _training: &FitSettings) -> Result<(), SettingsError> {
        if self.layers.len() != 2 || self.layers.contains(&0) {
            let found = self.layers.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
            return Err(SettingsError::value("layers", found, "2 sizes, visible and hidden units, of at least 1 unit"));
        }
        self.rbm.check(&self.rbm.contrast(), self.visible, Units::Bernoulli)
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        let (batch, chains) = (training.unlabelled_batch, self.rbm.chains);
        Memory {
            layers: &self.layers,
            copies_of_weights: 6,
            matrices: 2,
            rows: batch as u128 + chains as u128,
            values_per_unit: 10,
            largest: Largest::batch(batch).or("model.rbm.chains", chains, "fewer chains"),
        }
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        vec![Stage::new(0, Stage::WHOLE, training.clone())]
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        of_matrices(&[self.rbm.contrast().product(self.layers[0], self.layers[1], step.unlabelled)], step, on_part);
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let rbm = self.untrained(training.seed, course.threads.isa()).map_err(|e| units(e).under("model"))?;
        let data = course.data;
        let rbm = with_means(rbm, 0, data, course);
        let mut model = ContrastiveRbm { rbm, contrast: self.rbm.contrast() };
        course.train(0, data, &mut model)?;
        Ok(Box::new(model.rbm))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Rbm::tensor_shapes(self.layers[0], self.layers[1])
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        let mut rbm = self.untrained(0, Isa::detect()).map_err(|e| TensorError::Settings(e.to_string()))?;
        take_tensors(rbm.parameters_mut(), tensors)?;
        Ok(Box::new(rbm))
    }

    fn monitor(&self, data: &Dataset, split: &Split, threads: &Threads) -> Option<Box<dyn Monitor>> {
        Some(Box::new(RbmMonitor::new(data, self.visible, split, threads)))
    }

    fn binarise(&self) -> Option<Binarise> {
        Some(self.rbm.binarise)
    }
}

impl RbmSpec {
    fn untrained(&self, seed: u64, isa: Isa) -> Result<Rbm, RbmError> {
        Rbm::with_isa(self.layers[0], self.layers[1], seed, isa)?.with_units(self.visible, Units::Bernoulli)
    }
}

impl Units {
    /// What inputs visible units of this kind take.
    pub(crate) fn inputs(self) -> Inputs {
        match self {
            Units::Bernoulli => Inputs::UnitInterval,
            Units::Gaussian => Inputs::Standardised,
        }
    }
}

/// An RBM that begins with the means of the rows that it will learn from (Hinton 2010, section 8), unless stage `index` restores
/// saved values.
pub(crate) fn with_means(rbm: Rbm, index: usize, rows: &Dataset, course: &Course<'_>) -> Rbm {
    let learned = &course.split.unlabelled;
    // Rows that do not fit are refused by the training itself, as for every model.
    let fit = rows.features() == rbm.visible() && learned.iter().all(|&row| row < rows.rows());
    match course.is_restored(index) || !fit {
        true => rbm,
        false => rbm.with_visible_means_of(rows, learned).expect("rows as long as there are visible units"),
    }
}

impl TrainedModel for Rbm {
    fn tensors(&self) -> Vec<Tensor> {
        tensors_of(&self.parameters())
    }

    fn parameters(&self) -> Parameters<'_> {
        self.parameters()
    }

    /// The weights between the sides count to the hidden units.
    fn layer_of(&self, path: &str) -> Option<usize> {
        Some(usize::from(path != "rbm.visible_bias"))
    }

    fn reconstruct(&self) -> Option<&dyn Reconstruct> {
        Some(self)
    }

    fn encode(&self) -> Option<&dyn Encode> {
        Some(self)
    }

    fn density(&self) -> Option<&dyn Density> {
        Some(self)
    }

    fn sample(&self) -> Option<&dyn Sample> {
        Some(self)
    }
}

impl Reconstruct for Rbm {
    /// By the probabilities of its hidden units.
    fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        let unrolled = self.unrolled();
        reconstruct_noisy(data, noise, seed, threads, |noisy| unrolled.reconstructed(noisy, threads))
    }

    fn decode(&self, codes: &Dataset, threads: &Threads) -> Option<Vec<f32>> {
        Some(self.unrolled().decoded(codes, threads))
    }
}

impl Rbm {
    /// As an autoencoder of one layer.
    fn unrolled(&self) -> Autoencoder {
        let settings = AutoencoderSettings { tied: true, ..AutoencoderSettings::of(&[]) };
        Autoencoder::unrolled(std::slice::from_ref(self), settings).expect("one RBM can be unrolled")
    }
}

impl Encode for Rbm {
    fn last_layer(&self) -> usize {
        1
    }

    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        if layer == 0 { Ok(data.clone()) } else { self.up().codes(data, threads) }
    }

    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)> {
        vec![(tensors_of(&self.parameters()).swap_remove(0), None)]
    }
}

impl Density for Rbm {
    fn is_standardised(&self) -> bool {
        self.visible_units() == Units::Gaussian
    }

    fn free_energies(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        self.free_energies(data, threads).expect("rows as long as there are visible units")
    }

    fn ln_partition(&self, threads: &Threads) -> Result<f64, TooManyUnits> {
        self.ln_partition(threads)
    }

    fn anneal(&self, data: &Dataset, settings: &Annealing, threads: &Threads) -> Result<Annealed, AnnealingError> {
        self.anneal(data, settings, threads)
    }
}

impl Sample for Rbm {
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
        let walked = self.walk(start, steps, every, held, seed, threads, on_states);
        walked.expect("rows as long as there are visible units");
    }
}

impl Monitor for RbmMonitor {
    fn look(&self, parameters: &[Tensor]) -> Option<RbmMonitors> {
        let [weight, visible, hidden] = parameters else { return None };
        // Values that overflowed make no RBM; the training reports them itself.
        let rbm = Rbm::from_values(&weight.values, &visible.values, &hidden.values).ok()?;
        self.of(&rbm.with_units(self.visible(), Units::Bernoulli).ok()?)
    }
}
