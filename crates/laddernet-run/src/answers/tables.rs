//! What a model that was trained on a user's own data is asked of files of theirs: predictions, labels filled in. Rows come by
//! the names of their columns, some at a time, and go out as they come.

use super::csv_text::Line;
use super::originals::Originals;
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::evaluation::{Evaluation, most_probable};
use laddernet::table::Marks;
use laddernet::{Dataset, Threads};
use laddernet_data::build::Finding;
use laddernet_data::formats::open::FileOptions;
use laddernet_data::own::{Fitted, FittedRows};
use std::io::Write;
use std::path::Path;

/// Rows that are in memory at a time.
const CHUNK: usize = 4096;
/// A share of lost cells that is said aloud.
const MANY_LOST: f64 = 0.01;

/// What is asked about.
pub struct Question<'a> {
    /// The model.
    pub saved: &'a SavedModel,
    /// The file.
    pub path: &'a Path,
    /// How it is read.
    pub files: &'a FileOptions,
    /// What computes.
    pub threads: &'a Threads,
}

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// Rows.
    pub rows: usize,
    /// Rows without a single value, which got what is known without any.
    pub empty_rows: usize,
    /// Rows of each predicted class.
    pub class_counts: Vec<usize>,
    /// Of the rows that have a label that the model knows: how many, and how many are predicted as another.
    pub labelled: usize,
    /// See above.
    pub errors: usize,
    /// Rows with a label that is no class of the model.
    pub unknown_labels: usize,
    /// Cells that a spreadsheet would take for formulas, which are written behind a quote.
    pub guarded: usize,
    /// What is to be said aloud: columns of which more than a hundredth of the cells were lost.
    pub warnings: Vec<String>,
    /// What else was found.
    pub notes: Vec<String>,
}

impl Answered {
    pub(super) fn found(&mut self, findings: &[Finding]) {
        for finding in findings {
            let many = finding.lost().is_some_and(|(lost, of)| lost as f64 > MANY_LOST * of as f64);
            if many { &mut self.warnings } else { &mut self.notes }.push(finding.to_string());
        }
    }
}

/// Predictions of some rows.
struct Predicted {
    probabilities: Vec<f32>,
    classes: Vec<u32>,
    empty: Vec<bool>,
}

impl Question<'_> {
    fn rows(&self) -> Result<FittedRows, RunError> {
        let (columns, orders) = match &self.saved.card.table {
            Some(table) => (table.table_columns(), table.orders()),
            None => (Vec::new(), Vec::new()),
        };
        let fitted = Fitted {
            columns: &columns,
            target: self.saved.card.table.as_ref().and_then(|table| table.target.as_deref()),
            class_names: &self.saved.card.class_names,
            date_orders: &orders,
        };
        let mut files = self.files.clone();
        if let (None, [height, width, ..]) = (&self.saved.card.table, &self.saved.card.row_shape[..]) {
            files.size = Some((*height, *width));
        }
        Ok(FittedRows::open(self.path, &files, fitted)?)
    }

    /// The column of the labels, or what it is called where the files have none.
    pub(super) fn target(&self) -> &str {
        self.saved.card.table.as_ref().and_then(|table| table.target.as_deref()).unwrap_or("label")
    }

    /// What stood for "no label" in the training.
    pub(super) fn marks(&self) -> Marks {
        let words = self.saved.card.table.as_ref().map(|table| table.unlabelled_as.clone());
        Marks { words: words.unwrap_or_default(), ..Marks::default() }
    }

    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Hands out the rows as inputs, with their cells, some at a time.
    pub(super) fn each(
        &self,
        mut each: impl FnMut(&Dataset) -> Result<(), RunError>,
    ) -> Result<Vec<Finding>, RunError> {
        let name = self.name();
        self.rows()?.each(CHUNK, |data| {
            let inputs = self.saved.inputs(&name, &data)?;
            each(&inputs)
        })
    }

    fn predicted(&self, inputs: &Dataset) -> Result<Predicted, RunError> {
        let (probabilities, empty) = predicted(self.saved, inputs, self.threads)?;
        Ok(Predicted {
            classes: most_probable(&probabilities, self.saved.card.class_names.len()),
            probabilities,
            empty,
        })
    }

    fn count(&self, answered: &mut Answered, inputs: &Dataset, predicted: &Predicted) {
        answered.rows += inputs.rows();
        answered.empty_rows += predicted.empty.iter().filter(|empty| **empty).count();
        answered.class_counts.resize(self.saved.card.class_names.len(), 0);
        for (&class, label) in predicted.classes.iter().zip(inputs.labels()) {
            answered.class_counts[class as usize] += 1;
            if let Some(label) = label {
                answered.labelled += 1;
                answered.errors += usize::from(*label != class);
            }
        }
    }

    /// Writes `row,class,p_NAME,...,note`, rows counted from 0.
    ///
    /// # Errors
    /// When the file is not what the model takes, or cannot be written to.
    pub fn predict(&self, out: &mut dyn Write) -> Result<Answered, RunError> {
        let names = &self.saved.card.class_names;
        let mut line = Line::default();
        // Written with the first row: of a file that cannot be read nothing is.
        line.text("row").text("class");
        names.iter().for_each(|name| {
            line.text(&format!("p_{name}"));
        });
        line.text("note").keep();
        let mut answered = Answered::default();
        let findings = self.each(|inputs| {
            let predicted = self.predicted(inputs)?;
            for (at, &class) in predicted.classes.iter().enumerate() {
                line.number(answered.rows + at).text(&names[class as usize]);
                let of_row = &predicted.probabilities[at * names.len()..(at + 1) * names.len()];
                of_row.iter().for_each(|p| {
                    line.number(p);
                });
                line.text(if predicted.empty[at] { "no value" } else { "" }).end(out)?;
            }
            self.count(&mut answered, inputs, &predicted);
            Ok(())
        })?;
        answered.found(&findings);
        Ok(answered)
    }

    /// Writes every row as it is, and beside it the label that was given or is predicted, the prediction, its probability, and whether
    /// the label was given.
    ///
    /// # Errors
    /// As [`Question::predict`].
    pub fn label(&self, out: &mut dyn Write) -> Result<Answered, RunError> {
        let names = &self.saved.card.class_names;
        let mut originals = Originals::open(self.path, self.files)?;
        let target = self.target();
        let mut line = Line::default();
        originals.names().for_each(|name| {
            line.text(name);
        });
        for what in ["filled", "predicted", "probability", "given"] {
            let mut name = format!("{target}_{what}");
            while originals.names().any(|taken| taken == name) {
                name.push('_');
            }
            line.text(&name);
        }
        line.keep();
        let (place, marks) = (originals.place(target), self.marks());
        let mut answered = Answered::default();
        let findings = self.each(|inputs| {
            let predicted = self.predicted(inputs)?;
            for (at, &class) in predicted.classes.iter().enumerate() {
                let text = originals.next_row(&mut line, place)?;
                let known = inputs.labels()[at].map(|label| names[label as usize].clone());
                // A label that is no class of the model was given all the same.
                let unknown = text.filter(|text| known.is_none() && !marks.says_none(text, names));
                answered.unknown_labels += usize::from(unknown.is_some());
                let given = known.or(unknown);
                line.text(given.as_deref().unwrap_or(&names[class as usize])).text(&names[class as usize]);
                line.number(predicted.probabilities[at * names.len() + class as usize]);
                line.plain(if given.is_some() { "true" } else { "false" }).end(out)?;
            }
            self.count(&mut answered, inputs, &predicted);
            Ok(())
        })?;
        answered.found(&findings);
        answered.guarded = line.guarded;
        Ok(answered)
    }

    /// All rows at once, with their labels, as inputs; and what was found.
    ///
    /// # Errors
    /// As [`Question::predict`].
    pub fn errors(&self) -> Result<(Evaluation, Answered), RunError> {
        let mut answered = Answered::default();
        let (mut predicted, mut labels) = (Vec::new(), Vec::new());
        let findings = self.each(|inputs| {
            let found = self.predicted(inputs)?;
            self.count(&mut answered, inputs, &found);
            labels.extend_from_slice(inputs.labels());
            predicted.extend(found.classes);
            Ok(())
        })?;
        answered.found(&findings);
        let classes = self.saved.card.class_names.len();
        Ok((Evaluation::new(&predicted, &labels, classes), answered))
    }
}

/// The probabilities of the classes, `[rows, classes]`, for rows that are inputs of the model. A row of a table without any value gets the
/// shares of the classes among the labels.
///
/// # Errors
/// When the model is no classifier, or has learned nothing.
pub fn probabilities(saved: &SavedModel, inputs: &Dataset, threads: &Threads) -> Result<Vec<f32>, RunError> {
    predicted(saved, inputs, threads).map(|(probabilities, _)| probabilities)
}

/// The same, and which rows have no value.
fn predicted(saved: &SavedModel, inputs: &Dataset, threads: &Threads) -> Result<(Vec<f32>, Vec<bool>), RunError> {
    let classifier = saved.classifier()?;
    let classes = classifier.classes();
    let mut probabilities = classifier.probabilities(inputs, threads);
    let empty: Vec<bool> = (0..inputs.rows()).map(|row| says_nothing(inputs, row)).collect();
    let counts = saved.card.table.as_ref().map_or(&[][..], |table| &table.class_counts);
    let all: usize = counts.iter().sum();
    for (row, _) in empty.iter().enumerate().filter(|(_, empty)| **empty && all > 0) {
        let of_row = &mut probabilities[row * classes..(row + 1) * classes];
        of_row.iter_mut().zip(counts).for_each(|(p, count)| *p = *count as f32 / all as f32);
    }
    Ok((probabilities, empty))
}

/// Whether no cell of a row of a table says anything.
fn says_nothing(inputs: &Dataset, row: usize) -> bool {
    let Some(columns) = inputs.encoding().columns() else { return false };
    let cells = inputs.cells(row);
    let used = |column: &usize| columns.plans()[*column].treatment.width() > 0;
    !(0..cells.len()).filter(used).any(|column| columns.is_known(column, cells[column]))
}
