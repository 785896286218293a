//! Settings that make no training, each with its key, what was found and what was expected.

use std::fmt::Display;
use thiserror::Error;

/// A setting that cannot be used. Keys are paths in the tree of settings: `model.noise`, `training.epochs`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SettingsError {
    /// A value is out of range.
    #[error("{key} is {found}: expected {expected}")]
    Value {
        /// The setting.
        key: String,
        /// Its value.
        found: String,
        /// What is possible, with an example where that helps.
        expected: String,
    },
    /// A value does not go together with another setting, or with the data.
    #[error("{key} is {found}, but {conflict}: {hint}")]
    Conflict {
        /// The setting.
        key: String,
        /// Its value.
        found: String,
        /// What it contradicts.
        conflict: String,
        /// What to do.
        hint: String,
    },
    /// The training would take more memory than is allowed.
    #[error("{key} {found} would take about {gib} GiB of memory to train: expected at most {most} GiB; choose {hint}")]
    Memory {
        /// The setting that takes the most.
        key: String,
        /// Its value.
        found: String,
        /// Memory in GiB, rounded up.
        gib: u64,
        /// The limit in GiB.
        most: u64,
        /// What to choose instead.
        hint: String,
    },
}

impl SettingsError {
    /// A value out of range.
    pub fn value(key: impl Into<String>, found: impl Display, expected: impl Into<String>) -> Self {
        SettingsError::Value { key: key.into(), found: found.to_string(), expected: expected.into() }
    }

    /// A value that contradicts something.
    pub fn conflict(
        key: impl Into<String>,
        found: impl Display,
        conflict: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let found = found.to_string();
        SettingsError::Conflict { key: key.into(), found, conflict: conflict.into(), hint: hint.into() }
    }

    /// The key that it is about.
    pub fn key(&self) -> &str {
        match self {
            SettingsError::Value { key, .. }
            | SettingsError::Conflict { key, .. }
            | SettingsError::Memory { key, .. } => key,
        }
    }

    /// The same, its key one level deeper in the tree: `noise` under `model` is `model.noise`.
    #[must_use]
    pub fn under(self, section: &str) -> Self {
        let key = format!("{section}.{}", self.key());
        self.renamed(key)
    }

    /// The same of a setting that is called otherwise.
    #[must_use]
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        let (SettingsError::Value { key, .. }
        | SettingsError::Conflict { key, .. }
        | SettingsError::Memory { key, .. }) = &mut self;
        *key = name.into();
        self
    }
}
