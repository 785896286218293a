//! What comes between Python and work in Rust: the interpreter is let go, a panic becomes an exception that can be caught, and
//! Ctrl-C stops a training.

use laddernet_run::{FailureKind, RunError};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

/// How long a signal may wait.
const PATIENCE: Duration = Duration::from_millis(50);

/// An error as Python's.
pub fn raised(error: RunError) -> PyErr {
    let message = error.to_string();
    match error.kind() {
        FailureKind::Io => PyOSError::new_err(message),
        _ => PyValueError::new_err(message),
    }
}

/// Does work without the interpreter.
///
/// # Errors
/// Those of the work; a panic is a `RuntimeError`.
pub fn guarded<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, RunError> + Send) -> PyResult<T> {
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    match done {
        Ok(result) => result.map_err(raised),
        Err(panic) => Err(internal(&*panic)),
    }
}

fn internal(panic: &(dyn Any + Send)) -> PyErr {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    PyRuntimeError::new_err(format!("laddernet has a bug, please report it: {said}"))
}

/// Whether work is to stop, for the work to ask.
pub type Stop = AtomicBool;

/// Takes the reports of some work, and waits for the answer to each: where work is to stop, it does no more of it, so that what it gives does
/// not depend on who was faster.
pub struct Reports<R>(Sender<(R, Sender<()>)>);

impl<R> Reports<R> {
    /// Reports, and waits until that was looked at. What is asked for meanwhile, by a question that goes with the report, is done here, in the
    /// thread that has what it takes.
    pub fn send<A>(&self, report: impl FnOnce(Sender<A>) -> R, mut answer: impl FnMut(A)) {
        let (answered, wait) = mpsc::channel();
        let (asks, asked) = mpsc::channel();
        // Nobody listens any longer only where the work is to stop anyway; and who has asked enough, or answered, hangs up.
        if self.0.send((report(asks), answered)).is_ok() {
            asked.iter().for_each(&mut answer);
            let _ = wait.recv();
        }
    }
}

/// Does work in a thread of its own and without the interpreter, while this thread hands what the work reports to `on_report` and looks
/// after signals. The work is asked to stop where `on_report` answers true, or either raises an error, which comes beside what the work
/// gives.
///
/// # Errors
/// Those of the work; a panic is a `RuntimeError`.
pub fn watched<T: Send, R: Send>(
    py: Python<'_>,
    work: impl FnOnce(Reports<R>, &Stop) -> Result<T, RunError> + Send,
    on_report: impl Fn(Python<'_>, R) -> PyResult<bool> + Sync,
) -> PyResult<(T, Option<PyErr>)> {
    let stop = Stop::new(false);
    let (done, trouble) = py.detach(|| {
        let (sender, reports) = mpsc::channel();
        std::thread::scope(|scope| {
            let stop = &stop;
            let worker = scope.spawn(move || work(Reports(sender), stop));
            let mut trouble: Option<PyErr> = None;
            loop {
                let (report, answered) = match reports.recv_timeout(PATIENCE) {
                    Ok((report, answered)) => (Some(report), Some(answered)),
                    Err(RecvTimeoutError::Timeout) => (None, None),
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                let enough = Python::attach(|py| {
                    py.check_signals()?;
                    report.filter(|_| trouble.is_none()).map_or(Ok(false), |report| on_report(py, report))
                });
                if enough.as_ref().map_or(true, |enough| *enough) {
                    stop.store(true, Ordering::SeqCst);
                }
                trouble = trouble.or(enough.err());
                drop(answered);
            }
            (worker.join(), trouble)
        })
    });
    match done {
        Ok(Ok(result)) => Ok((result, trouble)),
        // What was stopped before it gave anything ends as what stopped it.
        Ok(Err(error)) => Err(trouble.unwrap_or_else(|| raised(error))),
        Err(panic) => Err(internal(&*panic)),
    }
}

/// Panics, as a bug would: for the test that no panic comes through.
#[pyfunction]
pub fn force_panic(py: Python<'_>) -> PyResult<()> {
    guarded(py, || panic!("forced"))
}
