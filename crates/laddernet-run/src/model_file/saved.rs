//! A trained model with what its file says of it: its abilities, and rows as its inputs.

use super::ModelCard;
use crate::error::RunError;
use laddernet::dataset::{Preprocessing, Scaling};
use laddernet::evaluation::Classify;
use laddernet::models::{Ability, Density, Encode, Kind, Reconstruct, Sample, TrainedModel};
use laddernet::split::{self, Split, SplitError};
use laddernet::{Dataset, Sealed};
use laddernet_data::Loaded;
use laddernet_data::input::Expected;
use std::borrow::Cow;

/// A trained model and what its file says of it.
pub struct SavedModel {
    /// What the file says.
    pub card: ModelCard,
    /// What turns values into its inputs.
    pub preprocessing: Preprocessing,
    /// The model.
    pub model: Box<dyn TrainedModel>,
}

impl SavedModel {
    /// Which model.
    pub fn kind(&self) -> &'static Kind {
        self.card.model.kind()
    }

    /// Units of each layer, the input first.
    pub fn layers(&self) -> &[usize] {
        self.card.model.spec().layers()
    }

    /// Values a row.
    pub fn features(&self) -> usize {
        self.layers()[0]
    }

    /// The same, of which the file says what the labels are to a program.
    #[must_use]
    pub fn with_label_kind(mut self, kind: String) -> Self {
        self.card.label_kind = Some(kind);
        // Programs that do not know the key would refuse it with another reason.
        self.card.format_version = super::FORMAT_VERSION;
        self
    }

    /// The bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        super::to_bytes(&self.card, self.preprocessing.encoding.standards(), &self.model.tensors())
    }

    /// As a classifier.
    ///
    /// # Errors
    /// When it is none, or has learned nothing.
    pub fn classifier(&self) -> Result<&dyn Classify, RunError> {
        self.check_trained()?;
        self.model.classify().ok_or_else(|| self.unable(Ability::Classify, "it was trained without classes"))
    }

    /// As a model that reconstructs rows.
    ///
    /// # Errors
    /// When it cannot, or has learned nothing.
    pub fn reconstructs(&self) -> Result<&dyn Reconstruct, RunError> {
        self.check_trained()?;
        let reason = "it was trained without a denoising cost, so its decoder has learned nothing";
        self.model.reconstruct().ok_or_else(|| self.unable(Ability::Reconstruct, reason))
    }

    /// As an encoder.
    ///
    /// # Errors
    /// When it is none, or has learned nothing.
    pub fn encoder(&self) -> Result<&dyn Encode, RunError> {
        self.check_trained()?;
        self.model.encode().ok_or_else(|| self.unable(Ability::Encode, "it has no hidden layer"))
    }

    /// As a density.
    ///
    /// # Errors
    /// When it is none.
    pub fn density(&self) -> Result<&dyn Density, RunError> {
        self.model.density().ok_or_else(|| self.unable(Ability::Density, "it has no energy"))
    }

    /// As a source of samples.
    ///
    /// # Errors
    /// When it is none.
    pub fn samples(&self) -> Result<&dyn Sample, RunError> {
        self.model.sample().ok_or_else(|| self.unable(Ability::Sample, "its rows are standardised"))
    }

    fn unable(&self, ability: Ability, reason: &'static str) -> RunError {
        RunError::unable(self.kind(), ability, reason)
    }

    /// Whether it learned anything: one whose training diverged at once would classify and reconstruct as well as chance. A density is one all
    /// the same, with a likelihood to compare others with.
    ///
    /// # Errors
    /// When it did not.
    pub(crate) fn check_trained(&self) -> Result<(), RunError> {
        if self.card.trained.untrained { Err(RunError::Untrained(self.kind())) } else { Ok(()) }
    }

    /// Rows as its inputs. `name` is what to call them in a message.
    ///
    /// # Errors
    /// When they are longer or shorter, scaled in another way, have other classes, or a value makes no input.
    pub fn inputs<'a>(&self, name: &str, data: &'a Dataset) -> Result<Cow<'a, Dataset>, RunError> {
        let apply = |data: &'a Dataset| self.preprocessing.apply(data, self.features());
        let known = &self.card.class_names;
        if !self.kind().takes_labels() || known.starts_with(data.class_names()) {
            self.check_classes(name, data)?;
            return apply(data).map_err(RunError::rows(name));
        }
        // Labels count classes by their order in the file at hand.
        let data = data.clone().of_classes(known).map_err(|e| RunError::rows(name)(e.into()))?;
        let rows = self.preprocessing.apply(&data, self.features()).map_err(RunError::rows(name))?;
        Ok(Cow::Owned(rows.into_owned()))
    }

    /// The same of all rows that were loaded, those under seal among them.
    ///
    /// # Errors
    /// As [`SavedModel::inputs`].
    pub(crate) fn loaded(&self, mut loaded: Loaded) -> Result<Loaded, RunError> {
        let name = loaded.name.clone();
        let train = self.inputs(&name, &loaded.train)?.into_owned();
        let as_input = |test: Sealed| {
            let test = if self.kind().takes_labels() { test.of_classes(&self.card.class_names)? } else { test };
            test.preprocessed(&self.preprocessing, self.features())
        };
        let test = loaded.test.take().map(as_input).transpose();
        let test = test.map_err(RunError::rows(&format!("test rows of {name}")))?;
        Ok(loaded.with_rows(train, test))
    }

    fn check_classes(&self, name: &str, data: &Dataset) -> Result<(), RunError> {
        let (known, found) = (self.card.class_names.len(), data.classes());
        match found > known {
            true => Err(RunError::Classes { name: name.to_owned(), found, known }),
            false => Ok(()),
        }
    }

    /// Whether the training rows of these data are those of the model's training, and no others beside them: where both have
    /// a test set, that may be another.
    pub(crate) fn has_learned(&self, loaded: &Loaded) -> bool {
        let trained = &self.card.trained;
        let had_test_set = trained.train_sha256.as_ref().is_some_and(|alone| *alone != trained.sha256);
        let same_rows = Some(&loaded.hashes().train) == trained.train_sha256.as_ref();
        loaded.hashes().all == trained.sha256 || had_test_set && loaded.test.is_some() && same_rows
    }

    /// Whether the rows that these data are measured by are the training rows of the model.
    pub(crate) fn has_learned_test_rows(&self, loaded: &Loaded) -> bool {
        let of_the_training = loaded.hashes().all == self.card.trained.sha256;
        let measured = loaded.hashes().test.as_ref().or((!of_the_training).then_some(&loaded.hashes().train));
        measured.is_some() && measured == self.card.trained.train_sha256.as_ref()
    }

    /// Which of so many training rows a model without labels has learned from, and which were kept for validation: none, where
    /// these are not the rows of its training.
    pub(crate) fn drawn(&self, rows: usize, has_learned: bool) -> Result<Split, SplitError> {
        let held = if has_learned && !self.kind().takes_labels() { self.card.trained.validation } else { 0 };
        split::draw_without_labels(rows, held, self.card.trained.seed)
    }

    /// What rows it takes, for who reads them.
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            row_shape: &self.card.row_shape,
            // Bytes are then those of the training, also where their scale is 1, and not to be divided by 255.
            scaling: Scaling { scale: self.preprocessing.scale, assumed: self.preprocessing.largest.is_some() },
            class_names: &self.card.class_names,
            any_values: self.preprocessing.is_standardised(),
        }
    }
}
