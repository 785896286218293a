//! Arrays of every type and order come back; every cut, bomb and misleading header is answered.

use super::*;
use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;
use zip::write::SimpleFileOptions;

/// An NPY file, as NumPy writes it.
fn npy(descr: &str, fortran: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let descr = if descr.starts_with('[') { descr.to_owned() } else { format!("'{descr}'") };
    let fortran = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}");
    while (10 + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend(values);
    bytes
}

fn npz(entries: &[(&str, Vec<u8>)], deflated: bool) -> Vec<u8> {
    let mut file = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let method = if deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    for (key, bytes) in entries {
        // NumPy writes every entry with the long fields.
        let options = SimpleFileOptions::default().compression_method(method).large_file(true);
        file.start_file(format!("{key}.npy"), options).unwrap();
        file.write_all(bytes).unwrap();
    }
    file.finish().unwrap().into_inner()
}

fn bytes_of<const N: usize, T: Copy>(values: &[T], of: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}

/// All rows in batches of `most`, each column and the pictures joined.
fn all(source: &mut Npy, most: usize) -> Result<Batch, DataError> {
    let (mut whole, mut batch) = (Batch::default(), Batch::default());
    loop {
        source.next(most, &mut batch)?;
        if batch.rows == 0 {
            return Ok(whole);
        }
        if whole.rows == 0 {
            whole = batch.clone();
            continue;
        }
        whole.rows += batch.rows;
        for (to, from) in whole.columns.iter_mut().zip(&batch.columns) {
            match (to, from) {
                (Cells::Numbers(to), Cells::Numbers(from)) | (Cells::Dates(to), Cells::Dates(from)) => to.extend(from),
                (Cells::Booleans(to), Cells::Booleans(from)) => to.extend(from),
                (Cells::Text(to), Cells::Text(from)) => from.iter().for_each(|text| to.push(text)),
                _ => panic!("a column changed its type"),
            }
        }
        if let (Some(to), Some(from)) = (&mut whole.pixels, &batch.pixels) {
            match (&mut to.values, &from.values) {
                (Values::U8(to), Values::U8(from)) => to.extend(from),
                (Values::F32(to), Values::F32(from)) => to.extend(from),
                _ => panic!("pictures changed their type"),
            }
        }
    }
}

fn read(bytes: Vec<u8>) -> Result<Batch, DataError> {
    let mut source = from_bytes(bytes, "a.npy")?;
    let whole = all(&mut source, 2)?;
    source.restart()?;
    // As text, since NaN is unlike itself.
    let again = format!("{:?}", all(&mut source, 100)?);
    assert_eq!(again, format!("{whole:?}"), "batches of another size give other rows");
    Ok(whole)
}

fn numbers(batch: &Batch) -> Vec<Vec<f64>> {
    let numbers = |cells: &Cells| match cells {
        Cells::Numbers(numbers) | Cells::Dates(numbers) => numbers.clone(),
        _ => panic!("no numbers"),
    };
    batch.columns.iter().map(numbers).collect()
}

fn texts(cells: &Cells) -> Vec<String> {
    let Cells::Text(texts) = cells else { panic!("no text") };
    texts.iter().map(str::to_owned).collect()
}

#[test]
fn numbers_of_every_type_and_byte_order_are_read() {
    let expected = vec![vec![1.0, 3.0, 5.0], vec![2.0, 4.0, 6.0]];
    let values = [1u8, 2, 3, 4, 5, 6];
    let files = [
        ("|u1", values.to_vec()),
        ("|i1", values.to_vec()),
        ("<u2", bytes_of(&values, |v| u16::from(v).to_le_bytes())),
        (">i2", bytes_of(&values, |v| i16::from(v).to_be_bytes())),
        (">u4", bytes_of(&values, |v| u32::from(v).to_be_bytes())),
        ("<i4", bytes_of(&values, |v| i32::from(v).to_le_bytes())),
        ("<i8", bytes_of(&values, |v| i64::from(v).to_le_bytes())),
        (">u8", bytes_of(&values, |v| u64::from(v).to_be_bytes())),
        ("<f2", bytes_of(&[0x3c00u16, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600], u16::to_le_bytes)),
        (">f4", bytes_of(&values, |v| f32::from(v).to_be_bytes())),
        ("<f8", bytes_of(&values, |v| f64::from(v).to_le_bytes())),
    ];
    for (descr, bytes) in files {
        assert_eq!(numbers(&read(npy(descr, false, "(3, 2)", &bytes)).unwrap()), expected, "{descr}");
    }
    let scattered = npy("|u1", true, "(3, 2)", &[1, 3, 5, 2, 4, 6]);
    assert_eq!(numbers(&read(scattered).unwrap()), expected);
    let one = [vec![1.0, 2.0, 3.0]];
    for shape in ["(3,)", "(3, 1)"] {
        assert_eq!(numbers(&read(npy("|u1", false, shape, &[1, 2, 3])).unwrap()), one);
    }
}

#[test]
fn truth_values_dates_words_and_fields_become_columns() {
    let truths = read(npy("|b1", false, "(2,)", &[0, 1])).unwrap();
    assert_eq!(truths.columns, [Cells::Booleans(vec![Some(false), Some(true)])]);
    let days = read(npy("<M8[s]", false, "(2,)", &bytes_of(&[129_600i64, i64::MIN], i64::to_le_bytes))).unwrap();
    let Cells::Dates(days) = &days.columns[0] else { panic!() };
    assert!(days[0] == 1.5 && days[1].is_nan());
    let letters = bytes_of(&['ä', '\0', 'b', 'c'], |c| u32::from(c).to_be_bytes());
    assert_eq!(texts(&read(npy(">U2", false, "(2,)", &letters)).unwrap().columns[0]), ["ä", "bc"]);
    assert_eq!(texts(&read(npy("|S2", false, "(2,)", b"a\0\xe9c")).unwrap().columns[0]), ["a", "éc"]);
    let error = read(npy("<U1", false, "(2,)", &[b'a', 0, 0, 0, 255, 255, 255, 255])).unwrap_err().to_string();
    assert!(error.contains("row 2") && error.contains("stands for no letter"), "{error}");

    let fields = npy("[('n', '<i2'), ('label', '|S1')]", false, "(2,)", b"\x07\0a\x08\0b");
    let mut source = from_bytes(fields, "a.npy").unwrap();
    let names: Vec<&str> = source.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["n", "label"]);
    let batch = all(&mut source, 1).unwrap();
    assert_eq!(batch.columns[0], Cells::Numbers(vec![7.0, 8.0]));
    assert_eq!(texts(&batch.columns[1]), ["a", "b"]);
}

#[test]
fn pictures_keep_their_bytes_or_their_numbers() {
    let pixels = |bytes| read(bytes).unwrap().pixels.unwrap();
    let values: Vec<u8> = (0..12).collect();
    let grey = pixels(npy("|u1", false, "(3, 2, 2)", &values));
    assert_eq!((grey.values, grey.shape), (Values::U8(values.clone()), vec![2, 2]));
    assert_eq!(grey.scaling, Scaling::BYTES.assumed());
    assert_eq!(pixels(npy("|u1", false, "(3, 2, 2, 1)", &values)).shape, [2, 2]);
    assert_eq!(pixels(npy("|u1", false, "(2, 2, 1, 3)", &values)).shape, [2, 1, 3]);
    let floats = pixels(npy("<f4", false, "(1, 2, 1)", &bytes_of(&[0.5f32, 1.0], f32::to_le_bytes)));
    assert_eq!((floats.values, floats.scaling), (Values::F32(vec![0.5, 1.0]), Scaling::NONE));
    // The first dimension runs fastest: element (row, y, x) stands at row + 2 y + 4 x.
    let scattered = pixels(npy("|u1", true, "(2, 2, 2)", &[0, 10, 2, 12, 1, 11, 3, 13]));
    assert_eq!(scattered.values, Values::U8(vec![0, 1, 2, 3, 10, 11, 12, 13]));
}

#[test]
fn labels_are_joined_as_words() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let x = write("x.npy", npy("|u1", false, "(3, 2)", &[1, 2, 3, 4, 5, 6]));
    let big = 9_007_199_254_740_993i64;
    let cases = [
        ("<i8", "(3,)", bytes_of(&[0, -1, big], i64::to_le_bytes), ["0", "-1", "9007199254740993"]),
        ("|u1", "(3, 1)", vec![7, 8, 9], ["7", "8", "9"]),
        ("<f8", "(3,)", bytes_of(&[1.0, f64::NAN, 2.5], f64::to_le_bytes), ["1", "", "2.5"]),
        ("|S3", "(3,)", b"cat dogab\0".to_vec(), ["cat", "dog", "ab"]),
        ("|b1", "(3,)", vec![0, 1, 1], ["false", "true", "true"]),
    ];
    for (descr, shape, bytes, expected) in cases {
        let bytes = if descr == "|S3" { b"catdogab\0".to_vec() } else { bytes };
        let y = write("y.npy", npy(descr, false, shape, &bytes));
        let mut source = open(&x, Some(&y)).unwrap();
        assert_eq!(source.columns().last().unwrap().name, "label");
        assert_eq!(texts(&all(&mut source, 2).unwrap().columns[2]), expected);
        source.restart().unwrap();
        assert_eq!(texts(&all(&mut source, 3).unwrap().columns[2]), expected);
    }
    let two = write("two.npy", npy("|u1", false, "(2,)", &[0, 1]));
    let error = open(&x, Some(&two)).err().unwrap().to_string();
    assert!(error.contains("2 labels for the 3 rows"), "{error}");
    let wide = write("wide.npy", npy("|u1", false, "(3, 2)", &[0; 6]));
    assert!(open(&x, Some(&wide)).err().unwrap().to_string().contains("argmax"));
    // KMNIST: each a packed file with one array of no name.
    let (x, y) = (npy("|u1", false, "(1, 2, 2)", &[1, 2, 3, 4]), npy("|u1", false, "(1,)", &[5]));
    let (x, y) = (write("x.npz", npz(&[("arr_0", x)], true)), write("y.npz", npz(&[("arr_0", y)], true)));
    let batch = all(&mut open(&x, Some(&y)).unwrap(), 9).unwrap();
    assert_eq!((batch.pixels.unwrap().shape, texts(&batch.columns[0])), (vec![2, 2], vec!["5".to_owned()]));
}

/// The seeds of the fuzz target were written by NumPy 2.4.
#[test]
fn what_numpy_wrote_is_read() {
    let seed = |name: &str| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/npy")).join(name);
    let read = |name: &str| all(&mut open(&seed(name), None).unwrap(), 1).unwrap();
    assert_eq!(numbers(&read("numbers.npy")), [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]);
    let scattered = read("scattered.npy").pixels.unwrap();
    assert_eq!(scattered.values, Values::F32((0..8u8).map(f32::from).collect()));
    assert_eq!(texts(&read("words.npy").columns[0]), ["a", "bc"]);
    let fields = read("fields.npy").columns;
    assert_eq!((&fields[0], texts(&fields[1])), (&Cells::Numbers(vec![1.0, 2.0]), vec!["a".into(), "b".into()]));
    let stored = all(&mut open_npz(&seed("stored.npz"), None, None, Part::Train).unwrap(), 9).unwrap();
    assert_eq!((stored.columns.len(), texts(&stored.columns[2])), (3, vec!["0".to_owned(), "1".to_owned()]));
    let packed = all(&mut open_npz(&seed("packed.npz"), None, None, Part::Test).unwrap(), 9).unwrap();
    assert_eq!((packed.pixels.unwrap().shape, texts(&packed.columns[0])), (vec![2, 2], vec!["1".to_owned()]));
}

#[test]
fn a_file_that_changes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let file = npy("|u1", false, "(3, 2)", &[1, 2, 3, 4, 5, 6]);
    std::fs::write(&path, &file).unwrap();
    let mut source = open(&path, None).unwrap();
    let mut batch = Batch::default();
    source.next(1, &mut batch).unwrap();
    std::fs::write(&path, &file[..file.len() - 1]).unwrap();
    assert!(source.next(9, &mut batch).unwrap_err().to_string().contains("changed while it was read"));
    assert!(source.restart().unwrap_err().to_string().contains("changed while it was read"));
}

/// A file of arrays of one row each.
fn keyed(keys: &[&str]) -> Vec<u8> {
    let entries: Vec<(&str, Vec<u8>)> = keys.iter().map(|key| (*key, npy("|u1", false, "(1,)", &[1]))).collect();
    npz(&entries, true)
}

#[test]
fn keys_are_guessed_from_the_usual_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let parts = |keys: &[&str]| {
        std::fs::write(&path, keyed(keys)).unwrap();
        let text = |keys: Keys| format!("{} {}", keys.x, keys.y.unwrap_or_default());
        npz_parts(&path).map(|parts| (text(parts.train), parts.validation.map(text), parts.test.map(text)))
    };
    let part = |text: &str| Some(text.to_owned());
    let cases = [
        (vec!["x_test", "x_train", "y_train", "y_test"], "x_train y_train", None, part("x_test y_test")),
        (
            vec!["train_images", "val_images", "test_images", "train_labels", "val_labels", "test_labels"],
            "train_images train_labels",
            part("val_images val_labels"),
            part("test_images test_labels"),
        ),
        (vec!["X", "y"], "X y", None, None),
        (vec!["data", "target", "feature_names"], "data target", None, None),
        (vec!["images", "labels"], "images labels", None, None),
        (vec!["features", "labels"], "features labels", None, None),
        (vec!["arr_0"], "arr_0 ", None, None),
        (vec!["arr_0", "arr_1"], "arr_0 arr_1", None, None),
        (vec!["anything"], "anything ", None, None),
        (vec!["X_train", "Y_train"], "X_train Y_train", None, None),
    ];
    for (keys, train, validation, test) in cases {
        assert_eq!(parts(&keys).unwrap(), (train.to_owned(), validation, test), "{keys:?}");
    }
    for keys in [vec!["a", "b"], vec!["arr_0", "arr_1", "arr_2"], vec!["data", "labels", "target"], vec!["X", "data"]] {
        let error = parts(&keys).unwrap_err().to_string();
        assert!(error.contains("name the key of the rows and the key of the labels"), "{error}");
        assert!(keys.iter().all(|key| error.contains(&format!("{key} (1,)"))), "{error}");
    }
}

#[test]
fn keys_and_parts_can_be_named() {
    let value = |value| npy("|u1", false, "(1,)", &[value]);
    let keys = ["x_train", "y_train", "x_test", "y_test"];
    let file = npz(&keys.map(|key| (key, value(key.len() as u8))), false);
    let open = |x, y, part| npz_from_bytes(file.clone(), "a.npz", x, y, part);
    let batch = all(&mut open(None, None, Part::Test).unwrap(), 9).unwrap();
    assert_eq!((&batch.columns[0], texts(&batch.columns[1])), (&Cells::Numbers(vec![6.0]), vec!["6".to_owned()]));
    assert_eq!(open(Some("x_test"), None, Part::Train).unwrap().columns().len(), 1);
    assert_eq!(open(Some("x_test"), Some("y_train"), Part::Train).unwrap().columns().len(), 2);
    for (x, part) in [(Some("z"), Part::Train), (None, Part::Validation)] {
        let error = open(x, None, part).err().unwrap().to_string();
        assert!(error.contains("among x_train (1,), y_train (1,)"), "{error}");
    }
}

#[test]
fn every_cut_is_an_error() {
    let single = npy("<f4", false, "(2, 2)", &[0; 16]);
    let scattered = npy("<f4", true, "(2, 2)", &[0; 16]);
    let long: Vec<u8> = (0..400u32).flat_map(|n| (n * n).to_le_bytes()).collect();
    let entries = [("x", npy("<u4", false, "(100, 4)", &long)), ("y", npy("<u4", false, "(100,)", &long[..400]))];
    for whole in [single, scattered, npz(&entries, false), npz(&entries, true)] {
        read(whole.clone()).unwrap();
        for end in 0..whole.len() {
            assert!(read(whole[..end].to_vec()).is_err(), "cut at {end}");
        }
        assert!(matches!(read([&whole[..], b"x"].concat()), Err(_) | Ok(Batch { rows: 100, .. })));
    }
}

/// Every byte of a packed file is changed: the answer is an error, or the same rows where the byte means nothing.
#[test]
fn damage_is_found_by_the_checksum() {
    let values: Vec<u8> = (0..200u8).collect();
    let whole = npz(&[("x", npy("|u1", false, "(100, 2)", &values))], true);
    let expected = read(whole.clone()).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        if let Ok(batch) = read(damaged) {
            assert_eq!(batch, expected, "byte {at}");
        }
    }
}

#[test]
fn what_makes_no_rows_is_refused_with_what_to_do() {
    let message = |bytes| read(bytes).unwrap_err().to_string();
    assert!(message(npy("|O", false, "(2,)", b"\x80\x04")).contains("astype"));
    assert!(message(npy("<f4", false, "()", &[0; 4])).contains("a single value"));
    assert!(message(npy("|u1", false, "(1, 3, 4, 5)", &[0; 60])).contains("transpose(0, 2, 3, 1)"));
    assert!(message(npy("|S1", false, "(1, 1, 2)", &[0; 2])).contains("words or dates"));
    assert!(message(npy("[('a', '<f4', (2,))]", false, "(1,)", &[0; 8])).contains("holds an array"));
    assert!(message(b"<html>".to_vec()).contains("<html>"));
    assert!(message(b"\x93NUMPY\x09\x00".to_vec()).contains("version 9"));
    assert!(message(vec![]).contains("is empty"));
    assert!(message(npz(&[], true)).contains("0 entries"));
}

#[test]
fn bombs_are_refused_without_the_memory_they_ask_for() {
    let message = |bytes| read(bytes).unwrap_err().to_string();
    for shape in ["(1000000000000, 784)", "(18446744073709551615, 2)", "(4294967296, 4294967296, 4294967296)"] {
        let error = message(npy("<f8", false, shape, &[0; 8]));
        assert!(error.contains("cut short") || error.contains("a shape that a file can hold"), "{error}");
    }
    assert!(message(npy("<f8", false, "(1000000000000, 0)", &[])).contains("rows without values"));
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(u32::MAX.to_le_bytes());
    assert!(message(long).contains("a header of 4294967295 bytes"));
    // A directory that declares more than DEFLATE can pack.
    let mut file = npz(&[("x", npy("|u1", false, "(1000000,)", &vec![0; 1_000_000]))], true);
    let directory = file.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    // Behind 46 bytes and the name stands the field of long lengths, the unpacked one first.
    let length = directory + 46 + "x.npy".len() + 4;
    file[length..length + 8].copy_from_slice(&(1u64 << 40).to_le_bytes());
    let error = message(file);
    assert!(error.contains("at most"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..3) {
        match kind {
            0 => {}
            1 => drop(bytes.splice(0..0, *b"\x93NUMPY\x01\x00\x40\x00{'descr':")),
            _ => drop(bytes.splice(0..0, *b"PK\x03\x04")),
        }
        let _ = read(bytes);
    }

    #[test]
    fn damaged_files_are_answered(at in 0usize..1000, with: u8, packed: bool) {
        let x = npy("<f4", false, "(2, 2)", &[0; 16]);
        let mut file = npz(&[("x", x.clone()), ("y", npy("|u1", true, "(2, 1)", &[0, 1]))], packed);
        let length = file.len();
        file[at % length] = with;
        let _ = read(file);
        let mut x = x;
        let length = x.len();
        x[at % length] = with;
        let _ = read(x);
    }
}
