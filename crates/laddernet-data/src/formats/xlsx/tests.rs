//! Workbooks as spreadsheet programs write them, every kind of cell, what is no plain table, and what is no workbook.

use super::*;
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A workbook of one sheet.
fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

/// A sheet of these rows of words; a cell that reads as a number is one.
fn sheet_of(rows: &[&str]) -> Vec<u8> {
    book(|sheet| {
        for (row, line) in rows.iter().enumerate() {
            for (column, text) in line.split(',').enumerate().filter(|(_, text)| !text.is_empty()) {
                let (row, column) = (row as u32, column as u16);
                match text.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, text).unwrap(),
                };
            }
        }
    })
}

/// Names, rows joined by '|', and notes.
type Whole = (Vec<String>, Vec<String>, Vec<String>);

fn read(bytes: Vec<u8>) -> Result<Whole, DataError> {
    let mut source = from_bytes(bytes, "x.xlsx", &Options::default())?;
    let names = source.columns().iter().map(|column| column.name.clone()).collect();
    Ok((names, rows(&mut source), source.notes()))
}

fn rows(source: &mut SheetRows) -> Vec<String> {
    let (mut all, mut batch) = (Vec::new(), Batch::default());
    loop {
        source.next(2, &mut batch).unwrap();
        if batch.rows == 0 {
            return all;
        }
        for row in 0..batch.rows {
            let cells = batch.columns.iter().map(|cells| match cells {
                Cells::Text(texts) if texts.len() == batch.rows => texts.get(row),
                other => panic!("{other:?}"),
            });
            all.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
}

fn message(bytes: Vec<u8>) -> String {
    read(bytes).unwrap_err().to_string()
}

/// The parts of a workbook, with one of them changed.
fn changed(bytes: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut found = false;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let name = file.name().unwrap().into_owned();
        if name == part {
            (text, found) = (change(text), true);
        }
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    assert!(found, "{part} is a part");
    writer.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[test]
fn every_kind_of_cell_is_read_as_a_person_reads_it() {
    let bytes = book(|sheet| {
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let german = Format::new().set_num_format("dd.mm.yyyy hh:mm");
        let time = Format::new().set_num_format("hh:mm:ss");
        let hours = Format::new().set_num_format("[h]:mm:ss");
        let percent = Format::new().set_num_format("0%");
        for column in 0..9 {
            sheet.write_string(0, column, format!(" n{column} ")).unwrap();
        }
        sheet.write_number(1, 0, 1.0).unwrap();
        sheet.write_number(1, 1, 0.1).unwrap();
        sheet.write_number(1, 2, -1e300).unwrap();
        sheet.write_number_with_format(1, 3, 45413.0, &day).unwrap();
        sheet.write_number_with_format(1, 4, 45413.0 + 13.75 / 24.0, &german).unwrap();
        sheet.write_boolean(1, 5, true).unwrap();
        sheet.write_number_with_format(1, 6, 13.75 / 24.0, &time).unwrap();
        sheet.write_number_with_format(1, 7, 37.5 / 24.0, &hours).unwrap();
        sheet.write_number_with_format(1, 8, 0.25, &percent).unwrap();
        sheet.write_string(2, 0, "  spaces & <tags>  ").unwrap();
        sheet.write_formula(2, 1, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write_formula(2, 2, Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.write_number_with_format(2, 3, 36526.0, &day).unwrap();
        sheet.write_boolean(2, 5, false).unwrap();
        sheet.write_string(2, 8, "größer\nzwei").unwrap();
    });
    let bytes = changed(&bytes, SHEET, |text| text.replace("t=\"str\"><f>NA()</f>", "t=\"e\"><f>NA()</f>"));
    let (names, rows, notes) = read(bytes).unwrap();
    assert_eq!(names, ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]);
    assert_eq!(rows[0], "1|0.1|-1e300|2024-05-01|2024-05-01 13:45:00|true|13:45:00|37:30:00|0.25");
    assert_eq!(rows[1], "spaces & <tags>|2||2000-01-01||false|||größer\nzwei");
    assert_eq!((rows.len(), notes.len()), (2, 0));
}

#[test]
fn titles_are_left_out_and_said() {
    let (names, rows, notes) = read(sheet_of(&["Report 2024", "", ",a,b,c", ",1,2,x", ",,3,y", ""])).unwrap();
    assert_eq!((names, rows), (vec!["a".into(), "b".into(), "c".into()], vec!["1|2|x".into(), "|3|y".into()]));
    assert_eq!(notes, ["the table begins in row 3; what stands above ('Report 2024') is taken for a title"]);
    let two = message(sheet_of(&["Report", "a,b", "1,2"]));
    assert!(two.contains("sheet 'Sheet1', cell A1") && two.contains("'Report' alone"), "{two}");
    let (names, ..) = read(sheet_of(&[",x", "0,5", "1,6"])).unwrap();
    assert_eq!(names, ["column1", "x"]);
    let merged = book(|sheet| {
        sheet.merge_range(0, 0, 0, 1, "Title", &Format::new()).unwrap();
        sheet.write_row(1, 0, ["a", "b"]).unwrap();
        sheet.write_row(2, 0, [1, 2]).unwrap();
    });
    assert_eq!(read(merged).unwrap().1, ["1|2"]);
}

#[test]
fn names_are_told_from_values() {
    let (names, rows, notes) = read(sheet_of(&["5.1,3.5,setosa", "4.9,3,setosa"])).unwrap();
    assert_eq!((names.join(","), rows.len()), ("column1,column2,column3".into(), 2));
    assert!(notes[0].contains("row 1 holds no names"), "{notes:?}");
    let (names, rows, notes) = read(sheet_of(&["country,2019,2020", "x,1.5,2"])).unwrap();
    assert_eq!((names.join(","), rows.len()), ("country,2019,2020".into(), 1));
    assert!(notes[0].contains("though one of them is 2019"), "{notes:?}");
    assert_eq!(read(sheet_of(&["0,1,2", "7,8,9"])).unwrap().0, ["0", "1", "2"]);
    assert_eq!(read(sheet_of(&["7,8,9", "0,1,2"])).unwrap().1.len(), 2);
    let options = |header| Options { header: Some(header), ..Options::default() };
    let mut source = from_bytes(sheet_of(&["a,b", "1,2"]), "x", &options(false)).unwrap();
    assert_eq!(
        (source.columns()[0].name.clone(), self::rows(&mut source)),
        ("column1".into(), vec!["a|b".into(), "1|2".into()])
    );
    let source = from_bytes(sheet_of(&["7.5,8,9", "0,1,2"]), "x", &options(true)).unwrap();
    assert_eq!(source.columns()[0].name, "7.5");
}

#[test]
fn empty_rows_and_columns_are_left_out() {
    let bytes = sheet_of(&["a,,b,,c,a", "1,,2,5", "", "", "3,,,,,x", ""]);
    let (names, rows, notes) = read(bytes).unwrap();
    assert_eq!(names, ["a", "b", "column4", "c", "a.2"]);
    assert_eq!(rows, ["1|2|5||", "3||||x"]);
    assert_eq!(notes, ["2 empty rows are left out"]);
    let mut source = from_bytes(sheet_of(&["a,b", "1,2", "", "3,4"]), "x", &Options::default()).unwrap();
    assert_eq!([source.place(0), source.place(1)], ["sheet 'Sheet1', row 2", "sheet 'Sheet1', row 4"]);
    let first = self::rows(&mut source);
    source.restart().unwrap();
    assert_eq!(self::rows(&mut source), first);
    for (bytes, part) in [
        (sheet_of(&[]), "is empty: expected cells in its sheet 'Sheet1'"),
        (sheet_of(&["a,b"]), "names and no row under them"),
    ] {
        assert!(message(bytes.clone()).contains(part), "{}", message(bytes));
    }
}

#[test]
fn what_is_no_value_is_refused_with_its_cell() {
    let error = changed(&sheet_of(&["a,b", "1,2", "3,777"]), SHEET, |text| {
        text.replace("<c r=\"B3\"><v>777", "<c r=\"B3\" t=\"e\"><v>#DIV/0!")
    });
    assert!(message(error.clone()).contains("sheet 'Sheet1', cell B3: found the error #DIV/0!"), "{}", message(error));
    let newer = changed(&sheet_of(&["a,b", "1,777"]), SHEET, |text| {
        text.replace("<c r=\"B2\"><v>777", "<c r=\"B2\" t=\"e\"><v>#SPILL!")
    });
    assert!(message(newer.clone()).contains("behind cell A2") && message(newer).contains("#SPILL!"));
    let blank = changed(&sheet_of(&["a,b", "1,777"]), SHEET, |text| text.replace("<v>777</v>", "<f>A2*2</f>"));
    assert!(message(blank.clone()).contains("cell B2: found a formula without its value"), "{}", message(blank));
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let dates = book(|sheet| {
        sheet.write_string(0, 0, "day").unwrap();
        sheet.write_number_with_format(1, 0, -5.0, &day).unwrap();
    });
    assert!(message(dates).contains("cell A2: found the number -5 in the format of a date"));
    let merged = book(|sheet| {
        sheet.write_row(0, 0, ["a", "b", "c"]).unwrap();
        sheet.write_row(1, 0, [1, 2, 3]).unwrap();
        sheet.merge_range(4, 1, 8, 1, "x", &Format::new()).unwrap();
        sheet.write_row(9, 0, [1, 2, 3]).unwrap();
    });
    assert!(message(merged.clone()).contains("cells B5:B9: found merged cells"), "{}", message(merged));
}

#[test]
fn the_first_visible_sheet_is_read_or_the_one_that_is_named() {
    let mut book = Workbook::new();
    for (name, hidden) in [("secret", true), ("data", false), ("more", false), ("last", false)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap().set_hidden(hidden);
        sheet.write_row(0, 0, ["a", "b"]).unwrap();
        sheet.write_row(1, 0, [name, "1"]).unwrap();
        if name == "data" {
            sheet.set_active(true);
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let (_, rows, notes) = read(bytes.clone()).unwrap();
    assert_eq!(rows, ["data|1"]);
    assert_eq!(notes, ["the rows are those of the sheet 'data'; further sheets are not read: 'more', 'last'"]);
    let named = |sheet: &str| from_bytes(bytes.clone(), "x", &Options { sheet: Some(sheet.into()), header: None });
    assert_eq!(self::rows(&mut named("secret").unwrap()), ["secret|1"]);
    let message = named("dat").unwrap_err().to_string();
    assert!(message.contains("'secret', 'data', 'more', 'last'") && message.contains("called 'dat'"), "{message}");
}

#[test]
fn other_formats_are_named() {
    let zipped = |names: &[&str]| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let locked = [old.clone(), "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    for (bytes, part) in [
        (vec![], "is empty"),
        (b"a,b\n1,2\n".to_vec(), "check that this is the file"),
        (old, "old workbook (.xls): expected an .xlsx workbook; open it in a spreadsheet program and save as .xlsx"),
        (locked, "a workbook with a password"),
        (zipped(&["content.xml", "mimetype"]), "(.ods)"),
        (zipped(&["xl/workbook.bin", "[Content_Types].xml"]), "(.xlsb)"),
        (zipped(&["word/document.xml", "[Content_Types].xml"]), "(.docx)"),
        (zipped(&["a.csv"]), "a ZIP archive of something else"),
        (zipped(&["[Content_Types].xml"]), "damage"),
    ] {
        assert!(message(bytes.clone()).contains(part), "{}", message(bytes));
    }
    assert!(
        open(Path::new("none.xlsx"), &Options::default()).unwrap_err().to_string().contains("cannot open none.xlsx")
    );
}

#[test]
fn every_cut_is_an_error() {
    let whole = sheet_of(&["a,b", "1,x", "2,y"]);
    for end in 0..whole.len() {
        let message = message(whole[..end].to_vec());
        assert!(message.starts_with("x.xlsx"), "cut at {end}: {message}");
    }
}

#[test]
fn bombs_are_refused_without_their_memory() {
    let whole = sheet_of(&["a,b", "1,x"]);
    let spaces = " ".repeat(100 << 20);
    let bomb = changed(&whole, SHEET, |text| text + &spaces);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(read(bomb).unwrap_err(), DataError::TooLarge { .. }));
    // Many cells that share one long text.
    let long = "long".repeat(1 << 16);
    let words = changed(&whole, "xl/sharedStrings.xml", |text| text.replace("<t>x</t>", &format!("<t>{long}</t>")));
    let cells: String =
        (3..1000).map(|row| format!("<row r=\"{row}\"><c r=\"B{row}\" t=\"s\"><v>2</v></c></row>")).collect();
    let shared = changed(&words, SHEET, |text| text.replace("</sheetData>", &format!("{cells}</sheetData>")));
    assert!(matches!(read(shared).unwrap_err(), DataError::TooLarge { .. }));
    // Few cells far apart.
    let cells: String = (1..2000)
        .map(|i| format!("<row r=\"{}\"><c r=\"{}\"><v>1</v></c></row>", i * 500, called(i * 500 - 1, i * 8)))
        .collect();
    let far = changed(&whole, SHEET, |text| text.replace("</sheetData>", &format!("{cells}</sheetData>")));
    assert!(message(far.clone()).contains("delete what stands far from it"), "{}", message(far));
    let beyond = changed(&whole, SHEET, |text| text.replace("A2", "A2000000"));
    assert!(message(beyond).contains("damage"));
    let sizes = changed(&whole, SHEET, |text| text.replace("A1:B2", "B2:XFD1048576"));
    assert_eq!(read(sizes).unwrap().1, ["1|x"]);
}

/// As small programs write them: no styles, no table of words, no names of cells.
#[test]
fn the_least_workbook_is_read() {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(r#"<Relationships><Relationship Id="r" Type="{office}/{kind}" Target="{target}"/></Relationships>"#)
    };
    let cells =
        r#"<row><c t="inlineStr"><is><t>a</t></is></c><c t="str"><v>b</v></c></row><row><c/><c><v>1.5</v></c></row>"#;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "sheet.xml")),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>"#.into()),
        ("xl/sheet.xml", format!("<worksheet><sheetData>{cells}</sheetData></worksheet>")),
    ] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let (names, rows, _) = read(writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!((names.join(","), rows), ("a,b".into(), vec!["|1.5".to_owned()]));
}

#[test]
fn cells_are_called_as_spreadsheets_do() {
    assert_eq!(
        [called(0, 0), called(6, 1), called(9, 25), called(0, 26), called((1 << 20) - 1, 16383)],
        ["A1", "B7", "Z10", "AA1", "XFD1048576"]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), zip: bool) {
        let start: &[u8] = if zip { b"PK\x03\x04" } else { b"" };
        let _ = read([start, &bytes].concat());
    }

    #[test]
    fn damage_to_the_sheet_is_answered(
        part in prop::sample::select(vec![SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"]),
        at: prop::sample::Index, cut in 0..6usize, put in "[A-Za-z0-9<>/\"'&;:=.+ \\-]{0,8}",
    ) {
        let whole = sheet_of(&["a,b,c", "1,x,2", "2,y,1e5"]);
        let bytes = changed(&whole, part, |mut text| {
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, &put);
            }
            text
        });
        let _ = read(bytes);
    }

    #[test]
    fn any_number_is_answered(number in "[-+]?[0-9.eEinfaINFA_+-]{0,8}", date: bool, kind in prop::sample::select(vec!["", "t=\"n\"", "t=\"d\"", "t=\"b\""])) {
        let whole = book(|sheet| {
            sheet.write_string(0, 0, "a").unwrap();
            let format = Format::new().set_num_format(if date { "yyyy-mm-dd" } else { "[h]:mm" });
            sheet.write_number_with_format(1, 0, 777.0, &format).unwrap();
        });
        let bytes = changed(&whole, SHEET, |text| text.replace("><v>777", &format!(" {kind}><v>{number}")));
        let _ = read(bytes);
    }
}
