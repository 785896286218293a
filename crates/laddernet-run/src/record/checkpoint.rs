//! Checkpoints: what a training needs to be resumed, in files of its unfinished run folder.
//!
//! `checkpoint-EPOCH.safetensors` holds the tensors of a [`Checkpoint`] and one metadata entry, `laddernet_checkpoint`,
//! with the rest as JSON and a SHA-256 of the tensors. A file is whole or absent; the last two are kept, so that one
//! stays should the newest be damaged.

use super::prepared::Prepared;
use crate::error::RunError;
use crate::folder::RunFolder;
use crate::folder::fault::changed;
use crate::model_file::hash;
use crate::settings::{Config, OF_THE_PLACE};
use laddernet::session::TestPart;
use laddernet::tensor::Tensor;
use laddernet::training::{Checkpoint, Place};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The version of checkpoints that this program writes and reads. The settings inside may be of an older format.
const FORMAT_VERSION: u32 = 1;
const CARD_KEY: &str = "laddernet_checkpoint";
const PREFIX: &str = "checkpoint-";
const ENDING: &str = ".safetensors";
/// Before the path of a parameter of a stage that is done.
const DONE: &str = "done.";
const KEPT: usize = 2;

/// All that a checkpoint says besides its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    format_version: u32,
    laddernet_version: String,
    epoch: usize,
    step: usize,
    rows: u64,
    last_good_epoch: usize,
    /// The stage in progress, from 0.
    #[serde(default)]
    stage: usize,
    seconds: f64,
    step_seconds: f64,
    /// `config.toml` of the training.
    config: String,
    /// SHA-256 of the training rows.
    train_sha256: String,
    /// Where the test rows are from: a part that was held out is none that was learned from.
    #[serde(default)]
    test_part: TestPart,
    /// The rows whose label is used.
    labelled: Vec<usize>,
    /// SHA-256 of the tensors' bytes, in the order of their names.
    sha256: String,
}

/// A checkpoint, and how long the training had taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The training; of one in stages, that of the stage in progress.
    pub checkpoint: Checkpoint,
    /// The stage in progress, from 0.
    pub stage: usize,
    /// The parameters of the stages before it.
    pub done: Vec<Tensor>,
    /// Seconds so far.
    pub seconds: f64,
    /// Seconds up to the last step.
    pub step_seconds: f64,
    card: Card,
}

/// What makes a training this one, in every checkpoint of it.
#[derive(Clone)]
pub(super) struct Identity {
    config: Config,
    train_sha256: String,
    test_part: TestPart,
    labelled: Vec<usize>,
}

impl Identity {
    pub fn of(prepared: &Prepared) -> Self {
        let Prepared { config, session, origin, .. } = prepared;
        Identity {
            config: config.clone(),
            train_sha256: origin.train_sha256.clone(),
            test_part: session.test_part(),
            labelled: session.split().labelled.clone(),
        }
    }

    /// The same without the folder of the data, which is of this computer alone.
    pub fn elsewhere(mut self) -> Self {
        self.config.data.dir = None;
        self
    }
}

impl Saved {
    /// Writes it into the unfinished folder of another training, which begins with it.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn write(&self, folder: &RunFolder, identity: &Identity) -> Result<(), RunError> {
        write(folder, identity, (self.seconds, self.step_seconds), &self.checkpoint, (self.stage, &self.done))
    }

    /// The settings that it was made with.
    ///
    /// # Errors
    /// When they are damaged.
    pub(super) fn config(&self) -> Result<Config, String> {
        Config::from_toml(&self.card.config).map_err(|e| e.to_string())
    }

    /// Whether its training had the same rows, and held none out that this one learns from or the other way round.
    pub(super) fn has_the_rows_of(&self, prepared: &Prepared) -> bool {
        self.card.train_sha256 == prepared.origin.train_sha256 && self.card.test_part == prepared.session.test_part()
    }

    /// Where the training is resumed; a checkpoint without tensors is one of a stage that is to begin.
    pub(super) fn place(&self) -> Place {
        let checkpoint = (!self.checkpoint.tensors.is_empty()).then(|| self.checkpoint.clone());
        Place { stage: self.stage, done: self.done.clone(), checkpoint }
    }

    /// Whether it is a checkpoint of this training, at a place that this has. Asked before anything in the folder is changed.
    ///
    /// # Errors
    /// When the settings, the rows, the labelled ones among them or the place are others.
    pub(super) fn check(&self, prepared: &Prepared) -> Result<(), RunError> {
        let Prepared { config, session, origin, .. } = prepared;
        let other = |reason: String| Err(RunError::OtherTraining { epoch: self.card.epoch, reason });
        let own = match self.config() {
            Ok(own) => own,
            Err(message) => return other(format!("the settings in it cannot be used: {message}")),
        };
        if own.fingerprint(false) != config.fingerprint(false) {
            let restore = "restore config.toml as it was";
            return other(match own.difference(config, &OF_THE_PLACE) {
                Some((key, own, found)) => format!("it has {key} = {own}, and config.toml has {found}: {restore}"),
                None => format!("its settings are others: {restore}"),
            });
        }
        if self.card.train_sha256 != origin.train_sha256 {
            return other("it was made with other training rows: give the same data again".to_owned());
        }
        if self.card.labelled != session.split().labelled {
            return other("other rows were labelled: it was made by another version of laddernet".to_owned());
        }
        match self.is_a_place_in(prepared) {
            true => Ok(()),
            false => other("the training never comes to the place that it names: it is damaged".to_owned()),
        }
    }

    /// Whether the training comes to this stage, epoch and step, after so many rows.
    fn is_a_place_in(&self, prepared: &Prepared) -> bool {
        let Checkpoint { epoch, step, rows, last_good_epoch, .. } = self.checkpoint;
        let training = &prepared.config.training;
        let stages = prepared.config.model.spec().stages(training);
        let Some(stage) = stages.get(self.stage) else { return false };
        let a_step = stage.fit.labelled_batch as u128 + stage.fit.unlabelled_batch as u128;
        let timely = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        epoch <= stage.fit.epochs
            && last_good_epoch <= epoch
            && Some(step) == epoch.checked_mul(stage.fit.steps_per_epoch(prepared.session.split()))
            && u128::from(rows) <= step as u128 * a_step
            && timely(self.seconds)
            && timely(self.step_seconds)
    }
}

/// Writes a checkpoint into the unfinished folder and removes all but the last two.
///
/// # Errors
/// As the system says; the checkpoints that were there still are.
pub(super) fn write(
    folder: &RunFolder,
    identity: &Identity,
    seconds: (f64, f64),
    checkpoint: &Checkpoint,
    (stage, done): (usize, &[Tensor]),
) -> Result<(), RunError> {
    let file = to_bytes(identity, seconds, checkpoint, (stage, done));
    // Names ascend with the training: digits stand before letters.
    let of_stage = if stage > 0 { format!("stage{stage:03}-") } else { String::new() };
    folder.write(&format!("{PREFIX}{of_stage}{:06}{ENDING}", checkpoint.epoch), &file)?;
    let old = paths(folder.partial()).map_err(RunError::io("read", folder.partial()))?;
    for path in old.iter().rev().skip(KEPT) {
        fs::remove_file(path).map_err(RunError::io("remove", path))?;
        changed();
    }
    Ok(())
}

/// The file of a checkpoint.
pub(super) fn to_bytes(
    identity: &Identity,
    (seconds, step_seconds): (f64, f64),
    checkpoint: &Checkpoint,
    (stage, done): (usize, &[Tensor]),
) -> Vec<u8> {
    let Checkpoint { epoch, step, rows, last_good_epoch, tensors } = checkpoint;
    let done = done.iter().map(|t| (Cow::Owned(format!("{DONE}{}", t.path)), t));
    let tensors: Vec<(Cow<'_, str>, &Tensor)> =
        tensors.iter().map(|t| (Cow::Borrowed(&*t.path), t)).chain(done).collect();
    let of = |t: &Tensor| t.values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|&(_, t)| of(t)).collect();
    let views = tensors.iter().zip(&bytes).map(|((path, t), bytes)| {
        let view = TensorView::new(Dtype::F32, t.shape.clone(), bytes).expect("a tensor's shape fits its values");
        (path.as_ref(), view)
    });
    let card = Card {
        format_version: FORMAT_VERSION,
        laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
        epoch: *epoch,
        step: *step,
        rows: *rows,
        last_good_epoch: *last_good_epoch,
        stage,
        seconds,
        step_seconds,
        config: identity.config.to_toml(),
        train_sha256: identity.train_sha256.clone(),
        labelled: identity.labelled.clone(),
        test_part: identity.test_part,
        sha256: hash(tensors.iter().map(|(path, _)| path.as_ref()).zip(bytes.iter().map(Vec::as_slice))),
    };
    let card = serde_json::to_string(&card).expect("numbers and text");
    let metadata = HashMap::from([(CARD_KEY.to_owned(), card)]);
    safetensors::serialize(views, Some(metadata)).expect("the header is far below the limit")
}

/// Removes the checkpoints of a training that came to its end.
///
/// # Errors
/// As the system says.
pub(super) fn remove_all(folder: &Path) -> Result<(), RunError> {
    for path in paths(folder).map_err(RunError::io("read", folder))? {
        fs::remove_file(&path).map_err(RunError::io("remove", &path))?;
        changed();
    }
    Ok(())
}

/// The newest whole checkpoint of a folder; `None` without any.
///
/// # Errors
/// When there are some and none can be read.
pub(super) fn newest(folder: &Path) -> Result<Option<Saved>, RunError> {
    let mut first_trouble = None;
    for path in paths(folder).map_err(RunError::io("read", folder))?.into_iter().rev() {
        let read = fs::read(&path).map_err(|e| format!("cannot read it: {e}")).and_then(|bytes| parse(&bytes));
        match read {
            Ok(saved) => return Ok(Some(saved)),
            Err(message) => first_trouble = first_trouble.or(Some(RunError::Document { path, message })),
        }
    }
    first_trouble.map_or(Ok(None), Err)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Saved, String> {
    let damaged = |what: String| format!("the checkpoint is damaged: {what}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(e.to_string()))?;
    let card = header.metadata().as_ref().and_then(|m| m.get(CARD_KEY));
    let card: Card =
        serde_json::from_str(card.ok_or("this is no checkpoint of laddernet")?).map_err(|e| damaged(e.to_string()))?;
    if card.format_version != FORMAT_VERSION {
        return Err(format!(
            "the checkpoint is of format {}: this laddernet reads {FORMAT_VERSION}",
            card.format_version
        ));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut views: Vec<(String, TensorView<'_>)> = file.tensors();
    views.sort_by(|a, b| a.0.cmp(&b.0));
    if views.iter().any(|(_, view)| view.dtype() != Dtype::F32) {
        return Err(damaged("a tensor is not of type F32".into()));
    }
    if hash(views.iter().map(|(path, view)| (&**path, view.data()))) != card.sha256 {
        return Err(damaged("its tensors are not those that were written".into()));
    }
    let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let tensor = |(path, view): (String, TensorView<'_>)| Tensor {
        path,
        shape: view.shape().to_vec(),
        values: view.data().chunks_exact(4).map(number).collect(),
    };
    let (done, tensors): (Vec<_>, Vec<_>) = views.into_iter().map(tensor).partition(|t| t.path.starts_with(DONE));
    let done = done.into_iter().map(|t| Tensor { path: t.path[DONE.len()..].to_owned(), ..t }).collect();
    let checkpoint = Checkpoint {
        epoch: card.epoch,
        step: card.step,
        rows: card.rows,
        last_good_epoch: card.last_good_epoch,
        tensors,
    };
    Ok(Saved { checkpoint, stage: card.stage, done, seconds: card.seconds, step_seconds: card.step_seconds, card })
}

/// The checkpoints of a folder, the oldest first.
fn paths(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    paths.retain(|path| name(path).starts_with(PREFIX) && name(path).ends_with(ENDING));
    paths.sort();
    Ok(paths)
}
