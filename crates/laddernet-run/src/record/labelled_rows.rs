//! Which rows of its data a training had labels of.

use crate::error::RunError;
use crate::folder::{self, files};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Bytes of the document, at most: some twenty million rows.
const MOST: u64 = 200 << 20;
const SCHEMA: &str = "laddernet.labelled_rows/1";

/// Which rows of the data were labelled, counted from 0.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LabelledRows {
    schema: String,
    /// The data's name.
    pub data: String,
    /// Of all rows.
    pub sha256: String,
    /// The rows, in their order.
    pub rows: Vec<usize>,
}

impl LabelledRows {
    pub(super) fn new(data: String, sha256: String, rows: Vec<usize>) -> Self {
        LabelledRows { schema: SCHEMA.to_owned(), data, sha256, rows }
    }

    /// Those of a run folder; of a model file alone, and of models that take no labels, there are none.
    ///
    /// # Errors
    /// When the document is damaged.
    pub fn read(run: &Path) -> Result<Option<Self>, RunError> {
        let path = run.join(folder::LABELLED);
        if !path.is_file() {
            return Ok(None);
        }
        let bad = |message: String| RunError::Document { path: path.clone(), message };
        let text = files::text(&path, MOST).map_err(|e| bad(format!("cannot read it: {e}")))?;
        let found: LabelledRows = serde_json::from_str(&text)
            .map_err(|e| bad(format!("it is damaged ({e}): restore it, or remove it: suggestions can do without")))?;
        Ok(Some(found))
    }
}
