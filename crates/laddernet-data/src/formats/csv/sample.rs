//! The first rows of a text under a delimiter, and which delimiter they speak for.

use super::numbers::comma;
use super::split::{Delimiter, Row, split};
use crate::rows::Texts;

/// At most so many rows are looked at, and so many cells: a row may have a million.
const ROWS: usize = 1000;
const CELLS: usize = 2_000_000;

const BYTES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The first rows.
pub(super) struct Sample {
    /// Their cells.
    pub(super) rows: Vec<Texts>,
    /// The line in which each begins, from 0 at the beginning of the text.
    pub(super) lines: Vec<u64>,
    /// Where the first row ends: bytes and lines.
    pub(super) second: (usize, u64),
    /// The rows end in something that is none.
    broken: bool,
}

/// Text with what is needed to split it.
#[derive(Clone, Copy)]
pub(super) struct Begin<'a> {
    pub(super) text: &'a str,
    pub(super) ended: bool,
    pub(super) terminator: u8,
}

impl<'a> Begin<'a> {
    /// The line at `at` without its end, and where the next one begins.
    pub(super) fn line(&self, at: usize) -> (&'a str, usize) {
        let rest = &self.text[at..];
        match memchr::memchr(self.terminator, rest.as_bytes()) {
            Some(length) => (&rest[..length], at + length + 1),
            None => (rest, self.text.len()),
        }
    }

    /// A line of it as a text by itself.
    pub(super) fn only(&self, line: &'a str) -> Begin<'a> {
        Begin { text: line, ended: true, ..*self }
    }

    /// The first rows from the byte `at`, in line `line`.
    pub(super) fn sample(&self, mut at: usize, mut line: u64, delimiter: Delimiter) -> Sample {
        let mut sample = Sample { rows: Vec::new(), lines: Vec::new(), second: (at, line), broken: false };
        let mut cells = 0;
        while at < self.text.len() && sample.rows.len() < ROWS && cells < CELLS {
            let (content, next) = self.line(at);
            if blank(content, delimiter) {
                (at, line) = (next, line + 1);
                continue;
            }
            let mut row = Texts::default();
            let Ok(Row { bytes, lines }) = split(&self.text[at..], self.ended, delimiter, self.terminator, &mut row)
            else {
                // The last row may just not be read to its end.
                sample.broken = self.ended || next < self.text.len();
                break;
            };
            cells += row.len();
            sample.rows.push(row);
            sample.lines.push(line);
            (at, line) = (at + bytes, line + lines);
            if sample.rows.len() == 1 {
                sample.second = (at, line);
            }
        }
        sample
    }

    /// The delimiter that the rows from `at` speak for; nothing where they are of one column.
    pub(super) fn delimiter(&self, at: usize, without_comma: bool) -> Option<Delimiter> {
        let mut best = (0.0, None);
        for byte in BYTES {
            if byte == b',' && without_comma {
                continue;
            }
            // A line that begins with a bar where bars delimit nothing is no row: see `head.rs`.
            let (line, next) = self.line(at);
            let from = if line.starts_with('|') && byte != b'|' { next } else { at };
            let score = self.sample(from, 0, Delimiter::Byte(byte)).score(Some(byte));
            if score > best.0 {
                best = (score, Some(Delimiter::Byte(byte)));
            }
        }
        let spaces = || self.sample(at, 0, Delimiter::Spaces).score(None);
        if best.0 < 0.9 && spaces() > best.0.max(0.5) { Some(Delimiter::Spaces) } else { best.1 }
    }
}

impl Sample {
    /// How many cells most rows have; the first one, which may be a header, only decides between equals.
    pub(super) fn width(&self) -> usize {
        let mut counts: Vec<usize> = self.rows.iter().skip(usize::from(self.rows.len() > 1)).map(Texts::len).collect();
        counts.sort_unstable();
        let first = self.rows.first().map(Texts::len);
        let groups = counts.chunk_by(|a, b| a == b);
        groups.max_by_key(|same| (same.len(), Some(same[0]) == first)).map_or(0, |same| same[0])
    }

    /// From 0, these rows are not delimited so, to 1: all have as many cells, and no cell looks as if another delimiter parted it.
    /// Spaces (no delimiter given) must part numbers.
    fn score(&self, delimiter: Option<u8>) -> f64 {
        let width = self.width();
        if width < 2 {
            return 0.0;
        }
        let fits = |place: usize, count: usize| count == width || (place == 0 && count.abs_diff(width) == 1);
        let same = self.rows.iter().enumerate().filter(|(place, row)| fits(*place, row.len())).count();
        let (mut clean, mut cells) = (0, 0);
        for row in &self.rows {
            cells += row.len();
            clean += row.iter().filter(|cell| delimiter.map_or(number(cell), |byte| whole(cell, byte))).count();
        }
        let even = same as f64 / (self.rows.len() + usize::from(self.broken)) as f64;
        even * even * clean as f64 / cells as f64
    }
}

/// Whether a line holds nothing; where tabs delimit, a line of tabs holds empty cells.
pub(super) fn blank(line: &str, delimiter: Delimiter) -> bool {
    let tabs = delimiter == Delimiter::Byte(b'\t');
    line.bytes().all(|byte| byte == b' ' || byte == b'\r' || (byte == b'\t' && !tabs))
}

fn number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok() || comma(cell).is_some()
}

/// Whether nothing in a cell looks like another delimiter than `own`.
fn whole(cell: &str, own: u8) -> bool {
    if number(cell) {
        return true;
    }
    let other = cell.bytes().any(|byte| byte != own && BYTES.contains(&byte));
    let several = cell.contains([' ', '\t']) && cell.split_ascii_whitespace().all(number);
    !other && !several
}
