//! What a model that was trained on a user's own data is asked of files of theirs: predictions, labels filled in, cells imputed. Rows come by
//! the names of their columns, some at a time, and go out as they come.

use super::csv_text::{Line, number_text};
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::dataset::{Columns, Scaling, Treatment, Values};
use laddernet::evaluation::most_probable;
use laddernet::models::Reconstruct;
use laddernet::table::{ColumnKind, is_mark};
use laddernet::{Dataset, Threads};
use laddernet_data::build::{DAYS_TO_2000, Finding, date_text};
use laddernet_data::formats::open::FileOptions;
use laddernet_data::own::{Fitted, FittedRows, open_any};
use laddernet_data::rows::{Batch, Cells, RowSource};
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
    fn found(&mut self, findings: &[Finding]) {
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

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Hands out the rows as inputs, with their cells, some at a time.
    fn each(&self, mut each: impl FnMut(&Dataset) -> Result<(), RunError>) -> Result<Vec<Finding>, RunError> {
        let name = self.name();
        self.rows()?.each(CHUNK, |data| {
            let inputs = self.saved.inputs(&name, &data)?;
            each(&inputs)
        })
    }

    fn predicted(&self, inputs: &Dataset) -> Result<Predicted, RunError> {
        let classifier = self.saved.classifier()?;
        let classes = classifier.classes();
        let mut probabilities = classifier.probabilities(inputs, self.threads);
        let empty: Vec<bool> = (0..inputs.rows()).map(|row| says_nothing(inputs, row)).collect();
        let counts = self.saved.card.table.as_ref().map_or(&[][..], |table| &table.class_counts);
        let all: usize = counts.iter().sum();
        for (row, _) in empty.iter().enumerate().filter(|(_, empty)| **empty && all > 0) {
            let of_row = &mut probabilities[row * classes..(row + 1) * classes];
            of_row.iter_mut().zip(counts).for_each(|(p, count)| *p = *count as f32 / all as f32);
        }
        Ok(Predicted { classes: most_probable(&probabilities, classes), probabilities, empty })
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
        let target = self.saved.card.table.as_ref().and_then(|table| table.target.as_deref()).unwrap_or("label");
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
        let place = originals.place(target);
        let mut answered = Answered::default();
        let findings = self.each(|inputs| {
            let predicted = self.predicted(inputs)?;
            for (at, &class) in predicted.classes.iter().enumerate() {
                let text = originals.next_row(&mut line, place)?;
                let known = inputs.labels()[at].map(|label| names[label as usize].clone());
                // A label that is no class of the model was given all the same.
                let unknown = text.filter(|text| known.is_none() && !is_no_label(text, names));
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

    /// Writes every row with its missing cells filled in, or with all cells as the model reconstructs them, and beside it how surprising the row
    /// is to the model: the squared error of its reconstruction, in deviations of the column, of each column and the mean of all.
    ///
    /// # Errors
    /// As [`Question::predict`], and when the model is of no table or cannot reconstruct.
    pub fn reconstruct(&self, all_cells: bool, out: &mut dyn Write) -> Result<Answered, RunError> {
        let model = self.saved.reconstructs()?;
        let preprocessing = &self.saved.preprocessing;
        let Some(columns) = preprocessing.encoding.columns() else {
            return Err(RunError::Argument(
                "the model was trained on no table: render its reconstructions as a picture".into(),
            ));
        };
        let mut originals = Originals::open(self.path, self.files)?;
        let places: Vec<Option<usize>> =
            columns.plans().iter().map(|plan| originals.place(&plan.column.name)).collect();
        let used = |column: usize| columns.plans()[column].treatment.width() > 0;
        let mut line = Line::default();
        originals.names().for_each(|name| {
            line.text(name);
        });
        line.text("surprise");
        for (_, plan) in columns.plans().iter().enumerate().filter(|(column, _)| used(*column)) {
            line.text(&format!("surprise_{}", plan.column.name));
        }
        line.keep();
        let mut answered = Answered::default();
        let findings = self.each(|inputs| {
            let (own, rebuilt) = imputed(model, inputs, columns, self.threads)?;
            let width = columns.width();
            for row in 0..inputs.rows() {
                let found = columns.decode(&rebuilt[row * width..(row + 1) * width]);
                let texts = originals.texts()?;
                let mut texts: Vec<String> = texts.into_iter().collect();
                for (column, place) in places.iter().enumerate().filter(|(column, _)| used(*column)) {
                    let missing = !columns.is_known(column, inputs.cells(row)[column]);
                    if let (Some(place), true) = (place, missing || all_cells) {
                        texts[*place] = cell_text(columns, column, found[column]);
                    }
                }
                texts.iter().for_each(|text| {
                    line.original(text);
                });
                let surprise: Vec<f64> = (0..columns.plans().len())
                    .filter(|column| used(*column))
                    .map(|column| {
                        let of = columns.inputs_of(column);
                        if !columns.is_known(column, inputs.cells(row)[column]) {
                            return f64::NAN;
                        }
                        let n = of.len() as f64;
                        let square = |at: usize| f64::from(own[row * width + at] - rebuilt[row * width + at]).powi(2);
                        of.map(square).sum::<f64>() / n
                    })
                    .collect();
                let known: Vec<f64> = surprise.iter().copied().filter(|s| !s.is_nan()).collect();
                let mean = known.iter().sum::<f64>() / known.len() as f64;
                for s in std::iter::once(mean).chain(surprise) {
                    line.plain(&if s.is_nan() { String::new() } else { format!("{s:.4}") });
                }
                line.end(out)?;
            }
            answered.rows += inputs.rows();
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
    pub fn errors(&self) -> Result<(laddernet::evaluation::Evaluation, Answered), RunError> {
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
        Ok((laddernet::evaluation::Evaluation::new(&predicted, &labels, classes), answered))
    }
}

/// Whether what stands in the place of a label says that there is none.
fn is_no_label(text: &str, classes: &[String]) -> bool {
    let minus_one = text.parse::<f64>() == Ok(-1.0) && classes.iter().all(|class| class.parse::<u64>().is_ok());
    is_mark(text.trim()) || minus_one
}

/// Whether no cell of a row of a table says anything.
fn says_nothing(inputs: &Dataset, row: usize) -> bool {
    let Some(columns) = inputs.encoding().columns() else { return false };
    let cells = inputs.cells(row);
    let used = |column: &usize| columns.plans()[*column].treatment.width() > 0;
    !(0..cells.len()).filter(used).any(|column| columns.is_known(column, cells[column]))
}

/// Rounds in which missing cells are filled in from the others and the cells filled in so far.
const ROUNDS: usize = 5;

/// Rows as inputs, and as they are reconstructed with their missing cells filled in, round after round.
fn imputed(
    model: &dyn Reconstruct,
    inputs: &Dataset,
    columns: &Columns,
    threads: &Threads,
) -> Result<(Vec<f32>, Vec<f32>), RunError> {
    let width = columns.width();
    let mut own = vec![0.0; inputs.rows() * width];
    own.chunks_exact_mut(width).enumerate().for_each(|(row, out)| inputs.copy_row(row, out));
    let gaps: Vec<(usize, usize)> = (0..inputs.rows())
        .flat_map(|row| (0..columns.plans().len()).map(move |column| (row, column)))
        .filter(|&(row, column)| !columns.is_known(column, inputs.cells(row)[column]))
        .collect();
    let mut filled = own.clone();
    let mut rebuilt = Vec::new();
    for _ in 0..if gaps.is_empty() { 1 } else { ROUNDS } {
        let rows = Dataset::new(
            Values::F32(filled.clone()),
            vec![None; inputs.rows()],
            inputs.class_names().to_vec(),
            vec![width],
            Scaling::NONE,
        );
        let rows = rows.map_err(|e| RunError::rows("reconstructed rows")(e.into()))?;
        rebuilt = model.reconstruct(&rows, 0.0, 0, threads).reconstructed;
        for &(row, column) in &gaps {
            let of = columns.inputs_of(column);
            // Whether the cell is missing stays as it is.
            let end = of.end - usize::from(of.len() > 1 && columns.says_missing(column));
            for at in of.start..end {
                filled[row * width + at] = rebuilt[row * width + at];
            }
        }
    }
    Ok((own, rebuilt))
}

/// A cell as a person would write it.
fn cell_text(columns: &Columns, column: usize, cell: f32) -> String {
    if cell.is_nan() {
        return String::new();
    }
    match &columns.plans()[column].column.kind {
        ColumnKind::Words(words) => words.get(cell as usize).cloned().unwrap_or_default(),
        ColumnKind::Boolean { no, yes } => if cell > 0.5 { yes } else { no }.clone(),
        ColumnKind::Date => {
            let has_time = matches!(columns.plans()[column].treatment, Treatment::Date { day: true, .. });
            date_text(f64::from(if has_time { cell } else { cell.round() }) + DAYS_TO_2000)
        }
        ColumnKind::Number | ColumnKind::Text => {
            // Six digits: more would pretend to know more.
            number_text(f64::from(format!("{cell:.5e}").parse::<f32>().unwrap_or(cell)))
        }
    }
}

/// The rows of a file as they stand there, one after the other.
struct Originals {
    source: Box<dyn RowSource>,
    batch: Batch,
    next: usize,
}

impl Originals {
    fn open(path: &Path, files: &FileOptions) -> Result<Self, RunError> {
        if path == Path::new("-") {
            let message = "standard input is read once, and its rows are needed twice, once as they stand: give a file";
            return Err(RunError::Argument(message.into()));
        }
        let source = open_any(path, files)?.joined()?;
        Ok(Originals { source, batch: Batch::default(), next: 0 })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.source.columns().iter().map(|column| column.name.as_str())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.source.columns().iter().position(|column| column.name == name)
    }

    fn advance(&mut self) -> Result<usize, RunError> {
        if self.next == self.batch.rows {
            self.source.next(CHUNK, &mut self.batch)?;
            self.next = 0;
            if self.batch.rows == 0 {
                let name = self.source.name().to_owned();
                return Err(RunError::UnfitRows {
                    name,
                    reason: "it has fewer rows than a moment before: it changed while it was read".into(),
                });
            }
        }
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Writes the next row, and gives the text in one of its columns.
    fn next_row(&mut self, line: &mut Line, watched: Option<usize>) -> Result<Option<String>, RunError> {
        let row = self.advance()?;
        self.batch.columns.iter().for_each(|cells| {
            original(cells, row, |text| {
                line.original(text);
            })
        });
        let mut text = None;
        if let Some(cells) = watched.map(|place| &self.batch.columns[place]) {
            original(cells, row, |found| text = Some(found.to_owned()));
        }
        Ok(text)
    }

    fn texts(&mut self) -> Result<Vec<String>, RunError> {
        let row = self.advance()?;
        let mut texts = Vec::with_capacity(self.batch.columns.len());
        self.batch.columns.iter().for_each(|cells| original(cells, row, |text| texts.push(text.to_owned())));
        Ok(texts)
    }
}

fn original(cells: &Cells, row: usize, mut say: impl FnMut(&str)) {
    match cells {
        Cells::Text(texts) => say(texts.get(row)),
        Cells::Numbers(v) if v[row].is_nan() => say(""),
        Cells::Numbers(v) => say(&number_text(v[row])),
        Cells::Booleans(v) => say(v[row].map_or("", |is| if is { "true" } else { "false" })),
        Cells::Dates(v) if v[row].is_nan() => say(""),
        Cells::Dates(v) => say(&date_text(v[row])),
    }
}
