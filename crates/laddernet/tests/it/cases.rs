//! Small settings of every kind in the list, for stripes of 20 columns in three classes, and what is done with them.

use crate::stripes;
use laddernet::models::kind::Defaults;
use laddernet::models::{Facts, Inputs, KINDS, Kind, ModelSettings, Spec, TrainedModel};
use laddernet::split::{LabelCount, Split, draw, draw_without_labels};
use laddernet::training::{Checkpoint, Course, Event, FitSettings, Flow, Place, Report, StageEvent, TrainingError};
use laddernet::{Dataset, Standards, Threads};
use serde_json::{Value, json};
use std::sync::Arc;

/// A model's settings and its training's.
#[derive(Clone, Debug)]
pub struct Case {
    pub model: ModelSettings,
    pub training: FitSettings,
}

/// The defaults of a kind made small: two panels in the first hidden layer, steps that end in a part of a batch.
pub fn small(kind: &'static Kind) -> Case {
    let facts = Facts { labels: Some(LabelCount::Count(100)), ..Facts::of(20, 3) };
    let layers = match (kind.takes_labels(), ModelSettings::defaults(kind, &facts).model.spec().layers().len()) {
        (true, 2) => vec![20, 3],
        (true, _) => vec![20, 35, 12, 3],
        (false, 2) => vec![20, 35],
        (false, _) => vec![20, 35, 12, 4],
    };
    let Defaults { model, .. } = ModelSettings::defaults(kind, &Facts { layers: Some(layers), ..facts });
    let training = FitSettings {
        epochs: 4,
        labelled_batch: 16,
        unlabelled_batch: 32,
        learning_rate: 0.01,
        decay_start: 0.5,
        seed: 5,
        ..FitSettings::default()
    };
    let mut case = Case { model, training };
    // Each that there is, and that the kind takes.
    for (key, value) in [
        ("input_noise", json!(0.1)),
        ("noise", json!(0.1)),
        ("pretraining.epochs", json!(3)),
        ("pretraining.batch", json!(16)),
        ("pretraining.learning_rate", json!(0.01)),
        ("pretraining.decay_start", json!(0.5)),
        ("pretraining.optimiser", json!("adam")),
        ("pretraining.weight_decay", json!(0.0)),
        ("pretraining.code_rate", json!(0.005)),
        ("pretraining.top_epochs", json!(2)),
        ("rbm.sweeps", json!(1)),
        ("rbm.binarise", json!("none")),
        ("rbm.sparsity", json!(0.0)),
        ("autoencoder.corruption", json!("masking 0.2")),
        ("autoencoder.walkback", json!(3)),
        ("autoencoder.code", json!("logistic")),
    ] {
        case = case.taking(key, &value).unwrap_or(case);
    }
    if case.get("rbm.chains").is_some_and(|chains| chains != json!(0)) {
        case = case.with("rbm.chains", 20);
    }
    if let Some(weights) = case.get("denoising_weights") {
        let smaller: Vec<f64> = weights.as_array().unwrap().iter().map(|w| w.as_f64().unwrap() / 100.0).collect();
        case = case.with("denoising_weights", smaller);
    }
    case.check().unwrap();
    case
}

/// Each kind, each that takes them with Gaussian visible units besides, and each stack that takes it with a linear code.
pub fn every_model() -> Vec<Case> {
    let gaussian = KINDS.iter().filter_map(|kind| small(kind).taking("visible", &json!("gaussian")));
    let linear = stacks().filter_map(|case| case.taking("autoencoder.code", &json!("linear")));
    KINDS.iter().map(|kind| small(kind)).chain(gaussian).chain(linear).collect()
}

/// Those of them that take steps: what is computed from the rows at once has no stages, no epochs and no random numbers.
pub fn trained_by_steps() -> impl Iterator<Item = Case> {
    every_model().into_iter().filter(Case::takes_steps)
}

/// The stacks: kinds that pretrain layers.
pub fn stacks() -> impl Iterator<Item = Case> {
    KINDS.iter().map(|kind| small(kind)).filter(|case| case.spec().pretrained_layers() > 0)
}

/// The kinds that predict classes.
pub fn classifiers() -> impl Iterator<Item = Case> {
    KINDS.iter().filter(|kind| kind.takes_labels()).map(|kind| small(kind))
}

/// The kind of this name, small.
pub fn named(name: &str) -> Case {
    small(laddernet::models::kind(name).unwrap())
}

impl Case {
    pub fn kind(&self) -> &'static Kind {
        self.model.kind()
    }

    pub fn spec(&self) -> &dyn Spec {
        self.model.spec()
    }

    /// Whether its training takes steps.
    pub fn takes_steps(&self) -> bool {
        !self.spec().stages(&self.training).is_empty()
    }

    /// What it is, for a message.
    pub fn name(&self) -> String {
        format!("{}, {:?}", self.kind(), self.spec().inputs())
    }

    fn get(&self, key: &str) -> Option<Value> {
        let value = serde_json::to_value(&self.model).unwrap();
        value.pointer(&format!("/{}", key.replace('.', "/"))).cloned()
    }

    /// Whether there is such a setting.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The same with another value for a setting of the section `model`, which there must be.
    pub fn with(&self, key: &str, value: impl Into<Value>) -> Case {
        let mut settings = serde_json::to_value(&self.model).unwrap();
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        let section = match section {
            "" => &mut settings,
            section => settings.get_mut(section).unwrap_or_else(|| panic!("{}: no section {section}", self.kind())),
        };
        section[name] = value.into();
        let model = serde_json::from_value(settings).unwrap_or_else(|e| panic!("{} {key}: {e}", self.kind()));
        Case { model, ..self.clone() }
    }

    /// The same with another value, where there is such a setting and the kind takes the value.
    pub fn taking(&self, key: &str, value: &Value) -> Option<Case> {
        let case = self.has(key).then(|| self.with(key, value.clone()))?;
        case.check().is_ok().then_some(case)
    }

    /// The same with other settings of the training.
    pub fn trained(&self, change: impl FnOnce(&mut FitSettings)) -> Case {
        let mut case = self.clone();
        change(&mut case.training);
        case
    }

    pub fn check(&self) -> Result<(), laddernet::SettingsError> {
        self.spec().check(self.kind(), &self.training)?;
        self.training.check()
    }

    /// Stripes as the model takes them.
    pub fn rows(&self, rows: usize) -> Dataset {
        let data = stripes(rows);
        match self.spec().inputs() {
            Inputs::UnitInterval | Inputs::Any => data,
            Inputs::Standardised => {
                let standards = Standards::of(&data, &(0..rows).collect::<Vec<_>>());
                data.standardised(&Arc::new(standards)).unwrap()
            }
        }
    }

    /// A third of the rows labelled, where the model takes labels.
    pub fn split(&self, data: &Dataset) -> Split {
        match self.kind().takes_labels() {
            true => draw(data, LabelCount::Count(data.rows() / 9 * 3), 0, 5).unwrap(),
            false => draw_without_labels(data.rows(), 0, 5).unwrap(),
        }
    }

    /// Trains it on these rows, in the precision of the threads' instructions.
    pub fn train(
        &self,
        from: Option<&Place>,
        (data, split): (&Dataset, &Split),
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<(Box<dyn TrainedModel>, Report), TrainingError> {
        let training = FitSettings { precision: threads.precision(), ..self.training.clone() };
        let mut course = Course::new(self.spec().stages(&training), from, data, split, threads, listener)?;
        let model = self.spec().train(&training, &mut course)?;
        Ok((model, course.report()))
    }

    /// The model trained on 90 rows, and every place that its training came through.
    pub fn course(&self, from: Option<&Place>, threads: &Threads) -> (Box<dyn TrainedModel>, Report, Vec<Place>) {
        let data = self.rows(90);
        let mut places = Vec::new();
        let trained = self.train(from, (&data, &self.split(&data)), threads, &mut |event| {
            if let Event::Epoch(_, state) = event.event {
                let checkpoint: Option<Checkpoint> = Some(state.checkpoint());
                places.push(Place { stage: event.index, done: event.done.to_vec(), checkpoint });
            }
            Flow::Continue
        });
        let (model, report) = trained.unwrap();
        (model, report, places)
    }

    /// What it learns from 90 rows, to the bit.
    pub fn bits(&self, threads: &Threads) -> Bits {
        bits(&*self.course(None, threads).0)
    }
}

/// Path and bits of each tensor.
pub type Bits = Vec<(String, Vec<u32>)>;

/// Bit for bit what a model has learned.
pub fn bits(model: &dyn TrainedModel) -> Bits {
    model.tensors().into_iter().map(|t| (t.path, t.values.iter().map(|v| v.to_bits()).collect())).collect()
}
