//! Every cut, lie, bomb and damage is answered, without a panic and without memory that the bytes do not justify.

use super::*;
use arrow_schema::Schema;
use proptest::prelude::*;

#[test]
fn every_cut_is_an_error() {
    for bytes in [file(&mixed()), file(&pictures())] {
        for end in 0..bytes.len() {
            let error = from_bytes(bytes[..end].to_vec(), "a").err().unwrap_or_else(|| panic!("cut at {end}"));
            assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn what_is_no_parquet_file_is_said() {
    assert!(message(vec![]).contains("is empty"));
    assert!(message(b"PK\x03\x04".to_vec()).contains("begins with PAR1"));
    assert!(message(b"PARE".to_vec()).contains("encryption"));
    let mut encrypted = file(&mixed());
    let end = encrypted.len() - 4;
    encrypted[end..].copy_from_slice(b"PARE");
    assert!(message(encrypted).contains("encryption"));
}

/// A file whose footer is `footer`.
fn with_footer(footer: &[u8]) -> Vec<u8> {
    [b"PAR1", footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn absurd_footers_are_refused_without_memory_or_recursion() {
    // A struct: version 1 (field 1, i32), schema (field 2, a list of structs).
    let footer = |elements: &[&[u8]]| {
        let mut bytes = vec![0x15, 2, 0x19, 0xfc];
        let mut count = elements.len();
        while count >= 0x80 {
            bytes.push(count as u8 | 0x80);
            count >>= 7;
        }
        bytes.push(count as u8);
        elements.iter().for_each(|element| bytes.extend(*element));
        bytes.extend([0x16, 0, 0x19, 0x0c, 0]);
        bytes
    };
    // A group (name in field 4, number of children in field 5) of 2^31 - 1 children, and one of one child.
    let many: &[u8] = &[0x48, 1, b'a', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0];
    let one: &[u8] = &[0x48, 1, b'a', 0x15, 2, 0];
    let error = message(with_footer(&footer(&[many])));
    assert!(error.contains("a group of 2147483647 children"), "{error}");
    let error = message(with_footer(&footer(&vec![one; 100_000])));
    assert!(error.contains("deep"), "{error}");
    let error = message(with_footer(&vec![0x1c; 100_000]));
    assert!(error.contains("no footer"), "{error}");
    let mut long = with_footer(&[0]);
    let end = long.len() - 8;
    long[end..end + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(message(long).contains("ends after 13 bytes, inside the footer"));
}

/// Replaces the only place of `from` by `to`, of the same length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert_eq!((places.len(), from.len()), (1, to.len()));
    bytes[places[0]..places[0] + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn bombs_are_refused_without_the_memory_they_ask_for() {
    // One page of some bytes, whose header (kind, unpacked, packed) declares 2^31 - 1 bytes unpacked.
    let batch = table(vec![("a", array(Int64Array::from(vec![77])))]);
    let properties = || {
        let properties = WriterProperties::builder().set_dictionary_enabled(false);
        properties.set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
    };
    let bytes = packed(&batch, properties().set_compression(Compression::SNAPPY));
    let about = from_bytes(bytes.clone(), "a").unwrap().about.metadata().clone();
    let column = about.row_group(0).column(0);
    let zigzag = |number: i64| u8::try_from(number * 2).ok().filter(|byte| *byte < 0x80).unwrap();
    // The number takes four bytes more, and so does the column.
    let sizes = [0x16, 2, 0x16, zigzag(column.uncompressed_size()), 0x16, zigzag(column.compressed_size())];
    let mut longer = sizes;
    longer[5] += 8;
    let mut bomb = replaced(&bytes, &sizes, &longer);
    assert_eq!(bomb[4..7], [0x15, 0, 0x15]);
    bomb.splice(7..8, [0xfe, 0xff, 0xff, 0xff, 0x0f]);
    let error = read(bomb).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { .. }), "{error}");

    // Lengths of text: 16 383 of them are declared in the packed values (block 128, 4 parts, then the count).
    let words = table(vec![("a", array(StringArray::from(vec!["x"; 2])))]);
    let bytes = packed(&words, properties().set_encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY));
    let lied = replaced(&bytes, &[0x80, 0x01, 0x04, 0x02, 0x02], &[0x80, 0x01, 0x04, 0xff, 0x7f]);
    let error = message(lied);
    assert!(error.contains("lengths of text for 2 values"), "{error}");

    // Twenty million nothings in one list, in a few bytes.
    let mut nothings = ListBuilder::new(Float32Builder::new());
    (0..20_000_000).for_each(|_| nothings.values().append_null());
    nothings.append(true);
    let error = message(file(&table(vec![("a", array(nothings.finish()))])));
    assert!(error.contains("smaller row groups"), "{error}");
}

#[test]
fn counts_that_lie_are_refused() {
    let rows = Int32Array::from((0..1000).collect::<Vec<_>>());
    let bytes = file(&table(vec![("a", array(rows))]));
    // Field 3 of the footer and of the row group: the number of rows, zigzag.
    let count = [0x16u8, 0xd0, 0x0f];
    let places: Vec<usize> = (0..bytes.len() - 3).filter(|&at| bytes[at..].starts_with(&count)).collect();
    assert!(!places.is_empty());
    for at in places {
        let mut lied = bytes.clone();
        lied[at + 2] = 0x0e;
        if let Ok(columns) = read(lied) {
            assert_eq!(columns[0].len(), 1000);
        }
    }
    // Both lie alike: more are there than declared.
    let lied: Vec<u8> = bytes.clone();
    let mut both = lied;
    for at in 0..both.len() - 3 {
        if both[at..].starts_with(&count) {
            both[at + 2] = 0x0e;
        }
    }
    assert!(read(both).is_err());
}

#[test]
fn no_row_is_no_error_and_no_column_is_one() {
    let none = mixed().slice(0, 0);
    assert!(read(file(&none)).unwrap().iter().all(Vec::is_empty));
    let empty = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert!(message(file(&empty)).contains("no column"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), framed: bool) {
        let _ = read(if framed { with_footer(&bytes) } else { bytes });
    }

    #[test]
    fn damaged_files_are_answered(at in 0usize..100_000, with: u8, kind in 0..3) {
        let mut bytes = match kind {
            0 => file(&mixed()),
            1 => packed(&mixed(), WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0).set_dictionary_enabled(false)),
            _ => packed(&pictures(), WriterProperties::builder().set_compression(Compression::SNAPPY)),
        };
        let length = bytes.len();
        bytes[at % length] = with;
        let _ = read(bytes);
    }

    #[test]
    fn what_was_written_is_read(numbers in proptest::collection::vec(any::<Option<f64>>(), 1..50), most in 1usize..20) {
        let expected: Vec<String> = numbers.iter().map(|n| n.unwrap_or(f64::NAN).to_string()).collect();
        let batch = table(vec![("a", array(Float64Array::from(numbers)))]);
        let bytes = packed(&batch, WriterProperties::builder().set_max_row_group_row_count(Some(7)));
        prop_assert_eq!(all(&mut from_bytes(bytes, "a").unwrap(), most).unwrap(), [expected]);
    }
}
