//! The rows of the tables: what is a draw of each, what is measured of it, and what the papers report.

use super::{Draw, document};
use crate::results::Labels;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// What is measured of a draw.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    Error,
    Squares,
    /// Squared error of principal components.
    Components,
    /// Nats with `ln Z` of annealing from the base rate to the machine.
    Forwards,
    /// Nats with `ln Z` of annealing from the machine to the base rate.
    Backwards,
    Parzen,
}

/// A line of `papers/lineage.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The rows it stands beside.
    pub rows: Vec<String>,
    pub measure: Measure,
    /// As the source prints it.
    pub printed: String,
    /// What it was measured of, where the row does not say it.
    #[serde(default)]
    pub of: Option<String>,
    pub source: String,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub title: &'static str,
    model: &'static str,
    /// Labels of its draws; nothing where the model takes none.
    pub labels: Option<Labels>,
    pub measures: &'static [Measure],
    /// What else its draws must be.
    also: fn(&Draw) -> bool,
}

/// Models that are taught classes, and their titles.
const CLASSIFIERS: [(&str, &str); 4] = [
    ("dbn", "Boltzmann machines, stacked (DBN)"),
    ("sae", "autoencoders, stacked (SAE)"),
    ("sdae", "denoising autoencoders, stacked (SDAE)"),
    ("net", "the same kind of classifier from random weights"),
];

/// What the machines are worth where nothing else keeps a net from learning its labels by heart, as in 2006.
const WITHOUT_DROPOUT: [(&str, &str); 2] = [
    ("dbn", "the stack of machines, fine-tuned without dropout"),
    ("net", "its net from random weights, without dropout"),
];

/// All rows, in the order of the tables.
pub fn all() -> Vec<Row> {
    use Measure::*;
    const MACHINE: &[Measure] = &[Forwards, Backwards];
    let row = |name: &str, title, model, measures, also| Row {
        name: name.to_owned(),
        title,
        model,
        labels: None,
        measures,
        also,
    };
    let mut rows = vec![
        row("rbm-500-2min", "Boltzmann machine (RBM), two minutes", "rbm", MACHINE, |d| d.layers.last() == Some(&500)),
        row("rbm-500-5min", "Boltzmann machine (RBM), five minutes", "rbm", MACHINE, |d| d.layers.last() == Some(&500)),
    ];
    let classifier = |kind: usize, labels: Labels| {
        let (model, title) = CLASSIFIERS[kind];
        let name = format!("{model}-{labels}");
        Row { labels: Some(labels), ..row(&name, title, model, &[Error], |d| !without_dropout(d)) }
    };
    let without = |(model, title), labels| {
        let name = format!("{model}-{labels}-no-dropout");
        Row { labels: Some(Labels::Count(labels)), ..row(&name, title, model, &[Error], without_dropout) }
    };
    rows.extend((0..CLASSIFIERS.len()).map(|kind| classifier(kind, Labels::All("all".into()))));
    rows.push(row("autoencoder", "autoencoder", "autoencoder", &[Squares], |_| true));
    rows.push(row(
        "deep-autoencoder",
        "deep autoencoder from Boltzmann machines",
        "deep-autoencoder",
        &[Squares, Components],
        pretrained,
    ));
    rows.push(row(
        "deep-autoencoder-random",
        "deep autoencoder from random weights",
        "deep-autoencoder",
        &[Squares],
        |d| !pretrained(d),
    ));
    rows.push(row("gsn-walkback", "generative stochastic network (GSN), walkback", "gsn", &[Parzen], walks_back));
    rows.push(row("gsn-plain", "the same without walkback", "gsn", &[Parzen], |d| !walks_back(d)));
    for labels in [40, 100, 1000] {
        rows.extend((0..CLASSIFIERS.len()).map(|kind| classifier(kind, Labels::Count(labels))));
    }
    for labels in [100, 1000] {
        rows.extend(WITHOUT_DROPOUT.map(|of| without(of, labels)));
    }
    rows
}

/// Whether layers learned before the whole did.
fn pretrained(draw: &Draw) -> bool {
    draw.stages.iter().any(|s| s.stage.starts_with("layer") && s.epochs > 0)
}

/// Whether the whole was fine-tuned with all of its units.
fn without_dropout(draw: &Draw) -> bool {
    draw.config.lines().any(|line| line.trim() == "dropout = 0.0")
}

/// Whether the training walked back: more than one step.
fn walks_back(draw: &Draw) -> bool {
    draw.config.lines().any(|line| line.starts_with("walkback =") && line.trim() != "walkback = 1")
}

/// The row of this name.
pub fn find(name: &str) -> Result<Row> {
    all().into_iter().find(|row| row.name == name).with_context(|| format!("no row is called {name}; {}", known()))
}

fn known() -> String {
    let names: Vec<String> = all().into_iter().map(|row| row.name).collect();
    format!("there are {}", names.join(", "))
}

/// The row that a draw belongs to: the one that its recipe is called after, else the only one that it can be of.
pub fn row_of(draw: &Draw, recipe: &str) -> Result<Row> {
    if let Ok(row) = find(recipe) {
        return Ok(row);
    }
    let fitting: Vec<Row> = all().into_iter().filter(|row| row.fits(draw)).collect();
    match &fitting[..] {
        [row] => Ok(row.clone()),
        [] => bail!("{} is a draw of no row; {}", said(draw), known()),
        several => {
            let names: Vec<&str> = several.iter().map(|row| &*row.name).collect();
            bail!("{} may be a draw of {}: say which, with --row", said(draw), names.join(" or "))
        }
    }
}

/// What was trained, for a message.
fn said(draw: &Draw) -> String {
    let labels = draw.labels.as_ref().map_or("no".into(), ToString::to_string);
    format!("{} {:?} on {} with {labels} labels", draw.model, draw.layers, draw.data)
}

impl Row {
    fn fits(&self, draw: &Draw) -> bool {
        draw.data == "mnist" && draw.model == self.model && draw.labels == self.labels && (self.also)(draw)
    }

    /// Fails where a draw is none of this row, or has not its figures.
    pub fn check(&self, draw: &Draw) -> Result<()> {
        ensure!(self.fits(draw), "{} is no draw of {}", said(draw), self.name);
        for measure in self.measures {
            measure.of(draw).with_context(|| format!("the run has no {}{}", measure.what(), measure.from()))?;
        }
        if self.measures.contains(&Measure::Forwards) {
            let how = draw.likelihood.as_ref().and_then(document::binarised);
            ensure!(
                how == Some("stochastic"),
                "the papers' rows are binarised stochastically, these {}: nats of other rows do not compare",
                how.unwrap_or("it is not said how")
            );
        }
        if self.measures.contains(&Measure::Parzen) {
            let document = draw.likelihood.as_ref();
            let chosen_by = document.and_then(document::width_chosen_by);
            ensure!(
                matches!(chosen_by, Some("validation" | "training")),
                "the width of the windows was given by hand: it may have been chosen by looking at test rows"
            );
            let samples = document.and_then(|d| document::number(d, document::SAMPLES));
            ensure!(samples == Some(10_000.0), "{samples:?} samples: the papers' estimates are from 10000");
        }
        Ok(())
    }
}

impl Measure {
    /// Of a draw.
    pub fn of(self, draw: &Draw) -> Option<f64> {
        let said = |paths| draw.likelihood.as_ref().and_then(|d| document::number(d, paths));
        match self {
            Measure::Error => draw.test_error_percent,
            Measure::Squares => draw.test_squared_error,
            Measure::Components => draw.pca_squared_error,
            Measure::Forwards => said(document::FORWARDS),
            Measure::Backwards => said(document::BACKWARDS),
            Measure::Parzen => said(document::PARZEN),
        }
    }

    /// What it is, in the words of a table.
    pub fn what(self) -> &'static str {
        match self {
            Measure::Error => "test error, %",
            Measure::Squares | Measure::Components => "squared error a test row",
            Measure::Forwards => "nats a test row, annealed forwards",
            Measure::Backwards => "nats a test row, annealed backwards",
            Measure::Parzen => "nats a test row, Parzen window",
        }
    }

    /// Where to get it.
    fn from(self) -> &'static str {
        match self {
            Measure::Error | Measure::Squares | Measure::Components => "",
            _ => ": `laddernet likelihood RUN --json > FILE`, then `cargo xtask record RUN --likelihood FILE`",
        }
    }

    /// Whether more is better.
    pub fn rises(self) -> bool {
        matches!(self, Measure::Forwards | Measure::Backwards | Measure::Parzen)
    }
}
