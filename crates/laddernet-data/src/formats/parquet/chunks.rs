//! The bytes of a file as the library asks for them, none of them beyond its end.

use crate::formats::stored::{At, Stored};
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::io::BufReader;
use std::sync::Arc;

/// A stored file; cheap to clone.
#[derive(Clone)]
pub(super) struct Chunks {
    stored: Stored,
    memory: Option<Bytes>,
}

/// Bytes in memory, for [`Bytes::from_owner`].
struct Owner(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Chunks {
    pub(super) fn new(stored: Stored) -> Self {
        let memory = stored.memory().map(|bytes| Bytes::from_owner(Owner(bytes.clone())));
        Chunks { stored, memory }
    }

    pub(super) fn stored(&self) -> &Stored {
        &self.stored
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.stored.length()
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<At>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(self.stored.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let ends = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let Some(end) = ends else {
            return Err(ParquetError::EOF(format!("{length} bytes asked for from byte {start} on")));
        };
        if let Some(memory) = &self.memory {
            return Ok(memory.slice(start as usize..end as usize));
        }
        let piece = self.stored.piece(start, length as u64).map_err(|e| ParquetError::External(Box::new(e)))?;
        if piece.len() < length {
            return Err(ParquetError::EOF(format!("{} of {length} bytes from byte {start} on", piece.len())));
        }
        Ok(piece.into())
    }
}
