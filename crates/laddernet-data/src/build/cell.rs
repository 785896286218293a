//! One cell of text: a mark of a missing value, a number, a truth value; and a number as a person would write it.

/// What a cell is where a number is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numeral {
    Number(f64),
    Missing,
    None,
}

/// The cell without white space around.
pub(super) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        // ASCII spaces and controls, or the beginning of a space of another script.
        (Some(&a), Some(&b)) if a <= b' ' || b <= b' ' || a >= 0x80 || b >= 0x80 => text.trim(),
        _ => text,
    }
}

/// Whether the cell says that there is no value. (`-nan` is how C prints one.)
pub(super) fn is_missing(text: &str) -> bool {
    const MARKS: [&str; 8] = ["NA", "N/A", "#N/A", "NaN", "null", "?", "<NA>", "-nan"];
    text.is_empty() || text.len() <= 4 && MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(text))
}

/// The cell as a number: the whole of it, decimal, with a point; no separators of thousands, no hexadecimal digits.
#[inline]
pub(crate) fn numeral(text: &str) -> Numeral {
    if let Some(x) = plain(text.as_bytes()) {
        return Numeral::Number(x);
    }
    if is_missing(text) {
        return Numeral::Missing;
    }
    match text.parse::<f64>() {
        Ok(x) if x.is_nan() => Numeral::Missing,
        Ok(x) => Numeral::Number(x),
        Err(_) => Numeral::None,
    }
}

/// The number, where the cell is one and holds one.
pub(super) fn number(text: &str) -> Option<f64> {
    match numeral(text) {
        Numeral::Number(x) => Some(x),
        _ => None,
    }
}

/// A short decimal number: up to fifteen digits and a power of ten up to 15 are exact in f64, so their quotient is rounded once, as
/// the standard library's parser rounds it (Clinger, 1990).
#[inline]
fn plain(bytes: &[u8]) -> Option<f64> {
    const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut mantissa, mut point) = (0_u64, None);
    for (place, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > 15 {
        return None;
    }
    let behind = point.map_or(0, |place| digits.len() - 1 - place);
    let x = mantissa as f64 / TENS[behind];
    Some(if negative { -x } else { x })
}

/// The truth value that a word or a number says, in any case.
pub(super) fn truth(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(&["true", "t", "yes", "y"]) {
        return Some(true);
    }
    if is(&["false", "f", "no", "n"]) {
        return Some(false);
    }
    match number(text) {
        Some(0.0) => Some(false),
        Some(1.0) => Some(true),
        _ => None,
    }
}

/// Whether the two words are a pair of no and yes, in this order.
pub(super) fn no_and_yes(no: &str, yes: &str) -> bool {
    const PAIRS: [(&str, &str); 4] = [("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y")];
    PAIRS.iter().any(|pair| pair.0.eq_ignore_ascii_case(no) && pair.1.eq_ignore_ascii_case(yes))
}

/// A number in the shortest form that reads back: `1`, `0.1`, `1e-7`.
pub(crate) fn written(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-5..1e17).contains(&size) && x.is_finite() {
        return format!("{x:e}");
    }
    let x = x + 0.0; // No "-0".
    let single = x as f32;
    // A number that a file holds in 32 bits: the further digits of its f64 say nothing.
    if x.fract() != 0.0 && f64::from(single) == x { single.to_string() } else { x.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_numbers_missing_or_neither() {
        use Numeral::{Missing, None, Number};
        for (text, expected) in [
            ("1", Number(1.0)),
            ("+1.50", Number(1.5)),
            ("-0.1", Number(-0.1)),
            (".5", Number(0.5)),
            ("5.", Number(5.0)),
            ("00123", Number(123.0)),
            ("1e3", Number(1000.0)),
            ("2.5E-1", Number(0.25)),
            ("0.1234567890123456789", Number(0.123_456_789_012_345_68)),
            ("inf", Number(f64::INFINITY)),
            ("1e999", Number(f64::INFINITY)),
            ("", Missing),
            ("NA", Missing),
            ("n/a", Missing),
            ("#N/A", Missing),
            ("nan", Missing),
            ("-nan", Missing),
            ("NULL", Missing),
            ("?", Missing),
            ("<na>", Missing),
            ("none", None),
            ("-", None),
            (".", None),
            ("+-1", None),
            ("1.2.3", None),
            ("1,5", None),
            ("1,000", None),
            ("1 000", None),
            ("0x10", None),
            ("1_000", None),
            ("12a", None),
            ("\u{0661}", None),
        ] {
            assert_eq!(numeral(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_short() {
        for (x, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (f64::from(0.1_f32), "0.1"),
            (16_777_217.0, "16777217"),
            (123_456_792.0, "123456792"),
            (1e300, "1e300"),
            (1e-7, "1e-7"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(written(x), text);
        }
    }

    #[test]
    fn space_around_is_cut() {
        assert_eq!(["a", " a", "a\t", "\u{a0}a\u{a0}", "", " "].map(trimmed), ["a", "a", "a", "a", "", ""]);
    }

    proptest! {
        #[test]
        fn short_numbers_are_read_as_the_standard_library_reads_them(text in "[-+]?[0-9]{0,9}[.]?[0-9]{0,9}") {
            if let Some(x) = plain(text.as_bytes()) {
                prop_assert_eq!(x.to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
        }

        #[test]
        fn written_numbers_read_back(x: f64) {
            if x.is_finite() {
                let back: f64 = written(x).parse().unwrap();
                prop_assert!(back == x || back as f32 == x as f32 && f64::from(x as f32) == x, "{} {}", x, back);
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,20}") {
            let _ = (numeral(&text), truth(&text), trimmed(&text));
        }
    }
}
