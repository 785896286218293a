//! Every kind of PNG and JPEG, every cut, lies about sizes, and what scaling does.

use super::*;
use image::ExtendedColorType;
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use proptest::prelude::*;

/// A PNG of these samples.
pub(crate) fn png(width: u32, height: u32, color: ExtendedColorType, values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::ImageEncoder::write_image(PngEncoder::new(&mut bytes), values, width, height, color).unwrap();
    bytes
}

pub(crate) fn jpeg(width: u32, height: u32, color: ExtendedColorType, values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95).encode(values, width, height, color).unwrap();
    bytes
}

/// A JPEG, red above and blue below, with a rotation tag.
fn turned(orientation: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..16 * 8).flat_map(|i| if i < 64 { [255, 0, 0] } else { [0, 0, 255] }).collect();
    let plain = jpeg(8, 16, ExtendedColorType::Rgb8, &pixels);
    let mut tag = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tag.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    [&plain[..2], &tag, &plain[2..]].concat()
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(content);
    [&(content.len() as u32).to_be_bytes()[..], kind, content, &sum.sum().to_be_bytes()].concat()
}

/// A PNG from its parts: depth, colour type, further chunks, and the packed lines.
fn raw_png(width: u32, height: u32, depth: u8, color: u8, chunks: &[u8], lines: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(lines).unwrap();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, 0]].concat();
    let parts =
        [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), chunks, &chunk(b"IDAT", &packed.finish().unwrap())];
    [parts.concat(), chunk(b"IEND", &[])].concat()
}

fn shown(picture: &Picture) -> (usize, usize, usize, &[u8], bool) {
    (picture.height, picture.width, picture.channels, &picture.values, picture.see_through)
}

#[test]
fn every_kind_of_png_is_read() {
    use ExtendedColorType::{L8, L16, La8, Rgb8, Rgba8, Rgba16};
    let read = |color, values: &[u8]| decode(&png(2, 1, color, values), "x.png").unwrap();
    assert_eq!(shown(&read(L8, &[0, 200])), (1, 2, 1, &[0, 200][..], false));
    assert_eq!(shown(&read(Rgb8, &[1, 2, 3, 4, 5, 6])), (1, 2, 3, &[1, 2, 3, 4, 5, 6][..], false));
    // Half transparent black is grey on white; fully transparent is white whatever its colour.
    assert_eq!(shown(&read(La8, &[0, 128, 9, 0])), (1, 2, 1, &[127, 255][..], true));
    assert_eq!(shown(&read(Rgba8, &[1, 2, 3, 255, 4, 5, 6, 255])), (1, 2, 3, &[1, 2, 3, 4, 5, 6][..], false));
    let wide = [0x1234u16, 0xff00].map(u16::to_ne_bytes).concat();
    assert_eq!(shown(&read(L16, &wide)), (1, 2, 1, &[0x12, 0xff][..], false));
    let wide = [0x0100u16, 0x0200, 0x0300, 0xffff, 0, 0, 0, 0].map(u16::to_ne_bytes).concat();
    assert_eq!(shown(&read(Rgba16, &wide)), (1, 2, 3, &[1, 2, 3, 255, 255, 255][..], true));
}

#[test]
fn few_bits_and_palettes_are_spread() {
    let bits = raw_png(8, 2, 1, 0, &[], &[0, 0b1010_0000, 0, 0b0000_0001]);
    let picture = decode(&bits, "x").unwrap();
    assert_eq!(picture.values, [[255, 0, 255, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 255]].concat());
    let palette = [chunk(b"PLTE", &[10, 20, 30, 40, 50, 60]), chunk(b"tRNS", &[255, 0])].concat();
    let picture = decode(&raw_png(2, 1, 2, 3, &palette, &[0, 0b0001_0000]), "x").unwrap();
    assert_eq!(shown(&picture), (1, 2, 3, &[10, 20, 30, 255, 255, 255][..], true));
}

#[test]
fn a_blank_page_of_one_bit_is_no_lie() {
    let blank = raw_png(4000, 2000, 1, 3, &chunk(b"PLTE", &[255; 3]), &vec![0; 501 * 2000]);
    assert!(blank.len() < 2000, "{}", blank.len());
    let picture = decode(&blank, "x").unwrap();
    assert_eq!((picture.height, picture.width, picture.is_grey()), (2000, 4000, true));
}

#[test]
fn a_jpeg_is_turned_as_its_tag_says() {
    let grey = decode(&jpeg(9, 5, ExtendedColorType::L8, &[77; 45]), "x").unwrap();
    assert_eq!((grey.height, grey.width, grey.channels, grey.is_grey()), (5, 9, 1, true));
    assert!(grey.values.iter().all(|v| v.abs_diff(77) < 3));
    for (orientation, size, red) in
        [(1, (16, 8), (0, 0)), (3, (16, 8), (15, 0)), (6, (8, 16), (0, 15)), (8, (8, 16), (0, 0)), (5, (8, 16), (0, 0))]
    {
        let bytes = turned(orientation);
        let picture = decode(&bytes, "x").unwrap();
        let about = header(&mut Cursor::new(&bytes)).unwrap();
        assert_eq!((picture.height, picture.width), size, "orientation {orientation}");
        assert_eq!((about.height, about.width), size, "orientation {orientation}");
        let at = (red.0 * picture.width + red.1) * 3;
        assert!(picture.values[at] > 200 && picture.values[at + 2] < 60, "orientation {orientation}: {picture:?}");
    }
}

#[test]
fn other_formats_are_named() {
    let formats: [(&[u8], &str); 8] = [
        (b"GIF89a..........", "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"BM\x9a\0\0\0\0\0\0\0\x36\0", "BMP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"<svg xmlns=''></svg>", "SVG"),
        (b"%PDF-1.7", "PDF"),
    ];
    for (bytes, format) in formats {
        let message = decode(bytes, "my.pic").unwrap_err().to_string();
        assert!(message.contains(format) && message.contains("convert it to PNG"), "{message}");
        assert!(message.starts_with("my.pic, the first bytes"), "{message}");
    }
    let message = decode(b"hello", "my.png").unwrap_err().to_string();
    assert!(message.contains("\"hello\"") && message.contains("PNG or JPEG"), "{message}");
    assert!(decode(b"", "x").unwrap_err().to_string().contains("an empty file"));
    let moving = [chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0])].concat();
    let message = decode(&raw_png(1, 1, 8, 0, &moving, &[0, 0]), "x").unwrap_err().to_string();
    assert!(message.contains("animated PNG"), "{message}");
}

#[test]
fn every_cut_is_an_error_or_the_whole_picture() {
    let pixels: Vec<u8> = (0..3 * 20 * 20).map(|i| (i * 7 % 251) as u8).collect();
    for (whole, tail) in [
        (png(20, 20, ExtendedColorType::Rgb8, &pixels), 12),
        (jpeg(20, 20, ExtendedColorType::Rgb8, &pixels), 0),
        (turned(6), 0),
    ] {
        let picture = decode(&whole, "x").unwrap();
        for end in 0..whole.len() {
            match decode(&whole[..end], "x") {
                // Of a PNG, the closing chunk alone may be missing.
                Ok(cut) => assert!(cut == picture && end + tail >= whole.len(), "cut at {end} of {}", whole.len()),
                Err(error) => assert!(error.to_string().starts_with("x, "), "{error}"),
            }
        }
    }
}

#[test]
fn sizes_that_the_bytes_do_not_hold_take_no_memory() {
    let lie = |width, height| decode(&raw_png(width, height, 8, 6, &[], &[0; 9]), "x").unwrap_err().to_string();
    assert!(lie(30_000, 30_000).contains("512 MiB"));
    assert!(lie(10_000, 10_000).contains("as its size says"), "{}", lie(10_000, 10_000));
    assert!(lie(u32::MAX, 1).contains("32768 pixels a side"));
    assert!(lie(0, 5).contains("0 x 5"));
    // The size of a JPEG stands behind its SOF mark.
    let mut bytes = jpeg(8, 8, ExtendedColorType::L8, &[0; 64]);
    let at = bytes.windows(2).position(|w| w == [0xff, 0xc0]).unwrap() + 5;
    bytes[at..at + 4].copy_from_slice(&[0x7f, 0xff, 0x3f, 0xff]);
    let message = decode(&bytes, "x").unwrap_err().to_string();
    assert!(message.contains("as its size says"), "{message}");
    bytes[at..at + 4].copy_from_slice(&[0xff; 4]);
    assert!(decode(&bytes, "x").unwrap_err().to_string().contains("32768 pixels a side"));
}

fn grey(height: usize, width: usize, values: Vec<u8>) -> Picture {
    Picture { height, width, channels: 1, values, see_through: false }
}

#[test]
fn a_picture_of_the_shape_stays_as_it_is() {
    let picture = grey(2, 3, vec![1, 2, 3, 4, 5, 6]);
    assert_eq!(to_shape(&picture, 2, 3, 1), picture.values);
    assert_eq!(to_shape(&picture, 2, 3, 3)[..6], [1, 1, 1, 2, 2, 2]);
    let colours = Picture { channels: 3, values: vec![255, 0, 0, 0, 255, 0, 0, 0, 255], ..grey(1, 3, vec![]) };
    assert_eq!(to_shape(&colours, 1, 3, 1), [54, 182, 18]);
}

#[test]
fn scaling_keeps_proportions_and_pads_with_the_background() {
    // A wide picture: dark, with a bright middle. Above and below comes its border's median.
    let mut wide = grey(4, 8, vec![10; 32]);
    (1..3).for_each(|row| (2..6).for_each(|column| wide.values[row * 8 + column] = 250));
    let square = to_shape(&wide, 8, 8, 1);
    assert_eq!((&square[..16], &square[48..]), (&[10; 16][..], &[10; 16][..]));
    assert_eq!(square[24..32], wide.values[8..16]);
    // Half the size: flat pieces keep their levels, an edge becomes their mean.
    let half = to_shape(&grey(4, 4, [[0, 0, 200, 200]; 4].concat()), 2, 2, 1);
    assert!(half[0] < 60 && half[1] > 140 && half[0] + half[1] >= 199, "{half:?}");
    // A single line survives.
    let line = to_shape(&grey(1, 1000, vec![9; 1000]), 4, 4, 1);
    assert_eq!(line, [9; 16]);
    assert_eq!(fitting((28, 28), (20, 20)), (20, 20));
    assert_eq!((fitting((30, 10), (28, 28)), fitting((10, 30), (28, 28))), ((28, 9), (9, 28)));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), start in 0..4usize) {
        let start: &[u8] = [&b""[..], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"\xff\xd8", b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0"][start];
        let _ = decode(&[start, &bytes].concat(), "x");
    }

    #[test]
    fn damage_is_answered(at in 0..700usize, value: u8, kind in 0..2usize) {
        let pixels: Vec<u8> = (0..3 * 12 * 12).map(|i| (i * 7 % 251) as u8).collect();
        let mut bytes = match kind {
            0 => png(12, 12, ExtendedColorType::Rgb8, &pixels),
            _ => turned(6),
        };
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(picture) = decode(&bytes, "x") {
            prop_assert_eq!(picture.values.len(), picture.height * picture.width * picture.channels);
        }
    }

    #[test]
    fn any_picture_is_brought_to_any_shape(
        (height, width) in (1..40usize, 1..40usize), (to_height, to_width) in (1..40usize, 1..40usize), level: u8, rgb: bool,
    ) {
        let channels = if rgb { 3 } else { 1 };
        let picture = Picture { channels, values: vec![level; height * width * channels], ..grey(height, width, vec![]) };
        let scaled = to_shape(&picture, to_height, to_width, 1);
        prop_assert_eq!(scaled.len(), to_height * to_width);
        // One level stays one level, whatever the weights.
        prop_assert!(scaled.iter().all(|v| v.abs_diff(level) <= 1), "{} {:?}", level, scaled);
    }
}
