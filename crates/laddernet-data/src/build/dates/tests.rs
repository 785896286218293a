//! Forms of dates, each with what it is read as.

use super::*;
use proptest::prelude::*;

/// As ISO text, with the order where it matters.
fn said(text: &str) -> String {
    let iso = |days: f64| iso(days + DAYS_TO_2000).unwrap();
    match date(text) {
        None => "none".into(),
        Some(Dated::Settled(days)) => iso(days),
        Some(Dated::Only(order, days)) => format!("{order} {}", iso(days)),
        Some(Dated::Either { dmy, mdy }) => format!("{} or {}", iso(dmy), iso(mdy)),
    }
}

#[test]
fn forms_of_dates() {
    for (text, expected) in [
        ("2000-01-01", "2000-01-01"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", "none"),
        ("1969-12-31", "1969-12-31"),
        ("2024/05/01", "2024-05-01"),
        ("2024-5-1", "2024-05-01"),
        ("2024-05-01T10:30:00", "2024-05-01T10:30:00"),
        ("2024-05-01 10:30", "2024-05-01T10:30:00"),
        ("2024-05-01 10:30:00.250", "2024-05-01T10:30:00.25"),
        ("2024-05-01T10:30:00Z", "2024-05-01T10:30:00"),
        ("2024-05-01T01:30:00+02:00", "2024-04-30T23:30:00"),
        ("2024-05-01T23:30:00-0130", "2024-05-02T01:00:00"),
        ("01.05.2024", "2024-05-01"),
        ("1.5.2024 12:00", "2024-05-01T12:00:00"),
        ("13.13.2024", "none"),
        ("03/04/2024", "2024-04-03 or 2024-03-04"),
        ("03-04-2024", "2024-04-03 or 2024-03-04"),
        ("05/05/2024", "2024-05-05"),
        ("13/04/2024", "dmy 2024-04-13"),
        ("04/13/2024 09:00", "mdy 2024-04-13T09:00:00"),
        ("13/13/2024", "none"),
        ("31/02/2024", "none"),
        ("2024-05", "none"),
        ("20240501", "none"),
        ("2024.05.01", "none"),
        ("2024-05/01", "none"),
        ("01/05/24", "none"),
        ("2024-05-01x", "none"),
        ("2024-05-01T", "none"),
        ("2024-05-01T25:00", "none"),
        ("2024-05-01T10:00[Europe/Berlin]", "none"),
        ("2024-W18-3", "none"),
        ("10:30:00", "none"),
        ("1.2.3", "none"),
        ("192.168.0.1", "none"),
        ("0000-00-00", "none"),
        ("", "none"),
    ] {
        assert_eq!(said(text), expected, "{text:?}");
    }
}

#[test]
fn days_are_counted_from_2000() {
    assert_eq!(date("2000-01-02T12:00"), Some(Dated::Settled(1.5)));
    assert_eq!(date("1970-01-01"), Some(Dated::Settled(since_2000(0.0))));
}

#[test]
fn days_out_of_range_have_no_text() {
    assert_eq!([f64::NAN, f64::INFINITY, 1e12, -1e300].map(iso), [const { None }; 4]);
    assert_eq!((iso(0.0), iso(0.5)), (Some("1970-01-01".into()), Some("1970-01-01T12:00:00".into())));
}

#[test]
fn orders_are_words() {
    assert_eq!(("DMY".parse(), "mdy".parse()), (Ok(DateOrder::Dmy), Ok(DateOrder::Mdy)));
    assert!("ymd".parse::<DateOrder>().is_err());
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[0-9TZ:./ +-]{0,30}|\\PC{0,60}") {
        let _ = date(&text);
    }

    #[test]
    fn written_dates_read_back(day in -700_000..2_900_000_i32) {
        let text = iso(f64::from(day)).unwrap();
        if !text.starts_with('-') {
            prop_assert_eq!(date(&text), Some(Dated::Settled(since_2000(f64::from(day)))));
        }
    }
}
