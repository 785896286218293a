//! Which pictures a folder holds, and which class each has by where it lies.

use super::table;
use crate::error::DataError;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A picture file of the folder.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Relative to the folder, '/' between its parts.
    pub file: String,
    /// Where its name is no UTF-8: the path itself.
    pub path: Option<PathBuf>,
    /// Empty where it has none.
    pub label: String,
}

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub entries: Vec<Entry>,
    pub notes: Vec<String>,
}

/// The parts of a folder of pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is learned from: `train/`, or the folder itself.
    pub train: PathBuf,
    /// `val/`, `valid/` or `validation/`, beside `train/`.
    pub validation: Option<PathBuf>,
    /// `test/`, beside `train/`.
    pub test: Option<PathBuf>,
}

/// Looks for `train/` in a folder, and for `test/` and `val/` beside it.
pub fn parts(folder: &Path) -> Parts {
    let part = |names: &[&str]| names.iter().map(|name| folder.join(name)).find(|path| path.is_dir());
    match part(&["train", "training"]) {
        None => Parts { train: folder.to_path_buf(), validation: None, test: None },
        Some(train) => {
            Parts { train, validation: part(&["val", "valid", "validation"]), test: part(&["test", "testing"]) }
        }
    }
}

const LABELLED: [&str; 2] = ["labelled", "labeled"];
const UNLABELLED: [&str; 2] = ["unlabelled", "unlabeled"];

/// The pictures below `folder`, sorted by their names' bytes.
pub(super) fn find(folder: &Path) -> Result<Found, DataError> {
    let mut walk = Walk {
        folder,
        inside: vec![real(folder)?],
        folders: 0,
        found: Found::default(),
        others: (0, String::new()),
        again: 0,
    };
    let train = parts(folder).train;
    if train == folder {
        walk.part(folder)?;
    } else {
        let name = train.file_name().unwrap_or_default().to_string_lossy().into_owned();
        walk.found.notes.push(format!("the folder has parts: the rows are the pictures in {name}/"));
        walk.part(&train)?;
        for path in UNLABELLED.map(|name| folder.join(name)).into_iter().filter(|path| path.is_dir()) {
            walk.below(path, "", 0)?;
        }
    }
    let Walk { mut found, others: (others, first), again, .. } = walk;
    if others > 0 {
        let of = if others == 1 { "file that is no picture was" } else { "files that are no pictures were" };
        found.notes.push(format!("{others} {of} left out, the first is {first}"));
    }
    if again > 0 {
        let links = if again == 1 { "link to a folder around it was" } else { "links to folders around them were" };
        found.notes.push(format!("{again} {links} left out"));
    }
    if found.entries.is_empty() {
        let expected = "PNG or JPEG pictures, in a folder for each class or with a labels.csv".into();
        return Err(DataError::Empty { name: folder.display().to_string(), expected });
    }
    found.entries.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(found)
}

struct Walk<'a> {
    folder: &'a Path,
    /// The real paths of the folders around the one being read: a link to one of them is not followed.
    inside: Vec<PathBuf>,
    /// How many folders were read.
    folders: usize,
    found: Found,
    /// How many files are no pictures, and the first.
    others: (usize, String),
    again: usize,
}

/// No tree of folders is deeper; its path would be too long for most systems.
const DEEPEST: usize = 128;

/// Links among folders can make many of a few; this many are no data set.
const MOST_FOLDERS: usize = 1_000_000;

impl Walk<'_> {
    /// Reads one part (the folder itself, or `train/`) by its layout.
    fn part(&mut self, part: &Path) -> Result<(), DataError> {
        let (folders, files) = self.list(part)?;
        if let Some((path, second)) = table::beside(part) {
            if folders.is_empty() || table::has_labels(&path) {
                if let Some(second) = second {
                    self.found.notes.push(format!("the labels are those of {}, not of {second}", self.name_of(&path)));
                }
                self.below(part.to_path_buf(), "", 0)?;
                let below = self.name_of(part);
                return table::label(&path, &below, &mut self.found.entries);
            }
            let table = self.name_of(&path);
            self.found.notes.push(format!("{table} names no file with a label: the labels are the folders' names"));
        }
        let is = |path: &Path, names: [&str; 2]| path.file_name().is_some_and(|name| names.iter().any(|n| name == *n));
        let labelled = folders.iter().find(|path| is(path, LABELLED)).cloned();
        let mut own = 0;
        for path in files {
            own += usize::from(self.file(path, "")?);
        }
        let has_classes = labelled.is_some() || folders.iter().any(|path| !is(path, UNLABELLED));
        if own > 0 && has_classes {
            let lie = if own == 1 { "picture lies" } else { "pictures lie" };
            self.found.notes.push(format!("{own} {lie} outside the folders of classes, without a label"));
        }
        let mut left_out = Vec::new();
        for path in folders {
            if is(&path, UNLABELLED) {
                self.below(path, "", 0)?;
            } else if labelled.is_none() {
                self.class(path)?;
            } else if labelled.as_ref() != Some(&path) {
                left_out.push(self.name_of(&path));
            }
        }
        if let Some(path) = &labelled {
            let (classes, files) = self.list(path)?;
            for path in classes {
                self.class(path)?;
            }
            for path in files {
                if self.file(path.clone(), "")? {
                    return Err(DataError::Format {
                        name: self.folder.display().to_string(),
                        place: format!("{}/", self.name_of(path.parent().unwrap_or(&path))),
                        found: format!("the picture {} outside the folder of a class", self.name_of(&path)),
                        expected: "a folder for each class, such as labelled/cat/; move the picture into one".into(),
                    });
                }
            }
        }
        if let [first, ..] = &left_out[..] {
            let left = left_out.len();
            self.found
                .notes
                .push(format!("{left} folders beside labelled/ and unlabelled/ were left out, the first is {first}/"));
        }
        Ok(())
    }

    fn class(&mut self, path: PathBuf) -> Result<(), DataError> {
        let Some(label) = path.file_name().and_then(|name| name.to_str()).map(|name| name.trim().to_owned()) else {
            return Err(DataError::Format {
                name: self.folder.display().to_string(),
                place: format!("{}/", self.name_of(&path)),
                found: "a name that is no UTF-8".into(),
                expected: "the name of a class; rename the folder".into(),
            });
        };
        self.below(path, &label, 0)
    }

    /// All pictures in `path` and the folders in it, with one label.
    fn below(&mut self, path: PathBuf, label: &str, depth: usize) -> Result<(), DataError> {
        self.folders += 1;
        if depth > DEEPEST || self.folders > MOST_FOLDERS {
            return Err(DataError::Format {
                name: self.folder.display().to_string(),
                place: self.name_of(&path),
                found: format!("{} folders, {depth} deep here", self.folders),
                expected: format!("at most {MOST_FOLDERS}, and {DEEPEST} deep; are there links in a circle?"),
            });
        }
        let real = real(&path)?;
        let circle = self.inside.contains(&real) || self.inside[0].starts_with(&real);
        if circle && path != self.folder {
            self.again += 1;
            return Ok(());
        }
        self.inside.push(real);
        let (folders, files) = self.list(&path)?;
        for path in files {
            self.file(path, label)?;
        }
        for path in folders {
            self.below(path, label, depth + 1)?;
        }
        self.inside.pop();
        Ok(())
    }

    /// The folders and the files in a folder, each sorted, without hidden ones and what systems put there.
    fn list(&mut self, path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(path).map_err(DataError::io("read", path))? {
            let entry = entry.map_err(DataError::io("read", path))?;
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(b".") || [&b"Thumbs.db"[..], b"desktop.ini", b"__MACOSX"].contains(&name) {
                continue;
            }
            // Through links; what a broken one points to is asked for when it is read.
            match fs::metadata(entry.path()) {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                _ => files.push(entry.path()),
            }
        }
        folders.sort();
        files.sort();
        Ok((folders, files))
    }

    /// Takes a file if it is a picture, of any format: one that cannot be read is to be missed, not left out in silence.
    fn file(&mut self, path: PathBuf, label: &str) -> Result<bool, DataError> {
        let file = self.name_of(&path);
        if !is_picture(&path) {
            self.others.0 += 1;
            if self.others.0 == 1 {
                self.others.1 = file;
            }
            return Ok(false);
        }
        let odd = path.to_str().is_none().then_some(path);
        self.found.entries.push(Entry { file, path: odd, label: label.to_owned() });
        Ok(true)
    }

    fn name_of(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.folder).unwrap_or(path);
        path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}

fn real(path: &Path) -> Result<PathBuf, DataError> {
    fs::canonicalize(path).map_err(DataError::io("read", path))
}

/// By the end of the name; by its first bytes where it has none.
fn is_picture(path: &Path) -> bool {
    const ENDS: [&str; 21] = [
        "png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "svg", "jp2",
        "psd", "ico", "ppm", "pgm", "pbm", "apng",
    ];
    match path.extension().and_then(|end| end.to_str()) {
        Some(end) => ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)),
        None => {
            let mut head = [0; 3];
            let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
            read.is_ok() && (&head == b"\x89PN" || head == [0xff, 0xd8, 0xff])
        }
    }
}
