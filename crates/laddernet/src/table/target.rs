//! The target: one column of a table becomes labels, and leaves the table.
//!
//! A row is unlabelled where the cell is empty or holds a mark; which marks there were, and how often, is said.

#[cfg(test)]
mod tests;

use super::names::{nearest, quoted};
use super::{ColumnKind, Table};
use std::collections::BTreeMap;
use thiserror::Error;

/// Fewer labels may all be different: a label a class is legal.
const FEW_ROWS: usize = 30;

/// More classes than this are no classes.
const MOST_CLASSES: usize = 10_000;

/// With more different broken numbers than this, a column measures something.
const MOST_BROKEN: usize = 20;

/// What stands for "no label", whatever is said beside: upper and lower case are one.
const MARKS: [&str; 9] = ["NA", "N/A", "#N/A", "NaN", "null", "?", "<NA>", "unlabeled", "unlabelled"];

/// Words that are to be taken otherwise than they are by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Further words that stand for "no label", as written.
    pub words: Vec<String>,
    /// Words that are classes though they would be marks, as written: `-1` of the classes `-1` and `1`.
    pub classes: Vec<String>,
}

/// The labels of a table's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// The column's name.
    pub name: String,
    /// The classes, each with at least one label: in the order of the numbers where all are numbers, else of the text.
    pub class_names: Vec<String>,
    /// The class of each row.
    pub labels: Vec<Option<u32>>,
    /// What stood in the cells of unlabelled rows ("empty cell", "-1", "?"), and in how many.
    pub unlabelled: Vec<(String, usize)>,
}

impl Target {
    /// How many rows have each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        self.labels.iter().flatten().for_each(|&class| counts[class as usize] += 1);
        counts
    }
}

/// Why a column is no target.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TargetError {
    /// There is no such column.
    #[error("there is no column '{name}' to learn{}: expected one of {columns}", near(.nearest))]
    Missing {
        /// The name given.
        name: String,
        /// The column that is called nearly so.
        nearest: Option<String>,
        /// Those that there are.
        columns: String,
    },
    /// All labels are one class.
    #[error(
        "every label in column '{name}' is '{class}' (labelled rows: {rows}): expected at least two classes{}",
        taken_for_marks(*.minus_one)
    )]
    OneClass {
        /// The column.
        name: String,
        /// Its class.
        class: String,
        /// How many rows have it.
        rows: usize,
        /// How many cells with -1 were taken for rows without label.
        minus_one: usize,
    },
    /// So many classes that they are none.
    #[error(
        "column '{name}' holds more than {limit} different words: expected a column of classes. Is it an id, or a number that is \
         measured?"
    )]
    TooMany {
        /// The column.
        name: String,
        /// The most that is taken.
        limit: usize,
    },
    /// Most labels are different, as ids are.
    #[error(
        "column '{name}' has {classes} different labels in {rows} labelled rows: expected classes with several rows each. Is it an id, \
         or a number that is measured?"
    )]
    AllDifferent {
        /// The column.
        name: String,
        /// Different labels.
        classes: usize,
        /// Rows with a label.
        rows: usize,
    },
    /// Numbers that are measured.
    #[error(
        "column '{name}' holds {different} different numbers that are not whole, such as {example}: expected a column of classes. \
         To estimate a number is regression, which is not offered; name another column, or put the numbers into classes"
    )]
    Regression {
        /// The column.
        name: String,
        /// How many different ones that are not whole.
        different: usize,
        /// One of them.
        example: String,
    },
    /// A column of a kind that has no classes.
    #[error("column '{name}' holds {kind}: expected a column of classes; name another one")]
    Kind {
        /// The column.
        name: String,
        /// What it holds.
        kind: String,
    },
}

fn near(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default()
}

fn taken_for_marks(rows: usize) -> String {
    match rows {
        0 => String::new(),
        _ => format!(
            ". Cells with -1 ({rows}) were taken for rows without label; where -1 is a class, say so, or write it as a word"
        ),
    }
}

impl Table {
    /// The table without the column `name`, and that column's labels. A column of which no row is labelled gives no class.
    ///
    /// # Errors
    /// When there is no such column, or it holds one class only, too many, dates, or numbers that are measured.
    pub fn split_target(mut self, name: &str, marks: &Marks) -> Result<(Table, Target), TargetError> {
        let Some(place) = self.columns.iter().position(|column| column.name == name) else {
            let names = || self.columns.iter().map(|column| column.name.as_str());
            let nearest = nearest(name, names()).map(str::to_owned);
            return Err(TargetError::Missing { name: name.into(), nearest, columns: quoted(names()) });
        };
        let target = Cells::of(&self, place)?.target(name, marks)?;
        self.remove(place);
        Ok((self, target))
    }

    /// The table without a column; the same table where there is none of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Table {
        if let Some(place) = self.columns.iter().position(|column| column.name == name) {
            self.remove(place);
        }
        self
    }

    /// Takes a column out; the other cells move together in their place in memory.
    fn remove(&mut self, column: usize) {
        let width = self.columns.len();
        self.columns.remove(column);
        let mut end = column;
        for row in 0..self.rows {
            // From behind this row's cell to the next row's.
            let begin = row * width + column + 1;
            let next = (begin + width - 1).min(self.cells.len());
            self.cells.copy_within(begin..next, end);
            end += next - begin;
        }
        self.cells.truncate(self.rows * (width - 1));
    }
}

/// What stands in a column: its different texts, and the one of each row.
struct Cells {
    texts: Vec<String>,
    rows: Vec<Option<u32>>,
}

impl Cells {
    fn of(table: &Table, place: usize) -> Result<Self, TargetError> {
        let column = &table.columns[place];
        let name = || column.name.clone();
        let codes = || table.column(place).map(|cell| (!cell.is_nan()).then_some(cell as u32)).collect();
        match &column.kind {
            ColumnKind::Words(words) => Ok(Cells { texts: words.clone(), rows: codes() }),
            ColumnKind::Boolean { no, yes } => Ok(Cells { texts: vec![no.clone(), yes.clone()], rows: codes() }),
            ColumnKind::Number => numbers(table.column(place), &column.name),
            ColumnKind::NumberFrom(origin) => {
                let whole = |cell| (f64::from(cell) + origin) as f32;
                numbers(table.column(place).map(whole), &column.name)
            }
            ColumnKind::Text => Err(TargetError::TooMany { name: name(), limit: MOST_CLASSES }),
            ColumnKind::Date => Err(TargetError::Kind { name: name(), kind: column.kind.to_string() }),
        }
    }

    fn target(self, name: &str, marks: &Marks) -> Result<Target, TargetError> {
        let Cells { texts, rows } = self;
        let mut counts = vec![0; texts.len()];
        rows.iter().flatten().for_each(|&text| counts[text as usize] += 1);
        let mut is_mark: Vec<bool> = texts.iter().map(|text| marks.hold(text)).collect();
        let numbers: Vec<Option<f64>> = texts.iter().map(|text| finite(text)).collect();
        let minus_one = |text: usize| numbers[text] == Some(-1.0) && !marks.classes.contains(&texts[text]);
        let others = |text: &usize| counts[*text] > 0 && !is_mark[*text] && !minus_one(*text);
        let whole = |text: usize| numbers[text].is_some_and(is_class_number);
        let mut minus_ones = 0;
        if (0..texts.len()).filter(others).all(whole) {
            for text in (0..texts.len()).filter(|&text| minus_one(text)) {
                is_mark[text] = true;
                minus_ones += counts[text];
            }
        }
        let present: Vec<usize> = (0..texts.len()).filter(|&text| counts[text] > 0 && !is_mark[text]).collect();
        let (class_names, class_of) = classes(&texts, &numbers, &present);
        judge(name, &class_names)?;
        let labelled: usize = present.iter().map(|&text| counts[text]).sum();
        if labelled >= FEW_ROWS && 2 * class_names.len() > labelled {
            return Err(TargetError::AllDifferent { name: name.into(), classes: class_names.len(), rows: labelled });
        }
        if let [class] = &class_names[..] {
            let rows = present.iter().map(|&text| counts[text]).sum();
            return Err(TargetError::OneClass { name: name.into(), class: class.clone(), rows, minus_one: minus_ones });
        }
        let empty = rows.iter().filter(|row| row.is_none()).count();
        let marked = (0..texts.len()).filter(|&text| is_mark[text]).map(|text| (texts[text].clone(), counts[text]));
        let unlabelled =
            std::iter::once(("empty cell".to_owned(), empty)).chain(marked).filter(|(_, n)| *n > 0).collect();
        let labels = rows.into_iter().map(|row| class_of[row? as usize]).collect();
        Ok(Target { name: name.to_owned(), class_names, labels, unlabelled })
    }
}

impl Marks {
    /// Whether a text in the place of a label says that there is none, where the classes are known: a mark, or `-1` beside classes that
    /// are all whole numbers from 0 on.
    pub fn says_none(&self, text: &str, classes: &[String]) -> bool {
        let minus_one = || finite(text) == Some(-1.0) && !self.classes.iter().any(|class| class == text);
        self.hold(text) || minus_one() && classes.iter().all(|class| finite(class).is_some_and(is_class_number))
    }

    fn hold(&self, text: &str) -> bool {
        let is = |words: &[String]| words.iter().any(|word| word == text);
        let known = text.is_empty() || MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(text));
        is(&self.words) || known && !is(&self.classes)
    }
}

/// The classes of the texts `present` in their order, and the class of each text.
fn classes(texts: &[String], numbers: &[Option<f64>], present: &[usize]) -> (Vec<String>, Vec<Option<u32>>) {
    // Spellings of one number are one class. Numbers sort by value, and stand before words only until the names are sorted.
    let mut spellings: BTreeMap<(bool, u64, &str), Vec<usize>> = BTreeMap::new();
    for &text in present {
        let key = match numbers[text] {
            Some(x) => (false, ascending(x), ""),
            None => (true, 0, texts[text].as_str()),
        };
        spellings.entry(key).or_default().push(text);
    }
    let all_numbers = spellings.keys().all(|key| !key.0);
    let mut named: Vec<(String, Vec<usize>)> =
        spellings.into_values().map(|same| (class_name(texts, numbers, &same), same)).collect();
    if !all_numbers {
        named.sort();
    }
    let mut class_of = vec![None; texts.len()];
    for (class, (_, same)) in named.iter().enumerate() {
        same.iter().for_each(|&text| class_of[text] = Some(class as u32));
    }
    (named.into_iter().map(|(name, _)| name).collect(), class_of)
}

/// A word as written; a number that is written in several ways, or as `1.0`, in the shortest.
fn class_name(texts: &[String], numbers: &[Option<f64>], same: &[usize]) -> String {
    let text = &texts[same[0]];
    let Some(x) = numbers[same[0]] else { return text.clone() };
    let shortest = (x + 0.0).to_string();
    let only_zeros = text.strip_prefix(&shortest).is_some_and(|rest| rest.bytes().all(|b| b == b'.' || b == b'0'));
    if same.len() > 1 || only_zeros && x.fract() == 0.0 { shortest } else { text.clone() }
}

/// Refuses classes that are none.
fn judge(name: &str, classes: &[String]) -> Result<(), TargetError> {
    let broken = || classes.iter().filter(|class| finite(class).is_some_and(|x| x.fract() != 0.0));
    let different = broken().count();
    if different > MOST_BROKEN && classes.iter().all(|class| finite(class).is_some()) {
        let example = broken().next().cloned().unwrap_or_default();
        return Err(TargetError::Regression { name: name.into(), different, example });
    }
    if classes.len() > MOST_CLASSES {
        return Err(TargetError::TooMany { name: name.into(), limit: MOST_CLASSES });
    }
    Ok(())
}

/// The different numbers of a column, and the one of each row.
fn numbers(column: impl Iterator<Item = f32>, name: &str) -> Result<Cells, TargetError> {
    let mut texts: Vec<String> = Vec::new();
    let mut codes: BTreeMap<u32, u32> = BTreeMap::new();
    let mut rows = Vec::new();
    for cell in column {
        if cell.is_nan() {
            rows.push(None);
            continue;
        }
        let cell = cell + 0.0; // One zero.
        let code = *codes.entry(cell.to_bits()).or_insert_with(|| {
            texts.push(cell.to_string());
            texts.len() as u32 - 1
        });
        rows.push(Some(code));
        if texts.len() > MOST_CLASSES + 1 {
            judge(name, &texts)?;
        }
    }
    Ok(Cells { texts, rows })
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

/// Whether -1 beside such labels stands for none.
fn is_class_number(x: f64) -> bool {
    x >= 0.0 && x.fract() == 0.0
}

/// Bits that stand in the order of the numbers.
fn ascending(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}
