//! Two IDX files, one of images and one of labels, as a dataset.

use super::{IdxArray, IdxValues, from_input};
use crate::error::DataError;
use crate::file::Input;
use laddernet::dataset::{Dataset, Scaling, Values};
use std::path::Path;

/// Labels beyond this are refused: a class has a name, and a damaged file should not make millions of them.
const MOST_CLASSES: usize = 65_536;

/// Reads a file of images and, where given, its file of labels; each may be gzip. The classes are named "0" to the
/// largest label, at least two. The shape of a row is that of the file without its first dimension. Bytes are
/// scaled by 1/255; all other types are inputs as they are.
///
/// # Errors
/// When a file cannot be read or is damaged (see [`super::parse`]), the counts differ, a label is negative or
/// beyond 65535, or a value is not finite.
pub fn read_pair(images: &Path, labels: Option<&Path>) -> Result<Dataset, DataError> {
    read_classes(images, labels, None)
}

/// As [`read_pair`], with the classes and the row shape of the training rows.
pub(crate) fn read_test_pair(images: &Path, labels: &Path, train: &Dataset) -> Result<Dataset, DataError> {
    let test = read_classes(images, Some(labels), Some(train.classes()))?;
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

/// Reads a pair; the number of classes is that given, or the largest label says it.
pub(crate) fn read_classes(images: &Path, labels: Option<&Path>, classes: Option<usize>) -> Result<Dataset, DataError> {
    let array = from_input(&mut Input::open(images)?)?;
    let images = images.display().to_string();
    let image_rows = array.shape[0];
    let Some(labels) = labels else {
        return Rows::of(array, &images, None)?.unlabelled(&images);
    };
    let mut input = Input::open(labels)?;
    let labels = labels_of(from_input(&mut input)?, input.name(), classes.unwrap_or(MOST_CLASSES))?;
    if image_rows != labels.len() {
        let (label_rows, labels) = (labels.len(), input.name().into());
        return Err(DataError::Count { images, image_rows, labels, label_rows });
    }
    let largest = labels.iter().max().copied().unwrap_or(0);
    let classes = classes.unwrap_or((largest as usize + 1).max(2));
    let names = (0..classes).map(|class| class.to_string()).collect();
    Rows::of(array, &images, None)?.dataset(labels.into_iter().map(Some).collect(), names, &images)
}

/// An unpacked IDX file of images in memory as a dataset without labels and classes.
///
/// # Errors
/// As [`read_pair`].
pub fn images(bytes: &[u8], name: &str) -> Result<Dataset, DataError> {
    Rows::of(super::parse(bytes, name)?, name, None)?.unlabelled(name)
}

/// An unpacked IDX file of labels in memory.
///
/// # Errors
/// When the file is damaged (see [`super::parse`]), has more than one dimension, is not of whole numbers, or a
/// label is negative or beyond 65535.
pub fn labels(bytes: &[u8], name: &str) -> Result<Vec<u32>, DataError> {
    labels_of(super::parse(bytes, name)?, name, MOST_CLASSES)
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
        // A row of no values can be declared any number of times; it takes no memory for labels either.
        let rows = self.values.len() / self.row_shape.iter().product::<usize>().max(1);
        self.dataset(vec![None; rows], vec![], name)
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

fn labels_of(array: IdxArray, name: &str, classes: usize) -> Result<Vec<u32>, DataError> {
    if array.shape.len() != 1 {
        let expected = "1, a label a row. Is this a file of images? Then give the images first, the labels second";
        return Err(DataError::IdxDimensions { name: name.into(), found: array.shape.len(), expected });
    }
    let check = |row: usize, found: i64| match u32::try_from(found) {
        Ok(label) if (label as usize) < classes => Ok(label),
        _ => Err(DataError::Label { name: name.into(), row, found, largest: classes.saturating_sub(1) }),
    };
    let found: Vec<i64> = match array.values {
        IdxValues::U8(v) => v.into_iter().map(i64::from).collect(),
        IdxValues::I8(v) => v.into_iter().map(i64::from).collect(),
        IdxValues::I16(v) => v.into_iter().map(i64::from).collect(),
        IdxValues::I32(v) => v.into_iter().map(i64::from).collect(),
        other => return Err(DataError::LabelType { name: name.into(), found: other.type_name() }),
    };
    found.into_iter().enumerate().map(|(row, label)| check(row, label)).collect()
}
