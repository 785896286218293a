//! What default settings follow from, of the data.

use laddernet::Dataset;
use laddernet::models::TableFacts;
use laddernet::session::Parted;

/// What default settings follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataFacts {
    /// Values a row.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// Rows, where that is known.
    pub rows: Option<usize>,
    /// How many rows have a label, where others have none.
    pub labelled: Option<usize>,
    /// Of a table, its size.
    pub table: Option<TableFacts>,
}

impl From<&Dataset> for DataFacts {
    fn from(data: &Dataset) -> Self {
        let labelled = data.labels().iter().flatten().count();
        let labelled = Some(labelled).filter(|&labelled| labelled < data.rows());
        let (features, classes, rows) = (data.features(), data.classes(), Some(data.rows()));
        DataFacts { features, classes, rows, labelled, table: None }
    }
}

impl DataFacts {
    /// Of rows that are parted.
    pub fn of_parted(rows: &Parted) -> Self {
        let (features, classes, table) = (rows.features(), rows.classes(), rows.table());
        DataFacts { features, classes, rows: None, labelled: None, table }
    }

    /// Of rows that are no table.
    pub fn of_rows(features: usize, classes: usize) -> Self {
        DataFacts { features, classes, rows: None, labelled: None, table: None }
    }
}
