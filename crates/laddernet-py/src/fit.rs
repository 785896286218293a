//! A training on rows that Python has.

use crate::guard::{Reports, watched};
use crate::model::Model;
use crate::moment::{Ask, Moment};
use crate::rows::{self, NAME, Rows};
use crate::settings;
use laddernet::Threads;
use laddernet::session::Phase;
use laddernet::training::Flow;
use laddernet_data::Loaded;
use laddernet_data::own::{AboutOwn, Fitted, OwnRows, of_frame};
use laddernet_run::RunError;
use laddernet_run::model_file::{self, SavedModel};
use laddernet_run::record::{self, Prepared, Summary, train_in_memory};
use laddernet_run::settings::Recipe;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

/// The mark of a row without a label.
const NO_LABEL: i64 = -1;

/// So many threads with the best instructions of this processor.
pub fn threads(count: usize) -> PyResult<Threads> {
    Threads::new(count.max(1)).map_err(|e| PyOSError::new_err(format!("cannot start the threads: {e}")))
}

/// An epoch of a training, for who shows it.
struct Epoch {
    stage: Option<String>,
    epoch: usize,
    epochs: usize,
    cost: f64,
    terms: Vec<(&'static str, Option<usize>, f64)>,
    validation_error_percent: Option<f64>,
    /// Where the model can be asked for.
    asks: Option<Sender<Ask>>,
}

/// Trains a model. `classes` are the labels' names, and `labels` says the class of each row, -1 for none; `target` is what the labels are called.
///
/// Gives the model, what `summary.json` of a run folder would say, and the error that stopped the training, where one did.
#[pyfunction]
#[pyo3(signature = (said, x, names, labels, classes, target, estimate, thread_count, begin, on_epoch))]
pub fn fit<'py>(
    py: Python<'py>,
    said: &Bound<'py, PyDict>,
    x: &Bound<'py, PyAny>,
    names: Option<Vec<String>>,
    labels: Option<PyReadonlyArray1<'py, i64>>,
    classes: Vec<String>,
    target: Option<String>,
    estimate: bool,
    thread_count: usize,
    begin: Option<Py<Model>>,
    on_epoch: Option<Py<PyAny>>,
) -> PyResult<(Model, String, Option<PyErr>)> {
    let recipe = of_memory(said)?;
    let rows = rows::rows(x, names)?;
    let labels = labels.map(|labels| labels_of(&labels));
    let threads = threads(thread_count)?;
    let workers = estimate.then(|| (0..thread_count.max(1)).map(|_| self::threads(1)).collect::<PyResult<Vec<_>>>());
    let workers = workers.transpose()?;
    let work = |reports: Reports<Epoch>, stop: &crate::guard::Stop| {
        let loaded = loaded(rows, labels, classes, target, None)?;
        let stopped = || stop.load(Ordering::SeqCst);
        let mut prepared = Prepared::of(&recipe, loaded)?;
        if let Some(workers) = &workers {
            prepared = estimated(prepared, &recipe, workers, &stopped)?;
        }
        let (summary, saved) =
            train_in_memory(prepared, begin.as_ref().map(|model| model.get().saved()), &threads, &mut |progress| {
                if progress.epoch_ended && progress.phase == Phase::Model {
                    let terms = progress.costs.terms.iter().map(|term| (term.name, term.layer, term.value)).collect();
                    let epoch = |asks: Sender<Ask>| Epoch {
                        stage: progress.stage.as_ref().map(|(_, name)| name.clone()),
                        epoch: progress.epoch,
                        epochs: progress.epochs,
                        cost: progress.costs.total,
                        terms,
                        validation_error_percent: progress.validation_error_percent,
                        asks: progress.model.map(|_| asks),
                    };
                    reports.send(epoch, |ask| {
                        if let Some(model) = progress.model {
                            // Who has asked may have gone.
                            drop(ask.send(Model::new(model())));
                        }
                    });
                }
                if stopped() { Flow::Stop } else { Flow::Continue }
            })?;
        Ok::<(Summary, Model), RunError>((summary, Model::new(saved)))
    };
    let ((summary, model), trouble) = watched(py, work, |py, epoch: Epoch| {
        let Some(on_epoch) = &on_epoch else { return Ok(false) };
        let moment = epoch.asks.map(|asks| Py::new(py, Moment::new(asks))).transpose()?;
        let of = moment.as_ref().map(|moment| moment.clone_ref(py));
        let told =
            (epoch.stage, epoch.epoch, epoch.epochs, epoch.cost, epoch.terms, epoch.validation_error_percent, of);
        let stop = on_epoch.call1(py, told).and_then(|answer| answer.is_truthy(py));
        if let Some(moment) = moment {
            moment.get().over();
        }
        stop
    })?;
    let summary = serde_json::to_string(&summary).expect("a summary is numbers and text");
    Ok((model, summary, trouble))
}

/// Settings of a training on rows in memory.
fn of_memory(said: &Bound<'_, PyDict>) -> PyResult<Recipe> {
    let mut recipe = settings::recipe(said)?;
    recipe.set("data.source", laddernet_data::Source::Memory.to_string().into());
    Ok(recipe)
}

fn labels_of(labels: &PyReadonlyArray1<'_, i64>) -> Vec<Option<u32>> {
    labels.as_array().iter().map(|&label| (label != NO_LABEL).then_some(label as u32)).collect()
}

/// Rows to learn from; those for a trained model have its columns.
fn loaded(
    rows: Rows,
    labels: Option<Vec<Option<u32>>>,
    classes: Vec<String>,
    target: Option<String>,
    model: Option<&SavedModel>,
) -> Result<Loaded, RunError> {
    let target = labels.is_some().then(|| target.unwrap_or_else(|| "y".to_owned()));
    let (train, about) = match rows {
        Rows::Matrix { values, rows, features, names } => {
            let labels = labels.unwrap_or_else(|| vec![None; rows]);
            let about = AboutOwn::of_labels(target, &labels, &classes);
            (rows::of_matrix(values, features, names, labels, classes)?, about)
        }
        Rows::Frame(frame) => {
            let table = model.and_then(|model| model.card.table.as_ref());
            let known = table.map(|table| (table.table_columns(), table.orders()));
            let known = known.as_ref().map(|(columns, date_orders)| Fitted {
                columns,
                target: None,
                class_names: &[],
                date_orders,
            });
            let OwnRows { train, about, .. } = of_frame(frame, target, labels, classes, known)?;
            (train, about)
        }
    };
    Ok(Loaded::of_memory(train, about))
}

/// Rows that arrive one batch after the other.
#[pyclass(module = "laddernet._core")]
pub struct Stream {
    stream: record::Stream,
}

#[pymethods]
impl Stream {
    /// One that begins, or goes on with the model of these bytes.
    #[new]
    #[pyo3(signature = (said, model))]
    fn new(said: &Bound<'_, PyDict>, model: Option<&[u8]>) -> PyResult<Self> {
        let recipe = of_memory(said)?;
        let stream = match model {
            None => record::Stream::new(recipe),
            Some(bytes) => {
                let model = model_file::parse(bytes).map_err(|e| PyValueError::new_err(e.to_string()))?;
                record::Stream::of(recipe, model)
            }
        };
        Ok(Stream { stream })
    }

    /// Learns from further rows; gives the bytes of the model, how many batches it has learned from, and what was found in the rows.
    #[pyo3(signature = (x, names, labels, classes, target, thread_count))]
    fn learn<'py>(
        &mut self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        names: Option<Vec<String>>,
        labels: PyReadonlyArray1<'py, i64>,
        classes: Vec<String>,
        target: Option<String>,
        thread_count: usize,
    ) -> PyResult<(Bound<'py, PyBytes>, usize, Vec<String>)> {
        let (rows, labels) = (rows::rows(x, names)?, labels_of(&labels));
        let threads = threads(thread_count)?;
        let stream = &mut self.stream;
        let work = |_: Reports<()>, stop: &crate::guard::Stop| {
            let rows = loaded(rows, Some(labels), classes, target, stream.model())?;
            let notes = rows.own.as_ref().map_or_else(Vec::new, |own| own.notes.clone());
            stream.learn(rows, &threads, &mut |_| {
                if stop.load(Ordering::SeqCst) { Flow::Stop } else { Flow::Continue }
            })?;
            Ok(notes)
        };
        let (notes, trouble) = watched(py, work, |_, ()| Ok(false))?;
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let model = self.stream.model().expect("it has learned");
        Ok((PyBytes::new(py, &model.to_bytes()), self.stream.epochs(), notes))
    }
}

/// Compares the ladder with the same network on the labels alone by cross-validation, where the two can be compared; an estimate that was
/// stopped is none.
fn estimated(
    prepared: Prepared,
    recipe: &Recipe,
    workers: &[Threads],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Prepared, RunError> {
    let Some(candidates) = prepared.candidates(recipe)? else { return Ok(prepared) };
    let listen = |_: laddernet::session::Trial, _: laddernet::training::StageEvent<'_>| {
        if stopped() { Flow::Stop } else { Flow::Continue }
    };
    let workers = &workers[..workers.len().min(candidates.count() * laddernet::session::FOLDS)];
    match prepared.estimated(&candidates, workers, &listen)? {
        Some(prepared) => Ok(prepared),
        None => Err(RunError::Argument(format!("{NAME}: interrupted before the training began"))),
    }
}
