//! What becomes of each column of a table, from the rows that are learned from, labelled and unlabelled alike. No label is read.

use super::columns::{ColumnPlan, Columns, Dropped, Treatment};
use crate::table::{Column, ColumnKind};
use serde::{Deserialize, Serialize};

/// Bound of the soft clip of numbers, in standard deviations (Holzmüller et al. 2024).
const CLIP: f32 = 3.0;
/// A column of more words has one input for all that are not among its commonest.
const MOST_WORDS: usize = 40;
/// Fewer rows may have a word of their own each without being names.
const FEW_ROWS: usize = 20;

/// What the settings say of the columns of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSettings {
    /// Names of columns that are no inputs.
    pub drop: Vec<String>,
}

/// What is counted of a column, in one pass over the rows and then another.
#[derive(Clone, Default)]
struct Counts {
    known: usize,
    sum: f64,
    squares: f64,
    largest: f64,
    low: f32,
    high: f32,
    /// Of all cells in order, so that equal columns are found.
    hash: u64,
    /// Of each word.
    words: Vec<usize>,
    /// Whether times of day, days of the week, and a good part of a year are among dates.
    has_time: bool,
    weekdays: u8,
}

/// Fits the plans of `columns` to some rows of row-major cells.
pub(super) fn fit(
    columns: &[Column],
    cells: &[f32],
    rows: &[usize],
    settings: &TableSettings,
) -> Result<Columns, String> {
    let width = columns.len();
    let mut counts = vec![Counts { low: f32::INFINITY, high: f32::NEG_INFINITY, ..Counts::default() }; width];
    for (count, column) in counts.iter_mut().zip(columns) {
        if let ColumnKind::Words(words) = &column.kind {
            count.words = vec![0; words.len()];
        }
    }
    for &row in rows {
        for (count, &x) in counts.iter_mut().zip(&cells[row * width..(row + 1) * width]) {
            count.add(x);
        }
    }
    for &row in rows {
        for (count, &x) in counts.iter_mut().zip(&cells[row * width..(row + 1) * width]) {
            count.add_square(x);
        }
    }
    let equal = |a: usize, b: usize| {
        rows.iter().all(|row| cells[row * width + a].to_bits() == cells[row * width + b].to_bits())
    };
    let mut seen: std::collections::BTreeMap<(u64, &str), usize> = std::collections::BTreeMap::new();
    let mut plans = Vec::with_capacity(width);
    for (at, (count, column)) in counts.iter().zip(columns).enumerate() {
        let mut treatment = count.treatment(&column.kind, rows.len());
        if settings.drop.contains(&column.name) {
            treatment = Treatment::Dropped(Dropped::Asked);
        }
        if treatment.width() > 0 {
            let kind = if matches!(column.kind, ColumnKind::Words(_)) { "words" } else { "numbers" };
            match seen.get(&(count.hash, kind)) {
                Some(&first) if column.kind == columns[first].kind && equal(first, at) => {
                    treatment = Treatment::Dropped(Dropped::SameAs(columns[first].name.clone()));
                }
                _ => drop(seen.insert((count.hash, kind), at)),
            }
        }
        plans.push(ColumnPlan { column: column.clone(), treatment });
    }
    Columns::new(plans)
}

impl Counts {
    fn add(&mut self, x: f32) {
        self.hash = (self.hash.rotate_left(5) ^ u64::from(x.to_bits())).wrapping_mul(0x517c_c1b7_2722_0a95);
        if x.is_nan() {
            return;
        }
        self.known += 1;
        self.sum += f64::from(x);
        self.low = self.low.min(x);
        self.high = self.high.max(x);
        self.largest = self.largest.max(f64::from(x.abs()));
        if let Some(count) = self.words.get_mut(x as usize) {
            *count += 1;
        }
        self.has_time |= x.fract() != 0.0;
        self.weekdays |= 1 << (x.floor().rem_euclid(7.0) as u8);
    }

    fn add_square(&mut self, x: f32) {
        if !x.is_nan() {
            self.squares += (f64::from(x) - self.mean()).powi(2);
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.known.max(1) as f64
    }

    /// 0 where the cells differ by rounding alone, as in [`super::Standards`].
    fn deviation(&self) -> f32 {
        let deviation = (self.squares / self.known.max(1) as f64).sqrt();
        if deviation > f64::from(f32::EPSILON) * self.largest { deviation as f32 } else { 0.0 }
    }

    fn treatment(&self, kind: &ColumnKind, rows: usize) -> Treatment {
        let missing = self.known < rows;
        let varies = self.low < self.high;
        if self.known == 0 {
            return Treatment::Dropped(Dropped::AllMissing);
        }
        if !varies && !missing && !matches!(kind, ColumnKind::Text) {
            return Treatment::Dropped(Dropped::Constant);
        }
        let (mean, deviation, clip) = (self.mean() as f32, self.deviation(), CLIP);
        match kind {
            ColumnKind::Number => Treatment::Number { mean, deviation, clip, missing },
            ColumnKind::Boolean { .. } => Treatment::Two,
            ColumnKind::Words(words) => self.words_treatment(words.len(), rows),
            ColumnKind::Date => Treatment::Date {
                mean,
                deviation,
                clip,
                // A tenth of a year shows no seasons.
                year: self.high - self.low > 36.0,
                week: self.weekdays.count_ones() > 1,
                day: self.has_time,
                missing,
            },
            ColumnKind::Text => Treatment::Dropped(Dropped::Text),
        }
    }

    fn words_treatment(&self, list: usize, rows: usize) -> Treatment {
        let mut used: Vec<u32> = (0..list as u32).filter(|&word| self.words[word as usize] > 0).collect();
        if rows >= FEW_ROWS && used.len() == rows {
            return Treatment::Dropped(Dropped::AllDifferent);
        }
        if list == 2 && used.len() == 2 {
            return Treatment::Two;
        }
        // The commonest first, and of equals the first in the list.
        used.sort_by_key(|&word| std::cmp::Reverse(self.words[word as usize]));
        let other = used.len() > MOST_WORDS;
        if other {
            used.truncate(MOST_WORDS - 1);
        }
        Treatment::OneOf { words: used, other }
    }
}
