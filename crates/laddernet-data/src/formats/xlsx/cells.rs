//! The cells of one sheet as text, as a person reads them, each with its place.

use super::{SAVE_AGAIN, archive};
use crate::error::DataError;
use calamine::{CellErrorType, DataRef, ExcelDateTime, Xlsx, XlsxError};
use std::io::Cursor;

/// What is in a cell, to tell names from values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Words,
    Number,
    /// Something that cannot be a value, said in words.
    Fault,
}

/// A cell with content, counted from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub row: u32,
    pub column: u32,
    pub what: What,
    begin: usize,
    end: usize,
}

/// The cells with content, row after row.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub cells: Vec<Cell>,
    text: String,
    /// First and last row and column of cells that are one.
    pub merged: Vec<[u32; 4]>,
}

impl Sheet {
    pub(super) fn text(&self, cell: &Cell) -> &str {
        &self.text[cell.begin..cell.end]
    }
}

/// A cell as spreadsheets call it: B7.
pub(super) fn called(row: u32, column: u32) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.insert(0, char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    format!("{letters}{}", u64::from(row) + 1)
}

/// The largest sheet there is, in rows and columns.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;

/// Reads all cells of the sheet `sheet`. `length` is that of the file, which bounds the text of all cells.
pub(super) fn read(
    workbook: &mut Xlsx<Cursor<Vec<u8>>>,
    sheet: &str,
    length: usize,
    name: &str,
) -> Result<Sheet, DataError> {
    let mut at = None;
    let mut found = Sheet::default();
    let damaged = |at: Option<(u32, u32)>, error: XlsxError| DataError::Format {
        name: name.into(),
        place: match at {
            Some((row, column)) => format!("sheet '{sheet}', behind cell {}", called(row, column)),
            None => format!("sheet '{sheet}'"),
        },
        found: format!("damage ({error})"),
        expected: SAVE_AGAIN.into(),
    };
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|error| damaged(None, error))?;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|error| damaged(at, error))? {
        let (row, column) = cell.pos;
        if row >= ROWS || column >= COLUMNS {
            return Err(damaged(at, XlsxError::RowNumberOverflow));
        }
        at = Some(cell.pos);
        let begin = found.text.len();
        let what = match cell.value {
            DataRef::Empty if cell.formula.is_some() => {
                found.text.push_str("a formula without its value");
                What::Fault
            }
            value => write(&value, &mut found.text),
        };
        let end = found.text.len();
        if end > begin {
            found.cells.push(Cell { row, column, what, begin, end });
        }
        let limit = archive::limit(length);
        if end as u64 > limit {
            // Many cells may share one long text.
            return Err(DataError::TooLarge { name: name.into(), found: format!("more than {limit} of text"), limit });
        }
    }
    drop(reader);
    found.cells.sort_by_key(|cell| (cell.row, cell.column));
    if let Some(pair) =
        found.cells.windows(2).find(|pair| (pair[0].row, pair[0].column) == (pair[1].row, pair[1].column))
    {
        return Err(DataError::Format {
            name: name.into(),
            place: format!("sheet '{sheet}', cell {}", called(pair[0].row, pair[0].column)),
            found: "two values".into(),
            expected: SAVE_AGAIN.into(),
        });
    }
    let merged = workbook.merge_cells_by_sheet_name(sheet).map_err(|error| damaged(None, error))?;
    found.merged = merged.into_iter().map(|m| [m.start.0, m.end.0, m.start.1, m.end.1]).collect();
    Ok(found)
}

/// Adds a cell's text; nothing for an empty one.
fn write(value: &DataRef, text: &mut String) -> What {
    match value {
        DataRef::Empty | DataRef::Error(CellErrorType::NA) => What::Words,
        DataRef::String(words) => words_of(words, text),
        DataRef::SharedString(words) => words_of(words, text),
        DataRef::Int(number) => {
            text.push_str(&number.to_string());
            What::Number
        }
        DataRef::Float(number) => {
            text.push_str(&number_text(*number));
            What::Number
        }
        DataRef::Bool(truth) => {
            text.push_str(if *truth { "true" } else { "false" });
            What::Number
        }
        DataRef::DateTime(date) => match date_text(date) {
            Some(date) => {
                text.push_str(&date);
                What::Number
            }
            None => {
                text.push_str(&format!("the number {} in the format of a date", date.as_f64()));
                What::Fault
            }
        },
        DataRef::DateTimeIso(date) => {
            let date = date.trim().trim_end_matches('Z');
            match date.split_once('T') {
                Some((day, time)) if time.bytes().all(|b| b"0:.".contains(&b)) => text.push_str(day),
                Some((day, time)) => text.extend([day, " ", time]),
                None => text.push_str(date),
            }
            What::Number
        }
        DataRef::DurationIso(duration) => words_of(duration, text),
        DataRef::Error(error) => {
            text.push_str(&format!("the error {error}"));
            What::Fault
        }
    }
}

fn words_of(words: &str, text: &mut String) -> What {
    text.push_str(words.trim());
    What::Words
}

/// The shortest digits that are this number: 1, 0.1, 1e300.
fn number_text(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if (1e-5..1e16).contains(&size) => number.to_string(),
        _ => format!("{number:e}"),
    }
}

/// 2024-05-01, 2024-05-01 13:45:00, 13:45:00 for a time without a date, 37:30:00 for a duration.
fn date_text(date: &ExcelDateTime) -> Option<String> {
    let days = date.as_f64();
    if date.is_duration() {
        let seconds = (days * 86400.0).round();
        // A thousand years; no NaN either.
        if !(-3.2e10..3.2e10).contains(&seconds) {
            return None;
        }
        let (sign, whole) = (if seconds < 0.0 { "-" } else { "" }, seconds.abs() as u64);
        return Some(format!("{sign}{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60));
    }
    // 2958466 is the first day of the year 10000.
    if !(0.0..2958466.0).contains(&days) {
        return None;
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let mut time = format!("{hour:02}:{minute:02}:{second:02}");
    if milli > 0 {
        time.push_str(&format!(".{milli:03}"));
    }
    Some(match (days < 1.0, (hour, minute, second, milli) == (0, 0, 0, 0)) {
        (true, _) => time,
        (false, true) => format!("{year}-{month:02}-{day:02}"),
        (false, false) => format!("{year}-{month:02}-{day:02} {time}"),
    })
}
