//! Any model by its name, and recipes for any.

use crate::config::ConfigError;
use crate::lineage::LineageRecipe;
use crate::recipe::Recipe;
use laddernet::lineage::LineageKind;
use laddernet::models::ModelKind;
use laddernet_data::Source;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A model that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A ladder, or the encoder of one.
    Ladder(ModelKind),
    /// A model that the survey sets the ladder against.
    Lineage(LineageKind),
}

impl Kind {
    /// Every model: ladders first.
    pub fn all() -> impl Iterator<Item = Kind> {
        ModelKind::ALL.into_iter().map(Kind::Ladder).chain(LineageKind::ALL.into_iter().map(Kind::Lineage))
    }

    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ladder(kind) => kind.name(),
            Kind::Lineage(kind) => kind.name(),
        }
    }

    /// Other names that are understood.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Kind::Ladder(kind) => kind.aliases(),
            Kind::Lineage(_) => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Kind::all().find(|kind| kind.name() == s || kind.aliases().contains(&s)).ok_or_else(|| {
            let names: Vec<&str> = Kind::all().map(Kind::name).collect();
            format!("'{s}' is no model; known: {}", names.join(", "))
        })
    }
}

/// A recipe for any model.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyRecipe {
    /// For a ladder; also one that names no model.
    Ladder(Box<Recipe>),
    /// For a model of the lineage.
    Lineage(LineageRecipe),
}

impl AnyRecipe {
    /// Reads the text of a recipe, or of a run's `config.toml`.
    ///
    /// # Errors
    /// When it is none of a known model, or is of a newer format.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        crate::config::check_format_version(text)?;
        let table: toml::Table = toml::from_str(text).map_err(|e| ConfigError(e.to_string()))?;
        match table.get("model").and_then(toml::Value::as_str).map(str::parse::<Kind>) {
            Some(Ok(Kind::Lineage(_))) => LineageRecipe::from_toml(text).map(AnyRecipe::Lineage),
            Some(Err(message)) => Err(ConfigError(message)),
            _ => Recipe::from_toml(text).map(|recipe| AnyRecipe::Ladder(Box::new(recipe))),
        }
    }

    /// A recipe by the name under which the program ships it, or from a file (anything with a dot or a slash).
    ///
    /// # Errors
    /// When the file cannot be read, no recipe has the name, or the text is no recipe.
    pub fn find(name: &str) -> Result<Self, ConfigError> {
        crate::recipe::find(name, Self::from_toml)
    }

    /// Which model.
    pub fn kind(&self) -> Kind {
        match self {
            AnyRecipe::Ladder(recipe) => Kind::Ladder(recipe.model.unwrap_or(ModelKind::Full)),
            AnyRecipe::Lineage(recipe) => Kind::Lineage(recipe.model()),
        }
    }

    /// Where the rows come from.
    ///
    /// # Errors
    /// When what is said names no data.
    pub fn source(&self) -> Result<Source, ConfigError> {
        match self {
            AnyRecipe::Ladder(recipe) => Ok(recipe.source()),
            AnyRecipe::Lineage(recipe) => recipe.source(),
        }
    }

    /// The folder of the data, where one is said.
    pub fn data_dir(&self) -> Option<&Path> {
        match self {
            AnyRecipe::Ladder(recipe) => recipe.data_dir.as_deref(),
            AnyRecipe::Lineage(recipe) => recipe.data_dir(),
        }
    }

    /// The same with the data in this folder, where one is given.
    #[must_use]
    pub fn in_folder(self, data_dir: Option<PathBuf>) -> Self {
        let Some(folder) = data_dir else { return self };
        match self {
            AnyRecipe::Ladder(recipe) => AnyRecipe::Ladder(Box::new(Recipe { data_dir: Some(folder), ..*recipe })),
            AnyRecipe::Lineage(mut recipe) => {
                recipe.say("data_dir", folder.to_string_lossy().into_owned());
                AnyRecipe::Lineage(recipe)
            }
        }
    }
}
