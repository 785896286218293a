//! The inputs that the cells of a table become, column by column, and back: what was fitted is carried in the model file.

use crate::table::{Column, ColumnKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A word that is none of those kept has this place.
const NOWHERE: u16 = u16::MAX;
/// Inputs come closer to the bounds of the soft clip than this share of it only by rounding.
const NEARLY: f32 = 0.999;
/// Inputs of grey values in new rows that are far outside of 0 to 1 are no farther away than this: their squares stay finite.
const MOST_GREY: f32 = 1000.0;
/// Days of a mean year.
const YEAR: f32 = 365.2425;

/// Why a column is no input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropped {
    /// All rows that are learned from have one value.
    Constant,
    /// No row that is learned from has a value.
    AllMissing,
    /// It is the same as a column before it, in every row that is learned from.
    SameAs(String),
    /// Every row has a word of its own.
    AllDifferent,
    /// It has too many different words.
    Text,
    /// The settings say so.
    Asked,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dropped::Constant => f.write_str("it has one value in all rows"),
            Dropped::AllMissing => f.write_str("it has no value in any row"),
            Dropped::SameAs(other) => write!(f, "it is the same as '{other}'"),
            Dropped::AllDifferent => f.write_str("every row has a word of its own"),
            Dropped::Text => f.write_str("it has too many different words, or dates that cannot be told"),
            Dropped::Asked => f.write_str("the settings say so"),
        }
    }
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// `z = (x - mean) / deviation`, then the soft clip `z / sqrt(1 + (z / clip)^2)`, which keeps the order and stays within
    /// `-clip..clip`. A missing number is 0, the mean; where rows that are learned from lack some, a second input says so.
    Number {
        /// Mean of the rows that are learned from; in a table of several units, outliers are counted at Tukey's far fences.
        mean: f32,
        /// Their standard deviation, counted so; 0 where they are all the same.
        deviation: f32,
        /// Bound of the soft clip.
        clip: f32,
        /// Whether there is an input that is 1 where the number is missing, else 0.
        missing: bool,
    },
    /// Of a pixel: `x / highest`, at most a thousand either way, and 0, black, where it is missing; a second input as for numbers.
    Grey {
        /// The highest grey value that pictures have.
        highest: f32,
        /// Whether there is an input that is 1 where the value is missing, else 0.
        missing: bool,
    },
    /// Truth values, or two words: -1 for the first, 1 for the second, 0 for a missing or another one.
    Two,
    /// An input for each of these words, by their places in the column's list, the commonest first: 1 for the word of the row, 0
    /// for all others. A missing word, and one that was never seen, is 0 in all of them.
    OneOf {
        /// Places of the words in the column's list.
        words: Vec<u32>,
        /// Whether there is one input more for all other words of the list.
        other: bool,
    },
    /// The day as a number, and the sine and cosine of what varies.
    Date {
        /// Mean of the days that are learned from.
        mean: f32,
        /// Their standard deviation.
        deviation: f32,
        /// Bound of the soft clip.
        clip: f32,
        /// Whether the place in the year is an input.
        year: bool,
        /// Whether the place in the week is.
        week: bool,
        /// Whether the time of day is.
        day: bool,
        /// Whether there is an input that is 1 where the date is missing.
        missing: bool,
    },
    /// No input.
    Dropped(Dropped),
}

impl Treatment {
    /// Number of inputs.
    pub fn width(&self) -> usize {
        match self {
            Treatment::Number { missing, .. } | Treatment::Grey { missing, .. } => 1 + usize::from(*missing),
            Treatment::Two => 1,
            Treatment::OneOf { words, other } => words.len() + usize::from(*other),
            Treatment::Date { year, week, day, missing, .. } => {
                1 + 2 * [*year, *week, *day].into_iter().filter(|varies| *varies).count() + usize::from(*missing)
            }
            Treatment::Dropped(_) => 0,
        }
    }
}

/// A column, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnPlan {
    /// The column as it was learned from: its name, its kind, its words.
    pub column: Column,
    /// What becomes of it.
    pub treatment: Treatment,
}

/// All columns of a table, in the order of its cells, and what becomes of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    plans: Vec<ColumnPlan>,
    starts: Vec<usize>,            // of each plan's inputs, and their number at the end
    places: Vec<Option<Vec<u16>>>, // for `OneOf`: the input of each word of the list
    group_weight: f32,             // of a column with one input
}

impl Columns {
    /// Of these plans.
    ///
    /// # Errors
    /// When a number is none that a fitted one can be, or a word is not in its column's list.
    pub fn new(plans: Vec<ColumnPlan>) -> Result<Self, String> {
        let mut starts = Vec::with_capacity(plans.len() + 1);
        let mut places = Vec::with_capacity(plans.len());
        let mut next = 0;
        for ColumnPlan { column, treatment } in &plans {
            starts.push(next);
            next += treatment.width();
            check(treatment).map_err(|e| format!("column '{}': {e}", column.name))?;
            places.push(match (treatment, &column.kind) {
                (Treatment::OneOf { words, other }, ColumnKind::Words(list)) => {
                    let otherwise = if *other { words.len() as u16 } else { NOWHERE };
                    let mut places = vec![otherwise; list.len()];
                    for (place, &word) in words.iter().enumerate() {
                        *places
                            .get_mut(word as usize)
                            .ok_or_else(|| format!("column '{}': word {word} of {}", column.name, list.len()))? =
                            place as u16;
                    }
                    Some(places)
                }
                (Treatment::OneOf { .. }, kind) => {
                    return Err(format!("column '{}' of {kind}: expected words", column.name));
                }
                _ => None,
            });
        }
        starts.push(next);
        let used = plans.iter().filter(|plan| plan.treatment.width() > 0).count();
        Ok(Columns { group_weight: next as f32 / used.max(1) as f32, plans, starts, places })
    }

    /// The columns, in the order of a row's cells.
    pub fn plans(&self) -> &[ColumnPlan] {
        &self.plans
    }

    /// Number of inputs.
    pub fn width(&self) -> usize {
        self.starts[self.plans.len()]
    }

    /// The places of a column's inputs.
    pub fn inputs_of(&self, column: usize) -> std::ops::Range<usize> {
        self.starts[column]..self.starts[column + 1]
    }

    /// Writes the inputs of a row of cells from input `first` on to `out`.
    pub(super) fn encode(&self, cells: &[f32], first: usize, out: &mut [f32]) {
        self.each(first, out, |column, unit, out| self.encode_column(column, cells[column], unit, out));
    }

    /// Writes what the inputs of a row count for in a cost, from input `first` on: the inputs of a column count as much as one number
    /// together, however many they are, and those of a missing cell nothing. Over all inputs of a whole row the mean is 1.
    pub(super) fn weigh(&self, cells: &[f32], first: usize, out: &mut [f32]) {
        self.each(first, out, |column, unit, out| {
            let weight = self.group_weight / self.plans[column].treatment.width() as f32;
            out.fill(if self.is_known(column, cells[column]) { weight } else { 0.0 });
            if let Some(missing) = self.missing_unit(column).and_then(|at| at.checked_sub(unit)) {
                // Whether a cell is missing is always known.
                if let Some(out) = out.get_mut(missing) {
                    *out = weight;
                }
            }
        });
    }

    /// The cells of a row of inputs, as the user has them: NaN for a dropped column.
    ///
    /// # Panics
    /// When there are not [`Columns::width`] inputs.
    pub fn decode(&self, inputs: &[f32]) -> Vec<f32> {
        assert_eq!(inputs.len(), self.width(), "inputs of a row");
        (0..self.plans.len()).map(|column| self.decode_column(column, &inputs[self.inputs_of(column)])).collect()
    }

    /// Whether a cell says something: it is neither missing nor a word that is not in the list.
    pub fn is_known(&self, column: usize, cell: f32) -> bool {
        match &self.places[column] {
            Some(places) => places.get(cell as usize).is_some_and(|place| !cell.is_nan() && *place != NOWHERE),
            None => !cell.is_nan(),
        }
    }

    /// Whether the last of a column's inputs says that its cell is missing.
    pub fn says_missing(&self, column: usize) -> bool {
        self.missing_unit(column).is_some()
    }

    /// Hands out, for each column with inputs among those from `first` on, the column, its first input there, and their places.
    fn each(&self, first: usize, out: &mut [f32], mut of: impl FnMut(usize, usize, &mut [f32])) {
        // The column that holds input `first`: the last that begins at or before it and is not empty.
        let mut column = self.starts.partition_point(|start| *start <= first) - 1;
        let (mut input, mut out) = (first, out);
        while !out.is_empty() && column < self.plans.len() {
            let end = self.starts[column + 1];
            if end > input {
                let (part, rest) = out.split_at_mut((end - input).min(out.len()));
                of(column, input - self.starts[column], part);
                (input, out) = (end, rest);
            }
            column += 1;
        }
    }

    /// The inputs of a cell from the column's `unit` on.
    fn encode_column(&self, column: usize, cell: f32, unit: usize, out: &mut [f32]) {
        let known = !cell.is_nan();
        match &self.plans[column].treatment {
            Treatment::Number { mean, deviation, clip, .. } => {
                let z = if known { clipped(standard(cell, *mean, *deviation), *clip) } else { 0.0 };
                let both = [z, f32::from(!known)];
                out.copy_from_slice(&both[unit..unit + out.len()]);
            }
            Treatment::Grey { highest, .. } => {
                let grey = (cell * grey_scale(*highest)).clamp(-MOST_GREY, MOST_GREY);
                let both = [if known { grey } else { 0.0 }, f32::from(!known)];
                out.copy_from_slice(&both[unit..unit + out.len()]);
            }
            Treatment::Two => out[0] = if known { 2.0 * cell - 1.0 } else { 0.0 },
            Treatment::OneOf { .. } => {
                out.fill(0.0);
                let places = self.places[column].as_deref().unwrap_or_default();
                let place = if known { places.get(cell as usize).copied().unwrap_or(NOWHERE) } else { NOWHERE };
                if let Some(out) = usize::from(place).checked_sub(unit).and_then(|at| out.get_mut(at)) {
                    *out = 1.0;
                }
            }
            Treatment::Date { mean, deviation, clip, year, week, day, missing } => {
                let mut all = [0.0; 8];
                let mut next = 0;
                let mut push = |x: f32| {
                    all[next] = if known { x } else { 0.0 };
                    next += 1;
                };
                push(clipped(standard(cell, *mean, *deviation), *clip));
                // 2000-01-01 was a Saturday.
                let turns = [(*year, cell / YEAR), (*week, (cell.floor() + 5.0) / 7.0), (*day, cell)];
                for turn in turns.into_iter().filter_map(|(varies, turn)| varies.then_some(turn)) {
                    let angle = std::f32::consts::TAU * turn.rem_euclid(1.0);
                    push(angle.sin());
                    push(angle.cos());
                }
                if *missing {
                    all[next] = f32::from(!known);
                }
                out.copy_from_slice(&all[unit..unit + out.len()]);
            }
            Treatment::Dropped(_) => {}
        }
    }

    /// The input of a column that says whether its cell is missing.
    fn missing_unit(&self, column: usize) -> Option<usize> {
        let treatment = &self.plans[column].treatment;
        match treatment {
            Treatment::Number { missing: true, .. }
            | Treatment::Grey { missing: true, .. }
            | Treatment::Date { missing: true, .. } => Some(treatment.width() - 1),
            _ => None,
        }
    }

    fn decode_column(&self, column: usize, inputs: &[f32]) -> f32 {
        let number = |mean: f32, deviation: f32, clip: f32| unclipped(inputs[0], clip).mul_add(deviation, mean);
        match &self.plans[column].treatment {
            Treatment::Number { mean, deviation, clip, .. } | Treatment::Date { mean, deviation, clip, .. } => {
                number(*mean, *deviation, *clip)
            }
            Treatment::Grey { highest, .. } => inputs[0] * highest,
            Treatment::Two => f32::from(inputs[0] > 0.0),
            Treatment::OneOf { words, .. } => {
                // "Other" is no word that could be said; the likeliest of those that can be is.
                let likeliest = (0..words.len()).reduce(|best, at| if inputs[at] > inputs[best] { at } else { best });
                likeliest.map_or(f32::NAN, |at| words[at] as f32)
            }
            Treatment::Dropped(_) => f32::NAN,
        }
    }
}

fn check(treatment: &Treatment) -> Result<(), String> {
    match treatment {
        Treatment::Number { mean, deviation, clip, .. } | Treatment::Date { mean, deviation, clip, .. } => {
            let fine =
                mean.is_finite() && deviation.is_finite() && *deviation >= 0.0 && clip.is_finite() && *clip > 0.0;
            fine.then_some(()).ok_or_else(|| {
                format!("mean {mean}, deviation {deviation}, clip {clip}: expected finite numbers, none below 0")
            })
        }
        Treatment::Grey { highest, .. } if !(highest.is_finite() && *highest > 0.0) => {
            Err(format!("grey values up to {highest}: expected a finite number above 0"))
        }
        Treatment::OneOf { words, .. } if words.len() >= usize::from(NOWHERE) => {
            Err(format!("{} words: expected fewer", words.len()))
        }
        _ => Ok(()),
    }
}

/// The product that files of pictures scale their bytes by, not a quotient: so both give the same inputs to the last bit.
fn grey_scale(highest: f32) -> f32 {
    1.0 / highest
}

fn standard(x: f32, mean: f32, deviation: f32) -> f32 {
    if deviation > 0.0 { (x - mean) / deviation } else { 0.0 }
}

/// Within `-clip..clip`, in the order of `z`; about `z` itself where it is small. After Holzmüller et al. (2024), "Better by
/// default", their smooth clipping.
fn clipped(z: f32, clip: f32) -> f32 {
    let share = z / clip;
    // Squares of large numbers are infinite.
    if share.abs() > 1e6 { clip.copysign(z) } else { z / share.mul_add(share, 1.0).sqrt() }
}

fn unclipped(y: f32, clip: f32) -> f32 {
    let share = (y / clip).clamp(-NEARLY, NEARLY);
    clip * share / share.mul_add(-share, 1.0).sqrt()
}

#[cfg(test)]
mod tests;
