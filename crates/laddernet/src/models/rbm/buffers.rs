//! What a step of learning by contrast writes to, and what it remembers until the next.

use super::{Chain, Contrast, Rbm};
use crate::parameters::{read_vectors, write_vectors};
use crate::tensor::Tensor;
use crate::training::NotFinite;
use laddernet_math::operand::{Operand, Role};
use laddernet_math::{Panels, Precision, Row, panels_of};

/// All that a step writes to, and the state of learning besides parameters and moments: chains, offsets and running means.
pub struct ContrastBuffers {
    pub(super) v: Operand,             // states [rows or chains, visible]
    pub(super) h: Operand,             // states [rows or chains, hidden]
    pub(super) a: Operand,             // [rows + chains, visible], data above
    pub(super) d: Operand,             // [rows + chains, hidden]
    pub(super) chains: Option<Panels>, // persistent [chains, hidden]
    pub(super) mu: Vec<Row>,
    pub(super) lambda: Vec<Row>,
    /// Running means of the hidden units, where sparsity wants them.
    pub(super) q: Option<Vec<Row>>,
    /// Whether chains and offsets are those of an earlier step.
    pub(super) begun: bool,
    /// Rows of the data in `a` and `d`.
    pub(super) of_data: usize,
    pub(super) most_rows: usize,
    /// What of the last step was not finite.
    pub(super) diverged: Option<NotFinite>,
}

impl Contrast {
    pub(super) fn chains(&self, rows: usize) -> usize {
        match self.chain {
            Chain::Data => rows,
            Chain::Persistent(chains) => chains,
        }
    }

    /// Buffers for batches of at most `rows` rows.
    pub fn buffers(&self, rbm: &Rbm, rows: usize, precision: Precision) -> ContrastBuffers {
        let (chains, visible, hidden) = (self.chains(rows), rbm.visible(), rbm.hidden());
        ContrastBuffers {
            v: Operand::new(precision, Role::Fixed, rows.max(chains), visible),
            h: Operand::new(precision, Role::Fixed, rows.max(chains), hidden),
            a: Operand::new(precision, Role::Input, rows + chains, visible),
            d: Operand::new(precision, Role::Gradient, rows + chains, hidden),
            chains: matches!(self.chain, Chain::Persistent(_)).then(|| Panels::new(chains, hidden)),
            mu: vec![Row::ZERO; panels_of(visible)],
            lambda: vec![Row::ZERO; panels_of(hidden)],
            q: self.sparsity.map(|_| vec![Row::ZERO; panels_of(hidden)]),
            begun: false,
            of_data: 0,
            most_rows: rows,
            diverged: None,
        }
    }
}

impl ContrastBuffers {
    /// The ends of the persistent chains, the offsets and the running means: what a training needs to go on with.
    pub(super) fn state(&self) -> Vec<Tensor> {
        let mut state = Vec::new();
        if let Some(chains) = &self.chains {
            let columns = chains.columns();
            let mut values = vec![0.0; chains.rows() * columns];
            values.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| chains.read_row(r, row));
            state.push(Tensor { path: "chains".into(), shape: vec![chains.rows(), columns], values });
        }
        let (visible, hidden) = (self.v.columns(), self.h.columns());
        let vectors = [
            ("visible_offset", Some(&self.mu), visible),
            ("hidden_offset", Some(&self.lambda), hidden),
            ("hidden_mean", self.q.as_ref(), hidden),
        ];
        state.extend(vectors.into_iter().filter_map(|(path, vector, units)| {
            Some(Tensor { path: path.into(), shape: vec![units], values: read_vectors(vector?, 1, units) })
        }));
        state
    }

    /// Takes up what [`ContrastBuffers::state`] gave.
    pub(super) fn restore(&mut self, state: Vec<Tensor>) {
        let mut state = state.into_iter().map(|t| t.values);
        let mut next = || state.next().expect("as many tensors as were given");
        if let Some(chains) = &mut self.chains {
            let columns = chains.columns();
            next().chunks_exact(columns).enumerate().for_each(|(r, row)| chains.set_row(r, row));
        }
        write_vectors(&next(), 1, self.v.columns(), &mut self.mu);
        write_vectors(&next(), 1, self.h.columns(), &mut self.lambda);
        if let Some(q) = &mut self.q {
            write_vectors(&next(), 1, self.h.columns(), q);
        }
        self.begun = true;
    }
}
