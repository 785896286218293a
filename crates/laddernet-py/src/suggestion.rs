//! Rows to label next, for Python.

use crate::fit::threads;
use crate::guard::guarded;
use crate::model::Model;
use crate::rows::{self, NAME};
use laddernet_run::answers::suggestion::{Gathered, Known, Wanted};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The rows in their order, the share of all rows that each stands for, and sentences about cells that did not fit their columns.
type Found<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>, Vec<String>);

/// Rows to label of some of which it is known whether they have a label.
#[pyfunction]
#[pyo3(signature = (model, x, names, has_label, count, seed, thread_count))]
pub fn suggest<'py>(
    py: Python<'py>,
    model: &Bound<'py, Model>,
    x: &Bound<'py, PyAny>,
    names: Option<Vec<String>>,
    has_label: PyReadonlyArray1<'py, bool>,
    count: usize,
    seed: u64,
    thread_count: usize,
) -> PyResult<Found<'py>> {
    let model = model.get();
    let has_label = has_label.as_array().to_vec();
    let (rows, threads) = (rows::rows(x, names)?, threads(thread_count)?);
    let found = guarded(py, || {
        let mut gathered = Gathered::default();
        let findings = model.each(rows, |inputs| gathered.add(model.saved(), NAME, inputs, &threads))?;
        if has_label.len() != gathered.rows() {
            return Ok(Err(gathered.rows()));
        }
        gathered.has_label = has_label;
        let wanted = Wanted { count, seed };
        let found = gathered.suggest(model.saved(), NAME, &Known::default(), wanted, &threads)?;
        Ok(Ok((found.found, findings)))
    })?;
    let (found, findings) =
        found.map_err(|rows| PyValueError::new_err(format!("expected {rows} entries, which rows have a label")))?;
    let rows: Vec<i64> = found.iter().map(|s| s.row as i64).collect();
    let shares: Vec<f64> = found.iter().map(|s| s.stands_for_percent.unwrap_or(0.0) / 100.0).collect();
    Ok((rows.into_pyarray(py), shares.into_pyarray(py), findings.iter().map(ToString::to_string).collect()))
}
