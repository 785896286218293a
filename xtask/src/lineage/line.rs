//! The lines of the tables: the draws of a row, or of the ladder, with their statistics.

use super::document;
use super::rows::{self, Measure, Row};
use super::{Draw, Published};
use crate::results::{Labels, Measured, Training};
use crate::tables::{mean, median};
use laddernet_run::reproduce::{Origin, figure};

/// A line of a table: one measure of the draws of one row.
pub struct Line {
    pub title: String,
    pub layers: String,
    pub labels: Option<Labels>,
    pub unit: &'static str,
    /// Whether more is better.
    rises: bool,
    /// Whether it says something of the training, and not of a thing beside it.
    trained: bool,
    pub papers: String,
    pub draws: Vec<Shown>,
}

/// A draw as it is shown.
pub struct Shown {
    seed: u64,
    value: f64,
    seconds: f64,
    /// Its file, seen from `results/`.
    path: String,
    /// What to be wary of.
    warning: &'static str,
}

/// How many labels are few.
pub const FEW: [u64; 3] = [40, 100, 1000];

/// The lines of one table. A row that nobody drew from is left out.
pub fn lines(measured: &Measured, few: bool) -> Vec<Line> {
    let of_few = |labels: &Option<Labels>| matches!(labels, Some(Labels::Count(_)));
    let mut lines = Vec::new();
    for row in rows::all().into_iter().filter(|row| of_few(&row.labels) == few) {
        let draws: Vec<&(String, Draw)> = measured.lineage.iter().filter(|(_, d)| d.row == row.name).collect();
        if draws.is_empty() {
            continue;
        }
        lines.extend(row.measures.iter().map(|&measure| line_of(&row, measure, &draws, &measured.published)));
    }
    if few && !lines.is_empty() {
        lines.extend(FEW.into_iter().filter_map(|labels| ladder(measured, labels)));
        // By labels; the sort keeps the order of the rows, the ladder last.
        lines.sort_by_key(|line| line.labels.clone());
    }
    lines
}

fn line_of(row: &Row, measure: Measure, draws: &[&(String, Draw)], published: &[Published]) -> Line {
    let shown = |(name, draw): &&(String, Draw)| {
        let collapsed = draw.likelihood.as_ref().is_some_and(document::collapsed);
        Some(Shown {
            seed: draw.seed,
            value: measure.of(draw)?,
            seconds: draw.seconds,
            path: format!("lineage/{name}.json"),
            warning: if collapsed && measure != Measure::Parzen { ", collapsed" } else { "" },
        })
    };
    let layers = &draws[0].1.layers;
    let code = layers.last().copied().unwrap_or_default();
    let components = measure == Measure::Components;
    let papers = published.iter().filter(|p| p.measure == measure && p.rows.contains(&row.name));
    Line {
        title: if components { format!("{code} principal components") } else { row.title.into() },
        layers: if components { "-".into() } else { dashes(layers) },
        labels: row.labels.clone(),
        unit: measure.what(),
        rises: measure.rises(),
        trained: !components,
        papers: or_dash(said(&papers.collect::<Vec<_>>())),
        draws: draws.iter().filter_map(shown).collect(),
    }
}

/// Figures, those of one source together.
fn said(papers: &[&Published]) -> String {
    let figure = |p: &&Published| p.of.iter().chain([&p.printed]).cloned().collect::<Vec<_>>().join(" ");
    let of_source = |group: &[&Published]| {
        let figures: Vec<String> = group.iter().map(figure).collect();
        format!("{} ({})", figures.join(", "), group[0].source)
    };
    papers.chunk_by(|a, b| a.source == b.source).map(of_source).collect::<Vec<_>>().join(", ")
}

pub const SIX_LAYERS: [usize; 7] = [784, 1000, 500, 250, 250, 250, 10];
/// What the ladder is called.
pub const LADDER: &str = "**full ladder**";
/// The length of the survey's trainings.
const SURVEY_EPOCHS: usize = 150;

/// The full ladder with the survey's settings.
fn ladder(measured: &Measured, labels: u64) -> Option<Line> {
    let is_it = |t: &&Training| {
        (&*t.data, &*t.model, &t.layers[..]) == ("mnist", "full", &SIX_LAYERS)
            && (t.epochs, &t.labels) == (SURVEY_EPOCHS, &Labels::Count(labels))
            && t.test_error_curve.is_empty()
    };
    let shown = |t: &Training| Shown {
        seed: t.seed,
        value: t.test_error_percent,
        seconds: t.seconds,
        path: format!("{}.json", t.name),
        warning: "",
    };
    let draws: Vec<Shown> = measured.trainings.iter().filter(is_it).map(shown).collect();
    let reported = [(Origin::Survey, "the survey"), (Origin::Rasmus2015, "Rasmus et al. 2015")];
    let papers = reported.into_iter().filter_map(|(origin, source)| {
        let found = figure(origin, "full", &SIX_LAYERS, &labels.to_string())?;
        Some(format!("{:.2} ({source})", found.percent))
    });
    (!draws.is_empty()).then(|| Line {
        title: LADDER.into(),
        layers: dashes(&SIX_LAYERS),
        labels: Some(Labels::Count(labels)),
        unit: Measure::Error.what(),
        rises: false,
        trained: true,
        papers: or_dash(papers.collect::<Vec<_>>().join(", ")),
        draws,
    })
}

impl Line {
    /// Mean with deviation, median, worst, draws, minutes.
    pub fn statistics(&self) -> [String; 5] {
        let values: Vec<f64> = self.draws.iter().map(|d| d.value).collect();
        let seconds: Vec<f64> = self.draws.iter().map(|d| d.seconds).collect();
        let worst = values.iter().copied().reduce(if self.rises { f64::min } else { f64::max });
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.2}"));
        let spread = deviation(&values).map(|d| format!(" ± {d:.2}")).unwrap_or_default();
        let minutes = median(&seconds).filter(|_| self.trained).map(|s| s / 60.0);
        [
            number(mean(&values)) + &spread,
            number(median(&values)),
            number(worst),
            values.len().to_string(),
            minutes.map_or("-".into(), |m| if m < 9.95 { format!("{m:.1}") } else { format!("{m:.0}") }),
        ]
    }

    /// What is wrong with some of the draws.
    pub fn warning(&self) -> String {
        match self.draws.iter().filter(|d| !d.warning.is_empty()).count() {
            0 => String::new(),
            n => format!(", {n} collapsed"),
        }
    }

    pub fn every_draw(&self) -> String {
        let one = |d: &Shown| format!("[{}]({}): {:.2}{}", d.seed, d.path, d.value, d.warning);
        self.draws.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Standard deviation (the number of values less one in the divisor), where there are two.
fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    Some((values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt())
}

fn dashes(layers: &[usize]) -> String {
    layers.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

pub(super) fn or_dash(text: String) -> String {
    if text.is_empty() { "-".into() } else { text }
}
