//! Why a text is no settings.

use laddernet::SettingsError;
use thiserror::Error;

/// Settings or a recipe that cannot be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ConfigError {
    /// It is no TOML.
    #[error("this is no TOML: {0}")]
    Toml(String),
    /// A newer program wrote it.
    #[error(
        "these settings are of format {found}, but this laddernet knows formats up to {known}: use a newer laddernet"
    )]
    Newer {
        /// Its format.
        found: i64,
        /// The newest that is read.
        known: u32,
    },
    /// There is no such setting.
    #[error("there is no setting '{key}'{}; known here: {known}", .nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean '{n}'?)")))]
    UnknownKey {
        /// Its path.
        key: String,
        /// The setting that is called nearly so.
        nearest: Option<String>,
        /// All that are known beside it.
        known: String,
    },
    /// A section is no part of this model.
    #[error("{key} is no part of a model '{kind}': leave it out")]
    ForeignKey {
        /// Its path.
        key: String,
        /// The model.
        kind: String,
    },
    /// A setting is missing, or cannot be read.
    #[error("{key}: {reason}")]
    Unfit {
        /// Its path.
        key: String,
        /// Why.
        reason: String,
    },
    /// Something was said below a value.
    #[error("{key} is a value, not a section")]
    NoSection {
        /// Its path.
        key: String,
    },
    /// A setting by its name of an older format, and by that of today.
    #[error("{old} and {today} are the same setting: leave one out")]
    Twice {
        /// Its path in an older format.
        old: String,
        /// Its path today.
        today: String,
    },
    /// A setting makes no training, or is of another type.
    #[error(transparent)]
    Setting(#[from] SettingsError),
    /// There is no such model.
    #[error("'{found}' is no model; known: {known}")]
    NoSuchModel {
        /// The name.
        found: String,
        /// Those that are known.
        known: String,
    },
    /// A recipe of a kind of model that has other settings.
    #[error("the recipe is for a model '{recipe}': its settings are not those of a model '{model}'")]
    OtherFamily {
        /// The recipe's model.
        recipe: &'static str,
        /// The model that was asked for.
        model: &'static str,
    },
    /// No recipe has this name.
    #[error("no recipe is called '{name}'{}; the name of a file ends in .toml", .nearest.as_ref().map_or(String::new(), |n| format!("; did you mean '{n}'?")))]
    NoSuchRecipe {
        /// The name.
        name: String,
        /// A recipe that is called nearly so.
        nearest: Option<String>,
    },
    /// A file cannot be read.
    #[error("cannot read the recipe {name}: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        reason: String,
    },
    /// A file holds no recipe.
    #[error("recipe {name}: {source}")]
    In {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: Box<ConfigError>,
    },
}

impl ConfigError {
    /// The setting that is at fault, where it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            ConfigError::Setting(e) => Some(e.key()),
            ConfigError::ForeignKey { key, .. } | ConfigError::Unfit { key, .. } | ConfigError::NoSection { key } => {
                Some(key)
            }
            _ => None,
        }
    }
}
