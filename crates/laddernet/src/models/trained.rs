//! What a trained model can do: each ability is optional, and whoever needs one asks for it.

use super::rbm::{Annealed, Annealing, AnnealingError, Binarise, TooManyUnits};
use crate::dataset::{Dataset, DatasetError};
use crate::evaluation::{Classify, RowMeasure, SquaredErrors};
use crate::parameters::Parameters;
use crate::tensor::Tensor;
use laddernet_math::Threads;

/// A trained model.
pub trait TrainedModel: Send + Sync {
    /// All that its file holds: the parameters, and what else a prediction needs.
    fn tensors(&self) -> Vec<Tensor>;

    /// The trainable parameters.
    fn parameters(&self) -> Parameters<'_>;

    /// The layer that a parameter belongs to, 0 = input.
    fn layer_of(&self, path: &str) -> Option<usize> {
        path.split('.').find_map(|part| part.parse().ok())
    }

    /// What its training has shown that its predictions may suffer from; of a model that has just been trained.
    fn doubt(&self) -> Option<String> {
        None
    }

    /// As a classifier.
    fn classify(&self) -> Option<&dyn Classify> {
        None
    }

    /// As an autoencoder.
    fn reconstruct(&self) -> Option<&dyn Reconstruct> {
        None
    }

    /// As an encoder.
    fn encode(&self) -> Option<&dyn Encode> {
        None
    }

    /// As a density.
    fn density(&self) -> Option<&dyn Density> {
        None
    }

    /// As a lower bound on a density.
    fn bound(&self) -> Option<&dyn Bound> {
        None
    }

    /// As a source of samples.
    fn sample(&self) -> Option<&dyn Sample> {
        None
    }
}

/// Rows, the same rows with noise, and what a model makes of these. All three are `[rows, features]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconstruction {
    /// The rows as they came.
    pub clean: Vec<f32>,
    /// With the noise added.
    pub corrupted: Vec<f32>,
    /// The noisy rows reconstructed.
    pub reconstructed: Vec<f32>,
}

/// Reconstructs rows.
pub trait Reconstruct {
    /// Adds noise of standard deviation `noise` to rows and reconstructs them. The noise of a row follows from `seed` and its
    /// place among the rows.
    ///
    /// # Panics
    /// When rows have another length than those of the training.
    fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction;

    /// Rows, row-major `[rows, features]`, from codes of the highest layer, of models whose decoder sees nothing else. Of the codes of rows it
    /// gives what [`Reconstruct::reconstruct`] without noise gives of the rows, to the bit.
    ///
    /// # Panics
    /// When codes have another length than the highest layer.
    fn decode(&self, _codes: &Dataset, _threads: &Threads) -> Option<Vec<f32>> {
        None
    }

    /// The squared errors of rows reconstructed without noise, for models that are trained to keep them small.
    fn squared_errors(&self) -> Option<&dyn SquaredErrors> {
        None
    }
}

/// Encodes rows.
pub trait Encode {
    /// The highest layer that has a code; codes of layer 0 are the rows themselves.
    fn last_layer(&self) -> usize;

    /// The values of hidden layer `layer` for each row, as rows of their own with the same labels. A row's bits do not depend
    /// on its neighbours.
    ///
    /// # Errors
    /// When a row is so far from those of the training that its code overflows.
    ///
    /// # Panics
    /// When rows have another length than those of the training, or there is no such layer.
    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError>;

    /// The weights from each layer to the next, the lowest first: `[units below, units]`. With the deviation by which each unit
    /// is divided before the next layer sees it, where there is one.
    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)>;
}

/// Says how likely rows are, up to a constant that must be computed or estimated.
pub trait Density {
    /// Whether rows are standardised, so that densities are of standardised rows; else values are or become states.
    fn is_standardised(&self) -> bool;

    /// The free energy of each row in nats; the log-likelihood is `-F(v) - ln Z`.
    ///
    /// # Panics
    /// When rows have another length than those of the training.
    fn free_energies(&self, data: &Dataset, threads: &Threads) -> Vec<f64>;

    /// `ln Z` summed exactly.
    ///
    /// # Errors
    /// When that would take too long.
    fn ln_partition(&self, threads: &Threads) -> Result<f64, TooManyUnits>;

    /// `ln Z` estimated by annealing in both directions.
    ///
    /// # Errors
    /// When the rows or the settings make no estimate.
    fn anneal(&self, data: &Dataset, settings: &Annealing, threads: &Threads) -> Result<Annealed, AnnealingError>;
}

/// Says how likely rows are at least.
pub trait Bound {
    /// Whether rows are standardised, so that bounds are on densities of standardised rows; else on probabilities of values from 0 to 1.
    fn is_standardised(&self) -> bool;

    /// A lower bound on the log-likelihood of each row in nats, an expectation that is the mean over so many samples. Those of a row
    /// follow from `seed` and its place among the rows.
    ///
    /// # Panics
    /// When rows have another length than those of the training, or `samples` is 0.
    fn lower_bounds(&self, data: &Dataset, samples: u16, seed: u64, threads: &Threads) -> Vec<f64>;
}

/// The lower bounds of rows.
pub struct LowerBounds<'a> {
    /// The model.
    pub bound: &'a dyn Bound,
    /// Samples a row.
    pub samples: u16,
    /// Their seed.
    pub seed: u64,
}

impl RowMeasure for LowerBounds<'_> {
    fn of_rows(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        self.bound.lower_bounds(data, self.samples, self.seed, threads)
    }
}

/// The free energies of rows that become states, or stay as they are.
pub struct StateEnergies<'a> {
    /// The model.
    pub density: &'a dyn Density,
    /// How values become states.
    pub binarise: Binarise,
    /// Seed of the states.
    pub seed: u64,
}

impl RowMeasure for StateEnergies<'_> {
    fn of_rows(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        self.density.free_energies(&self.binarise.rows(data, self.seed, threads), threads)
    }
}

/// Where chains begin.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// So many chains at random states: Bernoulli(0.5), or standard normal numbers for Gaussian units.
    Random(usize),
    /// A chain at each row; a value between 0 and 1 is the probability of a Bernoulli unit, of a Gaussian one it is the state.
    Rows(&'a Dataset),
}

/// Draws samples.
pub trait Sample {
    /// Whether some values of a row can be held, so that the others are inpainted.
    fn can_hold(&self) -> bool;

    /// Chains of so many steps from `start`. After each `every` of them, `on_states` is given what each value is likely to be,
    /// row-major `[chains, features]`. Values that `held` marks (one entry a value) keep those of the start.
    ///
    /// # Panics
    /// When rows have another length than those of the training, `every` is 0, or `held` is given although
    /// [`Sample::can_hold`] is false.
    #[allow(clippy::too_many_arguments)] // A walk is all of these, and no two belong together.
    fn walk(
        &self,
        start: Start<'_>,
        steps: u32,
        every: u32,
        held: Option<&[bool]>,
        seed: u64,
        threads: &Threads,
        on_states: &mut dyn FnMut(&[f32]),
    );
}
