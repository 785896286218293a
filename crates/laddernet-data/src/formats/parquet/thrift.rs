//! As much of Thrift's compact protocol as it takes to look at a footer and at page headers before the library believes them.

/// Why a struct could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end inside it.
    Short,
    /// It is none.
    Wrong,
}

/// Structs deeper than this stand in no file.
const DEEPEST: u32 = 32;

/// The types of fields that are told apart.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const INTEGERS: [u8; 3] = [4, 5, 6];
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;

/// Reads fields from the beginning of some bytes.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Fields { bytes, at: 0, depth: 0 }
    }

    /// Bytes read so far.
    pub(super) fn read(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = *self.bytes.get(self.at).ok_or(Stop::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn unsigned(&mut self) -> Result<u64, Stop> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Stop::Wrong)
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Result<i64, Stop> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// Begins a list: the type of its elements, and how many there are.
    pub(super) fn list(&mut self) -> Result<(u8, u64), Stop> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            few => u64::from(few),
        };
        Ok((head & 15, count))
    }

    /// Calls `field` with the number and the type of each field of a struct; a field that it leaves alone (`Ok(false)`) is skipped.
    pub(super) fn each(&mut self, mut field: impl FnMut(&mut Self, i64, u8) -> Result<bool, Stop>) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Stop::Wrong);
        }
        let mut number = 0i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                self.depth -= 1;
                return Ok(());
            }
            number = match head >> 4 {
                0 => self.number()?,
                step => number.checked_add(i64::from(step)).ok_or(Stop::Wrong)?,
            };
            if !field(self, number, head & 15)? {
                self.skip(head & 15, false)?;
            }
        }
    }

    /// Skips a value. A truth value in a list is a byte; as a field it is in the type.
    fn skip(&mut self, kind: u8, in_list: bool) -> Result<(), Stop> {
        match kind {
            TRUE | FALSE if !in_list => Ok(()),
            TRUE | FALSE | BYTE => self.byte().map(drop),
            kind if INTEGERS.contains(&kind) => self.unsigned().map(drop),
            DOUBLE => self.pass(8),
            BINARY => {
                let count = self.unsigned()?;
                self.pass(count)
            }
            LIST | SET => {
                let (kind, count) = self.list()?;
                self.nested(|fields| (0..count).try_for_each(|_| fields.skip(kind, true)))
            }
            MAP => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                self.nested(|fields| {
                    (0..count)
                        .try_for_each(|_| fields.skip(kinds >> 4, true).and_then(|()| fields.skip(kinds & 15, true)))
                })
            }
            STRUCT => self.each(|_, _, _| Ok(false)),
            _ => Err(Stop::Wrong),
        }
    }

    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Stop::Wrong);
        }
        inside(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn pass(&mut self, count: u64) -> Result<(), Stop> {
        let count = usize::try_from(count).map_err(|_| Stop::Wrong)?;
        self.at = self.at.checked_add(count).ok_or(Stop::Wrong)?;
        if self.at > self.bytes.len() { Err(Stop::Short) } else { Ok(()) }
    }
}
