//! gzip, read through a cap and to its very end: a bomb, a damaged stream, one cut short and one with bytes
//! behind it are each refused.

use crate::error::DataError;
use flate2::bufread::GzDecoder;
use std::fmt;
use std::io::{self, BufRead, Read};

/// The first two bytes of every gzip file.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// DEFLATE cannot pack more than this many bytes into one; a length beyond it is a lie and costs no reading.
pub(crate) const LARGEST_RATIO: u64 = 1032;

/// Unpacks `bytes`, which may hold several gzip streams one after the other, to at most `limit` bytes.
/// Memory grows with what is really unpacked.
///
/// # Errors
/// When `bytes` are no gzip file, are damaged, cut short or followed by something else, or unpack to more than
/// `limit` bytes. `name` is the file's name for the message.
pub fn unpack(bytes: &[u8], limit: u64, name: &str) -> Result<Vec<u8>, DataError> {
    if bytes.is_empty() {
        return Err(DataError::Empty { name: name.into(), expected: "a gzip file".into() });
    }
    if !begins(bytes) {
        return Err(DataError::NotGzip { name: name.into(), found: crate::error::beginning(bytes) });
    }
    let mut unpacked = Vec::new();
    let mut reader = Reader::new(bytes).take(limit.saturating_add(1));
    reader.read_to_end(&mut unpacked).map_err(|e| explain(e, name))?;
    if unpacked.len() as u64 > limit {
        return Err(DataError::TooLarge { name: name.into(), found: format!("more than {limit}"), limit });
    }
    Ok(unpacked)
}

/// Whether a file with these first bytes is gzip; a single byte is enough to say "cut short" rather than "no gzip".
pub(crate) fn begins(bytes: &[u8]) -> bool {
    !bytes.is_empty() && MAGIC.starts_with(&bytes[..bytes.len().min(2)])
}

/// What a [`Reader`]'s failure means for the user.
pub(crate) fn explain(error: io::Error, name: &str) -> DataError {
    let name = name.to_owned();
    if error.get_ref().is_some_and(|inner| inner.is::<Trailing>()) {
        return DataError::GzipTrailing { name };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => DataError::GzipTruncated { name },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            DataError::GzipDamaged { name, reason: error.to_string() }
        }
        _ => DataError::Io { action: "read", path: name.into(), source: error },
    }
}

/// The unpacked bytes of all streams of `inner`; it ends only where `inner` ends.
pub(crate) struct Reader<R> {
    stream: Option<GzDecoder<R>>,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Reader { stream: Some(GzDecoder::new(inner)) }
    }
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(stream) = &mut self.stream {
            let read = stream.read(out)?;
            if read > 0 {
                return Ok(read);
            }
            let next = stream.get_mut().fill_buf()?.first().copied();
            let inner = self.stream.take().map(GzDecoder::into_inner);
            match next {
                None => break,
                Some(byte) if byte == MAGIC[0] => self.stream = inner.map(GzDecoder::new),
                Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, Trailing)),
            }
        }
        Ok(0)
    }
}

#[derive(Debug)]
struct Trailing;

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes follow the gzip stream")
    }
}

impl std::error::Error for Trailing {}

/// `bytes` as a gzip file, for tests.
#[cfg(test)]
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_stream_or_several_unpack() {
        let packed = pack(b"abc");
        assert_eq!(unpack(&packed, 3, "a.gz").unwrap(), b"abc");
        assert_eq!(unpack(&[packed.clone(), pack(b""), packed].concat(), 6, "a.gz").unwrap(), b"abcabc");
    }

    #[test]
    fn each_fault_has_its_own_message() {
        let packed = pack(b"some text that is packed, that is packed");
        assert!(matches!(unpack(b"", 9, "a.gz"), Err(DataError::Empty { .. })));
        assert!(matches!(unpack(b"<html>", 9, "a.gz"), Err(DataError::NotGzip { .. })));
        assert!(matches!(unpack(&[&packed[..], b"x"].concat(), 99, "a.gz"), Err(DataError::GzipTrailing { .. })));
        let mut wrong_sum = packed.clone();
        let at = wrong_sum.len() - 8;
        wrong_sum[at] ^= 1;
        assert!(matches!(unpack(&wrong_sum, 99, "a.gz"), Err(DataError::GzipDamaged { .. })));
        for end in 1..packed.len() {
            let error = unpack(&packed[..end], 99, "a.gz").unwrap_err();
            assert!(matches!(error, DataError::GzipTruncated { .. }), "cut at {end}: {error}");
        }
    }

    #[test]
    fn a_bomb_is_refused_at_the_cap() {
        let bomb = pack(&vec![0; 10_000_000]);
        assert!(bomb.len() < 11_000);
        let error = unpack(&bomb, 1000, "bomb.gz").unwrap_err();
        assert!(matches!(error, DataError::TooLarge { limit: 1000, .. }), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), gzip: bool) {
            if gzip {
                bytes.splice(0..0, [0x1f, 0x8b, 8, 0]);
            }
            let _ = unpack(&bytes, 1 << 16, "any.gz");
        }

        #[test]
        fn what_was_packed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            prop_assert_eq!(unpack(&pack(&bytes), 500, "a.gz").unwrap(), bytes);
        }
    }
}
