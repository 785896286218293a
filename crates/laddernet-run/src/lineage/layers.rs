//! Pre-trained layers that a run folder keeps, and trainings that begin with them.
//!
//! They are a checkpoint of the training that made them, at the beginning of the stage after the last layer. A training
//! that begins with them comes to the same bits as one that pre-trains them itself, for it has the same settings of
//! the pre-training, its seed among them, and the same rows.
//! Rows that are held out follow from a seed, too: layers must not have seen those of another training.

use super::written::Word;
use super::{LineageConfig, LineageRecipe, PretrainingConfig};
use crate::checkpoint::{self, Identity, Saved};
use crate::config::ConfigError;
use crate::error::RunError;
use crate::folder;
use crate::prepare::{Prepared, TestPart};
use laddernet::fit::Checkpoint;
use laddernet::lineage::{LineageKind, Stage, StageEvent};
use laddernet::models::Tensor;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Layers that a run folder keeps.
pub struct Layers {
    run: PathBuf,
    saved: Saved,
    config: LineageConfig,
}

/// Reads the layers of a run folder.
///
/// # Errors
/// When it keeps none, or they are damaged.
pub fn layers_of(run: &Path) -> Result<Layers, RunError> {
    let path = run.join(folder::LAYERS);
    if !run.is_dir() {
        let message = "there is no such run folder: name that of a training with --keep-layers".to_owned();
        return Err(RunError::Document { path: run.to_owned(), message });
    }
    if !path.is_file() {
        return Err(ConfigError(format!(
            "{} keeps no pre-trained layers: name the run folder of a training with --keep-layers",
            run.display()
        ))
        .into());
    }
    let read = fs::read(&path).map_err(|e| format!("cannot read it: {e}"));
    let parsed = read.and_then(|bytes| checkpoint::parse(&bytes)).and_then(|saved| {
        let config = LineageConfig::from_toml(saved.config()).map_err(|e| e.to_string())?;
        let layers = pretrained(&config);
        if layers == 0 || saved.stage != layers || saved.place().checkpoint.is_some() {
            return Err(format!("these are not the {layers} layers that its settings pre-train: they are damaged"));
        }
        Ok(Layers { run: run.to_owned(), saved, config })
    });
    parsed.map_err(|message| RunError::Document { path, message })
}

/// How many layers are pre-trained.
fn pretrained(config: &LineageConfig) -> usize {
    config.lineage().stages().iter().filter(|stage| matches!(stage, Stage::Layer(_))).count()
}

impl Layers {
    /// A recipe for a training that begins with them.
    pub fn recipe(&self) -> LineageRecipe {
        let seed = i64::try_from(self.config.pretraining_seed()).expect("settings that were read hold such a seed");
        let Ok(mut all) = Table::try_from(&self.config) else { unreachable!("settings are plain numbers and text") };
        // What the whole learns with is the new training's own affair.
        let own = ["format_version", "model", "labels", "epochs", "batch", "learning_rate", "decay_start"];
        for key in own.into_iter().chain(["optimiser", "weight_decay", "seed", "classifier"]) {
            all.remove(key);
        }
        let mut recipe = LineageRecipe::new(self.config.model);
        if let Some(Value::Table(pretraining)) = all.get_mut("pretraining") {
            pretraining.remove("keep");
            pretraining.insert("seed".into(), seed.into());
        }
        all.into_iter().for_each(|(key, value)| recipe.say(&key, value));
        recipe
    }

    /// Which model they are of.
    pub fn model(&self) -> LineageKind {
        self.config.model
    }

    /// Where a training begins that has them, whose folder will stand at `target`.
    ///
    /// # Errors
    /// When the training would pre-train other layers by itself, or take the place of the run that keeps them.
    pub(super) fn begin(self, prepared: &Prepared<LineageConfig>, target: &Path) -> Result<Saved, RunError> {
        let refuse = |message: String| Err(ConfigError(message).into());
        if same_file::is_same_file(&self.run, target).unwrap_or(false) {
            return refuse(format!(
                "{} keeps the layers and would be replaced: choose another --out",
                target.display()
            ));
        }
        if !self.saved.has_the_rows_of(prepared) {
            return refuse(
                "the layers learned from other training rows: give the data of their training, or leave --layers-of out"
                    .into(),
            );
        }
        let (own, theirs) = (&prepared.config, &self.config);
        let is_drawn = prepared.test_part == TestPart::HeldOutFifth || own.validation > 0;
        if is_drawn && own.seed != theirs.seed {
            let (own, theirs) = (own.seed, theirs.seed);
            return refuse(format!(
                "the layers have seen rows that seed {own} holds out: say --seed {theirs}, which holds out the same as theirs"
            ));
        }
        if let Some((key, own, theirs)) = difference(&of_pretraining(own), &of_pretraining(theirs)) {
            return refuse(format!(
                "the layers learned with {key} {theirs}, not {own}: leave out what is said of it, or leave out --layers-of"
            ));
        }
        Ok(self.saved)
    }
}

/// The settings that pre-trained layers follow from.
fn of_pretraining(config: &LineageConfig) -> Table {
    let mut below = config.layers.clone();
    // Classes stand above the layers that are pre-trained, of which there are to be as many.
    below.truncate(pretrained(config) + 1);
    let pretraining = config.pretraining.clone().map(|p| PretrainingConfig {
        top_epochs: 0,
        seed: Some(config.pretraining_seed()),
        keep: false,
        ..p
    });
    let all = LineageConfig { layers: below, pretraining, ..config.clone() };
    // As written, where a tenth is 0.1.
    let visible = all.visible.word();
    let mut all: Table = toml::from_str(&all.to_toml()).expect("settings that this program wrote");
    all.insert("visible".to_owned(), visible.into());
    all.retain(|key, _| {
        ["model", "layers", "visible", "precision", "validation", "pretraining", "machines", "autoencoders"]
            .contains(&key)
    });
    all
}

/// The first setting that differs: its name, and how each says it.
fn difference(own: &Table, theirs: &Table) -> Option<(String, String, String)> {
    let said = |table: &Table, key: &str| table.get(key).map_or("unsaid".to_owned(), ToString::to_string);
    own.keys().chain(theirs.keys()).find_map(|key| match (own.get(key), theirs.get(key)) {
        (a, b) if a == b => None,
        (Some(Value::Table(a)), Some(Value::Table(b))) => {
            difference(a, b).map(|(inner, a, b)| (format!("{key}.{inner}"), a, b))
        }
        _ => Some((key.clone(), said(own, key), said(theirs, key))),
    })
}

/// Remembers the layers of a training for its folder.
pub(super) struct Keeper {
    /// How many layers are pre-trained.
    layers: usize,
    /// Seconds and seconds of steps, at the end of the last layer.
    seconds: (f64, f64),
    done: Vec<Tensor>,
}

impl Keeper {
    /// Of a training of which so much time has passed.
    pub fn new(config: &LineageConfig, seconds: (f64, f64)) -> Self {
        Keeper { layers: pretrained(config), seconds, done: Vec::new() }
    }

    /// Hears what happened in the training, so many seconds after its beginning.
    pub fn hear(&mut self, told: &StageEvent<'_>, seconds: (f64, f64)) {
        if told.index < self.layers {
            self.seconds = seconds;
        } else if self.done.is_empty() {
            let of_a_layer = |t: &&Tensor| (1..=self.layers).any(|l| t.path.starts_with(&format!("stage{l}.")));
            self.done = told.done.iter().filter(of_a_layer).cloned().collect();
        }
    }

    /// The file, once the layers have learned.
    pub fn file(&self, identity: &Identity) -> Option<Vec<u8>> {
        let begin = Checkpoint { epoch: 0, step: 0, rows: 0, last_good_epoch: 0, tensors: Vec::new() };
        let whole = (self.layers, &*self.done);
        (!self.done.is_empty()).then(|| checkpoint::to_bytes(identity, self.seconds, &begin, whole))
    }
}
