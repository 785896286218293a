//! Kinds that are found from the cells.

use super::source::text;
use super::*;
use crate::rows::{Cells, SourceColumn};
use laddernet::dataset::{Scaling, Values};
use laddernet::table::Pixels;

#[test]
fn text_cells_show_their_kind() {
    for (cells, expected_kind, expected_cells) in [
        (&["1", "-2.5", "1e2"][..], "number", "1 -2.5 100"),
        (&["1", "", "NA", "n/a", "#N/A", "nan", "NULL", "?", "<NA>"], "number", "1 . . . . . . . ."),
        (&["00123", "7"], "number", "123 7"),
        (&["", "?"], "number", ". ."),
        (&["0", "1", "1"], "number", "0 1 1"),
        (&["0x10", "1"], "words(0x10,1)", "0 1"),
        (&["1,000", "2"], "words(1,000,2)", "0 1"),
        (&["inf", "fire"], "words(inf,fire)", "0 1"),
        (&["b", "a", "?", "b"], "words(b,a)", "0 1 . 0"),
        (&[" b", "b "], "words(b)", "0 0"),
        (&["none", "None", "unknown"], "words(none,None,unknown)", "0 1 2"),
        (&["1", "1.0", "x"], "words(1,1.0,x)", "0 1 2"),
        (&["no", "yes", "no"], "boolean(no,yes)", "0 1 0"),
        (&["True", "False", "NA"], "boolean(False,True)", "1 0 ."),
        (&["T", "f"], "boolean(f,T)", "1 0"),
        (&["Y", "n"], "boolean(n,Y)", "1 0"),
        (&["yes", "Yes", "no"], "words(yes,Yes,no)", "0 1 2"),
        (&["yes", "yes"], "words(yes)", "0 0"),
        (&["yes", "false"], "words(yes,false)", "0 1"),
        (&["2000-01-03", "2000/01/02", "?", "2000-01-01T12:00Z"], "date", "2 1 . 0.5"),
        (&["03.01.2000", "01.02.2000"], "date", "2 31"),
        (&["02/01/2000", "31/01/2000"], "date", "1 30"),
        (&["02/01/2000", "01/31/2000"], "date", "31 30"),
        (&["02-01-2000", "31-01-2000"], "date", "1 30"),
        (&["02/01/2000", "03/01/2000"], "text", "0 0"),
        (&["01/01/2000", "02/02/2000"], "date", "0 32"),
        (&["13/01/2000", "01/13/2000"], "words(13/01/2000,01/13/2000)", "0 1"),
        (&["2000-01-03", "soon"], "words(2000-01-03,soon)", "0 1"),
        (&["2000-01-03", "5"], "words(2000-01-03,5)", "0 1"),
        // As adult, letter and mushroom have them.
        (&["<=50K", ">50K", "<=50K."], "words(<=50K,>50K,<=50K.)", "0 1 2"),
        (&["Private", "?", "State-gov"], "words(Private,State-gov)", "0 . 1"),
        (&["T", "I", "D", "N"], "words(T,I,D,N)", "0 1 2 3"),
        (&["t", "f", "t"], "boolean(f,t)", "1 0 1"),
        (&["x", "b", "s"], "words(x,b,s)", "0 1 2"),
    ] {
        for most in [1, 2, 100] {
            let mut source = Memory::column(cells);
            let built = build_in_batches(&mut source, &Reading::default(), Some(most)).unwrap();
            assert_eq!(said(&built), (expected_kind.into(), expected_cells.into()), "{cells:?} by {most}");
            assert!(source.readings <= 4, "{cells:?} by {most}");
        }
    }
}

#[test]
fn an_order_of_dates_is_found_or_said() {
    let cells = &["02/01/2000", "", "03/01/2000"][..];
    let orders = |order| [("x".to_owned(), order)];
    let (mdy, dmy) = (orders(DateOrder::Mdy), orders(DateOrder::Dmy));
    for (reading, expected) in [
        (Reading::default(), "0 . 0"),
        (Reading { date_order: Some(DateOrder::Dmy), ..Reading::default() }, "1 . 2"),
        (Reading { date_order: Some(DateOrder::Mdy), ..Reading::default() }, "31 . 60"),
        (Reading { date_order: Some(DateOrder::Dmy), date_orders: &mdy, ..Reading::default() }, "31 . 60"),
    ] {
        let built = build(&mut Memory::column(cells), &reading).unwrap();
        assert_eq!(said(&built).1, expected, "{reading:?}");
    }
    let built = build(&mut Memory::column(cells), &Reading::default()).unwrap();
    let finding = &sentences(&built.findings)[0];
    assert!(finding.starts_with("column 'x': 2 dates may have the day or the month first"), "{finding}");
    assert!(finding.contains("'02/01/2000' (line 2)") && finding.contains("say the order (dmy or mdy)"), "{finding}");

    // What the cells say stands above what was said, and is said.
    let reading = Reading { date_order: Some(DateOrder::Mdy), ..Reading::default() };
    let built = build(&mut Memory::column(&["02/01/2000", "13/01/2000"]), &reading).unwrap();
    assert_eq!((said(&built).1.as_str(), &built.date_orders[..]), ("1 12", &dmy[..]));
    assert_eq!(sentences(&built.findings), ["column 'x': dates were read day first, because of '13/01/2000' (line 3)"]);
}

#[test]
fn numbers_with_faults_are_numbers() {
    let number: Vec<String> = (0..95).map(|i| (i % 41).to_string()).collect();
    let build_with = |numbers: &[String], faults: usize, strict: bool, most: usize| {
        let mut cells: Vec<&str> = numbers.iter().map(String::as_str).collect();
        for _ in 0..faults {
            cells.insert(cells.len() / 2, "oops");
        }
        build_in_batches(&mut Memory::column(&cells), &Reading { strict, ..Reading::default() }, Some(most))
    };
    let few: Vec<String> = (0..95).map(|i| (i % 40).to_string()).collect();
    for most in [1, 3, 50, 1000] {
        let built = build_with(&number, 5, false, most).unwrap();
        assert_eq!(kind(&built.table.columns()[0].kind), "number");
        assert_eq!(
            sentences(&built.findings),
            ["column 'x': 5 of 100 cells hold no number and count as missing; the first is 'oops' (line 49)"]
        );
        assert!(kind(&build_with(&number, 6, false, most).unwrap().table.columns()[0].kind).starts_with("words("));
        assert!(kind(&build_with(&few, 1, false, most).unwrap().table.columns()[0].kind).starts_with("words("));
        let error = build_with(&number, 5, true, most).unwrap_err().to_string();
        assert_eq!(error, "a.csv, line 49, column 'x': found 'oops': expected a number");
    }
}

#[test]
fn the_faults_may_come_first() {
    let mut cells = vec!["oops".to_owned(); 5];
    cells.extend((0..200).map(|i| i.to_string()));
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let mut source = Memory::column(&cells);
    let built = build_in_batches(&mut source, &Reading::default(), Some(5)).unwrap();
    assert_eq!((kind(&built.table.columns()[0].kind).as_str(), source.readings), ("number", 2));
}

#[test]
fn a_right_guess_reads_once() {
    let mut source = Memory::lines("a,b,c\n1,x,2000-01-01\n2,y,2000-01-02");
    build_in_batches(&mut source, &Reading::default(), Some(1)).unwrap();
    assert_eq!(source.readings, 1);
}

#[test]
fn infinite_numbers_are_refused_with_their_place() {
    for (cells, found) in [
        (text(&["1", "inf"]), "'inf'"),
        (text(&["1", "-1e300"]), "'-1e300'"),
        (Cells::Numbers(vec![1.0, 1e39]), "'1e39'"),
        (Cells::Numbers(vec![1.0, f64::INFINITY]), "'inf'"),
    ] {
        let error = build(&mut Memory::new(vec![("x", cells)]), &Reading::default()).unwrap_err().to_string();
        let expected =
            format!("a.csv, line 3, column 'x': found {found}: expected a finite number, at most 3.4e38 in size");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn typed_cells_keep_their_type() {
    let nan = f64::NAN;
    for (cells, expected_kind, expected_cells) in [
        (Cells::Numbers(vec![1.0, nan, 2.5]), "number", "1 . 2.5"),
        (Cells::Numbers(vec![nan]), "number", "."),
        (Cells::Booleans(vec![Some(true), None, Some(false)]), "boolean(false,true)", "1 . 0"),
        (Cells::Booleans(vec![None]), "boolean(false,true)", "."),
        (Cells::Dates(vec![10_957.0, nan, 10_958.5]), "date", "0 . 1.5"),
        (Cells::Dates(vec![nan]), "date", "."),
    ] {
        let built = build_in_batches(&mut Memory::new(vec![("x", cells)]), &Reading::default(), Some(1)).unwrap();
        assert_eq!(said(&built), (expected_kind.into(), expected_cells.into()));
    }
}

#[test]
fn words_that_are_asked_for_are_words() {
    let nan = f64::NAN;
    let words = owned(&["x"]);
    for (cells, expected_kind, expected_cells) in [
        (text(&["1", "", "NA", "?", "-1"]), "words(1,NA,?,-1)", "0 . 1 2 3"),
        (text(&["no", "yes"]), "words(no,yes)", "0 1"),
        (Cells::Numbers(vec![3.0, nan, 0.5, 3.0, f64::from(0.1_f32)]), "words(3,0.5,0.1)", "0 . 1 0 2"),
        (Cells::Booleans(vec![Some(true), None, Some(false)]), "words(true,false)", "0 . 1"),
        (Cells::Dates(vec![0.0, 0.5, nan]), "words(1970-01-01,1970-01-01T12:00:00)", "0 1 ."),
    ] {
        let reading = Reading { words: &words, ..Reading::default() };
        let built = build(&mut Memory::new(vec![("x", cells)]), &reading).unwrap();
        assert_eq!(said(&built), (expected_kind.into(), expected_cells.into()));
    }
}

#[test]
fn words_that_a_format_lists_come_first() {
    let mut source = Memory::column(&["2", "?", "1", "NA", "9"]);
    source.columns = vec![SourceColumn { name: "x".into(), words: Some(owned(&["1", "2", "NA"])) }];
    let built = build(&mut source, &Reading::default()).unwrap();
    assert_eq!(said(&built), ("words(1,2,NA,9)".into(), "1 . 0 2 3".into()));
}

#[test]
fn too_many_words_are_text() {
    let mut cells: Vec<String> = (0..=65_536).map(|i| format!("w{i}")).collect();
    cells.push(String::new());
    let texts = |cells: &[String]| text(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    let mut source = Memory::new(vec![("x", texts(&cells)), ("y", texts(&cells))]);
    let words = owned(&["y"]);
    let built = build(&mut source, &Reading { words: &words, ..Reading::default() }).unwrap();
    for column in 0..2 {
        assert_eq!(built.table.columns()[column].kind, ColumnKind::Text);
        assert!(built.table.column(column).take(65_537).all(|cell| cell == 0.0));
        assert!(built.table.cell(65_537, column).is_nan());
    }
    cells.remove(0);
    let built = build(&mut Memory::new(vec![("x", texts(&cells))]), &Reading::default()).unwrap();
    assert!(matches!(&built.table.columns()[0].kind, ColumnKind::Words(words) if words.len() == 65_536));
    assert_eq!(built.table.cell(65_535, 0), 65_535.0);
}

#[test]
fn what_makes_no_table_is_refused() {
    let error = build(&mut Memory::column(&[]), &Reading::default()).unwrap_err().to_string();
    assert!(error.contains("found no row: expected at least one; the file has only a header"), "{error}");
    let words = owned(&["Y"]);
    let error = build(&mut Memory::lines("a,y\n1,2"), &Reading { words: &words, ..Reading::default() }).unwrap_err();
    assert!(error.to_string().contains("found 'a', 'y' without 'Y' (is it 'y'?)"), "{error}");
    let mut source = Memory::column(&["1", "x"]);
    source.lost = 1;
    let error = build_in_batches(&mut source, &Reading::default(), Some(1)).unwrap_err().to_string();
    assert!(error.contains("at a second reading: found other rows than at the first"), "{error}");
}

#[test]
fn pictures_are_put_together() {
    let pixels = |values, shape: &[usize]| Some(Pixels { values, shape: shape.to_vec(), scaling: Scaling::BYTES });
    let mut source = Memory::new(vec![("x", text(&["a", "b"]))]);
    source.pixels = vec![pixels(Values::U8(vec![1, 2]), &[1, 2]), pixels(Values::U8(vec![3, 4]), &[1, 2])];
    let built = build_in_batches(&mut source, &Reading::default(), Some(1)).unwrap();
    assert_eq!(built.table.pixels().unwrap().values, Values::U8(vec![1, 2, 3, 4]));
    for (second, expected) in [
        (None, "line 3: found rows without pictures"),
        (pixels(Values::U8(vec![3, 4]), &[2, 1]), "found pictures of [2, 1] values: expected [1, 2]"),
        (pixels(Values::F32(vec![3.0, 4.0]), &[1, 2]), "found pictures in bytes and in floating point"),
    ] {
        let mut source = Memory::new(vec![("x", text(&["a", "b"]))]);
        source.pixels = vec![pixels(Values::U8(vec![1, 2]), &[1, 2]), second];
        let error = build_in_batches(&mut source, &Reading::default(), Some(1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// Of those that are not near each other, and of one number in all rows, no bit changes.
#[test]
fn numbers_near_each_other_for_their_size_keep_their_differences() {
    let of = |cells: &[&str]| build(&mut Memory::new(vec![("x", text(cells))]), &Reading::default()).unwrap();
    let near = of(&["1700000001.25", "", "1700000000", "1700000002"]);
    assert_eq!(said(&near), ("number from 1700000000".into(), "1.25 . 0 2".into()));
    let mut typed = Memory::new(vec![("x", Cells::Numbers(vec![1_700_000_001.25, f64::NAN, 1.7e9, 1_700_000_002.0]))]);
    assert_same(&build(&mut typed, &Reading::default()).unwrap().table, &near.table);
    assert_eq!(typed.readings, 2);
    for cells in
        [&["2020", "2021", "2024"][..], &["1700000000", "1700000000"], &["7", "7", ""], &["0", "0"], &["1e9", "1.1e9"]]
    {
        let built = of(cells);
        let plain: Vec<String> =
            cells.iter().map(|cell| cell.parse().map_or(".".into(), |x: f32| x.to_string())).collect();
        assert_eq!(said(&built), ("number".into(), plain.join(" ")));
    }
}
