//! NPZ: a ZIP file of NPY files, and which of its arrays are rows and which are labels, by the names that people give them.

use super::array::Section;
use super::header::{self, Header};
use crate::error::{DataError, beginning};
use crate::formats::stored::Stored;
use crate::gz::LARGEST_RATIO;
use std::fmt::Write;
use zip::{CompressionMethod, ZipArchive};

/// What part of a data set is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// What is learned from.
    #[default]
    Train,
    /// Rows for choosing settings.
    Validation,
    /// Rows for the last measurement.
    Test,
}

/// The arrays of one part: the rows, and their labels where there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The key of the rows.
    pub x: String,
    /// The key of the labels.
    pub y: Option<String>,
}

/// Which arrays an NPZ file has for which part, by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is learned from; the only part of most files.
    pub train: Keys,
    /// Rows for choosing settings, where there is such a part.
    pub validation: Option<Keys>,
    /// Rows for the last measurement, where there is such a part.
    pub test: Option<Keys>,
}

/// Names that go together: rows, labels, and what stands for "train" in them, where something does.
const NAMES: &[(&str, &str, &str)] = &[
    ("x_train", "y_train", "train"),
    ("train_x", "train_y", "train"),
    ("train_images", "train_labels", "train"),
    ("train_data", "train_labels", "train"),
    ("train_data", "train_target", "train"),
    ("train_features", "train_labels", "train"),
    ("x", "y", ""),
    ("data", "target", ""),
    ("data", "targets", ""),
    ("data", "labels", ""),
    ("data", "label", ""),
    ("images", "labels", ""),
    ("features", "labels", ""),
    ("features", "targets", ""),
    ("x", "labels", ""),
    ("embeddings", "labels", ""),
    ("arr_0", "arr_1", ""),
];

/// The entries of an NPZ file that are arrays, in their order.
pub(crate) struct Entries(Vec<(String, Section, Header)>);

impl Entries {
    /// Reads the directory and the header of each array.
    pub(crate) fn read(stored: &Stored) -> Result<Self, DataError> {
        let name = stored.name();
        let head = stored.piece(0, 4)?;
        let wrong = |place: String, found: String, expected: &str| DataError::Format {
            name: name.into(),
            place,
            found,
            expected: expected.into(),
        };
        if head.is_empty() {
            return Err(DataError::Empty { name: name.into(), expected: "an NPZ file".into() });
        }
        if !is_zip(&head) {
            let expected = "an NPZ file, which begins with 'PK'; check that this is the file you meant";
            return Err(wrong("its beginning".into(), beginning(&head), expected));
        }
        let damaged = |e: zip::result::ZipError| {
            let expected = "a whole ZIP file. It is cut short or damaged; copy or download it again";
            wrong("the directory of the ZIP file".into(), e.to_string(), expected)
        };
        let mut archive = ZipArchive::new(stored.reader(0).buffered()).map_err(damaged)?;
        let mut entries = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            let inside = entry.name().map_err(damaged)?.into_owned();
            let Some(key) = inside.strip_suffix(".npy") else { continue };
            let place = format!("entry '{inside}'");
            let (packed, length) = (entry.compressed_size(), entry.size());
            let deflated = match entry.compression() {
                _ if entry.encrypted() => {
                    return Err(wrong(place, "an encrypted entry".into(), "a plain one; save it with numpy.savez"));
                }
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                other => {
                    let expected = "stored or deflated values; save it with numpy.savez or numpy.savez_compressed";
                    return Err(wrong(place, format!("packing by {other}"), expected));
                }
            };
            let start = entry.data_start().unwrap_or(u64::MAX);
            if start.checked_add(packed).is_none_or(|end| end > stored.length()) {
                let found = format!("{packed} bytes from byte {start} on");
                return Err(wrong(place, found, "bytes inside the file; copy or download it again"));
            }
            // DEFLATE cannot pack more; a length beyond it is a lie.
            let limit = if deflated { packed.saturating_mul(LARGEST_RATIO) } else { packed };
            if length > limit || (!deflated && length != packed) {
                return Err(DataError::TooLarge { name: format!("{name}, {place}"), found: length.to_string(), limit });
            }
            let (stored, name, crc) = (stored.clone(), format!("{name}, array '{key}'"), Some(entry.crc32()));
            let section = Section { stored, name, start, packed, length, deflated, crc };
            let header = section.header()?;
            entries.push((key.to_owned(), section, header));
        }
        if entries.is_empty() {
            let found = format!("{} entries, none of them an array", archive.len());
            return Err(wrong("the ZIP file".into(), found, "arrays; save them with numpy.savez"));
        }
        Ok(Entries(entries))
    }

    /// The array of this key.
    pub(crate) fn section(&self, key: &str, name: &str) -> Result<Section, DataError> {
        match self.0.iter().find(|(k, ..)| k == key) {
            Some((_, section, _)) => Ok(section.clone()),
            None => Err(self.choose(name, format!("no array '{key}'"))),
        }
    }

    /// The key that differs from `name` at most in capital letters.
    fn like(&self, name: &str) -> Option<String> {
        self.0.iter().map(|(key, ..)| key).find(|key| key.eq_ignore_ascii_case(name)).cloned()
    }

    /// Which arrays are what, by their names alone.
    pub(crate) fn parts(&self, name: &str) -> Result<Parts, DataError> {
        if let [(only, ..)] = &self.0[..] {
            return Ok(Parts { train: Keys { x: only.clone(), y: None }, validation: None, test: None });
        }
        let mut found: Vec<Parts> = Vec::new();
        for &(x, y, train) in NAMES {
            let keys = |part: &str| {
                let named = |key: &str| if train.is_empty() { key.to_owned() } else { key.replace(train, part) };
                let (x, y) = (self.like(&named(x))?, self.like(&named(y)));
                Some(Keys { x, y })
            };
            let Some(of_train) = keys("train") else { continue };
            // Several lines know the rows; the one that knows their labels, too, counts.
            let known = found.iter().position(|parts| parts.train.x == of_train.x);
            let parts = |train| Parts {
                train,
                validation: ["val", "valid", "validation", "dev"].iter().find_map(|part| keys(part)),
                test: keys("test"),
            };
            let parts = if train.is_empty() {
                Parts { train: of_train, validation: None, test: None }
            } else {
                parts(of_train)
            };
            match known {
                None => found.push(parts),
                Some(at) if found[at].train.y.is_none() => found[at] = parts,
                Some(at) if parts.train.y.is_none() || parts.train.y == found[at].train.y => {}
                // Two arrays could be the labels.
                Some(_) => found.push(parts),
            }
        }
        let numbered = self.0.iter().filter(|(key, ..)| key.starts_with("arr_")).count();
        match &mut found[..] {
            [one] if !(one.train.x == "arr_0" && numbered > 2) => Ok(one.clone()),
            [] => Err(self.choose(name, "arrays of names that say nothing about their use".into())),
            _ => Err(self.choose(name, "several arrays that could be the rows or the labels".into())),
        }
    }

    /// The error that lists what there is.
    fn choose(&self, name: &str, found: String) -> DataError {
        let mut list = String::new();
        for (key, _, header) in self.0.iter().take(50) {
            let _ = write!(list, "{}{key} {}", if list.is_empty() { "" } else { ", " }, header.shape_text());
        }
        DataError::Format {
            name: name.into(),
            place: "the keys".into(),
            found,
            expected: format!("rows and their labels among {list}; name the key of the rows and the key of the labels"),
        }
    }
}

/// Whether a file with these first bytes is a ZIP file.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    !head.is_empty() && b"PK".starts_with(&head[..head.len().min(2)])
}

/// The keys for `part`, with those that were named in place of the guessed ones.
pub(crate) fn keys(
    entries: &Entries,
    name: &str,
    x: Option<&str>,
    y: Option<&str>,
    part: Part,
) -> Result<Keys, DataError> {
    if let Some(x) = x {
        return Ok(Keys { x: x.into(), y: y.map(str::to_owned) });
    }
    let parts = entries.parts(name)?;
    let keys = match part {
        Part::Train => Some(parts.train),
        Part::Validation => parts.validation,
        Part::Test => parts.test,
    };
    let Some(keys) = keys else {
        let part = if part == Part::Test { "testing" } else { "validation" };
        return Err(entries.choose(name, format!("no part for {part}")));
    };
    Ok(Keys { y: y.map(str::to_owned).or(keys.y), ..keys })
}

/// A header's shape for messages.
pub(crate) fn shape(header: &Header) -> String {
    header::shape_text(&header.shape)
}
