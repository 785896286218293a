//! A text file as UTF-8, however it is packed and encoded: gzip or zstd, byte order marks, UTF-16, UTF-8, Windows-1252.
//!
//! It is read in pieces, so memory does not grow with the file. What is no text (a picture, an archive, a web page) is refused by name.

mod lines;
mod refused;
#[cfg(test)]
mod tests;

pub(super) use lines::{LONGEST, Lines};

use crate::error::{DataError, beginning};
use crate::file::UNPACKED_LIMIT;
use crate::gz;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 18;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Text on its way from a file, or from bytes in memory.
pub(super) struct Text {
    name: String,
    origin: Origin,
    reader: Box<dyn Read + Send>,
    packing: Packing,
    /// Bytes read so far, unpacked.
    read: u64,
    /// Bytes of the file, packed where it is.
    length: u64,
    chunk: Vec<u8>,
    /// Bytes at the beginning of `chunk` that are the first of a character.
    kept: usize,
    encoding: Encoding,
    /// The last piece was read.
    done: bool,
}

enum Origin {
    File { path: PathBuf, stamp: Stamp },
    Bytes(Arc<[u8]>),
}

/// What shows that a file was changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(about: &Metadata) -> Self {
        Stamp { length: about.len(), modified: about.modified().ok() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

enum Encoding {
    /// Nothing has been read.
    Unknown,
    /// All bytes so far are the same in UTF-8 and in Windows-1252: the first other one decides.
    Ascii,
    Utf8,
    Other {
        decoder: Decoder,
        name: &'static str,
    },
}

impl Text {
    /// Opens a file. What is no regular file (a pipe) is read into memory first, since it cannot be read twice.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = File::open(path).map_err(DataError::io("open", path))?;
        let about = file.metadata().map_err(DataError::io("open", path))?;
        let name = path.display().to_string();
        if !about.is_file() {
            let mut bytes = Vec::new();
            let result = (&mut file).take(UNPACKED_LIMIT + 1).read_to_end(&mut bytes);
            result.map_err(DataError::io("read", path))?;
            if bytes.len() as u64 > UNPACKED_LIMIT {
                let (found, limit) = (format!("more than {UNPACKED_LIMIT}"), UNPACKED_LIMIT);
                return Err(DataError::TooLarge { name, found, limit });
            }
            return Text::from_bytes(bytes, &name);
        }
        let stamp = Stamp::of(&about);
        Text::of(Origin::File { path: path.into(), stamp }, name, stamp.length)
    }

    /// Text in memory, packed or not. `name` is what to call it in messages.
    pub(super) fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self, DataError> {
        let length = bytes.len() as u64;
        Text::of(Origin::Bytes(bytes.into()), name.to_owned(), length)
    }

    fn of(origin: Origin, name: String, length: u64) -> Result<Self, DataError> {
        let (reader, packing) = unpacked(&origin, &name)?;
        let encoding = Encoding::Unknown;
        Ok(Text {
            name,
            origin,
            reader,
            packing,
            read: 0,
            length,
            chunk: vec![0; CHUNK],
            kept: 0,
            encoding,
            done: false,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes read so far, unpacked.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Begins again, unless the file is another one by now.
    pub(super) fn restart(&mut self) -> Result<(), DataError> {
        self.check_unchanged()?;
        (self.reader, self.packing) = unpacked(&self.origin, &self.name)?;
        (self.read, self.kept, self.encoding, self.done) = (0, 0, Encoding::Unknown, false);
        Ok(())
    }

    /// Adds the next piece to `text`, which begins with line `line` of the file; false at the end.
    pub(super) fn read(&mut self, text: &mut String, line: u64) -> Result<bool, DataError> {
        if self.done {
            return Ok(false);
        }
        let filled = self.fill()?;
        let last = filled < self.chunk.len();
        let new = filled - self.kept;
        self.read += new as u64;
        self.check_size()?;
        let chunk = std::mem::take(&mut self.chunk);
        let head = &chunk[..filled];
        let begun = if matches!(self.encoding, Encoding::Unknown) { self.begin(head) } else { Ok(0) };
        let result = begun.and_then(|mark| self.decode(&head[mark..], last, text, line));
        self.chunk = chunk;
        self.kept = result?;
        self.chunk.copy_within(filled - self.kept..filled, 0);
        if last {
            self.check_unchanged()?;
            self.done = true;
        }
        Ok(true)
    }

    /// What had to be assumed.
    pub(super) fn notes(&self) -> Vec<String> {
        match &self.encoding {
            Encoding::Other { name, .. } => vec![format!("{} is not UTF-8: it was read as {name}", self.name)],
            _ => Vec::new(),
        }
    }

    /// The error of a file that is another one than before.
    pub(super) fn changed(&self) -> DataError {
        DataError::Format {
            name: self.name.clone(),
            place: "the whole file".into(),
            found: "that it was changed while it was read".into(),
            expected: "a file that stays as it is; wait until it is written, and try again".into(),
        }
    }

    fn check_unchanged(&self) -> Result<(), DataError> {
        let Origin::File { path, stamp } = &self.origin else { return Ok(()) };
        let about = std::fs::metadata(path).map_err(DataError::io("look at", path))?;
        if Stamp::of(&about) == *stamp { Ok(()) } else { Err(self.changed()) }
    }

    /// A packed file may unpack to 2 GiB, or to a thousand times its length; no table of text is packed better.
    fn check_size(&self) -> Result<(), DataError> {
        let limit = UNPACKED_LIMIT.max(self.length.saturating_mul(1000));
        if self.packing == Packing::None || self.read <= limit {
            return Ok(());
        }
        Err(DataError::TooLarge { name: self.name.clone(), found: format!("more than {limit}"), limit })
    }

    /// Fills the chunk; it is full unless the file ends.
    fn fill(&mut self) -> Result<usize, DataError> {
        let mut filled = self.kept;
        while filled < self.chunk.len() {
            match self.reader.read(&mut self.chunk[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(self.explain(e)),
            }
        }
        Ok(filled)
    }

    fn explain(&self, error: io::Error) -> DataError {
        match self.packing {
            Packing::None => DataError::Io { action: "read", path: self.name.clone().into(), source: error },
            Packing::Gzip => gz::explain(error, &self.name),
            Packing::Zstd => DataError::Format {
                name: self.name.clone(),
                place: "its zstd stream".into(),
                found: match error.kind() {
                    ErrorKind::UnexpectedEof => "that it breaks off".into(),
                    _ => format!("damage ({error})"),
                },
                expected: "a stream that unpacks to its end; copy or download it again".into(),
            },
        }
    }

    /// Looks at the first bytes: settles the encoding where they tell it, and says how many of them are its mark.
    fn begin(&mut self, head: &[u8]) -> Result<usize, DataError> {
        let (encoding, mark) = match head {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Err(self.refuse("text in UTF-32".into())),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (wide(true), 2),
            [0xfe, 0xff, ..] => (wide(false), 2),
            _ => match refused::what(head) {
                Some(what) => return Err(self.refuse(what.into())),
                None if !head.contains(&0) => (Encoding::Ascii, 0),
                None => match zeros_of_utf_16(head) {
                    Some(little) => (wide(little), 0),
                    None => return Err(self.refuse(format!("bytes that are no text ({})", beginning(head)))),
                },
            },
        };
        self.encoding = encoding;
        Ok(mark)
    }

    fn refuse(&self, found: String) -> DataError {
        DataError::Format {
            name: self.name.clone(),
            place: "its first bytes".into(),
            found,
            expected: "a table as text (UTF-8, UTF-16 or Windows-1252; perhaps in gzip); \
                       check that this is the file you meant, or export it as CSV"
                .into(),
        }
    }

    /// Adds `bytes` to `text`; the answer is how many at their end are the beginning of a character.
    fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String, line: u64) -> Result<usize, DataError> {
        if let Encoding::Other { decoder, name } = &mut self.encoding {
            let name = *name;
            let mut from = 0;
            loop {
                text.reserve((bytes.len() - from) / 2 + 16);
                let (result, read) = decoder.decode_to_string_without_replacement(&bytes[from..], text, last);
                from += read;
                match result {
                    DecoderResult::InputEmpty => return Ok(0),
                    DecoderResult::OutputFull => {}
                    DecoderResult::Malformed(..) => return Err(self.malformed(text, line, "bytes", name)),
                }
            }
        }
        let (valid, error) = match std::str::from_utf8(bytes) {
            Ok(valid) => (valid, None),
            Err(e) => (std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(), Some(e)),
        };
        text.push_str(valid);
        if matches!(self.encoding, Encoding::Ascii) && !valid.is_ascii() {
            self.encoding = Encoding::Utf8;
        }
        let rest = &bytes[valid.len()..];
        match error {
            None => Ok(0),
            Some(e) if e.error_len().is_none() && !last => Ok(rest.len()),
            Some(_) if matches!(self.encoding, Encoding::Ascii) => {
                let name = "Windows-1252 (Western European, with Latin-1 in it)";
                self.encoding = Encoding::Other { decoder: WINDOWS_1252.new_decoder_without_bom_handling(), name };
                self.decode(rest, last, text, line)
            }
            Some(_) => {
                let found = format!("the byte 0x{:02x}", rest[0]);
                Err(self.malformed(text, line, &found, "UTF-8"))
            }
        }
    }

    /// The error of bytes that stand behind `text` and are no characters.
    fn malformed(&self, text: &str, line: u64, found: &str, encoding: &str) -> DataError {
        let line = line + memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
        DataError::Format {
            name: self.name.clone(),
            place: format!("line {line}"),
            found: format!("{found} that cannot stand there in {encoding}, as the text before is"),
            expected: "one encoding in the whole file; save it again as UTF-8".into(),
        }
    }
}

/// The bytes of the file, unpacked on the way where their beginning says that they are packed.
fn unpacked(origin: &Origin, name: &str) -> Result<(Box<dyn Read + Send>, Packing), DataError> {
    let mut raw: Box<dyn BufRead + Send> = match origin {
        Origin::File { path, .. } => {
            let file = File::open(path).map_err(DataError::io("open", path))?;
            Box::new(BufReader::with_capacity(CHUNK, file))
        }
        Origin::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
    };
    let head = raw.fill_buf().map_err(DataError::io("read", name))?;
    if gz::begins(head) {
        return Ok((Box::new(gz::Reader::new(raw)), Packing::Gzip));
    }
    if head.starts_with(&ZSTD_MAGIC) {
        return Ok((unpacked_zstd(raw, name)?, Packing::Zstd));
    }
    let named = |end: &str| !head.is_empty() && Path::new(name).extension().is_some_and(|e| e == end);
    if named("gz") {
        return Err(DataError::NotGzip { name: name.into(), found: beginning(head) });
    }
    if named("zst") {
        let expected = "a zstd file (0x28 0xb5 0x2f 0xfd); take the .zst off its name if it is unpacked".into();
        let (place, found) = ("its first bytes".into(), beginning(head));
        return Err(DataError::Format { name: name.into(), place, found, expected });
    }
    Ok((Box::new(raw), Packing::None))
}

/// The window of a stream, which is memory, is bounded by the library: 128 MiB.
#[cfg(feature = "zstd")]
fn unpacked_zstd(raw: Box<dyn BufRead + Send>, name: &str) -> Result<Box<dyn Read + Send>, DataError> {
    let decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(DataError::io("read", name))?;
    Ok(Box::new(decoder))
}

#[cfg(not(feature = "zstd"))]
fn unpacked_zstd(_: Box<dyn BufRead + Send>, name: &str) -> Result<Box<dyn Read + Send>, DataError> {
    Err(DataError::Format {
        name: name.into(),
        place: "its first bytes".into(),
        found: "a file packed with zstd".into(),
        expected: "one unpacked or packed with gzip, since this program was built without zstd; unpack it first".into(),
    })
}

/// UTF-16 in this order of bytes.
fn wide(little: bool) -> Encoding {
    let (encoding, name) =
        if little { (UTF_16LE, "UTF-16 (little-endian)") } else { (UTF_16BE, "UTF-16 (big-endian)") };
    Encoding::Other { decoder: encoding.new_decoder_without_bom_handling(), name }
}

/// UTF-16 without a mark: figures, delimiters and Latin letters have a zero byte each, all on the same side. Says which side is low.
fn zeros_of_utf_16(head: &[u8]) -> Option<bool> {
    let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = (head.len() / 2).div_ceil(4).max(1);
    match (even, odd) {
        (0, odd) if odd >= enough => Some(true),
        (even, 0) if even >= enough => Some(false),
        _ => None,
    }
}
