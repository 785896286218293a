//! The parts of a ladder's step: its products and optimiser, noise, normalisation, and the decoder's combinators.

use super::LadderSettings;
use super::buffers::{Noise, Rows};
use crate::models::step::{OnPart, Product, StepPart, StepShape, filled, of_matrices};
use laddernet_math::batchnorm::{MomentGradients, Moments, normalise, normalise_backward};
use laddernet_math::combinator::{VECTORS, combine, combine_backward, squared_error, squared_error_backward};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Row, WIDTH, groups, items, panels_of};
use std::iter;
use std::ops::Range;

/// The parts of a step of this network.
pub(super) fn parts(network: &LadderSettings, step: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    let shapes = Shapes { network, rows: Rows { n_l: step.labelled, n_u: step.unlabelled } };
    of_matrices(&shapes.products(), step, on_part);
    noise(&shapes, step, on_part);
    normalisation(&shapes, step, on_part);
    if !shapes.decoder().is_empty() {
        combinators(&shapes, step, on_part);
    }
}

/// The sizes of everything in a step.
struct Shapes<'a> {
    network: &'a LadderSettings,
    rows: Rows,
}

impl Shapes<'_> {
    /// Units of the layers that the decoder reaches, the lowest first.
    fn decoder(&self) -> &[usize] {
        let layers = &self.network.layers;
        &layers[if self.rows.n_u > 0 { self.network.lowest() } else { layers.len() }..]
    }

    /// Encoder, then decoder from the top down.
    fn products(&self) -> Vec<Product> {
        let encoder = self.network.layers.windows(2).enumerate();
        let encoder = encoder.map(|(l, m)| Product::layer(m[0], m[1], self.rows.all(), l == 0));
        let decoder = self.decoder().windows(2).rev();
        encoder.chain(decoder.map(|m| Product::layer(m[1], m[0], self.rows.n_u, false))).collect()
    }

    /// Segments that are normalised, each for itself, with the units of their layer.
    fn segments(&self) -> Vec<(usize, Vec<Range<usize>>)> {
        let encoder = self.network.layers[1..].iter().map(|&m| (m, self.rows.segments().collect()));
        encoder.chain(self.decoder().iter().map(|&m| (m, iter::once(0..self.rows.n_u).collect()))).collect()
    }
}

fn noise(shapes: &Shapes<'_>, StepShape { threads, .. }: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    let (isa, rows) = (threads.isa(), shapes.rows.corrupted());
    let layer = |&units: &usize| (filled(rows, units), Panels::new(rows, units));
    let mut layers: Vec<_> = shapes.network.layers.iter().map(layer).collect();
    let noise = Noise::Drawn { seed: 1, purpose: Purpose::TrainingNoise, step: 0 };
    let work = &mut || {
        for (l, (x, out)) in layers.iter_mut().enumerate() {
            let columns = x.columns();
            threads.for_each(out.panels_mut(), |j, out| noise.add(isa, l, j, columns, 0.3, x.panel(j), out));
        }
    };
    on_part(StepPart { name: "noise", flop: 0, work });
}

fn normalisation(shapes: &Shapes<'_>, StepShape { threads, .. }: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    let isa = threads.isa();
    let layer = |(units, segments): (usize, Vec<Range<usize>>)| {
        let rows = segments.last().map_or(0, |last| last.end);
        let moments = vec![[Moments::STANDARD; 3]; panels_of(units)];
        (segments, filled(rows, units), filled(rows, units), moments)
    };
    let mut layers: Vec<_> = shapes.segments().into_iter().map(layer).collect();
    let work = &mut || {
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
    };
    on_part(StepPart { name: "normalisation", flop: 0, work });
}

fn combinators(shapes: &Shapes<'_>, StepShape { threads, .. }: &StepShape<'_>, on_part: &mut OnPart<'_>) {
    struct Layer {
        from: [Panels; 3], // z_tilde, u, z
        z_hat: Panels,
        to: [Panels; 3], // gradients of z_hat (then of z_tilde), z, u
        squares: Vec<Row>,
        d_a: Vec<Row>,
    }
    let (isa, rows) = (threads.isa(), shapes.rows.n_u);
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
    let work = &mut || {
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
    };
    on_part(StepPart { name: "combinators and their costs", flop: 0, work });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ladder::Variant;

    /// Reference: the operations that are counted for a step in `settings.rs`.
    #[test]
    fn the_products_are_those_of_a_step() {
        for variant in Variant::ALL {
            let layers = LadderSettings::default().layers.len();
            let network =
                LadderSettings { denoising_weights: variant.authors_weights(None, layers), ..Default::default() };
            let (n_l, n_u) = (90, if network.uses_unlabelled() { 70 } else { 0 });
            let shapes = Shapes { network: &network, rows: Rows { n_l, n_u } };
            let total: u64 = shapes.products().iter().map(Product::flop).sum();
            assert_eq!(total, network.product_flop(n_l, n_u), "{variant}");
        }
    }
}
