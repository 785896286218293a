//! The model file: safetensors with one metadata entry, `laddernet`, that holds a [`ModelCard`] as JSON.
//!
//! Reading trusts nothing: every length is checked against the bytes there are before memory is taken for it, and
//! what is unknown, missing, overlapping or not finite is refused. Writing the same model gives the same bytes.

mod card;
pub mod error;
mod open;
mod saved;

pub(crate) use card::Origin;
pub use card::{ModelCard, Provenance, TableCard};
pub use error::ModelFileError;
pub use open::open;
pub use saved::SavedModel;

use laddernet::dataset::{Columns, Encoding, Preprocessing, Standards};
use laddernet::models::Inputs;
use laddernet::tensor::Tensor;
use laddernet::training::FitSettings;
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The format that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 4;
/// The one that is written of models that were trained on no table, so that older programs read them, too.
pub(crate) const FORMAT_OF_PIXELS: u32 = 3;

const CARD_KEY: &str = "laddernet";
/// Tensors of a model whose inputs are standardised, beside its parameters.
const STANDARDS: [&str; 2] = ["inputs.mean", "inputs.deviation"];
const MAX_HEADER: u64 = 16 << 20;
const MAX_TENSORS: usize = 10_000;

/// One entry of the header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// The card's first question, asked before its other keys are looked at.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// Reads a model file's bytes.
///
/// # Errors
/// When they are no model file, a damaged one, or one of a newer format. It never panics, and takes no more memory
/// than a small multiple of the bytes.
pub fn parse(bytes: &[u8]) -> Result<SavedModel, ModelFileError> {
    let (header, data) = split_header(bytes)?;
    let (mut card, mut entries) = read_header(header)?;
    check_card(&card)?;
    let spec = card.model.spec();
    let mut wanted = spec.tensor_shapes();
    let standardised = card.table.is_none()
        && match spec.inputs() {
            Inputs::Standardised => true,
            Inputs::UnitInterval => false,
            Inputs::Any => STANDARDS.iter().any(|path| entries.contains_key(*path)),
        };
    if standardised {
        wanted.extend(STANDARDS.map(|path| (path.to_owned(), vec![spec.layers()[0]])));
    }
    check_extent(&wanted, &entries, data.len())?;
    let mut tensors = Vec::new();
    let mut raw = Vec::new();
    for (path, shape) in wanted {
        let entry = entries.remove(&path).ok_or_else(|| damaged(format!("it lacks the tensor {path}")))?;
        let bytes = tensor_bytes(&path, &shape, &entry, data)?;
        let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let values: Vec<f32> = bytes.chunks_exact(4).map(number).collect();
        if values.iter().any(|v| !v.is_finite()) {
            return Err(damaged(format!("the tensor {path} holds a value that is not finite")));
        }
        raw.push(bytes);
        tensors.push(Tensor { path, shape, values });
    }
    let hash = hash(tensors.iter().map(|tensor| &*tensor.path).zip(raw));
    if let Some(path) = entries.keys().next() {
        return Err(damaged(format!("the tensor {path} belongs to no model of these settings")));
    }
    let mut encoding =
        if standardised { Encoding::Standardised(Arc::new(take_standards(&mut tensors)?)) } else { Encoding::Scaled };
    if let Some(table) = &card.table {
        let columns = Columns::new(table.columns.clone()).map_err(|e| damaged(format!("the table's columns: {e}")))?;
        if columns.width() != spec.layers()[0] {
            let (found, expected) = (columns.width(), spec.layers()[0]);
            return Err(damaged(format!("the table's columns are {found} inputs, not the {expected} of the model")));
        }
        encoding = Encoding::Columns(Arc::new(columns));
    }
    if let Some(written) = card.tensors_sha256.take().filter(|written| *written != hash) {
        return Err(damaged(format!(
            "its tensors have SHA-256 {hash}, not the {written} with which they were written"
        )));
    }
    let model = card.model.spec().from_tensors(tensors).map_err(|e| damaged(e.to_string()))?;
    let preprocessing = Preprocessing { scale: card.scale, encoding, largest: card.largest };
    Ok(SavedModel { card, preprocessing, model })
}

/// Length of the header that the first 8 bytes of a model file declare.
///
/// # Errors
/// When there are fewer, or they declare more than a header may have.
pub(crate) fn header_length(start: &[u8]) -> Result<u64, ModelFileError> {
    let Some((length, _)) = start.split_first_chunk::<8>() else {
        return Err(foreign(format!("it has {} bytes, fewer than the 8 of a header's length", start.len())));
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER {
        return Err(foreign(format!("its header claims {length} bytes; at most {MAX_HEADER} are read")));
    }
    Ok(length)
}

/// Whether the beginning of a file, up to the end of its header, is that of a model file.
///
/// # Errors
/// As [`parse`].
pub(crate) fn check_header(start: &[u8]) -> Result<(), ModelFileError> {
    let (header, _) = split_header(start)?;
    read_header(header).map(|_| ())
}

/// Means and deviations by which inputs were standardised: the last tensors of the file.
fn take_standards(tensors: &mut Vec<Tensor>) -> Result<Standards, ModelFileError> {
    let mut values = tensors.split_off(tensors.len() - STANDARDS.len()).into_iter().map(|tensor| tensor.values);
    let mut next = || values.next().expect("as many as were wanted");
    Standards::from_values(next(), next()).map_err(|e| damaged(format!("the inputs' standards: {e}")))
}

/// The bytes of a model's file. `tensors` are those of the model of the card's settings, and its inputs
/// were standardised by `standards`.
///
/// # Panics
/// When the model holds a value that JSON cannot say, which training refuses.
pub fn to_bytes(card: &ModelCard, standards: Option<&Standards>, tensors: &[Tensor]) -> Vec<u8> {
    let mut tensors = tensors.to_vec();
    if let Some(standards) = standards {
        let both = STANDARDS.into_iter().zip([standards.means(), standards.deviations()]);
        tensors.extend(both.map(|(path, values)| Tensor {
            path: path.to_owned(),
            shape: vec![values.len()],
            values: values.to_vec(),
        }));
    }
    let raw: Vec<Vec<u8>> = tensors.iter().map(|t| t.values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let view = |(t, bytes): (&Tensor, &'_ Vec<u8>)| (t.path.clone(), t.shape.clone(), bytes.clone());
    let hash = hash(tensors.iter().map(|tensor| &*tensor.path).zip(raw.iter().map(Vec::as_slice)));
    let parts: Vec<_> = tensors.iter().zip(&raw).map(view).collect();
    let views = parts.iter().map(|(path, shape, bytes)| {
        (path.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor's shape fits its values"))
    });
    let card = ModelCard { tensors_sha256: Some(hash), ..card.clone() };
    let card = serde_json::to_string(&card).expect("a model's settings are finite");
    // One entry only, because a hash map would give several in any order.
    let metadata = HashMap::from([(CARD_KEY.to_owned(), card)]);
    safetensors::serialize(views, Some(metadata)).expect("a model's header is far below the limit")
}

fn damaged(message: impl Into<String>) -> ModelFileError {
    ModelFileError::Damaged(message.into())
}

fn foreign(message: impl Into<String>) -> ModelFileError {
    ModelFileError::Foreign(message.into())
}

fn split_header(bytes: &[u8]) -> Result<(&[u8], &[u8]), ModelFileError> {
    let length = header_length(bytes)?;
    let rest = &bytes[8..];
    // At most 16 MiB, so the cast is exact everywhere.
    rest.split_at_checked(length as usize)
        .ok_or_else(|| damaged(format!("its header claims {length} bytes, but only {} are there", rest.len())))
}

fn read_header(header: &[u8]) -> Result<(ModelCard, BTreeMap<String, Entry>), ModelFileError> {
    let mut map: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|e| foreign(format!("its header is no JSON object ({e})")))?;
    let metadata = map.remove("__metadata__").ok_or_else(|| foreign("it does not say which program wrote it"))?;
    let metadata: BTreeMap<String, String> =
        serde_json::from_value(metadata).map_err(|e| damaged(format!("metadata: {e}")))?;
    let card = metadata.get(CARD_KEY).ok_or_else(|| foreign("its metadata have no entry 'laddernet'"))?;
    if let Some(key) = metadata.keys().find(|k| *k != CARD_KEY) {
        return Err(damaged(format!("its metadata have an unknown entry '{key}'")));
    }
    let version: Version = serde_json::from_str(card).map_err(|e| damaged(format!("metadata: {e}")))?;
    if version.format_version > FORMAT_VERSION {
        return Err(ModelFileError::Newer { found: version.format_version, known: FORMAT_VERSION });
    }
    let card =
        card::of_any_format(card, version.format_version).map_err(|message| damaged(format!("metadata: {message}")))?;
    if map.len() > MAX_TENSORS {
        return Err(damaged(format!("it lists {} tensors; at most {MAX_TENSORS} are read", map.len())));
    }
    let entry = |(path, value)| match serde_json::from_value(value) {
        Ok(entry) => Ok((path, entry)),
        Err(e) => Err(damaged(format!("tensor {path}: {e}"))),
    };
    Ok((card, map.into_iter().map(entry).collect::<Result<_, _>>()?))
}

/// The settings of the model, and what they do not say.
fn check_card(card: &ModelCard) -> Result<(), ModelFileError> {
    let (spec, kind) = (card.model.spec(), card.model.kind());
    spec.check(kind, &FitSettings::default()).map_err(|e| damaged(e.to_string()))?;
    let layers = spec.layers();
    if !(card.scale.is_finite() && card.scale > 0.0) {
        return Err(damaged(format!("the inputs' scale is {}: expected a number above 0", card.scale)));
    }
    let features = card.row_shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    if features != Some(layers[0]) {
        return Err(damaged(format!("rows of shape {:?} do not have {} values", card.row_shape, layers[0])));
    }
    if kind.takes_labels() && card.class_names.len() != layers[layers.len() - 1] {
        return Err(damaged("expected one class name for each unit of the top layer"));
    }
    Ok(())
}

/// The tensors must fill the bytes exactly, one behind the other, so that what is read is never more than the file.
fn check_extent(
    wanted: &[(String, Vec<usize>)],
    entries: &BTreeMap<String, Entry>,
    available: usize,
) -> Result<(), ModelFileError> {
    let total = wanted.iter().try_fold(0_usize, |total, (_, shape)| total.checked_add(byte_count(shape)?));
    if total != Some(available) {
        let needed = total.map_or("too many".to_owned(), |n| n.to_string());
        return Err(damaged(format!("its layers need {needed} bytes, but {available} follow the header")));
    }
    let mut offsets: Vec<(usize, usize)> = entries.values().map(|e| e.data_offsets).collect();
    offsets.sort_unstable();
    let end = offsets.iter().try_fold(0, |at, &(start, end)| (start == at && end >= start).then_some(end));
    if end != Some(available) {
        return Err(damaged("its tensors do not lie one behind the other"));
    }
    Ok(())
}

/// Bytes of a tensor, unless no number says them.
fn byte_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(4_usize, |product, &n| product.checked_mul(n))
}

fn tensor_bytes<'a>(path: &str, shape: &[usize], entry: &Entry, data: &'a [u8]) -> Result<&'a [u8], ModelFileError> {
    if entry.dtype != "F32" {
        return Err(damaged(format!("the tensor {path} is of type {}: expected F32", entry.dtype)));
    }
    if entry.shape != shape {
        return Err(damaged(format!("the tensor {path} has shape {:?}: expected {shape:?}", entry.shape)));
    }
    let size = byte_count(shape);
    let (start, end) = entry.data_offsets;
    match data.get(start..end) {
        Some(bytes) if Some(bytes.len()) == size => Ok(bytes),
        Some(bytes) => Err(damaged(format!("the tensor {path} has {} bytes: expected 4 a value", bytes.len()))),
        None => Err(damaged(format!("the tensor {path} lies outside the file"))),
    }
}

/// SHA-256 in hexadecimal of names and bytes, in the order of the names.
pub(crate) fn hash<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_unstable_by_key(|(path, _)| *path);
    let mut sha = Sha256::new();
    for (path, bytes) in tensors {
        sha.update(path.as_bytes());
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
