//! What becomes of each column of a table, from the rows that are learned from, labelled and unlabelled alike. No label is read.

use super::columns::{ColumnPlan, Columns, Dropped, Treatment};
use super::units::Unit;
use crate::table::{Column, ColumnKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bound of the soft clip of numbers, in standard deviations (Holzmüller et al. 2024).
const CLIP: f32 = 3.0;
/// Quartile ranges outside of the quartiles from which on a number is an outlier.
const FENCE: f32 = 3.0;
/// Rows that quartiles are of, at most.
const SAMPLE: usize = 50_000;
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

/// What is counted of a column.
#[derive(Clone, Default)]
struct Counts {
    known: usize,
    sum: f64,
    squares: f64,
    low: f32,
    high: f32,
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
    let counts = count(columns, cells, rows);
    let hashes = hashes_of_alike(&counts, cells, rows);
    let width = columns.len();
    let equal = |a: usize, b: usize| {
        rows.iter().all(|row| cells[row * width + a].to_bits() == cells[row * width + b].to_bits())
    };
    let mut seen: BTreeMap<(u64, &str), usize> = BTreeMap::new();
    let mut plans = Vec::with_capacity(width);
    for (at, (count, column)) in counts.iter().zip(columns).enumerate() {
        let mut treatment = count.treatment(&column.kind, rows.len());
        if settings.drop.contains(&column.name) {
            treatment = Treatment::Dropped(Dropped::Asked);
        }
        if let Some(hash) = hashes[at].filter(|_| treatment.width() > 0) {
            let kind = if matches!(column.kind, ColumnKind::Words(_)) { "words" } else { "numbers" };
            match seen.get(&(hash, kind)) {
                Some(&first) if column.kind == columns[first].kind && equal(first, at) => {
                    treatment = Treatment::Dropped(Dropped::SameAs(columns[first].name.clone()));
                }
                _ => drop(seen.insert((hash, kind), at)),
            }
        }
        plans.push(ColumnPlan { column: column.clone(), treatment });
    }
    let unit = Unit::of_plans(&plans, cells, rows);
    if unit == Unit::Mixed {
        for (at, (plan, count)) in plans.iter_mut().zip(&counts).enumerate() {
            if let Treatment::Number { mean, deviation, .. } = &mut plan.treatment
                && let Some(counts) = without_outliers(count, cells, width, rows, at)
            {
                (*mean, *deviation) = (counts.mean() as f32, counts.deviation());
            }
        }
    }
    if let Unit::Grey { highest } = unit {
        let highest = f32::from(highest);
        let is_grey = |plan: &ColumnPlan, count: &Counts| {
            let whole = count.low >= 0.0 && count.high <= highest && count.low.fract() == 0.0;
            matches!(plan.column.kind, ColumnKind::Number) && whole
        };
        for (plan, count) in plans.iter_mut().zip(&counts) {
            if is_grey(plan, count) {
                plan.treatment.make_pixel(highest);
            }
        }
    }
    Columns::new(plans)
}

/// What is counted of a column whose outliers are brought to its fences: three quartile ranges outside of its quartiles (Tukey 1977, "far
/// out"); where half of the rows have one value, its first and last hundredth. Nothing where no cell is outside. Otherwise a few amounts that are a
/// hundred times the others leave these no room between them. Quartiles are those of at most [`SAMPLE`] rows.
fn without_outliers(count: &Counts, cells: &[f32], width: usize, rows: &[usize], column: usize) -> Option<Counts> {
    let all = || rows.iter().map(|&row| cells[row * width + column]).filter(|x| !x.is_nan());
    let mut some: Vec<f32> = all().step_by(rows.len().div_ceil(SAMPLE).max(1)).collect();
    some.sort_unstable_by(f32::total_cmp);
    let last = some.len().checked_sub(1)?;
    let at = |share: f64| some[(share * last as f64).round() as usize];
    let (first, third) = (at(0.25), at(0.75));
    let range = third - first;
    let (low, high) = if range > 0.0 { (first - FENCE * range, third + FENCE * range) } else { (at(0.01), at(0.99)) };
    let (low, high) = (low.max(count.low), high.min(count.high));
    // If the hundredths are equal, too, only outliers vary.
    if low >= high || (low, high) == (count.low, count.high) {
        return None;
    }
    let within = |x: f32| f64::from(x.clamp(low, high));
    let sum: f64 = all().map(within).sum();
    let mean = mean(sum, count.known);
    let squares = all().map(|x| (within(x) - mean).powi(2)).sum();
    Some(Counts { known: count.known, sum, squares, low, high, ..Counts::default() })
}

impl Treatment {
    /// Of a pixel: grey values from 0 to 1, as pictures in files of their own get them, also where all rows have one value, or that of another
    /// pixel; a missing one is black. A deviation of each pixel's own would make most of those that are hardly ever used.
    fn make_pixel(&mut self, highest: f32) {
        let missing = match self {
            Treatment::Number { missing, .. } => *missing,
            Treatment::Dropped(Dropped::Constant | Dropped::SameAs(_)) => false,
            _ => return,
        };
        *self = Treatment::Grey { highest, missing };
    }
}

/// Counts each column, in one pass over the rows and then another. What one loop does for all columns of a row, the compiler makes wide.
fn count(columns: &[Column], cells: &[f32], rows: &[usize]) -> Vec<Counts> {
    let width = columns.len();
    let of_row = |row: usize| &cells[row * width..(row + 1) * width];
    let (mut known, mut sums, mut squares) = (vec![0_usize; width], vec![0.0_f64; width], vec![0.0_f64; width]);
    let (mut lows, mut highs) = (vec![f32::INFINITY; width], vec![f32::NEG_INFINITY; width]);
    let mut words: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut dates: Vec<(usize, bool, u8)> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        match &column.kind {
            ColumnKind::Words(list) => words.push((at, vec![0; list.len()])),
            ColumnKind::Date => dates.push((at, false, 0)),
            _ => {}
        }
    }
    for &row in rows {
        let row = of_row(row);
        for (((known, sum), (low, high)), &x) in
            known.iter_mut().zip(&mut sums).zip(lows.iter_mut().zip(&mut highs)).zip(row)
        {
            // No sum is -0, so a missing cell adds nothing.
            let is = !x.is_nan();
            *known += usize::from(is);
            *sum += if is { f64::from(x) } else { 0.0 };
            *low = if x < *low { x } else { *low };
            *high = if x > *high { x } else { *high };
        }
        for (at, counts) in &mut words {
            if let Some(count) = counts.get_mut(row[*at] as usize).filter(|_| !row[*at].is_nan()) {
                *count += 1;
            }
        }
        for (at, has_time, weekdays) in &mut dates {
            let x = row[*at];
            if !x.is_nan() {
                *has_time |= x.fract() != 0.0;
                *weekdays |= 1 << (x.floor().rem_euclid(7.0) as u8);
            }
        }
    }
    let means: Vec<f64> = sums.iter().zip(&known).map(|(sum, known)| mean(*sum, *known)).collect();
    for &row in rows {
        for ((square, mean), &x) in squares.iter_mut().zip(&means).zip(of_row(row)) {
            let away = if x.is_nan() { 0.0 } else { f64::from(x) - mean };
            *square += away * away;
        }
    }
    let count = |at: usize| Counts {
        known: known[at],
        sum: sums[at],
        squares: squares[at],
        low: lows[at],
        high: highs[at],
        ..Counts::default()
    };
    let mut counts: Vec<Counts> = (0..width).map(count).collect();
    words.into_iter().for_each(|(at, of_words)| counts[at].words = of_words);
    for (at, has_time, weekdays) in dates {
        (counts[at].has_time, counts[at].weekdays) = (has_time, weekdays);
    }
    counts
}

/// A number for all cells of a column in order, by which equal columns are found; of those columns whose counts another one has, too.
fn hashes_of_alike(counts: &[Counts], cells: &[f32], rows: &[usize]) -> Vec<Option<u64>> {
    let width = counts.len();
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, count) in counts.iter().enumerate() {
        alike.entry((count.known, count.sum.to_bits(), count.squares.to_bits())).or_default().push(at);
    }
    let mut hashes = vec![None; width];
    let mut asked: Vec<usize> = alike.into_values().filter(|same| same.len() > 1).flatten().collect();
    asked.sort_unstable();
    let mut found = vec![0_u64; asked.len()];
    if !asked.is_empty() {
        for &row in rows {
            let row = &cells[row * width..(row + 1) * width];
            for (hash, &at) in found.iter_mut().zip(&asked) {
                *hash = (hash.rotate_left(5) ^ u64::from(row[at].to_bits())).wrapping_mul(0x517c_c1b7_2722_0a95);
            }
        }
    }
    asked.into_iter().zip(found).for_each(|(at, hash)| hashes[at] = Some(hash));
    hashes
}

fn mean(sum: f64, known: usize) -> f64 {
    sum / known.max(1) as f64
}

impl Counts {
    fn mean(&self) -> f64 {
        mean(self.sum, self.known)
    }

    /// 0 where the cells differ by rounding alone, as in [`super::Standards`].
    fn deviation(&self) -> f32 {
        let deviation = (self.squares / self.known.max(1) as f64).sqrt();
        let largest = f64::from(self.high.abs().max(self.low.abs()));
        if deviation > f64::from(f32::EPSILON) * largest { deviation as f32 } else { 0.0 }
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
            ColumnKind::Number | ColumnKind::NumberFrom(_) => Treatment::Number { mean, deviation, clip, missing },
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
