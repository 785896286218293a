//! Pretrained layers that a run folder keeps, and trainings that begin with them.
//!
//! They are a checkpoint of the training that made them, at the beginning of the stage after the last layer. A training
//! that begins with them comes to the same bits as one that pretrains them itself, for it has the same settings of
//! the pretraining, its seed among them, and the same rows.
//! Rows that are held out follow from a seed, too: layers must not have seen those of another training.

use super::checkpoint::{self, Identity, Saved};
use super::prepared::Prepared;
use crate::error::RunError;
use crate::folder;
use crate::settings::{Config, Recipe, layers_text};
use laddernet::models::Kind;
use laddernet::session::TestPart;
use laddernet::tensor::Tensor;
use laddernet::text::precision_name;
use laddernet::training::{Checkpoint, StageEvent};
use std::fs;
use std::path::{Path, PathBuf};

/// Settings of no model that the pretrained layers do not follow from.
const OF_THE_WHOLE: [&str; 5] = ["training", "baseline", "output", "data.labels", "data.dir"];

/// Layers that a run folder keeps.
pub struct Layers {
    run: PathBuf,
    saved: Saved,
    config: Config,
}

/// Reads the layers of a run folder.
///
/// # Errors
/// When it keeps none, or they are damaged.
pub fn layers_of(run: &Path) -> Result<Layers, RunError> {
    let path = run.join(folder::LAYERS);
    if !run.is_dir() {
        let message = "there is no such run folder: name that of a training that kept its layers".to_owned();
        return Err(RunError::Document { path: run.to_owned(), message });
    }
    if !path.is_file() {
        return Err(RunError::NoLayers(run.to_owned()));
    }
    let read = fs::read(&path).map_err(|e| format!("cannot read it: {e}"));
    let parsed = read.and_then(|bytes| checkpoint::parse(&bytes)).and_then(|saved| {
        let config = saved.config()?;
        let layers = config.model.spec().pretrained_layers();
        if layers == 0 || saved.stage != layers || saved.place().checkpoint.is_some() {
            return Err(format!("these are not the {layers} layers that its settings pretrain: they are damaged"));
        }
        Ok(Layers { run: run.to_owned(), saved, config })
    });
    parsed.map_err(|message| RunError::Document { path, message })
}

impl Layers {
    /// A recipe for a training that begins with them: what the whole is trained with is left open.
    ///
    /// # Panics
    /// Never: these are settings that were read.
    pub fn recipe(&self) -> Recipe {
        let mut recipe = Recipe::from_toml(&self.config.to_toml()).expect("settings that were read");
        let from = self.config.model.spec().pretrained_from();
        OF_THE_WHOLE.iter().chain(from.of_the_whole).for_each(|path| recipe.unset(path));
        let precision = self.config.training.precision;
        recipe.set("training.precision", precision_name(precision).into());
        let seed = recipe.get(from.seed).cloned();
        let own = i64::try_from(self.config.training.seed).expect("settings that were read");
        recipe.set(from.seed, seed.unwrap_or(own.into()));
        recipe
    }

    /// Which model they are of.
    pub fn kind(&self) -> &'static Kind {
        self.config.kind()
    }

    /// Where a training begins that has them, whose folder will stand at `target`.
    ///
    /// # Errors
    /// When the training would pretrain other layers by itself, or take the place of the run that keeps them.
    pub(super) fn begin(self, prepared: &Prepared, target: &Path) -> Result<Saved, RunError> {
        let other = |reason: String| RunError::OtherLayers { run: self.run.clone(), reason };
        if same_file::is_same_file(&self.run, target).unwrap_or(false) {
            return Err(other(format!(
                "{} would be replaced: choose another folder for the training",
                target.display()
            )));
        }
        if !self.saved.has_the_rows_of(prepared) {
            return Err(other("they learned from other training rows: give the data of their training".into()));
        }
        let (own, theirs) = (&prepared.config, &self.config);
        let is_drawn = prepared.session.test_part() == TestPart::HeldOutFifth || own.data.validation > 0;
        let (own_seed, their_seed) = (own.training.seed, theirs.training.seed);
        if is_drawn && own_seed != their_seed {
            return Err(other(format!(
                "they have seen rows that seed {own_seed} holds out: use training.seed = {their_seed}, which holds out the same as theirs"
            )));
        }
        let from = theirs.model.spec().pretrained_from();
        let [pretrained, found] =
            [own, theirs].map(|config| layers_text(&config.layers()[..=config.model.spec().pretrained_from().units]));
        if pretrained != found {
            return Err(other(format!("they are of {found} units, not {pretrained}: leave these layers as they were")));
        }
        let learned = |config: &Config| {
            let seed = config.text_of(from.seed).unwrap_or(config.training.seed.to_string());
            [("training.precision", precision_name(config.training.precision).to_owned()), (from.seed, seed)]
        };
        let of_both = learned(own).into_iter().zip(learned(theirs));
        let mut others = of_both
            .filter(|(own, theirs)| own != theirs)
            .map(|((key, own), (_, theirs))| (key.to_owned(), own, theirs));
        let but = [&OF_THE_WHOLE[..], from.of_the_whole, from.apart, &[from.seed]].concat();
        if let Some((key, own, theirs)) = own.difference(theirs, &but).or_else(|| others.next()) {
            return Err(other(format!("they learned with {key} = {theirs}, not {own}: leave it as it was")));
        }
        Ok(self.saved)
    }
}

/// The listener that remembers the pretrained layers of a training for its folder.
pub(super) struct Keeper {
    layers: usize,
    /// Seconds, and seconds of steps, at the end of the last layer.
    seconds: (f64, f64),
    done: Vec<Tensor>,
}

impl Keeper {
    /// Of a training of these settings, where they want it, that begins or is resumed.
    pub fn new(config: &Config, saved: Option<&Saved>) -> Option<Self> {
        let layers = config.model.spec().pretrained_layers();
        let mut keeper = config.output.keep_layers.then(|| Keeper { layers, seconds: (0.0, 0.0), done: Vec::new() })?;
        // Of one that is resumed after its last epoch no event comes any more.
        if let Some(saved) = saved {
            keeper.take(saved.stage, &saved.done, (saved.seconds, saved.step_seconds));
        }
        Some(keeper)
    }

    pub fn on_event(&mut self, event: &StageEvent<'_>, seconds: (f64, f64)) {
        self.take(event.index, event.done, seconds);
    }

    /// In this stage, with the tensors of those before it, at this time.
    fn take(&mut self, stage: usize, done: &[Tensor], seconds: (f64, f64)) {
        if stage < self.layers {
            self.seconds = seconds;
        } else if self.done.is_empty() {
            let of_a_layer = |t: &&Tensor| (1..=self.layers).any(|l| t.path.starts_with(&format!("stage{l}.")));
            self.done = done.iter().filter(of_a_layer).cloned().collect();
        }
    }

    /// The file, once the layers have been trained.
    pub fn file(&self, identity: &Identity) -> Option<Vec<u8>> {
        let begin = Checkpoint { epoch: 0, step: 0, rows: 0, last_good_epoch: 0, tensors: Vec::new() };
        let whole = (self.layers, &*self.done);
        (!self.done.is_empty()).then(|| checkpoint::to_bytes(identity, self.seconds, &begin, whole))
    }
}
