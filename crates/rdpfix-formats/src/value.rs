//! The typed values of an event, and how Windows writes them as text.
//!
//! The types are those of BinXML ([MS-EVEN6] 2.2.12 and the type table of the event log format); a value that came from XML
//! is [`Value::Text`] whatever it holds.

use std::fmt;

use crate::filetime::FileTime;
use crate::guid::Guid;
use crate::sid::Sid;

/// One value: the text of an element, or of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value (type 0x00).
    Null,
    /// Text (0x01 and 0x02, and everything that came from XML).
    Text(String),
    /// 0x03
    I8(i8),
    /// 0x04
    U8(u8),
    /// 0x05
    I16(i16),
    /// 0x06
    U16(u16),
    /// 0x07
    I32(i32),
    /// 0x08
    U32(u32),
    /// 0x09
    I64(i64),
    /// 0x0a
    U64(u64),
    /// 0x0b
    F32(f32),
    /// 0x0c
    F64(f64),
    /// 0x0d
    Bool(bool),
    /// 0x0e
    Binary(Vec<u8>),
    /// 0x0f
    Guid(Guid),
    /// 0x10: a pointer-sized number.
    Size(u64),
    /// 0x11
    FileTime(FileTime),
    /// 0x12: a `SYSTEMTIME`, kept as the instant it names.
    SystemTime(FileTime),
    /// 0x13
    Sid(Sid),
    /// 0x14
    Hex32(u32),
    /// 0x15
    Hex64(u64),
    /// 0x80 and above: several values of one type.
    Array(Vec<Value>),
}

impl Value {
    /// From a piece of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, if the value is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as an unsigned whole number: integers of any width, and text in decimal or `0x` hexadecimal.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::U8(n) => Some(u64::from(*n)),
            Self::U16(n) => Some(u64::from(*n)),
            Self::U32(n) | Self::Hex32(n) => Some(u64::from(*n)),
            Self::U64(n) | Self::Hex64(n) | Self::Size(n) => Some(*n),
            Self::I8(n) => u64::try_from(*n).ok(),
            Self::I16(n) => u64::try_from(*n).ok(),
            Self::I32(n) => u64::try_from(*n).ok(),
            Self::I64(n) => u64::try_from(*n).ok(),
            Self::Bool(b) => Some(u64::from(*b)),
            Self::Text(text) => {
                let text = text.trim();
                match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(hex) => u64::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            _ => None,
        }
    }

    /// The value as an instant: a time, or text that is one.
    pub fn as_time(&self) -> Option<FileTime> {
        match self {
            Self::FileTime(time) | Self::SystemTime(time) => Some(*time),
            Self::Text(text) => FileTime::parse(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Binary(bytes) => bytes.is_empty(),
            Self::Array(items) => items.is_empty(),
            _ => false,
        }
    }
}

/// The text Windows puts into the event's XML for the value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::I8(n) => write!(f, "{n}"),
            Self::U8(n) => write!(f, "{n}"),
            Self::I16(n) => write!(f, "{n}"),
            Self::U16(n) => write!(f, "{n}"),
            Self::I32(n) => write!(f, "{n}"),
            Self::U32(n) => write!(f, "{n}"),
            Self::I64(n) => write!(f, "{n}"),
            Self::U64(n) => write!(f, "{n}"),
            Self::F32(n) => write!(f, "{n}"),
            Self::F64(n) => write!(f, "{n}"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Binary(bytes) => write_hex(f, bytes),
            Self::Guid(guid) => write!(f, "{guid}"),
            Self::FileTime(time) | Self::SystemTime(time) => write!(f, "{time}"),
            Self::Sid(sid) => write!(f, "{sid}"),
            Self::Hex32(n) => write!(f, "0x{n:x}"),
            Self::Hex64(n) | Self::Size(n) => write!(f, "0x{n:x}"),
            Self::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_windows_writes_them() {
        assert_eq!(
            Value::Hex64(0x80000000000000).to_string(),
            "0x80000000000000"
        );
        assert_eq!(Value::Binary(vec![0x59, 0xEF]).to_string(), "59EF");
        assert_eq!(
            Value::Array(vec![Value::U8(1), Value::U8(2)]).to_string(),
            "1, 2"
        );
        assert_eq!(Value::Null.to_string(), "");
    }

    #[test]
    fn numbers_from_text() {
        assert_eq!(Value::text("0x8009030d").as_u64(), Some(0x8009_030D));
        assert_eq!(Value::text(" 1149 ").as_u64(), Some(1149));
        assert_eq!(Value::text("Access is denied.").as_u64(), None);
        assert_eq!(Value::I32(-1).as_u64(), None);
    }
}
