//! One array of an NPY file, read row by row, whatever its order on the disk.

use super::header::{self, Header};
use crate::error::DataError;
use crate::formats::stored::Stored;
use flate2::{Crc, bufread::DeflateDecoder};
use std::io::{BufReader, Read};

/// Where the bytes of an NPY file stand: a whole file, or an entry of an NPZ file.
#[derive(Clone)]
pub(crate) struct Section {
    pub(crate) stored: Stored,
    /// What it is called in messages.
    pub(crate) name: String,
    pub(crate) start: u64,
    /// Bytes on the disk.
    pub(crate) packed: u64,
    /// Bytes unpacked.
    pub(crate) length: u64,
    pub(crate) deflated: bool,
    /// Their checksum, where one is known.
    pub(crate) crc: Option<u32>,
}

impl Section {
    /// All bytes of a file.
    pub(crate) fn whole(stored: Stored) -> Self {
        let (name, length) = (stored.name().to_owned(), stored.length());
        Section { stored, name, start: 0, packed: length, length, deflated: false, crc: None }
    }

    fn reader(&self) -> Box<dyn Read> {
        let packed = self.stored.reader(self.start).buffered().take(self.packed);
        if self.deflated {
            Box::new(BufReader::with_capacity(1 << 16, DeflateDecoder::new(packed)))
        } else {
            Box::new(packed)
        }
    }

    /// The header alone.
    pub(crate) fn header(&self) -> Result<Header, DataError> {
        header::read(&mut self.reader(), self.length, &self.name).map_err(|e| self.explain(e))
    }

    /// A stream that is damaged is no fault of the disk.
    fn explain(&self, error: DataError) -> DataError {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error {
            DataError::Io { source, .. }
                if self.deflated && matches!(source.kind(), InvalidData | InvalidInput | UnexpectedEof) =>
            {
                self.damaged(&source.to_string())
            }
            other => other,
        }
    }

    fn damaged(&self, reason: &str) -> DataError {
        DataError::Format {
            name: self.name.clone(),
            place: "the packed values".into(),
            found: format!("a damaged stream ({reason})"),
            expected: "one that unpacks and matches its checksum; copy or download the file again".into(),
        }
    }
}

/// The rows of an array, in order.
pub(crate) struct Array {
    pub(crate) section: Section,
    pub(crate) header: Header,
    pub(crate) rows: u64,
    /// Bytes of a row.
    pub(crate) row: usize,
    next: u64,
    reader: Box<dyn Read>,
    crc: Crc,
    /// All values, where the first dimension runs fastest and a row is scattered over them.
    whole: Option<Vec<u8>>,
}

impl Array {
    /// Reads the header and compares what it declares with the bytes there are.
    pub(crate) fn open(section: Section) -> Result<Self, DataError> {
        let header = section.header()?;
        let name = || section.name.clone();
        let wrong = |found: String, expected: &str| {
            Err(DataError::Format { name: name(), place: "the header".into(), found, expected: expected.into() })
        };
        let Some(&rows) = header.shape.first() else {
            return wrong("a single value".into(), "an array with a row for each example");
        };
        // Its own reader has checked that these are numbers.
        let (row, all) = header.bytes().unwrap_or((0, u64::MAX));
        if row == 0 && rows > 0 {
            return wrong(format!("rows without values, {}", header.shape_text()), "at least one value a row");
        }
        let expected = header.length.saturating_add(all);
        if section.length < expected {
            return Err(DataError::Truncated { name: name(), place: "the values", expected, found: section.length });
        }
        if section.length > expected {
            return Err(DataError::TooLong { name: name(), expected });
        }
        let reader: Box<dyn Read> = Box::new(std::io::empty());
        let mut array =
            Array { section, header, rows: rows as u64, row, next: 0, reader, crc: Crc::new(), whole: None };
        array.restart()?;
        Ok(array)
    }

    /// Begins with the first row again.
    pub(crate) fn restart(&mut self) -> Result<(), DataError> {
        self.section.stored.check_unchanged()?;
        self.next = 0;
        if self.whole.is_some() {
            return Ok(());
        }
        (self.reader, self.crc) = (self.section.reader(), Crc::new());
        let mut head = Vec::new();
        self.take(self.header.length, &mut head)
    }

    /// Writes the bytes of up to `most` rows to `bytes`, row after row; how many they are.
    pub(crate) fn next(&mut self, most: usize, bytes: &mut Vec<u8>) -> Result<usize, DataError> {
        bytes.clear();
        let count = (most as u64).min(self.rows - self.next) as usize;
        if count == 0 {
            return Ok(0);
        }
        if self.header.fortran && self.header.shape.len() > 1 {
            self.gather(count, bytes)?;
        } else {
            self.take(count as u64 * self.row as u64, bytes)?;
        }
        self.next += count as u64;
        if self.next == self.rows {
            self.check_end()?;
        }
        Ok(count)
    }

    /// Reads exactly `count` further bytes. Memory grows with what comes.
    fn take(&mut self, count: u64, bytes: &mut Vec<u8>) -> Result<(), DataError> {
        let begin = bytes.len();
        let read = self.reader.by_ref().take(count).read_to_end(bytes);
        read.map_err(|e| self.section.explain(self.section.stored.unreadable(e)))?;
        self.crc.update(&bytes[begin..]);
        if ((bytes.len() - begin) as u64) < count {
            self.section.stored.check_unchanged()?;
            return Err(if self.section.deflated {
                self.section.damaged("it is shorter than declared")
            } else {
                let found = self.section.stored.length();
                DataError::Truncated {
                    name: self.section.name.clone(),
                    place: "the values",
                    expected: found + 1,
                    found,
                }
            });
        }
        Ok(())
    }

    /// After the last byte nothing may come, and the checksum must be that of the directory.
    fn check_end(&mut self) -> Result<(), DataError> {
        let read = self.reader.read(&mut [0]).map_err(|e| self.section.explain(self.section.stored.unreadable(e)))?;
        if read > 0 {
            return Err(DataError::TooLong { name: self.section.name.clone(), expected: self.section.length });
        }
        if self.section.crc.is_some_and(|crc| crc != self.crc.sum()) {
            return Err(self.section.damaged("another checksum"));
        }
        self.section.stored.check_unchanged()
    }

    /// Collects `count` rows out of an array whose first dimension runs fastest.
    fn gather(&mut self, count: usize, bytes: &mut Vec<u8>) -> Result<(), DataError> {
        if self.whole.is_none() {
            let mut whole = Vec::new();
            self.take(self.section.length - self.header.length, &mut whole)?;
            self.whole = Some(whole);
        }
        let whole = self.whole.as_deref().unwrap_or_default();
        let size = self.header.element();
        // Where each value of a row stands, in elements from the row's first.
        let lengths = &self.header.shape[1..];
        let values = self.row / size;
        bytes.reserve(count * self.row);
        for row in self.next as usize..self.next as usize + count {
            for value in 0..values {
                let (mut rest, mut place, mut step) = (value, 0, 1);
                // `value` counts with the last dimension running fastest; the file has them the other way round.
                let mut stride = values;
                for &length in lengths {
                    stride /= length;
                    place += rest / stride * step;
                    rest %= stride;
                    step *= length;
                }
                let at = (place * self.rows as usize + row) * size;
                bytes.extend_from_slice(&whole[at..at + size]);
            }
        }
        Ok(())
    }
}
