//! The header of an NPY file: the magic, a version, and a Python dictionary with the type of the values, their order and their shape.
//!
//! Described in NumPy's `numpy.lib.format`.

use super::dtype::Kind;
use super::literal::{self, Value};
use crate::error::{DataError, beginning};
use std::io::Read;

/// The first bytes of every NPY file.
pub(crate) const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// The longest header that is read; NumPy itself refuses one beyond 10 000 bytes unless told to trust it.
const LONGEST: usize = 1 << 20;

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// Columns of a structured type, or the one nameless type.
    pub(crate) fields: Vec<Field>,
    /// Whether the first dimension runs fastest.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Bytes before the values.
    pub(crate) length: u64,
}

/// One value of an element: its name in a structured type, else none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
}

impl Header {
    /// Bytes of one element.
    pub(crate) fn element(&self) -> usize {
        self.fields.iter().map(|field| field.kind.size()).sum()
    }

    /// The shape as NumPy writes it: `(3, 28, 28)`.
    pub(crate) fn shape_text(&self) -> String {
        shape_text(&self.shape)
    }

    /// Bytes of one row, and of all of them; `None` where no file could hold them.
    pub(crate) fn bytes(&self) -> Option<(usize, u64)> {
        let row = self.shape.iter().skip(1).try_fold(self.element(), |product, &n| product.checked_mul(n))?;
        let all = (row as u64).checked_mul(*self.shape.first().unwrap_or(&1) as u64)?;
        all.checked_add(self.length).map(|_| (row, all))
    }
}

/// A shape as NumPy writes it.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        more => format!("({})", more.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Reads the header from the beginning of a file whose length is `whole`.
pub(crate) fn read(reader: &mut impl Read, whole: u64, name: &str) -> Result<Header, DataError> {
    let mut next = |count: usize| -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(count as u64).read_to_end(&mut bytes);
        read.map_err(|source| DataError::Io { action: "read", path: name.into(), source })?;
        Ok(bytes)
    };
    let truncated =
        |expected: u64| DataError::Truncated { name: name.into(), place: "the header", expected, found: whole };
    let wrong = |place: &str, found: String, expected: &str| DataError::Format {
        name: name.into(),
        place: place.into(),
        found,
        expected: expected.into(),
    };
    let head = next(8)?;
    if head.is_empty() {
        return Err(DataError::Empty { name: name.into(), expected: "an NPY file".into() });
    }
    if !MAGIC.starts_with(&head[..head.len().min(6)]) {
        let expected = "an NPY file, which begins with 0x93 NUMPY; check that this is the file you meant";
        return Err(wrong("its beginning", beginning(&head), expected));
    }
    let &[.., major, _] = &head[..] else { return Err(truncated(10)) };
    if head.len() < 8 {
        return Err(truncated(10));
    }
    let size = match major {
        1 => 2,
        2 | 3 => 4,
        other => return Err(wrong("byte 6", format!("version {other}"), "1, 2 or 3; save it with numpy.save")),
    };
    let count = next(size)?;
    if count.len() < size {
        return Err(truncated(8 + size as u64));
    }
    let count = count.iter().rev().fold(0usize, |sum, &byte| sum << 8 | usize::from(byte));
    if count > LONGEST {
        let found = format!("a header of {count} bytes");
        return Err(wrong("byte 8", found, "at most 1048576; the header is damaged"));
    }
    let text = next(count)?;
    let length = (8 + size + count) as u64;
    if text.len() < count {
        return Err(truncated(length));
    }
    // Version 3 is UTF-8, the others Latin-1.
    let text = if major == 3 {
        String::from_utf8(text).map_err(|_| wrong("the header", "bytes that are no UTF-8".into(), "text"))?
    } else {
        text.into_iter().map(char::from).collect()
    };
    of_text(&text, length, name)
}

fn of_text(text: &str, length: u64, name: &str) -> Result<Header, DataError> {
    let wrong = |found: String, expected: &str| DataError::Format {
        name: name.into(),
        place: "the header".into(),
        found,
        expected: expected.into(),
    };
    let shown = |text: &str| format!("{:?}", text.chars().take(120).collect::<String>());
    let dictionary = "a dictionary of descr, fortran_order and shape; save it with numpy.save";
    let Some(Value::Dictionary(entries)) = literal::parse(text.trim_end()) else {
        return Err(wrong(shown(text), dictionary));
    };
    let entry = |key: &str| {
        let value = entries.iter().find(|(k, _)| k == key).map(|(_, v)| v);
        value.ok_or_else(|| wrong(format!("no '{key}'"), dictionary))
    };
    let Value::Truth(fortran) = *entry("fortran_order")? else {
        return Err(wrong("a fortran_order that is neither True nor False".into(), dictionary));
    };
    let Value::Many(lengths) = entry("shape")? else {
        return Err(wrong("a shape that is no tuple".into(), dictionary));
    };
    let length_of = |value: &Value| match value {
        Value::Number(n) => usize::try_from(*n).ok(),
        _ => None,
    };
    let shape: Option<Vec<usize>> = lengths.iter().map(length_of).collect();
    let Some(shape) = shape.filter(|shape| shape.len() <= 64) else {
        return Err(wrong("a shape that is no tuple of at most 64 lengths".into(), dictionary));
    };
    let fields = fields_of(entry("descr")?).map_err(|(found, expected)| wrong(found, &expected))?;
    let header = Header { fields, fortran, shape, length };
    if header.bytes().is_none() {
        let found = format!("{} elements of {} bytes", header.shape_text(), header.element());
        return Err(wrong(found, "a shape that a file can hold; the header is damaged"));
    }
    Ok(header)
}

/// What is wrong with a type: what was found, what was expected.
type Refused = (String, String);

fn fields_of(descr: &Value) -> Result<Vec<Field>, Refused> {
    match descr {
        Value::Text(text) => Ok(vec![Field { name: None, kind: Kind::parse(text)? }]),
        Value::Many(fields) if !fields.is_empty() => fields.iter().map(field_of).collect(),
        _ => Err(("a descr that is no type".into(), "a type such as '<f4', or fields with their types".into())),
    }
}

fn field_of(field: &Value) -> Result<Field, Refused> {
    let Value::Many(parts) = field else {
        return Err(("a field that is no tuple".into(), "a name and a type".into()));
    };
    let (name, kind) = match &parts[..] {
        [Value::Text(name), kind] => (name, kind),
        // A field may have a title before its name.
        [Value::Many(names), kind] => match &names[..] {
            [_, Value::Text(name)] => (name, kind),
            _ => return Err(("a field without a name".into(), "a name and a type".into())),
        },
        _ => {
            let expected = "one value a field; save these fields as arrays of their own, with numpy.savez";
            return Err(("a field that holds an array".into(), expected.into()));
        }
    };
    let Value::Text(kind) = kind else {
        let expected = "fields of numbers or text; save the inner fields as arrays of their own, with numpy.savez";
        return Err((format!("fields inside the field '{name}'"), expected.into()));
    };
    Ok(Field { name: Some(name.clone()), kind: Kind::parse(kind)? })
}
