//! The words of a column, listed in order of first appearance, and the place of each.

use super::cell::number;
use std::collections::{BTreeSet, HashMap};

/// With more different words than this a column is text, and its words are not kept.
pub(super) const MOST_WORDS: usize = 1 << 16;

/// With at most this many different numbers, numbers among words are words.
pub(super) const FEW_NUMBERS: usize = 40;

/// Words, and how often each was seen.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    words: Vec<String>,
    counts: Vec<u64>,
    places: HashMap<Box<str>, u32>,
    /// The word last found under a rough sum of its letters: mostly the one that is asked for, which saves the hash.
    recent: Vec<u32>,
    /// Whether an unknown word is added.
    grows: bool,
    /// Where another spelling of a number is the same word: the word of each number.
    numbers: Option<HashMap<u64, u32>>,
    /// Once there are too many words: what was counted of them.
    dropped: Option<Numbers>,
}

/// How many cells are numbers, and how many different ones these are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Numbers {
    pub(super) cells: u64,
    different: BTreeSet<u32>,
}

impl Numbers {
    /// Adds cells with the same number, as a table would hold it.
    pub(super) fn add(&mut self, number: f32, cells: u64) {
        self.cells += cells;
        if self.different.len() <= FEW_NUMBERS {
            self.different.insert((number + 0.0).to_bits());
        }
    }

    /// Whether there are so many different numbers that the column measures something.
    pub(super) fn many(&self) -> bool {
        self.different.len() > FEW_NUMBERS
            || (self.different.len() >= 10 && 2 * self.different.len() > self.cells as usize)
    }
}

const SLOTS: usize = 64;
const NO_WORD: u32 = u32::MAX;

impl Dictionary {
    /// `words`, which stay at their places, and those that will be added.
    pub(super) fn growing(words: &[String]) -> Self {
        let mut dictionary = Dictionary { recent: vec![NO_WORD; SLOTS], grows: true, ..Dictionary::default() };
        words.iter().for_each(|word| {
            dictionary.add(word);
        });
        dictionary
    }

    /// The words of a trained model or a first file: `1.0` is `1` where this one is known. With `grows`, unknown words are added.
    pub(super) fn known(words: &[String], grows: bool) -> Self {
        let mut dictionary = Self::growing(words);
        dictionary.grows = grows;
        let mut numbers = HashMap::new();
        for (place, word) in words.iter().enumerate() {
            if let Some(x) = number(word) {
                numbers.entry((x + 0.0).to_bits()).or_insert(place as u32);
            }
        }
        dictionary.numbers = Some(numbers);
        dictionary
    }

    /// The place of a word that is known.
    #[inline]
    pub(super) fn find(&mut self, word: &str) -> Option<u32> {
        let slot = slot(word.as_bytes());
        let recent = self.recent[slot];
        if let Some(same) = self.words.get(recent as usize)
            && same == word
        {
            self.counts[recent as usize] += 1;
            return Some(recent);
        }
        let place = self.places.get(word).copied().or_else(|| self.same_number(word))?;
        self.recent[slot] = place;
        self.counts[place as usize] += 1;
        Some(place)
    }

    fn same_number(&self, word: &str) -> Option<u32> {
        let numbers = self.numbers.as_ref().filter(|numbers| !numbers.is_empty())?;
        numbers.get(&(number(word)? + 0.0).to_bits()).copied()
    }

    /// The place of a word that was not found, which is added; `None` where no word is.
    pub(super) fn insert(&mut self, word: &str) -> Option<u32> {
        if !self.grows {
            return None;
        }
        if let Some(dropped) = &mut self.dropped {
            if let Some(x) = number(word) {
                dropped.add(x as f32, 1);
            }
            return Some(0);
        }
        let place = self.add(word)?;
        if let Some(count) = self.counts.get_mut(place as usize) {
            *count += 1;
        }
        Some(place)
    }

    fn add(&mut self, word: &str) -> Option<u32> {
        if let Some(place) = self.places.get(word) {
            return Some(*place);
        }
        if self.words.len() == MOST_WORDS {
            let mut numbers = self.numbers();
            if let Some(x) = number(word) {
                numbers.add(x as f32, 1);
            }
            *self = Dictionary {
                dropped: Some(numbers),
                recent: vec![NO_WORD; SLOTS],
                grows: true,
                ..Dictionary::default()
            };
            return Some(0);
        }
        let place = self.words.len() as u32;
        self.places.insert(word.into(), place);
        self.words.push(word.to_owned());
        self.counts.push(0);
        if let Some(numbers) = &mut self.numbers
            && let Some(x) = number(word)
        {
            numbers.entry((x + 0.0).to_bits()).or_insert(place);
        }
        Some(place)
    }

    /// Which cells so far were numbers.
    pub(super) fn numbers(&self) -> Numbers {
        let mut numbers = self.dropped.clone().unwrap_or_default();
        for (word, count) in self.words.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            if let Some(x) = number(word) {
                numbers.add(x as f32, *count);
            }
        }
        numbers
    }

    /// The words; `None` once there were too many.
    pub(super) fn words(&self) -> Option<&[String]> {
        self.dropped.is_none().then_some(&self.words[..])
    }
}

/// A rough sum of a word's letters.
#[inline]
fn slot(word: &[u8]) -> usize {
    let (Some(first), Some(last)) = (word.first(), word.last()) else { return 0 };
    let middle = word[word.len() / 2];
    (word.len() * 5 + usize::from(*first) * 7 + usize::from(*last) * 11 + usize::from(middle) * 3) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(dictionary: &mut Dictionary, word: &str) -> Option<u32> {
        dictionary.find(word).or_else(|| dictionary.insert(word))
    }

    #[test]
    fn words_are_listed_as_they_come() {
        let mut dictionary = Dictionary::growing(&[]);
        let places: Vec<_> = ["b", "a", "b", "1", "1.0", "a"].map(|word| place(&mut dictionary, word)).into();
        assert_eq!(places, [0, 1, 0, 2, 3, 1].map(Some));
        assert_eq!(dictionary.words().unwrap(), ["b", "a", "1", "1.0"]);
        assert_eq!(dictionary.numbers().cells, 2);
    }

    #[test]
    fn known_words_are_found_in_any_spelling_of_a_number() {
        let known = ["1".to_owned(), "x".to_owned(), "2.50".to_owned()];
        let mut fixed = Dictionary::known(&known, false);
        let places = ["x", "1.0", "01", "2.5", "X", "3"].map(|word| place(&mut fixed, word));
        assert_eq!(places, [Some(1), Some(0), Some(0), Some(2), None, None]);
        let mut growing = Dictionary::known(&known, true);
        assert_eq!(["3.0", "3"].map(|word| place(&mut growing, word)), [Some(3), Some(3)]);
    }

    #[test]
    fn too_many_words_are_dropped_and_their_numbers_counted() {
        let mut dictionary = Dictionary::growing(&[]);
        for i in 0..MOST_WORDS {
            place(&mut dictionary, &i.to_string());
        }
        assert!(dictionary.words().is_some());
        assert_eq!(["x", "7", "y"].map(|word| place(&mut dictionary, word)), [Some(0); 3]);
        assert!(dictionary.words().is_none());
        assert_eq!((dictionary.numbers().cells, dictionary.numbers().many()), (MOST_WORDS as u64 + 1, true));
    }
}
