//! Columns in memory as a source of rows: a data frame of another program, read as a file with these columns would be.

use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};

/// Columns of one length, each with the name and the cells that it has in the data frame.
#[derive(Clone, Debug)]
pub struct Frame {
    name: String,
    columns: Vec<SourceColumn>,
    cells: Vec<Cells>,
    rows: usize,
    at: usize,
}

impl Frame {
    /// A frame of these columns, called `name` in messages.
    ///
    /// # Errors
    /// When a column has another number of cells than the first, or two have one name.
    pub fn new(name: impl Into<String>, columns: Vec<(SourceColumn, Cells)>) -> Result<Self, DataError> {
        let name = name.into();
        let rows = columns.first().map_or(0, |(_, cells)| cells.len());
        let misfit = |place: String, found: String, expected: String| {
            Err(DataError::Format { name: name.clone(), place, found, expected })
        };
        if let Some((column, cells)) = columns.iter().find(|(_, cells)| cells.len() != rows) {
            let found = format!("{} cells", cells.len());
            return misfit(format!("column '{}'", column.name), found, format!("{rows}, as in the first column"));
        }
        let mut names: Vec<&str> = columns.iter().map(|(column, _)| column.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return misfit(
                format!("column '{}'", pair[0]),
                "a second one of this name".into(),
                "names that differ".into(),
            );
        }
        let (columns, cells) = columns.into_iter().unzip();
        Ok(Frame { name, columns, cells, rows, at: 0 })
    }
}

impl RowSource for Frame {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        let rows = self.at..self.rows.min(self.at + most);
        batch.rows = rows.len();
        batch.pixels = None;
        batch.columns.clear();
        batch.columns.extend(self.cells.iter().map(|cells| match cells {
            Cells::Text(texts) => Cells::Text(rows.clone().map(|row| texts.get(row)).collect::<Texts>()),
            Cells::Numbers(v) => Cells::Numbers(v[rows.clone()].to_vec()),
            Cells::Booleans(v) => Cells::Booleans(v[rows.clone()].to_vec()),
            Cells::Dates(v) => Cells::Dates(v[rows.clone()].to_vec()),
        }));
        self.at = rows.end;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.at = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Reading, build};
    use laddernet::table::ColumnKind;

    fn texts(cells: &[&str]) -> Cells {
        Cells::Text(cells.iter().copied().collect())
    }

    #[test]
    fn columns_become_what_a_file_would_make_of_them() {
        let day = |day: f64| day + crate::build::DAYS_TO_2000;
        let columns = vec![
            (SourceColumn::named("a"), Cells::Numbers(vec![1.5, f64::NAN, 3.0])),
            (SourceColumn::named("b"), texts(&["x", "", "y"])),
            (SourceColumn::named("c"), texts(&["1", "2.5", ""])),
            (SourceColumn { name: "d".into(), words: Some(vec!["2".into(), "1".into()]) }, texts(&["1", "2", "1"])),
            (SourceColumn::named("e"), Cells::Dates(vec![day(1.0), f64::NAN, day(2.5)])),
            (SourceColumn::named("f"), Cells::Booleans(vec![Some(true), None, Some(false)])),
        ];
        let mut frame = Frame::new("a data frame", columns).unwrap();
        let built = build(&mut frame, &Reading::default()).unwrap();
        let kinds: Vec<String> = built.table.columns().iter().map(|column| column.kind.to_string()).collect();
        assert_eq!(kinds, ["numbers", "words", "numbers", "words", "dates", "truth values"]);
        assert_eq!(built.table.columns()[3].kind, ColumnKind::Words(vec!["2".into(), "1".into()]));
        let row = |row: usize| (0..6).map(|column| built.table.cell(row, column)).collect::<Vec<f32>>();
        assert_eq!(row(0), [1.5, 0.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(row(2)[..2], [3.0, 1.0]);
        assert!(row(1)[0].is_nan() && row(1)[1].is_nan() && row(2)[2].is_nan() && row(1)[4].is_nan());
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let number = |name: &str, cells: usize| (SourceColumn::named(name), Cells::Numbers(vec![0.0; cells]));
        let refused = |columns| Frame::new("rows", columns).unwrap_err().to_string();
        let message = refused(vec![number("a", 2), number("b", 3)]);
        assert!(message.contains("column 'b'") && message.contains("3 cells"), "{message}");
        assert!(refused(vec![number("a", 2), number("a", 2)]).contains("a second one of this name"));
    }
}
