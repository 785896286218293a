//! Cells of a target: which are classes, which are marks, and what is refused.

use super::*;
use crate::table::Column;

/// A table of the words of `cells`; an empty one is missing.
fn words(cells: &[&str]) -> Table {
    let mut words: Vec<String> = Vec::new();
    let codes = cells.iter().map(|cell| match words.iter().position(|word| word == cell) {
        _ if cell.is_empty() => f32::NAN,
        Some(place) => place as f32,
        None => {
            words.push((*cell).to_owned());
            words.len() as f32 - 1.0
        }
    });
    let codes = codes.collect();
    Table::new(cells.len(), vec![column("y", ColumnKind::Words(words))], codes, None).unwrap()
}

fn column(name: &str, kind: ColumnKind) -> Column {
    Column { name: name.into(), kind }
}

fn numbers(cells: &[f32]) -> Table {
    Table::new(cells.len(), vec![column("y", ColumnKind::Number)], cells.to_vec(), None).unwrap()
}

fn marks(words: &[&str], classes: &[&str]) -> Marks {
    let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
    Marks { words: owned(words), classes: owned(classes) }
}

/// The classes, and the class of each row, in the shortest form: `.` is unlabelled.
fn said(target: &Target) -> (String, String) {
    let label = |label: &Option<u32>| label.map_or(".".to_owned(), |class| class.to_string());
    (target.class_names.join(" "), target.labels.iter().map(label).collect::<Vec<_>>().join(""))
}

#[test]
fn cells_become_classes_or_marks() {
    let none = marks(&[], &[]);
    for (cells, marks, classes, labels) in [
        (&["b", "a", "", "b"][..], &none, "a b", "10.1"),
        // The marks, in any case.
        (
            &["a", "NA", "n/a", "#N/A", "nan", "NULL", "?", "<na>", "Unlabeled", "unlabelled", "b"],
            &none,
            "a b",
            "0.........1",
        ),
        // What is a class though it says little.
        (&["none", "None", "unknown", "-"], &none, "- None none unknown", "2130"),
        // -1 where all others are whole and not negative.
        (&["-1", "0", "1", "-1.0"], &none, "0 1", ".01."),
        (&["-1", "0", "1", "?"], &none, "0 1", ".01."),
        (&["-1", "0", "-2"], &none, "-2 -1 0", "120"),
        (&["-1", "0.5", "1"], &none, "-1 0.5 1", "012"),
        (&["-1", "a", "b"], &none, "-1 a b", "012"),
        (&["-1", "1", "-1"], &marks(&[], &["-1"]), "-1 1", "010"),
        (&["-1", "0", "1", "x"], &marks(&["x"], &[]), "0 1", ".01."),
        (&["a", "?", "b"], &marks(&[], &["?"]), "? a b", "102"),
        (&["a", "b", "none", "None"], &marks(&["none"], &[]), "None a b", "12.0"),
        // Spellings of one number.
        (&["1", "1.0", "2", "01"], &none, "1 2", "0010"),
        (&["1.0", "2.0"], &none, "1 2", "01"),
        (&["007", "012"], &none, "007 012", "01"),
        (&["1.5", "0.50"], &none, "0.50 1.5", "10"),
        (&["1", "1.0", "a"], &none, "1 a", "001"),
        (&["-0", "0", "1"], &none, "0 1", "001"),
        // By value where all are numbers, else by text.
        (&["10", "9", "1e1", "-3"], &none, "-3 9 10", "2120"),
        (&["10", "9", "x"], &none, "10 9 x", "012"),
        (&["inf", "1"], &none, "1 inf", "10"),
        // Nothing labelled.
        (&["", "?", "-1"], &none, "", "..."),
        (&[], &none, "", ""),
    ] {
        let (_, target) = words(cells).split_target("y", marks).unwrap_or_else(|e| panic!("{cells:?}: {e}"));
        assert_eq!(said(&target), (classes.into(), labels.into()), "{cells:?}");
    }
}

#[test]
fn marks_are_named_and_classes_counted() {
    let (_, target) = words(&["?", "1", "", "2", "-1", "?", "2"]).split_target("y", &Marks::default()).unwrap();
    let why = [("empty cell", 1), ("?", 2), ("-1", 1)].map(|(why, rows)| (why.to_owned(), rows));
    assert_eq!((target.unlabelled.as_slice(), target.counts()), (&why[..], vec![1, 2]));
}

#[test]
fn numbers_and_truth_values_are_classes_too() {
    let (_, target) = numbers(&[2.0, f32::NAN, -1.0, 1.0, 2.0]).split_target("y", &Marks::default()).unwrap();
    assert_eq!(said(&target), ("1 2".into(), "1..01".into()));
    let kind = ColumnKind::Boolean { no: "n".into(), yes: "y".into() };
    let table = Table::new(3, vec![column("y", kind)], vec![1.0, 0.0, f32::NAN], None).unwrap();
    assert_eq!(said(&table.split_target("y", &Marks::default()).unwrap().1), ("n y".into(), "10.".into()));
}

#[test]
fn a_word_that_no_row_has_is_no_class() {
    let kind = ColumnKind::Words(["a", "b", "c"].map(str::to_owned).to_vec());
    let table = Table::new(2, vec![column("y", kind)], vec![2.0, 0.0], None).unwrap();
    assert_eq!(said(&table.split_target("y", &Marks::default()).unwrap().1), ("a c".into(), "10".into()));
}

#[test]
fn the_other_columns_stay_as_they_are() {
    for place in 0..3 {
        let mut columns = vec![column("a", ColumnKind::Number), column("b", ColumnKind::Number)];
        columns.insert(place, column("y", ColumnKind::Number));
        let mut cells = Vec::new();
        for row in 0..4 {
            let mut of_row = vec![row as f32, 10.0 + row as f32];
            of_row.insert(place, (row % 2) as f32);
            cells.extend(of_row);
        }
        let table = Table::new(4, columns, cells, None).unwrap();
        let (rest, target) = table.split_target("y", &Marks::default()).unwrap();
        assert_eq!(rest.cells(), [0.0, 10.0, 1.0, 11.0, 2.0, 12.0, 3.0, 13.0]);
        assert_eq!((rest.columns().len(), rest.rows(), said(&target).1.as_str()), (2, 4, "0101"));
    }
    let (rest, _) = words(&["a", "b"]).split_target("y", &Marks::default()).unwrap();
    assert_eq!((rest.rows(), rest.columns().len(), rest.cells().len()), (2, 0, 0));
}

#[test]
fn what_is_no_target_is_refused() {
    let many: Vec<String> = (0..10_001).map(|i| format!("id{i}")).collect();
    let measured: Vec<String> = (0..30).map(|i| format!("{}.5", i)).collect();
    let texts = |list: &[String]| words(&list.iter().map(String::as_str).collect::<Vec<_>>());
    let numbered: Vec<f32> = (0..20_000).map(|i| i as f32).collect();
    let broken: Vec<f32> = (0..20_000).map(|i| i as f32 / 7.0).collect();
    let of_kind = |kind| Table::new(1, vec![column("y", kind)], vec![0.0], None).unwrap();
    for (table, name, expected) in [
        (words(&["a"]), "Y", "there is no column 'Y' to learn (did you mean 'y'?): expected one of 'y'"),
        (
            words(&["a", "", "a"]),
            "y",
            "every label in column 'y' is 'a' (labelled rows: 2): expected at least two classes",
        ),
        (words(&["-1", "1", "1.0"]), "y", "Cells with -1 (1) were taken for rows without label"),
        (texts(&many), "y", "more than 10000 different words"),
        (numbers(&numbered), "y", "more than 10000 different words: expected a column of classes. Is it an id"),
        (texts(&measured), "y", "30 different numbers that are not whole, such as 0.5"),
        (numbers(&broken), "y", "is regression"),
        (of_kind(ColumnKind::Text), "y", "more than 10000 different words"),
        (of_kind(ColumnKind::Date), "y", "column 'y' holds dates: expected a column of classes"),
    ] {
        let error = table.split_target(name, &Marks::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
