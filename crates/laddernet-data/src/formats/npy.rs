//! NPY and NPZ, the files of NumPy: an array of rows, perhaps with an array of labels.
//!
//! | shape of the rows | what becomes of it |
//! |---|---|
//! | `N`, `N x 1` | one column, `x0` |
//! | `N x D` | columns `x0`, `x1`, ... |
//! | `N x H x W`, `N x H x W x C` with 1, 3 or 4 channels | pictures |
//! | `N` of a structured type | a column for each field |
//!
//! Labels are a column `label` of words. Rows are read one batch at a time, also out of a packed NPZ file; only an array whose first
//! dimension runs fastest ("Fortran order") is read whole.

mod array;
mod dtype;
mod header;
mod literal;
mod npz;
#[cfg(test)]
mod tests;

pub use npz::{Keys, Part, Parts};

use crate::error::DataError;
use crate::formats::stored::Stored;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts, unlike};
use array::{Array, Section};
use dtype::{Kind, Strided};
use header::Field;
use laddernet::dataset::{Scaling, Values};
use laddernet::table::Pixels;
use npz::Entries;
use std::path::Path;

/// The most columns that an array may have.
const MOST_COLUMNS: usize = 1 << 20;

/// Bytes of an array that are turned into cells at once.
const BATCH_BYTES: usize = 64 << 20;

/// Opens an NPY file of rows and, where given, one of labels. Each may be an NPZ file of a single array.
///
/// # Errors
/// When a file cannot be read, is damaged, holds values that cannot become cells, or their numbers of rows differ.
pub fn open(x: &Path, y: Option<&Path>) -> Result<Npy, DataError> {
    let section = |path: &Path| -> Result<Section, DataError> {
        let stored = Stored::open(path)?;
        let name = stored.name().to_owned();
        if !npz::is_zip(&stored.piece(0, 2)?) {
            return Ok(Section::whole(stored));
        }
        let entries = Entries::read(&stored)?;
        entries.section(&entries.parts(&name)?.train.x, &name)
    };
    let name = x.display().to_string();
    Npy::new(name, section(x)?, y.map(section).transpose()?)
}

/// The rows of an NPY file in memory, or of an NPZ file with the usual names.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Npy, DataError> {
    if npz::is_zip(&bytes) {
        return npz_from_bytes(bytes, name, None, None, Part::Train);
    }
    Npy::new(name.into(), Section::whole(Stored::of_bytes(bytes, name)), None)
}

/// Opens the rows and labels of an NPZ file. Keys that are not named are guessed from the usual names for `part`; a named key of rows
/// comes without labels unless theirs is named, too.
///
/// # Errors
/// As [`open`], and when the names do not say which arrays to take: the error lists them with their shapes.
pub fn open_npz(path: &Path, x_key: Option<&str>, y_key: Option<&str>, part: Part) -> Result<Npy, DataError> {
    of_npz(&Stored::open(path)?, x_key, y_key, part)
}

/// As [`open_npz`], of a file in memory.
///
/// # Errors
/// As [`open_npz`].
pub fn npz_from_bytes(
    bytes: Vec<u8>,
    name: &str,
    x_key: Option<&str>,
    y_key: Option<&str>,
    part: Part,
) -> Result<Npy, DataError> {
    of_npz(&Stored::of_bytes(bytes, name), x_key, y_key, part)
}

/// Which arrays of an NPZ file are for learning, for validation and for testing, by the usual names.
///
/// # Errors
/// When the file cannot be read or is damaged, or the names do not say it.
pub fn npz_parts(path: &Path) -> Result<Parts, DataError> {
    let stored = Stored::open(path)?;
    Entries::read(&stored)?.parts(stored.name())
}

fn of_npz(stored: &Stored, x: Option<&str>, y: Option<&str>, part: Part) -> Result<Npy, DataError> {
    let name = stored.name();
    let entries = Entries::read(stored)?;
    let keys = npz::keys(&entries, name, x, y, part)?;
    let labels = keys.y.as_deref().map(|key| entries.section(key, name)).transpose()?;
    Npy::new(name.into(), entries.section(&keys.x, name)?, labels)
}

/// The rows of an array, and their labels where there are any.
pub struct Npy {
    name: String,
    x: Array,
    y: Option<Array>,
    columns: Vec<SourceColumn>,
    /// The shape of a picture, where rows are pictures.
    picture: Option<Vec<usize>>,
    row: u64,
    bytes: Vec<u8>,
}

impl Npy {
    fn new(name: String, x: Section, y: Option<Section>) -> Result<Self, DataError> {
        let x = Array::open(x)?;
        let wrong = |array: &Array, found: String, expected: &str| DataError::Format {
            name: array.section.name.clone(),
            place: "the shape".into(),
            found,
            expected: expected.into(),
        };
        let (shape, fields) = (&x.header.shape, &x.header.fields);
        let mut picture = None;
        let names = match (&shape[1..], &fields[..]) {
            ([], [Field { name: None, .. }]) => vec!["x0".to_owned()],
            ([], fields) => fields.iter().map(|field| field.name.clone().unwrap_or_default()).collect(),
            (_, [Field { name: Some(_), .. }, ..]) => {
                let found = format!("fields in an array of shape {}", npz::shape(&x.header));
                return Err(wrong(&x, found, "one dimension where the type has fields"));
            }
            (&[width], _) if width <= MOST_COLUMNS => (0..width).map(|at| format!("x{at}")).collect(),
            (&[width], _) => return Err(wrong(&x, format!("{width} columns"), "at most 1048576")),
            (&[_, _, ..], [Field { kind, .. }]) if kind.is_text() || matches!(kind, Kind::Dates(..)) => {
                let found = format!("words or dates in an array of shape {}", npz::shape(&x.header));
                return Err(wrong(&x, found, "at most two dimensions of them, rows first"));
            }
            (&[height, width] | &[height, width, 1], _) => {
                picture = Some(vec![height, width]);
                vec![]
            }
            (&[height, width, channels @ (3 | 4)], _) => {
                picture = Some(vec![height, width, channels]);
                vec![]
            }
            _ => {
                let expected = "N, NxD, NxHxW, or NxHxWxC with 1, 3 or 4 channels; where the channels stand before the rows of a picture, save array.transpose(0, 2, 3, 1), else array.reshape(len(array), -1)";
                return Err(wrong(&x, npz::shape(&x.header), expected));
            }
        };
        let y = y.map(Array::open).transpose()?;
        if let Some(y) = &y {
            if !matches!(y.header.shape[..], [_] | [_, 1]) || y.header.fields.len() != 1 {
                let found = format!("labels of shape {}", npz::shape(&y.header));
                let expected = "one label a row, N or Nx1; where each class has a column, save array.argmax(axis=1)";
                return Err(wrong(y, found, expected));
            }
            if y.rows != x.rows {
                let found = format!("{} labels for the {} rows of {}", y.rows, x.rows, x.section.name);
                return Err(wrong(y, found, "one label a row; check that the two belong together"));
            }
        }
        let names = unlike(names.into_iter().chain(y.is_some().then(|| "label".to_owned())).collect());
        let columns = names.into_iter().map(SourceColumn::named).collect();
        Ok(Npy { name, x, y, columns, picture, row: 0, bytes: Vec::new() })
    }

    /// The kind and the place of each column in a row.
    fn cells(&self) -> impl Iterator<Item = (Kind, usize)> + '_ {
        let fields = &self.x.header.fields;
        let times = if self.picture.is_some() { 0 } else { self.x.row / self.x.header.element().max(1) };
        let mut offset = 0;
        (0..times).flat_map(move |_| fields.iter()).map(move |field| {
            offset += field.kind.size();
            (field.kind, offset - field.kind.size())
        })
    }

    fn write_cells(&self, columns: &mut [Cells]) -> Result<(), DataError> {
        let places: Vec<(Kind, usize)> = self.cells().collect();
        for (cells, &(kind, _)) in columns.iter_mut().zip(&places) {
            make_ready(cells, kind);
        }
        // In blocks that stay in a cache while each column takes its values from them.
        let rows = ((256 << 10) / self.x.row.max(1)).max(1);
        for (block, bytes) in self.bytes.chunks(rows * self.x.row.max(1)).enumerate() {
            for (cells, &(kind, offset)) in columns.iter_mut().zip(&places) {
                let column = Strided { bytes, offset, stride: self.x.row };
                match cells {
                    Cells::Booleans(truths) => column.push_truths(truths),
                    Cells::Numbers(numbers) | Cells::Dates(numbers) => column.push_numbers(kind, numbers),
                    Cells::Text(texts) => column
                        .push_texts(kind, texts)
                        .map_err(|at| self.no_text(&self.x, (block * rows + at) as u64))?,
                }
            }
        }
        Ok(())
    }

    fn no_text(&self, array: &Array, row: u64) -> DataError {
        DataError::Format {
            name: array.section.name.clone(),
            place: self.place(self.row + row),
            found: "a number that stands for no letter".into(),
            expected: "text; the file is damaged".into(),
        }
    }

    fn pixels(&self, shape: &[usize]) -> Pixels {
        let kind = self.x.header.fields[0].kind;
        let shape = shape.to_vec();
        if kind.is_byte() {
            return Pixels { values: Values::U8(self.bytes.clone()), shape, scaling: Scaling::BYTES.assumed() };
        }
        let mut values = Vec::with_capacity(self.bytes.len() / kind.size());
        let mut numbers = Vec::new();
        for bytes in self.bytes.chunks(kind.size() << 12) {
            numbers.clear();
            Strided { bytes, offset: 0, stride: kind.size() }.push_numbers(kind, &mut numbers);
            values.extend(numbers.iter().map(|&number| number as f32));
        }
        Pixels { values: Values::F32(values), shape, scaling: Scaling::NONE }
    }
}

/// Makes the cells empty and of the variant that the kind needs, and keeps their memory where it can.
fn make_ready(cells: &mut Cells, kind: Kind) {
    match (&mut *cells, kind) {
        (Cells::Text(texts), Kind::Letters(..) | Kind::Bytes(_)) => texts.clear(),
        (Cells::Booleans(truths), Kind::Truth) => truths.clear(),
        (Cells::Dates(days), Kind::Dates(..)) => days.clear(),
        (Cells::Numbers(numbers), Kind::Signed(_) | Kind::Unsigned(_) | Kind::Float(_)) => numbers.clear(),
        (_, Kind::Letters(..) | Kind::Bytes(_)) => *cells = Cells::Text(Texts::default()),
        (_, Kind::Truth) => *cells = Cells::Booleans(Vec::new()),
        (_, Kind::Dates(..)) => *cells = Cells::Dates(Vec::new()),
        _ => *cells = Cells::Numbers(Vec::new()),
    }
}

impl RowSource for Npy {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        let most = most.min((BATCH_BYTES / self.x.row.max(1)).max(1));
        let mut bytes = std::mem::take(&mut self.bytes);
        batch.rows = self.x.next(most, &mut bytes)?;
        self.bytes = bytes;
        batch.columns.resize_with(self.columns.len(), || Cells::Numbers(Vec::new()));
        self.write_cells(&mut batch.columns)?;
        batch.pixels = self.picture.as_deref().filter(|_| batch.rows > 0).map(|shape| self.pixels(shape));
        if let Some(y) = &mut self.y {
            y.next(batch.rows, &mut self.bytes)?;
            let kind = y.header.fields[0].kind;
            let mut texts = Texts::default();
            let labels = Strided { bytes: &self.bytes, offset: 0, stride: kind.size() };
            let pushed = labels.push_texts(kind, &mut texts);
            if let (Err(at), Some(y)) = (pushed, &self.y) {
                return Err(self.no_text(y, at as u64));
            }
            if let Some(last) = batch.columns.last_mut() {
                *last = Cells::Text(texts);
            }
        }
        self.row += batch.rows as u64;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.row = 0;
        self.x.restart()?;
        self.y.as_mut().map_or(Ok(()), Array::restart)
    }
}
