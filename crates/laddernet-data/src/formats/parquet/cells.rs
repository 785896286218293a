//! Columns as the library decodes them, turned into cells.

use super::plan::Role;
use crate::rows::{Cells, Texts};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, BinaryViewArray, ListArray};
use arrow_schema::{DataType, TimeUnit};

/// What is wrong with a value: its row in the batch, what was found, what was expected.
pub(super) type Fault = (usize, String, String);

/// Whether values of this type are numbers.
pub(super) fn is_number(kind: &DataType) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    kind.is_integer()
        || kind.is_floating()
        || matches!(kind, Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..))
}

/// A column of lists.
pub(super) fn as_list(array: &ArrayRef) -> Option<&ListArray> {
    array.as_list_opt::<i32>()
}

/// The bytes of a binary column, or of the struct that holds a picture.
pub(super) fn bytes_of(array: &ArrayRef) -> Option<&BinaryViewArray> {
    match array.as_struct_opt() {
        Some(fields) => fields.column_by_name("bytes")?.as_binary_view_opt(),
        None => array.as_binary_view_opt(),
    }
}

/// Writes an array to the cells of its column, or to those of its columns where it holds lists. Their memory is used again.
pub(super) fn write(array: &ArrayRef, role: &Role, cells: &mut [Cells]) -> Result<(), Fault> {
    match role {
        Role::List(width) => return lists(array, *width, cells),
        Role::Picture => return Ok(()),
        _ => {}
    }
    let Some(cells) = cells.first_mut() else { return Ok(()) };
    match role {
        Role::Truths => {
            let array = array.as_boolean();
            *cells = Cells::Booleans(array.iter().collect());
        }
        Role::Dates(units) => {
            let days = days_of(cells);
            numbers(array, days);
            days.iter_mut().for_each(|day| *day /= units);
        }
        Role::Seconds(_) | Role::Numbers => numbers_as(array, role, numbers_of(cells))?,
        _ => texts(array, role, texts_of(cells))?,
    }
    Ok(())
}

/// Adds the values of an array of numbers or times.
pub(super) fn numbers_as(array: &ArrayRef, role: &Role, out: &mut Vec<f64>) -> Result<(), Fault> {
    match role {
        Role::Seconds(units) => {
            let begin = out.len();
            numbers(array, out);
            out[begin..].iter_mut().for_each(|second| *second /= units);
        }
        _ => {
            check_promise(array)?;
            numbers(array, out);
        }
    }
    Ok(())
}

fn numbers_of(cells: &mut Cells) -> &mut Vec<f64> {
    if !matches!(cells, Cells::Numbers(_)) {
        *cells = Cells::Numbers(Vec::new());
    }
    let Cells::Numbers(numbers) = cells else { unreachable!("made just now") };
    numbers.clear();
    numbers
}

fn days_of(cells: &mut Cells) -> &mut Vec<f64> {
    if !matches!(cells, Cells::Dates(_)) {
        *cells = Cells::Dates(Vec::new());
    }
    let Cells::Dates(days) = cells else { unreachable!("made just now") };
    days.clear();
    days
}

fn texts_of(cells: &mut Cells) -> &mut Texts {
    if !matches!(cells, Cells::Text(_)) {
        *cells = Cells::Text(Texts::default());
    }
    let Cells::Text(texts) = cells else { unreachable!("made just now") };
    texts.clear();
    texts
}

/// Adds the values of an array as floats, a missing one as NaN.
fn numbers(array: &ArrayRef, out: &mut Vec<f64>) {
    use DataType::*;
    // One loop for each type, which the compiler makes wide.
    macro_rules! each {
        ($kind:ty, $of:expr) => {{
            let (array, of) = (array.as_primitive::<$kind>(), $of);
            let begin = out.len();
            out.extend(array.values().iter().map(|&value| of(value)));
            if let Some(nulls) = array.nulls() {
                for (number, valid) in out[begin..].iter_mut().zip(nulls.iter()) {
                    *number = if valid { *number } else { f64::NAN };
                }
            }
        }};
    }
    macro_rules! decimal {
        ($kind:ty) => {{
            let array = array.as_primitive::<$kind>();
            // The text is exact, so that the nearest float is found.
            let number = |row: usize| array.value_as_string(row).parse().unwrap_or(f64::NAN);
            out.extend((0..array.len()).map(|row| if array.is_valid(row) { number(row) } else { f64::NAN }));
        }};
    }
    let long = |value: i64| value as f64;
    match array.data_type() {
        Float64 if array.null_count() == 0 => out.extend_from_slice(array.as_primitive::<Float64Type>().values()),
        Float64 => each!(Float64Type, f64::from),
        Float32 => each!(Float32Type, f64::from),
        Float16 => each!(Float16Type, f64::from),
        Int8 => each!(Int8Type, f64::from),
        Int16 => each!(Int16Type, f64::from),
        Int32 => each!(Int32Type, f64::from),
        Int64 => each!(Int64Type, long),
        UInt8 => each!(UInt8Type, f64::from),
        UInt16 => each!(UInt16Type, f64::from),
        UInt32 => each!(UInt32Type, f64::from),
        UInt64 => each!(UInt64Type, |value: u64| value as f64),
        Date32 => each!(Date32Type, f64::from),
        Date64 => each!(Date64Type, long),
        Time32(TimeUnit::Second) => each!(Time32SecondType, f64::from),
        Time32(_) => each!(Time32MillisecondType, f64::from),
        Time64(TimeUnit::Nanosecond) => each!(Time64NanosecondType, long),
        Time64(_) => each!(Time64MicrosecondType, long),
        Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, long),
        Timestamp(TimeUnit::Millisecond, _) => each!(TimestampMillisecondType, long),
        Timestamp(TimeUnit::Microsecond, _) => each!(TimestampMicrosecondType, long),
        Timestamp(TimeUnit::Nanosecond, _) => each!(TimestampNanosecondType, long),
        Duration(TimeUnit::Second) => each!(DurationSecondType, long),
        Duration(TimeUnit::Millisecond) => each!(DurationMillisecondType, long),
        Duration(TimeUnit::Microsecond) => each!(DurationMicrosecondType, long),
        Duration(TimeUnit::Nanosecond) => each!(DurationNanosecondType, long),
        Decimal32(..) => decimal!(Decimal32Type),
        Decimal64(..) => decimal!(Decimal64Type),
        Decimal128(..) => decimal!(Decimal128Type),
        Decimal256(..) => decimal!(Decimal256Type),
        other => unreachable!("{other} is planned as numbers"),
    }
}

/// Refuses whole numbers that are no floats in a column whose statistics promised that there are none.
fn check_promise(array: &ArrayRef) -> Result<(), Fault> {
    const MOST: u64 = 1 << 53;
    let beyond = match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().values().iter().position(|v| v.unsigned_abs() > MOST),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().values().iter().position(|v| *v > MOST),
        _ => None,
    };
    // What stands under a null means nothing.
    match beyond.filter(|&row| array.is_valid(row)) {
        Some(row) => {
            Err((row, "a whole number beyond 2^53".into(), "none, by the statistics of the file; write it anew".into()))
        }
        None => Ok(()),
    }
}

/// Adds the values of an array as words.
fn texts(array: &ArrayRef, role: &Role, out: &mut Texts) -> Result<(), Fault> {
    let rows = 0..array.len();
    match role {
        Role::Classes(names) => {
            let mut numbers_ = Vec::new();
            numbers(array, &mut numbers_);
            for (row, number) in numbers_.into_iter().enumerate() {
                match names.get(number as usize) {
                    // Data sets mark a row without a label by -1.
                    _ if number.is_nan() || number == -1.0 => out.push(""),
                    Some(name) if number >= 0.0 => out.push(name.trim()),
                    _ => {
                        return Err((
                            row,
                            number.to_string(),
                            format!("0 to {}, the classes that the file names", names.len() - 1),
                        ));
                    }
                }
            }
        }
        Role::BytesOfText => {
            let Some(array) = array.as_binary_view_opt() else { return Ok(()) };
            for row in rows {
                let bytes = if array.is_valid(row) { array.value(row) } else { b"" };
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| (row, "bytes that are no text".to_owned(), "UTF-8".to_owned()))?;
                out.push(text.trim());
            }
        }
        Role::Digits => digits(array, out),
        _ => match array.as_string_view_opt() {
            Some(array) => {
                rows.for_each(|row| out.push(if array.is_valid(row) { array.value(row).trim() } else { "" }))
            }
            // A column without a value.
            None => rows.for_each(|_| out.push("")),
        },
    }
    Ok(())
}

fn digits(array: &ArrayRef, out: &mut Texts) {
    macro_rules! each {
        ($kind:ty, $of:expr) => {{
            let (array, of) = (array.as_primitive::<$kind>(), $of);
            (0..array.len()).for_each(|row| if array.is_valid(row) { out.push(&of(array, row)) } else { out.push("") });
        }};
    }
    match array.data_type() {
        DataType::Int64 => each!(Int64Type, |array: &arrow_array::Int64Array, row| array.value(row).to_string()),
        DataType::UInt64 => each!(UInt64Type, |array: &arrow_array::UInt64Array, row| array.value(row).to_string()),
        DataType::Decimal128(..) => {
            each!(Decimal128Type, |array: &arrow_array::Decimal128Array, row| array.value_as_string(row))
        }
        DataType::Decimal256(..) => {
            each!(Decimal256Type, |array: &arrow_array::Decimal256Array, row| array.value_as_string(row))
        }
        _ => {}
    }
}

/// Spreads lists of one length over the columns of their places.
fn lists(array: &ArrayRef, width: usize, cells: &mut [Cells]) -> Result<(), Fault> {
    let Some(lists) = as_list(array) else { return Ok(()) };
    for row in 0..lists.len() {
        let length = lists.value_length(row) as usize;
        if lists.is_valid(row) && length != width {
            let expected = format!("{width}, as in the first row; lists of one length become columns");
            return Err((row, format!("a list of {length}"), expected));
        }
    }
    let mut flat = Vec::new();
    let offsets = lists.value_offsets();
    let (first, last) = (offsets[0] as usize, offsets[lists.len()] as usize);
    numbers(&lists.values().slice(first, last - first), &mut flat);
    let mut columns: Vec<&mut Vec<f64>> = cells.iter_mut().map(numbers_of).collect();
    // Some rows at a time, whose values stay in a cache while each column takes its own.
    let rows: Vec<usize> = (0..lists.len()).collect();
    for block in rows.chunks(64) {
        for (place, column) in columns.iter_mut().enumerate() {
            column.extend(
                block.iter().map(|&row| {
                    if lists.is_valid(row) { flat[offsets[row] as usize - first + place] } else { f64::NAN }
                }),
            );
        }
    }
    Ok(())
}
