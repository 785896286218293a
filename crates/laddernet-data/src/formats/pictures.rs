//! A picture: the bytes of a PNG or JPEG file -> grey or RGB values, and the rule that brings pictures to one size.
//!
//! Levels of 16 bits keep their upper byte, 1, 2 and 4 bits and palettes are spread to 0..=255, transparent places are drawn over white,
//! and the rotation that a camera wrote beside a JPEG is carried out.

mod header;
#[cfg(test)]
pub(crate) mod tests;

use header::Kind;
pub(crate) use header::header;

use crate::error::DataError;
use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::imageops::{FilterType, resize};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, Limits, Luma, Pixel, Rgb};
use std::io::Cursor;

/// The longest side that is read, in pixels.
pub const LONGEST_SIDE: u32 = 1 << 15;

/// The most memory that one picture may take while it is read: 512 MiB, a photograph of 170 million pixels.
pub const MOST_MEMORY: u64 = 512 << 20;

/// No more bytes than this come out of one of a PNG: DEFLATE's 1032, and 4 for each bit of a palette. A size beyond it is a lie and
/// takes no memory.
const PNG_RATIO: u64 = 1032 * 32;

/// And of a JPEG: a bit a channel for a block of 8 x 8 pixels, and half as many channels where colours are halved.
const JPEG_RATIO: u64 = 1100;

/// The values of one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Number of rows of pixels.
    pub height: usize,
    /// Number of pixels in a row.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// `[height, width, channels]`.
    pub values: Vec<u8>,
    /// Whether it had transparent places, which were drawn over white.
    pub see_through: bool,
}

impl Picture {
    /// Whether it shows no colour: one channel, or three that are equal throughout.
    pub fn is_grey(&self) -> bool {
        self.channels == 1 || self.values.as_chunks::<3>().0.iter().all(|p| p[0] == p[1] && p[1] == p[2])
    }
}

/// What is wrong with a picture, before its file has a name.
#[derive(Debug)]
pub(crate) struct Fault {
    pub place: &'static str,
    pub found: String,
    pub expected: &'static str,
}

impl Fault {
    pub(crate) fn named(self, name: &str) -> DataError {
        DataError::Format {
            name: name.into(),
            place: self.place.into(),
            found: self.found,
            expected: self.expected.into(),
        }
    }
}

const WHOLE: &str = "a whole PNG or JPEG picture; copy or download it again";
const NOT_SO_LARGE: &str = "a picture whose file is as large as its size says; it is damaged or no picture";
const SMALLER: &str = "at most 32768 pixels a side and 512 MiB in all; make it smaller";

/// Reads a PNG or JPEG picture. `name` is the file's name for messages.
///
/// # Errors
/// When `bytes` are another format (which is named), an animation, damaged or cut short, or declare more pixels than they can hold.
pub fn decode(bytes: &[u8], name: &str) -> Result<Picture, DataError> {
    read(bytes).map_err(|fault| fault.named(name))
}

/// [`decode`] for whoever collects what is wrong with many pictures.
pub(crate) fn read(bytes: &[u8]) -> Result<Picture, Fault> {
    let about = header(&mut Cursor::new(bytes))?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    match about.kind {
        Kind::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(damaged)?;
            if decoder.is_apng().map_err(damaged)? {
                let expected = "a single picture; save one of its frames as PNG";
                return Err(Fault { place: "the header", found: "an animated PNG".into(), expected });
            }
            values(decoder, PNG_RATIO * bytes.len() as u64, Orientation::NoTransforms)
        }
        Kind::Jpeg => {
            // Its decoder fills what a cut file lacks with grey.
            if !header::jpeg_ends(bytes) {
                let found = "the end of the file before the picture's end mark".into();
                return Err(Fault { place: "the pixels", found, expected: WHOLE });
            }
            let mut decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
            decoder.set_limits(limits).map_err(damaged)?;
            values(decoder, JPEG_RATIO * bytes.len() as u64, about.orientation)
        }
    }
}

/// Unpacks the pixels, drops what is below the upper byte, and draws transparent places over white.
fn values(decoder: impl ImageDecoder, most: u64, orientation: Orientation) -> Result<Picture, Fault> {
    let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
    let total = decoder.total_bytes();
    if total > MOST_MEMORY {
        return Err(Fault { place: "the header", found: format!("{width} x {height} pixels"), expected: SMALLER });
    }
    if total > most {
        let found = format!("{width} x {height} pixels in a very short file");
        return Err(Fault { place: "the header", found, expected: NOT_SO_LARGE });
    }
    let mut raw = vec![0; total as usize];
    decoder.read_image(&mut raw).map_err(damaged)?;
    if matches!(color, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        raw = raw.as_chunks().0.iter().map(|&level| (u16::from_ne_bytes(level) >> 8) as u8).collect();
    }
    let mut see_through = false;
    if color.has_alpha() {
        let samples = usize::from(color.channel_count());
        see_through = raw.chunks_exact(samples).any(|pixel| pixel[samples - 1] < 255);
        raw = raw.chunks_exact(samples).flat_map(|pixel| over_white(pixel, samples - 1)).collect();
    }
    let unfit = || Fault { place: "the pixels", found: "fewer than the header says".into(), expected: WHOLE };
    let mut whole = if color.has_color() {
        DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, raw).ok_or_else(unfit)?)
    } else {
        DynamicImage::ImageLuma8(ImageBuffer::from_raw(width, height, raw).ok_or_else(unfit)?)
    };
    whole.apply_orientation(orientation);
    let (height, width) = (whole.height() as usize, whole.width() as usize);
    let channels = if color.has_color() { 3 } else { 1 };
    Ok(Picture { height, width, channels, values: whole.into_bytes(), see_through })
}

/// The first `colors` samples of a pixel, seen on white paper.
fn over_white(pixel: &[u8], colors: usize) -> impl Iterator<Item = u8> + '_ {
    let alpha = u32::from(pixel[colors]);
    pixel[..colors].iter().map(move |&level| ((u32::from(level) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

fn damaged(error: ImageError) -> Fault {
    match error {
        ImageError::Limits(_) => Fault { place: "the header", found: "a very large picture".into(), expected: SMALLER },
        ImageError::Unsupported(error) => Fault {
            place: "the header",
            found: format!("a kind of picture that is not read ({error})"),
            expected: "an ordinary PNG or JPEG picture; convert it to PNG",
        },
        error => Fault { place: "the pixels", found: format!("damage ({error})"), expected: WHOLE },
    }
}

/// Brings a picture to `[height, width, channels]`: colours become grey by their luma, or grey is repeated; the picture is scaled, with
/// its proportions kept, until it just fits (each new pixel is a weighted mean over the old ones below it); and what stays free on two
/// sides is filled with the median of the picture's border, its background. A picture of this shape is returned as it is.
///
/// # Panics
/// When `channels` is neither 1 nor 3, or a side is 0 or beyond [`LONGEST_SIDE`].
pub fn to_shape(picture: &Picture, height: usize, width: usize, channels: usize) -> Vec<u8> {
    assert!(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not {channels}");
    let sides = 1..=LONGEST_SIDE as usize;
    assert!(sides.contains(&height) && sides.contains(&width), "no picture is {height} x {width} pixels");
    let values: Vec<u8> = match (picture.channels, channels) {
        (3, 1) => picture.values.as_chunks().0.iter().map(luma).collect(),
        (1, 3) => picture.values.iter().flat_map(|&level| [level; 3]).collect(),
        _ => picture.values.clone(),
    };
    if (picture.height, picture.width) == (height, width) {
        return values;
    }
    let (new_height, new_width) = fitting((picture.height, picture.width), (height, width));
    let background = border_median(&values, picture.height, picture.width, channels);
    let scaled = if channels == 1 {
        scale::<Luma<u8>>(values, picture, new_height, new_width)
    } else {
        scale::<Rgb<u8>>(values, picture, new_height, new_width)
    };
    let mut padded = Vec::with_capacity(height * width * channels);
    (0..height * width).for_each(|_| padded.extend(&background));
    let (top, left) = ((height - new_height) / 2, (width - new_width) / 2);
    for row in 0..new_height {
        let to = ((top + row) * width + left) * channels;
        let line = &scaled[row * new_width * channels..][..new_width * channels];
        padded[to..to + line.len()].copy_from_slice(line);
    }
    padded
}

/// The luma of television (Rec. 709), as the `image` library weighs it.
fn luma(&[red, green, blue]: &[u8; 3]) -> u8 {
    ((2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue) + 5000) / 10000) as u8
}

/// The largest height and width in the proportions of `from` that lie within `into`.
fn fitting(from: (usize, usize), into: (usize, usize)) -> (usize, usize) {
    // In whole numbers, so that proportions that fit exactly leave no pixel free.
    let rounded = |length: usize, part: usize, whole: usize| ((2 * length * part + whole) / (2 * whole)).max(1);
    if into.0 * from.1 <= into.1 * from.0 {
        (into.0, rounded(from.1, into.0, from.0).min(into.1))
    } else {
        (rounded(from.0, into.1, from.1).min(into.0), into.1)
    }
}

fn scale<P: Pixel<Subpixel = u8> + 'static>(values: Vec<u8>, from: &Picture, height: usize, width: usize) -> Vec<u8> {
    let whole: ImageBuffer<P, Vec<u8>> =
        ImageBuffer::from_raw(from.width as u32, from.height as u32, values).expect("values fill the picture");
    resize(&whole, width as u32, height as u32, FilterType::Triangle).into_raw()
}

/// The median of each channel over the outermost pixels.
fn border_median(values: &[u8], height: usize, width: usize, channels: usize) -> Vec<u8> {
    (0..channels)
        .map(|channel| {
            let mut counts = [0usize; 256];
            let mut total = 0;
            for row in 0..height {
                let inner = row > 0 && row + 1 < height;
                let step = if inner { (width - 1).max(1) } else { 1 };
                for column in (0..width).step_by(step) {
                    counts[usize::from(values[(row * width + column) * channels + channel])] += 1;
                    total += 1;
                }
            }
            let mut below = 0;
            let median = counts.iter().position(|&count| {
                below += count;
                2 * below >= total
            });
            median.unwrap_or(0) as u8
        })
        .collect()
}
