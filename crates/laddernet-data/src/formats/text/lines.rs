//! A text and the place in it up to which it has been taken: by lines, or by whatever a format finds in the rest.

use super::Text;
use crate::error::DataError;
use memchr::memchr;
use std::path::Path;

/// The longest line that is read, and the longest row: 64 MiB. A packed file can make one of any length.
pub(in crate::formats) const LONGEST: usize = 1 << 26;

/// The part of a text that is in memory, with the number of its line.
pub(in crate::formats) struct Lines {
    text: Text,
    buffer: String,
    at: usize,
    line: u64,
    ended: bool,
    /// Why the text behind the buffer cannot be read, found before it was asked for.
    failed: Option<DataError>,
    /// Bytes that were dropped before the buffer.
    dropped: u64,
    /// `\n`, or `\r` where the text has no other (old Macintosh).
    terminator: u8,
}

impl Lines {
    /// Opens a file and reads its beginning.
    pub(in crate::formats) fn open(path: &Path) -> Result<Self, DataError> {
        Lines::of(Text::open(path)?)
    }

    /// As [`Lines::open`], of bytes in memory.
    pub(in crate::formats) fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self, DataError> {
        Lines::of(Text::from_bytes(bytes, name)?)
    }

    fn of(text: Text) -> Result<Self, DataError> {
        let mut lines = Lines {
            text,
            buffer: String::new(),
            at: 0,
            line: 1,
            ended: false,
            failed: None,
            dropped: 0,
            terminator: b'\n',
        };
        lines.begin()?;
        Ok(lines)
    }

    fn begin(&mut self) -> Result<(), DataError> {
        self.buffer.clear();
        (self.at, self.line, self.ended, self.dropped, self.terminator) = (0, 1, false, 0, b'\n');
        self.failed = None;
        self.grow()?;
        // A \r at the very end may be half of \r\n.
        let bytes = self.buffer.as_bytes();
        if memchr(b'\n', bytes).is_none() && memchr(b'\r', bytes).is_some_and(|at| self.ended || at + 1 < bytes.len()) {
            self.terminator = b'\r';
        }
        Ok(())
    }

    /// Begins again with the first line.
    pub(in crate::formats) fn restart(&mut self) -> Result<(), DataError> {
        self.text.restart()?;
        self.begin()
    }

    pub(in crate::formats) fn name(&self) -> &str {
        self.text.name()
    }

    pub(in crate::formats) fn notes(&self) -> Vec<String> {
        self.text.notes()
    }

    /// Bytes of the text that have been read, unpacked.
    pub(in crate::formats) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// Bytes of text before the place, as UTF-8.
    pub(in crate::formats) fn position(&self) -> u64 {
        self.dropped + self.at as u64
    }

    /// The number of the line at the place, from 1.
    pub(in crate::formats) fn line(&self) -> u64 {
        self.line
    }

    pub(in crate::formats) fn terminator(&self) -> u8 {
        self.terminator
    }

    /// Whether [`Lines::rest`] goes to the end of the text.
    pub(in crate::formats) fn ended(&self) -> bool {
        self.ended
    }

    /// What is in memory behind the place.
    pub(in crate::formats) fn rest(&self) -> &str {
        &self.buffer[self.at..]
    }

    /// Reads further, at least as much as is in memory already, so that whoever looks again from the place does so few times. False at
    /// the end.
    pub(in crate::formats) fn grow(&mut self) -> Result<bool, DataError> {
        if self.ended {
            return Ok(false);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.drop_taken();
        let enough = 2 * self.buffer.len();
        loop {
            self.ended = !self.text.read(&mut self.buffer, self.line)?;
            if self.ended || self.buffer.len() > enough {
                return Ok(true);
            }
        }
    }

    /// Reads further until so many bytes are in memory behind the place, where they can be read. What cannot is said by whoever goes
    /// beyond it.
    pub(in crate::formats) fn fill(&mut self, enough: usize) {
        if self.rest().len() >= enough || self.ended || self.failed.is_some() {
            return;
        }
        self.drop_taken();
        while self.buffer.len() < enough && !self.ended && self.failed.is_none() {
            let before = self.buffer.len();
            match self.text.read(&mut self.buffer, self.line) {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.buffer.truncate(before);
                    self.failed = Some(error);
                }
            }
        }
    }

    fn drop_taken(&mut self) {
        self.buffer.drain(..self.at);
        self.dropped += self.at as u64;
        self.at = 0;
    }

    /// How long the line at the place is, without its end; nothing at the end of the text.
    pub(in crate::formats) fn line_length(&mut self) -> Result<Option<usize>, DataError> {
        loop {
            let rest = self.rest();
            let length = memchr(self.terminator, rest.as_bytes());
            if length.unwrap_or(rest.len()) > LONGEST {
                return Err(DataError::LineTooLong {
                    name: self.name().into(),
                    line: self.line,
                    limit: LONGEST as u64,
                });
            }
            match length {
                Some(length) => return Ok(Some(length)),
                None if self.ended => return Ok((!rest.is_empty()).then_some(rest.len())),
                None => {
                    self.grow()?;
                }
            }
        }
    }

    /// Moves on by a line of this length and its end.
    pub(in crate::formats) fn skip_line(&mut self, length: usize) {
        self.at = (self.at + length + 1).min(self.buffer.len());
        self.line += 1;
    }

    /// Moves on by so many bytes, in which so many lines end.
    pub(in crate::formats) fn skip(&mut self, bytes: usize, lines: u64) {
        self.at += bytes;
        self.line += lines;
    }

    /// Moves on from the beginning to where a first reading had come; the file is another one where it cannot.
    pub(in crate::formats) fn skip_again(&mut self, bytes: usize, lines: u64) -> Result<(), DataError> {
        while self.rest().len() < bytes && self.grow()? {}
        if !self.rest().is_char_boundary(bytes) {
            return Err(self.text.changed());
        }
        self.skip(bytes, lines);
        Ok(())
    }

    /// The next line without its end and its number; nothing at the end.
    pub(in crate::formats) fn next_line(&mut self) -> Result<Option<(u64, &str)>, DataError> {
        let Some(length) = self.line_length()? else { return Ok(None) };
        let (at, line) = (self.at, self.line);
        self.skip_line(length);
        Ok(Some((line, self.buffer[at..at + length].trim_end_matches('\r'))))
    }
}
