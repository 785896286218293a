//! The types of values in NPY files, and how their bytes become cells, labels and pixels.

use crate::rows::Texts;

/// A type whose values can become cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Truth,
    Signed(Width),
    Unsigned(Width),
    Float(Width),
    /// Text of so many letters of four bytes.
    Letters(usize, Order),
    /// Text of so many bytes.
    Bytes(usize),
    /// Dates as a whole number of units since 1970, and how many of them make a day.
    Dates(f64, Order),
}

/// Bytes of a number, and in which order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Width(usize, Order);

/// Which byte comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Kind {
    /// Understands a type such as `<f4`; else what was found and what was expected.
    pub(crate) fn parse(text: &str) -> Result<Kind, (String, String)> {
        let refused = |expected: &str| (format!("values of type '{text}'"), expected.to_owned());
        let unknown =
            "truth values, whole numbers, floating point of 2, 4 or 8 bytes, dates or text; convert them with astype";
        let (order, rest) = match text.as_bytes().first() {
            Some(b'<' | b'|' | b'=') => (Order::Little, &text[1..]),
            Some(b'>') => (Order::Big, &text[1..]),
            _ => (Order::Little, text),
        };
        let letter = rest.chars().next().ok_or_else(|| refused(unknown))?;
        let size = &rest[letter.len_utf8()..];
        if letter == 'M' {
            let per_day = match size {
                "8[D]" => 1.0,
                "8[h]" => 24.0,
                "8[m]" => 1440.0,
                "8[s]" => 86_400.0,
                "8[ms]" => 86_400e3,
                "8[us]" => 86_400e6,
                "8[ns]" => 86_400e9,
                _ => return Err(refused("dates in days or shorter units; convert them with astype('datetime64[D]')")),
            };
            return Ok(Kind::Dates(per_day, order));
        }
        let number = size.parse::<usize>().ok().filter(|n| *n <= 1 << 30);
        match (letter, number) {
            ('b', Some(1)) | ('?', None) => Ok(Kind::Truth),
            ('i', Some(size @ (1 | 2 | 4 | 8))) => Ok(Kind::Signed(Width(size, order))),
            ('u', Some(size @ (1 | 2 | 4 | 8))) => Ok(Kind::Unsigned(Width(size, order))),
            ('f', Some(size @ (2 | 4 | 8))) => Ok(Kind::Float(Width(size, order))),
            ('U', Some(letters)) if letters > 0 => Ok(Kind::Letters(letters, order)),
            ('S' | 'a', Some(count)) if count > 0 => Ok(Kind::Bytes(count)),
            ('O', _) => Err(refused(
                "plain values: these are Python objects, which run code when they are read. Convert them before saving: numpy.save(file, array.astype('float32')), or astype(str) for words",
            )),
            _ => Err(refused(unknown)),
        }
    }

    /// Bytes of one value.
    pub(crate) fn size(self) -> usize {
        match self {
            Kind::Truth => 1,
            Kind::Signed(width) | Kind::Unsigned(width) | Kind::Float(width) => width.0,
            Kind::Letters(letters, _) => 4 * letters,
            Kind::Bytes(count) => count,
            Kind::Dates(..) => 8,
        }
    }

    /// Whether its values are words.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Kind::Letters(..) | Kind::Bytes(_))
    }

    /// Whether a value is one byte that counts, as in pictures.
    pub(crate) fn is_byte(self) -> bool {
        matches!(self, Kind::Unsigned(Width(1, _)))
    }
}

/// One column among rows of bytes: every `stride` bytes a row, the value `offset` bytes into it.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) stride: usize,
}

impl<'a> Strided<'a> {
    /// The bytes of each value.
    fn values(self, size: usize) -> impl Iterator<Item = &'a [u8]> {
        self.bytes.chunks_exact(self.stride).map(move |row| &row[self.offset..self.offset + size])
    }

    fn numbers<const N: usize>(self, order: Order, out: &mut Vec<f64>, of: fn([u8; N]) -> f64) {
        let array = |value: &[u8]| <[u8; N]>::try_from(value).expect("a value has the size of its type");
        match order {
            Order::Little => out.extend(self.values(N).map(|value| of(array(value)))),
            Order::Big => out.extend(self.values(N).map(|value| {
                let mut value = array(value);
                value.reverse();
                of(value)
            })),
        }
    }

    /// Adds its values as numbers; days since 1970 where they are dates.
    ///
    /// # Panics
    /// Where the values are text.
    pub(crate) fn push_numbers(self, kind: Kind, out: &mut Vec<f64>) {
        use Kind::{Float, Signed, Unsigned};
        match kind {
            Kind::Truth => self.numbers::<1>(Order::Little, out, |b| f64::from(u8::from(b[0] != 0))),
            Signed(Width(1, o)) => self.numbers(o, out, |b| f64::from(i8::from_le_bytes(b))),
            Signed(Width(2, o)) => self.numbers(o, out, |b| f64::from(i16::from_le_bytes(b))),
            Signed(Width(4, o)) => self.numbers(o, out, |b| f64::from(i32::from_le_bytes(b))),
            Signed(Width(_, o)) => self.numbers(o, out, |b| i64::from_le_bytes(b) as f64),
            Unsigned(Width(1, o)) => self.numbers(o, out, |b| f64::from(u8::from_le_bytes(b))),
            Unsigned(Width(2, o)) => self.numbers(o, out, |b| f64::from(u16::from_le_bytes(b))),
            Unsigned(Width(4, o)) => self.numbers(o, out, |b| f64::from(u32::from_le_bytes(b))),
            Unsigned(Width(_, o)) => self.numbers(o, out, |b| u64::from_le_bytes(b) as f64),
            Float(Width(2, o)) => self.numbers(o, out, |b| half(u16::from_le_bytes(b))),
            Float(Width(4, o)) => self.numbers(o, out, |b| f64::from(f32::from_le_bytes(b))),
            Float(Width(_, o)) => self.numbers(o, out, f64::from_le_bytes),
            Kind::Dates(per_day, o) => {
                let begin = out.len();
                // The least number stands for "not a time".
                self.numbers(o, out, |b| match i64::from_le_bytes(b) {
                    i64::MIN => f64::NAN,
                    units => units as f64,
                });
                out[begin..].iter_mut().for_each(|day| *day /= per_day);
            }
            Kind::Letters(..) | Kind::Bytes(_) => panic!("text asked for as numbers"),
        }
    }

    /// Adds its truth values.
    pub(crate) fn push_truths(self, out: &mut Vec<Option<bool>>) {
        out.extend(self.values(1).map(|value| Some(value[0] != 0)));
    }

    /// Adds its values as words: whole numbers as digits, NaN as nothing. The place of the first that is no text is an error.
    pub(crate) fn push_texts(self, kind: Kind, out: &mut Texts) -> Result<(), usize> {
        match kind {
            Kind::Letters(letters, order) => {
                let mut word = String::new();
                for (row, value) in self.values(4 * letters).enumerate() {
                    word.clear();
                    for code in value.as_chunks::<4>().0 {
                        let code =
                            if order == Order::Big { u32::from_be_bytes(*code) } else { u32::from_le_bytes(*code) };
                        word.push(char::from_u32(code).ok_or(row)?);
                    }
                    out.push(word.trim_end_matches('\0').trim());
                }
            }
            Kind::Bytes(count) => {
                for value in self.values(count) {
                    match std::str::from_utf8(value) {
                        Ok(text) => out.push(text.trim_end_matches('\0').trim()),
                        // What is no UTF-8 is read as Latin-1, byte by byte.
                        Err(_) => {
                            let text: String = value.iter().copied().map(char::from).collect();
                            out.push(text.trim_end_matches('\0').trim());
                        }
                    }
                }
            }
            Kind::Truth => self.values(1).for_each(|value| out.push(if value[0] != 0 { "true" } else { "false" })),
            // Eight bytes do not fit a float; the digits are exact.
            Kind::Signed(Width(8, order)) => {
                self.values(8).for_each(|v| out.push(&(integer(v, order) as i64).to_string()))
            }
            Kind::Unsigned(Width(8, order)) => self.values(8).for_each(|v| out.push(&integer(v, order).to_string())),
            _ => {
                let mut numbers = Vec::new();
                self.push_numbers(kind, &mut numbers);
                for number in numbers {
                    out.push(&if number.is_nan() { String::new() } else { number.to_string() });
                }
            }
        }
        Ok(())
    }
}

fn integer(value: &[u8], order: Order) -> u64 {
    let add = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
    match order {
        Order::Little => value.iter().rev().fold(0, add),
        Order::Big => value.iter().fold(0, add),
    }
}

/// A number of IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match bits >> 10 & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_understood_or_refused_with_what_to_do() {
        assert_eq!(Kind::parse("<f4"), Ok(Kind::Float(Width(4, Order::Little))));
        assert_eq!(Kind::parse(">i8"), Ok(Kind::Signed(Width(8, Order::Big))));
        assert_eq!(Kind::parse("|u1"), Ok(Kind::Unsigned(Width(1, Order::Little))));
        assert_eq!(Kind::parse("<U5").map(Kind::size), Ok(20));
        assert!(Kind::parse("|O").unwrap_err().1.contains("astype"));
        for text in ["", "<", "<c16", "|V8", "<f16", "<m8[ns]", "<U0", "|S0", "<U99999999999", "<é", "<M8[Y]", "<i3"] {
            assert!(Kind::parse(text).is_err(), "{text}");
        }
    }

    /// The values of the table in Wikipedia's "Half-precision floating-point format".
    #[test]
    fn half_precision_is_read() {
        let table =
            [(0x0001, 5.960_464_477_539_063e-8), (0x03ff, 6.097_555_160_522_461e-5), (0x0400, 6.103_515_625e-5)];
        for (bits, number) in table.into_iter().chain([(0x7bff, 65504.0), (0x3c00, 1.0), (0xc000, -2.0), (0x0000, 0.0)])
        {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }
}
