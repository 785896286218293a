//! The model file: safetensors with one metadata entry, `laddernet`, that holds a [`ModelCard`] as JSON.
//!
//! Reading trusts nothing: every length is checked against the bytes there are before memory is taken for it, and
//! what is unknown, missing, overlapping or not finite is refused. Writing the same model gives the same bytes.

mod card;

pub use card::{ModelCard, Provenance};

use crate::checkpoint::hash;
use crate::config::newer;
use crate::error::RunError;
use laddernet::evaluation::Classify;
use laddernet::lineage::{Lineage, Purpose, Trained};
use laddernet::models::autoencoder::Autoencoder;
use laddernet::models::rbm::{Rbm, Units};
use laddernet::models::{Ladder, LadderSettings, ModelKind, Tensor};
use laddernet::{Scaling, Standards};
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use thiserror::Error;

/// The newest version of model files that this program reads.
pub const FORMAT_VERSION: u32 = 2;
/// The version in which ladders are written, for programs that know no other model.
pub const LADDER_FORMAT: u32 = 1;

const CARD_KEY: &str = "laddernet";
/// Tensors of a model whose inputs are standardised, beside its parameters.
const STANDARDS: [&str; 2] = ["inputs.mean", "inputs.deviation"];
const MAX_HEADER: u64 = 16 << 20;
const MAX_TENSORS: usize = 10_000;

/// A model and what its file says of it.
pub struct SavedModel {
    /// What the file says.
    pub card: ModelCard,
    /// How inputs are standardised, where they are.
    pub standards: Option<Arc<Standards>>,
    /// The network.
    pub network: Network,
}

/// The networks that a model file may hold.
pub enum Network {
    /// A ladder.
    Ladder(Ladder),
    /// A model of the lineage.
    Lineage(Trained),
}

impl SavedModel {
    /// The model as one that tells classes apart.
    ///
    /// # Errors
    /// When it is none.
    pub fn classifier(&self) -> Result<&dyn Classify, RunError> {
        match &self.network {
            Network::Ladder(ladder) => Ok(ladder),
            Network::Lineage(Trained::Classifier(classifier)) => Ok(classifier),
            Network::Lineage(_) => Err(RunError::Unable(format!(
                "a model of kind '{}' knows no classes: train one that does, such as --model full or --model dbn",
                self.card.model
            ))),
        }
    }

    /// The model as an autoencoder.
    ///
    /// # Errors
    /// When it is none.
    pub fn autoencoder(&self) -> Result<&Autoencoder, RunError> {
        match &self.network {
            Network::Lineage(Trained::Autoencoder(autoencoder)) => Ok(autoencoder),
            _ => Err(RunError::Unable(format!(
                "a model of kind '{}' is no autoencoder: train one with --model autoencoder, deep-autoencoder or gsn",
                self.card.model
            ))),
        }
    }

    /// The model as a Boltzmann machine.
    ///
    /// # Errors
    /// When it is none.
    pub fn machine(&self) -> Result<&Rbm, RunError> {
        match &self.network {
            Network::Lineage(Trained::Rbm(rbm)) => Ok(rbm),
            _ => Err(RunError::Unable(format!(
                "a model of kind '{}' is no Boltzmann machine: train one with --model rbm",
                self.card.model
            ))),
        }
    }
}

/// Why bytes are no model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ModelFileError {
    /// It cannot be read at all.
    #[error("cannot read it: {0}")]
    Unreadable(String),
    /// It is no safetensors file.
    #[error("this is no model file of laddernet: {0}")]
    Foreign(String),
    /// It is one, but damaged or forged.
    #[error("the model file is damaged: {0}")]
    Damaged(String),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(String),
}

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
    let plan = Plan::of(&card)?;
    check_card(&card)?;
    let mut wanted = match &plan {
        Plan::Ladder(settings) => Ladder::tensor_shapes(settings),
        Plan::Lineage(settings) => settings.tensor_shapes(),
    };
    let standardised = matches!(&plan, Plan::Lineage(settings) if settings.visible == Units::Gaussian);
    if standardised {
        wanted.extend(STANDARDS.map(|path| (path.to_owned(), vec![card.layers[0]])));
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
    let standards = if standardised { Some(Arc::new(take_standards(&mut tensors)?)) } else { None };
    if let Some(written) = card.tensors_sha256.take().filter(|written| *written != hash) {
        return Err(damaged(format!(
            "its tensors have SHA-256 {hash}, not the {written} with which they were written"
        )));
    }
    let network = match plan {
        Plan::Ladder(settings) => Ladder::from_tensors(settings, tensors).map(Network::Ladder),
        Plan::Lineage(settings) => settings.from_tensors(tensors).map(Network::Lineage),
    };
    Ok(SavedModel { card, standards, network: network.map_err(|e| damaged(e.to_string()))? })
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

/// The bytes of a model's file. `card.layers` and the other settings are those of the model whose `tensors` these are, and its
/// inputs were standardised by `standards`.
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

/// How the rows that a model was trained on became inputs.
pub fn scaling(card: &ModelCard) -> Scaling {
    Scaling { scale: card.scale }
}

/// What a card says is to be built.
enum Plan {
    Ladder(LadderSettings),
    Lineage(Lineage),
}

impl Plan {
    /// Checked.
    fn of(card: &ModelCard) -> Result<Plan, ModelFileError> {
        if let Some(config) = &card.lineage {
            config.check().map_err(|e| damaged(e.to_string()))?;
            if config.layers != card.layers || config.model.name() != card.model {
                return Err(damaged("its settings are those of another model"));
            }
            return Ok(Plan::Lineage(config.lineage()));
        }
        card.model.parse::<ModelKind>().map_err(damaged)?;
        let (Some(input_noise), Some(noise)) = (card.input_noise, card.noise) else {
            return Err(damaged("metadata: a ladder's noise is missing"));
        };
        let settings = LadderSettings {
            layers: card.layers.clone(),
            denoising_weights: card.denoising_weights.clone(),
            input_noise,
            noise,
            lateral: card.lateral,
        };
        settings.check().map_err(|e| damaged(e.to_string()))?;
        Ok(Plan::Ladder(settings))
    }
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
        return Err(ModelFileError::Newer(newer("this model file is", version.format_version, FORMAT_VERSION)));
    }
    let card = serde_json::from_str(card).map_err(|e| damaged(format!("metadata: {e}")))?;
    if map.len() > MAX_TENSORS {
        return Err(damaged(format!("it lists {} tensors; at most {MAX_TENSORS} are read", map.len())));
    }
    let entry = |(path, value)| match serde_json::from_value(value) {
        Ok(entry) => Ok((path, entry)),
        Err(e) => Err(damaged(format!("tensor {path}: {e}"))),
    };
    Ok((card, map.into_iter().map(entry).collect::<Result<_, _>>()?))
}

/// What the network's own settings do not say; these have been checked.
fn check_card(card: &ModelCard) -> Result<(), ModelFileError> {
    let layers = &card.layers;
    if !(card.scale.is_finite() && card.scale > 0.0) {
        return Err(damaged(format!("the inputs' scale is {}: expected a number above 0", card.scale)));
    }
    let features = card.row_shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    if features != Some(layers[0]) {
        return Err(damaged(format!("rows of shape {:?} do not have {} values", card.row_shape, layers[0])));
    }
    let tells_classes = card.lineage.as_ref().is_none_or(|config| config.model.purpose() == Purpose::Classes);
    if tells_classes && card.class_names.len() != layers[layers.len() - 1] {
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

#[cfg(test)]
mod tests;
