//! The pictures of all batches, one after the other.

use crate::error::DataError;
use crate::rows::Batch;
use laddernet::dataset::Values;
use laddernet::table::Pixels;

/// Pictures so far.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pixels: Option<Pixels>,
    begun: bool,
}

impl Collected {
    /// Takes the pictures out of a batch. `place` is where it begins in the file.
    pub(super) fn add(&mut self, batch: &mut Batch, name: &str, place: impl Fn() -> String) -> Result<(), DataError> {
        let differs = |found: String, expected: String| {
            Err(DataError::Format { name: name.into(), place: place(), found, expected })
        };
        let begun = std::mem::replace(&mut self.begun, true);
        let (all, new) = match (&mut self.pixels, batch.pixels.take()) {
            (None, None) => return Ok(()),
            (None, first) if !begun => {
                self.pixels = first;
                return Ok(());
            }
            (Some(_), None) => return differs("rows without pictures".into(), "a picture for each, as before".into()),
            (None, Some(_)) => return differs("rows with pictures".into(), "none, as before".into()),
            (Some(all), Some(new)) => (all, new),
        };
        if all.shape != new.shape {
            return differs(format!("pictures of {:?} values", new.shape), format!("{:?}, as before", all.shape));
        }
        if all.scaling != new.scaling {
            let scales = (new.scaling.scale, all.scaling.scale);
            return differs(format!("values to be multiplied by {}", scales.0), format!("by {}, as before", scales.1));
        }
        match (&mut all.values, new.values) {
            (Values::U8(all), Values::U8(new)) => all.extend_from_slice(&new),
            (Values::F32(all), Values::F32(new)) => all.extend_from_slice(&new),
            _ => return differs("pictures in bytes and in floating point".into(), "one type of values".into()),
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn taken(self) -> Option<Pixels> {
        self.pixels
    }
}
