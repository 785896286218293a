//! Rows as Python has them: a matrix, or the columns of a data frame.

use laddernet::Dataset;
use laddernet::dataset::{Scaling, Values};
use laddernet::table::{Column, ColumnKind};
use laddernet_data::DataError;
use laddernet_data::frame::Frame;
use laddernet_data::rows::{Cells, SourceColumn};
use laddernet_run::RunError;
use numpy::{PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Rows, copied out of Python.
pub enum Rows {
    /// A matrix; of the columns of a table it has the names.
    Matrix { values: Vec<f32>, rows: usize, features: usize, names: Option<Vec<String>> },
    /// Columns of any kind.
    Frame(Frame),
}

/// How messages call them.
pub const NAME: &str = "X";

/// A matrix of 32-bit floats, with names where it is a table; or a list of columns, each `(name, kind, cells, words)`.
///
/// # Errors
/// When it is neither.
pub fn rows(given: &Bound<'_, PyAny>, names: Option<Vec<String>>) -> PyResult<Rows> {
    if let Ok(matrix) = given.extract::<PyReadonlyArray2<'_, f32>>() {
        let (rows, features) = (matrix.dims()[0], matrix.dims()[1]);
        if names.as_ref().is_some_and(|names| names.len() != features) {
            return Err(PyValueError::new_err(format!("expected {features} names of columns")));
        }
        let values = match matrix.as_slice() {
            Ok(values) => values.to_vec(),
            // Columns after each other in memory, or a part of a larger matrix.
            Err(_) => matrix.as_array().iter().copied().collect(),
        };
        return Ok(Rows::Matrix { values, rows, features, names });
    }
    let Ok(columns) = given.cast::<PyList>() else {
        return Err(PyTypeError::new_err("expected a matrix of 32-bit floats or a list of columns"));
    };
    let columns = columns.iter().map(|column| {
        let (name, kind, cells, words): (String, String, Bound<'_, PyAny>, Option<Vec<String>>) = column.extract()?;
        let numbers = || PyResult::Ok(cells.extract::<PyReadonlyArray1<'_, f64>>()?.as_array().to_vec());
        let cells = match kind.as_str() {
            "number" => Cells::Numbers(numbers()?),
            "date" => Cells::Dates(numbers()?),
            "boolean" => Cells::Booleans(numbers()?.into_iter().map(|x| (!x.is_nan()).then_some(x != 0.0)).collect()),
            _ => {
                let texts: Vec<String> = cells.extract()?;
                Cells::Text(texts.iter().map(|text| text.trim()).collect())
            }
        };
        Ok((SourceColumn { name, words }, cells))
    });
    let columns: Vec<(SourceColumn, Cells)> = columns.collect::<PyResult<_>>()?;
    let frame = Frame::new(NAME, columns).map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(Rows::Frame(frame))
}

/// A matrix as rows that are learned from: a table of numbers, or values as they are.
///
/// # Errors
/// When they make none.
pub fn of_matrix(
    values: Vec<f32>,
    features: usize,
    names: Option<Vec<String>>,
    labels: Vec<Option<u32>>,
    classes: Vec<String>,
) -> Result<Dataset, RunError> {
    let number = |name| Column { name, kind: ColumnKind::Number };
    let data = match names {
        Some(names) => Dataset::of_cells(names.into_iter().map(number).collect(), values, labels, classes),
        None => Dataset::new(Values::F32(values), labels, classes, vec![features], Scaling::NONE),
    };
    data.map_err(|e| DataError::dataset(NAME)(e).into())
}
