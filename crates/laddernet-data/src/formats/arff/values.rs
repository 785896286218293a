//! The values of a row: between commas, quoted or not; or pairs of index and value.

use crate::rows::Texts;

/// What a value is that cannot be read.
pub(super) struct Fault {
    pub(super) column: usize,
    pub(super) found: String,
    pub(super) expected: &'static str,
}

fn fault(column: usize, found: &str, expected: &'static str) -> Fault {
    Fault { column, found: found.chars().take(40).collect(), expected }
}

/// Splits a dense row into `cells`. Without any comma, spaces and tabs part the values, as Weka allows.
pub(super) fn values(text: &str, cells: &mut Texts) -> Result<(), Fault> {
    cells.clear();
    let spaced = !text.contains(',');
    let mut rest = text;
    loop {
        let (value, behind) = value(rest, cells.len(), if spaced { " \t" } else { "," })?;
        cells.push(&value);
        let behind = if spaced { behind.trim_start() } else { behind };
        match behind.chars().next() {
            None => return Ok(()),
            Some(',') => rest = &behind[1..],
            Some(_) => rest = behind,
        }
    }
}

/// Splits the inside of a sparse row, `1 x, 3 'y z'`: values into `cells`, and into `places` where each column's is, from 1, or 0.
pub(super) fn sparse(text: &str, cells: &mut Texts, places: &mut [usize]) -> Result<(), Fault> {
    cells.clear();
    places.fill(0);
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        let pair = cells.len();
        let column = rest[..end].parse::<usize>().ok().filter(|&column| column < places.len());
        let Some(column) = column else {
            return Err(fault(pair, &rest[..end], "the index of an attribute, from 0, then a space and its value"));
        };
        if places[column] != 0 {
            return Err(fault(column, &rest[..end], "an index once in a row"));
        }
        let (value, behind) = value(&rest[end..], column, ",")?;
        cells.push(&value);
        places[column] = cells.len();
        rest = behind.strip_prefix(',').unwrap_or(behind).trim_start();
    }
    Ok(())
}

/// The value at the beginning of `text`, and what stands behind it, the delimiter with it.
pub(super) fn value<'a>(
    text: &'a str,
    column: usize,
    delimiters: &str,
) -> Result<(std::borrow::Cow<'a, str>, &'a str), Fault> {
    let text = text.trim_start();
    let quote = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => quote,
        _ => {
            let end = text.find(|c| delimiters.contains(c)).unwrap_or(text.len());
            return Ok((text[..end].trim().into(), &text[end..]));
        }
    };
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, 't')) => '\t',
                Some((_, 'r')) => '\r',
                Some((_, other)) => other,
                None => break,
            }),
            c if c == quote => {
                let behind = &text[at + 1..];
                let after = behind.trim_start();
                if !after.is_empty() && !behind.starts_with(|c| delimiters.contains(c)) {
                    let parted = after.starts_with(|c| delimiters.contains(c));
                    if !parted {
                        return Err(fault(
                            column,
                            text,
                            "a comma behind the closing quote; a quote inside is written \\'",
                        ));
                    }
                    return Ok((value.trim().to_owned().into(), after));
                }
                return Ok((value.trim().to_owned().into(), behind.trim_end()));
            }
            c => value.push(c),
        }
    }
    Err(fault(column, text, "a closing quote in the same line"))
}
