//! The lineage of the ladder, each trained in stages: greedy layer by layer without labels, then as a whole
//! (Hinton and Salakhutdinov 2006; Bengio, Lamblin, Popovici, Larochelle 2007; Vincent et al. 2010).
//!
//! ```text
//! layer 1 on the rows -> layer 2 on its codes -> ... -> the classes alone -> all layers together
//! ```
//! A stage is one call of [`crate::fit::fit`]; the codes of a layer are computed once, for the stage above it.

mod kind;
mod rebuild;
mod stages;
mod trained;

pub use kind::{LineageKind, Purpose};
pub use stages::{LineageError, Place, Report, Stage, StageEvent, StageReport, train};
pub use trained::Trained;

use crate::fit::{FitSettings, StatisticsFrom};
use crate::models::Activation;
use crate::models::autoencoder::{Autoencoder, AutoencoderSettings, Corruption, Emphasis, Output};
use crate::models::rbm::{Binarise, Contrast, Rbm, Units};
use crate::optimiser::Optimiser;
use crate::split::Split;
use laddernet_math::Isa;

/// How one stage learns.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// Passes over the rows.
    pub epochs: usize,
    /// Rows a step, at most.
    pub batch: usize,
    /// Initial learning rate.
    pub learning_rate: f32,
    /// Share of the epochs after which the learning rate falls linearly to zero.
    pub decay_start: f32,
    /// How gradients move the parameters.
    pub optimiser: Optimiser,
    /// Share of every weight that is taken away at a learning rate of 1.
    pub weight_decay: f32,
}

impl Learning {
    /// Steps of an epoch, which passes over the unlabelled rows.
    pub fn steps_an_epoch(&self, split: &Split) -> usize {
        split.unlabelled.len().max(split.labelled.len()).div_ceil(self.batch)
    }

    fn fit(&self, seed: u64) -> FitSettings {
        FitSettings {
            epochs: self.epochs,
            labelled_batch: self.batch,
            unlabelled_batch: self.batch,
            optimiser: self.optimiser,
            weight_decay: self.weight_decay,
            learning_rate: self.learning_rate,
            decay_start: self.decay_start,
            // No model of the lineage keeps statistics.
            statistics: StatisticsFrom::Unlabelled,
            seed,
        }
    }
}

/// What is trained, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineage {
    /// Which model.
    pub kind: LineageKind,
    /// Units of each layer, the input first; the classes or the code last.
    pub layers: Vec<usize>,
    /// How each layer learns before the whole does; `None`: the whole starts from random weights.
    pub pretraining: Option<Learning>,
    /// What the units of a row are. Gaussian ones have standardised rows ([`crate::Standards`]), and squared errors where
    /// autoencoders rebuild them.
    pub visible: Units,
    /// Learning rate of machines with Gaussian units on a side in the pre-training, whose steps would be too large at the
    /// others' rate.
    pub code_rate: f32,
    /// Epochs in which the classes alone learn, over pre-trained layers that are left as they are.
    pub top_epochs: usize,
    /// How the whole learns.
    pub training: Learning,
    /// How Boltzmann machines learn.
    pub contrast: Contrast,
    /// What is done to rows before autoencoders rebuild them: those of layers that are pre-trained, or the model itself.
    pub corruption: Corruption,
    /// How much corrupted values count, and the others.
    pub emphasis: Emphasis,
    /// Whether autoencoders go down by the weights of the way up.
    pub tied: bool,
    /// What the units of an autoencoder's code are.
    pub code: Activation,
    /// How often a row is rebuilt, each time from what the last rebuilding makes likely.
    pub walkback: u16,
    /// What is done to the rows while a classifier is fine-tuned.
    pub input_corruption: Corruption,
    /// Share of its hidden units that a row does without meanwhile (Srivastava et al. 2014).
    pub dropout: f32,
    /// Seed of initial values, order and noise.
    pub seed: u64,
    /// The same for the layers' pre-training, so that several trainings can go on from the same layers.
    pub pretraining_seed: u64,
}

impl Lineage {
    /// Checks what the stages do not check for themselves when they begin, which may be late.
    ///
    /// # Errors
    /// Names the setting, what it is, and what would do.
    pub fn check(&self) -> Result<(), String> {
        let (kind, layers) = (self.kind, &self.layers);
        let written = layers.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        if layers.contains(&0) {
            return Err(format!("layers {written} hold a size of 0: expected at least 1 unit a layer"));
        }
        match (kind, layers.len()) {
            (_, 0 | 1) => return Err(format!("layers {written} are too few: expected at least 2, the input first")),
            (LineageKind::Rbm, n) if n != 2 => {
                return Err(format!("layers {written} for one machine: expected 2, visible and hidden units"));
            }
            (LineageKind::Dbn | LineageKind::Sae | LineageKind::Sdae, 2) => {
                return Err(format!(
                    "layers {written} leave no layer to pre-train: expected at least 3, as 784-500-10"
                ));
            }
            _ => {}
        }
        for stage in self.stages() {
            let l = self.learning(stage);
            let at_least_one = [("epochs", l.epochs), ("batch", l.batch)];
            if let Some((name, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
                return Err(format!("the {name} of {stage} are 0: expected at least 1"));
            }
            if !(l.learning_rate.is_finite() && l.learning_rate > 0.0) {
                return Err(format!("the learning rate of {stage} is {}: expected a number above 0", l.learning_rate));
            }
            if let Optimiser::Momentum(momentum) = l.optimiser
                && !(0.0..1.0).contains(&momentum)
            {
                return Err(format!("the momentum of {stage} is {momentum}: expected 0 or more and below 1"));
            }
            if !(l.weight_decay >= 0.0 && l.weight_decay * l.learning_rate < 1.0) {
                let (found, rate) = (l.weight_decay, l.learning_rate);
                return Err(format!(
                    "the weight decay of {stage} is {found} at a learning rate of {rate}: expected 0 or more, and a product below \
                     1, such as 0.0002 at 0.05"
                ));
            }
            if !(0.0..=1.0).contains(&l.decay_start) {
                return Err(format!("the decay of {stage} starts at {}: expected a share, 0 to 1", l.decay_start));
            }
        }
        let lowest = self.machine(1, 1, 1, 0, Isa::detect()).map_err(|e| e.to_string())?;
        self.contrast_of(&lowest).check(&lowest)?;
        if kind == LineageKind::Gsn && self.visible == Units::Gaussian {
            return Err(
                "the chain of a model 'gsn' draws states of Bernoulli units: leave the visible ones Bernoulli".into()
            );
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let found = self.dropout;
            return Err(format!("the share of dropped units is {found}: expected 0 or more and below 1, such as 0.5"));
        }
        self.input_corruption.check()?;
        let ends = |corruption| matches!(corruption, Corruption::SaltAndPepper(share) if share > 0.0);
        if self.visible == Units::Gaussian && (ends(self.corruption) || ends(self.input_corruption)) {
            return Err("salt and pepper are 0 and 1, the ends of what Bernoulli units take: the standardised rows of Gaussian \
                        visible units have no such ends; mask them (to their means), or add Gaussian noise"
                .to_owned());
        }
        if matches!(kind, LineageKind::Sae | LineageKind::Sdae) && self.code == crate::models::Activation::Linear {
            return Err(format!(
                "the codes of '{kind}' are units of a classifier, which are logistic, but the code is said to be linear: leave it logistic"
            ));
        }
        // What an autoencoder asks of its settings, without its memory.
        AutoencoderSettings { layers: vec![1, 1], ..self.autoencoder(0, Vec::new(), self.corruption) }
            .check()
            .map_err(|e| e.to_string())
    }

    /// An autoencoder with these layers, the first of them layer `below` of the model.
    fn autoencoder(&self, below: usize, layers: Vec<usize>, corruption: Corruption) -> AutoencoderSettings {
        AutoencoderSettings {
            layers,
            tied: self.tied,
            code: self.code,
            output: if below == 0 && self.visible == Units::Gaussian { Output::Gaussian } else { Output::Bernoulli },
            corruption,
            emphasis: self.emphasis,
            walkback: if self.kind == LineageKind::Gsn { self.walkback } else { 1 },
        }
    }

    /// How a machine learns.
    fn contrast_of(&self, rbm: &Rbm) -> Contrast {
        let stacked = self.kind != LineageKind::Rbm;
        Contrast {
            // Units that are not on or off take no sparsity.
            sparsity: self.contrast.sparsity.filter(|_| rbm.hidden_units() == Units::Bernoulli),
            // What is said of the stack is of its codes; the rows below may be none that become states.
            binarise: match rbm.visible_units() {
                Units::Gaussian if stacked => Binarise::None,
                _ => self.contrast.binarise,
            },
            ..self.contrast.clone()
        }
    }

    /// The whole autoencoder, for the kinds that are one.
    pub fn whole_autoencoder(&self) -> AutoencoderSettings {
        let corruption = match self.kind {
            LineageKind::DeepAutoencoder => Corruption::None,
            _ => self.corruption,
        };
        self.autoencoder(0, self.layers.clone(), corruption)
    }

    /// Path and shape of every parameter of the trained model, without taking the memory.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let m = &self.layers;
        match self.kind.purpose() {
            Purpose::Density => {
                let [visible, hidden] = [m[0], m[1]];
                let named = |name: &str, shape| (format!("rbm.{name}"), shape);
                vec![
                    named("weight", vec![visible, hidden]),
                    named("visible_bias", vec![visible]),
                    named("hidden_bias", vec![hidden]),
                ]
            }
            Purpose::Classes => {
                let layer = |l: usize| {
                    [(format!("layer.{l}.weight"), vec![m[l - 1], m[l]]), (format!("layer.{l}.bias"), vec![m[l]])]
                };
                (1..m.len()).flat_map(layer).collect()
            }
            Purpose::Rebuilding => Autoencoder::tensor_shapes(&self.whole_autoencoder()),
        }
    }
}
