//! The parts of a training step, each timed alone: the kernels of the step on its shapes, with its threads, and nothing
//! between them. Alone, a part finds its operands in another cache than inside a step, so the sum is no exact account.

use super::Times;
use laddernet::models::LadderSettings;
use laddernet_math::adam::{adam, corrected_rate};
use laddernet_math::batchnorm::{MomentGradients, Moments, normalise, normalise_backward};
use laddernet_math::combinator::{VECTORS, combine, combine_backward, squared_error, squared_error_backward};
use laddernet_math::half::{Pairs, TILE_PAIRS, pack_pairs};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::operand::{Operand, Role, Weights, backward, forward, gradient};
use laddernet_math::random::Purpose;
use laddernet_math::tiles::{Tiles, storage};
use laddernet_math::{Panels, Precision, Row, Threads, WIDTH, groups, items, panels_of};
use serde::Serialize;
use std::hint::black_box;
use std::ops::Range;

/// Where the time of a step goes, in milliseconds. All but the last were measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parts {
    /// Matrix products: forward, and the gradients of weights and inputs.
    pub products: f64,
    /// Adam's step over the weights, and rounding them for the next products.
    pub adam: f64,
    /// Drawing and adding the noise.
    pub noise: f64,
    /// Batch normalisation and its gradient.
    pub normalisation: f64,
    /// The decoder's combinator, the denoising cost, and their gradients.
    pub combinator: f64,
    /// What is left of the step: gathering rows, rounding, activations, softmax, and waiting of threads. 0 where the
    /// parts took longer alone than the whole step.
    pub everything_else: f64,
}

impl Parts {
    /// What is left of a step that takes `ms`.
    pub(super) fn of_a_step(self, ms: f64) -> Self {
        let alone = self.products + self.adam + self.noise + self.normalisation + self.combinator;
        Parts { everything_else: (ms - alone).max(0.0), ..self }
    }
}

/// Times each part for about so many seconds. One part is measured after the other, and holds no memory afterwards.
pub(super) fn measure(
    network: &LadderSettings,
    labelled: usize,
    unlabelled: usize,
    threads: &Threads,
    seconds: f64,
) -> Parts {
    let shapes = Shapes { network, labelled, unlabelled };
    let ms = |times: Times| times.median();
    Parts {
        products: ms(products(&shapes, threads, seconds)),
        adam: ms(weights(&shapes, threads, seconds)),
        noise: ms(noise(&shapes, threads, seconds)),
        normalisation: ms(normalisation(&shapes, threads, seconds)),
        combinator: if shapes.decoder().is_empty() { 0.0 } else { ms(combinator(&shapes, threads, seconds)) },
        everything_else: 0.0,
    }
}

/// The sizes of everything in a step.
struct Shapes<'a> {
    network: &'a LadderSettings,
    labelled: usize,
    unlabelled: usize,
}

/// `[rows, inputs] x [inputs, outputs]`; the first layer needs no gradient of its input.
#[derive(Clone, Copy)]
struct Product {
    rows: usize,
    inputs: usize,
    outputs: usize,
    to_input: bool,
}

impl Shapes<'_> {
    /// Corrupted labelled and unlabelled rows, and clean unlabelled ones.
    fn rows(&self) -> usize {
        self.labelled + 2 * self.unlabelled
    }

    /// Units of the layers that the decoder reaches, the lowest first.
    fn decoder(&self) -> &[usize] {
        let LadderSettings { layers, denoising_weights, .. } = self.network;
        let lowest = denoising_weights.iter().position(|&w| w > 0.0).filter(|_| self.unlabelled > 0);
        &layers[lowest.unwrap_or(layers.len())..]
    }

    /// Encoder, then decoder from the top down.
    fn products(&self) -> Vec<Product> {
        let encoder = self.network.layers.windows(2).enumerate();
        let encoder = encoder.map(|(l, m)| Product { rows: self.rows(), inputs: m[0], outputs: m[1], to_input: l > 0 });
        let decoder = self.decoder().windows(2).rev();
        let decoder = decoder.map(|m| Product { rows: self.unlabelled, inputs: m[1], outputs: m[0], to_input: true });
        encoder.chain(decoder).collect()
    }

    /// Segments that are normalised, each for itself, with the units of their layer.
    fn segments(&self) -> Vec<(usize, [Range<usize>; 3])> {
        let (l, u) = (self.labelled, self.unlabelled);
        let encoder = self.network.layers[1..].iter().map(|&m| (m, [0..l, l..l + u, l + u..l + 2 * u]));
        encoder.chain(self.decoder().iter().map(|&m| (m, [0..u, u..u, u..u]))).collect()
    }
}

/// Numbers between -0.5 and 0.5.
fn filled(rows: usize, columns: usize) -> Panels {
    let mut panels = Panels::new(rows, columns);
    for j in 0..panels.count() {
        fill(panels.panel_mut(j), j);
    }
    panels
}

fn fill(rows: &mut [Row], salt: usize) {
    for (r, row) in rows.iter_mut().enumerate() {
        *row = Row(std::array::from_fn(|c| ((r * 31 + c * 17 + salt * 7 + r * c) % 97) as f32 / 97.0 - 0.5));
    }
}

/// A weight matrix and, with bf16 products, its rounded copy.
struct Matrix {
    inputs: usize,
    outputs: usize,
    tiles: Vec<Row>,
    rounded: Vec<Pairs>,
}

impl Matrix {
    fn new(threads: &Threads, inputs: usize, outputs: usize) -> Self {
        let mut tiles = vec![Row::ZERO; storage(inputs, outputs)];
        fill(&mut tiles, 1);
        let pairs = if threads.precision() == Precision::Bf16 { tiles.len() / 2 } else { 0 };
        let mut rounded = vec![Pairs::ZERO; pairs];
        pack_pairs(threads.isa(), &tiles[..2 * pairs], &mut rounded);
        Matrix { inputs, outputs, tiles, rounded }
    }

    fn weights(&self) -> Weights<'_> {
        Weights { tiles: Tiles::new(&self.tiles, self.inputs, self.outputs), rounded: &self.rounded }
    }
}

fn products(shapes: &Shapes<'_>, threads: &Threads, seconds: f64) -> Times {
    struct Layer {
        a: Operand, // [rows, inputs]
        w: Matrix,
        d: Operand,  // [rows, outputs]
        out: Panels, // [rows, outputs]
        d_a: Panels, // [rows, inputs], or no rows
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
    let layer = |Product { rows, inputs, outputs, to_input }| Layer {
        a: operand(Role::Input, rows, inputs),
        w: Matrix::new(threads, inputs, outputs),
        d: operand(Role::Gradient, rows, outputs),
        out: Panels::new(rows, outputs),
        d_a: Panels::new(if to_input { rows } else { 0 }, inputs),
    };
    let mut layers: Vec<Layer> = shapes.products().into_iter().map(layer).collect();
    Times::of(seconds, || {
        for Layer { a, w, out, .. } in &mut layers {
            threads.for_each(out.panels_mut(), |j, out| forward(isa, a, w.weights(), j, out));
        }
        for Layer { a, w, d, d_a, .. } in layers.iter_mut().rev() {
            let weights = w.weights().tiles;
            threads.for_each(d_a.panels_mut(), |p, d_a| {
                if !d_a.is_empty() {
                    backward(isa, d, weights.row(p), d_a);
                }
                let mut tiles = [Row::ZERO; 4 * WIDTH];
                let panels = panels_of(weights.outputs());
                for j in (0..panels).step_by(4) {
                    let tiles = &mut tiles[..(panels - j).min(4) * WIDTH];
                    gradient(isa, a, p, d, j, [&[]; 2], tiles);
                    black_box(tiles);
                }
            });
        }
    })
}

/// Adam over the weights and their rounding, tile by tile as a step does it.
fn weights(shapes: &Shapes<'_>, threads: &Threads, seconds: f64) -> Times {
    let isa = threads.isa();
    let state = |Product { inputs, outputs, .. }| {
        let mut rows = [(); 2].map(|()| vec![Row::ZERO; storage(inputs, outputs)]);
        fill(&mut rows[0], 2);
        (panels_of(outputs) * WIDTH, Matrix::new(threads, inputs, outputs), rows)
    };
    let mut states: Vec<_> = shapes.products().into_iter().map(state).collect();
    let mut tile = [Row::ZERO; WIDTH];
    fill(&mut tile, 3);
    let mut step = 0;
    Times::of(seconds, || {
        step += 1;
        let rate = corrected_rate(1e-6, step);
        for (row, Matrix { tiles: value, rounded, .. }, [m, v]) in &mut states {
            let rounded_row = if rounded.is_empty() { 0 } else { *row / 2 };
            let parts = (groups(value, *row), groups(m, *row), groups(v, *row), groups(rounded, rounded_row));
            threads.for_each(parts, |_, (value, m, v, rounded)| {
                let tiles = value.chunks_exact_mut(WIDTH).zip(m.chunks_exact_mut(WIDTH)).zip(v.chunks_exact_mut(WIDTH));
                for (j, ((value, m), v)) in tiles.enumerate() {
                    adam(isa, rate, &tile, value, m, v);
                    if !rounded.is_empty() {
                        pack_pairs(isa, value, &mut rounded[j * TILE_PAIRS..(j + 1) * TILE_PAIRS]);
                    }
                }
            });
        }
    })
}

fn noise(shapes: &Shapes<'_>, threads: &Threads, seconds: f64) -> Times {
    let isa = threads.isa();
    let rows = shapes.labelled + shapes.unlabelled;
    let layer = |&units: &usize| (filled(rows, units), Panels::new(rows, units));
    let mut layers: Vec<_> = shapes.network.layers.iter().map(layer).collect();
    Times::of(seconds, || {
        for (l, (x, out)) in layers.iter_mut().enumerate() {
            let stream = Stream { seed: 1, purpose: Purpose::TrainingNoise, step: 0, layer: l as u16 };
            let columns = x.columns();
            threads.for_each(out.panels_mut(), |j, out| add_noise(isa, stream, j, columns, 0.3, x.panel(j), out));
        }
    })
}

fn normalisation(shapes: &Shapes<'_>, threads: &Threads, seconds: f64) -> Times {
    let isa = threads.isa();
    let layer = |(units, segments): (usize, [Range<usize>; 3])| {
        let rows = segments[2].end;
        let moments = vec![[Moments::STANDARD; 3]; panels_of(units)];
        (segments, filled(rows, units), filled(rows, units), moments)
    };
    let mut layers: Vec<_> = shapes.segments().into_iter().map(layer).collect();
    Times::of(seconds, || {
        for (segments, z, _, moments) in &mut layers {
            threads.for_each((z.panels_mut(), items(moments)), |_, (z, moments)| {
                for (segment, moments) in segments.iter().zip(moments) {
                    *moments = normalise(isa, &mut z[segment.clone()]);
                }
            });
        }
        for (segments, z, d, moments) in &mut layers {
            threads.for_each(d.panels_mut(), |j, d| {
                for (segment, moments) in segments.iter().zip(&moments[j]) {
                    let (z, d) = (&z.panel(j)[segment.clone()], &mut d[segment.clone()]);
                    normalise_backward(isa, z, moments, &MomentGradients::NONE, d);
                }
            });
        }
    })
}

fn combinator(shapes: &Shapes<'_>, threads: &Threads, seconds: f64) -> Times {
    struct Layer {
        from: [Panels; 3], // z_tilde, u, z
        z_hat: Panels,
        to: [Panels; 3], // gradients of z_hat (then of z_tilde), z, u
        squares: Vec<Row>,
        d_a: Vec<Row>,
    }
    let (isa, rows) = (threads.isa(), shapes.unlabelled);
    // Small enough that gradients which pass through again and again stay small.
    let a = [Row([0.1; WIDTH]); VECTORS];
    let layer = |&units: &usize| Layer {
        from: [(); 3].map(|()| filled(rows, units)),
        z_hat: Panels::new(rows, units),
        to: [(); 3].map(|()| filled(rows, units)),
        squares: vec![Row::ZERO; panels_of(units)],
        d_a: vec![Row::ZERO; panels_of(units) * VECTORS],
    };
    let mut layers: Vec<Layer> = shapes.decoder().iter().map(layer).collect();
    Times::of(seconds, || {
        for Layer { from: [z_tilde, u, z], z_hat, squares, .. } in layers.iter_mut().rev() {
            threads.for_each((z_hat.panels_mut(), items(squares)), |j, (z_hat, squares)| {
                combine(isa, &a, z_tilde.panel(j), u.panel(j), z_hat);
                *squares = squared_error(isa, z_hat, &Moments::STANDARD, z.panel(j));
            });
        }
        for Layer { from: [z_tilde, u, z], z_hat, to: [d, d_z, d_u], d_a, .. } in &mut layers {
            let parts = (d.panels_mut(), d_z.panels_mut(), d_u.panels_mut(), groups(d_a, VECTORS));
            threads.for_each(parts, |j, (d, d_z, d_u, d_a)| {
                let d_a = d_a.try_into().expect("ten vectors a panel");
                squared_error_backward(isa, 1e-3, z_hat.panel(j), &Moments::STANDARD, z.panel(j), d, d_z);
                combine_backward(isa, &a, z_tilde.panel(j), u.panel(j), d, d_u, d_a);
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use laddernet::models::ModelKind;

    /// Witness: the operations that the library counts for a step.
    #[test]
    fn the_products_are_those_of_a_step() {
        for kind in ModelKind::ALL {
            let layers = LadderSettings::default().layers;
            let network =
                LadderSettings { denoising_weights: kind.authors_weights(None, layers.len()), ..Default::default() };
            let (labelled, unlabelled) = (90, if network.uses_unlabelled() { 70 } else { 0 });
            let shapes = Shapes { network: &network, labelled, unlabelled };
            let flop = |p: &Product| 2 * p.rows * p.inputs * p.outputs * if p.to_input { 3 } else { 2 };
            let total: usize = shapes.products().iter().map(flop).sum();
            assert_eq!(total as u64, network.product_flop(labelled, unlabelled), "{kind}");
        }
    }

    #[test]
    fn what_is_left_of_a_step_is_never_negative() {
        let parts =
            Parts { products: 2.0, adam: 1.0, noise: 0.5, normalisation: 0.25, combinator: 0.25, everything_else: 0.0 };
        assert_eq!(parts.of_a_step(5.0).everything_else, 1.0);
        assert_eq!(parts.of_a_step(3.0).everything_else, 0.0);
    }
}
