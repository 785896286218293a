//! Two IDX files, one of images and one of labels, as a dataset.

use super::{IdxArray, IdxValues, from_input};
use crate::error::DataError;
use crate::file::Input;
use laddernet::dataset::{Dataset, Scaling, Values};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Labels beyond this are refused: a class has a name, and a damaged file should not make millions of them.
const LARGEST_LABEL: u32 = 65_535;

/// A file of labels has no type for "none". As a byte, 255 is none where all other labels are below this: so many classes that 255 can be
/// one of them are rare, and number themselves without such a gap.
const FEW_CLASSES: u32 = 100;

/// Reads a file of images and, where given, its file of labels; each may be gzip. The classes are the labels that occur, named by their
/// number, in order. The shape of a row is that of the file without its first dimension. Bytes are scaled by 1/255; all other types are
/// inputs as they are.
///
/// Not every row needs a label: where there are fewer labels than images, these are of the first ones; a label of -1 is none, and so is a
/// byte of 255 where every other label is below 100.
///
/// # Errors
/// When a file cannot be read or is damaged (see [`super::parse`]), there are more labels than images, a label is below -1 or beyond
/// 65535, or a value is not finite.
pub fn read_pair(images: &Path, labels: Option<&Path>) -> Result<Dataset, DataError> {
    let array = from_input(&mut Input::open(images)?)?;
    let (images, image_rows) = (images.display().to_string(), array.shape[0]);
    let Some(labels) = labels else {
        return Rows::of(array, &images, None)?.unlabelled(&images);
    };
    let mut input = Input::open(labels)?;
    let mut labels = labels_of(from_input(&mut input)?, input.name(), true)?;
    if image_rows < labels.len() {
        let (label_rows, labels) = (labels.len(), input.name().into());
        let expected = "one label an image at most";
        return Err(DataError::Count { images, image_rows, labels, label_rows, expected });
    }
    let rows = Rows::of(array, &images, None)?;
    labels.resize(rows.count().min(image_rows), None);
    let numbers: BTreeSet<u32> = labels.iter().flatten().copied().collect();
    let names: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let labels = places(&labels, &names, input.name())?;
    rows.dataset(labels, names, &images)
}

/// As [`read_pair`], with the classes and the row shape of the training rows.
pub(crate) fn read_test_pair(images: &Path, labels: &Path, train: &Dataset) -> Result<Dataset, DataError> {
    let test = read_classes(images, labels, train.class_names(), true)?;
    check_same_row_shape(&images.display().to_string(), test.row_shape(), train)?;
    Ok(test)
}

/// Refuses rows of another shape than the training rows'.
pub(crate) fn check_same_row_shape(name: &str, found: &[usize], train: &Dataset) -> Result<(), DataError> {
    if found == train.row_shape() {
        return Ok(());
    }
    let whose = "the training rows have; check that the files belong together";
    Err(row_length(name, found, train.row_shape(), whose))
}

/// The error for rows of another length or shape than expected.
pub(crate) fn row_length(name: &str, found: &[usize], expected: &[usize], whose: &'static str) -> DataError {
    let in_words = |shape: &[usize]| format!("{} {shape:?}", shape.iter().product::<usize>());
    DataError::RowLength { name: name.into(), found: in_words(found), expected: in_words(expected), whose }
}

/// Reads a pair of which each row has a label of these classes, or, with `marks`, one that stands for none.
pub(crate) fn read_classes(
    images: &Path,
    labels: &Path,
    class_names: &[String],
    marks: bool,
) -> Result<Dataset, DataError> {
    let array = from_input(&mut Input::open(images)?)?;
    let (images, image_rows) = (images.display().to_string(), array.shape[0]);
    let mut input = Input::open(labels)?;
    let labels = places(&labels_of(from_input(&mut input)?, input.name(), marks)?, class_names, input.name())?;
    if image_rows != labels.len() {
        let (label_rows, labels) = (labels.len(), input.name().into());
        return Err(DataError::Count { images, image_rows, labels, label_rows, expected: "one label an image" });
    }
    Rows::of(array, &images, None)?.dataset(labels, class_names.to_vec(), &images)
}

/// An unpacked IDX file of images in memory as a dataset without labels and classes.
///
/// # Errors
/// As [`read_pair`].
pub fn images(bytes: &[u8], name: &str) -> Result<Dataset, DataError> {
    Rows::of(super::parse(bytes, name)?, name, None)?.unlabelled(name)
}

/// An unpacked IDX file of labels in memory, with `None` for those that stand for no label: see [`read_pair`].
///
/// # Errors
/// When the file is damaged (see [`super::parse`]), has more than one dimension, is not of whole numbers, or a
/// label is below -1 or beyond 65535.
pub fn labels(bytes: &[u8], name: &str) -> Result<Vec<Option<u32>>, DataError> {
    labels_of(super::parse(bytes, name)?, name, true)
}

/// Values, shape and scaling of an array of images, before the labels are known.
pub(crate) struct Rows {
    pub(crate) values: Values,
    pub(crate) row_shape: Vec<usize>,
    pub(crate) scaling: Scaling,
}

impl Rows {
    /// Bytes are scaled as `asked`, else by 1/255; other types are inputs as they are.
    pub(crate) fn of(array: IdxArray, name: &str, asked: Option<Scaling>) -> Result<Rows, DataError> {
        let row_shape = array.shape[1..].to_vec();
        if row_shape.is_empty() {
            let expected =
                "2 or more, rows first. Is this a file of labels? Then give the images first, the labels second";
            return Err(DataError::IdxDimensions { name: name.into(), found: 1, expected });
        }
        let (values, scaling) = match array.values {
            IdxValues::U8(v) => (Values::U8(v), asked.unwrap_or(Scaling::BYTES)),
            IdxValues::I8(v) => (Values::F32(v.into_iter().map(f32::from).collect()), Scaling::NONE),
            IdxValues::I16(v) => (Values::F32(v.into_iter().map(f32::from).collect()), Scaling::NONE),
            IdxValues::I32(v) => (Values::F32(v.into_iter().map(|x| x as f32).collect()), Scaling::NONE),
            IdxValues::F32(v) => (Values::F32(v), Scaling::NONE),
            IdxValues::F64(v) => (Values::F32(v.into_iter().map(|x| x as f32).collect()), Scaling::NONE),
        };
        Ok(Rows { values, row_shape, scaling })
    }

    /// The rows without labels and classes.
    pub(crate) fn unlabelled(self, name: &str) -> Result<Dataset, DataError> {
        let rows = self.count();
        self.dataset(vec![None; rows], vec![], name)
    }

    /// Number of rows. A row of no values can be declared any number of times; it counts for none and takes no memory for labels.
    fn count(&self) -> usize {
        self.values.len() / self.row_shape.iter().product::<usize>().max(1)
    }

    /// The rows with labels.
    pub(crate) fn dataset(
        self,
        labels: Vec<Option<u32>>,
        class_names: Vec<String>,
        name: &str,
    ) -> Result<Dataset, DataError> {
        Dataset::new(self.values, labels, class_names, self.row_shape, self.scaling).map_err(DataError::dataset(name))
    }
}

/// The labels as they are numbered in the file; with `marks`, those that stand for none are `None`.
fn labels_of(array: IdxArray, name: &str, marks: bool) -> Result<Vec<Option<u32>>, DataError> {
    if array.shape.len() != 1 {
        let expected = "1, a label a row. Is this a file of images? Then give the images first, the labels second";
        return Err(DataError::IdxDimensions { name: name.into(), found: array.shape.len(), expected });
    }
    let (found, mark): (Vec<i64>, i64) = match array.values {
        IdxValues::U8(v) => {
            let few = v.iter().all(|&label| label == u8::MAX || u32::from(label) < FEW_CLASSES);
            (v.into_iter().map(i64::from).collect(), if few { i64::from(u8::MAX) } else { -1 })
        }
        IdxValues::I8(v) => (v.into_iter().map(i64::from).collect(), -1),
        IdxValues::I16(v) => (v.into_iter().map(i64::from).collect(), -1),
        IdxValues::I32(v) => (v.into_iter().map(i64::from).collect(), -1),
        other => return Err(DataError::LabelType { name: name.into(), found: other.type_name() }),
    };
    let check = |(row, found): (usize, i64)| match u32::try_from(found) {
        _ if marks && found == mark => Ok(None),
        Ok(label) if label <= LARGEST_LABEL => Ok(Some(label)),
        _ => {
            let none = if marks { ", or -1 for a row without a label" } else { "" };
            let expected = format!("0 to {LARGEST_LABEL}{none}");
            Err(DataError::Label { name: name.into(), row, found, expected })
        }
    };
    found.into_iter().enumerate().map(check).collect()
}

/// Labels as places among the classes, which are named by their numbers.
fn places(labels: &[Option<u32>], class_names: &[String], name: &str) -> Result<Vec<Option<u32>>, DataError> {
    let numbers = class_names.iter().zip(0..).filter_map(|(class, place)| Some((class.parse().ok()?, place)));
    let places: BTreeMap<u32, u32> = numbers.collect();
    let place = |(row, label): (usize, &Option<u32>)| match label {
        None => Ok(None),
        Some(label) => places.get(label).copied().map(Some).ok_or_else(|| DataError::Label {
            name: name.into(),
            row,
            found: i64::from(*label),
            expected: in_words(class_names),
        }),
    };
    labels.iter().enumerate().map(place).collect()
}

/// The classes of the training rows in a message.
fn in_words(class_names: &[String]) -> String {
    let without_gaps = class_names.iter().zip(0..).all(|(name, place): (_, usize)| *name == place.to_string());
    match class_names {
        [] => "none, as there are no classes".into(),
        [first, .., last] if without_gaps => format!("{first} to {last}"),
        [first, .., last] if class_names.len() > 12 => {
            format!("one of the {} classes that are learned, {first} to {last}", class_names.len())
        }
        names => format!("one of the classes that are learned: {}", names.join(", ")),
    }
}
