//! A row of text into cells: where cells end, and what quotes mean.

use crate::rows::Texts;
use memchr::{memchr, memchr2};
use std::fmt;

/// The most columns of a table.
pub(super) const MOST_COLUMNS: usize = 1_000_000;

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// One character of ASCII, such as a comma.
    Byte(u8),
    /// Any number of spaces and tabs.
    Spaces,
}

impl Delimiter {
    /// A delimiter by its name ("tab", "space", "comma", "semicolon", "bar") or as the character itself.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Delimiter::Byte(match text {
            "tab" | "\\t" | "\t" => b'\t',
            "comma" => b',',
            "semicolon" => b';',
            "bar" | "pipe" => b'|',
            "space" | "spaces" | " " => return Some(Delimiter::Spaces),
            _ => match text.as_bytes() {
                [byte] if byte.is_ascii_punctuation() && !b"\"'.-+_".contains(byte) => *byte,
                _ => return None,
            },
        }))
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delimiter::Byte(b'\t') => f.write_str("tab"),
            Delimiter::Byte(byte) => write!(f, "'{}'", char::from(*byte)),
            Delimiter::Spaces => f.write_str("spaces"),
        }
    }
}

/// A row that was found at the beginning of a text.
pub(super) struct Row {
    /// Its length, with the end of its last line.
    pub(super) bytes: usize,
    /// The lines that it takes.
    pub(super) lines: u64,
}

/// Why there is no row at the beginning of a text.
pub(super) enum Stop {
    /// It needs more text: its end is not there.
    More,
    /// A quote is opened in this line (from 0) and column, and the text ends in it.
    Open { line: u64, column: usize },
    /// Something stands behind the closing quote of the cell that begins in this line and column.
    Behind { line: u64, column: usize, found: String },
    /// More columns than a table can have.
    Columns,
}

/// Splits the row at the beginning of `text`, which is not empty, into `cells`. `ended` says that no text follows.
pub(super) fn split(
    text: &str,
    ended: bool,
    delimiter: Delimiter,
    terminator: u8,
    cells: &mut Texts,
) -> Result<Row, Stop> {
    let bytes = text.as_bytes();
    let blank = |byte: u8| byte == b' ' || (byte == b'\t' && delimiter != Delimiter::Byte(b'\t'));
    let skip = |mut at: usize| {
        while at < bytes.len() && blank(bytes[at]) {
            at += 1;
        }
        at
    };
    let spaced = delimiter == Delimiter::Spaces;
    let mut unquoted = String::new();
    let (mut at, mut lines) = (0, 0);
    cells.clear();
    loop {
        if cells.len() > MOST_COLUMNS {
            return Err(Stop::Columns);
        }
        let begin = skip(at);
        let end; // of the cell with its quotes and the spaces behind it
        if bytes.get(begin) == Some(&b'"') {
            let opened = lines;
            unquoted.clear();
            let mut from = begin + 1;
            let behind = loop {
                let Some(length) = memchr(b'"', &bytes[from..]) else {
                    let open = Stop::Open { line: opened, column: cells.len() };
                    return Err(if ended { open } else { Stop::More });
                };
                let quote = from + length;
                unquoted.push_str(&text[from..quote]);
                lines += memchr::memchr_iter(terminator, &bytes[from..quote]).count() as u64;
                match bytes.get(quote + 1) {
                    None if !ended => return Err(Stop::More),
                    Some(b'"') => unquoted.push('"'),
                    _ => break quote + 1,
                }
                from = quote + 2;
            };
            let mut after = skip(behind);
            if bytes.get(after) == Some(&b'\r') && terminator != b'\r' {
                after += 1;
            }
            let closed = match bytes.get(after) {
                None if ended => true,
                None => return Err(Stop::More),
                Some(&byte) => byte == terminator || Delimiter::Byte(byte) == delimiter || (spaced && after > behind),
            };
            if !closed {
                let found = text[begin..].chars().take(30).collect();
                return Err(Stop::Behind { line: opened, column: cells.len(), found });
            }
            cells.push(unquoted.trim());
            end = after;
        } else {
            let length = match delimiter {
                Delimiter::Byte(byte) => memchr2(byte, terminator, &bytes[begin..]),
                Delimiter::Spaces => bytes[begin..].iter().position(|&byte| blank(byte) || byte == terminator),
            };
            end = match length {
                Some(length) => begin + length,
                None if ended => bytes.len(),
                None => return Err(Stop::More),
            };
            let cell = text[begin..end].trim();
            if !spaced || !cell.is_empty() {
                cells.push(cell);
            }
        }
        match bytes.get(end) {
            None => return Ok(Row { bytes: end, lines: lines + 1 }),
            Some(&byte) if byte == terminator => return Ok(Row { bytes: end + 1, lines: lines + 1 }),
            Some(_) => at = if spaced { end } else { end + 1 },
        }
    }
}

/// A cell without the spaces around it; quick where there are none.
#[inline]
pub(super) fn trimmed(cell: &str) -> &str {
    let bytes = cell.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b'!'..=b'~'), Some(b'!'..=b'~')) | (None, _) => cell,
        _ => cell.trim(),
    }
}
