//! What a training step consists of, each part to be done alone: whoever has a clock sees where the time goes.
//!
//! A part is the kernels of a step on its shapes, with its threads, and nothing between them, over numbers that are no model's. Alone,
//! a part finds its operands in another cache than inside a step, so that the sum is no exact account.

use crate::optimiser::{Descent, Update};
use crate::parameters::Parameter;
use crate::training::FitSettings;
use laddernet_math::half::{TILE_PAIRS, pack_pairs};
use laddernet_math::operand::{Operand, Role, backward, forward, gradient};
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH, groups, panels_of};
use std::hint::black_box;

/// A step of a stage of a training.
#[derive(Clone, Copy)]
pub struct StepShape<'a> {
    /// The stage, from 0.
    pub stage: usize,
    /// How it is trained.
    pub fit: &'a FitSettings,
    /// Labelled rows of its batch.
    pub labelled: usize,
    /// Unlabelled rows of its batch.
    pub unlabelled: usize,
    /// Threads that compute, in the precision of its products.
    pub threads: &'a Threads,
}

/// A part of a step.
pub struct StepPart<'a> {
    /// What it is.
    pub name: &'static str,
    /// Floating-point operations of its matrix products; 0 where it has none.
    pub flop: u64,
    /// Does it once.
    pub work: &'a mut dyn FnMut(),
}

/// Who takes the parts of a step, one after the other, and does each as often as it likes.
pub type OnPart<'a> = dyn FnMut(StepPart<'_>) + 'a;

/// A weight matrix `W [inputs, outputs]`, and how many rows pass through its products in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub inputs: usize,
    pub outputs: usize,
    /// Rows of products with `W`.
    pub up: usize,
    /// Rows of products with its transpose: gradients of its input, or the way down through it.
    pub down: usize,
    /// Rows of the product that is its gradient; 0: it does not learn.
    pub gradient: usize,
}

impl Product {
    /// A layer whose weights learn from so many rows; the lowest needs no gradient of its input.
    pub fn layer(inputs: usize, outputs: usize, rows: usize, lowest: bool) -> Self {
        Product { inputs, outputs, up: rows, down: if lowest { 0 } else { rows }, gradient: rows }
    }

    /// Floating-point operations.
    pub fn flop(&self) -> u64 {
        2 * (self.inputs * self.outputs * (self.up + self.down + self.gradient)) as u64
    }

    fn matrix(&self, threads: &Threads) -> Parameter {
        let mut matrix = Parameter::matrix(String::new(), self.inputs, self.outputs);
        fill(&mut matrix.value, 1);
        matrix.round(threads.isa());
        matrix
    }
}

/// The parts that every model has: the products of its matrices, and what the optimiser does with their gradients.
pub(crate) fn of_matrices(products: &[Product], step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    let flop = products.iter().map(Product::flop).sum();
    multiply(products, flop, step.threads, on_part);
    let learning: Vec<Product> = products.iter().copied().filter(|p| p.gradient > 0).collect();
    optimise(&learning, step, on_part);
}

/// Forward from the first to the last, then backward.
fn multiply(products: &[Product], flop: u64, threads: &Threads, on_part: &mut OnPart<'_>) {
    struct Layer {
        w: Parameter,
        a: Operand,             // [gradient, inputs]
        d: Operand,             // [gradient, outputs]
        from: Option<Operand>,  // [up, inputs], where these are not the rows of the gradient
        above: Option<Operand>, // [down, outputs], likewise
        up: Panels,             // [up, outputs]
        down: Panels,           // [down, inputs]
    }
    let isa = threads.isa();
    let operand = |role, rows, columns| {
        let mut operand = Operand::new(threads.precision(), role, rows, columns);
        threads.for_each(operand.panels_mut(), |j, mut panel| {
            fill(&mut panel, j);
            panel.pack(isa);
        });
        operand
    };
    let layer = |p: &Product| Layer {
        w: p.matrix(threads),
        a: operand(Role::Input, p.gradient, p.inputs),
        d: operand(Role::Gradient, p.gradient, p.outputs),
        from: (p.up != p.gradient).then(|| operand(Role::Fixed, p.up, p.inputs)),
        above: (p.down != p.gradient).then(|| operand(Role::Fixed, p.down, p.outputs)),
        up: Panels::new(p.up, p.outputs),
        down: Panels::new(p.down, p.inputs),
    };
    let mut layers: Vec<Layer> = products.iter().map(layer).collect();
    let work = &mut || {
        for Layer { w, a, from, up, .. } in &mut layers {
            let a = from.as_ref().unwrap_or(a);
            threads.for_each(up.panels_mut(), |j, out| forward(isa, a, w.weights(), j, out));
        }
        for Layer { w, a, d, above, down, .. } in layers.iter_mut().rev() {
            let (weights, above) = (w.weights().tiles, above.as_ref().unwrap_or(d));
            threads.for_each(down.panels_mut(), |p, out| {
                if !out.is_empty() {
                    backward(isa, above, weights.row(p), out);
                }
                let mut tiles = [Row::ZERO; 4 * WIDTH];
                let panels = if d.rows() > 0 { panels_of(weights.outputs()) } else { 0 };
                for j in (0..panels).step_by(4) {
                    let tiles = &mut tiles[..(panels - j).min(4) * WIDTH];
                    gradient(isa, a, p, d, j, [&[]; 2], tiles);
                    black_box(tiles);
                }
            });
        }
    };
    on_part(StepPart { name: "matrix products", flop, work });
}

/// The optimiser over the weights, and rounding them for the next products, tile by tile as a step does it.
fn optimise(products: &[Product], step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    let StepShape { fit, threads, .. } = step;
    let isa = threads.isa();
    let mut descent = Descent::new(isa, fit.optimiser, fit.weight_decay, Vec::new());
    let state = |p: &Product| {
        let matrix = p.matrix(threads);
        let rounded = if isa.precision() == Precision::Bf16 { matrix.rounded(isa) } else { Vec::new() };
        let rows = matrix.value.len();
        (panels_of(p.outputs) * WIDTH, matrix.value, rounded, [(); 2].map(|()| vec![Row::ZERO; rows]))
    };
    let mut states: Vec<_> = products.iter().map(state).collect();
    let mut tile = [Row::ZERO; WIDTH];
    fill(&mut tile, 3);
    let work = &mut || {
        let Update::Step(step) = descent.step(1e-6) else { unreachable!("an optimiser takes steps") };
        for (row, value, rounded, [m, v]) in &mut states {
            let pairs = if rounded.is_empty() { 0 } else { *row / 2 };
            let parts = (groups(value, *row), groups(m, *row), groups(v, *row), groups(rounded, pairs));
            threads.for_each(parts, |_, (value, m, v, rounded)| {
                let tiles = value.chunks_exact_mut(WIDTH).zip(m.chunks_exact_mut(WIDTH)).zip(v.chunks_exact_mut(WIDTH));
                for (j, ((value, m), v)) in tiles.enumerate() {
                    step.decay(isa, value);
                    step.apply(isa, &tile, value, [m, v]);
                    if !rounded.is_empty() {
                        pack_pairs(isa, value, &mut rounded[j * TILE_PAIRS..(j + 1) * TILE_PAIRS]);
                    }
                }
            });
        }
    };
    on_part(StepPart { name: "optimiser", flop: 0, work });
}

/// Numbers between -0.5 and 0.5.
pub(crate) fn filled(rows: usize, columns: usize) -> Panels {
    let mut panels = Panels::new(rows, columns);
    (0..panels.count()).for_each(|j| fill(panels.panel_mut(j), j));
    panels
}

fn fill(rows: &mut [Row], salt: usize) {
    for (r, row) in rows.iter_mut().enumerate() {
        *row = Row(std::array::from_fn(|c| ((r * 31 + c * 17 + salt * 7 + r * c) % 97) as f32 / 97.0 - 0.5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::autoencoder::AutoencoderSettings;
    use crate::models::kind::Facts;
    use crate::models::{KINDS, ModelSettings, classifier};

    fn flop(products: &[Product]) -> u64 {
        products.iter().map(Product::flop).sum()
    }

    /// Reference: counted by hand, in products of 10 rows with a matrix `[3, 2]`.
    #[test]
    fn products_are_counted() {
        let one = 2 * 3 * 2 * 10;
        let of = |tied, walkback| AutoencoderSettings { tied, walkback, ..AutoencoderSettings::of(&[3, 2]) };
        // Up: forward, gradient of the weights; down: forward, both gradients.
        assert_eq!(flop(&of(false, 1).products(10)), 5 * one);
        assert_eq!(flop(&of(true, 1).products(10)), 5 * one);
        // Two forward passes to draw from, then all three reconstructions at once.
        assert_eq!(flop(&of(true, 3).products(10)), (2 * 2 + 3 * 5) * one);
        assert_eq!(flop(&classifier::products(&[3, 2, 3], 10, false)), 5 * one);
        assert_eq!(flop(&classifier::products(&[3, 2, 3], 10, true)), 3 * one);
    }

    #[test]
    fn every_model_hands_out_its_products_in_every_stage() {
        let threads = Threads::new(2).unwrap();
        for kind in KINDS {
            let facts = Facts::of(40, 5);
            let usual = ModelSettings::defaults(kind, &facts).model;
            let layers = match (usual.spec().layers().len(), kind.takes_labels()) {
                (2, true) => vec![40, 5],
                (2, false) => vec![40, 33],
                _ => vec![40, 33, 5],
            };
            let defaults = ModelSettings::defaults(kind, &Facts { layers: Some(layers), ..facts });
            let spec = defaults.model.spec();
            let fit = FitSettings { precision: Precision::F32, ..defaults.training };
            for stage in 0..spec.stages(&fit).len() {
                let step = StepShape { stage, fit: &fit, labelled: 9, unlabelled: 7, threads: &threads };
                let mut names = Vec::new();
                spec.step_parts(&step, &mut |part| {
                    (part.work)();
                    (part.work)();
                    assert_eq!(part.flop > 0, part.name == "matrix products", "{kind}");
                    names.push(part.name);
                });
                assert_eq!(names[..2], ["matrix products", "optimiser"], "{kind}");
            }
        }
    }
}
