//! What a file declares, compared with what its bytes can hold, before the library takes memory for it.
//!
//! The library believes a footer and page headers: it makes room for as many children of a schema, unpacked bytes and lengths of text
//! as they say, recurses as deep as the schema, and repeats a list of nothing as often as told. A file of a few hundred bytes could
//! make it take terabytes, which ends the process. So the headers are looked at here first; that costs a read of some bytes a page.

use super::chunks::Chunks;
use super::thrift::{Fields, LIST, STRUCT, Stop};
use crate::error::{DataError, beginning};
use crate::formats::stored::Stored;
use crate::gz::LARGEST_RATIO;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::SerializedPageReader;
use std::sync::Arc;

/// Memory that any file may ask for; beyond it, [`LARGEST_RATIO`] times its bytes.
const FREE: u64 = 256 << 20;

/// Elements of lists that a row group may hold in the same sense.
const FREE_ELEMENTS: u64 = 16 << 20;

/// Groups in groups that a schema may have.
const DEEPEST: usize = 24;

const MAGIC: &[u8] = b"PAR1";

fn wrong(name: &str, place: impl Into<String>, found: impl Into<String>, expected: &str) -> DataError {
    DataError::Format { name: name.into(), place: place.into(), found: found.into(), expected: expected.into() }
}

const DAMAGED: &str = "what its bytes can hold. The file is damaged; copy or download it again";

/// Looks at the beginning, the end and the schema of a file.
pub(super) fn footer(stored: &Stored) -> Result<(), DataError> {
    let name = stored.name();
    let head = stored.piece(0, 8)?;
    if head.is_empty() {
        return Err(DataError::Empty { name: name.into(), expected: "a Parquet file".into() });
    }
    let encrypted = "a plain file; encrypted Parquet files are not read, write it without encryption";
    if head.starts_with(b"PARE") {
        return Err(wrong(name, "its beginning", "the mark of an encrypted file", encrypted));
    }
    if !MAGIC.starts_with(&head[..head.len().min(4)]) {
        let expected = "a Parquet file, which begins with PAR1; check that this is the file you meant";
        return Err(wrong(name, "its beginning", beginning(&head), expected));
    }
    let length = stored.length();
    let truncated = |expected| DataError::Truncated { name: name.into(), place: "the footer", expected, found: length };
    if length < 12 {
        return Err(truncated(12));
    }
    let tail = stored.piece(length - 8, 8)?;
    let (Some(&footer), Some(mark)) = (tail.first_chunk::<4>(), tail.get(4..)) else { return Err(truncated(length)) };
    if mark == b"PARE" {
        return Err(wrong(name, "its end", "the mark of an encrypted file", encrypted));
    }
    if mark != MAGIC {
        let expected = "PAR1, as at the beginning. It is cut short or still being written; copy or download it again";
        return Err(wrong(name, "its end", beginning(mark), expected));
    }
    let footer = u64::from(u32::from_le_bytes(footer));
    if footer + 12 > length {
        return Err(truncated(footer + 12));
    }
    let schema = schema(&stored.piece(length - 8 - footer, footer)?);
    schema.map_err(|found| wrong(name, "the footer", found, "a schema that the footer holds; the file is damaged"))
}

/// Checks that the groups of the schema have the children they declare, and are not too deep.
fn schema(footer: &[u8]) -> Result<(), String> {
    let mut fields = Fields::new(footer);
    let mut fault = None;
    let read = fields.each(|fields, number, kind| {
        if (number, kind) != (2, LIST) {
            return Ok(false);
        }
        let (kind, count) = fields.list()?;
        if kind != STRUCT {
            return Err(Stop::Wrong);
        }
        // Children that are still to come, for each open group.
        let mut open: Vec<u64> = vec![1];
        for element in 0..count {
            let mut children = 0i64;
            fields.each(|fields, number, kind| {
                let of_children = (number, kind) == (5, 5);
                if of_children {
                    children = fields.number()?;
                }
                Ok(of_children)
            })?;
            match open.last_mut() {
                Some(left) => *left -= 1,
                None => fault = Some("more elements than the schema's groups have children".to_owned()),
            }
            let children = u64::try_from(children).map_err(|_| Stop::Wrong)?;
            if children > count - element - 1 {
                fault = Some(format!("a group of {children} children in a schema of {count} elements"));
            }
            open.push(children);
            while open.last() == Some(&0) {
                open.pop();
            }
            if open.len() > DEEPEST {
                fault = Some(format!("groups {} deep", open.len()));
            }
            if fault.is_some() {
                return Err(Stop::Wrong);
            }
        }
        Ok(true)
    });
    match (read, fault) {
        (Ok(()), None) => Ok(()),
        (_, Some(fault)) => Err(fault),
        _ => Err("something that is no footer".into()),
    }
}

/// What the header of a page says.
#[derive(Debug, Default)]
struct PageHead {
    kind: i64,
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
}

impl PageHead {
    fn read(bytes: &[u8]) -> Result<(PageHead, usize), Stop> {
        let mut head = PageHead::default();
        let mut fields = Fields::new(bytes);
        fields.each(|fields, number, kind| {
            match (number, kind) {
                (1, 5) => head.kind = fields.number()?,
                (2, 5) => head.unpacked = fields.number()?,
                (3, 5) => head.packed = fields.number()?,
                // The headers of data pages of both versions, and of the dictionary.
                (5 | 7 | 8, STRUCT) => {
                    let of_encoding = if number == 8 { 4 } else { 2 };
                    fields.each(|fields, number, kind| {
                        match (number, kind) {
                            (1, 5) => head.values = fields.number()?,
                            (number, 5) if number == of_encoding => head.encoding = fields.number()?,
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok((head, fields.read()))
    }
}

/// Looks at the pages of the columns that will be read of a row group; `leaves` are their places. Whether dictionaries list all of
/// their values.
pub(super) fn row_group(
    chunks: &Chunks,
    group: &RowGroupMetaData,
    leaves: &[usize],
    place: &str,
) -> Result<bool, DataError> {
    let name = chunks.stored().name();
    let (mut memory, mut bytes, mut all_listed) = (0u64, 0u64, true);
    for &leaf in leaves {
        let column = group.columns().get(leaf);
        let column = column.ok_or_else(|| wrong(name, place, format!("no column {leaf}"), DAMAGED))?;
        let place = || format!("{place}, column '{}'", column.column_path().string());
        let (of_pages, of_bytes, listed) = pages(chunks, column, &place)?;
        all_listed &= listed;
        memory = memory.saturating_add(of_pages);
        bytes = bytes.saturating_add(of_bytes);
    }
    let limit = FREE + bytes.saturating_mul(LARGEST_RATIO);
    if memory > limit {
        let (name, found) = (format!("{name}, {place}"), memory.to_string());
        return Err(DataError::TooLarge { name, found, limit });
    }
    Ok(all_listed)
}

/// The most bytes that one page and the dictionary unpack to, the bytes of the column in the file, and whether all of its values are in
/// the dictionary.
fn pages(
    chunks: &Chunks,
    column: &ColumnChunkMetaData,
    place: &dyn Fn() -> String,
) -> Result<(u64, u64, bool), DataError> {
    let name = chunks.stored().name();
    let lie = |found: String| wrong(name, place(), found, DAMAGED);
    if column.file_path().is_some_and(|path| !path.is_empty()) {
        let expected = "values in the file itself; write the table as one file";
        return Err(wrong(name, place(), "values in another file", expected));
    }
    let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let bounds = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
    let end =
        bounds.and_then(|(start, length)| start.checked_add(length)).filter(|end| *end <= chunks.stored().length());
    let (Some((start, length)), Some(end)) = (bounds, end) else {
        return Err(lie(format!("{} bytes from byte {start} on", column.compressed_size())));
    };
    let (mut at, mut values, mut largest, mut dictionary) = (start, 0u64, 0u64, 0u64);
    let (mut of_lengths, mut listed) = (false, true);
    while at < end {
        let (head, read) =
            page_head(chunks.stored(), at, end).ok_or_else(|| lie(format!("no page at byte {at}")))??;
        let sizes =
            u64::try_from(head.packed).ok().zip(u64::try_from(head.unpacked).ok()).zip(u64::try_from(head.values).ok());
        let Some(((packed, unpacked), count)) = sizes else {
            return Err(lie(format!("a length below 0 at byte {at}")));
        };
        at = at.saturating_add(read as u64).saturating_add(packed);
        if at > end {
            return Err(lie(format!("a page of {packed} bytes where {} are left", packed.saturating_sub(at - end))));
        }
        match head.kind {
            2 => {
                let size = match column.column_type() {
                    Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
                    Type::INT64 | Type::DOUBLE => 8,
                    Type::INT96 => 12,
                    Type::FIXED_LEN_BYTE_ARRAY => {
                        u64::try_from(column.column_descr().type_length()).unwrap_or(0).max(1)
                    }
                    Type::BOOLEAN => 1,
                };
                if count.saturating_mul(size) > unpacked {
                    return Err(lie(format!("a dictionary of {count} words in {unpacked} bytes")));
                }
                dictionary += unpacked;
            }
            0 | 3 => {
                values += count;
                largest = largest.max(unpacked);
                of_lengths |= matches!(head.encoding, 6 | 7);
                listed &= matches!(head.encoding, 2 | 8);
            }
            _ => {}
        }
    }
    let descr = column.column_descr();
    if descr.max_rep_level() > 0 && values > FREE_ELEMENTS + length.saturating_mul(LARGEST_RATIO) {
        let expected = "fewer in a row group of this size; write the table in smaller row groups";
        return Err(wrong(name, place(), format!("lists of {values} elements in {length} bytes"), expected));
    }
    if of_lengths {
        text_lengths(chunks, column, &lie)?;
    }
    Ok((largest + dictionary, length, listed))
}

/// The header at `at`, and its length; `None` where there is none.
fn page_head(stored: &Stored, at: u64, end: u64) -> Option<Result<(PageHead, usize), DataError>> {
    // Most are short; statistics of long text make some longer.
    for most in [256, 16 << 10, 1 << 20, 64 << 20] {
        let bytes = match stored.piece(at, most.min(end - at)) {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        match PageHead::read(&bytes) {
            Ok(head) => return Some(Ok(head)),
            Err(Stop::Wrong) => return None,
            Err(Stop::Short) if most >= end - at => return None,
            Err(Stop::Short) => {}
        }
    }
    None
}

/// Text that is written as lengths and letters: how many lengths there are is said inside the packed values, so they are unpacked.
fn text_lengths(
    chunks: &Chunks,
    column: &ColumnChunkMetaData,
    lie: &dyn Fn(String) -> DataError,
) -> Result<(), DataError> {
    let failed = |e: parquet::errors::ParquetError| lie(e.to_string());
    let mut pages = SerializedPageReader::new(Arc::new(chunks.clone()), column, 0, None).map_err(failed)?;
    let (rep, def) = (column.column_descr().max_rep_level() > 0, column.column_descr().max_def_level() > 0);
    while let Some(page) = pages.get_next_page().map_err(failed)? {
        let short = || lie("text without its lengths".into());
        let (values, encoding, count) = match &page {
            Page::DataPage { buf, encoding, num_values, .. } => {
                let mut rest = &buf[..];
                for _ in 0..usize::from(rep) + usize::from(def) {
                    let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(short)?;
                    rest = behind.get(u32::from_le_bytes(*length) as usize..).ok_or_else(short)?;
                }
                (rest, *encoding, *num_values)
            }
            Page::DataPageV2 { buf, encoding, num_values, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                (buf.get(levels..).ok_or_else(short)?, *encoding, *num_values)
            }
            Page::DictionaryPage { .. } => continue,
        };
        let lists = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => 0,
        };
        let mut rest = values;
        for _ in 0..lists {
            let (lengths, read) = packed_lengths(rest, u64::from(count)).ok_or_else(short)?;
            if lengths > u64::from(count) {
                return Err(lie(format!("{lengths} lengths of text for {count} values")));
            }
            rest = rest.get(read..).ok_or_else(short)?;
        }
    }
    Ok(())
}

/// How many numbers a DELTA_BINARY_PACKED list holds, and its bytes. Beyond `most` it is not looked at further.
fn packed_lengths(bytes: &[u8], most: u64) -> Option<(u64, usize)> {
    let mut at = 0;
    let mut number = || -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.get(at)?;
            at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    };
    let (block, parts, count, _first) = (number()?, number()?, number()?, number()?);
    if count > most {
        return Some((count, at));
    }
    let in_part = block.checked_div(parts).filter(|n| *n > 0 && n % 32 == 0)?;
    let parts = usize::try_from(parts).ok()?;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        // The smallest difference, the width of each part, the parts.
        while *bytes.get(at)? >= 0x80 {
            at += 1;
        }
        at += 1;
        let widths = bytes.get(at..at.checked_add(parts)?)?;
        at += parts;
        for &width in widths {
            // Widths behind the last number mean nothing.
            if left == 0 {
                break;
            }
            at = at.checked_add(usize::try_from(u64::from(width).checked_mul(in_part)? / 8).ok()?)?;
            left = left.saturating_sub(in_part);
        }
    }
    Some((count, at))
}
