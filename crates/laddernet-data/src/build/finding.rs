//! What a table's cells were found to be, where that is not what one would expect: a sentence each.

use super::dates::DateOrder;
use laddernet::table::quoted;
use std::fmt;

/// A cell that is named in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it stands: "line 7".
    pub place: String,
    /// What stands there.
    pub text: String,
}

/// Something to be said about a table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Cells of a column of numbers that are none, and count as missing.
    NotNumbers {
        /// The column.
        column: String,
        /// How many.
        count: u64,
        /// Of how many that are not missing.
        of: u64,
        /// The first.
        first: Place,
    },
    /// Cells of a column of dates that are none, and count as missing.
    NotDates {
        /// The column.
        column: String,
        /// How many.
        count: u64,
        /// Of how many that are not missing.
        of: u64,
        /// The first.
        first: Place,
    },
    /// Cells with words that the column did not have before, which count as missing.
    Unseen {
        /// The column.
        column: String,
        /// How many.
        count: u64,
        /// Of how many that are not missing.
        of: u64,
        /// The first.
        first: Place,
        /// The first ten different words.
        words: Vec<String>,
    },
    /// Dates of which nothing says whether day or month stands first. They are missing in a column of dates; a new column of such
    /// dates becomes text.
    AmbiguousDates {
        /// The column.
        column: String,
        /// How many cells.
        count: u64,
        /// The first.
        first: Place,
    },
    /// The order in which dates such as 03/04/2024 were read, because another cell of the column fits no other.
    DateOrder {
        /// The column.
        column: String,
        /// The order.
        order: DateOrder,
        /// The first cell that fits no other order.
        first: Place,
    },
    /// Columns that are not needed, and were not read.
    Extra {
        /// Their names.
        columns: Vec<String>,
    },
    /// A column that may lack, and does.
    Lacking {
        /// Its name.
        column: String,
    },
}

impl Finding {
    /// How many cells are concerned, and of how many; `None` where it is no matter of cells that were lost.
    pub fn lost(&self) -> Option<(u64, u64)> {
        match self {
            Finding::NotNumbers { count, of, .. }
            | Finding::NotDates { count, of, .. }
            | Finding::Unseen { count, of, .. } => Some((*count, *of)),
            _ => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NotNumbers { column, count, of, first } => lost(f, column, *count, *of, first, "no number"),
            Finding::NotDates { column, count, of, first } => lost(f, column, *count, *of, first, "no date"),
            Finding::Unseen { column, count, of, first, words } => {
                lost(f, column, *count, *of, first, "a word that was not there before")?;
                match words.len() {
                    0 | 1 => Ok(()),
                    10 => write!(f, "; such words are {}, ...", all(words)),
                    _ => write!(f, "; these words are {}", all(words)),
                }
            }
            Finding::AmbiguousDates { column, count, first } => write!(
                f,
                "column '{column}': {} may have the day or the month first, and nothing says which; the first is {}. They are not \
                 used: say the order (dmy or mdy), or write dates as 2024-12-31",
                plural(*count, "date"),
                first,
            ),
            Finding::DateOrder { column, order, first } => {
                let way = match order {
                    DateOrder::Dmy => "day first",
                    DateOrder::Mdy => "month first",
                };
                write!(f, "column '{column}': dates were read {way}, because of {first}")
            }
            Finding::Extra { columns } => write!(f, "not used: {} {}", columns_word(columns), all(columns)),
            Finding::Lacking { column } => write!(f, "column '{column}' is not in the file, and not needed"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", self.text, self.place)
    }
}

fn lost(f: &mut fmt::Formatter<'_>, column: &str, count: u64, of: u64, first: &Place, what: &str) -> fmt::Result {
    let (hold, count_as) = if count == 1 { ("holds", "counts") } else { ("hold", "count") };
    write!(
        f,
        "column '{column}': {count} of {} {hold} {what} and {count_as} as missing; the first is ",
        plural(of, "cell")
    )?;
    write!(f, "{first}")
}

fn plural(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn columns_word(columns: &[String]) -> &'static str {
    if columns.len() == 1 { "column" } else { "columns" }
}

fn all(words: &[String]) -> String {
    quoted(words.iter().map(String::as_str))
}
