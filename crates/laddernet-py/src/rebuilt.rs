//! Rows of a table as a model reconstructs them, for Python.

use crate::fit::threads;
use crate::guard::{guarded, raised};
use crate::model::Model;
use crate::rows;
use laddernet::table::ColumnKind;
use laddernet_run::answers::rebuilt::{cell_number, cell_text, columns_of, is_used, rebuilt};
use numpy::{IntoPyArray, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Cells, whether the row has them, how surprising each is, and what was found in the rows.
type Found<'py> = (Vec<Bound<'py, PyAny>>, Bound<'py, PyArray2<bool>>, Bound<'py, PyArray2<f64>>, Vec<String>);

/// A column's cells.
enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// Every cell as the model reconstructs it, a list entry for each column: an array of 64-bit floats (dates as days since 1970), or a list
/// of texts for words and where `as_text` asks for them; nothing for a column that makes no input.
#[pyfunction]
#[pyo3(name = "rebuilt", signature = (model, x, names, as_text, thread_count))]
pub fn rebuilt_rows<'py>(
    py: Python<'py>,
    model: &Bound<'py, Model>,
    x: &Bound<'py, PyAny>,
    names: Option<Vec<String>>,
    as_text: Vec<bool>,
    thread_count: usize,
) -> PyResult<Found<'py>> {
    let model = model.get();
    let columns = columns_of(model.saved()).map_err(raised)?;
    let count = columns.plans().len();
    if as_text.len() != count {
        return Err(PyValueError::new_err(format!("expected {count} entries, which columns are text")));
    }
    let (rows, threads) = (rows::rows(x, names)?, threads(thread_count)?);
    let is_text =
        |column: usize| as_text[column] || matches!(columns.plans()[column].column.kind, ColumnKind::Words(_));
    let new = |column| if is_text(column) { Cells::Texts(Vec::new()) } else { Cells::Numbers(Vec::new()) };
    let mut cells: Vec<Option<Cells>> =
        (0..count).map(|column| is_used(columns, column).then(|| new(column))).collect();
    let (mut known, mut surprise) = (Vec::new(), Vec::new());
    let findings = guarded(py, || {
        model.each(rows, |inputs| {
            let found = rebuilt(model.saved(), inputs, &threads)?;
            for row in found.cells.chunks(count) {
                for (column, &cell) in row.iter().enumerate() {
                    match &mut cells[column] {
                        Some(Cells::Numbers(numbers)) => numbers.push(cell_number(columns, column, cell)),
                        Some(Cells::Texts(texts)) => texts.push(cell_text(columns, column, cell)),
                        None => {}
                    }
                }
            }
            known.extend(found.known);
            surprise.extend(found.surprise);
            Ok(())
        })
    })?;
    let cells = cells.into_iter().map(|cells| match cells {
        Some(Cells::Numbers(numbers)) => Ok(numbers.into_pyarray(py).into_any()),
        Some(Cells::Texts(texts)) => texts.into_pyobject(py),
        None => Ok(py.None().into_bound(py)),
    });
    let shape = [known.len() / count.max(1), count];
    Ok((
        cells.collect::<PyResult<_>>()?,
        known.into_pyarray(py).reshape(shape)?,
        surprise.into_pyarray(py).reshape(shape)?,
        findings.iter().map(ToString::to_string).collect(),
    ))
}
