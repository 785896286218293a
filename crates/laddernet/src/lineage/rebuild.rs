//! Rows under noise, and what a trained model of the lineage makes of them.

use super::Trained;
use crate::dataset::{Dataset, DatasetError, Scaling, Values};
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

    /// The layers that have codes: those below the classes, or below and with an autoencoder's code.
    pub fn coding_layers(&self) -> usize {
        match self {
            Trained::Classifier(classifier) => classifier.hidden().len(),
            Trained::Autoencoder(autoencoder) => autoencoder.up().len(),
            Trained::Rbm(_) => 1,
        }
    }

    /// What layer `layer` makes of each row, as rows of their own with the same labels; layer 0 is the rows themselves.
    ///
    /// # Errors
    /// When a row is so far from those of the training that its code overflows.
    ///
    /// # Panics
    /// When rows have another length than the input layer, or there is no such layer.
    pub fn codes(&self, data: &Dataset, layer: usize, threads: &Threads) -> Result<Dataset, DatasetError> {
        let machine;
        let layers = match self {
            Trained::Classifier(classifier) => classifier.hidden(),
            Trained::Autoencoder(autoencoder) => autoencoder.up(),
            Trained::Rbm(rbm) => {
                machine = [rbm.up()];
                &machine
            }
        };
        let Some((first, rest)) = layers[..layer].split_first() else { return Ok(data.clone()) };
        rest.iter().try_fold(first.codes(data, threads)?, |below, layer| layer.codes(&below, threads))
    }
}
