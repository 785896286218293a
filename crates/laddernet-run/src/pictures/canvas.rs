//! Grey pictures of rows side by side, as PNG.

use crate::error::RunError;

/// Pictures are enlarged by a whole factor until they are at least this wide.
const MIN_CELL: usize = 56;
/// Grey between pictures, and round the whole.
pub(crate) const GAP: usize = 3;
pub(crate) const MARGIN: usize = 10;
/// A larger sheet would take gigabytes: a quarter of a gigabyte of pixels.
const MOST_PIXELS: usize = 1 << 28;
const BACKGROUND: u8 = 250;
const INK: u8 = 40;

/// A grey picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its width in pixels.
    pub width: usize,
    /// Its height in pixels.
    pub height: usize,
    /// One byte a pixel, 0 = black.
    pub pixels: Vec<u8>,
}

impl Picture {
    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// When the picture is too large for PNG.
    pub fn to_png(&self) -> Result<Vec<u8>, RunError> {
        let too_large = |e: png::EncodingError| RunError::Argument(format!("no PNG of this size: {e}"));
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

/// Height and width of a row's picture.
///
/// # Errors
/// When the row is none of this shape, or of no shape that can be seen.
pub(crate) fn picture_shape(row_shape: &[usize], asked: Option<(usize, usize)>) -> Result<(usize, usize), RunError> {
    let features: usize = row_shape.iter().product();
    match (asked, row_shape) {
        (Some((h, w)), _) if h.checked_mul(w) == Some(features) => Ok((h, w)),
        (Some((h, w)), _) => {
            Err(RunError::NoPicture { reason: format!("a row of {features} values is no picture of {h} x {w}") })
        }
        (None, &[h, w] | &[h, w, 1]) => Ok((h, w)),
        (None, _) => Err(RunError::NoPicture { reason: format!("rows of shape {row_shape:?} are no pictures") }),
    }
}

/// By which whole factor pictures of this size are enlarged.
pub(crate) fn scale_of(height: usize, width: usize) -> usize {
    MIN_CELL.div_ceil(width.max(height)).max(1)
}

/// Refuses sheets that are too large.
///
/// # Errors
/// When `pictures` of so many pixels each are.
pub(crate) fn check_pixels(pictures: usize, each: usize) -> Result<(), RunError> {
    let pixels = pictures.saturating_mul(each);
    if pixels > MOST_PIXELS {
        return Err(RunError::Argument(format!(
            "{pictures} pictures make a sheet of {pixels} pixels: expected at most {MOST_PIXELS}; choose fewer"
        )));
    }
    Ok(())
}

/// A grey sheet on which pictures are put.
pub(crate) struct Canvas {
    width: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Canvas { width, pixels: vec![BACKGROUND; width * height] }
    }

    /// Values 0..=1 as black to white, each a square of `scale` pixels; values outside are cut off.
    pub fn picture(&mut self, values: &[f32], columns: usize, scale: usize, x: usize, y: usize) {
        for (i, &value) in values.iter().enumerate() {
            let grey = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            self.square(x + i % columns * scale, y + i / columns * scale, scale, grey);
        }
    }

    /// Digits and points, 3 x 5 squares of two pixels each.
    pub fn text(&mut self, text: &str, x: usize, y: usize) {
        for (i, c) in text.chars().enumerate() {
            for (line, bits) in glyph(c).into_iter().enumerate() {
                for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                    self.square(x + i * 8 + column * 2, y + line * 2, 2, INK);
                }
            }
        }
    }

    /// The sheet as it is.
    pub fn into_picture(self) -> Picture {
        Picture { width: self.width, height: self.pixels.len() / self.width.max(1), pixels: self.pixels }
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
mod tests;
