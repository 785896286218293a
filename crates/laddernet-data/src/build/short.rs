//! Short decimal numbers, found and read in one go: no character is looked at by itself.
//!
//! Up to fifteen digits and a power of ten up to 10^15 are exact in f64, so their quotient is rounded once, as the standard library's
//! parser rounds it (Clinger, 1990). The digits become a number by three multiplications, as in Lemire, "Quickly parsing eight digits".

const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The number that begins at `at`, and where it ends: digits with perhaps a point and a minus sign, at most 15 characters behind the
/// sign. `None` also for other numbers, and where fewer than 17 bytes follow.
#[inline]
pub(crate) fn short(bytes: &[u8], at: usize) -> Option<(f64, usize)> {
    let window: &[u8; 17] = bytes.get(at..)?.first_chunk()?;
    let negative = window[0] == b'-';
    let begin = usize::from(negative);
    let (plain, signed): (&[u8; 8], &[u8; 8]) = (window.first_chunk()?, window[1..].first_chunk()?);
    let text = u64::from_le_bytes(if negative { *signed } else { *plain });
    // Nearly all cells of most tables end within eight characters.
    let (x, length) = seven(text).or_else(|| fifteen(window[begin..].first_chunk()?))?;
    Some((f64::from_bits(x.to_bits() | u64::from(negative) << 63), at + begin + length))
}

/// As [`short`], of a cell that ends with `delimiter`, which no number holds, within eight bytes. Where it ends is found before anything else is known of it, so
/// that the next cell need not wait.
#[inline]
pub(crate) fn short_before(bytes: &[u8], at: usize, delimiter: u8) -> Option<(f64, usize)> {
    let text = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let others = text ^ (ONES * u64::from(delimiter));
    // The high bit of each byte that is 0, and perhaps of bytes behind the first such.
    let ends = others.wrapping_sub(ONES) & !others & HIGH_BITS;
    if ends == 0 {
        return None;
    }
    let length = ends.trailing_zeros() / 8;
    let negative = text as u8 == b'-';
    let count = length.wrapping_sub(u32::from(negative));
    if count.wrapping_sub(1) > 6 {
        return None;
    }
    let text = if negative { text >> 8 } else { text };
    let figures = text ^ ZEROS;
    let inside = (1_u64 << (8 * count)) - 1;
    let others = (((figures & LOW_BITS) + ABOVE_NINE) | figures) & HIGH_BITS & inside;
    // Figures before the point.
    let (first, point) = match others {
        0 => (count, 0),
        _ => (others.trailing_zeros() / 8, 1),
    };
    let one_point = others & others.wrapping_sub(1) == 0 && (text >> (8 * (first & 7))) as u8 == b'.';
    if (point == 1 && !one_point) || count == point {
        return None;
    }
    let before = (1_u64 << (8 * first)) - 1;
    let closed = if point == 1 { (figures & before) | ((figures >> 8) & !before) } else { figures };
    let mantissa = eight(closed << (64 - 8 * (count - point)));
    let x = exact(mantissa) / TENS[(count - point - first) as usize & 15];
    Some((f64::from_bits(x.to_bits() | u64::from(negative) << 63), at + length as usize))
}

const ONES: u64 = 0x0101_0101_0101_0101;
const ZEROS: u64 = 0x3030_3030_3030_3030;
const LOW_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
/// What lifts all bytes from ten on over 127.
const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;

/// The number at the beginning of eight characters, of which it is at most seven, and its length.
#[inline]
fn seven(text: u64) -> Option<(f64, usize)> {
    // In each byte: its figure, and then whether it is none.
    let figures = text ^ ZEROS;
    let others = (((figures & LOW_BITS) + ABOVE_NINE) | figures) & HIGH_BITS;
    if others == 0 {
        return None;
    }
    let first = others.trailing_zeros() / 8;
    let point = (text >> (8 * first)) as u8 == b'.';
    let ends = if point { others & (others - 1) } else { others };
    if ends == 0 {
        return None;
    }
    let end = ends.trailing_zeros() / 8;
    let count = end - u32::from(point);
    if count == 0 {
        return None;
    }
    let before = (1_u64 << (8 * first)) - 1;
    let closed = if point { (figures & before) | ((figures >> 8) & !before) } else { figures };
    let mantissa = eight(closed << (64 - 8 * count));
    Some((exact(mantissa) / TENS[(count - first) as usize & 15], end as usize))
}

/// As [`seven`], of sixteen characters.
#[inline]
fn fifteen(text: &[u8; 16]) -> Option<(f64, usize)> {
    let wide = |word: u64| u128::from(word) << 64 | u128::from(word);
    let text = u128::from_le_bytes(*text);
    let figures = text ^ wide(ZEROS);
    let others = (((figures & wide(LOW_BITS)) + wide(ABOVE_NINE)) | figures) & wide(HIGH_BITS);
    if others == 0 {
        return None;
    }
    let first = others.trailing_zeros() / 8;
    let point = (text >> (8 * first)) as u8 == b'.';
    let ends = if point { others & (others - 1) } else { others };
    if ends == 0 {
        return None;
    }
    let end = ends.trailing_zeros() / 8;
    let count = end - u32::from(point);
    if count == 0 {
        return None;
    }
    let before = (1_u128 << (8 * first)) - 1;
    let closed = if point { (figures & before) | ((figures >> 8) & !before) } else { figures };
    let all = closed << (128 - 8 * count);
    let mantissa = eight(all as u64) * 100_000_000 + eight((all >> 64) as u64);
    Some((exact(mantissa) / TENS[(count - first) as usize & 15], end as usize))
}

/// A whole number below 2^52 as f64. The processor's own conversion waits for what was in the register before, the number of the cell
/// before, and takes twice the time for that.
#[inline]
fn exact(whole: u64) -> f64 {
    const BIAS: f64 = (1_u64 << 52) as f64;
    f64::from_bits(BIAS.to_bits() | whole) - BIAS
}

/// The number of eight figures, the first in the lowest byte.
#[inline]
fn eight(figures: u64) -> u64 {
    const MASK: u64 = 0x0000_00ff_0000_00ff;
    const OUTER: u64 = 100 + (1_000_000 << 32);
    const INNER: u64 = 1 + (10_000 << 32);
    let pairs = figures.wrapping_mul(10).wrapping_add(figures >> 8);
    let outer = (pairs & MASK).wrapping_mul(OUTER);
    let inner = ((pairs >> 16) & MASK).wrapping_mul(INNER);
    outer.wrapping_add(inner) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `short` makes of a cell, before a comma and much else.
    fn of(cell: &str) -> Option<f64> {
        let line = format!("x{cell},,,,,,,,,,,,,,,,,,");
        let (x, end) = short(line.as_bytes(), 1)?;
        assert!(end <= cell.len() + 1, "{cell:?}");
        (end == cell.len() + 1).then_some(x)
    }

    #[test]
    fn what_is_short_is_read_and_what_is_none_is_left() {
        for text in [
            "0",
            "-0",
            "7",
            "-7",
            "10",
            "1.5",
            "-1.5",
            ".5",
            "5.",
            "-.5",
            "0.1",
            "00123",
            "1234567",
            "12345678",
            "123456.7",
            "123456.78",
            "0.00000000000001",
            "123456789012345",
            "12345678901234.",
            "-99999999999999.",
            "9007199254740993",
        ] {
            let expected = (text.trim_start_matches('-').len() <= 15).then(|| text.parse::<f64>().unwrap().to_bits());
            assert_eq!(of(text).map(f64::to_bits), expected, "{text}");
        }
        for text in [
            "", "-", ".", "-.", "--1", "+1", "1.2.3", "1e5", "a", " 1", "1 ", "NA", "\u{e4}", "1\u{b9}", ":", "/",
            "1/", "1:",
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
        for text in ["0", "-0", "7", "-7", "1.5", "-1.5", ".5", "5.", "-.5", "1234567", "-123456", "-12345.", "-.12345"]
        {
            let line = format!("{text};1234567");
            let expected = text.parse::<f64>().unwrap().to_bits();
            let found = short_before(line.as_bytes(), 0, b';').map(|(x, end)| (x.to_bits(), end));
            assert_eq!(found, Some((expected, text.len())), "{text}");
        }
        for text in [
            "", "-", ".", "-.", "--1", "1.2.3", "1e5", "1..", " 1", "1\n", "a", "\u{e4}", "1\u{b9}", "12345678", "1:",
            "/",
        ] {
            assert_eq!(short_before(format!("{text},1234567").as_bytes(), 0, b','), None, "{text:?}");
        }
        // Too near to the end of the text to be looked at.
        assert_eq!(short(b"1,2,3", 2), None);
        assert_eq!(short(b"1,2,3", 9), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Reference: the standard library's parser.
        #[test]
        fn numbers_are_those_of_the_standard_library(text in "-?(0{0,3}[0-9]{0,13}[.]?[0-9]{0,13}|[0-9]{1,7}|[0-9]{0,5}[.][0-9]{0,5})") {
            let unsigned = text.trim_start_matches('-');
            let is_short = unsigned.len() <= 15 && unsigned.bytes().any(|byte| byte.is_ascii_digit());
            let expected = is_short.then(|| text.parse::<f64>().unwrap().to_bits());
            prop_assert_eq!(of(&text).map(f64::to_bits), expected);
        }

        /// Whatever is taken for a number is one to the standard library too.
        #[test]
        fn nothing_else_is_a_number(bytes in proptest::collection::vec(prop_oneof![3 => proptest::sample::select(b"0123456789.-,\n".to_vec()), 1 => any::<u8>()], 17..40)) {
            if let Some((x, end)) = short(&bytes, 0) {
                let text = std::str::from_utf8(&bytes[..end]).unwrap();
                prop_assert_eq!(x.to_bits(), text.parse::<f64>().unwrap().to_bits());
                prop_assert!(!bytes[end].is_ascii_digit());
                let sooner = short_before(&bytes, 0, bytes[end]).map(|(x, end)| (x.to_bits(), end));
                prop_assert!(sooner == Some((x.to_bits(), end)) || end > 7 || b".-".contains(&bytes[end]), "{:?}", text);
            }
            for delimiter in [b',', b'\n', b'\t', b':'] {
                if let Some((x, end)) = short_before(&bytes, 0, delimiter) {
                    let text = std::str::from_utf8(&bytes[..end]).unwrap();
                    prop_assert_eq!(x.to_bits(), text.parse::<f64>().unwrap().to_bits());
                    prop_assert_eq!(bytes[end], delimiter);
                }
            }
        }
    }
}
