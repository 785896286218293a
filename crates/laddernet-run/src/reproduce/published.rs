//! What the papers report, as it stands in `papers/`.

use serde::Deserialize;
use std::sync::LazyLock;

/// Which paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The survey: one number a cell, no spread.
    Survey,
    /// Rasmus et al. (2015): means and standard deviations of ten draws.
    Rasmus2015,
}

/// A test error in percent.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Figure {
    /// The mean of the draws, or the only number that is given.
    #[serde(rename = "test_error_percent")]
    pub percent: f64,
    /// Their standard deviation, where it is given.
    #[serde(default)]
    pub deviation: Option<f64>,
}

#[derive(Deserialize)]
struct Entry {
    layers: Vec<usize>,
    model: String,
    labels: serde_json::Value,
    #[serde(flatten)]
    figure: Figure,
}

static SURVEY: LazyLock<Vec<Entry>> = LazyLock::new(|| read(include_str!("../../../../papers/survey.json")));
static RASMUS2015: LazyLock<Vec<Entry>> = LazyLock::new(|| read(include_str!("../../../../papers/rasmus2015.json")));

fn read(text: &str) -> Vec<Entry> {
    serde_json::from_str(text).expect("the figures of the papers are part of the program")
}

/// What a paper reports of a model (by name) with these layers and so many labels (or `all`).
pub fn figure(origin: Origin, model: &str, layers: &[usize], labels: &str) -> Option<Figure> {
    let entries = match origin {
        Origin::Survey => &SURVEY,
        Origin::Rasmus2015 => &RASMUS2015,
    };
    let is_it = |entry: &&Entry| {
        let count = entry.labels.as_str().map_or_else(|| entry.labels.to_string(), str::to_owned);
        entry.layers == layers && entry.model == model && count == labels
    };
    entries.iter().find(is_it).map(|entry| entry.figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found() {
        let six = [784, 1000, 500, 250, 250, 250, 10];
        let one = |origin, model, labels| figure(origin, model, &six, labels);
        assert_eq!(one(Origin::Survey, "full", "40"), Some(Figure { percent: 1.27, deviation: None }));
        assert_eq!(one(Origin::Survey, "top", "all"), Some(Figure { percent: 0.9, deviation: None }));
        assert_eq!(one(Origin::Rasmus2015, "full", "100"), Some(Figure { percent: 1.06, deviation: Some(0.37) }));
        assert_eq!(one(Origin::Rasmus2015, "full", "40"), None);
        assert_eq!(figure(Origin::Rasmus2015, "full", &six[..5], "100"), None);
        assert_eq!((SURVEY.len(), RASMUS2015.len()), (21, 13));
    }
}
