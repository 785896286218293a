//! The authors' initial values, and the empty network that a model file is read into.

use super::{DecoderLayer, EncoderLayer, Ladder, LadderSettings, SettingsError};
use crate::parameters::Parameter;
use laddernet_math::Isa;
use laddernet_math::combinator::VECTORS;
use laddernet_math::normal::Stream;
use laddernet_math::random::Purpose;

impl Ladder {
    /// A network with the authors' initial values drawn from `seed`: weights normal with variance 1 / inputs,
    /// biases 0, scale 1, combinators a2 = a7 = 1 and else 0.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn new(settings: LadderSettings, seed: u64) -> Result<Self, SettingsError> {
        Self::with_isa(settings, seed, Isa::detect())
    }

    /// The same, drawn with a chosen instruction set.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn with_isa(settings: LadderSettings, seed: u64, isa: Isa) -> Result<Self, SettingsError> {
        settings.check()?;
        let mut ladder = Ladder::zeros(settings);
        for (i, layer) in ladder.encoder.iter_mut().enumerate() {
            initialise(isa, &mut layer.weight, seed, Purpose::EncoderWeights, i);
            if let Some(scale) = &mut layer.scale {
                scale.set_values(&vec![1.0; scale.count()]);
            }
        }
        for (l, layer) in ladder.settings.decoder_layers().zip(&mut ladder.decoder) {
            if let Some(weight) = &mut layer.weight {
                initialise(isa, weight, seed, Purpose::DecoderWeights, l);
            }
            let units = layer.combinator.shape()[1];
            let mut a = vec![0.0; VECTORS * units];
            a[units..2 * units].fill(1.0);
            a[6 * units..7 * units].fill(1.0);
            layer.combinator.set_values(&a);
        }
        Ok(ladder)
    }

    pub(super) fn zeros(settings: LadderSettings) -> Self {
        let (m, top) = (&settings.layers, settings.top());
        let encoder = (1..=top).map(|l| EncoderLayer {
            weight: Parameter::matrix(format!("encoder.{l}.weight"), m[l - 1], m[l]),
            bias: Parameter::vector(format!("encoder.{l}.bias"), m[l]),
            scale: (l == top).then(|| Parameter::vector(format!("encoder.{l}.scale"), m[l])),
        });
        let decoder = settings.decoder_layers().map(|l| DecoderLayer {
            weight: (l < top).then(|| Parameter::matrix(format!("decoder.{l}.weight"), m[l + 1], m[l])),
            combinator: Parameter::vectors(format!("combinator.{l}"), VECTORS, m[l]),
        });
        Ladder { encoder: encoder.collect(), decoder: decoder.collect(), settings, statistics: None }
    }
}

fn initialise(isa: Isa, weight: &mut Parameter, seed: u64, purpose: Purpose, layer: usize) {
    let deviation = 1.0 / (weight.shape()[0] as f32).sqrt();
    weight.draw_normal(isa, Stream { seed, purpose, step: 0, layer: layer as u16 }, deviation);
}
