//! Which format a file has: told by its first bytes, and by its name only where these do not say it.

#[cfg(feature = "pictures")]
use super::folder;
#[cfg(feature = "parquet")]
use super::parquet;
#[cfg(feature = "xlsx")]
use super::xlsx;
use super::{arff, csv, libsvm, npy};
use crate::build::DateOrder;
use crate::error::DataError;
use crate::rows::{Joined, RowSource};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is said about files to be read. Formats take what concerns them; the rest is found from the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileOptions {
    /// Whether the first line of a table names the columns.
    pub header: Option<bool>,
    /// What stands between the cells of a table of text.
    pub delimiter: Option<csv::Delimiter>,
    /// Whether `1,5` is a number.
    pub decimal_comma: Option<bool>,
    /// The order of dates such as 03/04/2024.
    pub date_order: Option<DateOrder>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The key of the rows in an NPZ file.
    pub x: Option<String>,
    /// The key of the labels in an NPZ file, or the file of the labels of an NPY file.
    pub y: Option<String>,
    /// Height and width of pictures.
    pub size: Option<(usize, usize)>,
    /// Damaged pictures are left out and said.
    pub skip_bad: bool,
    /// A cell that does not fit its column is an error.
    pub strict: bool,
}

/// A data set that was opened: one source or several of the same columns, and test rows where it has such.
pub struct Opened {
    /// The rows, file after file.
    pub sources: Vec<Box<dyn RowSource>>,
    /// Test rows of the data set's own.
    pub test: Option<Box<dyn RowSource>>,
    /// The column of labels, where the format says which it is.
    pub target: Option<String>,
    /// Columns that are no inputs, whatever they hold: names of files.
    pub beside: Vec<String>,
}

impl Opened {
    /// All rows as those of one source.
    ///
    /// # Errors
    /// When the files have different columns.
    pub fn joined(mut self) -> Result<Box<dyn RowSource>, DataError> {
        match self.sources.len() {
            1 => Ok(self.sources.remove(0)),
            _ => Ok(Box::new(Joined::new(self.sources)?)),
        }
    }

    fn one(source: impl RowSource + 'static) -> Self {
        Opened { sources: vec![Box::new(source)], test: None, target: None, beside: Vec::new() }
    }
}

const LABEL: &str = "label";

/// Opens a file or folder.
///
/// # Errors
/// When it cannot be read, is of no known format, or of one that this program was built without.
pub fn open(path: &Path, options: &FileOptions) -> Result<Opened, DataError> {
    if path.is_dir() {
        return open_folder(path, options);
    }
    if let Some(bytes) = bytes_of_pipe(path)? {
        return open_bytes(bytes, &path.display().to_string(), options);
    }
    let head = head_of(path)?;
    match format_of(&head, path) {
        Format::Parquet => open_parquet(&[path.to_owned()]),
        Format::Numpy => open_numpy(path, options),
        Format::Zip if is_archive_of_arrays(path) => open_numpy(path, options),
        Format::Zip | Format::OldWorkbook => open_workbook(path, options),
        Format::Arff => Ok(with_label(arff::open(path)?, None)),
        Format::Libsvm => Ok(with_label(libsvm::open(path)?, Some(LABEL))),
        Format::Text => Ok(Opened::one(csv::open(path, &csv_options(options))?)),
    }
}

/// What comes out of a pipe, which can be read once only; nothing of a regular file.
fn bytes_of_pipe(path: &Path) -> Result<Option<Vec<u8>>, DataError> {
    let about = path.metadata().map_err(DataError::io("open", path))?;
    if about.is_file() {
        return Ok(None);
    }
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_char_device(&about.file_type()) && path != Path::new("/dev/null") {
        return Err(DataError::Format {
            name: path.display().to_string(),
            place: "the file".into(),
            found: "a device, which may have no end".into(),
            expected: "a regular file, a folder, or a pipe".into(),
        });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(DataError::io("open", path))?;
    file.take(crate::file::UNPACKED_LIMIT).read_to_end(&mut bytes).map_err(DataError::io("read", path))?;
    Ok(Some(bytes))
}

/// Opens bytes in memory, as of standard input.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(bytes: Vec<u8>, name: &str, options: &FileOptions) -> Result<Opened, DataError> {
    match format_of(&bytes[..bytes.len().min(HEAD)], Path::new("")) {
        #[cfg(feature = "parquet")]
        Format::Parquet => Ok(Opened::one(parquet::from_bytes(bytes, name)?)),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => Err(built_without(name, "Parquet")),
        Format::Numpy => Ok(with_label(npy::from_bytes(bytes, name)?, Some(LABEL))),
        #[cfg(feature = "xlsx")]
        Format::Zip | Format::OldWorkbook => {
            let found = xlsx::from_bytes(bytes.clone(), name, &sheet_options(options));
            match found {
                Ok(sheet) => Ok(Opened::one(sheet)),
                Err(e) => npy::from_bytes(bytes, name).map(|npy| with_label(npy, Some(LABEL))).map_err(|_| e),
            }
        }
        #[cfg(not(feature = "xlsx"))]
        Format::Zip | Format::OldWorkbook => Ok(with_label(npy::from_bytes(bytes, name)?, Some(LABEL))),
        Format::Arff => Ok(with_label(arff::from_bytes(bytes, name)?, None)),
        Format::Libsvm => Ok(with_label(libsvm::from_bytes(bytes, name)?, Some(LABEL))),
        Format::Text => Ok(Opened::one(csv::from_bytes(bytes, name, &csv_options(options))?)),
    }
}

/// Whether a file holds arrays or a table that is no text, and so says itself what stands in it.
///
/// # Errors
/// When it cannot be read.
pub fn is_array_or_table(path: &Path) -> Result<bool, DataError> {
    if !path.is_file() {
        return Ok(false);
    }
    Ok(!matches!(format_of(&head_of(path)?, path), Format::Text | Format::Libsvm))
}

/// Bytes that tell a format.
const HEAD: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Parquet,
    Numpy,
    Zip,
    OldWorkbook,
    Arff,
    Libsvm,
    Text,
}

fn format_of(head: &[u8], path: &Path) -> Format {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let named = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match head {
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Format::Numpy,
        [b'P', b'K', 3 | 5 | 7, ..] => Format::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Format::OldWorkbook,
        _ if arff::begins(head) || named(&[".arff"]) => Format::Arff,
        _ if named(&[".libsvm", ".svmlight", ".svm"]) => Format::Libsvm,
        _ => Format::Text,
    }
}

fn head_of(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(DataError::io("open", path))?;
    file.take(HEAD as u64).read_to_end(&mut head).map_err(DataError::io("read", path))?;
    Ok(head)
}

fn is_archive_of_arrays(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz")) || npy::npz_parts(path).is_ok()
}

fn csv_options(options: &FileOptions) -> csv::CsvOptions {
    csv::CsvOptions { delimiter: options.delimiter, header: options.header, decimal_comma: options.decimal_comma }
}

fn with_label(source: impl RowSource + 'static, label: Option<&str>) -> Opened {
    let target = label.filter(|label| source.columns().iter().any(|column| column.name == *label)).map(str::to_owned);
    Opened { target, ..Opened::one(source) }
}

fn open_numpy(path: &Path, options: &FileOptions) -> Result<Opened, DataError> {
    let is_array = head_of(path)?.first() == Some(&0x93);
    if is_array {
        let labels = options.y.as_ref().map(Path::new);
        return Ok(with_label(npy::open(path, labels)?, Some(LABEL)));
    }
    let (x, y) = (options.x.as_deref(), options.y.as_deref());
    let train = npy::open_npz(path, x, y, npy::Part::Train)?;
    let has_test = x.is_none() && npy::npz_parts(path).is_ok_and(|parts| parts.test.is_some());
    let test = has_test.then(|| npy::open_npz(path, None, None, npy::Part::Test)).transpose()?;
    Ok(Opened { test: test.map(|test| Box::new(test) as Box<dyn RowSource>), ..with_label(train, Some(LABEL)) })
}

#[cfg(feature = "parquet")]
fn open_parquet(files: &[PathBuf]) -> Result<Opened, DataError> {
    let open = |path: &PathBuf| parquet::open(path).map(|source| Box::new(source) as Box<dyn RowSource>);
    let sources = files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    Ok(Opened { sources, test: None, target: None, beside: Vec::new() })
}

#[cfg(not(feature = "parquet"))]
fn open_parquet(files: &[PathBuf]) -> Result<Opened, DataError> {
    Err(built_without(&files[0].display().to_string(), "Parquet"))
}

#[cfg(feature = "xlsx")]
fn sheet_options(options: &FileOptions) -> xlsx::Options {
    xlsx::Options { sheet: options.sheet.clone(), header: options.header }
}

#[cfg(feature = "xlsx")]
fn open_workbook(path: &Path, options: &FileOptions) -> Result<Opened, DataError> {
    Ok(Opened::one(xlsx::open(path, &sheet_options(options))?))
}

#[cfg(not(feature = "xlsx"))]
fn open_workbook(path: &Path, _options: &FileOptions) -> Result<Opened, DataError> {
    Err(built_without(&path.display().to_string(), "workbooks"))
}

/// A folder of Parquet files, or of pictures.
fn open_folder(path: &Path, options: &FileOptions) -> Result<Opened, DataError> {
    #[cfg(feature = "parquet")]
    {
        let files = parquet::files_of(path)?;
        if !files.is_empty() {
            return open_parquet(&files);
        }
    }
    open_pictures(path, options)
}

#[cfg(feature = "pictures")]
fn open_pictures(path: &Path, options: &FileOptions) -> Result<Opened, DataError> {
    let parts = folder::parts(path);
    let mut how = folder::Options { shape: options.size, channels: None, skip_bad: options.skip_bad };
    let train = folder::open(path, &how)?;
    if let Some((height, width, channels)) = match *train.shape() {
        [height, width] => Some((height, width, 1)),
        [height, width, channels] => Some((height, width, channels)),
        _ => None,
    } {
        // Test pictures have the shape of those that are learned from.
        (how.shape, how.channels) = (Some((height, width)), Some(channels));
    }
    let test = parts.test.map(|test| folder::open(&test, &how)).transpose()?;
    let test = test.map(|test| Box::new(test) as Box<dyn RowSource>);
    Ok(Opened { test, beside: vec!["file".to_owned()], ..with_label(train, Some(LABEL)) })
}

#[cfg(not(feature = "pictures"))]
fn open_pictures(path: &Path, _options: &FileOptions) -> Result<Opened, DataError> {
    Err(built_without(&path.display().to_string(), "folders of pictures"))
}

#[allow(dead_code, reason = "only a program that lacks a format says so")]
fn built_without(name: &str, what: &str) -> DataError {
    DataError::Format {
        name: name.to_owned(),
        place: "the file".to_owned(),
        found: what.to_owned(),
        expected: "a format that this program was built with; use the released program, or save the rows as CSV"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_bytes() {
        let of = |head: &[u8], name: &str| format_of(head, Path::new(name));
        assert_eq!(of(b"PAR1....", "x.csv"), Format::Parquet);
        assert_eq!(of(b"\x93NUMPY\x01", ""), Format::Numpy);
        assert_eq!(of(b"PK\x03\x04", "a.xlsx"), Format::Zip);
        assert_eq!(of(b"% Iris\n@RELATION iris\n", "iris.txt"), Format::Arff);
        assert_eq!(of(b"1 1:0.5 3:2\n", "a.libsvm.gz"), Format::Libsvm);
        assert_eq!(of(b"a,b\n1,2\n", "a.csv"), Format::Text);
    }
}
