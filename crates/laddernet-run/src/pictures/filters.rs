//! What the units of a layer look for: their weights to the values of a row, as a sheet of pictures.
//!
//! Units above the first layer are rendered as the sums of the filters below them that their weights make (Lee et al. 2008): what
//! they would look for, were the units between them linear.

use super::canvas::{Canvas, GAP, MARGIN, Picture, check_pixels, picture_shape, scale_of};
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::tensor::Tensor;

/// What to render.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterSettings {
    /// The layer, from 1, the lowest.
    pub layer: usize,
    /// The first unit, from 0.
    pub first: usize,
    /// How many units from there on; fewer where the layer has no more.
    pub units: usize,
    /// Height and width of a row's picture; `None` takes the shape the model was trained with.
    pub shape: Option<(usize, usize)>,
}

/// A sheet of filters.
pub struct Filters {
    /// Units rendered.
    pub units: usize,
    /// One after the other, a line after the other. Of each unit by itself, its weights from the largest in size below zero (black)
    /// over zero (grey) to the largest in size above (white).
    pub picture: Picture,
}

/// Renders the filters of a layer.
///
/// # Errors
/// When there is no such layer or unit, or rows are no pictures.
pub fn render(saved: &SavedModel, settings: &FilterSettings) -> Result<Filters, RunError> {
    let (height, width) = picture_shape(&saved.card.row_shape, settings.shape)?;
    let weights = saved.encoder()?.weights();
    if settings.layer == 0 || settings.layer > weights.len() {
        let (layer, last) = (settings.layer, weights.len());
        return Err(RunError::Argument(format!(
            "there are no units of layer {layer}: expected a layer from 1 to {last}"
        )));
    }
    let all = weights[settings.layer - 1].0.shape[1];
    if settings.first >= all {
        let (first, layer, last) = (settings.first, settings.layer, all - 1);
        return Err(RunError::Argument(format!("layer {layer} has no unit {first}: expected a unit from 0 to {last}")));
    }
    let units = settings.units.min(all - settings.first);
    let columns = (units as f64).sqrt().ceil() as usize;
    let (lines, scale) = (units.div_ceil(columns), scale_of(height, width));
    check_pixels(units, height * width * scale * scale)?;
    let (cell_w, cell_h) = (width * scale + GAP, height * scale + GAP);
    let mut canvas = Canvas::new(2 * MARGIN + columns * cell_w - GAP, 2 * MARGIN + lines * cell_h - GAP);
    for k in 0..units {
        let unit = settings.first + k;
        let mut filter = column(&weights[settings.layer - 1].0, unit);
        for l in (1..settings.layer).rev() {
            // Some units are divided by their deviation before the layer above sees them.
            let (weight, sigma) = &weights[l - 1];
            if let Some(sigma) = sigma {
                filter.iter_mut().zip(sigma).for_each(|(w, &s)| *w /= f64::from(s).max(f64::MIN_POSITIVE));
            }
            filter = times(weight, &filter);
        }
        let most = filter.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        let grey = |w: &f64| if most > 0.0 { (0.5 + 0.5 * w / most) as f32 } else { 0.5 };
        let greys: Vec<f32> = filter.iter().map(grey).collect();
        canvas.picture(&greys, width, scale, MARGIN + k % columns * cell_w, MARGIN + k / columns * cell_h);
    }
    Ok(Filters { units, picture: canvas.into_picture() })
}

/// The weights of a unit to all below it.
fn column(weight: &Tensor, unit: usize) -> Vec<f64> {
    weight.values.chunks_exact(weight.shape[1]).map(|row| f64::from(row[unit])).collect()
}

/// `W x`.
fn times(weight: &Tensor, x: &[f64]) -> Vec<f64> {
    let row = |row: &[f32]| row.iter().zip(x).map(|(&w, x)| f64::from(w) * x).sum();
    weight.values.chunks_exact(weight.shape[1]).map(row).collect()
}
