//! Columns of every type come back, as do lists, pictures and names of classes.

mod hostile;

use super::*;
use crate::rows::Texts;
use arrow_array::builder::{FixedSizeListBuilder, Float32Builder, ListBuilder};
use arrow_array::*;
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn packed(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn file(batch: &RecordBatch) -> Vec<u8> {
    packed(batch, WriterProperties::builder())
}

fn array<A: Array + 'static>(array: A) -> ArrayRef {
    Arc::new(array)
}

/// All rows in batches of `most`; each column as the text of its cells.
fn all(source: &mut Parquet, most: usize) -> Result<Vec<Vec<String>>, DataError> {
    let mut batch = Batch::default();
    let mut columns = vec![Vec::new(); source.columns().len()];
    loop {
        source.next(most, &mut batch)?;
        if batch.rows == 0 {
            return Ok(columns);
        }
        assert!(batch.rows <= most && batch.columns.len() == columns.len());
        for (column, cells) in columns.iter_mut().zip(&batch.columns) {
            assert_eq!(cells.len(), batch.rows);
            match cells {
                Cells::Text(texts) => column.extend(texts.iter().map(str::to_owned)),
                Cells::Numbers(v) | Cells::Dates(v) => column.extend(v.iter().map(f64::to_string)),
                Cells::Booleans(v) => column.extend(v.iter().map(|v| format!("{v:?}"))),
            }
        }
    }
}

fn read(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, DataError> {
    let mut source = from_bytes(bytes, "a.parquet")?;
    let columns = all(&mut source, 3)?;
    source.restart()?;
    assert_eq!(all(&mut source, 10_000)?, columns, "batches of another size give other rows");
    Ok(columns)
}

fn message(bytes: Vec<u8>) -> String {
    read(bytes).unwrap_err().to_string()
}

/// A table of many types.
fn mixed() -> RecordBatch {
    let words: DictionaryArray<types::Int8Type> = vec![Some("x"), None, Some("y"), Some("x")].into_iter().collect();
    let decimals =
        Decimal128Array::from(vec![Some(110), None, Some(-325), Some(7)]).with_precision_and_scale(20, 2).unwrap();
    let numerals = Decimal128Array::from(vec![10i128.pow(19); 4]).with_precision_and_scale(20, 0).unwrap();
    table(vec![
        ("i8", array(Int8Array::from(vec![Some(1), None, Some(-3), Some(4)]))),
        ("u16", array(UInt16Array::from(vec![1, 2, 3, 65535]))),
        ("i64", array(Int64Array::from(vec![-1, 2, 3, 1 << 53]))),
        ("id", array(Int64Array::from(vec![Some((1 << 53) + 1), None, Some(3), Some(4)]))),
        ("u64", array(UInt64Array::from(vec![u64::MAX, 2, 3, 4]))),
        ("f32", array(Float32Array::from(vec![Some(0.5), None, Some(3.0), Some(4.0)]))),
        ("f64", array(Float64Array::from(vec![0.1, 0.2, 0.3, 0.4]))),
        ("price", array(decimals)),
        ("numeral", array(numerals)),
        ("truth", array(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("text", array(StringArray::from(vec![Some("a"), Some(" b "), None, Some("é")]))),
        ("large", array(LargeStringArray::from(vec!["1", "2", "3", "4"]))),
        ("view", array(StringViewArray::from(vec!["a long text that is no part of its view", "", "b", "c"]))),
        ("word", array(words)),
        ("d32", array(Date32Array::from(vec![0, 1, -1, 20_000]))),
        ("d64", array(Date64Array::from(vec![0, 86_400_000, 0, 0]))),
        ("s", array(TimestampSecondArray::from(vec![129_600, 0, 0, 0]))),
        ("ms", array(TimestampMillisecondArray::from(vec![129_600_000, 0, 0, 0]).with_timezone("+02:00"))),
        ("us", array(TimestampMicrosecondArray::from(vec![Some(129_600_000_000), None, None, None]))),
        ("ns", array(TimestampNanosecondArray::from(vec![129_600_000_000_000, 0, 0, 0]))),
        ("time", array(Time64MicrosecondArray::from(vec![1_500_000, 0, 0, 0]))),
        ("lasts", array(DurationMillisecondArray::from(vec![1500, 0, 0, 0]))),
        ("nothing", array(NullArray::new(4))),
        ("bytes", array(BinaryArray::from(vec!["p".as_bytes(), b"q", b"r", b"s"]))),
    ])
}

const MIXED: &[&str] = &[
    "1 NaN -3 4",
    "1 2 3 65535",
    "-1 2 3 9007199254740992",
    "9007199254740993 _ 3 4",
    "18446744073709551615 2 3 4",
    "0.5 NaN 3 4",
    "0.1 0.2 0.3 0.4",
    "1.1 NaN -3.25 0.07",
    "10000000000000000000 10000000000000000000 10000000000000000000 10000000000000000000",
    "Some(true) None Some(false) Some(true)",
    "a b _ é",
    "1 2 3 4",
    "a-long-text-that-is-no-part-of-its-view _ b c",
    "x _ y x",
    "0 1 -1 20000",
    "0 1 0 0",
    "1.5 0 0 0",
    "1.5 0 0 0",
    "1.5 NaN NaN NaN",
    "1.5 0 0 0",
    "1.5 0 0 0",
    "1.5 0 0 0",
    "_ _ _ _",
    "p q r s",
];

fn check_mixed(columns: &[Vec<String>]) {
    let shown: Vec<String> = columns
        .iter()
        .map(|column| {
            let cell = |cell: &String| if cell.is_empty() { "_".into() } else { cell.replace(' ', "-") };
            column.iter().map(cell).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(shown, MIXED);
}

#[test]
fn columns_of_every_type_are_read_however_they_are_packed() {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for (dictionary, rows) in [(true, 100), (false, 3)] {
                let properties = WriterProperties::builder().set_compression(codec).set_writer_version(version);
                let properties = properties.set_dictionary_enabled(dictionary).set_max_row_group_row_count(Some(rows));
                check_mixed(&read(packed(&mixed(), properties)).unwrap());
            }
        }
    }
    let source = from_bytes(file(&mixed()), "a").unwrap();
    let words: Vec<_> =
        source.columns().iter().filter_map(|column| Some((&column.name[..], column.words.clone()?))).collect();
    assert_eq!(words, [("word", vec!["x".to_owned(), "y".to_owned()])]);
    let notes = source.notes().join("\n");
    assert!(
        ["'time' holds times", "'lasts' holds times", "'bytes' holds bytes"].iter().all(|n| notes.contains(n)),
        "{notes}"
    );
}

#[test]
fn text_written_as_lengths_is_read() {
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let words: Vec<Option<String>> =
                (0..1000).map(|n| (n % 7 != 0).then(|| format!("word {}", n * n))).collect();
            let batch = table(vec![("a", array(StringArray::from(words.clone())))]);
            let properties = WriterProperties::builder().set_dictionary_enabled(false).set_writer_version(version);
            let columns = read(packed(&batch, properties.set_encoding(encoding))).unwrap();
            let expected: Vec<String> = words.into_iter().map(Option::unwrap_or_default).collect();
            assert_eq!(columns, [expected]);
        }
    }
}

fn lists(rows: &[Option<&[f32]>]) -> ArrayRef {
    let mut lists = ListBuilder::new(Float32Builder::new());
    for row in rows {
        row.unwrap_or_default().iter().for_each(|&value| lists.values().append_value(value));
        lists.append(row.is_some());
    }
    array(lists.finish())
}

#[test]
fn lists_become_columns_and_must_be_of_one_length() {
    let mut fixed = FixedSizeListBuilder::new(Float32Builder::new(), 2);
    for row in [Some(1.0), None, Some(3.0)] {
        (0..2).for_each(|_| fixed.values().append_option(row));
        fixed.append(row.is_some());
    }
    let embeddings = lists(&[None, Some(&[1.0, 2.0]), Some(&[3.0, 4.0])]);
    let batch = table(vec![("emb", embeddings), ("fixed", array(fixed.finish()))]);
    let source = from_bytes(file(&batch), "a").unwrap();
    let names: Vec<&str> = source.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["emb[0]", "emb[1]", "fixed[0]", "fixed[1]"]);
    let columns = read(file(&batch)).unwrap();
    let expected = [["NaN", "1", "3"], ["NaN", "2", "4"], ["1", "NaN", "3"], ["1", "NaN", "3"]];
    assert_eq!(columns, expected);

    let ragged = file(&table(vec![("emb", lists(&[Some(&[1.0, 2.0]), Some(&[1.0, 2.0]), Some(&[3.0])]))]));
    let error = message(ragged);
    assert!(
        error.contains("row 3, column 'emb'") && error.contains("a list of 1") && error.contains("expected 2"),
        "{error}"
    );
    let words = array(StringArray::from(vec!["a", "b"]));
    let empty = table(vec![("emb", lists(&[None, Some(&[])])), ("a", words)]);
    let source = from_bytes(file(&empty), "a").unwrap();
    assert_eq!((source.columns().len(), source.notes().len()), (1, 1));
    assert!(source.notes()[0].contains("'emb' is left out: its lists are empty"), "{:?}", source.notes());
}

fn pictures() -> RecordBatch {
    let fields =
        [("bytes", DataType::Binary), ("path", DataType::Utf8)].map(|(name, kind)| Field::new(name, kind, true));
    let bytes = array(BinaryArray::from(vec![b"\x89PNG...".as_slice(); 3]));
    let paths = array(StringArray::from(vec!["a.png"; 3]));
    let pictures = StructArray::new(fields.to_vec().into(), vec![bytes, paths], None);
    table(vec![("image", array(pictures)), ("label", array(Int64Array::from(vec![Some(1), Some(-1), None])))])
}

fn with_metadata(batch: &RecordBatch, key: &str, value: &str) -> Vec<u8> {
    let metadata = vec![KeyValue { key: key.into(), value: Some(value.into()) }];
    packed(batch, WriterProperties::builder().set_key_value_metadata(Some(metadata)))
}

const LABELS: &str = r#"{"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}"#;

#[test]
fn numbers_with_names_become_these_names() {
    let batch = pictures().project(&[1]).unwrap();
    let bytes = with_metadata(&batch, "huggingface", LABELS);
    let source = from_bytes(bytes.clone(), "a").unwrap();
    assert_eq!(source.columns()[0].words, Some(vec!["cat".to_owned(), "dog".to_owned()]));
    assert_eq!(read(bytes).unwrap(), [["dog", "", ""]]);
    let beyond = table(vec![("label", array(Int64Array::from(vec![0, 2])))]);
    let error = message(with_metadata(&beyond, "huggingface", LABELS));
    assert!(error.contains("row 2, column 'label'") && error.contains("expected 0 to 1"), "{error}");
}

#[test]
fn pictures_are_found() {
    let source = from_bytes(file(&pictures()), "a").unwrap();
    assert!(source.plan.planned.iter().any(|planned| planned.role == Role::Picture));
    assert_eq!(source.columns().len(), 1);
}

#[test]
fn other_columns_are_left_out_with_a_note() {
    let inner = Arc::new(Field::new("a", DataType::Int32, true));
    let inside = StructArray::from(vec![(inner, array(Int32Array::from(vec![1])))]);
    let batch = table(vec![
        ("inside", array(inside)),
        ("noise", array(BinaryArray::from(vec![b"\xff\x00".as_slice()]))),
        ("fixed", array(FixedSizeBinaryArray::try_from_iter([b"ab"].iter()).unwrap())),
        ("__index_level_0__", array(Int64Array::from(vec![7]))),
    ]);
    let source = from_bytes(file(&batch), "a").unwrap();
    assert_eq!(source.columns().len(), 1);
    let notes = source.notes().join("\n");
    for part in ["'inside' is left out: it holds columns", "'noise' is left out", "'fixed' is left out", "pandas"] {
        assert!(notes.contains(part), "{notes}");
    }
    let error = message(file(&batch.project(&[0]).unwrap()));
    assert!(error.contains("no column to read"), "{error}");
}

#[test]
fn files_of_a_folder_are_sorted() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.parquet", "a.PARQUET", ".c.parquet", "_SUCCESS", "d.csv"] {
        std::fs::write(folder.path().join(name), file(&mixed())).unwrap();
    }
    let files = files_of(folder.path()).unwrap();
    assert_eq!(files, ["a.PARQUET", "b.parquet"].map(|name| folder.path().join(name)));
    check_mixed(&all(&mut open(&files[0]).unwrap(), 99).unwrap());
    assert!(files_of(&folder.path().join("none")).is_err());
    assert!(open(folder.path()).err().unwrap().to_string().contains("a folder"));
}

/// The seeds of the fuzz target were written by pyarrow 26.
#[test]
fn what_pyarrow_wrote_is_read() {
    let seeds = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/parquet"));
    let expected = [
        ["1", "NaN", "3"],
        ["0.5", "0.25", "NaN"],
        ["a", "b", ""],
        ["x", "y", "x"],
        ["1", "NaN", "3"],
        ["2", "NaN", "4"],
    ];
    for codec in ["none", "snappy", "gzip", "zstd", "lz4"] {
        let mut source = open(&seeds.join(format!("{codec}.parquet"))).unwrap();
        assert_eq!(all(&mut source, 2).unwrap(), expected, "{codec}");
    }
    assert_eq!(all(&mut open(&seeds.join("lengths.parquet")).unwrap(), 2).unwrap(), [["a", "b", ""]]);
    let pictures = open(&seeds.join("pictures.parquet")).unwrap();
    assert_eq!(pictures.columns()[0].words.as_deref(), Some(&["cat".to_owned(), "dog".to_owned()][..]));
}

#[test]
fn a_file_that_changes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let bytes = packed(&mixed(), WriterProperties::builder().set_max_row_group_row_count(Some(2)));
    std::fs::write(&path, &bytes).unwrap();
    let mut source = open(&path).unwrap();
    let mut batch = Batch::default();
    source.next(1, &mut batch).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = all(&mut source, 1).unwrap_err().to_string();
    assert!(error.contains("changed while it was read"), "{error}");
    assert!(source.restart().is_err());
}

#[test]
fn a_batch_holds_no_more_text_than_it_may() {
    let long = "x".repeat(1 << 20);
    let batch = table(vec![("a", array(StringArray::from(vec![long.as_str(); 200])))]);
    let mut source = from_bytes(file(&batch), "a").unwrap();
    let (mut batch, mut rows, mut most) = (Batch::default(), 0, 0);
    loop {
        source.next(1000, &mut batch).unwrap();
        if batch.rows == 0 {
            break;
        }
        (rows, most) = (rows + batch.rows, most.max(batch.rows));
    }
    assert_eq!((rows, most), (200, 64));
}

/// The memory of texts is used again from batch to batch.
#[test]
fn cells_keep_their_variant() {
    let mut batch = Batch { columns: vec![Cells::Text(Texts::default())], ..Batch::default() };
    let mut source = from_bytes(file(&table(vec![("a", array(Int8Array::from(vec![1])))])), "a").unwrap();
    source.next(9, &mut batch).unwrap();
    assert_eq!(batch.columns, [Cells::Numbers(vec![1.0])]);
}
