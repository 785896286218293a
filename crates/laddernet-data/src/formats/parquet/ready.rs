//! Numbers as the library decodes them, column by column, straight into rows.

use super::cells::{self, Fault};
use super::plan::{Plan, Role};
use crate::build::written;
use crate::rows::{Odd, Ready, Wanted};
use arrow_array::{Array, ArrayRef};
use std::ops::Range;

/// The most cells that are made ready at once.
const CELLS: usize = 1 << 20;

/// Whether each array is one column.
pub(super) fn fits(plan: &Plan) -> bool {
    plan.planned.iter().all(|planned| !matches!(planned.role, Role::List(_) | Role::Picture))
}

/// How many rows of so many columns are made ready at once.
pub(super) fn most_rows(columns: usize) -> usize {
    (CELLS / columns.max(1)).max(16)
}

/// Reads some rows of `arrays`, a column each, in as many parts as there are in `ready`, at the same time; how many parts hold rows.
pub(super) fn read(
    arrays: &[&ArrayRef],
    rows: Range<usize>,
    plan: &Plan,
    wanted: &[Wanted],
    ready: &mut [Ready],
) -> Result<usize, Fault> {
    let size = rows.len().div_ceil(ready.len()).max(1);
    let parts: Vec<Range<usize>> = rows.clone().step_by(size).map(|at| at..(at + size).min(rows.end)).collect();
    let read = |rows: Range<usize>, ready: &mut Ready| read_part(arrays, rows, plan, wanted, ready);
    let mut found: Vec<Result<(), Fault>> = vec![Ok(()); parts.len()];
    std::thread::scope(|scope| {
        let mut all = parts.iter().zip(&mut *ready).zip(&mut found);
        let own = all.next();
        for ((rows, ready), found) in all {
            scope.spawn(move || *found = read(rows.clone(), ready));
        }
        if let Some(((rows, ready), found)) = own {
            *found = read(rows.clone(), ready);
        }
    });
    found.into_iter().collect::<Result<Vec<()>, Fault>>()?;
    Ok(parts.len())
}

fn read_part(
    arrays: &[&ArrayRef],
    rows: Range<usize>,
    plan: &Plan,
    wanted: &[Wanted],
    ready: &mut Ready,
) -> Result<(), Fault> {
    let (at, count, width) = (rows.start, rows.len(), wanted.len());
    ready.clear(width);
    ready.rows = count;
    ready.cells.resize(count * width, f32::NAN);
    let is_number = |column: usize| {
        wanted[column] == Wanted::Number && matches!(plan.planned[column].role, Role::Numbers | Role::Seconds(_))
    };
    // Some rows at a time, whose cells stay in a cache while each column writes its own.
    let some = (32_768 / width.max(1)).clamp(64, 4096);
    let mut numbers = Vec::new();
    for from in (0..count).step_by(some) {
        let rows = some.min(count - from);
        let cells = &mut ready.cells[from * width..(from + rows) * width];
        for (column, array) in arrays.iter().enumerate().filter(|(column, _)| is_number(*column)) {
            numbers.clear();
            cells::numbers_as(&array.slice(at + from, rows), &plan.planned[column].role, &mut numbers)?;
            let (mut missing, mut infinite) = (0, false);
            for (slot, x) in cells.iter_mut().skip(column).step_by(width).zip(&numbers) {
                *slot = *x as f32;
                missing += u64::from(x.is_nan());
                infinite |= slot.is_infinite();
            }
            ready.missing[column] += missing;
            if infinite {
                let too_large = numbers.iter().enumerate().filter(|(_, x)| (**x as f32).is_infinite());
                ready.odd.extend(too_large.map(|(row, x)| Odd { row: from + row, column, text: written(*x) }));
            }
        }
    }
    for (column, array) in arrays.iter().enumerate() {
        if wanted[column] != Wanted::Nothing && !is_number(column) {
            let cells = std::slice::from_mut(&mut ready.columns[column]);
            cells::write(&array.slice(at, count), &plan.planned[column].role, cells)?;
        }
    }
    Ok(())
}
