//! Rows whose labels would teach most: which to look at next.

use super::csv_text::Line;
use super::originals::Originals;
use super::tables::{Answered, Question, probabilities};
use crate::error::RunError;
use crate::model_file::SavedModel;
use crate::record::{LabelledRows, Summary, config_if_any};
use laddernet::dataset::{Scaling, Values};
use laddernet::models::is_small;
use laddernet::suggestion::{MOST_ROWS, Suggestion, suggest};
use laddernet::{Dataset, Threads};
use laddernet_data::Source;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The rows to label next, the first to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestions {
    /// Rows of the file.
    pub rows: usize,
    /// Those of them that have a label.
    pub labelled: usize,
    /// Those that were looked at.
    pub looked_at: usize,
    /// What is suggested.
    pub found: Vec<Suggested>,
}

/// A row to label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggested {
    /// The row of the file, from 0.
    pub row: usize,
    /// The share of the rows that are much like it, in percent; none where it is to decide a name.
    pub stands_for_percent: Option<f64>,
    /// The classes of groups whose names it decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What the model says, of a classifier.
    #[serde(flatten)]
    pub predicted: Option<Predicted>,
}

/// The two classes that a row has most probably.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// The most probable.
    pub class: String,
    /// Its probability.
    pub probability: f32,
    /// The next.
    pub next: String,
    /// Its probability.
    pub next_probability: f32,
}

impl Suggested {
    /// Why its label would say much, in words.
    pub fn why(&self) -> String {
        match self.stands_for_percent {
            Some(percent) => format!("typical of {percent:.1} % of the rows"),
            None => format!("says whether its group of rows is {}", self.names.join(" or ")),
        }
    }
}

/// What a run knows of the rows of its own training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Rows that had a label.
    pub labelled: Vec<usize>,
    /// A row whose label says which of these classes a group of rows is.
    pub in_doubt: Option<(usize, Vec<String>)>,
}

impl Known {
    /// Of these rows, as far as they are those of the run's training; of others nothing.
    ///
    /// # Errors
    /// When a document of the run folder is damaged.
    pub fn of(run: &Path, input: &Path) -> Result<Self, RunError> {
        let Some(config) = config_if_any(run)? else { return Ok(Known::default()) };
        let is_same = |path: &Path| match (path.canonicalize(), input.canonicalize()) {
            (Ok(of_the_training), Ok(input)) => of_the_training == input,
            _ => false,
        };
        let of_the_training = match &config.data.source {
            Source::Digits => input == Path::new("digits") && !input.exists(),
            Source::Own(path) => is_same(path),
            Source::Idx { images, .. } => is_same(images),
            Source::Mnist | Source::Memory => false,
        };
        if !of_the_training {
            return Ok(Known::default());
        }
        let (few, contradicted) =
            Summary::read(run)?.map_or((None, None), |summary| (summary.few_labels, summary.contradicted_group));
        let of_names = few.and_then(|few| few.in_doubt).map(|doubt| (doubt.row, doubt.classes));
        Ok(Known {
            labelled: LabelledRows::read(run)?.map(|found| found.rows).unwrap_or_default(),
            in_doubt: of_names.or_else(|| contradicted.map(|found| (found.row, found.classes.to_vec()))),
        })
    }

    /// Whether each of so many rows had a label.
    fn has_label(&self, rows: usize) -> Vec<bool> {
        let mut has_label = vec![false; rows];
        self.labelled.iter().filter(|row| **row < rows).for_each(|&row| has_label[row] = true);
        has_label
    }
}

/// How many, and of which random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Rows.
    pub count: usize,
    /// Of the clusters, and of the sample where there are many rows.
    pub seed: u64,
}

/// Rows to label of some that are in memory; `known` says which have a label. `name` is what they are called in a message.
///
/// # Errors
/// When the rows are not what the model takes, or there are no two.
pub fn suggestions(
    saved: &SavedModel,
    name: &str,
    data: &Dataset,
    known: &Known,
    wanted: Wanted,
    threads: &Threads,
) -> Result<Suggestions, RunError> {
    let mut rows = Gathered::default();
    rows.add(saved, name, &*saved.inputs(name, data)?, threads)?;
    rows.has_label = known.has_label(data.rows());
    rows.suggest(saved, name, known, wanted, threads)
}

impl Question<'_> {
    /// Rows of a user's file to label; those with a label in it are not among them.
    ///
    /// # Errors
    /// When the file is not what the model takes, or has no two rows.
    pub fn suggest(&self, known: &Known, wanted: Wanted) -> Result<(Suggestions, Answered), RunError> {
        let mut originals = Originals::open(self.path, self.files)?;
        let (place, marks) = (originals.place(self.target()), self.marks());
        let (mut rows, mut answered) = (Gathered::default(), Answered::default());
        let name = self.name();
        let findings = self.each(|inputs| {
            rows.add(self.saved, &name, inputs, self.threads)?;
            for label in inputs.labels() {
                let text =
                    place.map(|place| originals.texts().map(|mut texts| texts.swap_remove(place))).transpose()?;
                // A label that is no class of the model was given all the same.
                let is_unknown = text.is_some_and(|text| !marks.says_none(&text, &self.saved.card.class_names));
                rows.has_label.push(label.is_some() || is_unknown);
            }
            Ok(())
        })?;
        answered.found(&findings);
        if !known.labelled.is_empty() && rows.has_label.iter().all(|has| *has) {
            // A training that hid labels, for an experiment.
            rows.has_label = known.has_label(rows.rows);
        }
        let found = rows.suggest(self.saved, &name, known, wanted, self.threads)?;
        Ok((found, answered))
    }

    /// Writes the rows that were suggested as they stand in the file, the first one first: before them their number, behind them what the model
    /// predicts and why they were chosen.
    ///
    /// # Errors
    /// As [`Question::suggest`], and when it cannot be written to.
    pub fn write_suggestions(&self, suggestions: &Suggestions, out: &mut dyn Write) -> Result<(), RunError> {
        let mut originals = Originals::open(self.path, self.files)?;
        let names: Vec<String> = originals.names().map(str::to_owned).collect();
        let mut texts: BTreeMap<usize, Vec<String>> = suggestions.found.iter().map(|s| (s.row, Vec::new())).collect();
        for row in 0..texts.last_key_value().map_or(0, |(last, _)| last + 1) {
            let of_row = originals.texts()?;
            if let Some(wanted) = texts.get_mut(&row) {
                *wanted = of_row;
            }
        }
        write(suggestions, &names, &|row| &texts[&row], out)
    }
}

/// Writes the rows that were suggested: their number, what the model predicts, and why they were chosen.
///
/// # Errors
/// When it cannot be written to.
pub fn write_csv(suggestions: &Suggestions, out: &mut dyn Write) -> Result<(), RunError> {
    write(suggestions, &[], &|_| &[], out)
}

/// The columns of a suggestion beside those of the user's rows.
const COLUMNS: [&str; 5] = ["predicted", "probability", "next", "next_probability", "why"];

fn write<'a>(
    suggestions: &Suggestions,
    names: &[String],
    texts_of: &dyn Fn(usize) -> &'a [String],
    out: &mut dyn Write,
) -> Result<(), RunError> {
    let mut line = Line::default();
    let free = |name: &str| {
        let mut name = name.to_owned();
        while names.contains(&name) {
            name.push('_');
        }
        name
    };
    line.text(&free("row"));
    names.iter().for_each(|name| {
        line.text(name);
    });
    COLUMNS.iter().for_each(|name| {
        line.text(&free(name));
    });
    line.end(out)?;
    for s in &suggestions.found {
        line.number(s.row);
        texts_of(s.row).iter().for_each(|text| {
            line.original(text);
        });
        match &s.predicted {
            Some(p) => {
                line.text(&p.class).number(p.probability).text(&p.next).number(p.next_probability);
            }
            None => (0..4).for_each(|_| {
                line.plain("");
            }),
        }
        line.text(&s.why()).end(out)?;
    }
    Ok(())
}

/// Rows as near to each other as they are alike, and what the model says of them: gathered some at a time.
#[derive(Default)]
pub struct Gathered {
    values: Vec<f32>,
    probabilities: Vec<f32>,
    /// Whether each row has a label, once all are there.
    pub has_label: Vec<bool>,
    rows: usize,
}

impl Gathered {
    /// How many there are so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes more rows that are inputs of the model. Of long rows the last code, where the model has one: distances of small rows say more than those of
    /// their codes, but distances of pictures say little. `name` is what they are called in a message.
    ///
    /// # Errors
    /// When the model has learned nothing, or a row is too far from those of its training.
    pub fn add(&mut self, saved: &SavedModel, name: &str, inputs: &Dataset, threads: &Threads) -> Result<(), RunError> {
        let codes;
        let rows = match saved.model.encode().filter(|_| !is_small(inputs.features())) {
            Some(encoder) => {
                saved.check_trained()?;
                let found = encoder.codes(inputs, encoder.last_layer(), threads);
                codes = found.map_err(|e| RunError::UnfitRows { name: name.to_owned(), reason: e.to_string() })?;
                &codes
            }
            None => inputs,
        };
        let (first, width) = (self.values.len(), rows.features());
        self.values.resize(first + rows.rows() * width, 0.0);
        let of_rows = self.values[first..].chunks_exact_mut(width);
        of_rows.enumerate().for_each(|(row, out)| rows.copy_row(row, out));
        if saved.model.classify().is_some() {
            self.probabilities.extend(probabilities(saved, inputs, threads)?);
        }
        self.rows += rows.rows();
        Ok(())
    }

    /// Rows to label.
    ///
    /// # Errors
    /// When there are no two rows.
    ///
    /// # Panics
    /// When it is not said of each row whether it has a label.
    pub fn suggest(
        self,
        saved: &SavedModel,
        name: &str,
        known: &Known,
        wanted: Wanted,
        threads: &Threads,
    ) -> Result<Suggestions, RunError> {
        let unfit = |reason: String| RunError::UnfitRows { name: name.to_owned(), reason };
        let rows = self.rows;
        assert_eq!(self.has_label.len(), rows, "whether each row has a label");
        let mut labelled: Vec<usize> = (0..rows).filter(|&row| self.has_label[row]).collect();
        let of_the_file = labelled.len();
        let doubt = known.in_doubt.as_ref().filter(|(row, _)| self.has_label.get(*row) == Some(&false));
        let doubt = doubt.filter(|_| wanted.count > 0);
        labelled.extend(doubt.iter().map(|(row, _)| *row));
        let width = self.values.len() / rows.max(1);
        let data = Dataset::new(Values::F32(self.values), vec![None; rows], Vec::new(), vec![width], Scaling::NONE);
        let data = data.map_err(|e| RunError::rows(name)(e.into()))?;
        let count = wanted.count - usize::from(doubt.is_some());
        let found = suggest(&data, &labelled, count, wanted.seed, threads).map_err(|e| unfit(e.to_string()))?;
        let predicted = |row: usize| predicted(&self.probabilities, &saved.card.class_names, row);
        let first = doubt.map(|(row, names)| Suggested {
            row: *row,
            stands_for_percent: None,
            names: names.clone(),
            predicted: predicted(*row),
        });
        let others = found.into_iter().map(|Suggestion { row, stands_for }| Suggested {
            row,
            stands_for_percent: Some(100.0 * stands_for),
            names: Vec::new(),
            predicted: predicted(row),
        });
        let found = first.into_iter().chain(others).collect();
        Ok(Suggestions { rows, labelled: of_the_file, looked_at: rows.min(MOST_ROWS), found })
    }
}

/// The two most probable classes of a row, of a classifier of two or more.
fn predicted(probabilities: &[f32], names: &[String], row: usize) -> Option<Predicted> {
    let of_row = probabilities.get(row * names.len()..(row + 1) * names.len())?;
    let mut order: Vec<usize> = (0..of_row.len()).collect();
    order.sort_by(|a, b| of_row[*b].total_cmp(&of_row[*a]));
    let [class, next, ..] = order[..] else { return None };
    Some(Predicted {
        class: names[class].clone(),
        probability: of_row[class],
        next: names[next].clone(),
        next_probability: of_row[next],
    })
}
