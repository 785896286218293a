//! What a format hands over: batches of rows, a column each, as written or as typed numbers.
//!
//! ```text
//! bytes -> a format (RowSource) -> Batch, Batch, ... -> builder -> Table
//! ```
//! A format says what stands in its file and decides nothing else: what kind of column that is, which cells are missing and which are
//! labels is decided in one place for all formats, by the builder.

mod ready;

pub use ready::{Odd, Ready, Wanted};

use crate::error::DataError;
use laddernet::table::Pixels;

/// The columns of some rows, all of the same number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Number of rows.
    pub rows: usize,
    /// One for each of the source's columns, in their order.
    pub columns: Vec<Cells>,
    /// Pictures of these rows, where the source has such.
    pub pixels: Option<Pixels>,
}

/// The cells of one column in a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// As written, without spaces around; the kind is found from the words.
    Text(Texts),
    /// Numbers; a missing one is NaN. An infinite one is refused later, with its place.
    Numbers(Vec<f64>),
    /// Truth values.
    Booleans(Vec<Option<bool>>),
    /// Days since 1970-01-01, the time of day as a fraction; a missing one is NaN.
    Dates(Vec<f64>),
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Text(texts) => texts.len(),
            Cells::Numbers(v) | Cells::Dates(v) => v.len(),
            Cells::Booleans(v) => v.len(),
        }
    }

    /// Forgets all, and keeps the memory.
    fn clear(&mut self) {
        match self {
            Cells::Text(texts) => texts.clear(),
            Cells::Numbers(v) | Cells::Dates(v) => v.clear(),
            Cells::Booleans(v) => v.clear(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Texts one after the other in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at `index`.
    pub fn get(&self, index: usize) -> &str {
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[begin..self.ends[index]]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Forgets all, and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut all = Texts::default();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

/// A column as a source declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceColumn {
    /// Its name, unlike every other's of the source: see [`unlike`].
    pub name: String,
    /// The words that it can hold, where the format lists them (a dictionary, a nominal attribute): it is a column of words, also
    /// where all of them look like numbers.
    pub words: Option<Vec<String>>,
}

impl SourceColumn {
    /// A column whose kind is found from its cells.
    pub fn named(name: impl Into<String>) -> Self {
        SourceColumn { name: name.into(), words: None }
    }
}

/// A file of some format, read from its beginning in batches. Memory is taken for one batch at a time.
pub trait RowSource {
    /// What the file is called in messages.
    fn name(&self) -> &str;

    /// The columns.
    fn columns(&self) -> &[SourceColumn];

    /// Writes up to `most` further rows to `batch`, whose memory is used again; no row means the end.
    ///
    /// # Errors
    /// When the file is damaged or holds something else than its format says, with the place.
    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError>;

    /// Reads further rows into `ready`, as `wanted` says for each column, where the source can do so faster than by a batch; how many of
    /// `ready` it took, none without rows. Where it is none, [`RowSource::next`] goes on.
    ///
    /// # Errors
    /// As [`RowSource::next`].
    fn ready(&mut self, wanted: &[Wanted], ready: &mut Vec<Ready>) -> Result<usize, DataError> {
        let _ = (wanted, ready);
        Ok(0)
    }

    /// Begins again with the first row.
    ///
    /// # Errors
    /// When the file cannot be read again.
    fn restart(&mut self) -> Result<(), DataError>;

    /// Where a row stands in the file, from 0 in the order of reading, for messages: "line 7".
    fn place(&self, row: u64) -> String {
        format!("row {}", row + 1)
    }

    /// What was found and decided on the way, to be said to the user: a sentence each.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Several sources of the same columns, one after the other.
pub struct Joined {
    sources: Vec<Box<dyn RowSource>>,
    at: usize,
    /// Rows before the source that is being read.
    before: u64,
    rows: u64,
}

impl Joined {
    /// These, of which there is at least one.
    ///
    /// # Errors
    /// When one has other columns than the first.
    ///
    /// # Panics
    /// When there is none.
    pub fn new(sources: Vec<Box<dyn RowSource>>) -> Result<Self, DataError> {
        let names = |source: &dyn RowSource| source.columns().iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let first = names(&*sources[0]);
        if let Some(other) = sources.iter().find(|source| names(&***source) != first) {
            return Err(DataError::Format {
                name: other.name().to_owned(),
                place: "the columns".into(),
                found: names(&**other).join(", "),
                expected: format!("those of {}, in their order: {}", sources[0].name(), first.join(", ")),
            });
        }
        Ok(Joined { sources, at: 0, before: 0, rows: 0 })
    }
}

impl RowSource for Joined {
    fn name(&self) -> &str {
        self.sources[self.at].name()
    }

    fn columns(&self) -> &[SourceColumn] {
        self.sources[0].columns()
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        loop {
            self.sources[self.at].next(most, batch)?;
            self.rows += batch.rows as u64;
            if batch.rows > 0 || self.at + 1 == self.sources.len() {
                return Ok(());
            }
            (self.at, self.before) = (self.at + 1, self.rows);
        }
    }

    fn ready(&mut self, wanted: &[Wanted], ready: &mut Vec<Ready>) -> Result<usize, DataError> {
        let count = self.sources[self.at].ready(wanted, ready)?;
        self.rows += ready.iter().take(count).map(|ready| ready.rows as u64).sum::<u64>();
        Ok(count)
    }

    fn restart(&mut self) -> Result<(), DataError> {
        (self.at, self.before, self.rows) = (0, 0, 0);
        self.sources.iter_mut().try_for_each(|source| source.restart())
    }

    fn place(&self, row: u64) -> String {
        self.sources[self.at].place(row.saturating_sub(self.before))
    }

    fn notes(&self) -> Vec<String> {
        self.sources.iter().flat_map(|source| source.notes()).collect()
    }
}

/// Names that differ: a second `a` becomes `a.2`, and an empty one `column7` after its place, counted from 1.
pub fn unlike(names: Vec<String>) -> Vec<String> {
    let mut taken: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut result = Vec::with_capacity(names.len());
    for (place, name) in names.into_iter().enumerate() {
        let base = if name.is_empty() { format!("column{}", place + 1) } else { name };
        let mut name = base.clone();
        let mut count = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}.{count}");
            count += 1;
        }
        result.push(name);
    }
    result
}

/// All rows of a source as texts, read a few at a time, for the tests of formats.
#[cfg(test)]
pub(crate) fn texts_of(source: &mut dyn RowSource, most: usize) -> Result<Vec<Vec<String>>, DataError> {
    let (mut batch, mut table) = (Batch::default(), Vec::new());
    loop {
        source.next(most, &mut batch)?;
        assert_eq!(batch.columns.len(), source.columns().len());
        if batch.rows == 0 {
            return Ok(table);
        }
        for row in 0..batch.rows {
            let cell = |cells: &Cells| match cells {
                Cells::Text(texts) => texts.get(row).to_owned(),
                Cells::Numbers(numbers) => numbers[row].to_string(),
                other => panic!("{other:?}"),
            };
            table.push(batch.columns.iter().map(cell).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_in_order() {
        let texts: Texts = ["a", "", "bc"].into_iter().collect();
        assert_eq!((texts.len(), texts.iter().collect::<Vec<_>>()), (3, vec!["a", "", "bc"]));
    }

    #[test]
    fn names_are_made_to_differ() {
        let names = ["a", "", "a", "a.2", "a"].map(str::to_owned).to_vec();
        assert_eq!(unlike(names), ["a", "column2", "a.2", "a.2.2", "a.3"]);
    }
}
