//! The models before the ladder: their draws in `results/lineage/`, the rows that these make up, and the tables of them.

pub mod record;
pub mod tables;

mod document;
mod line;
mod rows;

use crate::results::{FORMAT, Labels};
use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use rows::Published;

/// One training, and what came out.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    pub format: u32,
    /// Which row of the tables it is a draw of.
    pub row: String,
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
    pub stages: Vec<Stage>,
    /// The run folder's `config.toml`: `laddernet train --recipe` with this text gives the training again.
    pub config: String,
    /// The commit it was run on; ends in `+` where the tree held changes.
    pub commit: String,
    /// The processor's name.
    pub machine: String,
    pub threads: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error_percent: Option<f64>,
    /// Of a test row, summed over its values, the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_squared_error: Option<f64>,
    /// The same of as many principal components as the code has units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pca_squared_error: Option<f64>,
    /// What `laddernet likelihood RUN --json` printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Value>,
    /// Of the training alone.
    pub seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A stage of a training.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Stage {
    /// What learned: a layer, the top layer, or the whole.
    pub stage: String,
    pub epochs: usize,
}

/// Fails where draws (with the names of their files) do not make up rows: one is there twice, is none of its row, has
/// not the figures of its row, or has other settings than its neighbours.
pub fn check(draws: &[(String, Draw)]) -> Result<()> {
    for (place, (name, draw)) in draws.iter().enumerate() {
        ensure!(
            draw.format == FORMAT,
            "lineage/{name} has format {}, but this program reads format {FORMAT}",
            draw.format
        );
        rows::find(&draw.row)?.check(draw).map_err(|e| e.context(format!("lineage/{name}")))?;
        let Some((other, first)) = draws[..place].iter().find(|(_, d)| d.row == draw.row) else { continue };
        if let Some((other, _)) = draws[..place].iter().find(|(_, d)| (&d.row, d.seed) == (&draw.row, draw.seed)) {
            bail!("lineage/{name}: seed {} of the row {} is there already, in lineage/{other}", draw.seed, draw.row);
        }
        if let Some(line) = difference(&first.config, &draw.config).or_else(|| difference(&draw.config, &first.config))
        {
            bail!(
                "lineage/{name} and lineage/{other} are of the row {} with other settings: `{line}` is in one alone. \
                 Draws of a row differ in their seed; train it again, or give it another row",
                draw.row
            );
        }
    }
    Ok(())
}

/// A line of settings that the other text has not in the same section. The draws' own seeds differ, and precisions between
/// machines.
fn difference<'a>(one: &'a str, other: &str) -> Option<&'a str> {
    let found: Vec<_> = settings(other).collect();
    settings(one).find(|said| !found.contains(said)).map(|(_, line)| line)
}

/// Each line of settings with the section that it stands in.
fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    text.lines().map(str::trim).filter_map(move |line| {
        if line.starts_with('[') {
            section = line;
        }
        let own = section.is_empty() && ["seed =", "precision ="].iter().any(|start| line.starts_with(start));
        (!own && !line.starts_with('#') && !line.is_empty()).then_some((section, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A draw of `dbn-100` with this seed.
    pub(super) fn dbn_100(seed: u64, error: f64) -> (String, Draw) {
        let draw = Draw {
            format: 1,
            row: "dbn-100".into(),
            data: "mnist".into(),
            model: "dbn".into(),
            layers: vec![784, 500, 500, 2000, 10],
            labels: Some(Labels::Count(100)),
            seed,
            epochs: 15,
            stages: vec![Stage { stage: "the whole".into(), epochs: 5 }],
            config: format!("# Settings\nlabels = 100\nepochs = 5\nprecision = \"bf16\"\nseed = {seed}"),
            commit: "abc1234".into(),
            machine: "A processor".into(),
            threads: 2,
            test_error_percent: Some(error),
            test_squared_error: None,
            pca_squared_error: None,
            likelihood: None,
            seconds: 60.0 * seed as f64,
            note: None,
        };
        (format!("dbn-100-seed{seed}"), draw)
    }

    fn message(draws: &[(String, Draw)]) -> String {
        format!("{:#}", check(draws).unwrap_err())
    }

    /// A recipe that changed leaves draws behind that are none of it.
    #[test]
    fn every_draw_of_the_results_says_what_its_recipe_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let draws = crate::results::lineage_draws(&root).unwrap();
        assert!(draws.len() > 100, "draws of the results");
        for (name, draw) in draws {
            let recipe = laddernet_run::recipes::text_of(&draw.row).unwrap_or_else(|| panic!("no recipe {}", draw.row));
            let recipe = recipe.replace('\'', "\"");
            assert_eq!(difference(&recipe, &draw.config), None, "{name}");
        }
        assert_eq!(difference("data = \"mnist\"", "data = \"digits\""), Some("data = \"mnist\""));
    }

    #[test]
    fn draws_of_a_row_differ_in_seed_and_precision_alone() {
        let (name, mut third) = dbn_100(3, 21.0);
        third.config = third.config.replace("bf16", "f32");
        check(&[dbn_100(1, 20.0), dbn_100(2, 22.0), (name.clone(), third.clone())]).unwrap();
        third.config = third.config.replace("epochs = 5", "epochs = 6");
        let text = message(&[dbn_100(1, 20.0), (name, third)]);
        assert!(text.contains("`epochs = 5` is in one alone"), "{text}");
        // A line more in the second is a difference, too.
        let (name, mut more) = dbn_100(2, 20.0);
        more.config += "\nweight_decay = 1";
        assert!(message(&[dbn_100(1, 20.0), (name, more)]).contains("`weight_decay = 1`"));
    }

    #[test]
    fn a_draw_counts_once() {
        let (_, again) = dbn_100(1, 20.5);
        let text = message(&[dbn_100(1, 20.0), ("other-name".into(), again)]);
        assert_eq!(text, "lineage/other-name: seed 1 of the row dbn-100 is there already, in lineage/dbn-100-seed1");
    }

    #[test]
    fn a_draw_is_what_its_row_says() {
        let with = |change: fn(&mut Draw)| {
            let (name, mut draw) = dbn_100(1, 20.0);
            change(&mut draw);
            message(&[(name, draw)])
        };
        assert!(with(|d| d.row = "dbn-7".into()).contains("no row is called dbn-7; there are rbm-500-2min, "));
        assert!(with(|d| d.row = "net-100".into()).contains("no draw of net-100"));
        assert!(with(|d| d.labels = Some(Labels::Count(101))).contains("no draw of dbn-100"));
        assert!(with(|d| d.data = "digits".into()).contains("no draw of dbn-100"));
        assert!(with(|d| d.test_error_percent = None).contains("has no test error"));
        assert!(with(|d| d.format = 2).contains("format 2"));
    }
}
