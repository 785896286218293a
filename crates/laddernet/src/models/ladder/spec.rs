//! The ladder to the rest of the program: its defaults, checks and training, and what a trained one can do.

use super::{Ladder, LadderSettings, MomentsOf, StatisticsFrom, Variant, grouped, tables};
use crate::dataset::{Dataset, DatasetError, Unit};
use crate::error::SettingsError;
use crate::evaluation::Classify;
use crate::models::ModelSettings;
use crate::models::kind::{Baseline, Defaults, Definition, Facts, Inputs, Kind, PretrainedFrom, Spec, TableFacts};
use crate::models::memory::{Largest, Memory};
use crate::models::step::{OnPart, StepShape};
use crate::models::trained::{Encode, Reconstruct, Reconstruction, TrainedModel};
use crate::parameters::Parameters;
use crate::tensor::{Tensor, TensorError};
use crate::training::{Course, FitSettings, Stage, TrainingError};
use laddernet_math::{Isa, Threads};

/// Rows of this many values and more get the authors' denoising weights, as the digits do; those of shorter rows are smaller in
/// proportion at the input and the layer above it.
const AS_THE_AUTHORS_FROM: usize = 64;

/// What the codes of few labels do not follow from: the ladder itself...
const OF_THE_LADDER: [&str; 6] = [
    "model.denoising_weights",
    "model.input_noise",
    "model.noise",
    "model.lateral",
    "model.statistics",
    "model.moments",
];
/// ... and what is made of the codes.
const OF_THE_GROUPS: [&str; 8] = [
    "model.layers",
    "model.few_labels.only_if_it_fits",
    "model.few_labels.rows",
    "model.few_labels.neighbours",
    "model.few_labels.class_shares",
    "model.few_labels.class_shares_within",
    "model.few_labels.anchors",
    "model.few_labels.sure",
];

impl Definition for LadderSettings {
    /// For small rows a network that trains in seconds, its noise and epochs chosen on validation rows of the digits
    /// (`results/LOG.md`); else the authors' six layers and settings.
    fn defaults(kind: &Kind, facts: &Facts) -> Defaults<Self> {
        let (variant, small) = (Variant::of(kind), facts.small());
        // Pictures get what they get from files of their own.
        let is_pictures = |table: &TableFacts| matches!(table.unit, Unit::Grey { .. });
        if let Some(table) = facts.table.filter(|table| !is_pictures(table)) {
            return tables::defaults(variant, facts, table);
        }
        let count = facts.labelled();
        let hidden: &[usize] = if small { &[500, 250, 100] } else { &[1000, 500, 250, 250, 250] };
        let layers = facts.layers.clone().unwrap_or_else(|| [&[facts.features], hidden, &[facts.classes]].concat());
        let supervised = variant == Variant::Mlp;
        let (input_noise, noise) = match (small, supervised) {
            (true, true) => (0.3, 0.3),
            (true, false) => (0.2, 0.2),
            (false, _) => (0.3, variant.authors_noise(count)),
        };
        let mut denoising_weights = variant.authors_weights(count, layers.len());
        // The authors' rows have hundreds of values, each with its own cost. All units of a layer stand for the one value of a
        // short row, whose cost would drown the labels; measured on rows of 1, 2, 5 and 16 values.
        let share = (facts.features as f32 / AS_THE_AUTHORS_FROM as f32).min(1.0);
        denoising_weights.iter_mut().take(2.min(layers.len() - 1)).for_each(|weight| *weight *= share);
        let model = LadderSettings {
            denoising_weights,
            layers,
            input_noise,
            noise,
            lateral: true,
            statistics: match facts.table {
                Some(_) => tables::statistics(variant),
                None if supervised => StatisticsFrom::Labelled,
                None => StatisticsFrom::Unlabelled,
            },
            moments: MomentsOf::Own,
            few_labels: variant.few_labels(facts),
        };
        let fit = FitSettings::default();
        let epochs = match facts.table {
            Some(_) => tables::epochs(facts, fit.epochs, &fit),
            None if small => 200,
            None => fit.epochs,
        };
        let training = FitSettings { epochs, precision: Isa::fastest_precision(), ..fit };
        let noise = if small { 0.3 } else { Variant::Mlp.authors_noise(count) };
        let baseline = (!supervised).then_some(Baseline { train: small || facts.table.is_some(), noise, epochs: None });
        Defaults { model, training, baseline }
    }
}

impl Spec for LadderSettings {
    fn layers(&self) -> &[usize] {
        &self.layers
    }

    fn inputs(&self) -> Inputs {
        Inputs::Any
    }

    fn check(&self, kind: &Kind, training: &FitSettings) -> Result<(), SettingsError> {
        self.check()?;
        if let Some(few) = &self.few_labels {
            if !self.uses_unlabelled() {
                let conflict = format!("model '{kind}' sees no unlabelled row");
                return Err(SettingsError::conflict("few_labels", "set", conflict, "leave it out"));
            }
            let classes = self.layers[self.layers.len() - 1];
            few.check(classes, training).map_err(|e| e.under("few_labels"))?;
        }
        let (variant, top) = (Variant::of(kind), self.layers.len().saturating_sub(1));
        // A name says where the denoising costs are; weights that say otherwise would make the name a lie.
        let elsewhere = |layer: usize| match variant {
            Variant::Full => false,
            Variant::Top => layer != top,
            Variant::Bottom => layer != 0,
            Variant::Mlp => true,
        };
        let mut weights = self.denoising_weights.iter().enumerate();
        if let Some((layer, weight)) = weights.find(|&(layer, &weight)| weight > 0.0 && elsewhere(layer)) {
            return Err(SettingsError::conflict(
                "denoising_weights",
                format!("{weight} at layer {layer}"),
                format!("model '{kind}' has no denoising cost at layer {layer}"),
                "use model 'full' for weights of your own",
            ));
        }
        if variant == Variant::Mlp {
            let conflict = || format!("model '{kind}' sees no unlabelled row");
            if self.statistics != StatisticsFrom::Labelled {
                return Err(SettingsError::conflict("statistics", self.statistics, conflict(), "leave it 'labelled'"));
            }
            if self.moments != MomentsOf::Own {
                return Err(SettingsError::conflict("moments", self.moments, conflict(), "leave it 'own'"));
            }
        }
        // A row is normalised in a prediction as it was in training.
        let expected = match self.moments {
            MomentsOf::Own if self.statistics == StatisticsFrom::Both => {
                let conflict = format!("moments is '{}'", self.moments);
                return Err(SettingsError::conflict("statistics", self.statistics, conflict, "set moments to 'both'"));
            }
            MomentsOf::Own => self.statistics,
            MomentsOf::Unlabelled => StatisticsFrom::Unlabelled,
            MomentsOf::Both => StatisticsFrom::Both,
        };
        if self.statistics != expected {
            let (conflict, hint) =
                (format!("statistics is '{}'", self.statistics), format!("set statistics to '{expected}'"));
            return Err(SettingsError::conflict("moments", self.moments, conflict, hint));
        }
        Ok(())
    }

    fn memory(&self, training: &FitSettings) -> Memory<'_> {
        let (labelled, unlabelled) = (training.labelled_batch, training.unlabelled_batch);
        Memory {
            layers: &self.layers,
            // Value, gradient, two moments of Adam, and the last good copy of every weight.
            copies_of_weights: 5,
            matrices: if self.denoising_weights.iter().any(|&w| w > 0.0) { 2 } else { 1 },
            rows: labelled as u128 + unlabelled as u128,
            // About as many values are kept for each unit of each row: encoder with and without noise, and decoder.
            values_per_unit: 8,
            largest: Largest::batch(unlabelled).or("training.labelled_batch", labelled, "smaller batches"),
        }
    }

    fn stages(&self, training: &FitSettings) -> Vec<Stage> {
        let codes = self.few_labels.as_ref().and_then(|few| few.stage(training));
        let whole = Stage::new(usize::from(codes.is_some()), Stage::WHOLE, training.clone());
        codes.into_iter().chain([whole]).collect()
    }

    fn pretrained_layers(&self) -> usize {
        usize::from(self.few_labels.as_ref().is_some_and(|few| !few.codes.is_empty()))
    }

    fn pretrained_from(&self) -> PretrainedFrom {
        PretrainedFrom { seed: "model.few_labels.seed", units: 0, of_the_whole: &OF_THE_LADDER, apart: &OF_THE_GROUPS }
    }

    fn uses_unlabelled(&self) -> bool {
        self.uses_unlabelled()
    }

    fn train(&self, training: &FitSettings, course: &mut Course<'_>) -> Result<Box<dyn TrainedModel>, TrainingError> {
        let mut ladder =
            Ladder::with_isa(self.clone(), training.seed, course.threads.isa()).map_err(|e| e.under("model"))?;
        match &self.few_labels {
            Some(few) => grouped::train(few, course, &mut ladder)?,
            None => course.train(0, course.data, &mut ladder)?,
        }
        Ok(Box::new(ladder))
    }

    fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        Ladder::tensor_shapes(self)
    }

    fn from_tensors(&self, tensors: Vec<Tensor>) -> Result<Box<dyn TrainedModel>, TensorError> {
        Ok(Box::new(Ladder::from_tensors(self.clone(), tensors)?))
    }

    fn baseline(&self, noise: f32) -> Option<ModelSettings> {
        let (denoising_weights, statistics) = (vec![0.0; self.layers.len()], StatisticsFrom::Labelled);
        let alone = LadderSettings {
            denoising_weights,
            noise,
            statistics,
            moments: MomentsOf::Own,
            few_labels: None,
            ..self.clone()
        };
        Some(ModelSettings::Mlp(alone))
    }

    fn step_parts(&self, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
        super::parts::parts(self, step, on_part);
    }

    fn denoising_weights(&self) -> &[f32] {
        &self.denoising_weights
    }
}

impl TrainedModel for Ladder {
    fn tensors(&self) -> Vec<Tensor> {
        self.tensors()
    }

    fn parameters(&self) -> Parameters<'_> {
        self.parameters()
    }

    fn doubt(&self) -> Option<String> {
        let of_unlabelled = self.settings.statistics == StatisticsFrom::Unlabelled;
        self.costs_of_halves.filter(|_| of_unlabelled)?.doubt()
    }

    fn classify(&self) -> Option<&dyn Classify> {
        Some(self)
    }

    fn reconstruct(&self) -> Option<&dyn Reconstruct> {
        self.can_reconstruct().then_some(self)
    }

    fn encode(&self) -> Option<&dyn Encode> {
        Some(self)
    }
}

impl Reconstruct for Ladder {
    fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        self.reconstruct(data, noise, seed, threads)
    }
}

impl Encode for Ladder {
    fn last_layer(&self) -> usize {
        self.settings.layers.len() - 2
    }

    fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        if layer == 0 { Ok(data.clone()) } else { self.codes(data, layer, threads) }
    }

    fn weights(&self) -> Vec<(Tensor, Option<Vec<f32>>)> {
        let tensors = self.tensors();
        let sigma = |l: usize| tensors.iter().find(|t| t.path == format!("statistics.clean.{l}.sigma"));
        let layers =
            (1..).zip(tensors.iter().filter(|t| t.path.starts_with("encoder.") && t.path.ends_with(".weight")));
        layers.map(|(l, weight)| (weight.clone(), sigma(l).map(|t| t.values.clone()))).collect()
    }
}
