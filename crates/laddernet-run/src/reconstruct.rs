//! The picture of what makes a ladder a ladder: rows, the same rows drowned in noise, and what the decoder makes
//! of them.

use crate::error::RunError;
use crate::model_file::{Network, SavedModel};
use laddernet::models::Reconstruction;
use laddernet::{Dataset, Threads};

/// What to draw.
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

/// A grey picture, and how far the decoder was off at each noise level.
pub struct Grid {
    /// Its width in pixels.
    pub width: usize,
    /// Its height in pixels.
    pub height: usize,
    /// One byte a pixel, 0 = black.
    pub pixels: Vec<u8>,
    /// For each noise level, the root mean square distance to the clean rows: `(corrupted, reconstructed)`.
    pub distances: Vec<(f32, f32)>,
}

/// Pictures are enlarged by a whole factor until they are at least this wide.
const MIN_CELL: usize = 56;
/// Grey between pictures, and round the whole.
const GAP: usize = 3;
/// Grey between one noise level and the next.
const WIDE_GAP: usize = 12;
const MARGIN: usize = 10;
const HEADING: usize = 18;
const BACKGROUND: u8 = 250;
const INK: u8 = 40;

/// Draws a line for each row: clean, then at each noise level corrupted and reconstructed.
///
/// # Errors
/// When the model has no decoder down to the input, the rows are not what it takes, or they are no pictures.
pub fn draw(
    saved: &SavedModel,
    name: &str,
    data: &Dataset,
    settings: &GridSettings,
    threads: &Threads,
) -> Result<Grid, RunError> {
    let unable = || {
        RunError::Unable(format!(
            "a '{}' model cannot reconstruct, it does not come down to the input again: train one with --model full, \
             --model bottom, --model autoencoder or --model rbm",
            saved.card.model
        ))
    };
    if matches!(&saved.network, Network::Ladder(ladder) if !ladder.can_reconstruct()) {
        return Err(unable());
    }
    saved.check(name, data)?;
    let (height, width) = picture_shape(&saved.card.row_shape, settings.shape)?;
    let level = |&noise: &f32| match &saved.network {
        Network::Ladder(ladder) => Some(ladder.reconstruct(data, noise, settings.seed, threads)),
        Network::Lineage(trained) => trained.reconstruct(data, noise, settings.seed, threads),
    };
    let levels = settings.noise.iter().map(level).collect::<Option<Vec<Reconstruction>>>().ok_or_else(unable)?;
    let scale = MIN_CELL.div_ceil(width.max(height)).max(1);
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
        let mut clean = vec![0.0; data.features()];
        data.copy_row(row, &mut clean);
        canvas.picture(&clean, width, scale, MARGIN, y);
        for (k, level) in levels.iter().enumerate() {
            let x = MARGIN + cell_w + k * pair + WIDE_GAP;
            let part = row * data.features()..(row + 1) * data.features();
            canvas.picture(&level.corrupted[part.clone()], width, scale, x, y);
            canvas.picture(&level.reconstructed[part], width, scale, x + cell_w + GAP, y);
        }
    }
    let off = |l: &Reconstruction| (distance(&l.clean, &l.corrupted), distance(&l.clean, &l.reconstructed));
    Ok(Grid {
        width: canvas_width,
        height: canvas_height,
        pixels: canvas.pixels,
        distances: levels.iter().map(off).collect(),
    })
}

impl Grid {
    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// When the picture is too large for PNG.
    pub fn to_png(&self) -> Result<Vec<u8>, RunError> {
        let too_large = |e: png::EncodingError| RunError::Unable(format!("no PNG of this size: {e}"));
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(too_large)?;
        writer.write_image_data(&self.pixels).map_err(too_large)?;
        writer.finish().map_err(too_large)?;
        Ok(bytes)
    }
}

fn picture_shape(row_shape: &[usize], asked: Option<(usize, usize)>) -> Result<(usize, usize), RunError> {
    let features: usize = row_shape.iter().product();
    match (asked, row_shape) {
        (Some((h, w)), _) if h.checked_mul(w) == Some(features) => Ok((h, w)),
        (Some((h, w)), _) => Err(RunError::DataMismatch(format!(
            "a row of {features} values is no picture of {h} x {w}: give --shape HEIGHTxWIDTH with this product"
        ))),
        (None, &[h, w] | &[h, w, 1]) => Ok((h, w)),
        (None, _) => Err(RunError::DataMismatch(format!(
            "rows of shape {row_shape:?} are no pictures: if they can be seen as one, say how with --shape HEIGHTxWIDTH"
        ))),
    }
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    let sum: f64 = a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum();
    (sum / a.len().max(1) as f64).sqrt() as f32
}

struct Canvas {
    width: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Canvas { width, pixels: vec![BACKGROUND; width * height] }
    }

    /// Values 0..=1 as black to white, each a square of `scale` pixels; values outside are cut off.
    fn picture(&mut self, values: &[f32], columns: usize, scale: usize, x: usize, y: usize) {
        for (i, &value) in values.iter().enumerate() {
            let grey = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            self.square(x + i % columns * scale, y + i / columns * scale, scale, grey);
        }
    }

    /// Digits and points, 3 x 5 squares of two pixels each.
    fn text(&mut self, text: &str, x: usize, y: usize) {
        for (i, c) in text.chars().enumerate() {
            for (line, bits) in glyph(c).into_iter().enumerate() {
                for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                    self.square(x + i * 8 + column * 2, y + line * 2, 2, INK);
                }
            }
        }
    }

    fn square(&mut self, x: usize, y: usize, side: usize, grey: u8) {
        for line in y..y + side {
            let start = (line * self.width + x).min(self.pixels.len());
            let end = (line * self.width + (x + side).min(self.width)).min(self.pixels.len());
            self.pixels[start..end.max(start)].fill(grey);
        }
    }
}

/// Five lines of three bits.
fn glyph(c: char) -> [u8; 5] {
    match c {
        '0' => [7, 5, 5, 5, 7],
        '1' => [2, 6, 2, 2, 7],
        '2' => [7, 1, 7, 4, 7],
        '3' => [7, 1, 7, 1, 7],
        '4' => [5, 5, 7, 1, 1],
        '5' => [7, 4, 7, 1, 7],
        '6' => [7, 4, 7, 5, 7],
        '7' => [7, 1, 1, 1, 1],
        '8' => [7, 5, 7, 5, 7],
        '9' => [7, 5, 7, 1, 7],
        '.' => [0, 0, 0, 0, 2],
        _ => [0; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_are_no_pictures_say_what_to_do() {
        assert_eq!(picture_shape(&[8, 8], None).unwrap(), (8, 8));
        assert_eq!(picture_shape(&[64], Some((4, 16))).unwrap(), (4, 16));
        assert!(picture_shape(&[64], None).err().unwrap().to_string().contains("--shape"));
        assert!(picture_shape(&[64], Some((8, 9))).is_err());
    }

    #[test]
    fn a_canvas_is_never_left() {
        let mut canvas = Canvas::new(10, 10);
        canvas.text("0.123456789", 4, 6);
        canvas.picture(&[f32::NAN, 2.0, -1.0, 0.5], 2, 7, 0, 0);
        assert_eq!(canvas.pixels.len(), 100);
    }
}
