//! The types of values, and their data by type.
//!
//! Specification: "Data types", <https://github.com/msuhanov/regf>;
//! <https://learn.microsoft.com/windows/win32/sysinfo/registry-value-types>.

use std::fmt;

/// The type of a value, as it stands in the hive; Windows does not check it against the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueType(u32);

impl ValueType {
    /// `REG_NONE`.
    pub const NONE: Self = Self(0);
    /// `REG_SZ`.
    pub const SZ: Self = Self(1);
    /// `REG_EXPAND_SZ`.
    pub const EXPAND_SZ: Self = Self(2);
    /// `REG_BINARY`.
    pub const BINARY: Self = Self(3);
    /// `REG_DWORD`.
    pub const DWORD: Self = Self(4);
    /// `REG_DWORD_BIG_ENDIAN`.
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// `REG_LINK`.
    pub const LINK: Self = Self(6);
    /// `REG_MULTI_SZ`.
    pub const MULTI_SZ: Self = Self(7);
    /// `REG_RESOURCE_LIST`.
    pub const RESOURCE_LIST: Self = Self(8);
    /// `REG_FULL_RESOURCE_DESCRIPTOR`.
    pub const FULL_RESOURCE_DESCRIPTOR: Self = Self(9);
    /// `REG_RESOURCE_REQUIREMENTS_LIST`.
    pub const RESOURCE_REQUIREMENTS_LIST: Self = Self(10);
    /// `REG_QWORD`.
    pub const QWORD: Self = Self(11);

    /// From the number that stands in the hive.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number that stands in the hive.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// As Windows names it, or the number in hexadecimal.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::NONE => "REG_NONE",
            Self::SZ => "REG_SZ",
            Self::EXPAND_SZ => "REG_EXPAND_SZ",
            Self::BINARY => "REG_BINARY",
            Self::DWORD => "REG_DWORD",
            Self::DWORD_BIG_ENDIAN => "REG_DWORD_BIG_ENDIAN",
            Self::LINK => "REG_LINK",
            Self::MULTI_SZ => "REG_MULTI_SZ",
            Self::RESOURCE_LIST => "REG_RESOURCE_LIST",
            Self::FULL_RESOURCE_DESCRIPTOR => "REG_FULL_RESOURCE_DESCRIPTOR",
            Self::RESOURCE_REQUIREMENTS_LIST => "REG_RESOURCE_REQUIREMENTS_LIST",
            Self::QWORD => "REG_QWORD",
            Self(other) => return write!(f, "{other:#x}"),
        };
        f.write_str(name)
    }
}

/// What a value's data means by its type. The bytes themselves are kept in [`Value`](super::Value).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueData {
    /// `REG_NONE`; its bytes have no meaning of their own.
    None,
    /// `REG_SZ`: the text before the first zero.
    String(String),
    /// `REG_EXPAND_SZ`: the text before the first zero, its variables (`%SystemRoot%`) not replaced.
    ExpandString(String),
    /// `REG_BINARY`.
    Binary(Vec<u8>),
    /// `REG_DWORD`.
    Dword(u32),
    /// `REG_DWORD_BIG_ENDIAN`.
    DwordBigEndian(u32),
    /// `REG_LINK`: the path of the key a symbolic link points to; it has no zero at its end.
    Link(String),
    /// `REG_MULTI_SZ`: the texts up to the first empty one, where Windows stops reading too.
    MultiString(Vec<String>),
    /// `REG_QWORD`.
    Qword(u64),
    /// Another type, or data whose size is not that of its type, as a `REG_DWORD` of three bytes.
    Other {
        /// The type.
        kind: ValueType,
        /// The data.
        bytes: Vec<u8>,
    },
}

impl ValueData {
    /// What `bytes` mean as data of type `kind`.
    pub fn decode(kind: ValueType, bytes: &[u8]) -> Self {
        let typed = match kind {
            ValueType::NONE => Some(Self::None),
            ValueType::SZ => Some(Self::String(text(bytes))),
            ValueType::EXPAND_SZ => Some(Self::ExpandString(text(bytes))),
            ValueType::BINARY => Some(Self::Binary(bytes.to_vec())),
            ValueType::LINK => Some(Self::Link(text(bytes))),
            ValueType::MULTI_SZ => Some(Self::MultiString(texts(bytes))),
            ValueType::DWORD => bytes
                .try_into()
                .ok()
                .map(u32::from_le_bytes)
                .map(Self::Dword),
            ValueType::DWORD_BIG_ENDIAN => {
                let number = bytes.try_into().ok().map(u32::from_be_bytes);
                number.map(Self::DwordBigEndian)
            }
            ValueType::QWORD => bytes
                .try_into()
                .ok()
                .map(u64::from_le_bytes)
                .map(Self::Qword),
            _ => None,
        };
        typed.unwrap_or_else(|| Self::Other {
            kind,
            bytes: bytes.to_vec(),
        })
    }

    /// The type and the bytes as Windows stores them: texts with their zeros.
    pub fn encode(&self) -> (ValueType, Vec<u8>) {
        let zero_ended = |text: &str| {
            let units = text.encode_utf16().chain([0]);
            units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
        };
        match self {
            Self::None => (ValueType::NONE, Vec::new()),
            Self::String(text) => (ValueType::SZ, zero_ended(text)),
            Self::ExpandString(text) => (ValueType::EXPAND_SZ, zero_ended(text)),
            Self::Binary(bytes) => (ValueType::BINARY, bytes.clone()),
            Self::Dword(number) => (ValueType::DWORD, number.to_le_bytes().to_vec()),
            Self::DwordBigEndian(number) => {
                (ValueType::DWORD_BIG_ENDIAN, number.to_be_bytes().to_vec())
            }
            Self::Link(path) => {
                let units = path.encode_utf16();
                (ValueType::LINK, units.flat_map(u16::to_le_bytes).collect())
            }
            Self::MultiString(texts) => {
                let mut bytes: Vec<u8> = texts.iter().flat_map(|text| zero_ended(text)).collect();
                bytes.extend([0, 0]);
                (ValueType::MULTI_SZ, bytes)
            }
            Self::Qword(number) => (ValueType::QWORD, number.to_le_bytes().to_vec()),
            Self::Other { kind, bytes } => (*kind, bytes.clone()),
        }
    }
}

fn utf16(bytes: &[u8]) -> Vec<u16> {
    super::name::units(bytes, false)
}

pub(super) fn text(bytes: &[u8]) -> String {
    let units = utf16(bytes);
    let text = units.split(|unit| *unit == 0).next().unwrap_or_default();
    String::from_utf16_lossy(text)
}

fn texts(bytes: &[u8]) -> Vec<String> {
    let units = utf16(bytes);
    let texts = units.split(|unit| *unit == 0);
    let texts = texts.take_while(|text| !text.is_empty());
    texts.map(String::from_utf16_lossy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_goes_by_its_type() {
        let cases = [
            (ValueType::DWORD, vec![1, 0, 0, 0], ValueData::Dword(1)),
            (
                ValueType::DWORD_BIG_ENDIAN,
                vec![0, 0, 0, 1],
                ValueData::DwordBigEndian(1),
            ),
            (
                ValueType::QWORD,
                vec![2, 0, 0, 0, 0, 0, 0, 0],
                ValueData::Qword(2),
            ),
            (
                ValueType::SZ,
                b"a\0\0\0b\0".to_vec(),
                ValueData::String("a".to_owned()),
            ),
            (
                ValueType::SZ,
                b"a\0b".to_vec(),
                ValueData::String("a".to_owned()),
            ),
            (
                ValueType::MULTI_SZ,
                b"a\0\0\0b\0\0\0\0\0".to_vec(),
                ValueData::MultiString(vec!["a".to_owned(), "b".to_owned()]),
            ),
            (
                ValueType::LINK,
                b"\\\0R\0".to_vec(),
                ValueData::Link("\\R".to_owned()),
            ),
            (ValueType::NONE, vec![], ValueData::None),
        ];
        for (kind, bytes, expected) in cases {
            assert_eq!(ValueData::decode(kind, &bytes), expected, "{kind}");
        }
    }

    #[test]
    fn data_of_another_size_keeps_its_bytes() {
        let bytes = vec![1, 2, 3];
        let data = ValueData::decode(ValueType::DWORD, &bytes);
        let kind = ValueType::DWORD;
        assert_eq!(data, ValueData::Other { kind, bytes });
        assert_eq!(ValueType::new(0xFFFF).to_string(), "0xffff");
    }
}
