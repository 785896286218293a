//! Seeds as they are written.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Seeds as they are written: `1..10` (both ends count), `1,2,5`, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// More than anybody trains: a slip of the hand.
const MOST: usize = 10_000;

/// A text that is no list of seeds.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SeedsError {
    /// A part is no number.
    #[error("'{part}' in '{text}' is no seed: expected seeds such as 1..10 or 1,2,5")]
    NoNumber {
        /// The part.
        part: String,
        /// The whole.
        text: String,
    },
    /// A range is empty.
    #[error("'{0}' holds no seed: the first is above the last")]
    Empty(String),
    /// There are too many.
    #[error("'{0}' are more than {MOST} seeds")]
    TooMany(String),
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let bad = |part: &str| SeedsError::NoNumber { part: part.to_owned(), text: text.to_owned() };
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| bad(part));
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let (first, last) = match part.split_once("..") {
                Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
                None => (number(part)?, number(part)?),
            };
            if last < first {
                return Err(SeedsError::Empty(part.to_owned()));
            }
            if last - first >= MOST as u64 || seeds.len() >= MOST {
                return Err(SeedsError::TooMany(text.to_owned()));
            }
            let new = (first..=last).filter(|seed| !seeds.contains(seed)).collect::<Vec<u64>>();
            seeds.extend(new);
        }
        Ok(Seeds(seeds))
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&seeds.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_as_written() {
        let read = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.0);
        assert_eq!(read("1..3,7,2"), Ok(vec![1, 2, 3, 7]));
        assert_eq!(read("1..=3"), Ok(vec![1, 2, 3]));
        assert_eq!(read("18446744073709551615"), Ok(vec![u64::MAX]));
        let many = ["1..10001", "0..18446744073709551615", "1..9999,10001..19000,20000..20001"];
        for text in ["", "a", "3..1", "1..", "..3", "-1"].into_iter().chain(many) {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
