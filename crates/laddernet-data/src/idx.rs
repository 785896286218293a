//! IDX, the format of the MNIST files: a big-endian header (two zero bytes, type, number of dimensions, one `u32`
//! a dimension), then the values.
//!
//! Described on the last page of the MNIST site of LeCun, Cortes and Burges.

mod pair;
#[cfg(test)]
mod tests;

pub(crate) use pair::{Rows, check_same_row_shape, read_classes, read_test_pair, row_length};
pub use pair::{images, labels, read_pair};

use crate::error::{DataError, beginning};
use crate::file::Input;

/// The content of one IDX file.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxArray {
    /// Length of each dimension, the slowest first; for images `[rows, height, width]`.
    pub shape: Vec<usize>,
    /// The values, row after row.
    pub values: IdxValues,
}

/// The values of an [`IdxArray`] in the type of the file.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant is the Rust type of its name")]
pub enum IdxValues {
    U8(Vec<u8>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl IdxValues {
    /// The type's name, its byte in the header and its size.
    fn kind(&self) -> (&'static str, u8, usize) {
        match self {
            IdxValues::U8(_) => ("u8", 0x08, 1),
            IdxValues::I8(_) => ("i8", 0x09, 1),
            IdxValues::I16(_) => ("i16", 0x0b, 2),
            IdxValues::I32(_) => ("i32", 0x0c, 4),
            IdxValues::F32(_) => ("f32", 0x0d, 4),
            IdxValues::F64(_) => ("f64", 0x0e, 8),
        }
    }

    /// The type's name as Rust writes it: "u8", "f32".
    pub fn type_name(&self) -> &'static str {
        self.kind().0
    }
}

/// Reads an unpacked IDX file from memory. `name` is the file's name for the message.
///
/// # Errors
/// When `bytes` are empty, no IDX file, of an unknown type, cut short, or longer than their header says.
pub fn parse(bytes: &[u8], name: &str) -> Result<IdxArray, DataError> {
    from_input(&mut Input::of_bytes(bytes, name))
}

/// Reads an IDX file to its end: first the header, then the bytes it declares, then one more, which must not come.
pub(crate) fn from_input(input: &mut Input) -> Result<IdxArray, DataError> {
    let magic = input.next_bytes(4)?;
    let name = || input.name().to_owned();
    if magic.is_empty() {
        return Err(DataError::Empty { name: name(), expected: "an IDX file".into() });
    }
    if magic[..magic.len().min(2)].iter().any(|&b| b != 0) {
        return Err(DataError::NotIdx { name: name(), found: beginning(&magic) });
    }
    let truncated = |place, expected, found: usize| {
        Err(DataError::Truncated { name: input.name().into(), place, expected, found: found as u64 })
    };
    let &[_, _, kind, dimensions] = &magic[..] else {
        return truncated("the header", 4, magic.len());
    };
    let size = match kind {
        0x08 | 0x09 => 1,
        0x0b => 2,
        0x0c | 0x0d => 4,
        0x0e => 8,
        found => return Err(DataError::IdxType { name: name(), found }),
    };
    if dimensions == 0 {
        let expected = "at least 1; the header is damaged or this is no IDX file";
        return Err(DataError::IdxDimensions { name: name(), found: 0, expected });
    }
    let header = 4 + 4 * u64::from(dimensions);
    let lengths = input.next_bytes(header - 4)?;
    if lengths.len() as u64 != header - 4 {
        return Err(DataError::Truncated {
            name: input.name().into(),
            place: "the header",
            expected: header,
            found: 4 + lengths.len() as u64,
        });
    }
    let shape: Vec<usize> = big_endian(&lengths, u32::from_be_bytes).into_iter().map(|n| n as usize).collect();
    let expected = declared(&shape, size, header, input)?;
    let bytes = input.next_bytes(expected - header)?;
    if (bytes.len() as u64) < expected - header {
        return Err(DataError::Truncated {
            name: input.name().into(),
            place: "the values",
            expected,
            found: header + bytes.len() as u64,
        });
    }
    if !input.next_bytes(1)?.is_empty() {
        return Err(DataError::TooLong { name: input.name().into(), expected });
    }
    let values = match kind {
        0x08 => IdxValues::U8(bytes),
        0x09 => IdxValues::I8(big_endian(&bytes, i8::from_be_bytes)),
        0x0b => IdxValues::I16(big_endian(&bytes, i16::from_be_bytes)),
        0x0c => IdxValues::I32(big_endian(&bytes, i32::from_be_bytes)),
        0x0d => IdxValues::F32(big_endian(&bytes, f32::from_be_bytes)),
        _ => IdxValues::F64(big_endian(&bytes, f64::from_be_bytes)),
    };
    Ok(IdxArray { shape, values })
}

/// The length of the whole file by its header, checked against what can be there.
fn declared(shape: &[usize], size: usize, header: u64, input: &Input) -> Result<u64, DataError> {
    let name = input.name().to_owned();
    // Zeros count as ones here, so that no product of these lengths, in any order, can overflow later.
    let largest = shape.iter().try_fold(size, |product, &n| product.checked_mul(n.max(1)));
    let Some(largest) = largest.and_then(|bytes| (bytes as u64).checked_add(header)) else {
        let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
        return Err(DataError::TooLarge { name, found: lengths.join(" x "), limit: input.at_most() });
    };
    let expected = if shape.contains(&0) { header } else { largest };
    if expected > input.at_most() {
        return Err(if input.packed() {
            DataError::TooLarge { name, found: expected.to_string(), limit: input.at_most() }
        } else {
            DataError::Truncated { name, place: "the values", expected, found: input.at_most() }
        });
    }
    Ok(expected)
}

fn big_endian<const N: usize, T>(bytes: &[u8], convert: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|&chunk| convert(chunk)).collect()
}

/// Writes an array as an unpacked IDX file; [`parse`] reads it back to the same bits.
///
/// # Panics
/// When the shape has no or more than 255 dimensions, one beyond `u32`, or not as many places as there are values.
pub fn encode(array: &IdxArray) -> Vec<u8> {
    let (_, kind, size) = array.values.kind();
    let dimensions = u8::try_from(array.shape.len()).expect("an IDX file has at most 255 dimensions");
    assert!(dimensions > 0, "an IDX file has at least one dimension");
    let mut bytes = vec![0, 0, kind, dimensions];
    for &n in &array.shape {
        bytes.extend(u32::try_from(n).expect("a dimension of an IDX file is a u32").to_be_bytes());
    }
    let header = bytes.len();
    match &array.values {
        IdxValues::U8(v) => bytes.extend(v),
        IdxValues::I8(v) => bytes.extend(v.iter().flat_map(|x| x.to_be_bytes())),
        IdxValues::I16(v) => bytes.extend(v.iter().flat_map(|x| x.to_be_bytes())),
        IdxValues::I32(v) => bytes.extend(v.iter().flat_map(|x| x.to_be_bytes())),
        IdxValues::F32(v) => bytes.extend(v.iter().flat_map(|x| x.to_be_bytes())),
        IdxValues::F64(v) => bytes.extend(v.iter().flat_map(|x| x.to_be_bytes())),
    }
    let (places, values) = (array.shape.iter().product::<usize>(), (bytes.len() - header) / size);
    assert_eq!(places, values, "shape {:?} does not hold {values} values", array.shape);
    bytes
}
