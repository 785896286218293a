//! A table of labels beside the pictures: `labels.csv` or `metadata.csv`, with a column of file names and one of labels.

use super::layout::Entry;
use crate::error::DataError;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

const FILE: [&str; 5] = ["file", "file_name", "filename", "image", "path"];
const LABEL: [&str; 3] = ["label", "class", "target"];

/// The largest table that is read: 1 GiB.
const LARGEST: u64 = 1 << 30;

/// The table of a folder, and the name of a second one, which is not read.
pub(super) fn beside(folder: &Path) -> Option<(PathBuf, Option<&'static str>)> {
    let mut there =
        ["labels.csv", "metadata.csv", "metadata.jsonl"].into_iter().filter(|name| folder.join(name).is_file());
    let first = there.next()?;
    Some((folder.join(first), there.next()))
}

/// The separator that the first line has most of.
fn separator(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |&s: &u8| (first.matches(char::from(s)).count(), s == b',');
    b",;\t".iter().copied().max_by_key(count).unwrap_or(b',')
}

/// Whether the first line names a column of files and one of labels.
pub(super) fn has_labels(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator(text)).trim(csv::Trim::All).from_reader(text.as_bytes());
    let Ok(header) = reader.headers() else { return false };
    let has = |names: &[&str]| header.iter().any(|found| names.iter().any(|name| found.eq_ignore_ascii_case(name)));
    read.is_ok() && has(&FILE) && has(&LABEL)
}

/// Gives each picture the label that the table at `path` has for it. The table's names begin in the folder `below`.
pub(super) fn label(path: &Path, below: &str, entries: &mut [Entry]) -> Result<(), DataError> {
    let name = path.display().to_string();
    let wrong = |place: String, found: String, expected: &str| DataError::Format {
        name: name.clone(),
        place,
        found,
        expected: expected.into(),
    };
    if path.extension().is_some_and(|end| end == "jsonl") {
        let expected = "labels as CSV; write them as labels.csv with the columns file and label";
        return Err(wrong("its format".into(), "JSON lines".into(), expected));
    }
    let length = path.metadata().map_err(DataError::io("look at", path))?.len();
    if length > LARGEST {
        return Err(DataError::TooLarge { name, found: length.to_string(), limit: LARGEST });
    }
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let mut text = String::new();
    let read = BufReader::new(file.take(LARGEST)).read_to_string(&mut text);
    read.map_err(DataError::io("read", path))?;
    let text = text.trim_start_matches('\u{feff}');

    let separator = separator(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let bad = |error: csv::Error| {
        let place = error.position().map_or("the table".into(), |at| format!("line {}", at.line()));
        wrong(place, error.to_string(), "rows of as many cells as the first line has names")
    };
    let header = reader.headers().map_err(bad)?.clone();
    let column = |names: &[&str]| {
        let place = |name: &&str| header.iter().position(|found| found.eq_ignore_ascii_case(name));
        names.iter().find_map(place).ok_or_else(|| {
            let found = format!("the columns {:?}", header.iter().collect::<Vec<_>>());
            wrong("line 1".into(), found, &format!("a column with one of the names {}", names.join(", ")))
        })
    };
    let (file_column, label_column) = (column(&FILE)?, column(&LABEL)?);

    let mut labels: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, |at| at.line());
        let (file, label) = (&record[file_column], &record[label_column]);
        let file = file.replace('\\', "/");
        let file = file.trim_start_matches("./");
        let full = if below.is_empty() { file.to_owned() } else { format!("{below}/{file}") };
        if let Some((other, above)) = labels.insert(full, (label.to_owned(), line))
            && other != label
        {
            let found = format!("{file} with the label '{label}', and with '{other}' in line {above}");
            return Err(wrong(format!("line {line}"), found, "one label for a picture; delete one of the lines"));
        }
    }
    let rows = labels.len();
    for entry in entries {
        if let Some((label, _)) = labels.remove(&entry.file) {
            entry.label = label;
        }
    }
    if !labels.is_empty() {
        let mut missing: Vec<_> = labels.into_iter().map(|(file, (_, line))| (line, file)).collect();
        missing.sort();
        let some: Vec<String> = missing.iter().take(3).map(|(line, file)| format!("{file} (line {line})")).collect();
        let more = if missing.len() > 3 { ", ..." } else { "" };
        let found = format!("{} of {rows} names without a picture: {}{more}", missing.len(), some.join(", "));
        return Err(wrong("its files".into(), found, "names of pictures in the folder, with their ends (.png)"));
    }
    Ok(())
}
