//! MNIST: 70000 handwritten digits of 28x28 pixels (LeCun, Cortes, Burges), from four IDX files on the user's disk.

use crate::error::DataError;
use crate::idx::{check_same_row_shape, read_classes};
use crate::locate;
use laddernet::dataset::{Dataset, Sealed};
use std::path::Path;

/// Reads the training rows and the sealed test set, from wherever [`locate::mnist`] finds them. The classes are
/// the ten digits. Sets of another size are taken too, as stand-ins, if training and test rows have one shape.
///
/// # Errors
/// When a file is missing or damaged, counts differ, a label is no digit, or the shapes do not agree.
pub fn load(explicit: Option<&Path>) -> Result<(Dataset, Sealed), DataError> {
    load_open(explicit).map(|(train, test)| (train, Sealed::new(test)))
}

/// As [`load`], before the seal is put on.
pub(crate) fn load_open(explicit: Option<&Path>) -> Result<(Dataset, Dataset), DataError> {
    let files = locate::mnist(explicit)?;
    let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let train = read_classes(&files.train_images, &files.train_labels, &digits, false)?;
    let test = read_classes(&files.test_images, &files.test_labels, &digits, false)?;
    check_same_row_shape(&files.test_images.display().to_string(), test.row_shape(), &train)?;
    Ok((train, test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Input;
    use crate::idx::{IdxArray, IdxValues, encode};
    use laddernet::dataset::Values;
    use sha2::{Digest, Sha256};

    fn write_set(folder: &Path, test_side: usize, last_label: u8) {
        let names = locate::MNIST_NAMES;
        for (images, labels, side) in [(names[0], names[1], 2), (names[2], names[3], test_side)] {
            let pixels = IdxValues::U8(vec![7; 3 * side * side]);
            let bytes = encode(&IdxArray { shape: vec![3, side, side], values: pixels });
            std::fs::write(folder.join(images), bytes).unwrap();
            let classes = IdxValues::U8(vec![0, 1, last_label]);
            let bytes = encode(&IdxArray { shape: vec![3], values: classes });
            std::fs::write(folder.join(labels), bytes).unwrap();
        }
    }

    #[test]
    fn stand_ins_are_read_and_misfits_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        write_set(folder.path(), 2, 9);
        let (train, test) = load(Some(folder.path())).unwrap();
        assert_eq!((train.rows(), train.classes(), test.rows()), (3, 10, 3));
        write_set(folder.path(), 3, 9);
        let message = load(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains("[3, 3]") && message.contains("[2, 2]"), "{message}");
        write_set(folder.path(), 2, 200);
        let message = load(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains("row 2 has label 200") && message.contains("0 to 9"), "{message}");
    }

    mod needs_mnist {
        use super::*;

        /// The hashes are of the unpacked files whose MD5 is the one published with torchvision; other public projects list the same.
        #[test]
        #[ignore = "needs MNIST: set LADDERNET_DATA_DIR"]
        fn the_real_files_unpack_to_the_published_bytes() {
            let files = locate::mnist(None).unwrap();
            for (path, hash) in [
                (files.train_images, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                (files.train_labels, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                (files.test_images, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                (files.test_labels, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            ] {
                let bytes = Input::open(&path).unwrap().next_bytes(u64::MAX).unwrap();
                assert_eq!(crate::source::hex(&Sha256::digest(&bytes)), hash, "{}", path.display());
            }
            let (train, test) = load_open(None).unwrap();
            assert_eq!((train.rows(), train.row_shape(), train.classes()), (60_000, &[28, 28][..], 10));
            assert_eq!((test.rows(), test.row_shape(), test.classes()), (10_000, &[28, 28][..], 10));
            assert!(matches!(train.values(), Values::U8(_)));
            assert_eq!(&train.labels()[..5], [5, 0, 4, 1, 9].map(Some));
        }
    }
}
