//! Every way an IDX file can be wrong, and that what was written is read back.

use super::*;
use crate::gz::pack;
use laddernet::dataset::{Dataset, Scaling};
use proptest::prelude::*;
use std::path::PathBuf;

fn images_file() -> Vec<u8> {
    encode(&IdxArray { shape: vec![2, 2, 3], values: IdxValues::U8(vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]) })
}

fn labels_file() -> Vec<u8> {
    encode(&IdxArray { shape: vec![2], values: IdxValues::U8(vec![1, 0]) })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn a_pair_is_read_packed_or_not() {
    let folder = Folder::new();
    for (images, labels) in [(images_file(), labels_file()), (pack(&images_file()), pack(&labels_file()))] {
        let (images, labels) = (folder.write("images", &images), folder.write("labels", &labels));
        let dataset = read_pair(&images, Some(&labels)).unwrap();
        assert_eq!((dataset.rows(), dataset.row_shape(), dataset.scaling()), (2, &[2, 3][..], Scaling::BYTES));
        assert_eq!((dataset.labels(), dataset.class_names()), (&[Some(1), Some(0)][..], &["0".into(), "1".into()][..]));
        assert_eq!(dataset.input(1, 5), 1.0);
        let unlabelled = read_pair(&images, None).unwrap();
        assert_eq!((unlabelled.labels(), unlabelled.classes()), (&[None, None][..], 0));
    }
}

#[test]
fn every_cut_of_either_file_is_an_error() {
    let folder = Folder::new();
    let (images, labels) = (folder.write("images", &images_file()), folder.write("labels", &labels_file()));
    for (whole, is_images) in [(images_file(), true), (labels_file(), false)] {
        for whole in [whole.clone(), pack(&whole)] {
            for end in 0..whole.len() {
                let cut = folder.write("cut", &whole[..end]);
                let result = if is_images { read_pair(&cut, Some(&labels)) } else { read_pair(&images, Some(&cut)) };
                let error = result.unwrap_err();
                let message = error.to_string();
                assert!(message.contains("cut"), "cut at {end}: {message}");
                match end {
                    0 => assert!(matches!(error, DataError::Empty { .. }), "{message}"),
                    _ => assert!(
                        matches!(error, DataError::Truncated { .. } | DataError::GzipTruncated { .. }),
                        "cut at {end}: {message}"
                    ),
                }
            }
        }
    }
}

#[test]
fn each_fault_has_its_own_message() {
    let header = |kind: u8, lengths: &[u32]| {
        let mut bytes = vec![0, 0, kind, lengths.len() as u8];
        bytes.extend(lengths.iter().flat_map(|n| n.to_be_bytes()));
        bytes
    };
    let parse = |bytes: &[u8]| super::parse(bytes, "x").unwrap_err();
    assert!(matches!(parse(&[images_file(), vec![0]].concat()), DataError::TooLong { expected: 28, .. }));
    assert!(matches!(parse(b"<!DOCTYPE html>"), DataError::NotIdx { .. }));
    assert!(matches!(parse(&[1, 0, 8, 1]), DataError::NotIdx { .. }));
    assert!(matches!(parse(&header(0x0a, &[1])), DataError::IdxType { found: 0x0a, .. }));
    assert!(matches!(parse(&header(0x08, &[])), DataError::IdxDimensions { found: 0, .. }));
    // Declared lengths are believed only as far as there are bytes, and may overflow.
    assert!(matches!(parse(&header(0x08, &[u32::MAX])), DataError::Truncated { found: 8, .. }));
    assert!(matches!(parse(&header(0x0e, &[u32::MAX; 3])), DataError::TooLarge { .. }));
    assert!(matches!(parse(&header(0x0e, &[u32::MAX; 255])), DataError::Truncated { .. } | DataError::TooLarge { .. }));
}

#[test]
fn a_packed_file_that_declares_more_than_it_can_hold_is_refused_unread() {
    let folder = Folder::new();
    let bomb = folder.write("bomb.gz", &pack(&[&[0, 0, 8, 1, 0x7f, 0xff, 0xff, 0xff][..], &[0; 100_000]].concat()));
    let error = read_pair(&bomb, None).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    // The values end with the length declared, the zeros behind it are never unpacked.
    let long = folder.write("long.gz", &pack(&[&images_file()[..], &vec![0; 1_000_000]].concat()));
    assert!(matches!(read_pair(&long, None).unwrap_err(), DataError::TooLong { .. }));
    let trailing = folder.write("trailing.gz", &[pack(&images_file()), vec![0; 4]].concat());
    assert!(matches!(read_pair(&trailing, None).unwrap_err(), DataError::GzipTrailing { .. }));
}

#[test]
fn images_and_labels_must_belong_together() {
    let folder = Folder::new();
    let (images, labels) = (folder.write("images", &images_file()), folder.write("labels", &labels_file()));
    let three = encode(&IdxArray { shape: vec![3], values: IdxValues::U8(vec![0, 1, 2]) });
    let error = read_pair(&images, Some(&folder.write("three", &three))).unwrap_err();
    assert!(matches!(error, DataError::Count { image_rows: 2, label_rows: 3, .. }), "{error}");
    let swapped = read_pair(&labels, Some(&images)).unwrap_err().to_string();
    assert!(swapped.contains("the images first, the labels second"), "{swapped}");
    let negative = encode(&IdxArray { shape: vec![2], values: IdxValues::I16(vec![0, -2]) });
    let error = super::labels(&negative, "x").unwrap_err();
    assert!(matches!(error, DataError::Label { row: 1, found: -2, .. }), "{error}");
    let huge = encode(&IdxArray { shape: vec![1], values: IdxValues::I32(vec![i32::MAX]) });
    assert!(matches!(super::labels(&huge, "x"), Err(DataError::Label { .. })));
    let real = encode(&IdxArray { shape: vec![1], values: IdxValues::F32(vec![1.0]) });
    assert!(matches!(super::labels(&real, "x"), Err(DataError::LabelType { found: "f32", .. })));
}

fn labelled(labels: IdxValues, rows: usize) -> Result<Dataset, DataError> {
    let folder = Folder::new();
    let count = match &labels {
        IdxValues::U8(v) => v.len(),
        IdxValues::I8(v) => v.len(),
        IdxValues::I32(v) => v.len(),
        _ => unreachable!("labels of these tests"),
    };
    let images = encode(&IdxArray { shape: vec![rows, 2], values: IdxValues::U8(vec![7; 2 * rows]) });
    let labels = encode(&IdxArray { shape: vec![count], values: labels });
    read_pair(&folder.write("images", &images), Some(&folder.write("labels", &labels)))
}

#[test]
fn rows_without_a_label_can_be_handed_over() {
    let expected = [Some(0), None, Some(1)];
    for labels in [
        IdxValues::I8(vec![0, -1, 1]),
        IdxValues::I32(vec![0, -1, 1]),
        IdxValues::U8(vec![0, 255, 1]),
        // The classes are 0 and 99.
        IdxValues::U8(vec![0, 255, 99]),
    ] {
        assert_eq!(labelled(labels, 3).unwrap().labels(), expected);
    }
    let many = labelled(IdxValues::U8(vec![0, 255, 100]), 3).unwrap();
    assert_eq!(
        (many.labels(), many.class_names()),
        (&[Some(0), Some(2), Some(1)][..], &["0", "100", "255"].map(String::from)[..])
    );
    // Fewer labels than rows are of the first ones.
    let first = labelled(IdxValues::U8(vec![1, 0]), 4).unwrap();
    assert_eq!(first.labels(), [Some(1), Some(0), None, None]);
    let error = labelled(IdxValues::U8(vec![1, 0, 1]), 2).unwrap_err().to_string();
    assert!(error.contains("2 images") && error.contains("3 labels: expected one label an image at most"), "{error}");
    let none = labelled(IdxValues::I8(vec![-1, -1]), 2).unwrap();
    assert_eq!((none.labels(), none.classes()), (&[None, None][..], 0));
}

#[test]
fn classes_are_the_labels_that_occur() {
    let names = |labels: &[u8]| labelled(IdxValues::U8(labels.to_vec()), labels.len()).unwrap().class_names().to_vec();
    assert_eq!(names(&[3, 1, 2]), ["1", "2", "3"]);
    assert_eq!(names(&[10, 2, 10]), ["2", "10"]);
    assert_eq!(names(&[5, 5]), ["5"]);
    assert_eq!(names(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    // Labels of a test file are among them.
    let folder = Folder::new();
    let images = folder.write("images", &encode(&IdxArray { shape: vec![2, 2], values: IdxValues::U8(vec![7; 4]) }));
    let write = |name: &str, labels: Vec<u8>| {
        folder.write(name, &encode(&IdxArray { shape: vec![labels.len()], values: IdxValues::U8(labels) }))
    };
    let train = read_pair(&images, Some(&write("train", vec![1, 3]))).unwrap();
    let test = |labels| read_test_pair(&images, &write("test", labels), &train);
    assert_eq!(test(vec![3, 3]).unwrap().labels(), [Some(1), Some(1)]);
    assert_eq!(test(vec![3, 255]).unwrap().labels(), [Some(1), None]);
    let message = test(vec![1, 2]).unwrap_err().to_string();
    assert!(
        message.contains("test: row 1 has label 2: expected one of the classes that are learned: 1, 3;"),
        "{message}"
    );
    assert!(matches!(test(vec![1]), Err(DataError::Count { .. })));
}

#[test]
fn only_bytes_are_scaled_and_other_types_are_inputs() {
    let image = |values| super::images(&encode(&IdxArray { shape: vec![1, 2], values }), "x");
    assert_eq!(image(IdxValues::F32(vec![0.0, 0.5])).unwrap().input(0, 1), 0.5);
    assert_eq!(image(IdxValues::F64(vec![0.0, 0.25])).unwrap().input(0, 1), 0.25);
    assert_eq!(image(IdxValues::I32(vec![0, 1])).unwrap().input(0, 1), 1.0);
    assert_eq!(image(IdxValues::F32(vec![0.0, -254.0])).unwrap().input(0, 1), -254.0);
    for bad in [f64::NAN, f64::INFINITY, 1e300] {
        assert!(image(IdxValues::F64(vec![0.0, bad])).is_err(), "{bad}");
    }
}

#[test]
fn rows_without_values_are_refused_without_memory_for_them() {
    for shape in [vec![0, 28, 28], vec![u32::MAX as usize, 0]] {
        let empty = encode(&IdxArray { shape, values: IdxValues::U8(vec![]) });
        let message = super::images(&empty, "x").unwrap_err().to_string();
        assert!(message.contains("empty"), "{message}");
    }
}

/// Found by fuzzing: a zero in front hid the overflow of the lengths behind it.
#[test]
fn lengths_that_overflow_are_refused_wherever_a_zero_stands() {
    for at in 0..4 {
        let mut lengths = [u32::MAX; 4];
        lengths[at] = 0;
        let bytes = [vec![0, 0, 8, 4], lengths.iter().flat_map(|n| n.to_be_bytes()).collect()].concat();
        assert!(matches!(super::images(&bytes, "x"), Err(DataError::TooLarge { .. })));
    }
}

fn any_array() -> impl Strategy<Value = IdxArray> {
    let shape = proptest::collection::vec(0usize..5, 1..4);
    let bytes = proptest::collection::vec(any::<[u8; 8]>(), 64);
    (shape, bytes, 0..6).prop_map(|(shape, bytes, kind)| {
        let n: usize = shape.iter().product();
        let bytes = &bytes[..n];
        let values = match kind {
            0 => IdxValues::U8(bytes.iter().map(|b| b[0]).collect()),
            1 => IdxValues::I8(bytes.iter().map(|b| b[0] as i8).collect()),
            2 => IdxValues::I16(bytes.iter().map(|b| i16::from_be_bytes([b[0], b[1]])).collect()),
            3 => IdxValues::I32(bytes.iter().map(|b| i32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect()),
            4 => IdxValues::F32(bytes.iter().map(|b| f32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect()),
            _ => IdxValues::F64(bytes.iter().map(|&b| f64::from_be_bytes(b)).collect()),
        };
        IdxArray { shape, values }
    })
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(array in any_array()) {
        let bytes = encode(&array);
        let read = super::parse(&bytes, "x").unwrap();
        // Compared as bytes, since a NaN differs from itself.
        prop_assert_eq!(&read.shape, &array.shape);
        prop_assert_eq!(encode(&read), bytes);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..64), kind in 0u8..16, dims in 0u8..4) {
        let _ = super::parse(&bytes, "x");
        let likely = [&[0, 0, kind, dims][..], &bytes].concat();
        let _ = super::parse(&likely, "x");
        let _ = super::images(&likely, "x");
        let _ = super::labels(&likely, "x");
    }
}
