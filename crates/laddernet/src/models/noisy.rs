//! Rows with noise, and what a model makes of them.

use super::trained::Reconstruction;
use crate::dataset::{Dataset, Scaling, Values};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Threads};

/// Adds noise of standard deviation `noise` to rows and lets `reconstructed` make rows of them, row-major.
pub(super) fn reconstruct_noisy(
    data: &Dataset,
    noise: f32,
    seed: u64,
    threads: &Threads,
    reconstructed: impl FnOnce(&Dataset) -> Vec<f32>,
) -> Reconstruction {
    let (rows, columns) = (data.rows(), data.features());
    let mut clean = vec![0.0; rows * columns];
    clean.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| data.copy_row(r, row));
    let mut x = Panels::new(rows, columns);
    clean.chunks_exact(columns).enumerate().for_each(|(r, row)| x.set_row(r, row));
    let stream = Stream { seed, purpose: Purpose::ReconstructionNoise, step: 0, layer: 0 };
    threads.for_each(x.panels_mut(), |p, panel| {
        let still = panel.to_vec();
        add_noise(threads.isa(), stream, p, columns, noise, &still, panel);
    });
    let mut corrupted = vec![0.0; rows * columns];
    corrupted.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| x.read_row(r, row));
    let noisy =
        Dataset::new(Values::F32(corrupted.clone()), vec![None; rows], Vec::new(), vec![columns], Scaling::NONE);
    let reconstructed = reconstructed(&noisy.expect("rows as before, of finite numbers"));
    Reconstruction { clean, corrupted, reconstructed }
}
