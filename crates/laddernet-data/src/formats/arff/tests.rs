//! Files of Weka and of KEEL, dense and sparse, and each kind of damage with its place.

use super::*;
use crate::gz::pack;
use crate::rows::texts_of;
use proptest::prelude::*;

const WEKA: &str = "% 1. Title\n@RELATION weather\n\n@ATTRIBUTE outlook {sunny, 'very rainy', \"it's\"}\n\
    @attribute 'the temperature' REAL\n@attribute humidity numeric\n@attribute day date \"yyyy-MM-dd\"\n\
    @attribute remark string\n@attribute play {yes,no}\n@DATA\n% rows\nsunny,85.0,?,2001-04-03,'a, b',no\n\n\
    'very rainy', 70 ,96,?,\"say \\\"so\\\"\",yes\n\"it's\",1e2,-5,'2001-04-05',plain words,?\n";

const KEEL: &str = "@relation iris\n@attribute SepalLength real [4.3, 7.9]\n@attribute Count integer[1,9]\n\
    @attribute Class{Iris-setosa, Iris-virginica}\n@inputs SepalLength, Count\n@outputs Class\n@data\n\
    5.1, 3, Iris-setosa\n<null>, 2, Iris-virginica\n4.4, 1, unlabeled\n";

const SPARSE: &str = "@relation s\n@attribute a numeric\n@attribute b {x, y}\n@attribute c string\n@attribute d integer\n@data\n\
    {0 5, 3 -2}\n{}\n{1 y, 2 'to be, or'}\n1,x,z,4\n";

fn all(text: impl AsRef<[u8]>) -> Result<(ArffRows, Vec<String>), DataError> {
    let mut source = from_bytes(text.as_ref().to_vec(), "t.arff")?;
    let first = rows(&mut source)?;
    source.restart()?;
    assert_eq!(rows(&mut source)?, first);
    Ok((source, first))
}

fn rows(source: &mut ArffRows) -> Result<Vec<String>, DataError> {
    Ok(texts_of(source, 2)?.into_iter().map(|row| row.join("|")).collect())
}

fn message(text: impl AsRef<[u8]>) -> String {
    all(text).err().unwrap().to_string()
}

#[test]
fn a_file_of_weka_is_read() {
    let (source, rows) = all(WEKA).unwrap();
    let names: Vec<&str> = source.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["outlook", "the temperature", "humidity", "day", "remark", "play"]);
    let words = |list: &[&str]| Some(list.iter().map(|word| (*word).to_owned()).collect());
    assert_eq!(source.columns()[0].words, words(&["sunny", "very rainy", "it's"]));
    assert_eq!((&source.columns()[1].words, &source.columns()[5].words), (&None, &words(&["yes", "no"])));
    assert_eq!(
        rows,
        [
            "sunny|85.0|?|2001-04-03|a, b|no",
            "very rainy|70|96|?|say \"so\"|yes",
            "it's|1e2|-5|2001-04-05|plain words|?",
        ]
    );
    assert_eq!([0, 1, 2].map(|row| source.place(row)), ["line 12", "line 14", "line 15"]);
    assert_eq!(all(pack(WEKA.as_bytes())).unwrap().1, rows);
    assert!(begins(WEKA.as_bytes()) && begins(KEEL.as_bytes()) && !begins(b"a,b\n@relation"));
}

#[test]
fn a_file_of_keel_is_read() {
    let (source, rows) = all(KEEL).unwrap();
    assert_eq!(rows, ["5.1|3|Iris-setosa", "?|2|Iris-virginica", "4.4|1|unlabeled"]);
    assert_eq!(source.columns()[2].words.as_ref().map(Vec::len), Some(2));
    assert_eq!(source.notes(), ["the file says that its output is Class"]);
}

#[test]
fn sparse_rows_are_made_dense() {
    assert_eq!(all(SPARSE).unwrap().1, ["5|x||-2", "0|x||0", "0|y|to be, or|0", "1|x|z|4"]);
    let (source, rows) = all("@relation t\n@attribute a real\n@attribute a real\n@data\n1\t2\n3   4\n").unwrap();
    assert_eq!((source.columns()[1].name.as_str(), rows[1].as_str()), ("a.2", "3|4"));
    assert!(source.notes()[0].contains("it is called a.2 here"));
}

#[test]
fn each_fault_has_its_place() {
    let with = |rows: &str| format!("@relation t\n@attribute a real\n@attribute 'b c' {{x, y}}\n@data\n{rows}");
    for (text, expected) in [
        (String::new(), "t.arff is empty"),
        ("% only\n".into(), "t.arff is empty"),
        ("a,b\n1,2\n".into(), "line 1: found \"a,b\": expected '@relation'"),
        ("@relation t\n@attribute a real\n".into(), "the file is cut short"),
        ("@relation t\n@data\n1\n".into(), "line 2: found \"@data\": expected attributes before it"),
        ("@relation t\n@attribute a\n".into(), "line 2: found \"@attribute a\": expected a name and a kind"),
        ("@attribute a relational\n".into(), "'relational' ones, tables in a cell, are not read"),
        ("@attribute a complex\n".into(), "expected the kind numeric"),
        ("@attribute a {x, y\n".into(), "a list of words that ends with '}'"),
        ("@attribute 'a real\n".into(), "a name with its closing quote"),
        (with("1,x\n2\n"), "t.arff, line 6: 1 columns: expected 2, one for each attribute"),
        (with("1,x\n2,z\n"), "line 6, column 2: found \"z\": expected a word of 'b c': x, y"),
        (with("1,'x\n"), "line 5, column 2: found \"'x\": expected a closing quote"),
        (with("1,'x'y\n"), "expected a comma behind the closing quote"),
        (with("{0 1, 0 2}\n"), "an index once in a row"),
        (with("{2 1}\n"), "the index of an attribute, from 0"),
        (with("{x 1}\n"), "the index of an attribute, from 0"),
    ] {
        let message = message(&text);
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn a_file_cut_anywhere_gives_its_first_rows_or_an_error() {
    for text in [WEKA, KEEL, SPARSE] {
        let whole = all(text).unwrap().1;
        for end in 0..text.len() {
            if let Ok((_, rows)) = all(&text.as_bytes()[..end]) {
                let kept = rows.len().saturating_sub(1);
                assert_eq!(rows[..kept], whole[..kept], "{end}");
            }
        }
    }
    let packed = pack(WEKA.as_bytes());
    for end in 0..packed.len() {
        let error = all(&packed[..end]).err().unwrap();
        assert!(matches!(error, DataError::GzipTruncated { .. } | DataError::Empty { .. }), "{end}: {error}");
    }
}

#[test]
fn rows_that_leave_out_too_much_are_refused() {
    let mut source = from_bytes(SPARSE.as_bytes().to_vec(), "t.arff").unwrap();
    source.sparse_cells = crate::formats::most_cells(SPARSE.len() as u64) - 7;
    let message = rows(&mut source).unwrap_err().to_string();
    assert!(message.contains("t.arff, line 8: found 16777217 cells so far, most of them 0"), "{message}");
    source.restart().unwrap();
    assert_eq!(rows(&mut source).unwrap().len(), 4);
    // A batch of wide rows has few of them.
    let mut text = String::from("@relation t\n");
    (0..20_000).for_each(|column| text.push_str(&format!("@attribute a{column} real\n")));
    let mut source = from_bytes(pack(format!("{text}@data\n{}", "{}\n".repeat(300)).as_bytes()), "t.arff").unwrap();
    let mut batch = Batch::default();
    source.next(100_000, &mut batch).unwrap();
    assert_eq!(batch.rows, BATCH_CELLS / 20_000);
}

proptest! {
    #[test]
    fn any_text_is_answered(rows in "[0-9a-cxy?,{}'\"% \t\n\\\\]{0,80}", head in "[@a-z {},'\"\n]{0,60}", whole: bool) {
        let begin = if whole { &SPARSE[..SPARSE.find("{0").unwrap()] } else { &head };
        let _ = all(format!("{begin}{rows}"));
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = all(bytes);
    }

    #[test]
    fn what_was_written_is_read_back(table in proptest::collection::vec(("[a-c' \"\\\\,%{]{1,5}", -9i32..9), 1..8)) {
        let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let mut text = String::from("@relation t\n@attribute a string\n@attribute b integer\n@data\n");
        table.iter().for_each(|(word, number)| text.push_str(&format!("{},{number}\n", quoted(word))));
        let expected: Vec<String> = table.iter().map(|(word, number)| format!("{}|{number}", word.trim())).collect();
        prop_assert_eq!(all(text).unwrap().1, expected);
    }
}
