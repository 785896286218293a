//! Models side by side on the same splits of any data: a table that is made on the spot.

use super::cell::{Cell, CellRun};
use super::error::TableError;
use super::measure::Measure;
use super::table::Table;
use crate::record::{Status, Summary, Task};
use crate::settings::{ConfigError, Recipe};
use laddernet::models::Kind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use serde::Serialize;
use std::path::PathBuf;

/// What is compared on what.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Where the rows come from.
    pub data: Source,
    /// Their folder, where one is given.
    pub data_dir: Option<PathBuf>,
    /// How many rows keep their label.
    pub labels: LabelCount,
    /// Which models.
    pub models: Vec<&'static Kind>,
    /// The seeds of each.
    pub seeds: Vec<u64>,
    /// Another length of the trainings than each model's own.
    pub epochs: Option<usize>,
    /// The folder of their run folders.
    pub out: PathBuf,
}

/// One training of a comparison.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The model.
    pub kind: &'static Kind,
    /// The seed.
    pub seed: u64,
    /// The training and its run folder.
    pub task: Task,
}

/// The models that are compared unless others are asked for: those of `papers/compare.toml`.
///
/// # Panics
/// Never: the file is part of the program.
pub fn usual_models() -> Vec<&'static Kind> {
    let table = Table::find("compare").expect("papers/compare.toml is part of the program");
    table.entries.iter().map(|entry| entry.kind().expect("a test reads it")).collect()
}

impl Comparison {
    /// The trainings: all models with the first seed, then with the next.
    ///
    /// # Errors
    /// When a model predicts no classes.
    pub fn trials(&self) -> Result<Vec<Trial>, TableError> {
        if let Some(kind) = self.models.iter().find(|kind| !kind.takes_labels()) {
            return Err(TableError::NoClasses(kind));
        }
        let pairs = self.seeds.iter().flat_map(|&seed| self.models.iter().map(move |&kind| (kind, seed)));
        Ok(pairs.map(|(kind, seed)| self.trial(kind, seed)).collect::<Result<_, _>>()?)
    }

    fn trial(&self, kind: &'static Kind, seed: u64) -> Result<Trial, ConfigError> {
        let mut recipe = Recipe::of(kind).in_folder(self.data_dir.clone())?;
        recipe.set("data.source", self.data.to_string().into());
        recipe.set_labels(self.labels)?;
        recipe.set_whole("training.seed", seed)?;
        self.epochs.map_or(Ok(()), |epochs| recipe.set_whole("training.epochs", epochs))?;
        // What learns from the labels alone has a line of its own.
        recipe.set("baseline.train", false.into());
        let folder = self.out.join(format!("{kind}-{}-seed{seed}", self.labels));
        Ok(Trial { kind, seed, task: Task { recipe, folder, layers_of: None } })
    }
}

/// A model's runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Trainable values.
    pub parameters: usize,
    /// Median of the runs' seconds.
    pub seconds: Option<f64>,
    /// The runs, and their mean, median and worst.
    #[serde(flatten)]
    pub cell: Cell,
}

/// The table: a line a model, in the order of `models`, of the trainings that ended.
pub fn table(models: &[&'static Kind], labels: LabelCount, done: &[(&'static Kind, Summary)]) -> Vec<Compared> {
    let of = |kind: &&'static Kind| {
        let of_kind = |(k, s): &&(&Kind, Summary)| k == kind && s.status != Status::Interrupted;
        let own: Vec<&Summary> = done.iter().filter(of_kind).map(|(_, s)| s).collect();
        let Summary { layers, epochs, parameters, .. } = own.first()?;
        let measure = Measure::TestErrorPercent;
        let run = |s: &&Summary| CellRun {
            seed: s.seed,
            measure,
            value: measure.of(s, None),
            seconds: s.seconds,
            ..CellRun::default()
        };
        let cell = Cell {
            layers: layers.clone(),
            model: kind.to_string(),
            labels: Some(labels.to_string()),
            epochs: *epochs,
            ..Cell::of(measure, own.iter().map(run).collect())
        };
        Some(Compared { parameters: *parameters, seconds: cell.minutes.map(|m| 60.0 * m), cell })
    };
    models.iter().filter_map(of).collect()
}

impl Compared {
    /// Mean, median, worst, number of runs and seconds, as text.
    fn numbers(&self) -> [String; 5] {
        let [mean, _, median, worst, n, _] = self.cell.statistics();
        [mean, median, worst, n, self.seconds.map_or("-".to_owned(), |s| format!("{s:.1}"))]
    }
}

/// The table as text, at most 60 columns wide but for the runs: names of classifiers have at most 12 letters.
pub fn plain(lines: &[Compared]) -> String {
    let width = lines.iter().map(|line| line.cell.model.len()).max().unwrap_or(0).max(8);
    let mut text = format!(
        "Test error in percent, n runs; seconds a training\n\n{:<width$}{:>7}{:>8}{:>7}{:>4}{:>10}{:>12}\n",
        "model", "mean", "median", "worst", "n", "seconds", "parameters"
    );
    for line in lines {
        let ([mean, median, worst, n, seconds], model) = (line.numbers(), &line.cell.model);
        text += &format!("{model:<width$}{mean:>7}{median:>8}{worst:>7}{n:>4}{seconds:>10}{:>12}\n", line.parameters);
    }
    text += "\nEvery run, seed: error\n";
    lines.iter().for_each(|line| text += &format!("  {}: {}\n", line.cell.model, line.cell.every_run()));
    text
}

/// The table for a page, under a title: data and labels.
pub fn markdown(title: &str, lines: &[Compared]) -> String {
    let mut text = format!("# {title}\n\nTest error in percent; seconds of a training, the median of its runs.\n\n");
    text += "| model | mean | median | worst | seconds | parameters | every run (seed: error) |\n|---|---|---|---|---|---|---|\n";
    for line in lines {
        let ([mean, median, worst, _, seconds], model) = (line.numbers(), &line.cell.model);
        let (parameters, runs) = (line.parameters, line.cell.every_run());
        text += &format!("| {model} | {mean} | {median} | {worst} | {seconds} | {parameters} | {runs} |\n");
    }
    text
}

#[cfg(test)]
mod tests;
