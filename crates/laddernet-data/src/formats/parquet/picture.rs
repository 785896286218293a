//! Pictures inside a file, unpacked to the pixels of a batch.

use super::cells::{Fault, bytes_of};
use arrow_array::{Array, ArrayRef};
use laddernet::dataset::{Scaling, Values};
use laddernet::table::Pixels;

/// One unpacked picture.
struct Picture {
    /// `[height, width]`, or `[height, width, channels]`.
    shape: Vec<usize>,
    values: Vec<u8>,
}

/// Unpacks one picture, PNG or JPEG. What was found and expected, where it cannot be done.
#[cfg(feature = "pictures")]
fn picture(bytes: &[u8]) -> Result<Picture, (String, String)> {
    let decoded = crate::formats::pictures::decode(bytes, "the picture").map_err(|e| match e {
        crate::DataError::Format { found, expected, .. } => (found, expected),
        other => (other.to_string(), "a whole PNG or JPEG picture".into()),
    })?;
    let shape = match decoded.channels {
        1 => vec![decoded.height, decoded.width],
        channels => vec![decoded.height, decoded.width, channels],
    };
    Ok(Picture { shape, values: decoded.values })
}

/// As above, in a program that decodes none.
#[cfg(not(feature = "pictures"))]
fn picture(_bytes: &[u8]) -> Result<Picture, (String, String)> {
    Err(("a picture".into(), "a program that was built with the feature 'pictures'".into()))
}

/// The pictures of a column; all must be of one shape.
pub(super) fn all(array: &ArrayRef) -> Result<Option<Pixels>, Fault> {
    let Some(array) = bytes_of(array) else { return Ok(None) };
    let mut pixels: Option<(Vec<usize>, Vec<u8>)> = None;
    for row in 0..array.len() {
        if !array.is_valid(row) {
            return Err((row, "no picture".into(), "one in every row; leave out rows without".into()));
        }
        let one = picture(array.value(row)).map_err(|(found, expected)| (row, found, expected))?;
        match &mut pixels {
            None => pixels = Some((one.shape, one.values)),
            Some((shape, values)) if *shape == one.shape => values.extend(one.values),
            Some((shape, _)) => {
                let (found, expected) =
                    (format!("a picture of shape {:?}", one.shape), format!("{shape:?}, as in the rows before"));
                return Err((row, found, expected));
            }
        }
    }
    Ok(pixels.map(|(shape, values)| Pixels { values: Values::U8(values), shape, scaling: Scaling::BYTES }))
}
