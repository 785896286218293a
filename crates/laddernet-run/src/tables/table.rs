//! A table of trainings is a file of `papers/`: its cells, how they are measured, and what papers report of them.

use super::measure::Measure;
use crate::settings::{ConfigError, DataFacts, Recipe};
use laddernet::models::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A file of `papers/`.
struct Text {
    name: &'static str,
    text: &'static str,
}

// `TEXTS`, made by the build script of this crate.
include!(concat!(env!("OUT_DIR"), "/papers.rs"));

static ALL: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let parsed = |&Text { name, text }: &Text| {
        let table = toml::from_str(text).unwrap_or_else(|e| panic!("papers/{name}.toml is part of the program: {e}"));
        Table { name, ..table }
    };
    TEXTS.iter().map(parsed).collect()
});

/// A table of trainings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it is called: its file's name.
    #[serde(skip)]
    pub name: &'static str,
    /// What it shows.
    pub about: String,
    /// The size of its rows, so that settings are complete before the data are there; nothing where any data will do.
    #[serde(default)]
    rows: Option<Rows>,
    /// Sources whose figures have a column of their own, each with the head of that column on a screen. A table with such columns
    /// is one of models by numbers of labels; another one names its cells.
    #[serde(default)]
    pub columns: Vec<(String, String)>,
    /// The source whose figures its means are held against.
    #[serde(default)]
    pub against: Option<String>,
    /// Its cells, in order.
    #[serde(rename = "cell")]
    pub entries: Vec<Entry>,
}

/// The size of rows.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    features: usize,
    classes: usize,
}

/// What a table says of one of its cells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The recipe of its trainings, which says data, model and labels.
    #[serde(default)]
    pub recipe: Option<String>,
    /// Settings that differ from the recipe's, by their paths.
    #[serde(default)]
    set: BTreeMap<String, toml::Value>,
    /// What it is called on a page, where model and labels do not say it.
    #[serde(default)]
    pub title: Option<String>,
    /// How many seeds it has, from 1 on, unless seeds are asked for.
    #[serde(default = "one")]
    pub seeds: u64,
    /// What is measured of each training.
    #[serde(default = "test_error")]
    pub measures: Vec<Measure>,
    /// The recipe of the cell whose pretrained layers its trainings begin with.
    #[serde(default)]
    pub layers_of: Option<String>,
    /// What papers report.
    #[serde(default)]
    published: Vec<Figure>,
    /// The recipe whose published figures stand beside it.
    #[serde(default)]
    figures_of: Option<String>,
    /// Whether its trainings are left out unless they are asked for by name.
    #[serde(default)]
    pub extra: bool,
}

fn one() -> u64 {
    1
}

fn test_error() -> Vec<Measure> {
    vec![Measure::TestErrorPercent]
}

/// A figure that a paper reports.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(from = "Written")]
pub struct Figure {
    /// The paper.
    pub by: String,
    /// What it was measured of, where the cell does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// As the source prints it.
    pub printed: String,
    /// The number.
    pub value: Option<f64>,
    /// The standard deviation that stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// How it was measured; nothing: as the cell is first of all.
    #[serde(skip)]
    measure: Option<Measure>,
}

/// A figure as a table's file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    printed: String,
    of: Option<String>,
    measure: Option<Measure>,
}

impl From<Written> for Figure {
    fn from(Written { by, printed, of, measure }: Written) -> Self {
        // "1.06±0.37", "about 150".
        let mut numbers = printed.split('±').map(|part| part.rsplit(' ').next()?.parse().ok());
        let (value, deviation) = (numbers.next().flatten(), numbers.next().flatten());
        Figure { by, of, printed, value, deviation, measure }
    }
}

/// Every table, in the order of their names.
pub fn tables() -> &'static [Table] {
    &ALL
}

/// What papers report of trainings by a recipe, by this measure: it is said once, whatever tables they stand in.
pub fn figures_of(recipe: &str, measure: Measure) -> Vec<Figure> {
    let entries =
        || ALL.iter().flat_map(|table| &table.entries).filter(|entry| entry.recipe.as_deref() == Some(recipe));
    let own = |entry: &'static Entry| {
        let is_it = move |figure: &&Figure| figure.measure.unwrap_or(entry.measures[0]) == measure;
        entry.published.iter().filter(is_it).cloned()
    };
    match entries().find_map(|entry| entry.figures_of.as_deref()) {
        Some(other) => figures_of(other, measure),
        None => entries().flat_map(own).collect(),
    }
}

impl Table {
    /// The table of this name.
    pub fn find(name: &str) -> Option<&'static Table> {
        ALL.iter().find(|table| table.name == name)
    }

    /// Whether its cells say what to train: others are for data that somebody names.
    pub fn is_complete(&self) -> bool {
        self.rows.is_some()
    }

    /// The cell of this recipe.
    pub fn entry(&self, recipe: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.recipe.as_deref() == Some(recipe))
    }

    /// What default settings follow from.
    pub fn facts(&self) -> DataFacts {
        self.rows.map_or(DataFacts::of_rows(1, 1), |r| DataFacts::of_rows(r.features, r.classes))
    }
}

impl Entry {
    /// The settings of its trainings, with gaps.
    ///
    /// # Errors
    /// When there is no such recipe.
    pub fn settings(&self) -> Result<Recipe, ConfigError> {
        let mut recipe = self.recipe.as_deref().map_or(Ok(Recipe::default()), Recipe::find)?;
        self.set.iter().for_each(|(path, value)| recipe.set(path, value.clone()));
        Ok(recipe)
    }

    /// Which model.
    ///
    /// # Errors
    /// When there is no such recipe or model.
    pub fn kind(&self) -> Result<&'static Kind, ConfigError> {
        self.settings()?.kind()
    }
}

#[cfg(test)]
mod tests;
