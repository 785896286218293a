//! What a setting of the lineage is when nobody says it.

use super::config::{
    AutoencoderConfig, ClassifierConfig, LineageConfig, MachineConfig, PretrainingConfig, has_autoencoders,
};
use crate::config::{ConfigError, FORMAT_VERSION};
use crate::precision::PrecisionChoice;
use crate::recipe::DataShape;
use laddernet::lineage::{LineageKind, Purpose};
use laddernet::models::Activation;
use laddernet::models::autoencoder::{Corruption, Emphasis};
use laddernet::models::rbm::{Binarise, Sparsity, Units};
use laddernet::optimiser::Optimiser;
use laddernet::split::LabelCount;
use laddernet_data::Source;

/// Steps of small data, of which an epoch has few, are made smaller and more.
const SMALL: usize = 200;

/// The settings of a model for such data, as they were chosen on held-out rows of MNIST and of the digits (`results/LOG.md`).
pub(super) fn defaults(
    kind: LineageKind,
    visible: Units,
    source: Source,
    data: &DataShape,
) -> Result<LineageConfig, ConfigError> {
    let gaussian = visible == Units::Gaussian;
    // A step of Adam has the size of its rate, whatever that of the rows' values: Gaussian units need no smaller one.
    let plain_machines = kind.has_machines() && !gaussian;
    let small = data.features < SMALL;
    let hidden: &[usize] = match (kind, small) {
        (LineageKind::Rbm | LineageKind::Autoencoder, false) => &[500],
        (LineageKind::Gsn, false) => &[1000],
        (LineageKind::Rbm | LineageKind::Autoencoder | LineageKind::Gsn, true) => &[200],
        (LineageKind::DeepAutoencoder, false) => &[1000, 500, 250, 30],
        (LineageKind::DeepAutoencoder, true) => &[200, 100, 10],
        (_, false) => &[1000, 1000, 1000],
        (_, true) => &[200, 100],
    };
    let mut layers = vec![data.features];
    layers.extend(hidden);
    if kind.purpose() == Purpose::Classes {
        layers.push(data.classes);
    }
    let machine = kind == LineageKind::Rbm;
    let gsn = kind == LineageKind::Gsn;
    Ok(LineageConfig {
        format_version: FORMAT_VERSION,
        data: source,
        data_dir: None,
        model: kind,
        labels: (kind.purpose() == Purpose::Classes).then_some(LabelCount::Count(if small { 40 } else { 100 })),
        layers,
        visible,
        epochs: match (kind.purpose(), small) {
            (Purpose::Classes, false) => 30,
            (Purpose::Density, false) => 60,
            (Purpose::Rebuilding, false) if kind == LineageKind::DeepAutoencoder => 40,
            (_, false) => 20,
            (_, true) if gsn || kind == LineageKind::DeepAutoencoder => 300,
            (_, true) => 100,
        },
        batch: if small { 20 } else { 100 },
        learning_rate: if machine && !gaussian { 0.05 } else { 0.001 },
        decay_start: 0.0,
        optimiser: if machine && !gaussian { Optimiser::Momentum(0.0) } else { Optimiser::Adam },
        weight_decay: 0.0,
        precision: PrecisionChoice::Auto.resolve()?,
        validation: 0,
        seed: laddernet::fit::FitSettings::default().seed,
        pretraining: kind.is_stack().then(|| PretrainingConfig {
            epochs: match (kind, small) {
                (LineageKind::DeepAutoencoder, true) => 200,
                (_, true) => 50,
                (LineageKind::Dbn, false) => 30,
                (LineageKind::DeepAutoencoder, false) => 10,
                (_, false) => 15,
            },
            batch: if small { 20 } else { 100 },
            learning_rate: if plain_machines { 0.1 } else { 0.001 },
            decay_start: 0.5,
            optimiser: if plain_machines { Optimiser::Momentum(0.5) } else { Optimiser::Adam },
            weight_decay: if plain_machines { 0.0002 } else { 0.0 },
            code_rate: 0.001,
            top_epochs: if kind.purpose() == Purpose::Classes { 5 } else { 0 },
            seed: None,
            keep: false,
        }),
        machines: kind.has_machines().then(|| MachineConfig {
            sweeps: if machine && !small { 5 } else { 1 },
            chains: if machine { 100 } else { 0 },
            centring: 0.01,
            binarise: if machine && gaussian { Binarise::None } else { Binarise::Stochastic },
            // What hidden units tell a classifier, not how likely rows are.
            sparsity: match (kind == LineageKind::Dbn, small) {
                (true, false) => 0.05,
                (true, true) => 0.1,
                (false, _) => 0.0,
            },
            sparsity_strength: Sparsity::default().strength,
        }),
        autoencoders: has_autoencoders(kind).then(|| AutoencoderConfig {
            corruption: match kind {
                LineageKind::Sdae => Corruption::Masking(if small { 0.25 } else { 0.5 }),
                LineageKind::Gsn => Corruption::SaltAndPepper(if small { 0.1 } else { 0.4 }),
                _ => Corruption::None,
            },
            emphasis: Emphasis::default(),
            tied: gsn,
            code: if kind == LineageKind::DeepAutoencoder { Activation::Linear } else { Activation::Logistic },
            walkback: match (gsn, small) {
                (true, false) => 5,
                (true, true) => 2,
                (false, _) => 1,
            },
        }),
        classifier: (kind.purpose() == Purpose::Classes)
            .then_some(ClassifierConfig { corruption: Corruption::None, dropout: if small { 0.0 } else { 0.5 } }),
    })
}
