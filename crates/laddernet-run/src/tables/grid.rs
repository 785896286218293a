//! Which trainings make up a table.

use super::cell::{Cell, CellRun};
use super::error::TableError;
use super::measure::{self, is_collapsed};
use super::seeds::Seeds;
use super::table::{Entry, Table, figures_of};
use crate::error::RunError;
use crate::record::{self, Standing, Summary};
use crate::settings::{Config, ConfigError, Recipe};
use laddernet::Precision;
use laddernet::models::Kind;
use laddernet::split::LabelCount;
use laddernet::text::precision_name;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is wanted of a table; what is left out is as in the table.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Numbers of labels; empty: the table's.
    pub labels: Vec<LabelCount>,
    /// Models; empty: the table's.
    pub models: Vec<&'static Kind>,
    /// Cells by the names of their recipes; empty: the table's.
    pub recipes: Vec<String>,
    /// The seeds of every cell.
    pub seeds: Option<Seeds>,
    /// Another length of the trainings.
    pub epochs: Option<usize>,
    /// The precision of the products; nothing: the faster one of each machine, which is the same task everywhere.
    pub precision: Option<Precision>,
    /// The folder of the data, where one is given.
    pub data_dir: Option<PathBuf>,
    /// The folder of the run folders.
    pub out: PathBuf,
}

/// A training of a table.
#[derive(Clone, Debug)]
pub struct TableTask {
    /// Its name among all tasks: recipe, seed, and a hash of its settings.
    pub id: String,
    /// The cell that it is a run of.
    pub entry: &'static Entry,
    /// Its settings on this machine.
    pub config: Config,
    /// The training and its run folder.
    pub task: record::Task,
}

/// The trainings of a table, in the order in which they are done.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The table.
    pub table: &'static Table,
    /// A task a cell and seed: all cells with the first seed, then with the next.
    pub tasks: Vec<TableTask>,
}

impl Choice {
    /// The settings of a cell with a seed.
    fn recipe(&self, entry: &Entry, seed: u64) -> Result<Recipe, ConfigError> {
        let mut recipe = entry.settings()?.in_folder(self.data_dir.clone())?;
        recipe.set_whole("training.seed", seed)?;
        self.epochs.map_or(Ok(()), |epochs| recipe.set_whole("training.epochs", epochs))?;
        recipe.set("training.precision", self.precision.map_or("auto", precision_name).into());
        Ok(recipe)
    }

    fn task(&self, table: &'static Table, entry: &'static Entry, seed: u64) -> Result<TableTask, ConfigError> {
        let recipe = self.recipe(entry, seed)?;
        let config = recipe.resolve(table.facts())?;
        let id = self.id(entry, &config);
        // Layers follow from the seed of the pretraining, where that is not the training's.
        let layers = entry.layers_of.as_deref().and_then(|of| table.entry(of)).map(|of| {
            let own = recipe.get("model.pretraining.seed").and_then(toml::Value::as_integer);
            let seed = own.and_then(|seed| seed.try_into().ok()).unwrap_or(seed);
            let config = self.recipe(of, seed)?.resolve(table.facts())?;
            Ok::<_, ConfigError>(self.out.join(self.id(of, &config)))
        });
        let task = record::Task { recipe, folder: self.out.join(&id), layers_of: layers.transpose()? };
        Ok(TableTask { id, entry, config, task })
    }

    fn id(&self, entry: &Entry, config: &Config) -> String {
        let hash = &config.fingerprint(self.precision.is_none())[..8];
        let precision = self.precision.map_or(String::new(), |precision| format!("-{}", precision_name(precision)));
        format!("{}{}{hash}{precision}", name(entry), before_hash(config.training.seed))
    }
}

fn name(entry: &Entry) -> &str {
    entry.recipe.as_deref().unwrap_or("cell")
}

fn before_hash(seed: u64) -> String {
    format!("-seed{seed}-")
}

impl Table {
    /// The seeds of the runs that were begun or finished below `out`, in ascending order.
    pub fn seeds_below(&self, out: &Path) -> Seeds {
        // As an id is put together.
        let seed_of = |folder: &str| {
            let (recipe, rest) = folder.rsplit_once("-seed")?;
            self.entry(recipe)?;
            rest.split_once('-')?.0.parse().ok()
        };
        let folders = std::fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let seeds: BTreeSet<u64> = folders.filter_map(|folder| seed_of(folder.to_str()?)).collect();
        Seeds(seeds.into_iter().collect())
    }

    /// The cells that are wanted. One that is asked for by name may be an extra one.
    fn wanted(&'static self, choice: &Choice) -> Result<Vec<&'static Entry>, TableError> {
        let cells = self.entries.iter().map(|entry| self.cell(entry)).collect::<Result<Vec<_>, ConfigError>>()?;
        let no_cell = |wanted: String, known: BTreeSet<String>| {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            TableError::NoSuchCell { table: self.name, wanted, known }
        };
        if !choice.recipes.is_empty() {
            let known = || self.entries.iter().filter_map(|entry| entry.recipe.clone()).collect();
            let find = |recipe: &String| self.entry(recipe).ok_or_else(|| no_cell(recipe.clone(), known()));
            return choice.recipes.iter().map(find).collect();
        }
        let labels: Vec<String> = choice.labels.iter().map(ToString::to_string).collect();
        let models: Vec<&Kind> = match &choice.models[..] {
            [] => cells
                .iter()
                .filter(|cell| !cell.entry.extra && (labels.is_empty() || cell.labels.is_some()))
                .map(|cell| cell.kind)
                .collect(),
            chosen => chosen.to_vec(),
        };
        for &kind in &models {
            let of_model = || cells.iter().filter(|cell| cell.kind == kind);
            let missing = labels.iter().find(|labels| of_model().all(|cell| cell.labels.as_ref() != Some(labels)));
            if missing.is_some() || of_model().next().is_none() {
                let known = cells.iter().map(NamedCell::name).collect();
                return Err(no_cell(NamedCell { kind, labels: missing.cloned(), ..cells[0] }.name(), known));
            }
        }
        let has_own = |kind: &Kind| cells.iter().any(|cell| cell.kind == kind && !cell.entry.extra);
        let is_wanted = |cell: &&NamedCell| {
            let of_labels = cell.labels.as_ref().is_some_and(|own| labels.contains(own));
            let takes_extra = if labels.is_empty() { !has_own(cell.kind) } else { of_labels };
            models.contains(&cell.kind) && (labels.is_empty() || of_labels) && (!cell.entry.extra || takes_extra)
        };
        Ok(cells.iter().filter(is_wanted).map(|cell| cell.entry).collect())
    }

    fn cell(&self, entry: &'static Entry) -> Result<NamedCell, ConfigError> {
        let settings = entry.settings()?;
        let labels = settings.resolve(self.facts())?.data.labels.map(|labels| labels.to_string());
        Ok(NamedCell { entry, kind: settings.kind()?, labels })
    }
}

/// A cell by its model and labels.
struct NamedCell {
    entry: &'static Entry,
    kind: &'static Kind,
    labels: Option<String>,
}

impl NamedCell {
    fn name(&self) -> String {
        self.labels.as_ref().map_or(self.kind.to_string(), |labels| format!("{}-{labels}", self.kind))
    }
}

impl Grid {
    /// The tasks that make up what is wanted of a table.
    ///
    /// # Errors
    /// When the table has no cell that was asked for by name, or a setting makes no training.
    pub fn new(table: &'static Table, choice: &Choice) -> Result<Grid, TableError> {
        let entries = table.wanted(choice)?;
        let most = entries.iter().map(|entry| entry.seeds).max().unwrap_or(0);
        let seeds = choice.seeds.as_ref().map_or_else(|| (1..=most).collect(), |seeds| seeds.0.clone());
        let mut tasks = Vec::new();
        for seed in seeds {
            for entry in entries.iter().filter(|entry| choice.seeds.is_some() || seed <= entry.seeds) {
                tasks.push(choice.task(table, entry, seed)?);
            }
        }
        Ok(Grid { table, tasks })
    }

    /// The cells of the tasks, a cell for each measure, with the runs that are finished.
    ///
    /// # Errors
    /// When a run folder is damaged, or is one of other settings.
    pub fn cells(&self) -> Result<Vec<Cell>, RunError> {
        let mut cells = Vec::new();
        for entry in &self.table.entries {
            let tasks: Vec<&TableTask> = self.tasks.iter().filter(|task| std::ptr::eq(task.entry, entry)).collect();
            let Some(Config { model, data, training, .. }) = tasks.first().map(|task| &task.config) else { continue };
            let ended = tasks.iter().map(|task| task.ended()).collect::<Result<Vec<_>, _>>()?;
            for &measure in &entry.measures {
                let run = |(summary, evaluation): &(Summary, Option<serde_json::Value>)| CellRun {
                    seed: summary.seed,
                    measure,
                    value: measure.of(summary, evaluation.as_ref()),
                    seconds: summary.seconds,
                    warning: evaluation.as_ref().filter(|found| is_collapsed(found)).map(|_| "collapsed"),
                    link: None,
                };
                cells.push(Cell {
                    recipe: entry.recipe.clone(),
                    title: entry.title.clone(),
                    layers: model.spec().layers().to_vec(),
                    model: model.kind().to_string(),
                    labels: data.labels.map(|labels| labels.to_string()),
                    epochs: training.epochs,
                    published: entry.recipe.as_deref().map_or(Vec::new(), |recipe| figures_of(recipe, measure)),
                    ..Cell::of(measure, ended.iter().flatten().map(run).collect())
                });
            }
        }
        Ok(cells)
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&TableTask> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

impl TableTask {
    /// How far it is. One whose figure needs an evaluation has not ended before that.
    ///
    /// # Errors
    /// When its run folder is damaged, or is one of other settings.
    pub fn standing(&self) -> Result<Standing, RunError> {
        Ok(match (record::standing(&self.task)?, self.ended()?) {
            (Standing::Ended(_), None) => Standing::Begun,
            (standing, _) => standing,
        })
    }

    /// What came of it, with its evaluation where its figure needs one.
    fn ended(&self) -> Result<Option<(Summary, Option<serde_json::Value>)>, RunError> {
        let Standing::Ended(summary) = record::standing(&self.task)? else { return Ok(None) };
        let needed =
            summary.status == record::Status::Finished && self.entry.measures.iter().any(|m| m.needs_evaluation());
        let evaluation = measure::read(&self.task.folder)?;
        Ok((!needed || evaluation.is_some()).then_some((*summary, evaluation)))
    }
}

#[cfg(test)]
mod tests;
