//! Files that are no text, known by their first bytes, so that a message can name them.

/// The first bytes of a format, and what to call it.
const KNOWN: [(&[u8], &str); 24] = [
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x93NUMPY", "a NumPy file (.npy)"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.xls, .doc)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0 MAT", "a MATLAB file (.mat)"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a file packed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "a file packed with xz; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!\x1a", "a RAR archive; unpack it first"),
    (b"\x1f\x8b", "a file packed with gzip twice; unpack it once"),
    (b"\x28\xb5\x2f\xfd", "a file packed with zstd inside another; unpack it once"),
    (b"RDX2\n", "an R data file (.RData)"),
    (b"RDX3\n", "an R data file (.RData)"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"{\"", "JSON"),
    (b"[{", "JSON"),
];

/// What a file with these first bytes is, where it is known and no table as text.
pub(super) fn what(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let holds = |part: &[u8]| memchr::memmem::find(head, part).is_some();
        return Some(match () {
            () if holds(b"xl/") || holds(b"[Content_Types].xml") => "an Excel workbook (.xlsx)",
            () if holds(b".npy") => "a NumPy archive (.npz)",
            () => "a zip archive; unpack it first",
        });
    }
    let text = head.trim_ascii_start();
    let page = |tag: &[u8]| text.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    if page(b"<!doctype html") || page(b"<html") {
        return Some("a web page (HTML). A server's error page saved under this name?");
    }
    if page(b"<?xml") {
        return Some("XML");
    }
    KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}
