//! Samples of a saved model as a sheet of pictures: a chain a line, from left to right as it walks.

use super::canvas::{Canvas, GAP, MARGIN, Picture, check_pixels, picture_shape, scale_of};
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::models::{Sample, Start};
use laddernet::{Dataset, Threads};

/// What is rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSettings {
    /// Chains, where they begin at random states; else there is one a row.
    pub chains: usize,
    /// Pictures of each chain.
    pub pictures: usize,
    /// Steps from one picture to the next: Gibbs sweeps of an RBM, reconstructions of an autoencoder.
    pub every: u16,
    /// The part of a row that keeps its values, so that the rest is inpainted.
    pub held: Option<Held>,
    /// Height and width of a row's picture; `None` takes the shape the model was trained with.
    pub shape: Option<(usize, usize)>,
    /// Seed of all random numbers.
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

/// Lets chains walk from `start`, or from random states, and renders them.
///
/// # Errors
/// When the model cannot sample, the rows are not what it takes, or they are no pictures.
pub fn sample(
    saved: &SavedModel,
    start: Option<(&str, &Dataset)>,
    settings: &SampleSettings,
    threads: &Threads,
) -> Result<Samples, RunError> {
    let model = saved.samples()?;
    let start = start.map(|(name, rows)| saved.inputs(name, rows)).transpose()?;
    let start = start.as_deref();
    let features = saved.features();
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
    if settings.held.is_some() && !model.can_hold() {
        return Err(RunError::CannotHold(saved.kind()));
    }
    if settings.held.is_some() && start.is_none() {
        return Err(RunError::Argument("there is nothing to hold: begin at rows, not at random states".to_owned()));
    }
    let mask = settings.held.map(|held| held.mask(height, width));
    let start_of_chains = start.map_or(Start::Random(chains), Start::Rows);
    let frames = walk(model, start_of_chains, mask.as_deref(), (chains, steps, features), settings, threads);
    let first = usize::from(start.is_some());
    let columns = settings.pictures + first;
    let (cell_w, cell_h) = (width * scale + GAP, height * scale + GAP);
    let mut canvas = Canvas::new(2 * MARGIN + columns * cell_w - GAP, 2 * MARGIN + chains * cell_h - GAP);
    let mut row = vec![0.0; features];
    for chain in 0..chains {
        let y = MARGIN + chain * cell_h;
        if let Some(start) = start {
            start.copy_row(chain, &mut row);
            canvas.picture(&saved.preprocessing.grey(&row), width, scale, MARGIN, y);
        }
        for k in 0..settings.pictures {
            let at = (chain * settings.pictures + k) * features;
            let picture = saved.preprocessing.grey(&frames[at..at + features]);
            canvas.picture(&picture, width, scale, MARGIN + (k + first) * cell_w, y);
        }
    }
    Ok(Samples { chains, picture: canvas.into_picture() })
}

/// So many chains of so many steps, sampled now and then: chain after chain.
fn walk(
    model: &dyn Sample,
    start: Start<'_>,
    held: Option<&[bool]>,
    (chains, steps, features): (usize, u32, usize),
    settings: &SampleSettings,
    threads: &Threads,
) -> Vec<f32> {
    let SampleSettings { pictures, every, seed, .. } = *settings;
    let mut values = vec![0.0; chains * pictures * features];
    let mut k = 0;
    model.walk(start, steps, u32::from(every), held, seed, threads, &mut |likely| {
        for (chain, row) in likely.chunks_exact(features).enumerate() {
            values[(chain * pictures + k) * features..][..features].copy_from_slice(row);
        }
        k += 1;
    });
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
