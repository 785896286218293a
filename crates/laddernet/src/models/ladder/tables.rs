//! What a ladder is on a table unless said otherwise: `results/tables/` holds what its settings were chosen by.

use super::{LadderSettings, MomentsOf, StatisticsFrom, Variant};
use crate::dataset::Unit;
use crate::models::kind::{Baseline, Defaults, Facts, TableFacts};
use crate::training::FitSettings;
use laddernet_math::Isa;

/// Units of the hidden layers.
const HIDDEN: [usize; 2] = [250, 100];
/// Standard deviation of the noise on the layers and, with it, of the network on the labels alone.
const NOISE: f32 = 0.3;
/// Steps that a training takes, about.
const STEPS: usize = 3000;
/// What a ladder with a denoising cost at the input is given.
struct Denoising {
    /// Weights of the costs of the input, of the first layer, and of all others.
    weights: [f32; 3],
    /// Standard deviation of the noise on columns with standard deviation 1.
    input_noise: f32,
    /// That on the layers above.
    noise: f32,
}

/// Where columns are of several kinds and units, what tells most rows apart is often not the class: heavier costs then make classes of it.
const MIXED: Denoising = Denoising { weights: [10.0, 1.0, 0.1], input_noise: NOISE, noise: NOISE };
/// Numbers of one unit are most often measured on one thing, whose shape is its class.
const ONE_UNIT: Denoising = Denoising { weights: [100.0, 1.0, 0.01], input_noise: 0.5, noise: 0.2 };
/// The same where columns are too few for the others to say what the noise has hidden of one.
const ONE_UNIT_NARROW: Denoising = Denoising { weights: [100.0, 1.0, 0.1], input_noise: NOISE, noise: NOISE };
/// Fewer are few; 16 are, 36 are not.
const NARROW: usize = 32;

/// The settings, and how they are trained.
pub(super) fn defaults(variant: Variant, facts: &Facts, table: TableFacts) -> Defaults<LadderSettings> {
    let denoising = match variant {
        Variant::Full | Variant::Bottom if table.unit != Unit::Mixed && facts.features < NARROW => ONE_UNIT_NARROW,
        Variant::Full | Variant::Bottom if table.unit != Unit::Mixed => ONE_UNIT,
        _ => MIXED,
    };
    let Denoising { weights, input_noise, noise } = denoising;
    let layers = facts.layers.clone().unwrap_or_else(|| [&[facts.features], &HIDDEN[..], &[facts.classes]].concat());
    let top = layers.len().saturating_sub(1);
    let weight = |layer: usize| match variant {
        Variant::Full => weights[layer.min(2)],
        Variant::Top if layer == top => 1.0,
        Variant::Bottom if layer == 0 => weights[0],
        _ => 0.0,
    };
    let alone = variant == Variant::Mlp;
    let model = LadderSettings {
        denoising_weights: (0..layers.len()).map(weight).collect(),
        layers,
        input_noise,
        noise,
        lateral: true,
        statistics: statistics(variant),
        moments: MomentsOf::Own,
        few_labels: variant.few_labels(facts),
    };
    let fit = FitSettings::default();
    let training = FitSettings { epochs: epochs(facts, 0, &fit), precision: Isa::fastest_precision(), ..fit };
    let baseline = (!alone).then_some(Baseline { train: true, noise: NOISE, epochs: None });
    Defaults { model, training, baseline }
}

/// Classes are rarely as even among the unlabelled rows as among the labels: whichever half's statistics fit these better.
pub(super) fn statistics(variant: Variant) -> StatisticsFrom {
    if variant == Variant::Mlp { StatisticsFrom::Labelled } else { StatisticsFrom::Chosen }
}

/// Epochs of as many steps as a table is trained for, or this many.
pub(super) fn epochs(facts: &Facts, least: usize, fit: &FitSettings) -> usize {
    facts.epochs(least, STEPS, fit.unlabelled_batch)
}
