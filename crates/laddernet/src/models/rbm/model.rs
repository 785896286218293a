//! The RBM as the training loop sees it.

use super::{Binarise, Contrast, ContrastBuffers, Rbm, Units};
use crate::dataset::Dataset;
use crate::dataset::DatasetError;
use crate::error::SettingsError;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::tensor::Tensor;
use crate::training::{Batch, Costs, Model, NotFinite, RECONSTRUCTION, TrainingRows};
use laddernet_math::{Precision, Threads};
use std::f64::consts::LN_2;

/// Rows whose pseudo-likelihood is computed after each epoch: few, for every unit of them is flipped.
const LOOKED_AT: usize = 8;
/// A pseudo-likelihood so many times that of coins is no step on the way to a good RBM: rates at which one came back from 3 times
/// have been seen, from 170 times none whose hidden units said anything.
const SENSELESS: f64 = 100.0;

/// An RBM that learns by contrast from rows, whatever their labels.
///
/// Bernoulli visible units learn from values between 0 and 1. Gaussian ones, whose variance is 1, expect standardised rows: each
/// column with mean 0 and variance 1 ([`crate::Standards`]); their learning rate is ten to a hundred times smaller (Hinton 2010,
/// section 13).
///
/// Its cost is the squared error of reconstructed rows, which shows that it learns, not how well: only a likelihood does.
#[derive(Clone, Debug)]
pub struct ContrastiveRbm {
    /// The RBM.
    pub rbm: Rbm,
    /// How it learns.
    pub contrast: Contrast,
}

impl Model for ContrastiveRbm {
    type Buffers = ContrastBuffers;

    fn parameters(&self) -> Parameters<'_> {
        self.rbm.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        self.rbm.parameters_mut()
    }

    fn features(&self) -> usize {
        self.rbm.visible()
    }

    fn classes(&self) -> Option<usize> {
        None
    }

    fn uses_unlabelled(&self) -> bool {
        true
    }

    fn check_rows(&self, data: &Dataset) -> Result<(), SettingsError> {
        self.contrast.check(&self.rbm)?;
        match self.rbm.visible_units() {
            // Units are on with these values as their probabilities, or take them as such.
            Units::Bernoulli => data.check_unit_interval().map_err(not_probabilities),
            Units::Gaussian => Ok(()),
        }
    }

    fn buffers(&self, _labelled: usize, unlabelled: usize, precision: Precision) -> ContrastBuffers {
        self.contrast.buffers(&self.rbm, unlabelled, precision)
    }

    fn costs(&self, threads: &Threads, buffers: &mut ContrastBuffers, batch: &Batch, seed: u64, step: u32) -> Costs {
        let error = self.rbm.contrast(threads, buffers, &batch.x, &self.contrast, seed, step);
        Costs::single(RECONSTRUCTION, error)
    }

    fn gradients(&mut self, threads: &Threads, buffers: &mut ContrastBuffers, _batch: &Batch, update: Update) {
        self.rbm.gradients(threads, buffers, &self.contrast, update);
    }

    fn state(&self, buffers: &ContrastBuffers) -> Vec<Tensor> {
        buffers.state()
    }

    fn restore(&self, buffers: &mut ContrastBuffers, state: Vec<Tensor>) {
        buffers.restore(state);
    }

    fn not_finite_in(&self, buffers: &ContrastBuffers, costs: &Costs) -> Option<NotFinite> {
        let error = || (0, "the squared error of reconstructed rows", costs.total as f32);
        buffers.diverged.or_else(|| (!costs.total.is_finite()).then(error))
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let names = ["a weight", "a visible bias", "a hidden bias"];
        self.parameters().0.iter().zip(names).find_map(|(p, name)| p.not_finite().map(|x| (0, name, x)))
    }

    /// Probabilities are finite whatever the weights, and so are steps: chains that have diverged are seen by what the RBM
    /// makes of rows. Values of Gaussian units are not bounded, and overflow soon.
    fn diverged(&self, rows: TrainingRows<'_>, threads: &Threads) -> Option<NotFinite> {
        let (data, learned) = (rows.data, &rows.split.unlabelled);
        let n = learned.len().min(LOOKED_AT);
        let rows: Vec<usize> = (0..n).map(|i| learned[i * learned.len() / n]).collect();
        let rows = Binarise::Stochastic.rows(&data.select(&rows), 0, threads);
        let nats = self.rbm.pseudo_likelihoods(&rows, threads).ok()?.iter().sum::<f64>() / n as f64;
        let coins = -(self.rbm.visible() as f64) * LN_2;
        (nats.is_nan() || nats < SENSELESS * coins).then_some((
            0,
            "the pseudo-likelihood of rows, far below that of coins,",
            nats as f32,
        ))
    }
}

/// What is to be said where values are no probabilities.
#[allow(clippy::needless_pass_by_value)] // As `map_err` calls it.
pub(crate) fn not_probabilities(e: DatasetError) -> SettingsError {
    let hint = "choose Gaussian visible units for values of any size, which are then standardised";
    SettingsError::conflict("visible", Units::Bernoulli, e.to_string(), hint)
}
