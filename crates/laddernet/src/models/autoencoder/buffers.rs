//! The memory of a training step.

use super::Autoencoder;
use laddernet_math::operand::{Operand, Role};
use laddernet_math::{Panels, Precision};

/// All that a step writes to. `R` rows: those of a batch, times the steps of walkback.
pub struct AutoencoderBuffers {
    pub(super) a: Vec<Operand>,            // [R, m_l] of layers 0..=L, on the way up
    pub(super) b: Vec<Operand>,            // [R, m_l] of layers 1..L-1, on the way down
    pub(super) d: Vec<Operand>,            // [R, m_l] of layers 1..=L: gradients of the sums on the way up
    pub(super) e: Vec<Operand>,            // [R, m_l] of layers 0..L: of those on the way down
    pub(super) stacked: Vec<[Operand; 2]>, // [2 R, m_(l-1)] and [2 R, m_l], of tied layers
    /// Corrupted inputs, and how much each value of them counts, where that differs.
    pub(super) corrupted: Panels, // [R, m_0]
    pub(super) emphasis: Option<Panels>,   // [R, m_0]
    pub(super) most_rows: usize,
}

impl AutoencoderBuffers {
    pub(super) fn new(model: &Autoencoder, rows: usize, precision: Precision) -> Self {
        let (m, top, tied) = (&model.settings.layers, model.top(), model.settings.tied);
        let all = rows * usize::from(model.settings.walkback);
        let operand = |role, l: usize| Operand::new(precision, role, all, m[l]);
        let (value, gradient) = if tied { (Role::Fixed, Role::Fixed) } else { (Role::Input, Role::Gradient) };
        let pair = |l: usize| {
            let operand = |role, l: usize| Operand::new(precision, role, 2 * all, m[l]);
            [operand(Role::Input, l - 1), operand(Role::Gradient, l)]
        };
        AutoencoderBuffers {
            a: (0..=top).map(|l| operand(value, l)).collect(),
            b: (1..top).map(|l| operand(value, l)).collect(),
            d: (1..=top).map(|l| operand(gradient, l)).collect(),
            e: (0..top).map(|l| operand(gradient, l)).collect(),
            stacked: (1..=top).filter(|_| tied).map(pair).collect(),
            corrupted: Panels::new(all, m[0]),
            emphasis: (!model.settings.emphasis.is_even()).then(|| Panels::new(all, m[0])),
            most_rows: rows,
        }
    }

    /// Takes this many rows for the next pass.
    pub(super) fn set_rows(&mut self, rows: usize) {
        let AutoencoderBuffers { a, b, d, e, .. } = self;
        a.iter_mut().chain(b).chain(d).chain(e).for_each(|operand| operand.set_rows(rows));
    }
}
