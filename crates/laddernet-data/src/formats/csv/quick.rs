//! Rows in lines of their own, split and read in one go where the kinds of their columns are known.
//!
//! A text is cut at ends of lines into as many pieces as there are threads; each piece is read by itself, and its rows count only where
//! those before it ended where it begins. So neither the pieces nor the threads change what is read. A row of any other form (of other
//! length, over several lines, with quotes in quotes) ends the reading here: whoever asked goes on with it row by row.

use super::split::trimmed;
use crate::build::{Numeral, numeral, short, short_before};
use crate::rows::{Cells, Odd, Ready, Wanted};
use memchr::{memchr, memchr2, memrchr};

/// Whether a delimiter cannot stand in a number, nor quote.
pub(super) fn parts_numbers(delimiter: u8) -> bool {
    delimiter == b'\t' || delimiter.is_ascii_punctuation() && !b"+-.\"".contains(&delimiter)
}

/// Bytes that a thread reads at a time.
pub(super) const PIECE: usize = 1 << 20;

/// Batches that are read row by row where row upon row is of a form that is not read in one go.
const LONGEST_WAIT: u32 = 256;

/// When rows are read in one go.
pub(super) struct Quick {
    pub(super) threads: usize,
    /// Bytes for a thread.
    pub(super) piece: usize,
    /// Batches to be read row by row before it is tried again, and how many after the last row of another form.
    wait: u32,
    last_wait: u32,
}

impl Quick {
    pub(super) fn new(threads: usize, piece: usize) -> Self {
        Quick { threads, piece, wait: 0, last_wait: 0 }
    }

    /// Whether it is to be tried.
    pub(super) fn is_due(&mut self) -> bool {
        let due = self.wait == 0;
        self.wait = self.wait.saturating_sub(1);
        due
    }

    /// What was tried came to a row of another form, or not: where these are many, trying costs time.
    pub(super) fn tried(&mut self, stopped: bool) {
        self.last_wait = if stopped { (2 * self.last_wait).clamp(1, LONGEST_WAIT) } else { 0 };
        self.wait = self.last_wait;
    }
}

/// What is to be known of the rows.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) wanted: &'a [Wanted],
    pub(super) delimiter: u8,
    /// Whether a row may end in an empty cell that no column has.
    pub(super) trailing: bool,
}

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    /// How many pieces hold rows.
    pub(super) pieces: usize,
    /// The bytes of these rows.
    pub(super) bytes: usize,
    /// Whether the next row is of another form.
    pub(super) stopped: bool,
}

/// Reads the whole lines at the beginning of `text` into `ready`, in pieces of about `piece` bytes, each by a thread of its own.
pub(super) fn read(text: &str, form: Form<'_>, piece: usize, ready: &mut [Ready]) -> Read {
    let most = text.len().min(piece.saturating_mul(ready.len()));
    let Some(end) = memrchr(b'\n', &text.as_bytes()[..most]) else { return Read::default() };
    let mut rest = &text[..=end];
    let mut pieces = Vec::with_capacity(ready.len());
    for left in (1..=ready.len()).rev() {
        // About equal parts; the last ends where the text does.
        let end = memchr(b'\n', &rest.as_bytes()[(rest.len() / left).saturating_sub(1)..]);
        let end = end.map_or(rest.len(), |length| (rest.len() / left).saturating_sub(1) + length + 1);
        let (first, others) = rest.split_at(end);
        rest = others;
        if !first.is_empty() {
            pieces.push(first);
        }
    }
    let read = |text: &str, ready: &mut Ready| {
        let end = rows(text, form, ready);
        // Cells of a row that was begun are gone when all before it are read again.
        if end < text.len() { rows(&text[..end], form, ready) } else { end }
    };
    let mut ends = vec![0; pieces.len()];
    std::thread::scope(|scope| {
        let mut all = pieces.iter().zip(&mut ends).zip(&mut *ready);
        let own = all.next();
        for ((text, end), ready) in all {
            scope.spawn(move || *end = read(text, ready));
        }
        if let Some(((text, end), ready)) = own {
            *end = read(text, ready);
        }
    });
    let whole = pieces.iter().zip(&ends).take_while(|(text, end)| text.len() == **end).count();
    let count = ready.iter().take((whole + 1).min(pieces.len())).take_while(|ready| ready.rows > 0).count();
    Read { pieces: count, bytes: ends[..count].iter().sum(), stopped: whole < pieces.len() }
}

/// Reads rows from the beginning of `text` on; the place behind the last that could be read.
fn rows(text: &str, form: Form<'_>, ready: &mut Ready) -> usize {
    ready.clear(form.wanted.len());
    let mut at = 0;
    while at < text.len() {
        match row(text, at, form, ready) {
            Some(next) => at = next,
            None => break,
        }
        ready.rows += 1;
    }
    at
}

/// Reads the row that begins at `at`; the place behind it.
fn row(text: &str, mut at: usize, form: Form<'_>, ready: &mut Ready) -> Option<usize> {
    let bytes = text.as_bytes();
    let begin = ready.cells.len();
    ready.cells.resize(begin + form.wanted.len(), f32::NAN);
    let (mut number, mut last) = (ready.cells[begin..].iter_mut(), 0);
    for (column, wanted) in form.wanted.iter().enumerate() {
        if column > 0 {
            if last != form.delimiter {
                return None;
            }
            at += 1;
        }
        let number = number.next()?;
        let end = match wanted {
            Wanted::Number => match number_at(bytes, at, form.delimiter) {
                Some((x, end)) => {
                    *number = x as f32;
                    end
                }
                None => {
                    let (cell, end) = cell(text, at, form.delimiter)?;
                    let odd = match numeral(cell) {
                        Numeral::Number(x) => {
                            *number = x as f32;
                            number.is_infinite()
                        }
                        Numeral::Missing => {
                            ready.missing[column] += 1;
                            false
                        }
                        Numeral::None => true,
                    };
                    if odd {
                        ready.odd.push(Odd { row: ready.rows, column, text: cell.to_owned() });
                    }
                    end
                }
            },
            Wanted::Cells => {
                let (cell, end) = cell(text, at, form.delimiter)?;
                if let Cells::Text(texts) = &mut ready.columns[column] {
                    texts.push(cell);
                }
                end
            }
            Wanted::Nothing => cell(text, at, form.delimiter)?.1,
        };
        (at, last) = (end, bytes[end]);
    }
    if last == form.delimiter && form.trailing {
        at += 1;
    }
    match bytes[at..] {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

/// The number that begins at `at`, if the cell is nothing else, and where it ends.
#[inline]
fn number_at(bytes: &[u8], at: usize, delimiter: u8) -> Option<(f64, usize)> {
    let number = short_before(bytes, at, delimiter);
    number.or_else(|| short(bytes, at).filter(|(_, end)| ends_cell(bytes[*end], delimiter)))
}

#[inline]
fn ends_cell(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || byte == b'\n' || byte == b'\r'
}

/// The cell that begins at `at`, without quotes and white space around, and where it ends: at a delimiter, or at the end of a line, which
/// the text has. `None` where it is of no simple form.
fn cell(text: &str, at: usize, delimiter: u8) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(at) == Some(&b'"') {
        let length = memchr(b'"', &bytes[at + 1..])?;
        let inside = &text[at + 1..at + 1 + length];
        let end = at + length + 2;
        let one_line = memchr(b'\n', inside.as_bytes()).is_none();
        return (one_line && ends_cell(*bytes.get(end)?, delimiter)).then(|| (inside.trim(), end));
    }
    let length = memchr2(delimiter, b'\n', &bytes[at..])?;
    let end = at + length;
    // What ends a line may be two characters.
    let returned = bytes[end] == b'\n' && length > 0 && bytes[end - 1] == b'\r';
    let cell = trimmed(&text[at..end]);
    (!cell.starts_with('"')).then_some((cell, end - usize::from(returned)))
}
