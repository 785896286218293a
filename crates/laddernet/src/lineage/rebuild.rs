//! Rows under noise, and what a trained model of the lineage makes of them.

use super::Trained;
use crate::dataset::{Dataset, Scaling, Values};
use crate::models::Reconstruction;
use crate::models::autoencoder::{Autoencoder, AutoencoderSettings};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Threads};

impl Trained {
    /// Adds noise of standard deviation `noise` to rows and rebuilds them: an autoencoder by its code, a machine by the
    /// probabilities of its hidden units. `None` for a model that does not go down again.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn reconstruct(&self, data: &Dataset, noise: f32, seed: u64, threads: &Threads) -> Option<Reconstruction> {
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
        let noisy = noisy.expect("rows as before, of finite numbers");
        let reconstructed = match self {
            Trained::Classifier(_) => return None,
            Trained::Autoencoder(autoencoder) => autoencoder.rebuilt(&noisy, threads),
            Trained::Rbm(rbm) => {
                let settings = AutoencoderSettings { tied: true, ..AutoencoderSettings::of(&[]) };
                let folded_out = Autoencoder::unrolled(std::slice::from_ref(&**rbm), settings).expect("one machine");
                folded_out.rebuilt(&noisy, threads)
            }
        };
        Some(Reconstruction { clean, corrupted, reconstructed })
    }

    /// The code of each row, as rows of their own with the same labels: of a classifier, the last layer below the classes.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn codes(&self, data: &Dataset, threads: &Threads) -> Dataset {
        let up = |layers: &[crate::models::Dense]| {
            let (first, rest) = layers.split_first()?;
            Some(rest.iter().fold(first.codes(data, threads), |below, layer| layer.codes(&below, threads)))
        };
        match self {
            Trained::Classifier(classifier) => up(classifier.hidden()).unwrap_or_else(|| data.clone()),
            Trained::Autoencoder(autoencoder) => autoencoder.codes(data, threads),
            Trained::Rbm(rbm) => rbm.up().codes(data, threads),
        }
    }
}
