//! Whether the columns of a table are measured in one unit, as pixels, sensors and embeddings are: what a default network for such rows
//! may be told of them. No label is read.

use super::preprocessing::LARGEST_OF_FEW;
use super::{ColumnPlan, Columns, Dataset, Treatment, Values};
use std::ops::RangeInclusive;

/// Fewer columns are too few to say it.
const FEWEST_COLUMNS: usize = 8;
/// Pictures have more pixels: fewer columns, whole numbers or not, are left with a scale each.
const FEWEST_PIXELS: usize = 200;
/// What the highest grey value may be: two are black and white, and no column of a table.
const HIGHEST_GREY: RangeInclusive<f64> = 3.0..=65_535.0;
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

/// What the columns of a table are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Columns of several kinds and units.
    Mixed,
    /// Numbers of one unit: most have ranges that are alike, over each other.
    One,
    /// The same, and the grey values of pictures: many columns of whole numbers from 0 on, most of them up to the same highest.
    Grey {
        /// The highest; 255 of bytes that fill most of their range, as for pictures in files of their own.
        highest: u16,
    },
}

impl Unit {
    /// That of all columns that are learned from, by some rows of row-major cells. Columns that were brought to one range or deviation each by
    /// itself show no unit, and are none of one.
    pub(crate) fn of_plans(plans: &[ColumnPlan], cells: &[f32], rows: &[usize]) -> Unit {
        let width = plans.len();
        let used: Vec<usize> = (0..width).filter(|&column| plans[column].treatment.width() > 0).collect();
        // Constant pixels, which were kept, say nothing of the unit.
        let grey = plans.iter().find_map(|plan| match plan.treatment {
            Treatment::Grey { highest, .. } => Some(Unit::Grey { highest: highest as u16 }),
            _ => None,
        });
        if let Some(grey) = grey {
            return grey;
        }
        let is_number = |column: &usize| matches!(plans[*column].treatment, Treatment::Number { .. });
        if used.len() < FEWEST_COLUMNS || rows.is_empty() || !used.iter().all(is_number) {
            return Unit::Mixed;
        }
        let spreads: Vec<Spread> = used.iter().map(|&column| Spread::of(cells, width, rows, column)).collect();
        let range = |spread: &Spread| spread.high - spread.low;
        let widest = spreads.iter().map(range).fold(0.0, f64::max);
        let alike = spreads.iter().filter(|spread| range(spread) >= widest / 2.0).count();
        let low = spreads.iter().map(|spread| spread.low).fold(f64::INFINITY, f64::min);
        let high = spreads.iter().map(|spread| spread.high).fold(f64::NEG_INFINITY, f64::max);
        let standardised = |spread: &Spread| spread.mean.abs() < STANDARD && (spread.deviation - 1.0).abs() < STANDARD;
        // Whole numbers from the same lowest to the same highest are a scale, as of marks or grey values.
        let brought = |spread: &Spread| !spread.whole && spread.low == low && spread.high == high;
        let one = 2 * alike >= spreads.len()
            && high - low <= 2.0 * widest
            && !spreads.iter().all(standardised)
            && !spreads.iter().all(brought);
        let grey = spreads.len() >= FEWEST_PIXELS
            && low == 0.0
            && HIGHEST_GREY.contains(&high)
            && spreads.iter().all(|spread| spread.whole);
        match (one, grey) {
            (true, true) => Unit::Grey { highest: full(high as u16) },
            (true, false) => Unit::One,
            (false, _) => Unit::Mixed,
        }
    }
}

/// What grey values go up to, of which this is the highest that was found.
fn full(highest: u16) -> u16 {
    if (u16::from(LARGEST_OF_FEW) + 1..=255).contains(&highest) { 255 } else { highest }
}

impl Unit {
    /// That of a table, by the rows that are learned from.
    pub(crate) fn of_table(table: &Dataset, rows: &[usize], columns: &Columns) -> Unit {
        match table.values() {
            Values::F32(cells) => Unit::of_plans(columns.plans(), cells, rows),
            Values::U8(_) => Unit::Mixed,
        }
    }
}

impl Spread {
    fn of(cells: &[f32], width: usize, rows: &[usize], column: usize) -> Self {
        let cells = || rows.iter().map(|&row| f64::from(cells[row * width + column])).filter(|x| !x.is_nan());
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
        unit(columns, of) != Unit::Mixed
    }

    /// A picture has pixels that are always black, or always like their neighbour: they stay, so that rows are what pictures in files of their
    /// own are. Columns that are no grey values stay out.
    #[test]
    fn pixels_that_never_vary_are_pixels() {
        let of = |row: usize, column: usize| match column {
            0..20 => 0.0,
            20 => 1000.0,
            21 => 0.5,
            23 => ((row * 31 + 22 * 7) % 256) as f32,
            _ => ((row * 31 + column * 7) % 256) as f32,
        };
        let cells = (0..200).flat_map(|row| (0..300).map(move |column| of(row, column)));
        let kind = |column| if column == 19 { ColumnKind::Words(vec!["a".into()]) } else { ColumnKind::Number };
        let named = |column: usize| Column { name: format!("x{column}"), kind: kind(column) };
        let rows = Dataset::of_cells((0..300).map(named).collect(), cells.collect(), vec![None; 200], vec![]).unwrap();
        let learned: Vec<usize> = (0..200).collect();
        let plans = Preprocessing::of_table(&rows, &learned, &TableSettings::default()).unwrap();
        let widths: Vec<usize> =
            plans.encoding.columns().unwrap().plans().iter().map(|plan| plan.treatment.width()).collect();
        assert_eq!(widths.iter().sum::<usize>(), 297);
        assert_eq!(widths[19..22], [0, 0, 0]);
        assert_eq!(Unit::of_table(&rows, &learned, plans.encoding.columns().unwrap()), Unit::Grey { highest: 255 });
        let row = plans.apply_to_own(rows).unwrap();
        assert_eq!((row.input(3, 0), row.input(3, 20)), (0.0, of(3, 23) * (1.0 / 255.0)));
    }

    fn unit(columns: usize, of: impl Fn(usize, usize) -> f32) -> Unit {
        let named = |column: usize| Column { name: format!("x{column}"), kind: ColumnKind::Number };
        let cells =
            (0..200).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(row, column)| of(row, column));
        let rows =
            Dataset::of_cells((0..columns).map(named).collect(), cells.collect(), vec![None; 200], vec![]).unwrap();
        let learned: Vec<usize> = (0..200).collect();
        let plans = Preprocessing::of_table(&rows, &learned, &TableSettings::default()).unwrap();
        Unit::of_table(&rows, &learned, plans.encoding.columns().unwrap())
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

    /// Beside whether there is one unit, what it is that a default network is told: of pictures the highest grey value.
    #[test]
    fn many_whole_numbers_from_0_are_grey_values() {
        let bytes = |row: usize, column: usize| ((row * row * (column + 1) + 97 * row + column) % 256) as f32;
        assert_eq!(unit(300, bytes), Unit::Grey { highest: 255 });
        assert_eq!(unit(100, bytes), Unit::One, "few columns");
        assert_eq!(unit(300, |row, column| bytes(row, column) - 1.0), Unit::One, "negative ones");
        assert_eq!(unit(300, |row, column| bytes(row, column) / 3.0), Unit::One, "fractions");
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
