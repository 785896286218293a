//! A training at the end of an epoch, in Python's hands as long as that is looked at.

use crate::model::Model;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};

/// Asks the training for the model as it stands, and says where it goes.
pub type Ask = Sender<Model>;

/// The end of an epoch. The model is computed and copied only where it is asked for.
#[pyclass(frozen, module = "laddernet._core")]
pub struct Moment {
    asks: Mutex<Option<Sender<Ask>>>,
}

impl Moment {
    pub fn new(asks: Sender<Ask>) -> Self {
        Moment { asks: Mutex::new(Some(asks)) }
    }

    /// The training goes on.
    pub fn over(&self) {
        self.asks.lock().expect("nothing panics while it is held").take();
    }
}

#[pymethods]
impl Moment {
    /// The model as if the training ended here.
    fn model(&self, py: Python<'_>) -> PyResult<Model> {
        let asked = py.detach(|| {
            let asks = self.asks.lock().expect("nothing panics while it is held").clone()?;
            let (ask, answer) = mpsc::channel();
            asks.send(ask).ok()?;
            answer.recv().ok()
        });
        asked.ok_or_else(|| {
            PyRuntimeError::new_err("the training has gone on: ask at the end of an epoch, in the callback")
        })
    }
}
