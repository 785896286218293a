//! Using a trained ladder: class probabilities from the clean encoder, and reconstructions of corrupted rows.
//!
//! Stored statistics stand in for those of a batch, and every sum runs in an order of its own row: the answer for a
//! row is the same to the bit whatever other rows are asked for with it. Class probabilities may be computed with bf16
//! products, whatever the precision of the training.

use super::structure::EncoderLayer;
use super::{Ladder, Noise, vectors};
use crate::dataset::{Dataset, DatasetError};
use crate::evaluation::Classify;
use crate::models::trained::Reconstruction;
use laddernet_math::activation::{relu, shift_scale};
use laddernet_math::batchnorm::{Moments, normalise_with};
use laddernet_math::combinator::combine;
use laddernet_math::half::Pairs;
use laddernet_math::operand::{Operand, Role, Weights, forward};
use laddernet_math::product::product;
use laddernet_math::random::Purpose;
use laddernet_math::softmax::softmax;
use laddernet_math::{Panels, Precision, Threads, groups};

/// Rows that one task works on; a multiple of the rows of a product block.
const BLOCK: usize = 240;

/// What the encoder hands to the decoder at prediction.
struct LayerInputs {
    z_tilde: Vec<Panels>, // of layers 0..=L; layer 0 alone without noise
    p: Panels,            // [rows, classes]
}

/// What becomes of rows on their way up.
struct Encoded {
    z_tilde: Vec<Panels>, // as above
    h: Panels,            // of the last layer: without the softmax at the classes
}

impl Encoded {
    /// The softmax of the classes' layer.
    fn classes(mut self, threads: &Threads) -> LayerInputs {
        let rows = self.h.rows();
        softmax(threads.isa(), &mut self.h, 0..rows, &mut vec![0.0; rows]);
        LayerInputs { z_tilde: self.z_tilde, p: self.h }
    }
}

impl Classify for Ladder {
    fn classes(&self) -> usize {
        self.classes()
    }

    fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        self.probabilities(data, threads)
    }
}

impl Ladder {
    /// Probabilities of the classes, `[rows, classes]`, from the clean encoder with the stored statistics, in the precision
    /// of `threads`.
    ///
    /// # Panics
    /// When the rows' length is not the model's, or the model was never trained.
    pub fn probabilities(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let classes = self.classes();
        let mut out = vec![0.0; data.rows() * classes];
        let weights = self.rounded_weights(threads);
        threads.for_each(groups(&mut out, BLOCK * classes), |block, out| {
            let x = self.gather(data, block, out.len() / classes);
            let p = self.encode_rows(threads, x, &weights, &self.statistics().clean, None).classes(threads).p;
            for (r, out) in out.chunks_exact_mut(classes).enumerate() {
                p.read_row(r, out);
            }
        });
        out
    }

    /// What layer `layer` of the clean encoder makes of each row with the stored statistics, as rows of their own with the same
    /// labels. Products are f32; a row's bits do not depend on its neighbours.
    ///
    /// # Errors
    /// When a row is so far from those of the training that its code overflows.
    ///
    /// # Panics
    /// When there is no such layer below the classes, the rows' length is not the model's, or the model was never trained.
    pub fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        assert!((1..self.encoder.len()).contains(&layer), "layer {layer} of {}", self.encoder.len());
        let threads = &threads.in_single_precision();
        let units = self.settings.layers[layer];
        let mut out = vec![0.0; data.rows() * units];
        let weights = self.rounded_weights(threads);
        threads.for_each(groups(&mut out, BLOCK * units), |block, out| {
            let x = self.gather(data, block, out.len() / units);
            read_all(&self.encode_rows(threads, x, &weights[..layer], &self.statistics().clean, None).h, out);
        });
        data.coded(out, units)
    }

    /// Corrupts rows with noise of standard deviation `noise` at the input (hidden layers in proportion to their
    /// training noise) and denoises them.
    ///
    /// The noise of a row follows from its place among the rows. The statistics are those of the training noise, so far from it the result leans towards typical rows.
    ///
    /// # Panics
    /// When [`Ladder::can_reconstruct`] is false, or the rows' length is not the model's.
    pub fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Reconstruction {
        assert!(self.can_reconstruct(), "the decoder does not reach the input");
        let threads = &threads.in_single_precision();
        let weights = self.rounded_weights(threads);
        let features = data.features();
        let mut clean = vec![0.0; data.rows() * features];
        let (mut corrupted, mut reconstructed) = (clean.clone(), clean.clone());
        let size = BLOCK * features;
        let parts = (groups(&mut clean, size), groups(&mut corrupted, size), groups(&mut reconstructed, size));
        threads.for_each(parts, |block, (clean, corrupted, reconstructed)| {
            let x = self.gather(data, block, clean.len() / features);
            read_all(&x, clean);
            let drawn = Noise::Drawn { seed, purpose: Purpose::ReconstructionNoise, step: block as u32 };
            let encoded = self.encode_rows(threads, x, &weights, &self.statistics().corrupted, Some((drawn, noise)));
            let encoded = encoded.classes(threads);
            read_all(&encoded.z_tilde[0], corrupted);
            read_all(&self.decode_rows(threads, &encoded), reconstructed);
        });
        Reconstruction { clean, corrupted, reconstructed }
    }

    fn gather(&self, data: &Dataset, block: usize, rows: usize) -> Panels {
        assert_eq!(data.features(), self.settings.layers[0], "values a row");
        let mut x = Panels::new(rows, data.features());
        let mut row = vec![0.0; data.features()];
        for r in 0..rows {
            data.copy_row(block * BLOCK + r, &mut row);
            x.set_row(r, &row);
        }
        x
    }

    /// The encoder's weights for bf16 products; nothing in single precision.
    fn rounded_weights(&self, threads: &Threads) -> Vec<Vec<Pairs>> {
        let round = |layer: &EncoderLayer| match threads.precision() {
            Precision::F32 => Vec::new(),
            Precision::Bf16 => layer.weight.rounded(threads.isa()),
        };
        self.encoder.iter().map(round).collect()
    }

    /// The encoder's layers, as many as there are `weights`, with given moments; with noise it keeps each layer's `z_tilde` for
    /// the decoder. Panels of a layer are shared among the threads, unless other blocks of rows keep them busy.
    fn encode_rows(
        &self,
        threads: &Threads,
        x: Panels,
        weights: &[Vec<Pairs>],
        moments: &[Vec<Moments>],
        noise: Option<(Noise<'_>, f32)>,
    ) -> Encoded {
        let (rows, settings, isa) = (x.rows(), &self.settings, threads.isa());
        let corrupt = |l: usize, x: Panels| {
            let Some((noise, input)) = noise else { return x };
            let training = if settings.input_noise > 0.0 { settings.input_noise } else { 1.0 };
            let sd = if l == 0 { input } else { settings.noise * input / training };
            let mut out = x.clone();
            for j in 0..x.count() {
                noise.add(isa, l, j, x.columns(), sd, x.panel(j), out.panel_mut(j));
            }
            out
        };
        let x = corrupt(0, x);
        let mut h = Operand::new(threads.precision(), Role::Fixed, rows, x.columns());
        threads.for_each(h.panels_mut(), |j, mut h| {
            h.copy_from_slice(x.panel(j));
            h.pack(isa);
        });
        let mut z_tilde = vec![x];
        for ((layer, rounded), moments) in self.encoder.iter().zip(weights).zip(moments) {
            let weights = Weights { tiles: layer.weight.tiles(), rounded };
            let mut z = Panels::new(rows, weights.tiles.outputs());
            threads.for_each(z.panels_mut(), |j, z| {
                forward(isa, &h, weights, j, z);
                normalise_with(isa, z, &moments[j]);
            });
            if noise.is_some() {
                z = corrupt(z_tilde.len(), z);
                z_tilde.push(z.clone());
            }
            h = Operand::new(threads.precision(), Role::Fixed, rows, z.columns());
            threads.for_each(h.panels_mut(), |j, mut h| {
                match &layer.scale {
                    None => relu(isa, z.panel(j), &layer.bias.value[j], &mut h),
                    Some(g) => shift_scale(isa, z.panel(j), &layer.bias.value[j], &g.value[j], &mut h),
                }
                h.pack(isa);
            });
        }
        Encoded { z_tilde, h: std::mem::replace(h.values_mut(), Panels::new(0, 0)) }
    }

    /// The decoder with the stored moments, down to layer 0.
    fn decode_rows(&self, threads: &Threads, encoded: &LayerInputs) -> Panels {
        let (rows, isa) = (encoded.p.rows(), threads.isa());
        let mut above: Option<Panels> = None;
        for (l, layer) in self.decoder.iter().enumerate().rev() {
            let units = self.settings.layers[l];
            let (mut u, mut z_hat) = (Panels::new(rows, units), Panels::new(rows, units));
            threads.for_each((u.panels_mut(), z_hat.panels_mut()), |j, (u, z_hat)| {
                match (&layer.weight, &above) {
                    (Some(v), Some(above)) => product(isa, above, 0, v.tiles().column(j), u),
                    _ => u.copy_from_slice(encoded.p.panel(j)),
                }
                normalise_with(isa, u, &self.statistics().decoder[l][j]);
                combine(isa, vectors(&layer.combinator.value, j), encoded.z_tilde[l].panel(j), u, z_hat);
            });
            above = Some(z_hat);
        }
        above.expect("a decoder that reaches the input")
    }
}

fn read_all(panels: &Panels, out: &mut [f32]) {
    for (r, out) in out.chunks_exact_mut(panels.columns()).enumerate() {
        panels.read_row(r, out);
    }
}
