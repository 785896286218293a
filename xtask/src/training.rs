//! Recorded trainings, of any model: `results/NAME.json` and `results/lineage/NAME.json`, and the cells that they make up.

use anyhow::{Context, Result, bail, ensure};
use laddernet::models::KINDS;
use laddernet_run::record::Summary;
use laddernet_run::settings::{Config, DataFacts, Recipe, shipped};
use laddernet_run::tables::{Cell, CellRun, Entry, Measure, Table, figures_of, is_collapsed, tables};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The format of trainings that this program writes. Format 1, which it reads, may not say the recipe.
pub const FORMAT: u32 = 2;

/// One training: what ran, where, and what came out.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Its file below `results/`, up to the ending.
    #[serde(skip)]
    pub name: String,
    pub format: u32,
    /// The recipe that it is a run of; see [`Training::recipe`].
    #[serde(default, alias = "row", skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    pub data: String,
    pub model: String,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// Nothing where the model takes no labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    pub seed: u64,
    /// Of all stages together.
    pub epochs: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// The run folder's `config.toml`: `laddernet train --recipe` with this text gives the training again.
    pub config: String,
    /// The commit it was run on; ends in `+` where the tree held changes.
    pub commit: String,
    /// The processor's name.
    pub machine: String,
    pub threads: usize,
    /// Of the last epoch's parameters; never the best of several epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error_percent: Option<f64>,
    /// The same encoder, trained on the labels alone.
    #[serde(default, alias = "supervised_error_percent", skip_serializing_if = "Option::is_none")]
    pub baseline_error_percent: Option<f64>,
    /// Of a test row, summed over its values, the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_squared_error: Option<f64>,
    /// The same of as many principal components as the code has units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pca_squared_error: Option<f64>,
    /// What `laddernet likelihood RUN --json` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Value>,
    /// Of the training alone.
    pub seconds: f64,
    /// What `metrics.jsonl` says of each epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<Epoch>,
    /// Test errors during a training that was run to be compared with a published curve, and chose nothing by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_error_curve: Vec<CurvePoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A stage of a training.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Stage {
    /// What was trained: a layer, the top layer, or the whole.
    pub stage: String,
    pub epochs: usize,
}

/// An epoch of a training; other keys of `metrics.jsonl` are left out.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Epoch {
    pub epoch: usize,
    /// What is minimised; lines of older programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// A part of it, in the lines of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervised_cost: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error_percent: Option<f64>,
}

/// How many rows kept their label.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(untagged)]
pub enum Labels {
    Count(u64),
    /// `"all"`.
    All(String),
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Labels::Count(n) => write!(f, "{n}"),
            Labels::All(all) => f.write_str(all),
        }
    }
}

/// The test error at the end of an epoch.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    pub epoch: usize,
    pub test_error_percent: f64,
}

impl Training {
    /// The recipe that it is a run of: files of format 1 may be called after it alone.
    pub fn recipe(&self) -> Option<&str> {
        let of_name = || self.name.rsplit_once("-seed").map(|(recipe, _)| recipe);
        self.recipe.as_deref().or_else(of_name).filter(|recipe| shipped(recipe).is_some())
    }

    /// What trainings must share to be runs of the same thing; also their order in a table.
    pub fn cell(&self) -> (&str, std::cmp::Reverse<&[usize]>, Option<usize>, Option<&Labels>, usize) {
        let model = KINDS.iter().position(|kind| kind.name == self.model);
        (&self.data, std::cmp::Reverse(&self.layers), model, self.labels.as_ref(), self.epochs)
    }

    /// Whether it was run to be compared with a published curve; such runs have their own table.
    pub fn is_of_curve(&self) -> bool {
        !self.test_error_curve.is_empty()
    }

    /// What was measured of it.
    pub fn measured(&self, measure: Measure) -> Option<f64> {
        let Training { test_error_percent, test_squared_error, pca_squared_error, .. } = *self;
        let summary = Summary { test_error_percent, test_squared_error, pca_squared_error, ..Summary::default() };
        measure.of(&summary, self.likelihood.as_ref())
    }

    fn run(&self, measure: Measure) -> CellRun {
        let collapsed = self.likelihood.as_ref().is_some_and(is_collapsed);
        CellRun {
            seed: self.seed,
            measure,
            value: self.measured(measure),
            seconds: self.seconds,
            warning: collapsed.then_some("collapsed"),
            link: None,
        }
    }

    /// Fails where its settings are not those of its recipe, or it has not the figures of the cells of that.
    fn check(&self) -> Result<()> {
        ensure!((1..=FORMAT).contains(&self.format), "it has format {}, not 1 to {FORMAT}", self.format);
        let Some(recipe) = self.recipe() else { return Ok(()) };
        let config = Config::from_toml(&self.config).context("its settings")?;
        let wanted = config_of(recipe, self.seed, &config)?;
        if config.fingerprint(true) != wanted.fingerprint(true) {
            bail!("its settings are not those of the recipe {recipe}: train it again, or give it another name");
        }
        let entries = tables().iter().flat_map(|table| &table.entries);
        for entry in entries.filter(|entry| entry.recipe.as_deref() == Some(recipe)) {
            self.check_measures(entry).with_context(|| format!("a run of {recipe}"))?;
        }
        Ok(())
    }

    fn check_measures(&self, entry: &Entry) -> Result<()> {
        let said = |pointer: &str| self.likelihood.as_ref().and_then(|document| document.pointer(pointer));
        for &measure in &entry.measures {
            self.measured(measure).with_context(|| format!("it has no {measure}"))?;
            match measure {
                Measure::Forwards | Measure::Backwards => {
                    let how = said("/binarised").and_then(Value::as_str).unwrap_or("it is not said how");
                    ensure!(
                        how == "stochastic",
                        "the papers' rows are binarised stochastically, these {how}: nats of other rows do not compare"
                    );
                }
                Measure::Parzen => {
                    ensure!(
                        matches!(
                            said("/parzen/sigma_chosen_by").and_then(Value::as_str),
                            Some("validation" | "training")
                        ),
                        "the width of the windows was given by hand: it may have been chosen by looking at test rows"
                    );
                    let samples = said("/parzen/samples").and_then(Value::as_f64);
                    ensure!(samples == Some(10_000.0), "{samples:?} samples: the papers' estimates are from 10000");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The settings of a recipe with a seed, for rows like those of another training.
pub fn config_of(recipe: &str, seed: u64, like: &Config) -> Result<Config> {
    let mut recipe = Recipe::find(recipe)?;
    recipe.set_whole("training.seed", seed)?;
    let layers = like.layers();
    let (features, classes) = (layers.first().copied().unwrap_or(0), layers.last().copied().unwrap_or(0));
    Ok(recipe.resolve(DataFacts::of_rows(features, classes))?)
}

/// Fails where a training is not what its recipe says, lacks its figure, or is there twice.
pub fn check(trainings: &[Training]) -> Result<()> {
    for (place, training) in trainings.iter().enumerate() {
        training.check().with_context(|| format!("results/{}", training.name))?;
        let again = |t: &&Training| t.recipe() == training.recipe() && t.seed == training.seed;
        if let (Some(recipe), Some(other)) = (training.recipe(), trainings[..place].iter().find(again)) {
            let (name, seed, other) = (&training.name, training.seed, &other.name);
            bail!("results/{name}: seed {seed} of the recipe {recipe} is there already, in results/{other}");
        }
    }
    Ok(())
}

/// The cells of a table, of recorded trainings; a cell without any is left out.
pub fn cells_of(table: &Table, trainings: &[Training]) -> Vec<Cell> {
    let of_entry = |entry: &Entry| {
        let of_recipe = |t: &&Training| t.recipe().is_some() && t.recipe() == entry.recipe.as_deref();
        let runs: Vec<&Training> = trainings.iter().filter(of_recipe).collect();
        let cell = |&measure: &Measure| Cell { title: entry.title.clone(), ..cell_of(&runs, measure) };
        if runs.is_empty() { Vec::new() } else { entry.measures.iter().map(cell).collect() }
    };
    table.entries.iter().flat_map(of_entry).collect()
}

/// The cell of runs of the same thing.
pub fn cell_of(runs: &[&Training], measure: Measure) -> Cell {
    let first = runs[0];
    Cell {
        recipe: first.recipe().map(str::to_owned),
        layers: first.layers.clone(),
        model: first.model.clone(),
        labels: first.labels.as_ref().map(ToString::to_string),
        epochs: first.epochs,
        published: first.recipe().map_or(Vec::new(), |recipe| figures_of(recipe, measure)),
        ..Cell::of(measure, runs.iter().map(|run| run.run(measure)).collect())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A run of a recipe on MNIST.
    pub fn run_of(recipe: &str, seed: u64, error: f64) -> Training {
        let mut settings = Recipe::find(recipe).unwrap();
        settings.set_whole("training.seed", seed).unwrap();
        let config = settings.resolve(DataFacts::of_rows(784, 10)).unwrap();
        let labels = config.data.labels.map(|labels| labels.to_string());
        Training {
            name: format!("{recipe}-seed{seed}"),
            format: FORMAT,
            recipe: Some(recipe.into()),
            data: "mnist".into(),
            model: config.kind().to_string(),
            layers: config.layers().to_vec(),
            labels: labels.map(|labels| labels.parse().map_or(Labels::All(labels), Labels::Count)),
            seed,
            epochs: config.training.epochs,
            config: config.to_toml(),
            threads: 2,
            test_error_percent: Some(error),
            seconds: 60.0 * seed as f64,
            ..Training::default()
        }
    }

    fn message(trainings: &[Training]) -> String {
        format!("{:#}", check(trainings).unwrap_err())
    }

    #[test]
    fn a_run_is_what_its_recipe_says_and_counts_once() {
        let base = run_of("dbn-100", 1, 20.0);
        check(&[base.clone(), run_of("dbn-100", 2, 22.0)]).unwrap();
        // The precision of another machine is no other training.
        let other = |from: &str, to: &str| Training { config: base.config.replace(from, to), ..base.clone() };
        check(&[other("precision = \"bf16\"", "precision = \"f32\"")]).unwrap();
        let changed = other("dropout = 0.5", "dropout = 0.25");
        assert!(message(&[changed]).contains("not those of the recipe dbn-100"));
        let twice = Training { name: "other-name".into(), ..base.clone() };
        let expected = "results/other-name: seed 1 of the recipe dbn-100 is there already, in results/dbn-100-seed1";
        assert_eq!(message(&[base.clone(), twice]), expected);
        assert!(message(&[Training { test_error_percent: None, ..base.clone() }]).contains("has no test error %"));
        assert!(message(&[Training { format: 3, ..base }]).contains("format 3"));
    }

    #[test]
    fn likelihoods_are_those_that_compare() {
        let with = |recipe: &str, likelihood: &str| Training {
            likelihood: Some(serde_json::from_str(likelihood).unwrap()),
            ..run_of(recipe, 1, 0.0)
        };
        let nats = r#"{"binarised": "HOW", "test": {"forward": -95.5, "reverse": -97.0}}"#;
        check(&[with("rbm-500-2min", &nats.replace("HOW", "stochastic"))]).unwrap();
        assert!(message(&[with("rbm-500-2min", &nats.replace("HOW", "threshold"))]).contains("these threshold"));
        assert!(message(&[run_of("rbm-500-2min", 1, 0.0)]).contains("has no nats a test row"));
        let windows = r#"{"parzen": {"test_nats": 150.0, "sigma": 0.2, "sigma_chosen_by": "BY", "samples": 10000}}"#;
        check(&[with("gsn-plain", &windows.replace("BY", "training"))]).unwrap();
        assert!(message(&[with("gsn-plain", &windows.replace("BY", "none"))]).contains("given by hand"));
    }
}
