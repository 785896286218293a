//! The memory of a training step.

use super::Vae;
use laddernet_math::operand::{Operand, Role};
use laddernet_math::{Panels, Precision};

/// All that a step writes to, for `n` rows.
pub struct VaeBuffers {
    pub(super) a: Vec<Operand>,         // [n, m_l] of layers 0..L-1, on the way up
    pub(super) mean: Panels,            // mu [n, m_L]
    pub(super) log_var: Panels,         // ln sigma^2 [n, m_L]
    pub(super) noise: Panels,           // sigma epsilon [n, m_L]
    pub(super) z: Operand,              // [n, m_L]
    pub(super) b: Vec<Operand>,         // [n, m_l] of layers 1..L-1, on the way down
    pub(super) d: Vec<Operand>,         // [n, m_l] of layers 1..L-1: gradients of the sums on the way up
    pub(super) d_mean: Operand,         // [n, m_L]
    pub(super) d_log_var: Operand,      // [n, m_L]
    pub(super) e: Vec<Operand>,         // [n, m_l] of layers 0..L-1: gradients of the sums on the way down
    pub(super) through_log_var: Panels, // [n, m_(L-1)]: what of the gradient of a(L-1) comes from the log variances
    pub(super) scale: f32,              // 1 / n
    pub(super) most_rows: usize,
}

impl VaeBuffers {
    pub(super) fn new(model: &Vae, rows: usize, precision: Precision) -> Self {
        let (m, top) = (&model.settings.layers, model.top());
        let operand = |role, l: usize| Operand::new(precision, role, rows, m[l]);
        let of_code = || Panels::new(rows, m[top]);
        VaeBuffers {
            a: (0..top).map(|l| operand(Role::Input, l)).collect(),
            mean: of_code(),
            log_var: of_code(),
            noise: of_code(),
            z: operand(Role::Input, top),
            b: (1..top).map(|l| operand(Role::Input, l)).collect(),
            d: (1..top).map(|l| operand(Role::Gradient, l)).collect(),
            d_mean: operand(Role::Gradient, top),
            d_log_var: operand(Role::Gradient, top),
            e: (0..top).map(|l| operand(Role::Gradient, l)).collect(),
            through_log_var: Panels::new(if top > 1 { rows } else { 0 }, m[top - 1]),
            scale: 0.0,
            most_rows: rows,
        }
    }

    /// Takes this many rows for the next pass.
    pub(super) fn set_rows(&mut self, rows: usize) {
        assert!((1..=self.most_rows).contains(&rows), "{rows} rows in buffers for {}", self.most_rows);
        self.scale = 1.0 / rows as f32;
        let VaeBuffers { a, mean, log_var, noise, z, b, d, d_mean, d_log_var, e, through_log_var, .. } = self;
        a.iter_mut().chain(b).chain(d).chain(e).chain([z, d_mean, d_log_var]).for_each(|o| o.set_rows(rows));
        [mean, log_var, noise].into_iter().for_each(|panels| panels.set_rows(rows));
        if through_log_var.rows() > 0 {
            through_log_var.set_rows(rows);
        }
    }
}
