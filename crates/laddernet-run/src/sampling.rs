//! Samples of a saved model as a sheet of pictures: a chain a line, from left to right as it walks.

use crate::error::RunError;
use crate::model_file::{Network, SavedModel};
use crate::picture::{Canvas, GAP, MARGIN, Picture, check_pixels, picture_shape, scale_of};
use laddernet::lineage::Trained;
use laddernet::models::rbm::{Binarise, Rbm, Start};
use laddernet::{Dataset, Scaling, Threads, Values};

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSettings {
    /// Chains, where they begin at coins; else there is one a row.
    pub chains: usize,
    /// Pictures of each chain.
    pub pictures: usize,
    /// Steps from one picture to the next: Gibbs sweeps of a machine, rebuildings of an autoencoder.
    pub every: u16,
    /// The part of a row that keeps its values, so that the rest is painted in.
    pub held: Option<Held>,
    /// Height and width of a row's picture; `None` takes the shape the model was trained with.
    pub shape: Option<(usize, usize)>,
    /// Seed of all draws.
    pub seed: u64,
}

/// A half of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The upper half.
    Top,
    /// The lower half.
    Bottom,
    /// The left half.
    Left,
    /// The right half.
    Right,
}

impl Held {
    /// Whether each value of a row is held.
    fn mask(self, height: usize, width: usize) -> Vec<bool> {
        let held = |i: usize| {
            let (y, x) = (i / width, i % width);
            match self {
                Held::Top => 2 * y < height,
                Held::Bottom => 2 * y >= height,
                Held::Left => 2 * x < width,
                Held::Right => 2 * x >= width,
            }
        };
        (0..height * width).map(held).collect()
    }
}

/// The samples: for each chain its pictures, the last ones at the right.
pub struct Samples {
    /// Chains.
    pub chains: usize,
    /// All of them side by side; where chains begin at rows, these stand at the left.
    pub picture: Picture,
}

/// Lets chains walk from `start`, or from coins, and draws them.
///
/// # Errors
/// When the model draws no samples, the rows are not what it takes, or they are no pictures.
pub fn sample(
    saved: &SavedModel,
    start: Option<(&str, &Dataset)>,
    settings: &SampleSettings,
    threads: &Threads,
) -> Result<Samples, RunError> {
    let start = start.map(|(name, rows)| saved.rows(name, rows)).transpose()?;
    let start = start.as_deref();
    let features = saved.card.layers[0];
    let (height, width) = picture_shape(&saved.card.row_shape, settings.shape)?;
    let chains = start.map_or(settings.chains, Dataset::rows);
    let scale = scale_of(height, width);
    check_pixels(chains.saturating_mul(settings.pictures + 1), features * scale * scale)?;
    let steps = u32::try_from(settings.pictures).ok().and_then(|n| n.checked_mul(u32::from(settings.every)));
    let Some(steps) = steps else {
        let (pictures, every, most) = (settings.pictures, settings.every, u32::MAX);
        return Err(RunError::Argument(format!(
            "{pictures} pictures, {every} steps apart: expected at most {most} steps"
        )));
    };
    let frames = match &saved.network {
        Network::Lineage(Trained::Rbm(rbm)) => {
            if settings.held.is_some() && start.is_none() {
                return Err(RunError::Argument("there is nothing to hold: begin at rows, not at coins".to_owned()));
            }
            let mask = settings.held.map(|held| held.mask(height, width));
            let start = start.map_or(Start::Coins(chains), Start::Rows);
            gibbs(rbm, start, mask.as_deref(), (chains, steps), settings, threads)
        }
        Network::Lineage(Trained::Autoencoder(autoencoder)) if settings.held.is_none() && saved.standards.is_none() => {
            let begin = start.map_or_else(|| coins(settings, features, threads), Dataset::clone);
            let kept = autoencoder.samples(&begin, steps, u32::from(settings.every), settings.seed, threads);
            // Chain after chain.
            let mut values = vec![0.0; kept.rows() * features];
            values.chunks_exact_mut(features).enumerate().for_each(|(r, row)| kept.copy_row(r, row));
            values
        }
        Network::Lineage(Trained::Autoencoder(_)) if saved.standards.is_none() => {
            return Err(RunError::Unable(format!(
                "a model of kind '{}' holds no part of a row: leave --hold out, or train one with --model rbm",
                saved.card.model
            )));
        }
        _ => {
            let standardised = if saved.standards.is_some() { " of standardised rows" } else { "" };
            return Err(RunError::Unable(format!(
                "a model of kind '{}'{standardised} draws no samples: train one with --model rbm or gsn",
                saved.card.model
            )));
        }
    };
    let first = usize::from(start.is_some());
    let columns = settings.pictures + first;
    let (cell_w, cell_h) = (width * scale + GAP, height * scale + GAP);
    let mut canvas = Canvas::new(2 * MARGIN + columns * cell_w - GAP, 2 * MARGIN + chains * cell_h - GAP);
    let mut row = vec![0.0; features];
    for chain in 0..chains {
        let y = MARGIN + chain * cell_h;
        if let Some(start) = start {
            start.copy_row(chain, &mut row);
            canvas.picture(&saved.shades(&row), width, scale, MARGIN, y);
        }
        for k in 0..settings.pictures {
            let at = (chain * settings.pictures + k) * features;
            let picture = saved.shades(&frames[at..at + features]);
            canvas.picture(&picture, width, scale, MARGIN + (k + first) * cell_w, y);
        }
    }
    Ok(Samples { chains, picture: canvas.into_picture() })
}

/// Rows of independent coins.
fn coins(settings: &SampleSettings, features: usize, threads: &Threads) -> Dataset {
    let half = vec![0.5; settings.chains * features];
    let rows = Dataset::new(Values::F32(half), vec![None; settings.chains], Vec::new(), vec![features], Scaling::NONE);
    Binarise::Stochastic.rows(&rows.expect("at least one chain"), settings.seed, threads)
}

/// So many Gibbs chains of so many sweeps, looked at now and then: chain after chain.
fn gibbs(
    rbm: &Rbm,
    start: Start<'_>,
    held: Option<&[bool]>,
    (chains, sweeps): (usize, u32),
    settings: &SampleSettings,
    threads: &Threads,
) -> Vec<f32> {
    let SampleSettings { pictures, every, seed, .. } = *settings;
    let (features, every) = (rbm.visible(), u32::from(every));
    let mut values = vec![0.0; chains * pictures * features];
    let mut k = 0;
    rbm.walk(start, sweeps, every, held, seed, threads, &mut |likely| {
        for (chain, row) in likely.chunks_exact(features).enumerate() {
            values[(chain * pictures + k) * features..][..features].copy_from_slice(row);
        }
        k += 1;
    })
    .expect("rows were checked");
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_picture() {
        let mask = |held: Held| held.mask(2, 4).into_iter().map(u8::from).collect::<Vec<_>>();
        assert_eq!(mask(Held::Top), [1, 1, 1, 1, 0, 0, 0, 0]);
        assert_eq!(mask(Held::Bottom), [0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(mask(Held::Left), [1, 1, 0, 0, 1, 1, 0, 0]);
        assert_eq!(mask(Held::Right), [0, 0, 1, 1, 0, 0, 1, 1]);
    }
}
