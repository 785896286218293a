//! A trained model in Python's hands.

use crate::fit::threads;
use crate::guard::{guarded, raised};
use crate::rows::{self, NAME, Rows};
use laddernet::dataset::ColumnPlan;
use laddernet::models::Start;
use laddernet::models::rbm::Annealing;
use laddernet::table::ColumnKind;
use laddernet::{Dataset, Threads};
use laddernet_data::build::Finding;
use laddernet_data::own::{Fitted, FittedRows};
use laddernet_run::RunError;
use laddernet_run::model_file::{self, SavedModel};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;

/// Rows that are turned into inputs at a time.
const CHUNK: usize = 4096;

/// A trained model with all that its file says.
#[pyclass(frozen, module = "laddernet._core")]
pub struct Model {
    saved: SavedModel,
}

/// A matrix of results.
type Matrix<'py> = Bound<'py, PyArray2<f32>>;

impl Model {
    pub fn new(saved: SavedModel) -> Self {
        Model { saved }
    }

    pub fn saved(&self) -> &SavedModel {
        &self.saved
    }

    /// Hands out the rows as inputs, some at a time, in order; gives what was found in them.
    pub fn each(
        &self,
        given: Rows,
        mut each: impl FnMut(&Dataset) -> Result<(), RunError>,
    ) -> Result<Vec<Finding>, RunError> {
        let table = self.saved.card.table.as_ref();
        match given {
            Rows::Matrix { values, rows, features, names } => {
                // The order of the columns was checked in Python.
                let names = names.filter(|_| table.is_some());
                for part in values.chunks(CHUNK * features.max(1)) {
                    let none = vec![None; part.len() / features.max(1)];
                    let data = rows::of_matrix(part.to_vec(), features, names.clone(), none, Vec::new())?;
                    each(self.saved.inputs(NAME, &data)?.as_ref())?;
                }
                debug_assert_eq!(values.len(), rows * features);
                Ok(Vec::new())
            }
            Rows::Frame(frame) => {
                let columns = table.map(model_file::TableCard::table_columns).unwrap_or_default();
                let orders = table.map(model_file::TableCard::orders).unwrap_or_default();
                let fitted = Fitted {
                    columns: &columns,
                    // Labels come apart from the rows.
                    target: None,
                    class_names: &self.saved.card.class_names,
                    date_orders: &orders,
                };
                FittedRows::of(Box::new(frame), false, fitted).each(CHUNK, |data| {
                    let inputs = self.saved.inputs(NAME, &data)?;
                    each(&inputs)
                })
            }
        }
    }

    /// What `of` makes of the rows, as a matrix, and sentences about cells that did not fit their columns.
    fn matrix<'py>(
        &self,
        py: Python<'py>,
        given: (&Bound<'py, PyAny>, Option<Vec<String>>),
        thread_count: usize,
        of: impl Fn(&Dataset, &Threads) -> Result<Vec<f32>, RunError> + Sync,
    ) -> PyResult<(Matrix<'py>, Vec<String>)> {
        let rows = rows::rows(given.0, given.1)?;
        let threads = threads(thread_count)?;
        let (count, values, findings) = guarded(py, || {
            let (mut count, mut values) = (0, Vec::new());
            let findings = self.each(rows, |inputs| {
                count += inputs.rows();
                values.extend(of(inputs, &threads)?);
                Ok(())
            })?;
            Ok((count, values, findings))
        })?;
        let width = values.len().checked_div(count).unwrap_or(0);
        let matrix = values.into_pyarray(py).reshape([count, width])?;
        Ok((matrix, findings.iter().map(ToString::to_string).collect()))
    }
}

#[pymethods]
impl Model {
    /// Reads the bytes of a model file.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let saved = model_file::parse(bytes).map_err(|e| PyValueError::new_err(e.to_string()))?;
        Ok(Model { saved })
    }

    /// Reads a model file, or that of a run folder.
    #[staticmethod]
    fn open(path: PathBuf) -> PyResult<Self> {
        if !path.exists() {
            let message = format!("{}: there is no such run folder or model file", path.display());
            return Err(pyo3::exceptions::PyFileNotFoundError::new_err(message));
        }
        Ok(Model { saved: model_file::open(&path).map_err(raised)? })
    }

    /// The bytes of its file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &guarded(py, || Ok(self.saved.to_bytes()))?))
    }

    /// The same model, whose file says what its labels are: text, whole, number or truth.
    fn with_label_kind(&self, kind: String) -> PyResult<Self> {
        let same = model_file::parse(&self.saved.to_bytes()).map_err(|e| PyValueError::new_err(e.to_string()))?;
        Ok(Model { saved: same.with_label_kind(kind) })
    }

    /// Writes its file, whole or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let write = || Ok(laddernet_run::folder::files::write(&path, &self.saved.to_bytes()));
        guarded(py, write)?.map_err(|e| PyOSError::new_err(format!("cannot write {}: {e}", path.display())))
    }

    /// The model's kind.
    #[getter]
    fn kind(&self) -> &'static str {
        self.saved.kind().name
    }

    /// Units of each layer, the input first.
    #[getter]
    fn layers(&self) -> Vec<usize> {
        self.saved.layers().to_vec()
    }

    /// Names of the classes.
    #[getter]
    fn class_names(&self) -> Vec<String> {
        self.saved.card.class_names.clone()
    }

    /// Names of the columns that it learned from, where these were a table's.
    #[getter]
    fn columns(&self) -> Option<Vec<String>> {
        let table = self.saved.card.table.as_ref()?;
        Some(table.columns.iter().map(|plan| plan.column.name.clone()).collect())
    }

    /// Whether all columns hold numbers.
    #[getter]
    fn has_only_numbers(&self) -> bool {
        let number = |plan: &ColumnPlan| matches!(plan.column.kind, ColumnKind::Number | ColumnKind::NumberFrom(_));
        self.saved.card.table.as_ref().is_none_or(|table| table.columns.iter().all(number))
    }

    /// Whether numbers of some column are to come in 64 bits, because 32 would not tell them apart.
    #[getter]
    fn needs_columns(&self) -> bool {
        let near = |plan: &ColumnPlan| plan.column.kind.origin() != 0.0;
        self.saved.card.table.as_ref().is_some_and(|table| table.columns.iter().any(near))
    }

    /// All that the file says besides its tensors, as JSON.
    #[getter]
    fn card(&self) -> String {
        serde_json::to_string(&self.saved.card).expect("a card is numbers and text")
    }

    /// The tensors by name: shapes and values.
    fn tensors<'py>(&self, py: Python<'py>) -> Vec<(String, Vec<usize>, Bound<'py, PyArray1<f32>>)> {
        let tensors = self.saved.model.tensors().into_iter();
        tensors.map(|tensor| (tensor.path, tensor.shape, tensor.values.into_pyarray(py))).collect()
    }

    /// Probabilities of the classes, `[rows, classes]`, and what was found in the rows.
    #[pyo3(signature = (x, names, thread_count))]
    fn probabilities<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        names: Option<Vec<String>>,
        thread_count: usize,
    ) -> PyResult<(Matrix<'py>, Vec<String>)> {
        self.saved.classifier().map_err(raised)?;
        self.matrix(py, (x, names), thread_count, |inputs, threads| {
            laddernet_run::answers::tables::probabilities(&self.saved, inputs, threads)
        })
    }

    /// Values of a hidden layer, `[rows, units]`; without a layer, of the last one.
    #[pyo3(signature = (x, names, layer, thread_count))]
    fn codes<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        names: Option<Vec<String>>,
        layer: Option<usize>,
        thread_count: usize,
    ) -> PyResult<(Matrix<'py>, Vec<String>)> {
        let last = self.saved.encoder().map_err(raised)?.last_layer();
        let layer = layer.unwrap_or(last);
        if layer > last {
            return Err(PyValueError::new_err(format!("layer is {layer}: expected 0, the inputs, to {last}")));
        }
        self.matrix(py, (x, names), thread_count, |inputs, threads| {
            let codes =
                if layer == 0 { Ok(inputs.clone()) } else { self.saved.encoder()?.codes(inputs, layer, threads) };
            let codes = codes.map_err(|source| RunError::Rows { name: NAME.to_owned(), source: source.into() })?;
            let mut values = vec![0.0; codes.rows() * codes.features()];
            values.chunks_mut(codes.features()).enumerate().for_each(|(row, out)| codes.copy_row(row, out));
            Ok(values)
        })
    }

    /// Rows reconstructed, as inputs, `[rows, inputs]`.
    #[pyo3(signature = (x, names, noise, seed, thread_count))]
    fn reconstruct<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        names: Option<Vec<String>>,
        noise: f32,
        seed: u64,
        thread_count: usize,
    ) -> PyResult<(Matrix<'py>, Vec<String>)> {
        self.saved.reconstructs().map_err(raised)?;
        self.matrix(py, (x, names), thread_count, |inputs, threads| {
            Ok(self.saved.reconstructs()?.reconstruct(inputs, noise, seed, threads).reconstructed)
        })
    }

    /// Rows from codes of the last layer, as inputs, `[rows, inputs]`.
    fn decode<'py>(
        &self,
        py: Python<'py>,
        codes: PyReadonlyArray2<'py, f32>,
        thread_count: usize,
    ) -> PyResult<Matrix<'py>> {
        let units = *self.saved.layers().last().unwrap_or(&0);
        let (rows, found) = (codes.dims()[0], codes.dims()[1]);
        if found != units {
            let message = format!("codes have {found} values, but the model's have {units} features");
            return Err(PyValueError::new_err(message));
        }
        let codes = rows::of_matrix(codes.as_array().iter().copied().collect(), units, None, vec![None; rows], vec![]);
        let (codes, threads) = (codes.map_err(raised)?, threads(thread_count)?);
        let values = guarded(py, || {
            let decoded = self.saved.reconstructs()?.decode(&codes, &threads);
            decoded.ok_or_else(|| RunError::Argument("this model's decoder sees more than the code".to_owned()))
        })?;
        values.into_pyarray(py).reshape([rows, self.saved.features()])
    }

    /// Mean and deviation of each value, by which rows that are no table are standardised; nothing where they are not.
    #[getter]
    fn standards<'py>(&self, py: Python<'py>) -> Option<[Bound<'py, PyArray1<f32>>; 2]> {
        let standards = self.saved.preprocessing.encoding.standards()?;
        let array = |values: &[f32]| values.to_vec().into_pyarray(py);
        Some([array(standards.means()), array(standards.deviations())])
    }

    /// The logarithm of the product of all deviations by which rows were standardised; 0 where they were not.
    #[getter]
    fn ln_deviations(&self) -> f64 {
        self.saved.preprocessing.encoding.standards().map_or(0.0, |standards| standards.ln_deviations())
    }

    /// Free energies of rows in nats: their log-likelihoods are these negated, less `ln Z`.
    #[pyo3(signature = (x, names, thread_count))]
    fn free_energies<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        names: Option<Vec<String>>,
        thread_count: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let rows = rows::rows(x, names)?;
        let threads = threads(thread_count)?;
        let energies = guarded(py, || {
            let mut energies = Vec::new();
            self.each(rows, |inputs| {
                energies.extend(self.saved.density()?.free_energies(inputs, &threads));
                Ok(())
            })?;
            Ok(energies)
        })?;
        Ok(energies.into_pyarray(py))
    }

    /// `ln Z` in nats: summed where a side has few enough units, else estimated by annealing with so many chains and temperatures
    /// from the rows' base rates; and whether it was summed.
    #[pyo3(signature = (x, names, chains, temperatures, seed, thread_count))]
    fn ln_partition(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        names: Option<Vec<String>>,
        chains: usize,
        temperatures: usize,
        seed: u64,
        thread_count: usize,
    ) -> PyResult<(f64, bool)> {
        let rows = rows::rows(x, names)?;
        let threads = threads(thread_count)?;
        guarded(py, || {
            let density = self.saved.density()?;
            if let Ok(ln_z) = density.ln_partition(&threads) {
                return Ok((ln_z, true));
            }
            let Rows::Matrix { values, features, names, rows } = rows else {
                return Err(RunError::Argument("expected a matrix".to_owned()));
            };
            let data = rows::of_matrix(values, features, names, vec![None; rows], Vec::new())?;
            let inputs = self.saved.inputs(NAME, &data)?;
            let betas = (0..=temperatures).map(|i| i as f64 / temperatures.max(1) as f64).collect();
            let settings = Annealing { chains, betas, seed, ..Annealing::default() };
            let found = density.anneal(&inputs, &settings, &threads).map_err(|e| RunError::Argument(e.to_string()))?;
            Ok((found.forward.ln_z, false))
        })
    }

    /// States of chains after so many steps, `[chains, features]`: what each value is likely to be. Chains begin at the rows, or at random.
    #[pyo3(signature = (start, chains, steps, seed, thread_count))]
    fn walk<'py>(
        &self,
        py: Python<'py>,
        start: Option<&Bound<'py, PyAny>>,
        chains: usize,
        steps: u32,
        seed: u64,
        thread_count: usize,
    ) -> PyResult<Matrix<'py>> {
        let rows = start.map(|start| rows::rows(start, None)).transpose()?;
        let threads = threads(thread_count)?;
        let (chains, values) = guarded(py, || {
            let sampler = self.saved.samples()?;
            let mut last = Vec::new();
            let mut keep = |states: &[f32]| last = states.to_vec();
            let chains = match rows {
                Some(Rows::Matrix { values, features, rows, .. }) => {
                    let data = rows::of_matrix(values, features, None, vec![None; rows], Vec::new())?;
                    let inputs = self.saved.inputs(NAME, &data)?;
                    sampler.walk(Start::Rows(&inputs), steps, steps.max(1), None, seed, &threads, &mut keep);
                    rows
                }
                Some(Rows::Frame(_)) => return Err(RunError::Argument("expected a matrix".to_owned())),
                None => {
                    sampler.walk(Start::Random(chains), steps, steps.max(1), None, seed, &threads, &mut keep);
                    chains
                }
            };
            Ok((chains, last))
        })?;
        let width = values.len().checked_div(chains).unwrap_or(0);
        values.into_pyarray(py).reshape([chains, width])
    }

    /// Weights from each layer to the next, the lowest first: `[units below, units]`.
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Vec<Matrix<'py>>> {
        let weights = self.saved.encoder().map_err(raised)?.weights();
        weights
            .into_iter()
            .map(|(tensor, _)| tensor.values.into_pyarray(py).reshape([tensor.shape[0], tensor.shape[1]]))
            .collect()
    }

    fn __repr__(&self) -> String {
        let layers: Vec<String> = self.saved.layers().iter().map(ToString::to_string).collect();
        format!("<laddernet model '{}', {}>", self.saved.kind(), layers.join("-"))
    }
}
