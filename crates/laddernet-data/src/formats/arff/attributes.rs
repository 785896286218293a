//! The beginning of the file: `@relation`, `@attribute NAME KIND`, KEEL's `@inputs` and `@outputs`, up to `@data`.

use super::values::value;
use crate::error::DataError;
use crate::formats::text::Lines;
use crate::rows::{SourceColumn, unlike};
use std::collections::BTreeSet;

/// The most attributes.
const MOST: usize = 1_000_000;

/// What the values of an attribute are.
pub(super) enum Kind {
    Number,
    /// Text, or a date.
    Text,
    /// One of these words.
    Words(BTreeSet<String>),
}

impl Kind {
    /// What a sparse row means that leaves the attribute out: 0, or the first of its `words`.
    pub(super) fn absent<'a>(&self, words: Option<&'a [String]>) -> &'a str {
        match self {
            Kind::Number => "0",
            Kind::Text => "",
            Kind::Words(_) => words.and_then(|words| words.first()).map_or("", String::as_str),
        }
    }
}

/// The attributes of a file.
pub(super) struct Attributes {
    pub(super) columns: Vec<SourceColumn>,
    pub(super) kinds: Vec<Kind>,
    pub(super) notes: Vec<String>,
}

/// Reads up to the line `@data`.
pub(super) fn read(lines: &mut Lines) -> Result<Attributes, DataError> {
    let name = lines.name().to_owned();
    let wrong = |line: u64, found: &str, expected: &str| DataError::Format {
        name: name.clone(),
        place: format!("line {line}"),
        found: format!("{:?}", found.chars().take(60).collect::<String>()),
        expected: expected.into(),
    };
    let mut names = Vec::new();
    let mut all = Attributes { columns: Vec::new(), kinds: Vec::new(), notes: Vec::new() };
    let mut lists = Vec::new();
    let mut begun = false;
    loop {
        let Some((line, text)) = lines.next_line()? else {
            if !begun {
                return Err(DataError::Empty { name, expected: "an ARFF file".into() });
            }
            return Err(wrong(lines.line(), "", "a line '@data' and rows behind it; the file is cut short"));
        };
        let text = text.trim();
        if text.is_empty() || text.starts_with('%') {
            continue;
        }
        begun = true;
        let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
        let rest = text[end..].trim();
        match text[..end].to_ascii_lowercase().as_str() {
            "@relation" | "@inputs" | "@input" => {}
            "@outputs" | "@output" => all.notes.push(format!("the file says that its output is {rest}")),
            "@attribute" => {
                if names.len() == MOST {
                    return Err(wrong(line, text, "at most 1 000 000 attributes"));
                }
                let (attribute, kind, words) = attribute(rest).map_err(|expected| wrong(line, text, expected))?;
                names.push(attribute);
                all.kinds.push(kind);
                lists.push(words);
            }
            "@data" => break,
            _ => {
                let expected = "'@relation', '@attribute NAME KIND', '@data', or a comment that begins with '%'";
                return Err(wrong(line, text, expected));
            }
        }
    }
    if names.is_empty() {
        return Err(wrong(lines.line() - 1, "@data", "attributes before it: '@attribute NAME KIND'"));
    }
    let given = names.clone();
    for (name, words) in unlike(names).into_iter().zip(lists) {
        all.columns.push(SourceColumn { name, words });
    }
    for (given, column) in given.iter().zip(&all.columns).filter(|(given, column)| **given != column.name).take(5) {
        all.notes.push(format!("a second attribute is called '{given}': it is called {} here", column.name));
    }
    Ok(all)
}

/// Name, kind and list of words of an attribute; or what was expected.
fn attribute(text: &str) -> Result<(String, Kind, Option<Vec<String>>), &'static str> {
    // KEEL writes `Class{a,b}` as well.
    let (attribute, rest) = match text.starts_with(['\'', '"']) {
        true => value(text, 0, " \t{").map_err(|_| "a name with its closing quote")?,
        false => {
            let end = text.find([' ', '\t', '{']).unwrap_or(text.len());
            (text[..end].into(), &text[end..])
        }
    };
    let kind = rest.trim();
    if attribute.is_empty() || kind.is_empty() {
        return Err("a name and a kind: '@attribute NAME numeric', '@attribute NAME {a, b}'");
    }
    if let Some(list) = kind.strip_prefix('{') {
        let words = words(list)?;
        let known = words.iter().cloned().collect();
        return Ok((attribute.into(), Kind::Words(known), Some(words)));
    }
    // KEEL puts the range behind: `real [0.0, 1.0]`, `integer[1,9]`.
    let end = kind.find([' ', '\t', '[']).unwrap_or(kind.len());
    let kind = match kind[..end].to_ascii_lowercase().as_str() {
        "numeric" | "real" | "integer" => Kind::Number,
        "string" | "date" => Kind::Text,
        "relational" => return Err("attributes of one value; 'relational' ones, tables in a cell, are not read"),
        _ => return Err("the kind numeric, real, integer, string, date, or a list of words in braces"),
    };
    Ok((attribute.into(), kind, None))
}

/// The words of `a, 'b c'}`, each once.
fn words(list: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut known = BTreeSet::new();
    let mut rest = list;
    loop {
        let (word, behind) = value(rest, 0, ",}").map_err(|_| "words with closing quotes, between commas")?;
        if known.insert(word.to_string()) && !(word.is_empty() && behind.starts_with('}')) {
            words.push(word.into());
        }
        match behind.chars().next() {
            Some(',') => rest = &behind[1..],
            Some('}') if behind[1..].trim().is_empty() => return Ok(words),
            Some('}') => return Err("nothing behind the list of words"),
            _ => return Err("a list of words that ends with '}' in the same line"),
        }
    }
}
