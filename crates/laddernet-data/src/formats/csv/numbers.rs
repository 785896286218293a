//! What a cell looks like, as far as the first line and decimal commas ask for it.

/// Whether a cell is a number or something written with figures: `12`, `1,5`, `2024-01-05`, `12:30`, `5 %`, `inf`.
pub(super) fn figures(cell: &str) -> bool {
    if cell.parse::<f64>().is_ok_and(|value| !value.is_nan()) {
        return true;
    }
    let digits = cell.bytes().any(|byte| byte.is_ascii_digit());
    let begins = cell.starts_with(|c: char| !c.is_alphabetic());
    // An exponent, or the marks of ISO 8601.
    let mut letters = cell.chars().filter(|c| c.is_alphabetic() || *c == '_');
    digits && begins && (0..3).all(|_| letters.next().is_none_or(|c| "eETZ".contains(c))) && letters.next().is_none()
}

/// Whether a cell says that there is nothing: such a one names no column.
pub(super) fn missing(cell: &str) -> bool {
    const MARKS: [&str; 16] = [
        "na", "n/a", "#n/a", "nan", "-nan", "null", "nil", "none", "missing", "unknown", "?", "-", "--", ".", "*",
        "<null>",
    ];
    cell.is_empty() || MARKS.iter().any(|mark| cell.eq_ignore_ascii_case(mark))
}

/// Whether a cell is a whole number.
pub(super) fn integer(cell: &str) -> bool {
    let figures = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    !figures.is_empty() && figures.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number with one decimal comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comma {
    /// It can be nothing else: `1,5`, `0,125`.
    Decimal,
    /// It could also be a whole number with its thousands set apart: `1,250`.
    PerhapsThousands,
}

/// What a cell's comma is, where the whole cell is a number with one.
pub(super) fn comma(cell: &str) -> Option<Comma> {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let (whole, rest) = unsigned.split_once(',')?;
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all(whole) || fraction.is_empty() || !all(fraction) || exponent.is_some_and(|e| !integer(e)) {
        return None;
    }
    let thousands =
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') && exponent.is_none();
    Some(if thousands { Comma::PerhapsThousands } else { Comma::Decimal })
}

/// Whether a cell is a number with a decimal point that cannot set thousands apart.
pub(super) fn pointed(cell: &str) -> bool {
    let swapped = cell.contains('.') && !cell.contains(',');
    swapped && comma(&cell.replace('.', ",")) == Some(Comma::Decimal)
}

/// `1,5` as `1.5`, where the whole cell is a number with a decimal comma.
pub(super) fn with_point<'a>(cell: &str, buffer: &'a mut String) -> Option<&'a str> {
    comma(cell)?;
    buffer.clear();
    buffer.extend(cell.chars().map(|c| if c == ',' { '.' } else { c }));
    Some(buffer)
}

/// Whether a cell is a whole number whose thousands are set apart by points: `1.250`, as decimal commas go with.
pub(super) fn thousands_by_points(cell: &str) -> bool {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let mut parts = unsigned.split('.');
    let first = parts.next().unwrap_or_default();
    let (mut count, mut whole) = (0, true);
    for part in parts {
        count += 1;
        whole &= part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    }
    count > 0
        && whole
        && (1..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && !first.starts_with('0')
}
