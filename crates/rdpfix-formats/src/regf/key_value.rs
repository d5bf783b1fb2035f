//! Values of keys.
//!
//! Specification: "Key values list", "Key value", <https://github.com/msuhanov/regf>.

use super::big_data::{self, SEGMENT_SIZE};
use super::cell::{Cell, CellOffset};
use super::error::RegfError;
use super::hive::Hive;
use super::name::{self, Folded};
use super::value_data::{ValueData, ValueType};
use crate::cursor::Truncated;
use crate::read_at::ReadAt;

/// The fixed part of a key value in bytes.
pub(super) const KEY_VALUE_SIZE: usize = 20;
/// The most values of one key that are read. A real key has some thousands at most.
const MAX_VALUES: usize = 1 << 20;
/// The most data of one value that is read: 64 MiB. Windows refuses far less in most hives.
const MAX_DATA: usize = 64 << 20;
/// Set in the size of data that stands in the field of its own offset.
pub(super) const INLINE: u32 = 0x8000_0000;
/// Set when the name is stored in one byte a character.
pub(super) const COMPRESSED_NAME: u16 = 1;

/// A value: name, type and data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The name; empty for the key's default value.
    pub name: String,
    /// The type.
    pub kind: ValueType,
    /// The data as it is stored.
    pub bytes: Vec<u8>,
    /// Where the value's record is.
    pub offset: CellOffset,
}

impl Value {
    /// What the data means by its type.
    pub fn data(&self) -> ValueData {
        ValueData::decode(self.kind, &self.bytes)
    }

    /// The number, if it is one: a `REG_DWORD` of either byte order, or a `REG_QWORD`.
    pub fn number(&self) -> Option<u64> {
        match self.data() {
            ValueData::Dword(number) | ValueData::DwordBigEndian(number) => Some(u64::from(number)),
            ValueData::Qword(number) => Some(number),
            _ => None,
        }
    }

    /// The text, if it is one: a `REG_SZ` or a `REG_EXPAND_SZ`, whose variables are not replaced.
    pub fn text(&self) -> Option<String> {
        match self.data() {
            ValueData::String(text) | ValueData::ExpandString(text) => Some(text),
            _ => None,
        }
    }

    /// The texts, if it is a `REG_MULTI_SZ`.
    pub fn texts(&self) -> Option<Vec<String>> {
        match self.data() {
            ValueData::MultiString(texts) => Some(texts),
            _ => None,
        }
    }
}

/// A value whose data is not read yet.
#[derive(Debug, Clone)]
pub(super) struct KeyValue {
    offset: CellOffset,
    size: u32,
    data: CellOffset,
    kind: ValueType,
    name: Vec<u16>,
}

impl KeyValue {
    pub(super) fn read<R: ReadAt>(hive: &Hive<R>, offset: CellOffset) -> Result<Self, RegfError> {
        let limit = KEY_VALUE_SIZE.saturating_add(usize::from(u16::MAX));
        let cell = hive.cell(offset, limit, "key value")?;
        let mut cursor = cell.signed(*b"vk", "key value", "`vk`")?;
        let name_length = cursor.length16("length of a value's name")?;
        let size = cursor.u32("size of a value's data")?;
        let data = CellOffset::new(cursor.u32("offset of a value's data")?);
        let kind = ValueType::new(cursor.u32("type of a value")?);
        let flags = cursor.u16("flags of a value")?;
        cursor.u16("spare field of a value")?;
        let name = cursor.take(name_length, "name of a value")?;
        Ok(Self {
            offset,
            size,
            data,
            kind,
            name: name::units(name, flags & COMPRESSED_NAME != 0),
        })
    }

    pub(super) fn is_named(&self, name: &Folded) -> bool {
        self.name.len() == name.units().len() && Folded::from_units(&self.name) == *name
    }

    pub(super) fn load<R: ReadAt>(&self, hive: &Hive<R>) -> Result<Value, RegfError> {
        Ok(Value {
            name: String::from_utf16_lossy(&self.name),
            kind: self.kind,
            bytes: self.data(hive)?,
            offset: self.offset,
        })
    }

    fn data<R: ReadAt>(&self, hive: &Hive<R>) -> Result<Vec<u8>, RegfError> {
        let length = usize::try_from(self.size & !INLINE).unwrap_or(usize::MAX);
        if self.size & INLINE != 0 {
            let stored = self.data.get().to_le_bytes();
            let data = stored.get(..length).ok_or_else(|| RegfError::Unexpected {
                what: "size of a value's data",
                offset: self.offset.file_offset(),
                expected: "at most 4 bytes in place of the offset",
                found: u64::from(self.size & !INLINE),
            })?;
            return Ok(data.to_vec());
        }
        if length == 0 {
            return Ok(Vec::new());
        }
        if length > MAX_DATA || u64::from(self.size) > u64::from(hive.bins_size()) {
            let most = u64::try_from(MAX_DATA).unwrap_or(u64::MAX);
            return Err(RegfError::TooMuch {
                what: "size of a value's data",
                offset: self.offset.file_offset(),
                expected: most.min(u64::from(hive.bins_size())),
            });
        }
        if length > SEGMENT_SIZE && hive.base_block().minor_version > 3 {
            return big_data::read(hive, self.data, length);
        }
        let cell = hive.cell(self.data, length, "data of a value")?;
        if cell.bytes.len() < length {
            return Err(RegfError::Truncated(Truncated {
                what: "data of a value",
                offset: self.data.file_offset(),
                expected: length,
                found: cell.bytes.len(),
            }));
        }
        Ok(cell.bytes)
    }
}

/// The values of a key whose data is not read yet; damage is an item, and reading goes on behind it.
pub(super) struct ValuesList<'h, R> {
    hive: &'h Hive<R>,
    list: Option<Cell>,
    next: usize,
    count: usize,
    problem: Option<RegfError>,
}

impl<'h, R: ReadAt> ValuesList<'h, R> {
    pub(super) fn new(hive: &'h Hive<R>, count: u32, offset: CellOffset) -> Self {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut values = Self {
            hive,
            list: None,
            next: 0,
            count,
            problem: None,
        };
        if count == 0 {
            return values;
        }
        let limit = count.min(MAX_VALUES).saturating_mul(4);
        match hive.cell(offset, limit, "values list") {
            Ok(list) => {
                values.count = list.bytes.len() / 4;
                if values.count < count {
                    values.problem = Some(RegfError::TooMuch {
                        what: "number of values",
                        offset: offset.file_offset(),
                        expected: u64::try_from(values.count).unwrap_or(u64::MAX),
                    });
                }
                values.list = Some(list);
            }
            Err(error) => {
                values.count = 0;
                values.problem = Some(error);
            }
        }
        values
    }
}

impl<R: ReadAt> Iterator for ValuesList<'_, R> {
    type Item = Result<KeyValue, RegfError>;

    fn next(&mut self) -> Option<Self::Item> {
        let list = self.list.as_ref().filter(|_| self.next < self.count);
        let Some(list) = list else {
            return self.problem.take().map(Err);
        };
        let mut cursor = list.cursor();
        let offset = cursor
            .seek(self.next.saturating_mul(4), "values list")
            .and_then(|()| cursor.u32("element of a values list"));
        self.next = self.next.saturating_add(1);
        Some(
            offset
                .map_err(RegfError::from)
                .and_then(|offset| KeyValue::read(self.hive, CellOffset::new(offset))),
        )
    }
}
