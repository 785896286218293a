//! The parameters of a ladder: path, shape and initial values of each, written once.

use super::{Ladder, LadderSettings};
use crate::error::SettingsError;
use crate::parameters::{Declaration, Initial, Parameter};
use laddernet_math::Isa;
use laddernet_math::combinator::VECTORS;
use laddernet_math::random::Purpose;

/// A layer of the encoder; `P` is a parameter, a reference to one, or its declaration.
#[derive(Clone)]
pub(super) struct EncoderLayer<P = Parameter> {
    pub weight: P,        // W [m_(l-1), m_l]
    pub bias: P,          // beta [m_l]
    pub scale: Option<P>, // gamma [m_l], at the top alone: a rectifier makes it redundant
}

/// A layer of the decoder.
#[derive(Clone)]
pub(super) struct DecoderLayer<P = Parameter> {
    pub weight: Option<P>, // V [m_(l+1), m_l]; none at the top
    pub combinator: P,     // a1..a10 [10, m_l]
}

/// The encoder's layers 1..=L, and the decoder's from the lowest that it reaches up to L. The initial values are the authors':
/// weights normal with variance 1 / inputs, biases 0, scale 1, combinators a2 = a7 = 1 and else 0.
pub(super) fn declare(settings: &LadderSettings) -> (Vec<EncoderLayer<Declaration>>, Vec<DecoderLayer<Declaration>>) {
    let (m, top) = (&settings.layers, settings.top());
    let normal = |purpose, layer: usize, inputs: usize| Initial::Normal {
        purpose,
        layer: layer as u16,
        deviation: 1.0 / (inputs as f32).sqrt(),
    };
    let encoder = (1..=top).map(|l| {
        let initial = normal(Purpose::EncoderWeights, l - 1, m[l - 1]);
        EncoderLayer {
            weight: Declaration::matrix(format!("encoder.{l}.weight"), m[l - 1], m[l], initial),
            bias: Declaration::vector(format!("encoder.{l}.bias"), m[l], Initial::Zero),
            scale: (l == top).then(|| Declaration::vector(format!("encoder.{l}.scale"), m[l], Initial::One)),
        }
    });
    let decoder = settings.decoder_layers().map(|l| DecoderLayer {
        weight: (l < top).then(|| {
            let initial = normal(Purpose::DecoderWeights, l, m[l + 1]);
            Declaration::matrix(format!("decoder.{l}.weight"), m[l + 1], m[l], initial)
        }),
        combinator: Declaration::vectors(format!("combinator.{l}"), VECTORS, m[l], Initial::OneIn(&[1, 6])),
    });
    (encoder.collect(), decoder.collect())
}

/// What gives its parts, by reference or by value.
pub(super) trait Parts<P> {
    fn parts(self) -> [Option<P>; 3];
}

impl<P> Parts<P> for EncoderLayer<P> {
    fn parts(self) -> [Option<P>; 3] {
        [Some(self.weight), Some(self.bias), self.scale]
    }
}

impl<'a, P> Parts<&'a P> for &'a EncoderLayer<P> {
    fn parts(self) -> [Option<&'a P>; 3] {
        [Some(&self.weight), Some(&self.bias), self.scale.as_ref()]
    }
}

impl<'a, P> Parts<&'a mut P> for &'a mut EncoderLayer<P> {
    fn parts(self) -> [Option<&'a mut P>; 3] {
        [Some(&mut self.weight), Some(&mut self.bias), self.scale.as_mut()]
    }
}

impl<P> Parts<P> for DecoderLayer<P> {
    fn parts(self) -> [Option<P>; 3] {
        [self.weight, Some(self.combinator), None]
    }
}

impl<'a, P> Parts<&'a P> for &'a DecoderLayer<P> {
    fn parts(self) -> [Option<&'a P>; 3] {
        [self.weight.as_ref(), Some(&self.combinator), None]
    }
}

impl<'a, P> Parts<&'a mut P> for &'a mut DecoderLayer<P> {
    fn parts(self) -> [Option<&'a mut P>; 3] {
        [self.weight.as_mut(), Some(&mut self.combinator), None]
    }
}

/// The fixed order of the parameters: encoder from the bottom up, decoder weights, combinators.
pub(super) fn in_order<P, E: Parts<P>, D: Parts<P>>(
    encoder: impl Iterator<Item = E>,
    decoder: impl Iterator<Item = D>,
) -> Vec<P> {
    let (weights, combinators): (Vec<_>, Vec<_>) =
        decoder.map(|layer| layer.parts()).map(|[weight, combinator, _]| (weight, combinator)).unzip();
    encoder.flat_map(Parts::parts).chain(weights).chain(combinators).flatten().collect()
}

impl Ladder {
    /// A network with the authors' initial values, drawn from `seed`.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn new(settings: LadderSettings, seed: u64) -> Result<Self, SettingsError> {
        Self::with_isa(settings, seed, Isa::detect())
    }

    /// The same with values drawn by these instructions.
    ///
    /// # Errors
    /// When the settings make no network.
    pub fn with_isa(settings: LadderSettings, seed: u64, isa: Isa) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Ladder::made(settings, |declaration| declaration.drawn(seed, isa)))
    }

    pub(super) fn zeros(settings: LadderSettings) -> Self {
        Ladder::made(settings, Declaration::zeros)
    }

    fn made(settings: LadderSettings, make: impl Fn(Declaration) -> Parameter) -> Self {
        let (encoder, decoder) = declare(&settings);
        let encoder = encoder.into_iter().map(|l| EncoderLayer {
            weight: make(l.weight),
            bias: make(l.bias),
            scale: l.scale.map(&make),
        });
        let decoder =
            decoder.into_iter().map(|l| DecoderLayer { weight: l.weight.map(&make), combinator: make(l.combinator) });
        Ladder {
            encoder: encoder.collect(),
            decoder: decoder.collect(),
            settings,
            statistics: None,
            costs_of_halves: None,
        }
    }
}
