//! What stages begin with and end in: untrained models over the layers that are there, and trained ones as tensors.

use super::{Lineage, LineageError, Purpose};
use crate::models::autoencoder::Autoencoder;
use crate::models::classifier::Classifier;
use crate::models::rbm::{Rbm, RbmError, Units};
use crate::models::{Dense, Model, Tensor, TensorError, take_tensors, tensors_of};
use laddernet_math::Isa;
use std::fmt;

/// A trained model.
#[derive(Clone, Debug)]
pub enum Trained {
    /// It tells classes apart.
    Classifier(Classifier),
    /// It rebuilds rows.
    Autoencoder(Autoencoder),
    /// It says how likely rows are.
    Rbm(Box<Rbm>),
}

impl Trained {
    /// The parameters, in the order of [`Lineage::tensor_shapes`].
    pub fn tensors(&self) -> Vec<Tensor> {
        match self {
            Trained::Classifier(model) => tensors_of(&Model::parameters(model)),
            Trained::Autoencoder(model) => tensors_of(&model.parameters()),
            Trained::Rbm(model) => tensors_of(&model.parameters()),
        }
    }
}

/// What stands below a stage.
#[derive(Default)]
pub(super) struct Below {
    /// Pre-trained layers, the lowest first.
    pub layers: Vec<Dense>,
    /// The machines that they are of, where they are of machines.
    pub machines: Vec<Rbm>,
    /// Their parameters, and those of later stages that are done.
    pub done: Vec<Tensor>,
    /// The classifier whose top has learned.
    pub classifier: Option<Classifier>,
}

impl Lineage {
    /// The machine that layer `l` is pre-trained as, or that is the whole model.
    pub(super) fn machine(
        &self,
        l: usize,
        visible: usize,
        hidden: usize,
        seed: u64,
        isa: Isa,
    ) -> Result<Rbm, RbmError> {
        let below = if l == 1 { self.visible } else { Units::Bernoulli };
        let above = if self.is_linear(l) { Units::Gaussian } else { Units::Bernoulli };
        Rbm::with_isa(visible, hidden, seed, isa)?.with_units(below, above)
    }

    /// An untrained model: what the last stage begins with, over the layers that are pre-trained by then.
    pub(super) fn whole(&self, below: &Below, isa: Isa) -> Result<Trained, LineageError> {
        let settings = |e: &dyn fmt::Display| LineageError::Settings(e.to_string());
        Ok(match self.kind.purpose() {
            Purpose::Density => {
                let machine = self.machine(1, self.layers[0], self.layers[1], self.seed, isa);
                Trained::Rbm(Box::new(machine.map_err(|e| settings(&e))?))
            }
            Purpose::Classes => {
                let random = Classifier::with_isa(&self.layers, self.seed, isa);
                let classes = self.layers[self.layers.len() - 1];
                let rest = random.hidden().iter().skip(below.layers.len());
                let layers: Vec<Dense> = below.layers.iter().chain(rest).cloned().collect();
                let mut classifier = Classifier::over(layers, self.layers[0], classes);
                (classifier.corruption, classifier.dropout) = (self.input_corruption, self.dropout);
                Trained::Classifier(classifier)
            }
            Purpose::Rebuilding => {
                let whole = self.whole_autoencoder();
                let all = below.machines.len() + 1 == self.layers.len();
                let model = if all {
                    Autoencoder::unrolled(&below.machines, whole)
                } else {
                    Autoencoder::with_isa(whole, self.seed, isa)
                };
                Trained::Autoencoder(model.map_err(|e| settings(&e))?)
            }
        })
    }

    /// The model of these tensors.
    ///
    /// # Errors
    /// When they are not those of such a model.
    pub fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Trained, TensorError> {
        let mut model = self.whole(&Below::default(), Isa::detect()).map_err(|e| TensorError(e.to_string()))?;
        match &mut model {
            Trained::Classifier(model) => take_tensors(model.parameters_mut(), tensors),
            Trained::Autoencoder(model) => take_tensors(model.parameters_mut(), tensors),
            Trained::Rbm(model) => take_tensors(model.parameters_mut(), tensors),
        }?;
        Ok(model)
    }
}
