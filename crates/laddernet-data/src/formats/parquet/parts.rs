//! The columns of a row group in parts that are decoded at the same time; what comes out does not depend on their number.

use super::chunks::Chunks;
use super::guarded;
use crate::error::DataError;
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

/// What is to be read.
pub(super) struct Asked<'a> {
    pub(super) chunks: &'a Chunks,
    pub(super) about: &'a ArrowReaderMetadata,
    pub(super) group: usize,
    pub(super) place: &'a str,
    /// Places of the columns in the schema.
    pub(super) roots: &'a [usize],
    /// Rows of a batch.
    pub(super) rows: usize,
}

/// Readers of the same rows, for some columns each, in their order.
pub(super) struct Parts {
    readers: Vec<ParquetRecordBatchReader>,
    batches: usize,
}

impl Asked<'_> {
    /// Opens readers of about as many columns each.
    pub(super) fn open(&self, parts: usize) -> Result<Parts, DataError> {
        let size = self.roots.len().div_ceil(parts.max(1)).max(1);
        let readers = match self.roots.is_empty() {
            true => vec![self.reader(&[])?],
            false => self.roots.chunks(size).map(|roots| self.reader(roots)).collect::<Result<_, _>>()?,
        };
        Ok(Parts { readers, batches: 0 })
    }

    fn reader(&self, roots: &[usize]) -> Result<ParquetRecordBatchReader, DataError> {
        let schema = self.about.metadata().file_metadata().schema_descr();
        guarded(self.chunks, self.place, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.chunks.clone(), self.about.clone())
                .with_projection(ProjectionMask::roots(schema, roots.iter().copied()))
                .with_row_groups(vec![self.group])
                .with_batch_size(self.rows)
                .build()
        })
    }

    /// Decodes the next rows, a batch a part; nothing at the end.
    pub(super) fn next(&self, parts: &mut Parts) -> Result<Option<Vec<RecordBatch>>, DataError> {
        let (chunks, place) = (self.chunks, self.place);
        let mut found = decode_all(chunks, place, &mut parts.readers);
        let rows = |found: &Result<Option<RecordBatch>, DataError>| match found {
            Ok(batch) => Some(batch.as_ref().map(RecordBatch::num_rows)),
            Err(_) => None,
        };
        let alike = found.iter().all(|part| rows(part).is_some() && rows(part) == rows(&found[0]));
        if !alike && found.len() > 1 {
            // What is wrong with the file is said by one reader of all columns.
            let mut whole = self.open(1)?;
            for _ in 0..parts.batches {
                decode_all(chunks, place, &mut whole.readers).pop().transpose()?;
            }
            parts.readers = whole.readers;
            found = decode_all(chunks, place, &mut parts.readers);
        }
        parts.batches += 1;
        found.into_iter().collect()
    }
}

fn decode_all(
    chunks: &Chunks,
    place: &str,
    readers: &mut [ParquetRecordBatchReader],
) -> Vec<Result<Option<RecordBatch>, DataError>> {
    let decode = |reader: &mut ParquetRecordBatchReader| {
        guarded(chunks, place, || {
            reader.next().transpose().map_err(|error| match error {
                ArrowError::ExternalError(inner) => ParquetError::External(inner),
                other => ParquetError::General(other.to_string()),
            })
        })
    };
    let Some((own, others)) = readers.split_first_mut() else { return Vec::new() };
    std::thread::scope(|scope| {
        let others: Vec<_> = others.iter_mut().map(|reader| scope.spawn(|| decode(reader))).collect();
        let own = decode(own);
        let others = others.into_iter().map(|thread| thread.join().expect("the library's panics are caught"));
        std::iter::once(own).chain(others).collect()
    })
}
