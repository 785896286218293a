//! Any bytes as a workbook, or as the sheet of one: answered, and all rows of what is accepted can be read, twice the same.
#![no_main]

use laddernet_data::formats::xlsx::{self, Options};
use laddernet_data::rows::{Batch, RowSource};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fuzz_target!(|bytes: &[u8]| {
    let workbook = if bytes.starts_with(b"<") { around(bytes) } else { bytes.to_vec() };
    let Ok(mut source) = xlsx::from_bytes(workbook, "fuzz", &Options::default()) else { return };
    let first = rows(&mut source);
    source.restart().unwrap();
    assert_eq!(rows(&mut source), first);
});

fn rows(source: &mut impl RowSource) -> Vec<Batch> {
    let mut all = Vec::new();
    loop {
        let mut batch = Batch::default();
        source.next(100, &mut batch).unwrap();
        if batch.rows == 0 {
            return all;
        }
        all.push(batch);
    }
}

/// A workbook around the XML of a sheet.
fn around(sheet: &[u8]) -> Vec<u8> {
    let relation = |kind: &str, target: &str| {
        format!(r#"<Relationships><Relationship Id="r" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>"#)
    };
    let workbook = r#"<workbook><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>"#;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").as_bytes()),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "sheet.xml").as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/sheet.xml", sheet),
    ] {
        writer
            .start_file(name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored))
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
