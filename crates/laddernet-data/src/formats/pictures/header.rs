//! What a picture's first bytes say: which format, which size, which rotation. Read without the pixels.

use super::{Fault, LONGEST_SIDE, SMALLER, WHOLE};
use crate::error::beginning;
use image::metadata::Orientation;
use std::io::{self, BufRead, ErrorKind, Read, Seek};

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Png,
    Jpeg,
}

/// What stands before the pixels.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub kind: Kind,
    /// As shown: after the rotation.
    pub height: usize,
    /// As shown: after the rotation.
    pub width: usize,
    pub orientation: Orientation,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const START: &str = "the first bytes";

/// Reads as far as the size, and leaves out what it can.
pub(crate) fn header(file: &mut (impl BufRead + Seek)) -> Result<Header, Fault> {
    let mut head = Vec::new();
    file.take(32).read_to_end(&mut head).map_err(unread)?;
    if head.is_empty() {
        return Err(Fault { place: START, found: "an empty file".into(), expected: WHOLE });
    }
    if head.starts_with(&PNG[..head.len().min(PNG.len())]) {
        let Some((width, height)) = (head[..]).get(16..24).filter(|_| &head[12..16] == b"IHDR").map(two_lengths) else {
            return Err(cut("the header"));
        };
        return sized(Kind::Png, height, width, Orientation::NoTransforms);
    }
    if head.starts_with(&[0xff, 0xd8][..head.len().min(2)]) {
        file.rewind().map_err(unread)?;
        return jpeg(file);
    }
    Err(match other_format(&head) {
        Some(format) => Fault {
            place: START,
            found: format!("a picture in the format {format}"),
            expected: "PNG or JPEG; convert it to PNG",
        },
        None => Fault {
            place: START,
            found: beginning(&head),
            expected: "a PNG or JPEG picture; check that this is the file you meant",
        },
    })
}

fn two_lengths(bytes: &[u8]) -> (u32, u32) {
    let length = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (length(0), length(4))
}

fn sized(kind: Kind, height: u32, width: u32, orientation: Orientation) -> Result<Header, Fault> {
    let sides = 1..=LONGEST_SIDE;
    if !sides.contains(&height) || !sides.contains(&width) {
        let expected = if height == 0 || width == 0 { WHOLE } else { SMALLER };
        return Err(Fault { place: "the header", found: format!("{width} x {height} pixels"), expected });
    }
    let (height, width) = (height as usize, width as usize);
    let turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (height, width) = if turned { (width, height) } else { (height, width) };
    Ok(Header { kind, height, width, orientation })
}

/// Goes from segment to segment until the one that says the size.
fn jpeg(file: &mut (impl BufRead + Seek)) -> Result<Header, Fault> {
    let mut orientation = None;
    file.seek_relative(2).map_err(unread)?;
    loop {
        let mut marker = byte(file)?;
        if marker != 0xff {
            let found = format!("0x{marker:02x} where a segment begins");
            return Err(Fault { place: "the header", found, expected: WHOLE });
        }
        while marker == 0xff {
            marker = byte(file)?;
        }
        match marker {
            0x01 | 0xd0..=0xd8 => continue, // without content
            0xd9 | 0xda => return Err(cut("the header")),
            _ => {}
        }
        let length = u16::from_be_bytes([byte(file)?, byte(file)?]);
        let Some(length) = length.checked_sub(2) else {
            return Err(Fault { place: "the header", found: "a segment of no length".into(), expected: WHOLE });
        };
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let mut frame = [0; 5];
            file.read_exact(&mut frame).map_err(unread)?;
            let height = u16::from_be_bytes([frame[1], frame[2]]);
            let width = u16::from_be_bytes([frame[3], frame[4]]);
            let orientation = orientation.unwrap_or(Orientation::NoTransforms);
            return sized(Kind::Jpeg, height.into(), width.into(), orientation);
        }
        if marker == 0xe1 && orientation.is_none() {
            let mut segment = Vec::new();
            file.take(length.into()).read_to_end(&mut segment).map_err(unread)?;
            orientation = segment.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk);
        } else {
            file.seek_relative(length.into()).map_err(unread)?;
        }
    }
}

fn byte(file: &mut impl Read) -> Result<u8, Fault> {
    let mut byte = [0];
    file.read_exact(&mut byte).map_err(unread)?;
    Ok(byte[0])
}

fn cut(place: &'static str) -> Fault {
    Fault { place, found: "the end of the file".into(), expected: WHOLE }
}

fn unread(error: io::Error) -> Fault {
    match error.kind() {
        ErrorKind::UnexpectedEof => cut("the header"),
        _ => Fault { place: START, found: format!("a file that cannot be read ({error})"), expected: WHOLE },
    }
}

/// Whether the end mark of a JPEG stands behind its pixels.
pub(crate) fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[mark, code]) = bytes.get(at..at + 2) {
        at += match (mark, code) {
            (0xff, 0xd9) => return true,
            (0xff, 0xff) => 1,
            // Within the pixels: a value of 255, or a mark to start again from.
            (0xff, 0x00 | 0x01 | 0xd0..=0xd8) => 2,
            (0xff, _) => match bytes.get(at + 2..at + 4) {
                Some(&[high, low]) => 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
            _ => 1,
        };
    }
    false
}

/// Formats that are known and not read.
fn other_format(head: &[u8]) -> Option<&'static str> {
    let boxed = head.get(4..8) == Some(b"ftyp");
    let brand = head.get(8..12).unwrap_or_default();
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    Some(match head {
        [b'G', b'I', b'F', b'8', ..] => "GIF",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "WebP",
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => "BMP",
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => "TIFF",
        [0, 0, 0, 12, b'j', b'P', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => "JPEG 2000",
        [b'8', b'B', b'P', b'S', ..] => "PSD",
        [0, 0, 1, 0, ..] => "ICO",
        [b'P', b'1'..=b'6', b'\n' | b' ' | b'\r', ..] => "PNM",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        _ if boxed && matches!(brand, b"avif" | b"avis") => "AVIF",
        _ if boxed && matches!(brand, b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"heim" | b"heis") => "HEIC",
        _ if text.starts_with("<svg") || text.starts_with("<?xml") => "SVG",
        _ => return None,
    })
}
