//! What a ladder is on a table unless said otherwise: `results/tables/` holds what its settings were chosen by.

use super::{LadderSettings, MomentsOf, StatisticsFrom, Variant};
use crate::models::kind::{Baseline, Defaults, Facts, TableFacts};
use crate::training::FitSettings;
use laddernet_math::Isa;

/// Units of the hidden layers.
const HIDDEN: [usize; 2] = [250, 100];
/// Standard deviation of the noise, on columns with standard deviation 1 and on the layers.
const NOISE: f32 = 0.3;
/// Steps that a training takes, about.
const STEPS: usize = 3000;
/// Weights of the denoising costs of the input, of the first layer, and of all others.
const WEIGHTS: [f32; 3] = [10.0, 1.0, 0.1];

/// The settings, and how they are trained.
pub(super) fn defaults(variant: Variant, facts: &Facts, table: TableFacts) -> Defaults<LadderSettings> {
    let layers = facts.layers.clone().unwrap_or_else(|| [&[facts.features], &HIDDEN[..], &[facts.classes]].concat());
    let top = layers.len().saturating_sub(1);
    let weight = |layer: usize| match variant {
        Variant::Full => WEIGHTS[layer.min(2)],
        Variant::Top if layer == top => 1.0,
        Variant::Bottom if layer == 0 => WEIGHTS[0],
        _ => 0.0,
    };
    let alone = variant == Variant::Mlp;
    let model = LadderSettings {
        denoising_weights: (0..layers.len()).map(weight).collect(),
        layers,
        input_noise: NOISE,
        noise: NOISE,
        lateral: true,
        // Classes are rarely as even among the unlabelled rows as among the labels: whichever half's statistics fit these better.
        statistics: if alone { StatisticsFrom::Labelled } else { StatisticsFrom::Chosen },
        moments: MomentsOf::Own,
    };
    let fit = FitSettings::default();
    let steps_per_epoch = table.rows.div_ceil(fit.unlabelled_batch).max(1);
    let training = FitSettings { epochs: STEPS.div_ceil(steps_per_epoch), precision: Isa::fastest_precision(), ..fit };
    let baseline = (!alone).then_some(Baseline { train: true, noise: NOISE, epochs: None });
    Defaults { model, training, baseline }
}
