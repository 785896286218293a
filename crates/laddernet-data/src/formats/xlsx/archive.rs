//! What a workbook's file is before its cells are read: that it is one, not another format, and unpacks to what its length justifies.

use super::SAVE_AS;
use crate::error::{DataError, beginning};
use crate::file::UNPACKED_LIMIT;
use std::io::{self, Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Real sheets unpack to 5 to 30 times their file; 200 is generous, and so are 64 MiB for a small one.
const LARGEST_RATIO: u64 = 200;
const ALWAYS: u64 = 64 << 20;

/// The first bytes of .xls and of a workbook with a password.
const OLD: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// The most bytes that a workbook of this length may unpack to, and that its cells may hold in all.
pub(super) fn limit(length: usize) -> u64 {
    (length as u64).saturating_mul(LARGEST_RATIO).clamp(ALWAYS, UNPACKED_LIMIT)
}

/// Refuses what is no workbook, or would unpack to too much: each part is unpacked once, and nothing of it kept.
pub(super) fn check(bytes: &[u8], name: &str) -> Result<(), DataError> {
    let wrong = |place: &str, found: String, expected: &str| DataError::Format {
        name: name.into(),
        place: place.into(),
        found,
        expected: expected.into(),
    };
    const START: &str = "the first bytes";
    if bytes.is_empty() {
        return Err(DataError::Empty { name: name.into(), expected: "an .xlsx workbook".into() });
    }
    if bytes.starts_with(OLD) {
        let word: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return Err(if bytes.windows(word.len()).any(|window| window == word) {
            let expected = "one without; open it, take the password away, and save it";
            wrong(START, "a workbook with a password".into(), expected)
        } else {
            wrong(START, "an old workbook (.xls)".into(), SAVE_AS)
        });
    }
    if !bytes.starts_with(&b"PK"[..bytes.len().min(2)]) {
        return Err(wrong(START, beginning(bytes), "an .xlsx workbook; check that this is the file you meant"));
    }
    let damaged = |error: ZipError| match error {
        ZipError::UnsupportedArchive(message) if message == ZipError::PASSWORD_REQUIRED => {
            wrong("its parts", "a part with a password".into(), "a workbook without; open it and save it without one")
        }
        error => wrong(
            "its parts",
            format!("a ZIP archive that is damaged or cut short ({error})"),
            "a whole .xlsx workbook; copy or download it again",
        ),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let has = |part: &str| archive.index_for_name(part).is_some();
    let other = [
        ("xl/workbook.bin", "a binary workbook (.xlsb)"),
        ("content.xml", "a workbook of OpenDocument (.ods)"),
        ("word/document.xml", "a text document (.docx)"),
        ("ppt/presentation.xml", "a presentation (.pptx)"),
        ("Index/Document.iwa", "a workbook of Numbers"),
    ];
    if let Some((_, what)) = other.iter().find(|(part, _)| has(part)) {
        return Err(wrong("its parts", (*what).to_owned(), SAVE_AS));
    }
    if !has("_rels/.rels") && !has("[Content_Types].xml") {
        return Err(wrong("its parts", "a ZIP archive of something else".into(), "an .xlsx workbook; unpack it first"));
    }
    let (mut total, limit) = (0, limit(bytes.len()));
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        total += io::copy(&mut part.take(limit - total + 1), &mut io::sink()).map_err(|e| damaged(ZipError::Io(e)))?;
        if total > limit {
            return Err(DataError::TooLarge { name: name.into(), found: format!("more than {limit} unpacked"), limit });
        }
    }
    Ok(())
}
