//! Rows, the same rows with noise, and their reconstructions, side by side.

use super::canvas::{Canvas, GAP, MARGIN, Picture, picture_shape, scale_of};
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::models::Reconstruction;
use laddernet::{Dataset, Threads};

/// What to render.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSettings {
    /// Standard deviations of the noise, a pair of columns each.
    pub noise: Vec<f32>,
    /// Height and width of a row's picture; `None` takes the shape the model was trained with.
    pub shape: Option<(usize, usize)>,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for GridSettings {
    fn default() -> Self {
        GridSettings { noise: vec![0.15, 0.3, 0.5, 0.8], shape: None, seed: 1 }
    }
}

/// A grey picture, and how far the reconstructions are at each noise level.
pub struct Grid {
    /// The picture.
    pub picture: Picture,
    /// For each noise level, the root mean square distance to the clean rows: `(corrupted, reconstructed)`.
    pub distances: Vec<(f32, f32)>,
}

/// Grey between one noise level and the next.
const WIDE_GAP: usize = 12;
const HEADING: usize = 18;

/// Renders a line for each row: clean, then at each noise level corrupted and reconstructed.
///
/// # Errors
/// When the model has no decoder down to the input, the rows are not what it takes, or they are no pictures.
pub fn render(
    saved: &SavedModel,
    name: &str,
    data: &Dataset,
    settings: &GridSettings,
    threads: &Threads,
) -> Result<Grid, RunError> {
    let model = saved.reconstructs()?;
    let data = &*saved.inputs(name, data)?;
    let (height, width) = picture_shape(&saved.card.row_shape, settings.shape)?;
    let level = |&noise: &f32| model.reconstruct(data, noise, settings.seed, threads);
    let levels: Vec<Reconstruction> = settings.noise.iter().map(level).collect();
    let scale = scale_of(height, width);
    let (cell_w, cell_h) = (width * scale, height * scale);
    let pair = WIDE_GAP + cell_w + GAP + cell_w;
    let canvas_width = 2 * MARGIN + cell_w + levels.len() * pair;
    let canvas_height = 2 * MARGIN + HEADING + data.rows() * (cell_h + GAP) - GAP;
    let mut canvas = Canvas::new(canvas_width, canvas_height);
    for (k, noise) in settings.noise.iter().enumerate() {
        canvas.text(&noise.to_string(), MARGIN + cell_w + k * pair + WIDE_GAP, MARGIN);
    }
    for row in 0..data.rows() {
        let y = MARGIN + HEADING + row * (cell_h + GAP);
        let part = row * data.features()..(row + 1) * data.features();
        let mut put =
            |values: &[f32], x| canvas.picture(&saved.preprocessing.grey(&values[part.clone()]), width, scale, x, y);
        put(&levels[0].clean, MARGIN);
        for (k, level) in levels.iter().enumerate() {
            let x = MARGIN + cell_w + k * pair + WIDE_GAP;
            put(&level.corrupted, x);
            put(&level.reconstructed, x + cell_w + GAP);
        }
    }
    let distances = |l: &Reconstruction| (distance(&l.clean, &l.corrupted), distance(&l.clean, &l.reconstructed));
    Ok(Grid { picture: canvas.into_picture(), distances: levels.iter().map(distances).collect() })
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    let sum: f64 = a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum();
    (sum / a.len().max(1) as f64).sqrt() as f32
}
