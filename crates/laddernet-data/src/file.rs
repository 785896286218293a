//! A file or bytes in memory, opened for a parser: unpacked on the way when it is gzip, with a bound on how much
//! can come.

use crate::error::{DataError, beginning};
use crate::gz;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The most that is read from a packed file or a pipe, whose real length nobody can know beforehand: 2 GiB, three
/// times the largest set of the MNIST family.
pub(crate) const UNPACKED_LIMIT: u64 = 2 << 30;

/// Bytes on their way to a parser.
pub(crate) struct Input<'a> {
    name: String,
    reader: Box<dyn BufRead + 'a>,
    /// No more than this many bytes can come, whatever a header says.
    at_most: u64,
    packed: bool,
}

impl<'a> Input<'a> {
    /// Bytes in memory, taken as they are.
    pub(crate) fn of_bytes(bytes: &'a [u8], name: &str) -> Self {
        Input { name: name.into(), reader: Box::new(bytes), at_most: bytes.len() as u64, packed: false }
    }

    /// As [`Input::of_bytes`], but unpacked on the way where the bytes are gzip.
    pub(crate) fn of_perhaps_packed(bytes: &'a [u8], name: &str) -> Self {
        if !gz::begins(bytes) {
            return Input::of_bytes(bytes, name);
        }
        let at_most = (bytes.len() as u64).saturating_mul(gz::LARGEST_RATIO).min(UNPACKED_LIMIT);
        let reader = Box::new(BufReader::with_capacity(1 << 16, gz::Reader::new(bytes)));
        Input { name: name.into(), reader, at_most, packed: true }
    }

    /// Opens a file; whether it is gzip is decided by its first bytes, not by its name.
    ///
    /// # Errors
    /// When it cannot be opened, or is named `.gz` and is none.
    pub(crate) fn open(path: &Path) -> Result<Input<'static>, DataError> {
        let file = File::open(path).map_err(DataError::io("open", path))?;
        let about = file.metadata().map_err(DataError::io("open", path))?;
        let length = about.is_file().then_some(about.len());
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = reader.fill_buf().map_err(DataError::io("read", path))?;
        let name = path.display().to_string();
        if gz::begins(head) {
            let at_most = length.unwrap_or(u64::MAX).saturating_mul(gz::LARGEST_RATIO).min(UNPACKED_LIMIT);
            let reader = Box::new(BufReader::with_capacity(1 << 16, gz::Reader::new(reader)));
            return Ok(Input { name, reader, at_most, packed: true });
        }
        if !head.is_empty() && path.extension().is_some_and(|e| e == "gz") {
            return Err(DataError::NotGzip { name, found: beginning(head) });
        }
        Ok(Input { name, reader: Box::new(reader), at_most: length.unwrap_or(UNPACKED_LIMIT), packed: false })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn at_most(&self) -> u64 {
        self.at_most
    }

    pub(crate) fn packed(&self) -> bool {
        self.packed
    }

    /// The bytes that come next, without taking them; empty only at the end.
    pub(crate) fn peek(&mut self) -> Result<&[u8], DataError> {
        let (packed, name) = (self.packed, &self.name);
        self.reader.fill_buf().map_err(|e| explain(e, packed, name))
    }

    /// The next `count` bytes, or fewer where the input ends. Memory grows with what comes.
    pub(crate) fn next_bytes(&mut self, count: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let result = (&mut self.reader).take(count).read_to_end(&mut bytes);
        result.map_err(|e| explain(e, self.packed, &self.name))?;
        bytes.shrink_to_fit();
        Ok(bytes)
    }
}

/// What a failure of the reader means for the user.
fn explain(error: io::Error, packed: bool, name: &str) -> DataError {
    if packed { gz::explain(error, name) } else { DataError::Io { action: "read", path: name.into(), source: error } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_known_by_its_bytes_and_a_false_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("packed-without-saying-so");
        std::fs::write(&path, gz::pack(b"hello")).unwrap();
        let mut input = Input::open(&path).unwrap();
        assert!(input.packed());
        assert_eq!(input.peek().unwrap(), b"hello");
        assert_eq!(input.next_bytes(3).unwrap(), b"hel");
        assert_eq!(input.next_bytes(9).unwrap(), b"lo");

        let path = folder.path().join("page.gz");
        std::fs::write(&path, "<html>sorry</html>").unwrap();
        let message = Input::open(&path).err().unwrap().to_string();
        assert!(message.contains("page.gz") && message.contains("<html>"), "{message}");
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none"), folder.path().to_path_buf()] {
            let message = Input::open(&path).err().unwrap().to_string();
            assert!(message.contains(&path.display().to_string()), "{message}");
        }
    }
}
