//! The runs of a cell, with their statistics beside what papers report.

use super::measure::Measure;
use super::table::Figure;
use crate::settings::layers_text;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A training that came to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellRun {
    /// Seed of the labelled rows, and of all else.
    pub seed: u64,
    /// How it was measured.
    pub measure: Measure,
    /// The figure of the last epoch's parameters; `None` where the training diverged.
    pub value: Option<f64>,
    /// Wall time of the training.
    pub seconds: f64,
    /// What to be wary of.
    pub warning: Option<&'static str>,
    /// Where it is kept, for a page.
    pub link: Option<String>,
}

impl Serialize for CellRun {
    /// The value has its measure for a key, as in a summary.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("seed", &self.seed)?;
        map.serialize_entry(self.measure.key(), &self.value)?;
        map.serialize_entry("seconds", &self.seconds)?;
        if let Some(warning) = self.warning {
            map.serialize_entry("warning", warning)?;
        }
        map.end()
    }
}

/// All runs of one setting, by one measure.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// The recipe, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// What the table calls it, where model and labels do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// The model, by name.
    pub model: String,
    /// How many rows kept their label: a number, or `all`; nothing for models that take no labels.
    pub labels: Option<String>,
    /// Length of the trainings.
    pub epochs: usize,
    /// How the runs were measured.
    pub measure: Measure,
    /// In the order of their seeds.
    #[serde(rename = "draws")]
    pub runs: Vec<CellRun>,
    /// Over the runs that did not diverge.
    pub mean: Option<f64>,
    /// Standard deviation of the runs (their number less one in the divisor), where there are two.
    pub deviation: Option<f64>,
    /// Half of the runs are at most this.
    pub median: Option<f64>,
    /// Of the runs.
    pub worst: Option<f64>,
    /// Median of the runs' minutes.
    pub minutes: Option<f64>,
    /// What papers report.
    pub published: Vec<Figure>,
}

impl Cell {
    /// The statistics of runs; what the cell is called is left open.
    pub fn of(measure: Measure, mut runs: Vec<CellRun>) -> Cell {
        runs.sort_by_key(|run| run.seed);
        let in_order = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values
        };
        let values = in_order(runs.iter().filter_map(|run| run.value).collect());
        let seconds = in_order(runs.iter().filter(|run| run.value.is_some()).map(|run| run.seconds).collect());
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let squares = mean.map(|mean| values.iter().map(|v| (v - mean).powi(2)).sum::<f64>());
        Cell {
            measure,
            mean,
            deviation: squares.filter(|_| values.len() > 1).map(|s| (s / (values.len() - 1) as f64).sqrt()),
            median: median(&values),
            worst: if measure.rises() { values.first() } else { values.last() }.copied(),
            minutes: median(&seconds).filter(|_| measure.is_of_training()).map(|s| s / 60.0),
            runs,
            ..Cell::default()
        }
    }

    /// By how much the mean is worse than the figure of a paper; negative where it is better.
    pub fn worse_than(&self, by: &str) -> Option<f64> {
        let more = self.mean? - self.figure(by)?.value?;
        Some(if self.measure.rises() { -more } else { more })
    }

    /// The figure of a paper.
    pub fn figure(&self, by: &str) -> Option<&Figure> {
        self.published.iter().find(|figure| figure.by == by)
    }

    /// What it is called on a page.
    pub fn title(&self) -> String {
        match self.measure {
            // Of the code's units, whatever was trained to make it.
            Measure::PcaSquaredError => {
                format!("{} principal components", self.layers.last().copied().unwrap_or_default())
            }
            _ => self.title.clone().unwrap_or_else(|| self.model.clone()),
        }
    }

    /// Model and labels.
    pub fn model_and_labels(&self) -> String {
        let labels = self.labels.as_ref().map_or(String::new(), |labels| format!(" {labels}"));
        format!("{}{labels}", self.model)
    }

    /// The layers, as text.
    pub fn layers_text(&self) -> String {
        if self.measure.is_of_training() { layers_text(&self.layers) } else { "-".to_owned() }
    }

    /// Every run, with its seed.
    pub fn every_run(&self) -> String {
        let one = |run: &CellRun| {
            let seed = run.link.as_ref().map_or(run.seed.to_string(), |link| format!("[{}]({link})", run.seed));
            let value = run.value.map_or("diverged".to_owned(), |value| format!("{value:.2}"));
            let warning = run.warning.map_or(String::new(), |warning| format!(", {warning}"));
            format!("{seed}: {value}{warning}")
        };
        self.runs.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Mean, deviation, median, worst, number of runs and minutes, as text.
    pub fn statistics(&self) -> [String; 6] {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let number = |x: Option<f64>| or_dash(x.map(|x| format!("{x:.2}")));
        [
            number(self.mean),
            number(self.deviation),
            number(self.median),
            number(self.worst),
            self.runs.len().to_string(),
            or_dash(self.minutes.map(|m| if m < 9.95 { format!("{m:.1}") } else { format!("{m:.0}") })),
        ]
    }

    /// Mean and deviation in one, as text.
    pub fn spread(&self) -> String {
        let deviation = self.deviation.map_or(String::new(), |deviation| format!(" ± {deviation:.2}"));
        self.mean.map_or("-".to_owned(), |mean| format!("{mean:.2}{deviation}"))
    }

    /// What papers report, the figures of one together; a dash where there is nothing.
    pub fn papers(&self) -> String {
        let figure = |f: &Figure| f.of.iter().chain([&f.printed]).cloned().collect::<Vec<_>>().join(" ");
        let of_source = |group: &[Figure]| {
            let figures: Vec<String> = group.iter().map(figure).collect();
            format!("{} ({})", figures.join(", "), group[0].by)
        };
        let said: Vec<String> = self.published.chunk_by(|a, b| a.by == b.by).map(of_source).collect();
        if said.is_empty() { "-".to_owned() } else { said.join(", ") }
    }
}

/// Of values in order.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests;
