//! The normalisation statistics that replace a batch's own at prediction, so that a row's answer does not depend on
//! its neighbours.
//!
//! As in the authors' code: one pass over the rows after training, all layers normalised by their batch in the same
//! pass, and the plain average over batches of the mean and of the variance times n / (n - 1).

use super::{Buffers, Ladder};
use laddernet_math::Row;
use laddernet_math::batchnorm::{EPSILON, Moments};

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

/// Sums over batches, in f64: means and unbiased variances.
pub(crate) struct Sums {
    layers: Vec<Vec<[[f64; 2]; 32]>>,
    batches: usize,
}

impl Sums {
    fn new() -> Self {
        Sums { layers: Vec::new(), batches: 0 }
    }

    fn add<'a>(&mut self, layers: impl Iterator<Item = LayerView<'a>>, rows: usize) {
        let unbiased = if rows > 1 { rows as f64 / (rows as f64 - 1.0) } else { 1.0 };
        for (i, layer) in layers.enumerate() {
            if self.layers.len() <= i {
                self.layers.push(vec![[[0.0; 2]; 32]; layer.len()]);
            }
            for (sums, moments) in self.layers[i].iter_mut().zip(layer) {
                for c in 0..32 {
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
        let panel = |sums: &[[f64; 2]; 32]| Moments {
            mean: Row(sums.map(|s| (s[0] / n) as f32)),
            sigma: Row(sums.map(|s| (s[1] / n + f64::from(EPSILON)).sqrt() as f32)),
        };
        self.layers.iter().map(|layer| layer.iter().map(panel).collect()).collect()
    }
}

type LayerView<'a> = Box<dyn ExactSizeIterator<Item = Moments> + 'a>;

/// Gathers [`Statistics`] from the unlabelled half of batches that a model has just encoded (and decoded).
pub(crate) struct Gather {
    clean: Sums,
    corrupted: Sums,
    decoder: Sums,
}

impl Gather {
    pub fn new() -> Self {
        Gather { clean: Sums::new(), corrupted: Sums::new(), decoder: Sums::new() }
    }

    /// The clean encoder's moments of the last batch.
    pub fn add_clean(&mut self, buffers: &Buffers) {
        self.clean.add(segment(buffers, 2), buffers.rows.n_u);
    }

    /// The corrupted encoder's and the decoder's moments of the last batch.
    pub fn add_decoder(&mut self, buffers: &Buffers) {
        self.corrupted.add(segment(buffers, 1), buffers.rows.n_u);
        let u = buffers.decoder.iter().map(|d| Box::new(d.u_moments.iter().copied()) as LayerView<'_>);
        self.decoder.add(u, buffers.rows.n_u);
    }

    pub fn finish(&self) -> Statistics {
        Statistics { clean: self.clean.finish(), corrupted: self.corrupted.finish(), decoder: self.decoder.finish() }
    }
}

fn segment(buffers: &Buffers, segment: usize) -> impl Iterator<Item = LayerView<'_>> {
    let of = move |e: &'_ [[Moments; 3]]| e.iter().map(move |m| m[segment]).collect::<Vec<_>>();
    buffers.encoder[1..].iter().map(move |e| Box::new(of(&e.moments).into_iter()) as LayerView<'_>)
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
