//! Spreadsheets (.xlsx): the cells of one sheet as text, one row of the sheet a row, its names in the first row that is no title.

mod archive;
mod cells;
#[cfg(test)]
mod tests;

use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts, unlike};
use calamine::{Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use cells::{Cell, Sheet, What, called};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

const SAVE_AS: &str = "an .xlsx workbook; open it in a spreadsheet program and save as .xlsx or .csv";
const SAVE_AGAIN: &str = "a sheet that a spreadsheet program can read; open it in one and save it again";

/// The largest file that is read: 1 GiB.
const LARGEST: u64 = 1 << 30;

/// What to read of a workbook.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The sheet; the first visible one where none is named.
    pub sheet: Option<String>,
    /// Whether there is a row of names; found from the cells where it is not said.
    pub header: Option<bool>,
}

/// The rows of a sheet.
#[derive(Debug)]
pub struct SheetRows {
    name: String,
    sheet_name: String,
    sheet: Sheet,
    columns: Vec<SourceColumn>,
    /// Where each column stands in the sheet, from 0.
    at: Vec<u32>,
    /// Where each row begins among the cells, and the end of the last.
    rows: Vec<usize>,
    next: usize,
    notes: Vec<String>,
}

/// Opens a workbook and reads one sheet into memory.
///
/// # Errors
/// When it cannot be read, is another format or protected by a password, or when the sheet is no plain table: with the cell.
pub fn open(path: &Path, options: &Options) -> Result<SheetRows, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let about = file.metadata().map_err(DataError::io("look at", path))?;
    let mut bytes = Vec::new();
    (&file).take(LARGEST + 1).read_to_end(&mut bytes).map_err(DataError::io("read", path))?;
    let now = file.metadata().map_err(DataError::io("look at", path))?;
    let name = path.display().to_string();
    if about.is_file() && (about.len(), about.modified().ok()) != (now.len(), now.modified().ok()) {
        let found = "a file that changed while it was read".into();
        let expected = "one that stays; close it in other programs and try again".into();
        return Err(DataError::Format { name, place: "the whole".into(), found, expected });
    }
    from_bytes(bytes, &name, options)
}

/// As [`open`], with the file's content. `name` is the file's name for messages.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, name: &str, options: &Options) -> Result<SheetRows, DataError> {
    let length = bytes.len();
    if length as u64 > LARGEST {
        return Err(DataError::TooLarge { name: name.into(), found: length.to_string(), limit: LARGEST });
    }
    archive::check(&bytes, name)?;
    let damaged = |error: XlsxError| DataError::Format {
        name: name.into(),
        place: "the workbook".into(),
        found: format!("damage ({error})"),
        expected: SAVE_AGAIN.into(),
    };
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut notes = Vec::new();
    let sheet_name = choose(&workbook, options.sheet.as_deref(), name, &mut notes)?;
    let sheet = cells::read(&mut workbook, &sheet_name, length, name)?;
    let source = SheetRows {
        name: name.into(),
        sheet_name,
        sheet,
        columns: Vec::new(),
        at: Vec::new(),
        rows: Vec::new(),
        next: 0,
        notes,
    };
    source.arranged(options.header)
}

/// The name of the sheet to read.
fn choose(
    workbook: &Xlsx<Cursor<Vec<u8>>>,
    wanted: Option<&str>,
    name: &str,
    notes: &mut Vec<String>,
) -> Result<String, DataError> {
    let all = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let visible = all.clone().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names = |sheets: &[&str]| {
        let some: Vec<String> = sheets.iter().take(5).map(|name| format!("'{name}'")).collect();
        some.join(", ") + if sheets.len() > 5 { ", ..." } else { "" }
    };
    let all: Vec<&str> = all.map(|sheet| sheet.name.as_str()).collect();
    let visible: Vec<&str> = visible.map(|sheet| sheet.name.as_str()).collect();
    let chosen = match wanted {
        Some(wanted) => all.iter().find(|name| **name == wanted),
        None => visible.first(),
    };
    let Some(&chosen) = chosen else {
        let found = if all.is_empty() { "none with cells".into() } else { format!("the sheets {}", names(&all)) };
        let expected = match wanted {
            Some(wanted) => format!("one called '{wanted}'; name one that is there"),
            None => "a visible sheet; name one of them, or show it".into(),
        };
        return Err(DataError::Format { name: name.into(), place: "its sheets".into(), found, expected });
    };
    let others: Vec<&str> = visible.into_iter().filter(|&other| other != chosen).collect();
    if wanted.is_none() && !others.is_empty() {
        let are = if others.len() == 1 { "one further sheet is" } else { "further sheets are" };
        notes.push(format!("the rows are those of the sheet '{chosen}'; {are} not read: {}", names(&others)));
    }
    Ok(chosen.to_owned())
}

impl SheetRows {
    fn wrong(&self, place: String, found: impl Into<String>, expected: &str) -> DataError {
        let place = format!("sheet '{}', {place}", self.sheet_name);
        DataError::Format { name: self.name.clone(), place, found: found.into(), expected: expected.into() }
    }

    /// Finds the names, the rows and the columns.
    fn arranged(mut self, header: Option<bool>) -> Result<Self, DataError> {
        let cells = &self.sheet.cells;
        let mut rows: Vec<usize> = (0..cells.len()).filter(|&i| i == 0 || cells[i - 1].row != cells[i].row).collect();
        if rows.is_empty() {
            let expected = format!("cells in its sheet '{}'", self.sheet_name);
            return Err(DataError::Empty { name: self.name, expected });
        }
        rows.push(cells.len());
        let row = |index: usize| &cells[rows[index]..rows[index + 1]];
        let count = rows.len() - 1;
        let mut first = 0;
        if header != Some(false) {
            first = self.titles(&rows)?;
        }
        let names_at = (header != Some(false)).then_some(row(first));
        let has_names = names_at.filter(|names| header == Some(true) || !self.looks_like_values(names));
        if header.is_none() && has_names.is_none() {
            let number = u64::from(row(first)[0].row) + 1;
            self.notes.push(format!(
                "row {number} holds no names and is taken for values; the columns are called by their places, column1 and so on"
            ));
        }
        let mut names = has_names.filter(|_| header.is_none()).unwrap_or_default().iter();
        if let Some(number) = names.find(|name| name.what == What::Number) {
            self.notes.push(format!(
                "row {} is taken for the names of the columns, though one of them is {}",
                u64::from(number.row) + 1,
                self.sheet.text(number)
            ));
        }
        if first > 0 {
            let (title, number) = (self.sheet.text(&row(0)[0]).to_owned(), u64::from(row(first)[0].row) + 1);
            let title: String = title.chars().take(40).collect();
            self.notes
                .push(format!("the table begins in row {number}; what stands above ('{title}') is taken for a title"));
        }
        let first_values = if has_names.is_some() { first + 1 } else { first };
        if first_values == count {
            let number = u64::from(row(first)[0].row) + 1;
            return Err(self.wrong(
                format!("row {number}"),
                "names and no row under them",
                "a table with at least one row",
            ));
        }

        let table = &cells[rows[first]..];
        if let Some(fault) = table.iter().find(|cell| cell.what == What::Fault) {
            let expected = "a number, a date or words; mend the cell, or empty it";
            return Err(self.wrong(
                format!("cell {}", called(fault.row, fault.column)),
                self.sheet.text(fault),
                expected,
            ));
        }
        let (top, bottom) = (cells[rows[first_values]].row, cells[cells.len() - 1].row);
        let last = table.iter().map(|cell| cell.column).max().unwrap_or(0);
        for &[from, to, left, right] in &self.sheet.merged {
            let several = (from, left) != (to, right);
            if several && to >= top && from <= bottom && left <= last {
                let place = format!("cells {}:{}", called(from, left), called(to, right));
                return Err(self.wrong(
                    place,
                    "merged cells",
                    "cells of their own in every row; take the merging back and fill them",
                ));
            }
        }

        let mut names = vec![String::new(); last as usize + 1];
        let mut used = vec![false; last as usize + 1];
        for name in has_names.unwrap_or_default() {
            names[name.column as usize] = self.sheet.text(name).to_owned();
        }
        table.iter().for_each(|cell| used[cell.column as usize] = true);
        let named = unlike(names).into_iter().enumerate().filter(|&(column, _)| used[column]);
        let (at, columns): (Vec<u32>, Vec<SourceColumn>) =
            named.map(|(column, name)| (column as u32, SourceColumn::named(name))).unzip();
        let (count, width) = ((count - first_values) as u64, at.len() as u64);
        // A few cells far apart would make a table that no memory holds.
        if count * width > (1 << 20) && count * width > 256 * table.len() as u64 {
            let found = format!("{} cells in {count} rows and {width} columns", table.len());
            return Err(self.wrong(
                "the table".into(),
                found,
                "a table that is filled; delete what stands far from it",
            ));
        }
        let gaps = u64::from(bottom - top) + 1 - count;
        if gaps > 0 {
            let are = if gaps == 1 { "empty row is" } else { "empty rows are" };
            self.notes.push(format!("{gaps} {are} left out"));
        }
        rows.drain(..first_values);
        (self.columns, self.at, self.rows) = (columns, at, rows);
        Ok(self)
    }

    /// How many leading rows are titles: they fill at most half of the table's width.
    fn titles(&self, rows: &[usize]) -> Result<usize, DataError> {
        let filled: Vec<usize> = rows.windows(2).take(20).map(|pair| pair[1] - pair[0]).collect();
        let width = filled.iter().copied().max().unwrap_or(0);
        let Some(first) = filled.iter().position(|&n| 2 * n > width) else { return Ok(0) };
        if width == 2 && first > 0 {
            // One cell above a table of two columns: a title, or names of which one is missing.
            let cell = &self.sheet.cells[rows[0]];
            let next = &self.sheet.cells[rows[first]];
            let merged = self.sheet.merged.iter().any(|m| m[0] == cell.row && m[3] > m[2]);
            if cell.column > next.column {
                return Ok(0);
            }
            if !merged {
                let place = format!("cell {}", called(cell.row, cell.column));
                let found = format!("'{}' alone above a table of two columns", self.sheet.text(cell));
                return Err(self.wrong(
                    place,
                    found,
                    "names for both columns; add the missing one, or delete the title",
                ));
            }
        }
        Ok(first)
    }

    /// Whether a first row holds values rather than names: numbers alone, or one that is no year and no count. Programs write 0, 1, 2 where
    /// columns have no names.
    fn looks_like_values(&self, row: &[Cell]) -> bool {
        let counted = row.len() > 2 && row.iter().enumerate().all(|(i, cell)| self.sheet.text(cell) == i.to_string());
        let name = |cell: &Cell| match self.sheet.text(cell).parse::<f64>() {
            Ok(number) => number.fract() == 0.0 && (0.0..10_000.0).contains(&number),
            Err(_) => true,
        };
        !counted && (row.iter().all(|cell| cell.what == What::Number) || !row.iter().all(name))
    }
}

impl RowSource for SheetRows {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        let rows = most.min(self.rows.len() - 1 - self.next);
        batch.columns.resize_with(self.columns.len(), || Cells::Text(Texts::default()));
        for (column, cells) in self.at.iter().zip(&mut batch.columns) {
            let mut texts = match cells {
                Cells::Text(texts) => std::mem::take(texts),
                _ => Texts::default(),
            };
            texts.clear();
            for pair in self.rows[self.next..=self.next + rows].windows(2) {
                let row = &self.sheet.cells[pair[0]..pair[1]];
                let found = row.binary_search_by_key(column, |cell| cell.column);
                texts.push(found.map_or("", |place| self.sheet.text(&row[place])));
            }
            *cells = Cells::Text(texts);
        }
        (batch.rows, batch.pixels) = (rows, None);
        self.next += rows;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.next = 0;
        Ok(())
    }

    fn place(&self, row: u64) -> String {
        let cell = self.rows.get(row as usize).and_then(|&begin| self.sheet.cells.get(begin));
        let number = cell.map_or(row, |cell| u64::from(cell.row)) + 1;
        format!("sheet '{}', row {number}", self.sheet_name)
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
