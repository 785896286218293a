//! What is no text is refused by name; what is damaged, says where.

use super::*;
use crate::gz::pack;
use proptest::prelude::*;

/// The whole text, and what was assumed.
fn whole(bytes: &[u8]) -> Result<(String, Vec<String>), DataError> {
    let mut text = Text::from_bytes(bytes.to_vec(), "t")?;
    let mut all = String::new();
    while text.read(&mut all, 1)? {}
    assert!(!text.read(&mut all, 1)?);
    Ok((all, text.notes()))
}

fn message(bytes: &[u8]) -> String {
    whole(bytes).unwrap_err().to_string()
}

#[test]
fn what_is_no_text_is_named() {
    let workbook = b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml";
    for (bytes, what) in [
        (&b"PK\x03\x04\x14\0\0\0a.csv"[..], "a zip archive"),
        (workbook, "an Excel workbook"),
        (b"PK\x03\x04\x14\0\0\0x_train.npy", "a NumPy archive"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\n <!DOCTYPE HTML><html>", "a web page"),
        (b"<html lang=en>", "a web page"),
        (b"[{\"a\": 1}]", "JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Office file"),
        (b"\0\0\x08\x03\0\0\0\x05", "bytes that are no text"),
        (b"a,b\n1,\0\0\0\x01", "bytes that are no text"),
        (b"\xff\xfe\0\0a\0\0\0", "text in UTF-32"),
        (&pack(&pack(b"a,b\n")), "gzip twice"),
    ] {
        let message = message(bytes);
        assert!(message.starts_with("t, its first bytes: found ") && message.contains(what), "{message}");
        assert!(message.contains("export it as CSV"), "{message}");
    }
}

#[test]
fn an_encoding_is_kept_to_the_end() {
    let far = "a,b\n".repeat(100_000);
    // The first byte that is no ASCII comes late, and is cut by the end of a piece.
    for shift in 0..4 {
        let text = format!("{}{}ä€\n", "x".repeat(shift), &far[..CHUNK - 6]);
        assert_eq!(whole(text.as_bytes()).unwrap(), (text.clone(), vec![]));
        let windows = WINDOWS_1252.encode(&text).0;
        let (found, notes) = whole(&windows).unwrap();
        assert_eq!((found, notes.len()), (text, 1));
    }
    let message =
        message(format!("{far}ä\n").into_bytes().iter().chain(b"x\xe4y\n").copied().collect::<Vec<u8>>().as_slice());
    assert!(message.starts_with("t, line 100002: found the byte 0xe4 that cannot stand there in UTF-8"), "{message}");
    let odd: Vec<u8> = [&b"\xff\xfe"[..], b"a\0b"].concat();
    assert!(whole(&odd).unwrap_err().to_string().contains("UTF-16"));
    let half: Vec<u8> = [&b"\xff\xfe"[..], b"\0\xd8a\0"].concat();
    assert!(whole(&half).unwrap_err().to_string().contains("line 1: found bytes that cannot stand there in UTF-16"));
}

#[test]
fn a_name_that_promises_packing_is_held_to_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, what) in [("t.csv.gz", "gzip"), ("t.csv.zst", "zstd")] {
        let path = folder.path().join(name);
        std::fs::write(&path, "a,b\n").unwrap();
        let message = Text::open(&path).err().unwrap().to_string();
        assert!(message.contains(name) && message.contains(what), "{message}");
        std::fs::write(&path, "").unwrap();
        assert!(!Text::open(&path).unwrap().read(&mut String::new(), 1).unwrap() || path.exists());
    }
    for path in [folder.path().join("none"), folder.path().to_path_buf()] {
        let answer = Text::open(&path).map(|_| ());
        let message = answer.unwrap_err().to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
}

#[cfg(feature = "zstd")]
#[test]
fn zstd_is_unpacked_and_its_damage_named() {
    let text = "a,b\n1,2\n".repeat(1000);
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(whole(&packed).unwrap().0, text);
    assert_eq!(whole(&[&packed[..], &packed].concat()).unwrap().0, text.repeat(2));
    for end in 4..packed.len() {
        assert!(message(&packed[..end]).contains("t, its zstd stream: found that it breaks off"), "{end}");
    }
    assert!(message(&[&packed[..], b"x,y\n"].concat()).contains("its zstd stream: found"));
    // Some kilobytes that unpack to more than 2 GiB of blank lines would be read for ever; beyond the cap they are refused.
    let mut text = Text::from_bytes(packed, "t").unwrap();
    text.read = UNPACKED_LIMIT;
    assert!(matches!(text.read(&mut String::new(), 1), Err(DataError::TooLarge { .. })));
}

#[cfg(not(feature = "zstd"))]
#[test]
fn zstd_is_named_where_it_is_not_built_in() {
    assert!(Text::from_bytes(ZSTD_MAGIC.to_vec(), "t").err().unwrap().to_string().contains("packed with zstd"));
}

#[test]
fn lines_are_counted_however_they_end() {
    for (text, expected) in [("a\nb\n\nc", 4), ("a\r\nb\r\n\r\nc\r\n", 4), ("a\rb\r\rc\r", 4), ("", 0), ("\n", 1)] {
        let mut lines = Lines::from_bytes(text.as_bytes().to_vec(), "t").unwrap();
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            assert_eq!(number, found.len() as u64 + 1);
            found.push(line.to_owned());
        }
        assert_eq!(found.len(), expected, "{text:?}");
        assert_eq!(found.join(""), text.replace(['\r', '\n'], ""));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), packing in 0..4) {
        match packing {
            0 => { bytes.splice(0..0, [0x1f, 0x8b, 8, 0]); }
            1 => { bytes.splice(0..0, ZSTD_MAGIC); }
            2 => { bytes.splice(0..0, [0xff, 0xfe]); }
            _ => {}
        }
        let _ = whole(&bytes);
    }

    #[test]
    fn any_text_comes_back(text in "\\PC{0,200}", wide: bool) {
        prop_assume!(refused::what(text.as_bytes()).is_none() && !text.contains('\0') && !text.starts_with('\u{feff}'));
        prop_assert_eq!(&whole(text.as_bytes()).unwrap().0, &text);
        if wide {
            let bytes: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(whole(&bytes).unwrap().0, text);
        }
    }
}
