//! Rows that are read by kinds known before, and tables that are put together.

use super::source::text;
use super::*;
use crate::rows::Cells;

fn column(name: &str, kind: ColumnKind) -> Column {
    Column { name: name.into(), kind }
}

fn words(list: &[&str]) -> ColumnKind {
    ColumnKind::Words(owned(list))
}

#[test]
fn cells_are_read_by_the_kind_that_is_known() {
    let boolean = || ColumnKind::Boolean { no: "No".into(), yes: "Yes".into() };
    let (number, date) = (|| ColumnKind::Number, || ColumnKind::Date);
    let days = |day: f64| Cells::Dates(vec![day]);
    for (kind, cells, expected, faults) in [
        (number(), text(&["1", "1.0", "", "?", "x", "1,5"]), "1 1 . . . .", 2),
        (number(), text(&["true", "2000-01-01"]), ". .", 2),
        (number(), Cells::Booleans(vec![Some(true), None]), ". .", 1),
        (number(), days(10_957.0), ".", 1),
        (
            ColumnKind::NumberFrom(1.7e9),
            text(&["1700000001.25", "1699999990", "", "x", "0"]),
            "1.25 -10 . . -1700000000",
            1,
        ),
        (ColumnKind::NumberFrom(1.7e9), Cells::Numbers(vec![1.7e9 + 0.5, f64::NAN]), "0.5 .", 0),
        (boolean(), text(&["yes", "NO", "true", "f", "0", "1.0", "", "maybe"]), "1 0 1 0 0 1 . .", 1),
        (boolean(), Cells::Numbers(vec![0.0, 1.0, f64::NAN, 2.0]), "0 1 . .", 1),
        (boolean(), Cells::Booleans(vec![Some(true), Some(false), None]), "1 0 .", 0),
        (words(&["a", "b"]), text(&["b", " a ", "", "NA", "c", "A"]), "1 0 . . . .", 2),
        (words(&["1", "2"]), text(&["1.0", "2", "02", "3"]), "0 1 1 .", 1),
        (words(&["1.0", "2.50"]), Cells::Numbers(vec![1.0, 2.5, f64::NAN, 3.0]), "0 1 . .", 1),
        (words(&["true", "false", "x"]), Cells::Booleans(vec![Some(false), None]), "1 .", 0),
        (words(&["1970-01-01"]), days(0.0), "0", 0),
        (date(), text(&["2000-01-02", "13/01/2000", "01/13/2000", "", "x"]), "1 12 12 . .", 1),
        (date(), days(10_958.0), "1", 0),
        (date(), Cells::Numbers(vec![1.0, f64::NAN]), ". .", 1),
        (ColumnKind::Text, text(&["a", "", "NA", "1"]), "0 . . 0", 0),
        (ColumnKind::Text, Cells::Numbers(vec![1.0, f64::NAN]), "0 .", 0),
    ] {
        let fitted = [column("x", kind.clone())];
        let reading = Reading { fitted: Some(&fitted), ..Reading::default() };
        let mut source = Memory::new(vec![("x", cells.clone())]);
        let built = build(&mut source, &reading).unwrap();
        assert_eq!((shown(&built.table, 0).as_str(), source.readings), (expected, 1), "{kind:?} {cells:?}");
        assert_eq!(built.table.columns(), fitted);
        let lost: u64 = built.findings.iter().filter_map(Finding::lost).map(|(count, _)| count).sum();
        assert_eq!(lost, faults, "{kind:?} {cells:?}");
        let strict = build(&mut Memory::new(vec![("x", cells)]), &Reading { strict: true, ..reading });
        assert_eq!(strict.is_err(), faults > 0);
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let fitted = [column("job", words(&["a"])), column("n", ColumnKind::Number), column("day", ColumnKind::Date)];
    let lines = "job,n,day\nb,x,01/02/2000\nc,1,soon\na,2,\nb,,";
    let reading = Reading { fitted: Some(&fitted), ..Reading::default() };
    let built = build(&mut Memory::lines(lines), &reading).unwrap();
    assert_eq!(
        sentences(&built.findings),
        [
            "column 'job': 3 of 4 cells hold a word that was not there before and count as missing; the first is 'b' (line 2); these \
         words are 'b', 'c'",
            "column 'n': 1 of 3 cells holds no number and counts as missing; the first is 'x' (line 2)",
            "column 'day': 1 of 2 cells holds no date and counts as missing; the first is 'soon' (line 3)",
            "column 'day': 1 date may have the day or the month first, and nothing says which; the first is '01/02/2000' (line 2). They \
         are not used: say the order (dmy or mdy), or write dates as 2024-12-31",
        ]
    );
    let infinite = Memory::lines("job,n,day\na,1e99,");
    assert!(build(&mut { infinite }, &reading).unwrap_err().to_string().contains("line 2, column 'n': found '1e99'"));
}

#[test]
fn a_known_order_of_dates_is_kept() {
    let fitted = [column("x", ColumnKind::Date)];
    let orders = [("x".to_owned(), DateOrder::Dmy)];
    let reading = Reading { fitted: Some(&fitted), date_orders: &orders, ..Reading::default() };
    let built =
        build(&mut Memory::column(&["02/01/2000", "31/01/2000", "01/31/2000", "2000-01-01"]), &reading).unwrap();
    assert_eq!(shown(&built.table, 0), "1 30 . 0");
    assert_eq!((built.findings.len(), &built.date_orders[..]), (1, &orders[..]));
}

#[test]
fn columns_are_found_by_name() {
    let fitted = [column("a", ColumnKind::Number), column("y", words(&["k"])), column("b", ColumnKind::Number)];
    let optional = owned(&["y"]);
    let reading = Reading { fitted: Some(&fitted), optional: &optional, ..Reading::default() };
    let built = build(&mut Memory::lines("b,c,a,d\n1,2,3,4"), &reading).unwrap();
    assert_eq!(built.table.cells(), [3.0, 1.0]);
    assert_eq!(
        sentences(&built.findings),
        ["column 'y' is not in the file, and not needed", "not used: columns 'c', 'd'"]
    );
    let error = build(&mut Memory::lines("B,aa,zz\n1,2,3"), &reading).unwrap_err().to_string();
    assert!(error.contains("without 'a' (is it 'aa'?), 'b' (is it 'B'?): expected all columns"), "{error}");
    // A column of words that the model does not have: labels, for a score.
    let labels = owned(&["label"]);
    let reading = Reading { fitted: Some(&fitted[..1]), words: &labels, optional: &labels, ..Reading::default() };
    let built = build(&mut Memory::lines("label,a\nNA,1\nk,2"), &reading).unwrap();
    assert_eq!(
        (kind(&built.table.columns()[1].kind).as_str(), built.table.cells()),
        ("words(NA,k)", &[1.0, 0.0, 2.0, 1.0][..])
    );
    assert_eq!(build(&mut Memory::lines("a\n1"), &reading).unwrap().table.columns().len(), 1);
}

#[test]
fn a_stream_has_the_rows_of_the_whole() {
    let fitted = [column("a", ColumnKind::Number), column("b", words(&["x", "y"]))];
    let reading = Reading { fitted: Some(&fitted), ..Reading::default() };
    let lines = "b,a\nx,1\nz,2\ny,oops\nx,4\nz,5";
    let whole = build(&mut Memory::lines(lines), &reading).unwrap();
    for rows in 1..7 {
        let mut source = Memory::lines(lines);
        let mut chunks = Chunks::new(&mut source, &reading, rows).unwrap();
        let mut cells = Vec::new();
        while let Some(table) = chunks.next().unwrap() {
            assert!(table.rows() <= rows);
            cells.extend_from_slice(table.cells());
        }
        assert_same(&Table::new(5, fitted.to_vec(), cells, None).unwrap(), &whole.table);
        assert_eq!((chunks.findings(), chunks.rows()), (whole.findings.clone(), 5));
        assert!(chunks.next().unwrap().is_none());
    }
    let mut empty = Memory::lines("b,a");
    assert!(Chunks::new(&mut empty, &reading, 9).unwrap().next().unwrap_err().to_string().contains("found no row"));
    let mut other = Memory::lines("b\nx");
    assert!(Chunks::new(&mut other, &reading, 9).is_err());
}

#[test]
fn a_second_file_goes_under_the_first() {
    let words = owned(&["y"]);
    let first =
        build(&mut Memory::lines("y,a,job\n1,1,p\n,2,q"), &Reading { words: &words, ..Reading::default() }).unwrap();
    let (first, optional) = (first.table, owned(&["y"]));
    let columns = first.columns().to_vec();
    let reading =
        Reading { words: &words, fitted: Some(&columns), grow_words: true, optional: &optional, ..Reading::default() };
    let second = build(&mut Memory::lines("job,y,a\nr,?,7\np,1.0,8"), &reading).unwrap();
    assert_eq!(second.findings, []);
    let third = build(&mut Memory::lines("a,job\n9,s"), &Reading { grow_words: false, ..reading }).unwrap();
    let all = append(append(first, second.table).unwrap(), third.table);
    assert!(matches!(&all, Err(AppendError::Kind { column, .. }) if column == "job"), "{all:?}");

    let first =
        build(&mut Memory::lines("y,a,job\n1,1,p\n,2,q"), &Reading { words: &words, ..Reading::default() }).unwrap();
    let second = build(&mut Memory::lines("job,y,a\nr,?,7\np,1.0,8"), &reading).unwrap();
    let all = append(first.table, second.table).unwrap();
    let columns = all.columns().to_vec();
    let third = build(&mut Memory::lines("a,job\n9,s"), &Reading { fitted: Some(&columns), ..reading }).unwrap();
    let all = append(all, third.table).unwrap();
    assert_eq!([0, 1, 2].map(|c| shown(&all, c)), ["0 . 1 0 .", "1 2 7 8 9", "0 1 2 0 3"]);
    let kinds: Vec<String> = all.columns().iter().map(|column| kind(&column.kind)).collect();
    assert_eq!(kinds, ["words(1,?)", "number", "words(p,q,r,s)"]);
}

#[test]
fn words_that_become_too_many_are_text_in_both() {
    let first = build(&mut Memory::column(&["a", "", "b"]), &Reading::default()).unwrap().table;
    let many: Vec<String> = (0..65_536).map(|i| format!("w{i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let columns = first.columns().to_vec();
    let reading = Reading { fitted: Some(&columns), grow_words: true, ..Reading::default() };
    let all = append(first, build(&mut Memory::column(&many), &reading).unwrap().table).unwrap();
    assert_eq!(all.columns()[0].kind, ColumnKind::Text);
    assert!(all.cell(1, 0).is_nan() && all.column(0).filter(|cell| *cell == 0.0).count() == 65_538);
    let mut source = Memory::column(&many);
    let mut chunks = Chunks::new(&mut source, &reading, 100_000).unwrap();
    let table = chunks.next().unwrap().unwrap();
    assert!(table.columns()[0].kind == ColumnKind::Text && table.cells().iter().all(|cell| *cell == 0.0));
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let table = |kind: ColumnKind, name: &str| Table::new(1, vec![column(name, kind)], vec![0.0], None).unwrap();
    for (first, second, expected) in [
        (
            table(ColumnKind::Number, "x"),
            table(ColumnKind::Date, "x"),
            "holds numbers in the first table and dates in the second",
        ),
        (
            table(words(&["a"]), "x"),
            table(words(&["b"]), "x"),
            "holds words in the first table and other words in the second",
        ),
        (table(ColumnKind::Number, "x"), table(ColumnKind::Number, "z"), "has a column 'z', which the first lacks"),
    ] {
        let error = append(first, second).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
