//! Dates: a cell of text to days, and days to ISO text.
//!
//! `03/04/2024` is never guessed: it may be either day or month first, until something says which.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;
use std::fmt;
use std::str::FromStr;

/// From 1970-01-01, where formats count from, to 2000-01-01, where a table does.
pub const DAYS_TO_2000: f64 = 10_957.0;
const EPOCH_2000: DateTime = DateTime::constant(2000, 1, 1, 0, 0, 0, 0);

/// What stands first in dates such as 03/04/2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
        })
    }
}

impl FromStr for DateOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "dmy" => Ok(DateOrder::Dmy),
            "mdy" => Ok(DateOrder::Mdy),
            _ => Err(format!(
                "'{text}' is no order of dates: expected dmy (03/04/2024 is in April) or mdy (it is in March)"
            )),
        }
    }
}

/// A cell that is a date, in days since 2000-01-01.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dated {
    /// It can be read in one way, whatever the column's order.
    Settled(f64),
    /// It can be read in this order alone.
    Only(DateOrder, f64),
    /// It can be read in both orders.
    Either { dmy: f64, mdy: f64 },
}

/// The date that the whole cell is: year first, or day or month first and the year last, with a time behind or without.
pub(super) fn date(text: &str) -> Option<Dated> {
    let bytes = text.as_bytes();
    let (first, rest) = digits(bytes)?;
    let (&separator, rest) = rest.split_first()?;
    let (second, rest) = digits(rest)?;
    let (&again, rest) = rest.split_first()?;
    let (third, time) = digits(rest)?;
    if separator != again || !b"-/.".contains(&separator) || time.len() > 40 {
        return None;
    }
    let short = |part: &(u16, usize)| part.1 <= 2;
    let day = |year: (u16, usize), month: (u16, usize), day: (u16, usize)| {
        days(Date::new(year.0 as i16, month.0 as i8, day.0 as i8).ok()?, time)
    };
    if first.1 == 4 && short(&second) && short(&third) && separator != b'.' {
        return day(first, second, third).map(Dated::Settled);
    }
    if !(short(&first) && short(&second) && third.1 == 4) {
        return None;
    }
    let (dmy, mdy) = (day(third, second, first), day(third, first, second));
    match (dmy, mdy) {
        _ if separator == b'.' => dmy.map(Dated::Settled),
        (Some(dmy), Some(mdy)) if dmy == mdy => Some(Dated::Settled(dmy)),
        (Some(dmy), Some(mdy)) => Some(Dated::Either { dmy, mdy }),
        (Some(dmy), None) => Some(Dated::Only(DateOrder::Dmy, dmy)),
        (None, Some(mdy)) => Some(Dated::Only(DateOrder::Mdy, mdy)),
        (None, None) => None,
    }
}

/// The number of up to four digits that stands at the beginning, with how many these are; and what follows it.
fn digits(bytes: &[u8]) -> Option<((u16, usize), &[u8])> {
    let count = bytes.iter().take(5).take_while(|b| b.is_ascii_digit()).count();
    if !(1..=4).contains(&count) {
        return None;
    }
    let number = bytes[..count].iter().fold(0, |number, b| number * 10 + u16::from(b - b'0'));
    Some(((number, count), &bytes[count..]))
}

/// Days to the date and the time behind it, such as `T10:30:00.5+02:00`, in UTC.
fn days(date: Date, time: &[u8]) -> Option<f64> {
    let (mut at, mut seconds_ahead) = (date.to_datetime(Time::midnight()), 0);
    if !time.is_empty() {
        if !b" Tt".contains(&time[0]) || !time.get(1).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        // The time is read behind a date in the one form that the parser has for all of them.
        let mut iso = [0; 50];
        iso[..10].copy_from_slice(b"2000-01-01");
        let end = 10 + time.len();
        iso.get_mut(10..end)?.copy_from_slice(time);
        let pieces = DateTimeParser::new().parse_pieces(&iso[..end]).ok()?;
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        at = date.to_datetime(pieces.time()?);
        seconds_ahead = pieces.to_numeric_offset().map_or(0, |offset| offset.seconds());
    }
    let since = at.duration_since(EPOCH_2000);
    let seconds = since.as_secs() - i64::from(seconds_ahead);
    Some((seconds as f64 + f64::from(since.subsec_nanos()) * 1e-9) / 86_400.0)
}

/// Days since 2000-01-01 of days since 1970-01-01.
pub(super) fn since_2000(days_since_1970: f64) -> f64 {
    days_since_1970 - DAYS_TO_2000
}

/// A date as text, `2024-05-01` or with the time behind it; nothing where no calendar has it.
pub fn date_text(days_since_1970: f64) -> String {
    iso(days_since_1970).unwrap_or_default()
}

/// ISO text of days since 1970-01-01: `2024-05-01`, with the time where it is not midnight; `None` outside the years -9999 to 9999.
pub(super) fn iso(days_since_1970: f64) -> Option<String> {
    let milliseconds = ((days_since_1970 - DAYS_TO_2000) * 86_400e3).round();
    if !milliseconds.is_finite() || milliseconds.abs() > 1e15 {
        return None;
    }
    let at = EPOCH_2000.checked_add(SignedDuration::from_millis(milliseconds as i64)).ok()?;
    Some(if at.time() == Time::midnight() { at.date().to_string() } else { at.to_string() })
}
