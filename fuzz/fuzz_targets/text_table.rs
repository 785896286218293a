//! Any bytes as a table of text, in any encoding: answered, and a second reading gives as many rows. The first byte chooses what is said.
#![no_main]

use laddernet_data::formats::csv::{self, CsvOptions, CsvRows, Delimiter};
use laddernet_data::rows::{Batch, RowSource};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, text)) = bytes.split_first() else { return };
    let either = |bits: u8| [None, Some(false), Some(true)].get(usize::from(bits)).copied().flatten();
    let delimiter = [None, Some(Delimiter::Byte(b',')), Some(Delimiter::Byte(b'\t')), Some(Delimiter::Spaces)];
    let options = CsvOptions {
        delimiter: delimiter[usize::from(choice & 3)],
        header: either(choice >> 2 & 3),
        decimal_comma: either(choice >> 4 & 3),
    };
    let Ok(mut source) = csv::from_bytes(text.to_vec(), "fuzz", &options) else { return };
    if let Some(rows) = rows(&mut source) {
        source.restart().unwrap();
        assert_eq!(self::rows(&mut source), Some(rows));
    }
    source.notes();
});

fn rows(source: &mut CsvRows) -> Option<usize> {
    let (mut batch, mut rows) = (Batch::default(), 0);
    loop {
        source.next(7, &mut batch).ok()?;
        assert!(batch.columns.iter().all(|cells| cells.len() == batch.rows));
        if batch.rows == 0 {
            return Some(rows);
        }
        rows += batch.rows;
        source.place(rows as u64 - 1);
    }
}
