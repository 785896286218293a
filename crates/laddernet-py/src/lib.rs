//! The native module of the Python package: it converts arguments and results, and computes nothing of its own.
//!
//! ```text
//! arrays and columns -> rows | settings by their paths -> recipe | fit -> Model | Model: predictions, codes, samples -> arrays
//! ```
//! What is right for scikit-learn is decided in Python, what is right for rows and settings in the crates below.

mod fit;
mod guard;
mod model;
mod moment;
mod rebuilt;
mod rows;
mod settings;
mod suggestion;

use pyo3::prelude::*;

/// The module `laddernet._core`.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_export]
    use super::fit::{Stream, fit};
    #[pymodule_export]
    use super::guard::force_panic;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::moment::Moment;
    #[pymodule_export]
    use super::rebuilt::rebuilt_rows;
    #[pymodule_export]
    use super::suggestion::suggest;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Whether a file's text in the place of a label would say that there is none.
    #[pyfunction]
    fn says_none(text: &str) -> bool {
        laddernet::table::Marks::default().says_none(text, &[])
    }

    /// The command line tool; gives its exit code.
    #[pyfunction]
    fn main(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> PyResult<u8> {
        crate::guard::guarded(py, move || Ok(laddernet_cli::run(arguments)))
    }
}
