//! A user's own data: files of any format into rows to learn from, with the labels that one of their columns holds.
//!
//! ```text
//! files -> sources -> tables, one under the other -> target column: labels | other columns: cells -> Dataset
//! ```

mod fitted;

pub use fitted::{Fitted, FittedRows};

use crate::build::{self, DateOrder, Finding, Reading, append};
use crate::error::DataError;
use crate::formats::open::{self, FileOptions, Opened};
use crate::frame::Frame;
use crate::rows::{RowSource, SourceColumn};
use laddernet::Dataset;
use laddernet::dataset::DatasetError;
use laddernet::table::{Column, Marks, Table, Target, TargetError, nearest, quoted, suggest_target};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What is said of a user's own data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnData {
    /// The file or folder; `-` is standard input.
    pub path: PathBuf,
    /// Further files, whose rows have no label.
    pub unlabelled: Vec<PathBuf>,
    /// A file of test rows.
    pub test: Option<PathBuf>,
    /// The column of labels.
    pub target: Option<String>,
    /// Words that stand for "no label", besides the usual marks.
    pub marks: Vec<String>,
    /// How files are read.
    pub files: FileOptions,
}

/// Rows to learn from, and what is to be said of them.
#[derive(Debug)]
pub struct OwnRows {
    /// The rows.
    pub train: Dataset,
    /// Test rows, where the data have such.
    pub test: Option<Dataset>,
    /// What was found on the way.
    pub about: AboutOwn,
}

/// What is to be said of a user's own data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AboutOwn {
    /// The column of labels.
    pub target: Option<String>,
    /// Whether it was named, and not guessed.
    pub target_was_named: bool,
    /// How many labelled rows each class has.
    pub counts: Vec<(String, usize)>,
    /// What stood in the cells of unlabelled rows, and in how many.
    pub unlabelled: Vec<(String, usize)>,
    /// Test rows that are the same as a row that is learned from.
    pub test_rows_learned_from: usize,
    /// Orders of dates, to read further files by.
    pub date_orders: Vec<(String, DateOrder)>,
    /// Sentences.
    pub notes: Vec<String>,
}

impl OwnData {
    /// Data of one path.
    pub fn of(path: impl Into<PathBuf>) -> Self {
        OwnData { path: path.into(), ..OwnData::default() }
    }

    fn open(&self, path: &Path) -> Result<Opened, DataError> {
        open_any(path, &self.files)
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When a file cannot be read, files do not fit together, or the target is no column of classes. Whether there must be a target is left to
    /// the caller: without one there are no labels.
    pub fn load(&self) -> Result<OwnRows, DataError> {
        let mut opened = self.open(&self.path)?;
        let name = self.path.display().to_string();
        let target = self.target_of(&opened)?;
        let words: Vec<String> = target.iter().cloned().collect();
        let mut about = AboutOwn {
            target: target.clone(),
            target_was_named: self.target.is_some() || opened.target.is_some(),
            ..AboutOwn::default()
        };
        let mut table: Option<Table> = None;
        let mut add = |source: &mut dyn RowSource, optional: &[String], about: &mut AboutOwn| {
            let reading = Reading {
                words: &words,
                fitted: table.as_ref().map(Table::columns),
                optional,
                grow_words: true,
                date_order: self.files.date_order,
                date_orders: &about.date_orders.clone(),
                strict: self.files.strict,
            };
            let built = build::build(source, &reading)?;
            about.note(source, &built.findings);
            if table.is_none() {
                about.date_orders = built.date_orders;
            }
            table = Some(match table.take() {
                None => built.table,
                Some(first) => {
                    append(first, built.table).map_err(|e| misfit(source.name(), "the columns", &e.to_string()))?
                }
            });
            Ok::<(), DataError>(())
        };
        for source in &mut opened.sources {
            add(&mut **source, &[], &mut about)?;
        }
        for path in &self.unlabelled {
            for source in &mut self.open(path)?.sources {
                // Their labels, where they have such, are not used.
                add(&mut Unlabelled { source: &mut **source, target: target.as_deref() }, &words, &mut about)?;
            }
        }
        let table = table.ok_or_else(|| DataError::Empty { name: name.clone(), expected: "rows".into() })?;
        let columns = table.columns().to_vec();
        about.notes.extend(beside_pictures(&table, &opened.beside, target.as_deref()));
        let train = self.rows_of(table, target.as_deref(), &name, &mut about)?;
        let mut test_source = match &self.test {
            Some(path) => Some(self.open(path)?.joined()?),
            None => opened.test.take(),
        };
        let test = test_source.as_mut().map(|source| self.test_rows(&mut **source, &columns, &train, &mut about));
        Ok(OwnRows { test: test.transpose()?, train, about })
    }

    /// The column of labels: the one that was named, that the format says, or that has a usual name.
    fn target_of(&self, opened: &Opened) -> Result<Option<String>, DataError> {
        let Some(source) = opened.sources.first() else { return Ok(None) };
        let names: Vec<&str> = source.columns().iter().map(|column| column.name.as_str()).collect();
        match &self.target {
            Some(target) => {
                if !names.contains(&&**target) {
                    let near = nearest(target, names.iter().copied()).map(str::to_owned);
                    let columns = quoted(names.iter().copied());
                    let missing = TargetError::Missing { name: target.clone(), nearest: near, columns };
                    return Err(misfit(source.name(), "the target", &missing.to_string()));
                }
                Ok(Some(target.clone()))
            }
            None => Ok(opened.target.clone().or_else(|| suggest_target(&names).map(|at| names[at].to_owned()))),
        }
    }

    /// A table as rows with the labels that its target column holds, which are counted.
    fn rows_of(
        &self,
        table: Table,
        target: Option<&str>,
        name: &str,
        about: &mut AboutOwn,
    ) -> Result<Dataset, DataError> {
        let Some(target) = target else {
            let rows = table.rows();
            return inputs_of(table, vec![None; rows], Vec::new(), name);
        };
        let (table, target) =
            table.split_target(target, &self.marks()).map_err(|e| misfit(name, "the target", &e.to_string()))?;
        about.counts = target.class_names.iter().cloned().zip(target.counts()).collect();
        let Target { labels, class_names, unlabelled, .. } = target;
        about.unlabelled = unlabelled;
        inputs_of(table, labels, class_names, name)
    }

    fn marks(&self) -> Marks {
        Marks { words: self.marks.clone(), ..Marks::default() }
    }

    fn test_rows(
        &self,
        source: &mut dyn RowSource,
        columns: &[Column],
        train: &Dataset,
        about: &mut AboutOwn,
    ) -> Result<Dataset, DataError> {
        let words: Vec<String> = about.target.iter().cloned().collect();
        let own: Vec<Column> = columns.iter().filter(|column| !words.contains(&column.name)).cloned().collect();
        let reading = Reading {
            words: &words,
            fitted: Some(&own),
            date_orders: &about.date_orders.clone(),
            date_order: self.files.date_order,
            ..Reading::default()
        };
        let name = source.name().to_owned();
        let built = build::build(source, &reading)?;
        about.note(source, &built.findings);
        let classes = train.class_names();
        let target = about.target.as_deref();
        if let Some(word) =
            target.and_then(|target| fitted::unknown_class(&built.table, target, classes, &self.marks()))
        {
            let (found, expected) =
                (format!("class '{word}'"), format!("one of the classes that are learned: {}", classes.join(", ")));
            return Err(DataError::Format { name, place: "the target of the test rows".into(), found, expected });
        }
        let data = fitted::rows_of_classes(built.table, target, classes, &name)?;
        if target.is_some() && data.labels().iter().all(Option::is_none) {
            return Err(misfit(&name, "the target", "no test row has a label: expected rows with one"));
        }
        about.test_rows_learned_from = same_rows(train, &data);
        Ok(data)
    }
}

/// The columns of a data frame as rows, with labels that are known beside them: `labels` says the place of each row's class among `classes`.
/// Without labels, no row has one. The columns are of the kinds that `fitted` has for them, or else found from their cells.
///
/// # Errors
/// When no column can be learned from, there is another number of labels, or a column of `fitted` lacks.
pub fn of_frame(
    mut frame: Frame,
    target: Option<String>,
    labels: Option<Vec<Option<u32>>>,
    classes: Vec<String>,
    fitted: Option<Fitted<'_>>,
) -> Result<OwnRows, DataError> {
    let (columns, date_orders) = fitted.map_or((None, &[][..]), |fitted| (Some(fitted.columns), fitted.date_orders));
    let built = build::build(&mut frame, &Reading { fitted: columns, date_orders, ..Reading::default() })?;
    let labels = labels.unwrap_or_else(|| vec![None; built.table.rows()]);
    let mut about = AboutOwn::of_labels(target, &labels, &classes);
    about.notes = built.findings.iter().map(Finding::to_string).collect();
    about.date_orders = built.date_orders;
    let train = inputs_of(built.table, labels, classes, frame.name())?;
    Ok(OwnRows { train, test: None, about })
}

impl AboutOwn {
    /// Of rows whose labels are known.
    pub fn of_labels(target: Option<String>, labels: &[Option<u32>], classes: &[String]) -> Self {
        let mut counts: Vec<(String, usize)> = classes.iter().map(|class| (class.clone(), 0)).collect();
        for &label in labels.iter().flatten().filter(|label| (**label as usize) < classes.len()) {
            counts[label as usize].1 += 1;
        }
        let none = labels.iter().filter(|label| label.is_none()).count();
        let unlabelled = (target.is_some() && none > 0).then(|| ("no label".to_owned(), none));
        let target_was_named = target.is_some();
        AboutOwn {
            target,
            target_was_named,
            counts,
            unlabelled: unlabelled.into_iter().collect(),
            ..AboutOwn::default()
        }
    }

    fn note(&mut self, source: &dyn RowSource, findings: &[Finding]) {
        let name = source.name();
        let said = source.notes().into_iter().chain(findings.iter().map(Finding::to_string));
        self.notes.extend(said.map(|note| format!("{name}: {note}")));
    }
}

/// Opens a file, a folder, or standard input (`-`).
///
/// # Errors
/// As [`open::open`].
pub fn open_any(path: &Path, files: &FileOptions) -> Result<Opened, DataError> {
    if path != Path::new("-") {
        return open::open(path, files);
    }
    let mut bytes = Vec::new();
    let stdin = std::io::Read::take(std::io::stdin().lock(), crate::file::UNPACKED_LIMIT);
    std::io::Read::read_to_end(&mut { stdin }, &mut bytes).map_err(DataError::io("read", path))?;
    open::open_bytes(bytes, "standard input", files)
}

/// The pictures of a table as rows, or else its cells.
fn inputs_of(table: Table, labels: Vec<Option<u32>>, classes: Vec<String>, name: &str) -> Result<Dataset, DataError> {
    match table.into_parts() {
        (_, _, Some(pixels)) => {
            Dataset::new(pixels.values, labels, classes, pixels.shape, pixels.scaling).map_err(DataError::dataset(name))
        }
        (columns, cells, None) => Dataset::of_cells(columns, cells, labels, classes).map_err(|e| no_inputs(name, e)),
    }
}

/// What is to be said of columns beside pictures: only these are learned from.
fn beside_pictures(table: &Table, known: &[String], target: Option<&str>) -> Option<String> {
    table.pixels()?;
    let names = table.columns().iter().map(|column| column.name.as_str());
    let unused: Vec<&str> = names.filter(|name| Some(*name) != target && known.iter().all(|k| k != name)).collect();
    (!unused.is_empty())
        .then(|| format!("beside pictures, columns are not learned from: {}", quoted(unused.iter().copied())))
}

/// How many rows of `test` are the same as a row of `train`, cell by cell.
fn same_rows(train: &Dataset, test: &Dataset) -> usize {
    let hash = |data: &Dataset, row: usize| {
        let mut hasher = DefaultHasher::new();
        if data.columns().is_some() {
            data.cells(row).iter().for_each(|x| x.to_bits().hash(&mut hasher));
        } else {
            let mut inputs = vec![0.0; data.features()];
            data.copy_row(row, &mut inputs);
            inputs.iter().for_each(|x| x.to_bits().hash(&mut hasher));
        }
        hasher.finish()
    };
    let of_test: HashSet<u64> = (0..test.rows()).map(|row| hash(test, row)).collect();
    let learned: HashSet<u64> = (0..train.rows()).map(|row| hash(train, row)).filter(|h| of_test.contains(h)).collect();
    (0..test.rows()).filter(|&row| learned.contains(&hash(test, row))).count()
}

/// A source whose labels are not looked at.
struct Unlabelled<'a> {
    source: &'a mut dyn RowSource,
    target: Option<&'a str>,
}

impl RowSource for Unlabelled<'_> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn columns(&self) -> &[SourceColumn] {
        self.source.columns()
    }

    fn next(&mut self, most: usize, batch: &mut crate::rows::Batch) -> Result<(), DataError> {
        self.source.next(most, batch)?;
        let at = self.source.columns().iter().position(|column| Some(&*column.name) == self.target);
        if let Some(cells) = at.and_then(|at| batch.columns.get_mut(at)) {
            let rows = cells.len();
            *cells = crate::rows::Cells::Text((0..rows).map(|_| "").collect());
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.source.restart()
    }

    fn place(&self, row: u64) -> String {
        self.source.place(row)
    }

    fn notes(&self) -> Vec<String> {
        self.source.notes()
    }
}

fn misfit(name: &str, place: &str, found: &str) -> DataError {
    DataError::Own { name: name.to_owned(), place: place.to_owned(), reason: found.to_owned() }
}

fn no_inputs(name: &str, error: DatasetError) -> DataError {
    match error {
        DatasetError::Empty { .. } | DatasetError::Ragged { features: 0, .. } => {
            misfit(name, "the columns", "there is none to learn from beside the target")
        }
        error => DataError::dataset(name)(error),
    }
}
