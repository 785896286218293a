//! Rows in memory: numbers as they came, an optional label for each row, and what the numbers mean.
//!
//! Values stay in the type of their file (`u8` pixels stay `u8`, the cells of a table stay cells) and become inputs as they are
//! gathered into a batch: scaled, standardised, or column by column as a table's columns were fitted.

mod columns;
mod error;
mod fit;
mod part;
mod preprocessing;
mod sealed;
mod standards;
mod units;
mod values;

pub use columns::{ColumnPlan, Columns, Dropped, Treatment};
pub use error::DatasetError;
pub use fit::TableSettings;
pub use preprocessing::{Preprocessing, PreprocessingError};
pub use sealed::{Openings, Sealed};
pub use standards::Standards;
pub use units::Unit;
pub use values::{Encoding, Scaling, Values};

use crate::table::Column;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of numbers with an optional label each.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    values: Values,           // [rows, stored]
    stored: usize,            // values a row
    labels: Vec<Option<u32>>, // [rows]
    class_names: Vec<String>,
    row_shape: Vec<usize>, // of the inputs
    scaling: Scaling,
    columns: Option<Arc<[Column]>>, // of a table, in the order of its cells
    encoding: Encoding,
}

impl Dataset {
    /// A dataset of `values` (row after row; a row has the product of `row_shape` values, `[28, 28]` for MNIST)
    /// with one label a row, each below `class_names.len()`; rows without a label hold `None`.
    ///
    /// # Errors
    /// When the counts do not fit, a label is out of range, or a value is not finite. The unit interval is
    /// checked by [`Dataset::check_unit_interval`], since not all data live in it.
    pub fn new(
        values: Values,
        labels: Vec<Option<u32>>,
        class_names: Vec<String>,
        row_shape: Vec<usize>,
        scaling: Scaling,
    ) -> Result<Self, DatasetError> {
        let features: usize = row_shape.iter().product();
        if features == 0 || values.is_empty() {
            return Err(DatasetError::Empty { rows: values.len() / features.max(1), features });
        }
        if !values.len().is_multiple_of(features) {
            return Err(DatasetError::Ragged { values: values.len(), features });
        }
        check_labels(&labels, values.len() / features, class_names.len())?;
        if let Values::F32(v) = &values
            && let Some(i) = v.iter().position(|x| !x.is_finite())
        {
            return Err(DatasetError::NotFinite { row: i / features, column: i % features, value: v[i] });
        }
        let (columns, encoding) = (None, Encoding::Scaled);
        Ok(Dataset { values, stored: features, labels, class_names, row_shape, scaling, columns, encoding })
    }

    /// The rows of a table: cells in the order of `columns`, of which missing ones are NaN. They are no inputs before their columns are
    /// encoded: see [`Preprocessing::of_table`].
    ///
    /// # Errors
    /// As [`Dataset::new`]; a cell may be NaN, but not infinite.
    pub fn of_cells(
        columns: Vec<Column>,
        cells: Vec<f32>,
        labels: Vec<Option<u32>>,
        class_names: Vec<String>,
    ) -> Result<Self, DatasetError> {
        let stored = columns.len();
        if let Some(i) = cells.iter().position(|x| x.is_infinite()) {
            return Err(DatasetError::NotFinite { row: i / stored.max(1), column: i % stored.max(1), value: cells[i] });
        }
        if cells.is_empty() {
            return Err(DatasetError::Empty { rows: labels.len(), features: stored });
        }
        if !cells.len().is_multiple_of(stored) {
            return Err(DatasetError::Ragged { values: cells.len(), features: stored });
        }
        check_labels(&labels, cells.len() / stored, class_names.len())?;
        let columns = Some(columns.into());
        let (values, row_shape) = (Values::F32(cells), vec![stored]);
        let (scaling, encoding) = (Scaling::NONE, Encoding::Scaled);
        Ok(Dataset { values, stored, labels, class_names, row_shape, scaling, columns, encoding })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Values a row.
    pub fn features(&self) -> usize {
        self.row_shape.iter().product()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// The classes' names, in the order of the labels.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The shape of one row: `[height, width]` for pictures.
    pub fn row_shape(&self) -> &[usize] {
        &self.row_shape
    }

    /// How a value becomes an input.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// The same stored values, which become inputs in another way.
    ///
    /// # Panics
    /// When they are standardised, by standards that were of the former inputs.
    pub fn with_scaling(self, scaling: Scaling) -> Self {
        assert!(self.encoding == Encoding::Scaled, "standardised rows keep their scaling");
        Dataset { scaling, ..self }
    }

    /// The same rows, their scaled values standardised: an input is `(value * scale - mean) / deviation`.
    ///
    /// # Errors
    /// When an input is not finite: names its row and column.
    ///
    /// # Panics
    /// When the standards are of rows of another length, or the rows are standardised already.
    pub fn standardised(self, standards: &Arc<Standards>) -> Result<Self, DatasetError> {
        let features = self.features();
        assert_eq!(standards.means().len(), features, "columns");
        assert!(self.encoding == Encoding::Scaled, "rows are standardised once");
        let data = Dataset { encoding: Encoding::Standardised(standards.clone()), ..self };
        let mut inputs = vec![0.0; features];
        for row in 0..data.rows() {
            data.copy_row(row, &mut inputs);
            if let Some(column) = inputs.iter().position(|x| !x.is_finite()) {
                let value = Dataset { encoding: Encoding::Scaled, ..data }.input(row, column);
                let (mean, deviation) = (standards.means()[column], standards.deviations()[column]);
                return Err(DatasetError::TooFar { row, column, value, mean, deviation });
            }
        }
        Ok(data)
    }

    /// The largest byte of some rows, where values are bytes.
    pub(crate) fn largest_byte(&self, rows: &[usize]) -> Option<u8> {
        let Values::U8(v) = &self.values else { return None };
        let of_row = |&row: &usize| v[row * self.stored..(row + 1) * self.stored].iter().max();
        rows.iter().filter_map(of_row).max().copied()
    }

    /// The same rows, whose bytes are at most `largest`: larger ones become it. One above `limit` is an error.
    pub(crate) fn held_to(mut self, largest: u8, limit: u8) -> Result<Self, DatasetError> {
        let Values::U8(v) = &mut self.values else { return Ok(self) };
        if let Some(i) = v.iter().position(|&value| value > limit) {
            let (row, column, value) = (i / self.stored, i % self.stored, v[i]);
            return Err(DatasetError::AboveLargest { row, column, value, largest });
        }
        v.iter_mut().for_each(|value| *value = largest.min(*value));
        Ok(self)
    }

    /// The same rows, each column encoded by its plan.
    ///
    /// # Panics
    /// When they are rows of no table, or of other columns than the plans.
    #[must_use]
    pub fn encoded(self, columns: &Arc<Columns>) -> Self {
        let own = self.columns.as_ref().map_or(0, |own| own.len());
        assert_eq!(columns.plans().len(), own, "columns of the table");
        Dataset { row_shape: vec![columns.width()], encoding: Encoding::Columns(columns.clone()), ..self }
    }

    /// The columns of the table whose rows these are.
    pub fn columns(&self) -> Option<&[Column]> {
        self.columns.as_deref()
    }

    /// How stored values become inputs.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// The cells of a row of a table, as they came.
    ///
    /// # Panics
    /// When the rows are of no table.
    pub fn cells(&self, row: usize) -> &[f32] {
        match &self.values {
            Values::F32(cells) if self.columns.is_some() => &cells[row * self.stored..(row + 1) * self.stored],
            _ => panic!("rows of no table have no cells"),
        }
    }

    /// Whether inputs count differently in the cost of reconstructions: see [`Dataset::copy_weights`].
    pub fn has_weights(&self) -> bool {
        matches!(self.encoding, Encoding::Columns(_))
    }

    /// Writes what the inputs of `row` from column `first` on count for in the cost of reconstructions to `out`, and zeros beyond the last
    /// column. Each column of a table counts once, however many inputs it has, and a missing cell not at all; the mean over the inputs of a row
    /// without missing cells is 1. Inputs of other rows count 1.
    pub fn copy_weights(&self, row: usize, first: usize, out: &mut [f32]) {
        let used = out.len().min(self.features() - first);
        let (out, beyond) = out.split_at_mut(used);
        beyond.fill(0.0);
        match &self.encoding {
            Encoding::Columns(columns) => columns.weigh(self.cells(row), first, out),
            _ => out.fill(1.0),
        }
    }

    /// The stored values.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// One label (or `None`) a row.
    pub fn labels(&self) -> &[Option<u32>] {
        &self.labels
    }

    /// The input at `row` and `column`.
    pub fn input(&self, row: usize, column: usize) -> f32 {
        let mut input = [0.0];
        self.copy_columns(row, column, &mut input);
        input[0]
    }

    /// Writes the inputs of `row` to `out` (length [`Dataset::features`]).
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        self.copy_columns(row, 0, out);
    }

    /// Writes the inputs of `row` from column `first` on to `out`, and zeros beyond the last column.
    pub fn copy_columns(&self, row: usize, first: usize, out: &mut [f32]) {
        let used = out.len().min(self.features() - first);
        let (out, beyond) = out.split_at_mut(used);
        beyond.fill(0.0);
        if let Encoding::Columns(columns) = &self.encoding {
            return columns.encode(self.cells(row), first, out);
        }
        let at = row * self.stored + first..row * self.stored + first + used;
        let scale = self.scaling.scale;
        match &self.values {
            Values::U8(v) => out.iter_mut().zip(&v[at]).for_each(|(o, &x)| *o = f32::from(x) * scale),
            Values::F32(v) => out.iter_mut().zip(&v[at]).for_each(|(o, &x)| *o = x * scale),
        }
        if let Encoding::Standardised(standards) = &self.encoding {
            standards.apply(first, out);
        }
    }

    /// Checks that every input lies in 0..=1, as the models for pictures expect.
    ///
    /// # Errors
    /// Names the first offending row and column.
    pub fn check_unit_interval(&self) -> Result<(), DatasetError> {
        let mut inputs = vec![0.0; self.features()];
        for row in 0..self.rows() {
            self.copy_row(row, &mut inputs);
            if let Some(column) = inputs.iter().position(|x| !(0.0..=1.000_001).contains(x)) {
                return Err(DatasetError::OutsideUnitInterval { row, column, input: inputs[column] });
            }
        }
        Ok(())
    }

    /// What a model makes of each row, `units` values of it, row-major, as rows of their own with the same labels.
    ///
    /// # Errors
    /// When a value is not finite.
    pub(crate) fn coded(&self, codes: Vec<f32>, units: usize) -> Result<Dataset, DatasetError> {
        let (labels, names) = (self.labels().to_vec(), self.class_names().to_vec());
        Dataset::new(Values::F32(codes), labels, names, vec![units], Scaling::NONE)
    }

    /// The same rows with other labels, each below `class_names.len()`.
    ///
    /// # Errors
    /// As [`Dataset::new`].
    pub fn with_labels(self, labels: Vec<Option<u32>>, class_names: Vec<String>) -> Result<Self, DatasetError> {
        check_labels(&labels, self.rows(), class_names.len())?;
        Ok(Dataset { labels, class_names, ..self })
    }

    /// The same rows, their labels as places among classes of these names.
    ///
    /// # Errors
    /// When a row has another class.
    pub fn of_classes(self, class_names: &[String]) -> Result<Self, DatasetError> {
        if class_names.starts_with(&self.class_names) {
            return Ok(Dataset { class_names: class_names.to_vec(), ..self });
        }
        let places: BTreeMap<&String, u32> = class_names.iter().zip(0..).collect();
        let places: Vec<Option<u32>> = self.class_names.iter().map(|name| places.get(name).copied()).collect();
        let place = |(row, label): (usize, &Option<u32>)| match *label {
            Some(label) => places[label as usize].map(Some).ok_or_else(|| DatasetError::OtherClass {
                row,
                found: self.class_names[label as usize].clone(),
                known: in_a_list(class_names),
            }),
            None => Ok(None),
        };
        let labels = self.labels.iter().enumerate().map(place).collect::<Result<_, _>>()?;
        Ok(Dataset { labels, class_names: class_names.to_vec(), ..self })
    }

    /// The same rows, all of them unlabelled.
    #[must_use]
    pub fn without_labels(mut self) -> Dataset {
        self.labels.fill(None);
        self
    }
}

/// Names in a message: all of few, the first and the last of many.
fn in_a_list(names: &[String]) -> String {
    match names {
        [first, .., last] if names.len() > 12 => format!("{} from '{first}' to '{last}'", names.len()),
        _ => names.join(", "),
    }
}

fn check_labels(labels: &[Option<u32>], rows: usize, classes: usize) -> Result<(), DatasetError> {
    if labels.len() != rows {
        return Err(DatasetError::LabelCount { labels: labels.len(), rows });
    }
    let beyond = |(row, label): (usize, &Option<u32>)| label.filter(|l| *l as usize >= classes).map(|l| (row, l));
    match labels.iter().enumerate().find_map(beyond) {
        Some((row, label)) => Err(DatasetError::LabelRange { row, label, classes }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
