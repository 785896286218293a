//! Parquet: a table by columns, read row group by row group and batch by batch.
//!
//! | column | what becomes of it |
//! |---|---|
//! | whole numbers, floats, decimals | numbers; whole numbers beyond 2^53 as digits |
//! | truth values, text, dictionaries, dates, times | what they are; a null is a missing cell |
//! | lists of numbers, all of one length | a column for each place: `embedding[0]`, ... |
//! | `struct{bytes, path}` and bytes that are PNG or JPEG | the picture of the row |
//! | whole numbers with the names of classes in the metadata `huggingface` | these names |
//!
//! Other columns are left out with a note.

mod cells;
mod chunks;
mod guard;
mod names;
mod parts;
mod picture;
mod plan;
mod ready;
#[cfg(test)]
mod tests;
mod thrift;
mod words;

use crate::error::DataError;
use crate::formats::stored::Stored;
use crate::rows::{Batch, Cells, Ready, RowSource, SourceColumn, Wanted};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use cells::Fault;
use chunks::Chunks;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parts::{Asked, Parts};
use plan::{First, Plan, Role};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cells that are decoded at once, and the most rows.
const CELLS: usize = 4 << 20;
const ROWS: usize = 8192;

/// Bytes of text or of packed pictures that a batch holds; a single row may hold more.
const TEXT: u64 = 64 << 20;

/// The most columns, counting each place of a list.
const MOST_COLUMNS: usize = 1 << 20;

/// Opens a file.
///
/// # Errors
/// When it cannot be read, is no Parquet file, is encrypted or damaged, or has no column that can be read.
pub fn open(path: &Path) -> Result<Parquet, DataError> {
    Parquet::new(Stored::open(path)?)
}

/// As [`open`], of a file in memory.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Parquet, DataError> {
    Parquet::new(Stored::of_bytes(bytes, name))
}

/// The files of a folder whose names end in `.parquet`, sorted by name. Hidden ones are no data.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_of(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let path = entry.map_err(DataError::io("read", folder))?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let named = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        if named && !hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The rows of one file.
pub struct Parquet {
    chunks: Chunks,
    about: ArrowReaderMetadata,
    plan: Plan,
    /// The row group that comes next.
    group: usize,
    parts: Option<Parts>,
    /// Rows of the open row group that are still to come, by the footer.
    left: u64,
    /// What is decoded, and how many of its rows were handed over.
    decoded: Option<(Vec<RecordBatch>, usize)>,
    threads: usize,
    row: u64,
}

impl Parquet {
    fn new(stored: Stored) -> Result<Self, DataError> {
        guard::footer(&stored)?;
        let chunks = Chunks::new(stored);
        let load = |options: ArrowReaderOptions| {
            guarded(&chunks, "the footer", || ArrowReaderMetadata::load(&chunks, options))
        };
        // A schema of Arrow beside Parquet's own says more; where it cannot be understood, Parquet's is enough.
        let about = load(ArrowReaderOptions::new())
            .or_else(|_| load(ArrowReaderOptions::new().with_skip_arrow_metadata(true)))?;
        let words = words::listed(&chunks, about.schema(), about.metadata())?;
        let asked = ArrowReaderOptions::new().with_schema(Arc::new(plan::asked(about.schema())));
        let about = guarded(&chunks, "the schema", || ArrowReaderMetadata::try_new(about.metadata().clone(), asked))?;
        let mut source = Parquet {
            chunks,
            about,
            plan: Plan::default(),
            group: 0,
            parts: None,
            left: 0,
            decoded: None,
            threads: super::threads(),
            row: 0,
        };
        source.check_counts()?;
        let first = source.look()?;
        source.plan = plan::plan(source.about.schema(), source.about.metadata(), &first, words);
        let wrong = |found: String, expected: &str| source.wrong("the schema".into(), found, expected);
        if source.plan.planned.is_empty() {
            let notes = source.plan.notes.join("; ");
            let expected = "columns of numbers, words, dates, pictures or lists of numbers";
            return Err(wrong(
                if notes.is_empty() { "no column".into() } else { format!("no column to read ({notes})") },
                expected,
            ));
        }
        if source.plan.columns.len() > MOST_COLUMNS {
            return Err(wrong(format!("{} columns", source.plan.columns.len()), "at most 1048576"));
        }
        Ok(source)
    }

    fn wrong(&self, place: String, found: String, expected: &str) -> DataError {
        DataError::Format { name: self.chunks.stored().name().into(), place, found, expected: expected.into() }
    }

    /// The rows of the groups must be the rows of the file.
    fn check_counts(&self) -> Result<(), DataError> {
        let about = self.about.metadata();
        let of_groups = about
            .row_groups()
            .iter()
            .try_fold(0i64, |sum, group| (group.num_rows() >= 0).then(|| sum.checked_add(group.num_rows())).flatten());
        let of_file = about.file_metadata().num_rows();
        if of_groups == Some(of_file) {
            return Ok(());
        }
        let found = format!("{of_file} rows in all");
        Err(self.wrong("the footer".into(), found, "the sum of its row groups; the file is damaged"))
    }

    /// Looks at the first values of columns whose types do not say enough.
    fn look(&mut self) -> Result<Vec<(usize, Option<First>)>, DataError> {
        let roots = plan::unclear(self.about.schema());
        let mut found: Vec<(usize, Option<First>)> = roots.iter().map(|&root| (root, None)).collect();
        if found.is_empty() || self.about.metadata().num_row_groups() == 0 {
            return Ok(found);
        }
        let place = Parquet::group_place(0);
        let asked = self.asked(0, &place, &roots, 64);
        let mut parts = self.open_group(&asked, 1)?;
        while found.iter().any(|(_, first)| first.is_none()) {
            let Some(batch) = asked.next(&mut parts)? else { break };
            for (at, (_, first)) in found.iter_mut().enumerate() {
                if first.is_none() {
                    *first = plan::first(&batch[0], at);
                }
            }
        }
        Ok(found)
    }

    fn group_place(group: usize) -> String {
        format!("row group {}", group + 1)
    }

    fn asked<'a>(&'a self, group: usize, place: &'a str, roots: &'a [usize], rows: usize) -> Asked<'a> {
        Asked { chunks: &self.chunks, about: &self.about, group, place, roots, rows }
    }

    fn open_group(&self, asked: &Asked<'_>, parts: usize) -> Result<Parts, DataError> {
        let about = self.about.metadata();
        let schema = about.file_metadata().schema_descr();
        let mut is_asked = vec![false; schema.root_schema().get_fields().len()];
        asked.roots.iter().for_each(|&root| is_asked[root] = true);
        let leaves: Vec<usize> =
            (0..schema.num_columns()).filter(|&leaf| is_asked[schema.get_column_root_idx(leaf)]).collect();
        look_at(&self.chunks, about, asked.group, &leaves)?;
        asked.open(parts)
    }

    /// Decodes further rows; none at the end of the file.
    fn fill(&mut self) -> Result<(), DataError> {
        let roots: Vec<usize> = self.plan.planned.iter().map(|planned| planned.root).collect();
        let rows = (CELLS / self.plan.width().max(1)).clamp(1, ROWS);
        while self.decoded.is_none() {
            let Some(mut parts) = self.parts.take() else {
                if self.group == self.about.metadata().num_row_groups() {
                    return self.chunks.stored().check_unchanged();
                }
                let place = Parquet::group_place(self.group);
                self.parts = Some(self.open_group(&self.asked(self.group, &place, &roots, rows), self.threads)?);
                self.left = self.about.metadata().row_group(self.group).num_rows() as u64;
                self.group += 1;
                continue;
            };
            let group = self.group - 1;
            match self.asked(group, &Parquet::group_place(group), &roots, rows).next(&mut parts)? {
                Some(batch) if batch[0].num_rows() > 0 && batch[0].num_rows() as u64 <= self.left => {
                    self.left -= batch[0].num_rows() as u64;
                    self.decoded = Some((batch, 0));
                    self.parts = Some(parts);
                }
                None if self.left == 0 => {}
                _ => {
                    let promised = self.about.metadata().row_group(group).num_rows();
                    let found = format!("another number of rows than the {promised} it declares");
                    let expected = "as many as declared. The file is damaged; copy or download it again";
                    return Err(self.wrong(Parquet::group_place(group), found, expected));
                }
            }
        }
        Ok(())
    }

    /// How many of the rows from `at` on fit a batch.
    fn fitting(&self, batch: &[RecordBatch], at: usize, most: usize) -> usize {
        let mut texts = Vec::new();
        for (planned, array) in self.plan.planned.iter().zip(batch.iter().flat_map(RecordBatch::columns)) {
            match planned.role {
                Role::Text => texts.extend(array.as_string_view_opt().map(|array| array.views())),
                Role::BytesOfText | Role::Picture => texts.extend(cells::bytes_of(array).map(|array| array.views())),
                _ => {}
            }
        }
        let most = most.min(batch[0].num_rows() - at);
        let mut sum = 0;
        for row in 0..most {
            // The length of a text stands in the low half of a quarter of its view.
            sum += texts.iter().map(|views| u64::from(views[at + row] as u32)).sum::<u64>();
            if sum > TEXT {
                return row.max(1);
            }
        }
        most
    }

    fn write(&self, rows: &[RecordBatch], batch: &mut Batch) -> Result<(), DataError> {
        let fault = |name: &str, (row, found, expected): Fault| {
            self.wrong(format!("{}, column '{name}'", self.place(self.row + row as u64)), found, &expected)
        };
        batch.columns.resize_with(self.plan.columns.len(), || Cells::Numbers(Vec::new()));
        let mut rest = &mut batch.columns[..];
        for (planned, array) in self.plan.planned.iter().zip(rows.iter().flat_map(RecordBatch::columns)) {
            let width = match planned.role {
                Role::List(width) => width,
                Role::Picture => 0,
                _ => 1,
            };
            let (own, others) = std::mem::take(&mut rest).split_at_mut(width);
            rest = others;
            cells::write(array, &planned.role, own).map_err(|e| fault(&planned.name, e))?;
            if planned.role == Role::Picture {
                batch.pixels = picture::all(array).map_err(|e| fault(&planned.name, e))?;
            }
        }
        Ok(())
    }
}

impl RowSource for Parquet {
    fn name(&self) -> &str {
        self.chunks.stored().name()
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.plan.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        (batch.rows, batch.pixels) = (0, None);
        if most > 0 {
            self.fill()?;
        }
        let Some((decoded, at)) = self.decoded.take().filter(|_| most > 0) else {
            batch.columns.clear();
            return Ok(());
        };
        let count = self.fitting(&decoded, at, most);
        let rows: Vec<RecordBatch> = decoded.iter().map(|part| part.slice(at, count)).collect();
        self.write(&rows, batch)?;
        batch.rows = count;
        self.row += count as u64;
        if at + count < decoded[0].num_rows() {
            self.decoded = Some((decoded, at + count));
        }
        Ok(())
    }

    fn ready(&mut self, wanted: &[Wanted], ready: &mut Vec<Ready>) -> Result<usize, DataError> {
        if !ready::fits(&self.plan) {
            return Ok(0);
        }
        self.fill()?;
        let Some((decoded, at)) = self.decoded.take() else { return Ok(0) };
        let count = self.fitting(&decoded, at, ready::most_rows(wanted.len()));
        ready.resize_with(self.threads, Ready::default);
        let arrays: Vec<&ArrayRef> = decoded.iter().flat_map(RecordBatch::columns).collect();
        let read = ready::read(&arrays, at..at + count, &self.plan, wanted, ready);
        // What is wrong is said where it is met row by row.
        let taken = if read.is_ok() { count } else { 0 };
        self.row += taken as u64;
        if at + taken < decoded[0].num_rows() {
            self.decoded = Some((decoded, at + taken));
        }
        Ok(read.unwrap_or(0))
    }

    fn restart(&mut self) -> Result<(), DataError> {
        (self.group, self.left, self.row) = (0, 0, 0);
        (self.parts, self.decoded) = (None, None);
        self.chunks.stored().check_unchanged()
    }

    fn notes(&self) -> Vec<String> {
        self.plan.notes.clone()
    }
}

/// Compares what a row group declares for some columns with its bytes; whether dictionaries list all of their values.
fn look_at(chunks: &Chunks, about: &ParquetMetaData, group: usize, leaves: &[usize]) -> Result<bool, DataError> {
    let place = Parquet::group_place(group);
    guarded(chunks, &place, || {
        let looked = guard::row_group(chunks, about.row_group(group), leaves, &place);
        looked.map_err(|error| ParquetError::External(Box::new(error)))
    })
}

/// Asks the library; its errors, and its panics on damaged files, become errors with a place.
fn guarded<T>(chunks: &Chunks, place: &str, ask: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, DataError> {
    let said = match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(value)) => return Ok(value),
        // Our own errors come through the library as they are.
        Ok(Err(ParquetError::External(error))) => match error.downcast::<DataError>() {
            Ok(own) => return Err(*own),
            Err(other) => other.to_string(),
        },
        Ok(Err(other)) => other.to_string(),
        Err(_) => "bytes that make no sense".to_owned(),
    };
    // A file that was changed under the reader looks damaged.
    chunks.stored().check_unchanged()?;
    Err(DataError::Format {
        name: chunks.stored().name().into(),
        place: place.into(),
        found: format!("what cannot be decoded ({})", said.trim()),
        expected: "a whole Parquet file, packed with snappy, gzip, lz4 or zstd or not at all; copy or download it again, or write it anew".into(),
    })
}
