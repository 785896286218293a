//! The words of a dictionary column: a column that was written as categories lists them in the dictionaries of its row groups.

use super::chunks::Chunks;
use super::{Parquet, guarded, look_at};
use crate::error::DataError;
use arrow_schema::{DataType, Schema};
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::SerializedPageReader;
use std::collections::HashSet;
use std::sync::Arc;

/// More words than this are no categories.
const MOST: usize = 65_536;

/// The columns that were written as dictionaries of text, by their places in the schema, with their words in the order of the file.
/// A column whose words are not all listed is left out.
pub(super) fn listed(
    chunks: &Chunks,
    schema: &Schema,
    about: &ParquetMetaData,
) -> Result<Vec<(usize, Vec<String>)>, DataError> {
    let descr = about.file_metadata().schema_descr();
    let mut columns = Vec::new();
    for (root, field) in schema.fields().iter().enumerate() {
        let DataType::Dictionary(_, words) = field.data_type() else { continue };
        if !matches!(**words, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            continue;
        }
        let leaf = (0..descr.num_columns()).find(|&leaf| descr.get_column_root_idx(leaf) == root);
        let words = leaf.map(|leaf| of_column(chunks, about, leaf)).transpose()?.flatten();
        columns.extend(words.filter(|words| !words.is_empty()).map(|words| (root, words)));
    }
    Ok(columns)
}

fn of_column(chunks: &Chunks, about: &ParquetMetaData, leaf: usize) -> Result<Option<Vec<String>>, DataError> {
    let (mut words, mut known) = (Vec::new(), HashSet::new());
    for (group, of_group) in about.row_groups().iter().enumerate() {
        let place = Parquet::group_place(group);
        if !look_at(chunks, about, group, &[leaf])? {
            return Ok(None);
        }
        let Some(column) = of_group.columns().get(leaf) else { return Ok(None) };
        let page = guarded(chunks, &place, || {
            SerializedPageReader::new(Arc::new(chunks.clone()), column, 0, None)?.get_next_page()
        })?;
        let Some(Page::DictionaryPage { buf, encoding: Encoding::PLAIN | Encoding::PLAIN_DICTIONARY, .. }) = page
        else {
            // A row group without a word has no dictionary.
            if column.num_values() == 0 || page.is_none() {
                continue;
            }
            return Ok(None);
        };
        let mut rest = &buf[..];
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let Some((word, behind)) = behind.split_at_checked(u32::from_le_bytes(*length) as usize) else { break };
            rest = behind;
            let Ok(word) = std::str::from_utf8(word) else { return Ok(None) };
            let word = word.trim();
            if !word.is_empty() && known.insert(word.to_owned()) {
                words.push(word.to_owned());
            }
            if words.len() > MOST {
                return Ok(None);
            }
        }
    }
    Ok(Some(words))
}
