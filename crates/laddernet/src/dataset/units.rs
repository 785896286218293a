//! Whether the columns of a table are measured in one unit, as pixels, sensors and embeddings are: what a default network for such rows
//! may be told of them. No label is read.

use super::{Dataset, Treatment};

/// Fewer columns are too few to say it.
const FEWEST_COLUMNS: usize = 8;
/// A mean and a deviation that are this near to 0 and 1 are those of a column that was standardised.
const STANDARD: f64 = 0.3;

/// What the rows show of a column of numbers.
struct Spread {
    low: f64,
    high: f64,
    mean: f64,
    deviation: f64,
    whole: bool,
}

/// Whether all columns that are learned from hold numbers of one unit: most have ranges that are alike, over each other. Columns that were
/// brought to one range or deviation each by itself show no unit, and are none of one.
pub(crate) fn one_unit(rows: &Dataset, learned: &[usize], treatments: &[&Treatment]) -> bool {
    let used: Vec<usize> = (0..treatments.len()).filter(|&column| treatments[column].width() > 0).collect();
    let is_number = |column: &usize| matches!(treatments[*column], Treatment::Number { .. });
    if used.len() < FEWEST_COLUMNS || learned.is_empty() || !used.iter().all(is_number) {
        return false;
    }
    let spreads: Vec<Spread> = used.iter().map(|&column| Spread::of(rows, learned, column)).collect();
    let range = |spread: &Spread| spread.high - spread.low;
    let widest = spreads.iter().map(range).fold(0.0, f64::max);
    let alike = spreads.iter().filter(|spread| range(spread) >= widest / 2.0).count();
    let low = spreads.iter().map(|spread| spread.low).fold(f64::INFINITY, f64::min);
    let high = spreads.iter().map(|spread| spread.high).fold(f64::NEG_INFINITY, f64::max);
    let standardised = |spread: &Spread| spread.mean.abs() < STANDARD && (spread.deviation - 1.0).abs() < STANDARD;
    // Whole numbers from the same lowest to the same highest are a scale, as of marks or grey values.
    let brought = |spread: &Spread| !spread.whole && spread.low == low && spread.high == high;
    2 * alike >= spreads.len()
        && high - low <= 2.0 * widest
        && !spreads.iter().all(standardised)
        && !spreads.iter().all(brought)
}

impl Spread {
    fn of(rows: &Dataset, learned: &[usize], column: usize) -> Self {
        let cells = || learned.iter().map(|&row| f64::from(rows.cells(row)[column])).filter(|x| !x.is_nan());
        let count = cells().count().max(1) as f64;
        let mean = cells().sum::<f64>() / count;
        Spread {
            low: cells().fold(f64::INFINITY, f64::min),
            high: cells().fold(f64::NEG_INFINITY, f64::max),
            mean,
            deviation: (cells().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt(),
            whole: cells().all(|x| x.fract() == 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Preprocessing, TableSettings};
    use crate::table::{Column, ColumnKind};

    /// Whether a table of ten columns, each made by `of(row, column)`, has one unit.
    fn found(columns: usize, of: impl Fn(usize, usize) -> f32) -> bool {
        let named = |column: usize| Column { name: format!("x{column}"), kind: ColumnKind::Number };
        let cells =
            (0..200).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(row, column)| of(row, column));
        let rows =
            Dataset::of_cells((0..columns).map(named).collect(), cells.collect(), vec![None; 200], vec![]).unwrap();
        let learned: Vec<usize> = (0..200).collect();
        let plans = Preprocessing::of_table(&rows, &learned, &TableSettings::default()).unwrap();
        let plans = plans.encoding.columns().unwrap().clone();
        let treatments: Vec<&Treatment> = plans.plans().iter().map(|plan| &plan.treatment).collect();
        one_unit(&rows, &learned, &treatments)
    }

    /// Numbers between 0 and 1 that look drawn.
    fn wave(row: usize, column: usize) -> f32 {
        ((row * (2 * column + 3) * 37 + column * 11) % 101) as f32 / 100.0
    }

    #[test]
    fn pixels_sensors_and_embeddings_have_one_unit() {
        assert!(found(10, |row, column| (16.0 * wave(row, column)).round()), "grey values");
        let edge = |row: usize, column: usize| if column < 3 { 0.1 } else { 1.0 } * wave(row, column);
        assert!(found(10, edge), "pixels, some at the edge");
        assert!(found(10, |row, column| 20.0 + column as f32 / 5.0 + 7.0 * wave(row, column)), "sensors");
        assert!(found(10, |row, column| (0.4 + column as f32 / 100.0) * (wave(row, column) - 0.5)), "an embedding");
    }

    #[test]
    fn tables_of_many_units_and_scaled_ones_have_none() {
        assert!(!found(10, |row, column| 10f32.powi(column as i32) * wave(row, column)), "many units");
        assert!(!found(10, |row, column| 100.0 * column as f32 + wave(row, column)), "many places");
        assert!(!found(5, wave), "few columns");
        assert!(!found(10, wave), "each brought to 0 to 1");
        assert!(!found(10, |row, column| 3.4 * (wave(row, column) - 0.5)), "each standardised");
    }
}
