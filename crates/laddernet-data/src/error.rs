//! What can be wrong with data from outside, each said with the place, what was found, what was expected and
//! what to do.

use laddernet::dataset::DatasetError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why data could not be read, found or fetched. `name` is the file as the user called it; lines and columns of
/// text are counted from 1, rows and columns of a table in memory from 0.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: "open", "read", "look at", or, of writing, "create", "write", "lock" and the like.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// What stands at a place of a file is not what its format has there.
    #[error("{name}, {place}: found {found}: expected {expected}")]
    Format {
        /// The file.
        name: String,
        /// Where: "line 7, column 'age'", "byte 12", "row group 3".
        place: String,
        /// What was found, in words or quoted.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// Rows that only the program which has them can hand over.
    #[error("the rows were in the memory of another program: expected a file of rows, or the same program")]
    InMemory,
    /// A user's own table that cannot be learned from as it is.
    #[error("{name}, {place}: {reason}")]
    Own {
        /// The file.
        name: String,
        /// What of it: "the target", "the columns".
        place: String,
        /// What was found, what was expected and what to do.
        reason: String,
    },
    /// A file without content.
    #[error("{name} is empty: expected {expected}; copy or download it again")]
    Empty {
        /// The file.
        name: String,
        /// What should have been there.
        expected: String,
    },
    /// A table of names of columns alone.
    #[error("{name} has only a header: expected rows of {features} numbers under it")]
    OnlyHeader {
        /// The file.
        name: String,
        /// Numbers a row.
        features: usize,
    },
    /// The file ends before what its header promises.
    #[error(
        "{name} ends after {found} bytes, inside {place}: expected {expected} bytes. It is cut short; copy or download it again"
    )]
    Truncated {
        /// The file.
        name: String,
        /// The part in which it ends.
        place: &'static str,
        /// Bytes expected in all.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The file goes on after the end that its header promises.
    #[error(
        "{name} goes on after byte {expected}, where its header says that it ends: expected nothing more. Header and values do not belong together; copy or download it again"
    )]
    TooLong {
        /// The file.
        name: String,
        /// Bytes expected in all.
        expected: u64,
    },
    /// The file declares, or unpacks to, more than can be right.
    #[error(
        "{name} holds or declares {found} bytes: expected at most {limit}. Either it is damaged or it is no data file; get it from its source again"
    )]
    TooLarge {
        /// The file.
        name: String,
        /// The size in words, since a declared one may fit no integer.
        found: String,
        /// The most that would have been accepted.
        limit: u64,
    },
    /// No IDX file.
    #[error(
        "{name} begins with {found}: expected an IDX file, which begins with two zero bytes; check that this is the file you meant"
    )]
    NotIdx {
        /// The file.
        name: String,
        /// Its first bytes.
        found: String,
    },
    /// An IDX file of an unknown type of value.
    #[error(
        "{name}: byte 2 (type of the values) is 0x{found:02x}: expected 0x08 (u8), 0x09 (i8), 0x0b (i16), 0x0c (i32), 0x0d (f32) or 0x0e (f64); the header is damaged or this is no IDX file"
    )]
    IdxType {
        /// The file.
        name: String,
        /// The byte found.
        found: u8,
    },
    /// An IDX file whose number of dimensions does not fit its use.
    #[error("{name}: byte 3 says {found} dimension(s): expected {expected}")]
    IdxDimensions {
        /// The file.
        name: String,
        /// Number of dimensions.
        found: usize,
        /// What was expected, and what may have happened.
        expected: &'static str,
    },
    /// A name in `.gz`, but no gzip content.
    #[error(
        "{name} begins with {found}: expected a gzip file (0x1f 0x8b). A server's error page saved under this name? Delete it and fetch it again, or take the .gz off its name if it is unpacked"
    )]
    NotGzip {
        /// The file.
        name: String,
        /// Its first bytes.
        found: String,
    },
    /// A gzip file that ends too early.
    #[error(
        "{name}: the gzip stream breaks off: expected its end mark and checksum. It is cut short; copy or download it again"
    )]
    GzipTruncated {
        /// The file.
        name: String,
    },
    /// A gzip file with a wrong checksum or an impossible code.
    #[error(
        "{name}: the gzip stream is damaged ({reason}): expected one that unpacks and matches its checksum; copy or download it again"
    )]
    GzipDamaged {
        /// The file.
        name: String,
        /// What the decoder said.
        reason: String,
    },
    /// Bytes after the end of the gzip stream.
    #[error(
        "{name}: bytes follow the end of the gzip stream: expected the end of the file. Something was appended; copy or download it again"
    )]
    GzipTrailing {
        /// The file.
        name: String,
    },
    /// Labels of a type that cannot count classes.
    #[error("{name} holds labels of type {found}: expected whole numbers (u8, i8, i16 or i32)")]
    LabelType {
        /// The file.
        name: String,
        /// The type found.
        found: &'static str,
    },
    /// A label that is no class.
    #[error("{name}: row {row} has label {found}: expected {expected}; check that this is the file of labels")]
    Label {
        /// The file.
        name: String,
        /// The row.
        row: usize,
        /// The label.
        found: i64,
        /// The labels that are accepted.
        expected: String,
    },
    /// Images and labels do not pair up.
    #[error(
        "{images} holds {image_rows} images, but {labels} holds {label_rows} labels: expected {expected}; check that the two files belong together"
    )]
    Count {
        /// The file of images.
        images: String,
        /// Number of images.
        image_rows: usize,
        /// The file of labels.
        labels: String,
        /// Number of labels.
        label_rows: usize,
        /// How many there can be.
        expected: &'static str,
    },
    /// Rows of another length than the model's, or than the training rows'.
    #[error("{name} holds rows of {found} values: expected {expected}, as {whose}")]
    RowLength {
        /// The file.
        name: String,
        /// Values a row, with the shape.
        found: String,
        /// Values a row, with the shape.
        expected: String,
        /// Whose length is expected.
        whose: &'static str,
    },
    /// A line of text with the wrong number of columns.
    #[error("{name}, line {line}: {found} columns: expected {expected}")]
    Columns {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// Columns found.
        found: usize,
        /// Columns expected.
        expected: String,
    },
    /// A cell of a table of text that cannot be taken.
    #[error("{name}, line {line}, column {column}: found {found:?}: expected {expected}")]
    Cell {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The column.
        column: usize,
        /// The text found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// A line of text longer than any row could be.
    #[error("{name}, line {line}: longer than {limit} bytes: expected a row of numbers; check that this is a CSV file")]
    LineTooLong {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The most that is read.
        limit: u64,
    },
    /// Values, labels and shape do not make a dataset.
    #[error("{name}: {source}")]
    Dataset {
        /// The file.
        name: String,
        /// What does not fit.
        source: DatasetError,
    },
    /// A data source that cannot be understood.
    #[error(
        "'{found}' is no data source, and there is no such file: expected a file or folder, digits, mnist, or idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]]"
    )]
    SourceName {
        /// What was given.
        found: String,
    },
    /// A set of files that is in none of the folders.
    #[error("the {set} files were not found. Looked in:\n{looked}Fetch them with: {command}")]
    MissingSet {
        /// The set.
        set: &'static str,
        /// A line a folder, with what is missing there.
        looked: String,
        /// The command that would fetch them.
        command: &'static str,
    },
    /// No folder for data is known.
    #[error("no folder for data: HOME is not set; name a folder of data, or set LADDERNET_DATA_DIR")]
    NoFolder,
    /// Every mirror failed.
    #[error(
        "could not fetch {file}. What each mirror answered:\n{attempts}Try again later (what has arrived is kept and resumed), or put the file into the folder by hand"
    )]
    Download {
        /// The file.
        file: String,
        /// A line a mirror.
        attempts: String,
    },
}

impl DataError {
    /// Whether the disk, or the user's share of it, is full.
    pub fn is_disk_full(&self) -> bool {
        match self {
            DataError::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }

    /// Whether something could not be written: the fault is the disk's or the folder's, not the data's.
    pub fn is_of_writing(&self) -> bool {
        match self {
            DataError::Io { action, .. } => self.is_disk_full() || !matches!(*action, "open" | "read" | "look at"),
            _ => false,
        }
    }

    /// Wraps an answer of the operating system: `map_err(DataError::io("open", path))`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> DataError {
        let path = path.into();
        move |source| DataError::Io { action, path, source }
    }

    /// Puts the file's name before what is wrong with its table.
    pub fn dataset(name: &str) -> impl FnOnce(DatasetError) -> DataError {
        let name = name.to_owned();
        move |source| DataError::Dataset { name, source }
    }
}

/// The first bytes of a file for a message: as text where they are text, else as hexadecimal numbers.
pub(crate) fn beginning(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(16)];
    match std::str::from_utf8(head) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()) => format!("{text:?}"),
        _ => head.iter().take(4).map(|b| format!("0x{b:02x}")).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let full = DataError::io("write", "x")(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.is_disk_full());
        let denied = DataError::io("write", "x")(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(!denied.is_disk_full());
        #[cfg(unix)]
        assert!(DataError::io("write", "x")(io::Error::from_raw_os_error(28)).is_disk_full());
        assert!(!DataError::NoFolder.is_disk_full());
        let refused = |action| DataError::io(action, "x")(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(
            ["create", "lock", "write", "sync", "rename to its name"].map(|a| refused(a).is_of_writing()) == [true; 5]
        );
        assert!(["open", "read", "look at"].map(|a| refused(a).is_of_writing()) == [false; 3]);
    }

    #[test]
    fn first_bytes_are_shown_as_text_or_as_numbers() {
        assert_eq!(beginning(b"<!DOCTYPE html>\n<html>"), "\"<!DOCTYPE html>\\n\"");
        assert_eq!(beginning(&[0x50, 0x4b, 0x03, 0x04, 0x14]), "0x50 0x4b 0x03 0x04");
        assert_eq!(beginning(&[0x1f]), "0x1f");
    }
}
