//! Settings as Python has them: values by their paths, such as `model.noise`.

use laddernet_run::settings::Recipe;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use toml::Value;

/// A recipe that says what the dictionary says; what is `None` is left open.
///
/// # Errors
/// When a value is none of a truth value, a number, a text, or a sequence or dictionary of such.
pub fn recipe(said: &Bound<'_, PyDict>) -> PyResult<Recipe> {
    let mut recipe = Recipe::default();
    for (path, value) in said {
        let path: String = path.extract()?;
        if !value.is_none() {
            recipe.set(&path, toml_value(&path, &value)?);
        }
    }
    Ok(recipe)
}

fn toml_value(path: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(value.is_true().into());
    }
    if let Ok(value) = value.cast::<PyInt>() {
        let whole = value.extract::<i64>();
        return whole.map(Value::from).map_err(|_| {
            PyValueError::new_err(format!("{path} is {value}: expected a whole number of at most {}", i64::MAX))
        });
    }
    if let Ok(value) = value.cast::<PyFloat>() {
        return Ok(value.value().into());
    }
    if let Ok(value) = value.cast::<PyString>() {
        return Ok(value.to_cow()?.into_owned().into());
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.map(|item| toml_value(path, &item?));
        return Ok(Value::Array(items.collect::<PyResult<_>>()?));
    }
    if let Ok(section) = value.cast::<PyDict>() {
        let entry = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            let key: String = key.extract()?;
            Ok((key.clone(), toml_value(&format!("{path}.{key}"), &value)?))
        };
        return Ok(Value::Table(section.into_iter().map(entry).collect::<PyResult<_>>()?));
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "{path}: expected a truth value, a number, a text or a list of these, found {kind}"
    )))
}
