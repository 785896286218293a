//! The story in one table: pre-trained stacks, the ladder and the labels alone, on the same splits of the same data.

use crate::config::{ConfigError, refuse};
use crate::error::RunError;
use crate::folder;
use crate::kind::{AnyRecipe, Kind};
use crate::lineage::{self, LineageRecipe};
use crate::prepare::prepare;
use crate::progress::Listener;
use crate::recipe::Recipe;
use crate::reproduce::{Cell, Draw};
use crate::resume::{self, Found};
use crate::run;
use crate::saved;
use crate::summary::{Status, Summary};
use laddernet::Threads;
use laddernet::lineage::{LineageKind, Purpose};
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The models of the story, unless others are asked for: the labels alone, pre-trained stacks, the ladder.
pub const STORY: [Kind; 8] = [
    Kind::Lineage(LineageKind::Net),
    Kind::Ladder(ModelKind::Mlp),
    Kind::Lineage(LineageKind::Sae),
    Kind::Lineage(LineageKind::Sdae),
    Kind::Lineage(LineageKind::Dbn),
    Kind::Ladder(ModelKind::Top),
    Kind::Ladder(ModelKind::Bottom),
    Kind::Ladder(ModelKind::Full),
];

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
    pub models: Vec<Kind>,
    /// A draw of the labels each.
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
    pub kind: Kind,
    /// The draw.
    pub seed: u64,
    /// Its run folder.
    pub folder: PathBuf,
    recipe: AnyRecipe,
}

impl Comparison {
    /// The trainings: all models with the first seed, then with the next.
    ///
    /// # Errors
    /// When a model knows no classes.
    pub fn trials(&self) -> Result<Vec<Trial>, ConfigError> {
        let mut trials = Vec::new();
        for &seed in &self.seeds {
            for &kind in &self.models {
                let recipe = match kind {
                    Kind::Ladder(model) => AnyRecipe::Ladder(Box::new(Recipe {
                        data: Some(self.data.clone()),
                        model: Some(model),
                        labels: Some(self.labels),
                        epochs: self.epochs,
                        seed: Some(seed),
                        baseline: Some(false),
                        ..Recipe::default()
                    })),
                    Kind::Lineage(model) if model.purpose() == Purpose::Classes => {
                        AnyRecipe::Lineage(self.of_the_lineage(model, seed)?)
                    }
                    Kind::Lineage(model) => {
                        return refuse(format!("a model '{model}' knows no classes, whose error could be compared"));
                    }
                };
                let folder = self.out.join(format!("{kind}-{}-seed{seed}", self.labels));
                trials.push(Trial { kind, seed, folder, recipe: recipe.in_folder(self.data_dir.clone()) });
            }
        }
        Ok(trials)
    }

    fn of_the_lineage(&self, model: LineageKind, seed: u64) -> Result<LineageRecipe, ConfigError> {
        let mut recipe = LineageRecipe::new(model);
        recipe.say("data", self.data.to_string());
        recipe.say_whole("seed", seed)?;
        recipe.say_labels(self.labels)?;
        self.epochs.map_or(Ok(()), |epochs| recipe.say_whole("epochs", epochs))?;
        Ok(recipe)
    }
}

impl Trial {
    /// Trains in the run folder, from where it stands to its end: nothing, if it has ended.
    ///
    /// # Errors
    /// As [`run::train`] and [`resume::open`], and when the folder holds a training of other settings.
    pub fn perform(
        &self,
        checkpoint_every: f64,
        threads: &Threads,
        listener: &mut Listener<'_>,
    ) -> Result<Summary, RunError> {
        let unfinished = match resume::open(&self.folder) {
            Ok(Found::Ended(summary)) => {
                self.check(&self.folder)?;
                return Ok(*summary);
            }
            Ok(Found::Unfinished(unfinished)) => {
                self.check(unfinished.partial())?;
                Some(unfinished)
            }
            Err(RunError::NothingToResume(_)) => None,
            Err(e) => return Err(e),
        };
        // An unfinished one goes on with its own settings: `auto` may mean another precision here.
        let recipe = match &unfinished {
            Some(unfinished) => unfinished.recipe().in_folder(self.recipe.data_dir().map(Path::to_owned)),
            None => self.recipe.clone(),
        };
        let loaded = recipe.source()?.load(recipe.data_dir())?;
        match (recipe, unfinished) {
            (AnyRecipe::Ladder(recipe), None) => {
                run::train(prepare(*recipe, loaded)?, &self.folder, false, checkpoint_every, threads, listener)
            }
            (AnyRecipe::Ladder(recipe), Some(unfinished)) => {
                unfinished.go_on(prepare(*recipe, loaded)?, checkpoint_every, threads, listener)
            }
            (AnyRecipe::Lineage(recipe), None) => {
                let prepared = lineage::prepare(recipe, loaded)?;
                lineage::train(prepared, None, &self.folder, false, checkpoint_every, threads, listener)
            }
            (AnyRecipe::Lineage(recipe), Some(unfinished)) => {
                unfinished.go_on_in_stages(lineage::prepare(recipe, loaded)?, checkpoint_every, threads, listener)
            }
        }
    }

    /// A folder of the same name may hold a training of other settings.
    fn check(&self, folder: &Path) -> Result<(), RunError> {
        let bad = |message: &str| RunError::Document { path: folder.join(folder::CONFIG), message: message.to_owned() };
        let found = saved::any_config(folder)?.ok_or_else(|| bad("it is missing: remove the folder to train again"))?;
        let loaded_shape = |layers: &[usize]| crate::recipe::DataShape {
            name: String::new(),
            features: layers.first().copied().unwrap_or(0),
            classes: layers.last().copied().unwrap_or(0),
        };
        // The precision of another machine is no other training.
        let same = match (&found, &self.recipe) {
            (saved::AnyConfig::Ladder(found), AnyRecipe::Ladder(recipe)) => {
                let wanted = (**recipe).clone().resolve(&loaded_shape(&found.layers))?;
                crate::config::Config { precision: found.precision, data_dir: found.data_dir.clone(), ..wanted }
                    == **found
            }
            (saved::AnyConfig::Lineage(found), AnyRecipe::Lineage(recipe)) => {
                let wanted = recipe.clone().resolve(&loaded_shape(&found.layers))?;
                let (precision, data_dir) = (found.precision, found.data_dir.clone());
                lineage::LineageConfig { precision, data_dir, ..wanted } == **found
            }
            _ => false,
        };
        match same {
            true => Ok(()),
            false => Err(bad("it is a training of other settings: choose another --out, or remove the folder")),
        }
    }
}

/// A model's draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Trainable values.
    pub parameters: usize,
    /// Median of the draws' seconds.
    pub seconds: Option<f64>,
    /// The draws, and their mean, median and worst.
    #[serde(flatten)]
    pub cell: Cell,
}

/// The table: a line a model, in the order of `models`, of the trainings that ended.
pub fn table(models: &[Kind], labels: LabelCount, done: &[(Kind, Summary)]) -> Vec<Compared> {
    let of = |&kind: &Kind| {
        let own: Vec<&Summary> =
            done.iter().filter(|(k, s)| *k == kind && s.status != Status::Interrupted).map(|(_, s)| s).collect();
        let Summary { layers, epochs, parameters, .. } = own.first()?;
        let draw = |s: &&Summary| Draw { seed: s.seed, test_error_percent: s.test_error_percent, seconds: s.seconds };
        let cell = Cell::new(layers, kind.name(), &labels.to_string(), *epochs, own.iter().map(draw).collect());
        Some(Compared { parameters: *parameters, seconds: cell.minutes.map(|m| 60.0 * m), cell })
    };
    models.iter().filter_map(of).collect()
}

/// The table as text, at most 60 columns wide but for the draws.
pub fn plain(lines: &[Compared]) -> String {
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
    let mut text = format!(
        "Test error in percent, n draws; seconds a training\n\n{:<8}{:>7}{:>8}{:>7}{:>4}{:>10}{:>12}\n",
        "model", "mean", "median", "worst", "n", "seconds", "parameters"
    );
    for line in lines {
        let [mean, median, worst] = [line.cell.mean, line.cell.median, line.cell.worst].map(number);
        let seconds = line.seconds.map_or("-".to_owned(), |s| format!("{s:.1}"));
        let (model, n, parameters) = (&line.cell.model, line.cell.draws.len(), line.parameters);
        text += &format!("{model:<8}{mean:>7}{median:>8}{worst:>7}{n:>4}{seconds:>10}{parameters:>12}\n");
    }
    text += "\nEvery draw, seed: error\n";
    lines.iter().for_each(|line| text += &format!("  {}: {}\n", line.cell.model, line.cell.every_draw()));
    text
}

/// The table for a page, under a title: data and labels.
pub fn markdown(title: &str, lines: &[Compared]) -> String {
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
    let mut text = format!("# {title}\n\nTest error in percent; seconds of a training, the median of its draws.\n\n");
    text += "| model | mean | median | worst | seconds | parameters | every draw (seed: error) |\n|---|---|---|---|---|---|---|\n";
    for line in lines {
        let [mean, median, worst] = [line.cell.mean, line.cell.median, line.cell.worst].map(number);
        let seconds = line.seconds.map_or("-".to_owned(), |s| format!("{s:.1}"));
        let (model, parameters, draws) = (&line.cell.model, line.parameters, line.cell.every_draw());
        text += &format!("| {model} | {mean} | {median} | {worst} | {seconds} | {parameters} | {draws} |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_by_hand_fits_sixty_columns() {
        let summary = |seed, error: Option<f64>, seconds| Summary {
            seed,
            test_error_percent: error,
            seconds,
            parameters: 123_456,
            ..Summary::default()
        };
        let net = Kind::Lineage(LineageKind::Net);
        let done = vec![
            (net, summary(1, Some(2.0), 1.0)),
            (STORY[7], summary(1, Some(1.0), 9.0)),
            (net, summary(2, Some(4.0), 3.0)),
            (net, summary(3, None, 2.0)),
            (net, Summary { status: Status::Interrupted, ..summary(4, Some(9.0), 2.0) }),
        ];
        let lines = table(&STORY, LabelCount::Count(40), &done);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].cell.mean, lines[0].cell.median, lines[0].cell.worst), (Some(3.0), Some(3.0), Some(4.0)));
        assert_eq!((lines[0].seconds, lines[0].cell.draws.len()), (Some(2.0), 3));
        let text = plain(&lines);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.ends_with("  net: 1: 2.00, 2: 4.00, 3: diverged\n  full: 1: 1.00\n"), "{text}");
        let page = markdown("digits, 40 labels", &lines);
        assert!(page.starts_with("# digits, 40 labels\n\nTest error in percent"), "{page}");
        assert!(page.contains("| net | 3.00 | 3.00 | 4.00 | 2.0 | 123456 | 1: 2.00, 2: 4.00, 3: diverged |\n"));
    }

    #[test]
    fn what_knows_no_classes_is_not_compared() {
        let comparison = Comparison {
            data: "digits".parse().unwrap(),
            data_dir: None,
            labels: LabelCount::Count(40),
            models: vec![Kind::Lineage(LineageKind::Rbm)],
            seeds: vec![1],
            epochs: None,
            out: "out".into(),
        };
        assert!(comparison.trials().unwrap_err().to_string().contains("'rbm' knows no classes"));
        let story = Comparison { models: STORY.to_vec(), seeds: vec![1, 2], ..comparison };
        assert_eq!(story.trials().unwrap().len(), 16);
    }
}
