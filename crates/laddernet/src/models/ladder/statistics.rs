//! The normalisation statistics that replace a batch's own at prediction, so that a row's answer does not depend on
//! its neighbours.
//!
//! As in the authors' code: one pass over the shuffled rows after training, all layers normalised by their batch in
//! the same pass, and the plain average over batches of the mean and of the variance times n / (n - 1).

use super::buffers::{LABELLED, UNLABELLED};
use super::{Buffers, Ladder};
use laddernet_math::batchnorm::{EPSILON, Moments};
use laddernet_math::{Row, WIDTH};

/// Moments of every panel of a layer.
pub(crate) type LayerMoments = Vec<Moments>;

/// Stored moments: of both encoder passes (layers 1..=L) and of `u` in the decoder (layers lowest..=L).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistics {
    pub clean: Vec<LayerMoments>,
    /// What a reconstruction needs; empty when the decoder does not reach the input.
    pub corrupted: Vec<LayerMoments>,
    pub decoder: Vec<LayerMoments>,
}

impl Statistics {
    /// The first clean moment that is not finite, as `(layer, what, value)`.
    pub fn not_finite(&self) -> Option<(usize, &'static str, f32)> {
        let groups = [
            ("a stored moment of the clean path", 1, &self.clean),
            ("a stored moment of the corrupted path", 1, &self.corrupted),
            ("a stored moment of the decoder", 0, &self.decoder),
        ];
        for (what, first, layers) in groups {
            for (l, layer) in (first..).zip(layers) {
                let mut values = layer.iter().flat_map(|m| m.mean.0.into_iter().chain(m.sigma.0));
                if let Some(value) = values.find(|x| !x.is_finite()) {
                    return Some((l, what, value));
                }
            }
        }
        None
    }
}

/// Sums over batches, in f64: mean and unbiased variance of each column.
#[derive(Default)]
pub(crate) struct Sums {
    layers: Vec<Vec<[[f64; 2]; WIDTH]>>,
    batches: usize,
}

impl Sums {
    fn add(&mut self, layers: &[LayerMoments], rows: usize) {
        let unbiased = if rows > 1 { rows as f64 / (rows as f64 - 1.0) } else { 1.0 };
        self.layers.resize_with(layers.len(), Vec::new);
        for (sums, layer) in self.layers.iter_mut().zip(layers) {
            sums.resize(layer.len(), [[0.0; 2]; WIDTH]);
            for (sums, moments) in sums.iter_mut().zip(layer) {
                for c in 0..WIDTH {
                    let sigma = f64::from(moments.sigma.0[c]);
                    sums[c][0] += f64::from(moments.mean.0[c]);
                    sums[c][1] += (sigma * sigma - f64::from(EPSILON)).max(0.0) * unbiased;
                }
            }
        }
        self.batches += 1;
    }

    fn finish(&self) -> Vec<LayerMoments> {
        let n = self.batches as f64;
        let panel = |sums: &[[f64; 2]; WIDTH]| Moments {
            mean: Row(sums.map(|s| (s[0] / n) as f32)),
            sigma: Row(sums.map(|s| (s[1] / n + f64::from(EPSILON)).sqrt() as f32)),
        };
        self.layers.iter().map(|layer| layer.iter().map(panel).collect()).collect()
    }
}

/// Gathers [`Statistics`] from batches that a model has just encoded (and decoded).
#[derive(Default)]
pub(crate) struct Gather {
    clean: Sums,
    corrupted: Sums,
    decoder: Sums,
}

impl Gather {
    /// The encoder's moments of a batch of labelled rows without noise.
    pub fn add_clean(&mut self, buffers: &Buffers) {
        self.clean.add(&segment(buffers, LABELLED), buffers.rows.n_l);
    }

    /// The corrupted encoder's and the decoder's moments of the unlabelled half of a batch.
    pub fn add_decoder(&mut self, buffers: &Buffers) {
        self.corrupted.add(&segment(buffers, UNLABELLED), buffers.rows.n_u);
        let u: Vec<LayerMoments> = buffers.decoder.iter().map(|d| d.u_moments.clone()).collect();
        self.decoder.add(&u, buffers.rows.n_u);
    }

    pub fn finish(&self) -> Statistics {
        Statistics { clean: self.clean.finish(), corrupted: self.corrupted.finish(), decoder: self.decoder.finish() }
    }
}

fn segment(buffers: &Buffers, segment: usize) -> Vec<LayerMoments> {
    buffers.encoder[1..].iter().map(|e| e.moments.iter().map(|m| m[segment]).collect()).collect()
}

impl Ladder {
    pub(crate) fn set_statistics(&mut self, statistics: Statistics) {
        self.statistics = Some(statistics);
    }

    pub(crate) fn statistics(&self) -> &Statistics {
        self.statistics.as_ref().expect("a model predicts after training, which gathers its statistics")
    }

    /// Whether the decoder reaches the input, so that rows can be reconstructed.
    pub fn can_reconstruct(&self) -> bool {
        self.settings().lowest() == 0
    }
}
