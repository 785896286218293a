//! Which data to learn from, as the user names them: the embedded digits, MNIST, IDX files, or files and folders of their own.

use crate::error::DataError;
use crate::own::{AboutOwn, OwnData, OwnRows};
use crate::{digits, idx, mnist};
use laddernet::dataset::{Dataset, Sealed, Values};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;

/// A named source of data. Written `digits`, `mnist`, `idx:IMAGES`, `idx:IMAGES,LABELS` or
/// `idx:IMAGES,LABELS,TEST_IMAGES,TEST_LABELS`, where a path holds no comma; anything else is the path of a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The digits inside the program.
    #[default]
    Digits,
    /// MNIST, from the data folder.
    Mnist,
    /// IDX files: of images, of their labels where there are any, and two more where there is a test set.
    Idx {
        /// The file of images.
        images: PathBuf,
        /// The file of labels; without it only models that take no notice of them can learn.
        labels: Option<PathBuf>,
        /// Images and labels of the test set.
        test: Option<(PathBuf, PathBuf)>,
    },
    /// A file or folder of the user's: a table, arrays, pictures. `-` is standard input.
    Own(PathBuf),
    /// Rows that another program has in memory, and hands over itself.
    Memory,
}

/// How [`Source::Memory`] is written; not in a flag's help, since no command can use it.
const MEMORY: &str = "memory";

/// Data as loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The source, as its [`Display`](fmt::Display) writes it.
    pub name: String,
    /// The rows to learn from.
    pub train: Dataset,
    /// The test set; where there is none, the caller holds rows out.
    pub test: Option<Sealed>,
    /// What is to be said of a user's own data.
    pub own: Option<AboutOwn>,
    hashes: OnceLock<Hashes>,
}

/// SHA-256 in hexadecimal digits over stored values (floats as little-endian bytes) and labels (little-endian `u32`, the largest where
/// there is none).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Over all that was loaded: the training rows, then the test set.
    pub all: String,
    /// Over the training rows alone.
    pub train: String,
    /// Over the rows of the test set alone, where there is one.
    pub test: Option<String>,
}

impl Hashes {
    fn of(train: &Dataset, test: Option<&Dataset>) -> Self {
        let mut hash = Sha256::new();
        add(&mut hash, train);
        let of_train = hex(&hash.clone().finalize());
        test.into_iter().for_each(|test| add(&mut hash, test));
        Hashes { all: hex(&hash.finalize()), train: of_train, test: test.map(alone) }
    }
}

impl Loaded {
    /// Rows of a program, labels at hand where there are any.
    pub fn of_memory(train: Dataset, about: AboutOwn) -> Self {
        Loaded::new("the rows".to_owned(), train, None, Some(about))
    }

    fn new(name: String, train: Dataset, test: Option<Dataset>, own: Option<AboutOwn>) -> Self {
        // Nobody but the final evaluation looks into test rows, once they are sealed.
        let hashes = match &test {
            Some(test) => OnceLock::from(Hashes::of(&train, Some(test))),
            None => OnceLock::new(),
        };
        Loaded { name, train, test: test.map(Sealed::new), own, hashes }
    }

    /// What tells these rows from others. It takes time, so it is computed when it is first asked for.
    pub fn hashes(&self) -> &Hashes {
        self.hashes.get_or_init(|| Hashes::of(&self.train, None))
    }

    /// The same data with other rows, which were made of them; the hashes stay those of the rows that were loaded.
    #[must_use]
    pub fn with_rows(self, train: Dataset, test: Option<Sealed>) -> Self {
        self.hashes();
        Loaded { train, test, ..self }
    }

    /// A user's own data.
    ///
    /// # Errors
    /// As [`OwnData::load`].
    pub fn own(data: &OwnData) -> Result<Self, DataError> {
        let OwnRows { train, test, about } = data.load()?;
        Ok(Loaded::new(data.path.display().to_string(), train, test, Some(about)))
    }
}

impl Source {
    /// The word by which a command takes these rows as input, where they are inside the program.
    pub fn input_word(&self) -> Option<&'static str> {
        (*self == Source::Digits).then_some("digits")
    }

    /// Whether the rows are the user's.
    pub fn is_own(&self) -> bool {
        matches!(self, Source::Own(_) | Source::Memory)
    }

    /// Loads the data; `data_dir` is the user's `--data-dir`, of which only MNIST makes use.
    ///
    /// # Errors
    /// When a file is missing or damaged, or training and test rows do not fit together.
    pub fn load(&self, data_dir: Option<&Path>) -> Result<Loaded, DataError> {
        let (train, test) = match self {
            Source::Digits => (digits::load(), None),
            Source::Mnist => mnist::load_open(data_dir).map(|(train, test)| (train, Some(test)))?,
            Source::Idx { images, labels, test } => {
                let train = idx::read_pair(images, labels.as_deref())?;
                let test = test.as_ref().map(|(images, labels)| idx::read_test_pair(images, labels, &train));
                (assumed(train), test.transpose()?.map(assumed))
            }
            Source::Own(path) => return Loaded::own(&OwnData::of(path)),
            Source::Memory => return Err(DataError::InMemory),
        };
        Ok(Loaded::new(self.to_string(), train, test, None))
    }
}

/// IDX files do not say what their numbers mean: the scale of one is a guess, which a model's training may know better.
fn assumed(rows: Dataset) -> Dataset {
    let scaling = rows.scaling().assumed();
    rows.with_scaling(scaling)
}

fn alone(dataset: &Dataset) -> String {
    let mut hash = Sha256::new();
    add(&mut hash, dataset);
    hex(&hash.finalize())
}

fn add(hash: &mut Sha256, dataset: &Dataset) {
    match dataset.values() {
        Values::U8(v) => hash.update(v),
        Values::F32(v) => add_all(hash, v, |x| x.to_le_bytes()),
    }
    // What the cells of a table mean.
    for column in dataset.columns().unwrap_or_default() {
        hash.update(format!("{column:?}\n"));
    }
    add_all(hash, dataset.labels(), |label| label.unwrap_or(u32::MAX).to_le_bytes());
}

/// Adds values as bytes, many at a time: the hash takes them faster so.
fn add_all<T: Copy>(hash: &mut Sha256, values: &[T], bytes_of: impl Fn(T) -> [u8; 4]) {
    const MANY: usize = 1024;
    let mut bytes = [0; 4 * MANY];
    for some in values.chunks(MANY) {
        bytes.as_chunks_mut().0.iter_mut().zip(some).for_each(|(bytes, value)| *bytes = bytes_of(*value));
        hash.update(&bytes[..4 * some.len()]);
    }
}

fn is_word(text: &str) -> bool {
    ["digits", "mnist", MEMORY].contains(&text) || text.starts_with("idx:")
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Digits => f.write_str("digits"),
            Source::Mnist => f.write_str("mnist"),
            Source::Idx { images, labels, test } => {
                write!(f, "idx:{}", images.display())?;
                let (test_images, test_labels) = test.as_ref().map(|(images, labels)| (images, labels)).unzip();
                let more = [labels.as_ref(), test_images, test_labels].into_iter().flatten();
                more.into_iter().try_for_each(|path| write!(f, ",{}", path.display()))
            }
            Source::Memory => f.write_str(MEMORY),
            // So that it is no word, when it is read again.
            Source::Own(path) if is_word(&path.to_string_lossy()) => write!(f, "./{}", path.display()),
            Source::Own(path) => write!(f, "{}", path.display()),
        }
    }
}

impl FromStr for Source {
    type Err = DataError;

    fn from_str(s: &str) -> Result<Self, DataError> {
        let unknown = || DataError::SourceName { found: s.into() };
        match s {
            "digits" => return Ok(Source::Digits),
            "mnist" => return Ok(Source::Mnist),
            MEMORY => return Ok(Source::Memory),
            _ => {}
        }
        let Some(paths) = s.strip_prefix("idx:") else {
            // A word that is no file may be a slip of a word that is known.
            let is_path = s == "-" || s.contains(['.', '/', std::path::MAIN_SEPARATOR]) || Path::new(s).exists();
            return if is_path { Ok(Source::Own(s.into())) } else { Err(unknown()) };
        };
        let paths: Vec<&str> = paths.split(',').collect();
        if paths.iter().any(|path| path.is_empty()) {
            return Err(unknown());
        }
        let (images, labels, test) = match paths[..] {
            [images] => (images, None, None),
            [images, labels] => (images, Some(labels.into()), None),
            [images, labels, test, test_labels] => {
                (images, Some(labels.into()), Some((test.into(), test_labels.into())))
            }
            _ => return Err(unknown()),
        };
        Ok(Source::Idx { images: images.into(), labels, test })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx::{IdxArray, IdxValues, encode};

    #[test]
    fn a_source_is_written_as_it_is_read() {
        for s in ["digits", "mnist", "memory", "idx:a.gz", "idx:a/b.gz,c", "idx:a,b,c,d"] {
            assert_eq!(s.parse::<Source>().unwrap().to_string(), s);
        }
        for s in ["", "MNIST", "cifar", "idx:", "idx:a,", "idx:,a", "idx:a,b,c", "idx:a,b,c,d,e"] {
            let message = s.parse::<Source>().unwrap_err().to_string();
            assert!(message.contains("expected a file or folder, digits, mnist, or idx:IMAGES[,LABELS"), "{message}");
        }
    }

    #[test]
    fn the_digits_come_without_a_test_set_and_with_their_hash() {
        let loaded = Source::Digits.load(None).unwrap();
        assert_eq!((loaded.name.as_str(), loaded.train.rows(), loaded.test.is_none()), ("digits", 1797, true));
        assert_eq!(loaded.hashes().all.len(), 64);
        assert_eq!(loaded.hashes(), Source::Digits.load(None).unwrap().hashes());
    }

    #[test]
    fn idx_files_come_with_or_without_a_test_set() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, shape: &[usize], values: Vec<u8>| {
            let path = folder.path().join(name);
            let bytes = encode(&IdxArray { shape: shape.to_vec(), values: IdxValues::U8(values) });
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let images = write("images", &[3, 2], vec![0, 1, 2, 3, 4, 255]);
        let labels = write("labels", &[3], vec![0, 2, 1]);
        let labels = Some(labels);
        let alone = Source::Idx { images: images.clone(), labels: None, test: None }.load(None).unwrap();
        assert_eq!((alone.train.rows(), alone.train.classes()), (3, 0));
        let without = Source::Idx { images: images.clone(), labels: labels.clone(), test: None };
        let loaded = without.load(None).unwrap();
        assert_eq!((loaded.train.classes(), loaded.test.is_none()), (3, true));

        let test = Some((images.clone(), labels.clone().unwrap()));
        let with = Source::Idx { images: images.clone(), labels: labels.clone(), test };
        let loaded_both = with.load(None).unwrap();
        assert_eq!(loaded_both.test.as_ref().unwrap().rows(), 3);
        let (hashes, both) = (loaded.hashes(), loaded_both.hashes());
        assert_ne!(hashes.all, both.all);
        assert_eq!((&hashes.train, &hashes.test), (&hashes.all, &None));
        assert_eq!(both.train, hashes.all);
        assert_eq!(both.test.as_ref(), Some(&hashes.all));
        // Rows that were made of them keep their hash.
        let first = Source::Digits.load(None).unwrap().train;
        assert_eq!(without.load(None).unwrap().with_rows(first, None).hashes(), hashes);

        // A class that no training row has is an error of the test labels, not a new class.
        let test = Some((images.clone(), write("other", &[3], vec![0, 1, 3])));
        let message = Source::Idx { images, labels, test }.load(None).unwrap_err().to_string();
        assert!(message.contains("other: row 2 has label 3: expected 0 to 2"), "{message}");
    }
}
