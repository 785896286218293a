//! A second table under a first one, whose columns it was read by.

use laddernet::dataset::Values;
use laddernet::table::{Column, ColumnKind, Pixels, Table, TableError};
use std::collections::HashMap;
use thiserror::Error;

/// Why two tables make no common one.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AppendError {
    /// A column holds something else in the second table.
    #[error("column '{column}' holds {first} in the first table and {second} in the second: expected the same in both")]
    Kind {
        /// The column.
        column: String,
        /// What it holds in the first.
        first: String,
        /// What it holds in the second.
        second: String,
    },
    /// The second table has a column that the first lacks.
    #[error("the second table has a column '{column}', which the first lacks: expected no further columns")]
    Further {
        /// The column.
        column: String,
    },
    /// Pictures of two sorts, or pictures in one table alone.
    #[error(
        "{first} in the first table and {second} in the second: expected pictures of one shape and type in both, or in none"
    )]
    Pictures {
        /// What the first has.
        first: String,
        /// What the second has.
        second: String,
    },
    /// What comes out is no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The rows of `first` and then those of `second`, which was read as `first`'s columns say, with words added. Columns are found by
/// name; those that `second` lacks are missing in its rows.
///
/// # Errors
/// When a column is of another kind in `second`, or its words are other than `first`'s and further ones; when `second` has further
/// columns; or when pictures do not fit.
pub fn append(first: Table, second: Table) -> Result<Table, AppendError> {
    let rows = first.rows() + second.rows();
    let (mut columns, mut cells, pixels) = first.into_parts();
    let (new_columns, new_cells, new_pixels) = second.into_parts();
    let mut at_name: HashMap<&str, usize> =
        new_columns.iter().enumerate().map(|(place, column)| (column.name.as_str(), place)).collect();
    let pixels = joined_pixels(pixels, new_pixels)?;
    let width = columns.len();
    // Where each column stands in the second table.
    let mut places = Vec::with_capacity(width);
    for (at, column) in columns.iter_mut().enumerate() {
        let place = at_name.remove(column.name.as_str());
        if let Some(place) = place {
            let kind = joined_kind(column, &new_columns[place].kind)?;
            if kind == ColumnKind::Text && column.kind != kind {
                super::as_text(super::slots(&mut cells, at, width));
            }
            column.kind = kind;
        }
        places.push(place);
    }
    // The first of them, in their order.
    if let Some(further) = at_name.values().min() {
        return Err(AppendError::Further { column: new_columns[*further].name.clone() });
    }
    if places.iter().copied().eq((0..width).map(Some)) {
        cells.extend_from_slice(&new_cells);
    } else if new_columns.is_empty() {
        cells.resize(rows * width, f32::NAN);
    } else {
        for row in new_cells.chunks_exact(new_columns.len()) {
            cells.extend(places.iter().map(|place| place.map_or(f32::NAN, |place| row[place])));
        }
    }
    Ok(Table::new(rows, columns, cells, pixels)?)
}

/// The kind of both: the second may have further words, or so many that they are text.
fn joined_kind(first: &Column, second: &ColumnKind) -> Result<ColumnKind, AppendError> {
    match (&first.kind, second) {
        (ColumnKind::Words(words), ColumnKind::Words(more)) if more.starts_with(words) => Ok(second.clone()),
        (ColumnKind::Words(_), ColumnKind::Text) => Ok(ColumnKind::Text),
        (kind, second) if kind == second => Ok(kind.clone()),
        (kind, second) => {
            let (column, first) = (first.name.clone(), kind.to_string());
            let second =
                if kind.to_string() == second.to_string() { format!("other {second}") } else { second.to_string() };
            Err(AppendError::Kind { column, first, second })
        }
    }
}

fn joined_pixels(first: Option<Pixels>, second: Option<Pixels>) -> Result<Option<Pixels>, AppendError> {
    match (first, second) {
        (None, None) => Ok(None),
        (Some(mut first), Some(second)) if first.shape == second.shape && first.scaling == second.scaling => {
            let said = (described(Some(&first)), described(Some(&second)));
            match (&mut first.values, second.values) {
                (Values::U8(all), Values::U8(more)) => all.extend_from_slice(&more),
                (Values::F32(all), Values::F32(more)) => all.extend_from_slice(&more),
                _ => return Err(AppendError::Pictures { first: said.0, second: said.1 }),
            }
            Ok(Some(first))
        }
        (first, second) => {
            Err(AppendError::Pictures { first: described(first.as_ref()), second: described(second.as_ref()) })
        }
    }
}

fn described(pixels: Option<&Pixels>) -> String {
    let Some(Pixels { values, shape, scaling }) = pixels else { return "no pictures".into() };
    let values = match values {
        Values::U8(_) => "bytes",
        Values::F32(_) => "floating-point numbers",
    };
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("pictures of {} {values} (times {})", shape.join(" x "), scaling.scale)
}
