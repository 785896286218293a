//! A file or bytes in memory that can be read from any place, for formats that say where their parts stand.

use crate::error::DataError;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The bytes of one file.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    name: String,
    length: u64,
    bytes: Bytes,
}

#[derive(Clone, Debug)]
enum Bytes {
    Memory(Arc<Vec<u8>>),
    Disk { path: PathBuf, file: Arc<Mutex<File>>, changed: Option<SystemTime> },
}

impl Stored {
    /// Bytes in memory.
    pub(crate) fn of_bytes(bytes: Vec<u8>, name: &str) -> Self {
        Stored { name: name.into(), length: bytes.len() as u64, bytes: Bytes::Memory(Arc::new(bytes)) }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is a folder, a pipe or the like, which cannot be read from any place.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(DataError::io("open", path))?;
        let about = file.metadata().map_err(DataError::io("look at", path))?;
        if !about.is_file() {
            return Err(DataError::Format {
                name: path.display().to_string(),
                place: "the path".into(),
                found: if about.is_dir() { "a folder" } else { "no ordinary file" }.into(),
                expected: "a file; name one that lies on a disk".into(),
            });
        }
        let bytes = Bytes::Disk { path: path.into(), file: Arc::new(Mutex::new(file)), changed: about.modified().ok() };
        Ok(Stored { name: path.display().to_string(), length: about.len(), bytes })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes, where they are in memory.
    #[cfg(feature = "parquet")]
    pub(crate) fn memory(&self) -> Option<&Arc<Vec<u8>>> {
        match &self.bytes {
            Bytes::Memory(bytes) => Some(bytes),
            Bytes::Disk { .. } => None,
        }
    }

    /// A reader from byte `start` on, with a place of its own.
    pub(crate) fn reader(&self, start: u64) -> At {
        At { stored: self.clone(), place: start }
    }

    /// Up to `count` bytes from `start` on; fewer at the end of the file.
    ///
    /// # Errors
    /// When the system cannot read.
    pub(crate) fn piece(&self, start: u64, count: u64) -> Result<Vec<u8>, DataError> {
        // The length bounds what is taken, so that a declared count costs no memory.
        let there = count.min(self.length.saturating_sub(start));
        let mut piece = Vec::with_capacity(there as usize);
        self.reader(start).take(there).read_to_end(&mut piece).map_err(|e| self.unreadable(e))?;
        Ok(piece)
    }

    /// The error for a failure of the system.
    pub(crate) fn unreadable(&self, source: io::Error) -> DataError {
        DataError::Io { action: "read", path: self.name.clone().into(), source }
    }

    /// Refuses a file that is no longer what it was when it was opened.
    ///
    /// # Errors
    /// When its length or the time of its last change is another one, or it is gone.
    pub(crate) fn check_unchanged(&self) -> Result<(), DataError> {
        let Bytes::Disk { path, changed, .. } = &self.bytes else { return Ok(()) };
        let now: Metadata = std::fs::metadata(path).map_err(DataError::io("look at", path))?;
        if now.len() == self.length && now.modified().ok() == *changed {
            return Ok(());
        }
        Err(DataError::Format {
            name: self.name.clone(),
            place: "the whole file".into(),
            found: "that it changed while it was read".into(),
            expected: "a file that stays as it is; read it again when nothing writes to it".into(),
        })
    }
}

/// Reads a [`Stored`] from some place on.
pub(crate) struct At {
    stored: Stored,
    place: u64,
}

impl At {
    /// The same, in pieces of 64 KiB or more.
    pub(crate) fn buffered(self) -> BufReader<At> {
        BufReader::with_capacity(1 << 16, self)
    }
}

impl Read for At {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &self.stored.bytes {
            Bytes::Memory(bytes) => {
                let start = usize::try_from(self.place).unwrap_or(usize::MAX).min(bytes.len());
                (&bytes[start..]).read(out)?
            }
            // Readers share the file's place, so each sets it before it reads, one at a time.
            Bytes::Disk { file, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(self.place))?;
                file.read(out)?
            }
        };
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.stored.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_bytes_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"0123456789").unwrap();
        for stored in [Stored::open(&path).unwrap(), Stored::of_bytes(b"0123456789".to_vec(), "x")] {
            assert_eq!(stored.length(), 10);
            assert_eq!(stored.piece(3, 4).unwrap(), b"3456");
            assert_eq!(stored.piece(8, u64::MAX).unwrap(), b"89");
            assert_eq!(stored.piece(u64::MAX, 9).unwrap(), b"");
            let (mut a, mut b) = (stored.reader(0), stored.reader(5));
            let mut two = [0; 2];
            for (reader, expected) in [(0, b"01"), (1, b"56"), (0, b"23"), (1, b"78")] {
                if reader == 0 { &mut a } else { &mut b }.read_exact(&mut two).unwrap();
                assert_eq!(&two, expected);
            }
            assert!(stored.check_unchanged().is_ok());
        }
    }

    #[test]
    fn a_file_that_changes_and_a_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"abc").unwrap();
        let stored = Stored::open(&path).unwrap();
        std::fs::write(&path, b"abcd").unwrap();
        assert!(stored.check_unchanged().unwrap_err().to_string().contains("changed while it was read"));
        assert!(Stored::open(folder.path()).unwrap_err().to_string().contains("found a folder"));
    }
}
