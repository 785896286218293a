//! Which trainings make up a table.

use super::published::Origin;
use super::table::{Cell, Draw};
use super::task::{Standing, Task};
use crate::config::{Config, ConfigError, refuse};
use crate::error::RunError;
use crate::precision::PrecisionChoice;
use crate::recipe::{DataShape, Recipe};
use crate::recipes;
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A table that can be run again. Its cells are recipes, called `<recipes>-<model>-<labels>`.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// How the names of its recipes begin.
    recipes: &'static str,
    /// Its cells: model and labels.
    cells: &'static [(&'static str, &'static [&'static str])],
    /// Whose figures its means are held against.
    pub origin: Option<Origin>,
}

/// Every table.
pub const TABLES: &[Table] = &[
    Table {
        name: "digits",
        about: "the digits inside the program, 40 labels; minutes",
        recipes: "digits",
        cells: &[("full", &["40"]), ("top", &["40"]), ("bottom", &["40"]), ("mlp", &["40"])],
        origin: None,
    },
    Table {
        name: "fast",
        about: "MNIST with the preset fast: minutes a training",
        recipes: "fast",
        cells: &[("full", &["40", "100"])],
        origin: Some(Origin::Survey),
    },
    Table {
        name: "survey-2",
        about: "the survey's Table II: MNIST, six layers",
        recipes: "survey-2",
        cells: &[
            ("full", &["40", "100", "1000", "all"]),
            ("top", &["40", "100", "1000", "all"]),
            ("bottom", &["40", "100", "1000", "all"]),
        ],
        origin: Some(Origin::Survey),
    },
    Table {
        name: "survey-4",
        about: "the survey's Table IV: MNIST, four layers",
        recipes: "survey-4",
        cells: &[
            ("full", &["100", "1000", "all"]),
            ("top", &["100", "1000", "all"]),
            ("bottom", &["100", "1000", "all"]),
        ],
        origin: Some(Origin::Survey),
    },
    Table {
        name: "ladder-2015",
        about: "the table of Rasmus et al. (2015): MNIST, six layers",
        recipes: "survey-2",
        cells: &[
            ("full", &["50", "100", "1000", "all"]),
            ("top", &["100", "1000", "all"]),
            ("bottom", &["100", "1000", "all"]),
            ("mlp", &["100", "1000", "all"]),
        ],
        origin: Some(Origin::Rasmus2015),
    },
];

/// Seeds as they are written: `1..10` (both ends count), `1,2,5`, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// More draws than anybody makes: a slip of the hand.
const MOST_SEEDS: usize = 10_000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |part: &str| format!("'{part}' in '{text}' is no seed: expected seeds such as 1..10 or 1,2,5");
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| bad(part));
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let (first, last) = match part.split_once("..") {
                Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
                None => (number(part)?, number(part)?),
            };
            if last < first {
                return Err(format!("'{part}' holds no seed: the first is above the last"));
            }
            if last - first >= MOST_SEEDS as u64 || seeds.len() >= MOST_SEEDS {
                return Err(format!("'{text}' are more than {MOST_SEEDS} seeds"));
            }
            let new = (first..=last).filter(|seed| !seeds.contains(seed)).collect::<Vec<u64>>();
            seeds.extend(new);
        }
        Ok(Seeds(seeds))
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&seeds.join(","))
    }
}

/// What is wanted of a table; what is left out is as in the table.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Numbers of labels; empty: the table's.
    pub labels: Vec<LabelCount>,
    /// Models; empty: the table's.
    pub models: Vec<ModelKind>,
    /// A draw of the labels each.
    pub seeds: Seeds,
    /// Another length of the trainings.
    pub epochs: Option<usize>,
    /// The precision of the products.
    pub precision: PrecisionChoice,
}

/// The trainings of a table, in the order in which they are done.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The table.
    pub table: Table,
    /// A task a cell and seed: all cells with the first seed, then with the next.
    pub tasks: Vec<Task>,
}

impl Table {
    /// The table of this name.
    pub fn find(name: &str) -> Option<Table> {
        TABLES.iter().find(|table| table.name == name).copied()
    }

    /// The draws that were begun or finished below `out`, in ascending order.
    pub fn seeds_below(self, out: &Path) -> Seeds {
        let beginning = format!("{}-", self.recipes);
        // As `Task::id` puts them together.
        let seed_of =
            |name: &str| name.strip_prefix(&beginning)?.rsplit_once("-seed")?.1.split_once('-')?.0.parse().ok();
        let names = std::fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let seeds: BTreeSet<u64> = names.filter_map(|name| seed_of(name.to_str()?)).collect();
        Seeds(seeds.into_iter().collect())
    }

    /// Name and text of the recipes for what is wanted. A model or a number of labels that is asked for by name may
    /// lie outside the table, where there is a recipe for it.
    fn wanted(self, choice: &Choice) -> Result<Vec<(String, &'static str)>, ConfigError> {
        let models: Vec<String> = match &choice.models[..] {
            [] => self.cells.iter().map(|&(model, _)| model.to_owned()).collect(),
            chosen => chosen.iter().map(ToString::to_string).collect(),
        };
        let own_labels = |model: &str| -> Vec<String> {
            let row = self.cells.iter().find(|&&(own, _)| own == model).unwrap_or(&self.cells[0]);
            row.1.iter().map(|&labels| labels.to_owned()).collect()
        };
        let mut cells = Vec::new();
        for model in &models {
            let labels: Vec<String> = match &choice.labels[..] {
                [] => own_labels(model),
                chosen => chosen.iter().map(ToString::to_string).collect(),
            };
            for labels in labels {
                let name = format!("{}-{model}-{labels}", self.recipes);
                let Some(text) = recipes::text_of(&name) else { return refuse(no_cell(self, model, &labels)) };
                cells.push((name, text));
            }
        }
        cells.dedup();
        Ok(cells)
    }
}

impl Grid {
    /// The tasks that make up what is wanted of a table.
    ///
    /// # Errors
    /// When no recipe is there for a cell that was asked for by name, or a setting makes no training.
    pub fn new(table: Table, choice: &Choice) -> Result<Grid, ConfigError> {
        let cells = table.wanted(choice)?;
        let mut tasks = Vec::new();
        for &seed in &choice.seeds.0 {
            for (name, text) in &cells {
                let precision = choice.precision;
                let said =
                    Recipe { seed: Some(seed), epochs: choice.epochs, precision: Some(precision), ..Recipe::default() };
                let recipe = said.or(Recipe::from_toml(text)?);
                let shape = shape_of(&recipe);
                tasks.push(Task::new(name, precision, recipe.resolve(&shape)?));
            }
        }
        Ok(Grid { table, tasks })
    }

    /// The cells of the tasks, with the draws that are finished in the run folders below `out`.
    ///
    /// # Errors
    /// When a run folder is damaged, or is one of other settings.
    pub fn cells(&self, out: &Path) -> Result<Vec<Cell>, RunError> {
        let mut groups: Vec<(&Task, Vec<Draw>)> = Vec::new();
        for task in &self.tasks {
            let draw = match task.standing(out)? {
                Standing::Ended(summary) => Some(Draw {
                    seed: summary.seed,
                    test_error_percent: summary.test_error_percent,
                    seconds: summary.seconds,
                }),
                Standing::Begun | Standing::Absent => None,
            };
            match groups.iter_mut().find(|(first, _)| first.recipe() == task.recipe()) {
                Some((_, draws)) => draws.extend(draw),
                None => groups.push((task, draw.into_iter().collect())),
            }
        }
        let cell = |(task, draws): (&Task, Vec<Draw>)| {
            let Config { layers, model, labels, epochs, .. } = task.config();
            Cell::new(layers, model.name(), &labels.to_string(), *epochs, draws)
        };
        Ok(groups.into_iter().map(cell).collect())
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id() == id)
    }
}

/// The data need not be there for a task to have its settings.
fn shape_of(recipe: &Recipe) -> DataShape {
    let name = recipe.source().to_string();
    DataShape { features: if name == "digits" { 64 } else { 784 }, classes: 10, name }
}

fn no_cell(table: Table, model: &str, labels: &str) -> String {
    let known: Vec<&str> =
        recipes::ALL.iter().filter_map(|(name, _)| name.strip_prefix(&format!("{}-", table.recipes))).collect();
    format!("{} has no cell {model}-{labels}: there are {}", table.name, known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(seeds: &str) -> Choice {
        Choice {
            labels: Vec::new(),
            models: Vec::new(),
            seeds: seeds.parse().unwrap(),
            epochs: None,
            precision: PrecisionChoice::Auto,
        }
    }

    fn grid(table: &str, choice: &Choice) -> Result<Grid, ConfigError> {
        Grid::new(Table::find(table).unwrap(), choice)
    }

    #[test]
    fn seeds_are_read_as_written() {
        let read = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.0);
        assert_eq!(read("1..3,7,2"), Ok(vec![1, 2, 3, 7]));
        assert_eq!(read("1..=3"), Ok(vec![1, 2, 3]));
        assert_eq!(read("18446744073709551615"), Ok(vec![u64::MAX]));
        for text in [
            "",
            "a",
            "3..1",
            "1..",
            "..3",
            "-1",
            "1..10001",
            "0..18446744073709551615",
            "1..9999,10001..19000,20000..20001",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    /// 21 cells make up the survey's two tables.
    #[test]
    fn tables_have_the_cells_of_the_papers() {
        for (table, cells) in [("survey-2", 12), ("survey-4", 9), ("ladder-2015", 13), ("digits", 4), ("fast", 2)] {
            let grid = grid(table, &choice("1..2")).unwrap();
            assert_eq!(grid.tasks.len(), 2 * cells, "{table}");
            let ids: BTreeSet<&str> = grid.tasks.iter().map(Task::id).collect();
            assert_eq!(ids.len(), 2 * cells);
            assert!(grid.tasks.iter().all(|task| grid.task(task.id()).unwrap().id() == task.id()));
            for task in &grid.tasks[..cells] {
                assert_eq!(task.config().seed, 1);
                if let (Some(origin), true) = (grid.table.origin, task.config().labels != LabelCount::Count(50)) {
                    let figure = super::super::figure(
                        origin,
                        task.config().model.name(),
                        &task.config().layers,
                        &task.config().labels.to_string(),
                    );
                    assert!(figure.is_some(), "{}", task.id());
                }
            }
        }
    }

    #[test]
    fn an_id_names_the_settings_and_nothing_else() {
        let base = grid("survey-2", &choice("1")).unwrap();
        let same = grid("survey-2", &Choice { epochs: Some(150), ..choice("1") }).unwrap();
        assert_eq!(base.tasks[0].id(), same.tasks[0].id());
        let other = grid("survey-2", &Choice { epochs: Some(151), ..choice("1") }).unwrap();
        assert_ne!(base.tasks[0].id(), other.tasks[0].id());
        let f32 = PrecisionChoice::Exactly(laddernet::Precision::F32);
        let single = grid("survey-2", &Choice { precision: f32, ..choice("1") }).unwrap();
        assert_ne!(base.tasks[0].id(), single.tasks[0].id());
        // The same cell of another paper is the same training.
        let paper = grid("ladder-2015", &choice("1")).unwrap();
        assert_eq!(paper.tasks.iter().filter(|task| base.task(task.id()).is_some()).count(), 9);
        assert!(base.tasks[0].id().starts_with("survey-2-full-40-seed1-"), "{}", base.tasks[0].id());
    }

    #[test]
    fn what_no_recipe_is_for_is_refused() {
        let wanted = Choice { labels: vec![LabelCount::Count(41)], ..choice("1") };
        let message = grid("survey-2", &wanted).unwrap_err().to_string();
        assert!(message.contains("survey-2 has no cell full-41: there are full-40, "), "{message}");
        let wanted = Choice { models: vec![ModelKind::Mlp], labels: vec![LabelCount::Count(40)], ..choice("1") };
        assert_eq!(grid("survey-2", &wanted).unwrap().tasks.len(), 1);
    }
}
