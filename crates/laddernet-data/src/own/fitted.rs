//! A user's files for what is known already: rows for a trained model or for its final evaluation, by the names of columns, with labels of
//! known classes.

use super::{inputs_of, open_any};
use crate::build::{Chunks, DateOrder, Finding, Reading};
use crate::error::DataError;
use crate::formats::open::FileOptions;
use crate::rows::RowSource;
use laddernet::Dataset;
use laddernet::table::{Column, ColumnKind, Marks, Table};
use std::path::Path;

/// What rows a model of a table takes.
#[derive(Clone, Copy, Debug)]
pub struct Fitted<'a> {
    /// The columns that it learned from, the target left out.
    pub columns: &'a [Column],
    /// The column of labels.
    pub target: Option<&'a str>,
    /// The classes.
    pub class_names: &'a [String],
    /// Orders of dates.
    pub date_orders: &'a [(String, DateOrder)],
}

/// Rows for a trained model, so many at a time, in the order of the file.
pub struct FittedRows {
    source: Box<dyn RowSource>,
    columns: Vec<Column>,
    words: Vec<String>,
    class_names: Vec<String>,
    date_orders: Vec<(String, DateOrder)>,
    strict: bool,
}

impl FittedRows {
    /// Opens a file for a model.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, files: &FileOptions, fitted: Fitted<'_>) -> Result<Self, DataError> {
        Ok(Self::of(open_any(path, files)?.joined()?, files.strict, fitted))
    }

    /// The rows of a source; where `strict`, a cell that does not fit its column is an error.
    pub fn of(source: Box<dyn RowSource>, strict: bool, fitted: Fitted<'_>) -> Self {
        FittedRows {
            source,
            columns: fitted.columns.to_vec(),
            words: fitted.target.map(str::to_owned).into_iter().collect(),
            class_names: fitted.class_names.to_vec(),
            date_orders: fitted.date_orders.to_vec(),
            strict,
        }
    }

    /// Hands out all rows, at most `most` at a time, with their labels where the file has the column of labels; a label that is no class of
    /// the model is none. Gives what was found.
    ///
    /// # Errors
    /// When the file is damaged, lacks a column, or `each` fails.
    pub fn each<E: From<DataError>>(
        mut self,
        most: usize,
        mut each: impl FnMut(Dataset) -> Result<(), E>,
    ) -> Result<Vec<Finding>, E> {
        let (words, columns, orders) = (self.words.clone(), self.columns.clone(), self.date_orders.clone());
        let name = self.source.name().to_owned();
        let reading = Reading {
            words: &words,
            fitted: Some(&columns),
            optional: &words,
            date_orders: &orders,
            strict: self.strict,
            ..Reading::default()
        };
        let mut chunks = Chunks::new(&mut *self.source, &reading, most)?;
        while let Some(table) = chunks.next()? {
            let target = words.first().filter(|word| table.columns().iter().any(|column| column.name == **word));
            let data = rows_of_classes(table, target.map(String::as_str), &self.class_names, &name)?;
            each(data)?;
        }
        Ok(chunks.findings())
    }
}

/// A table as rows whose classes are known; a label that is none of them is no label.
///
/// # Errors
/// When no column is left beside the labels.
pub(super) fn rows_of_classes(
    table: Table,
    target: Option<&str>,
    classes: &[String],
    name: &str,
) -> Result<Dataset, DataError> {
    // A column of labels with a single class is fine here, and so is one with none.
    let labels = target.and_then(|target| {
        let at = table.columns().iter().position(|column| column.name == target)?;
        Some(labels_among(&table, at, classes))
    });
    let table = match target {
        Some(target) => table.without(target),
        None => table,
    };
    let labels = labels.unwrap_or_else(|| vec![None; table.rows()]);
    inputs_of(table, labels, classes.to_vec(), name)
}

/// The class of each cell of a column of words; `None` where it is no class of these.
fn labels_among(table: &Table, column: usize, classes: &[String]) -> Vec<Option<u32>> {
    let ColumnKind::Words(words) = &table.columns()[column].kind else {
        return vec![None; table.rows()];
    };
    let number = |word: &str| word.parse::<f64>().ok();
    let place = |word: &String| {
        let same = |class: &String| class == word || number(class).is_some() && number(class) == number(word);
        classes.iter().position(same).map(|place| place as u32)
    };
    let places: Vec<Option<u32>> = words.iter().map(place).collect();
    table.column(column).map(|code| if code.is_nan() { None } else { places[code as usize] }).collect()
}

/// A word in the place of a label that is neither a class nor a mark.
pub(super) fn unknown_class(table: &Table, target: &str, classes: &[String], marks: &Marks) -> Option<String> {
    let column = table.columns().iter().position(|column| column.name == target)?;
    let ColumnKind::Words(words) = &table.columns()[column].kind else { return None };
    let of_rows = labels_among(table, column, classes);
    let unknown = table.column(column).zip(of_rows).filter(|(code, label)| !code.is_nan() && label.is_none());
    let mut words = unknown.map(|(code, _)| &words[code as usize]);
    words.find(|word| !marks.says_none(word, classes)).cloned()
}
