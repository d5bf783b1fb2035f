//! Typed values: the table of types of [MS-EVEN6] 2.2.12 (`ValueType`), each with the bytes it stands for.

use super::BinXmlError;
use crate::cursor::Cursor;
use crate::filetime::FileTime;
use crate::guid::Guid;
use crate::sid::Sid;
use crate::value::Value;

/// The numbers of the value types.
pub(crate) mod kind {
    pub(crate) const NULL: u8 = 0x00;
    pub(crate) const STRING: u8 = 0x01;
    pub(crate) const ANSI_STRING: u8 = 0x02;
    pub(crate) const I8: u8 = 0x03;
    pub(crate) const U8: u8 = 0x04;
    pub(crate) const I16: u8 = 0x05;
    pub(crate) const U16: u8 = 0x06;
    pub(crate) const I32: u8 = 0x07;
    pub(crate) const U32: u8 = 0x08;
    pub(crate) const I64: u8 = 0x09;
    pub(crate) const U64: u8 = 0x0a;
    pub(crate) const F32: u8 = 0x0b;
    pub(crate) const F64: u8 = 0x0c;
    pub(crate) const BOOL: u8 = 0x0d;
    pub(crate) const BINARY: u8 = 0x0e;
    pub(crate) const GUID: u8 = 0x0f;
    pub(crate) const SIZE: u8 = 0x10;
    pub(crate) const FILETIME: u8 = 0x11;
    pub(crate) const SYSTEMTIME: u8 = 0x12;
    pub(crate) const SID: u8 = 0x13;
    pub(crate) const HEX32: u8 = 0x14;
    pub(crate) const HEX64: u8 = 0x15;
    pub(crate) const EVT_HANDLE: u8 = 0x20;
    pub(crate) const BINXML: u8 = 0x21;
    pub(crate) const EVT_XML: u8 = 0x23;
    /// Added to a type for several values of it.
    pub(crate) const ARRAY: u8 = 0x80;
}

/// One value of a template instance, undecoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawValue<'a> {
    /// The value's type: see [`crate::value::Value`]; 0x80 is added for an array, 0x21 is embedded BinXML.
    pub kind: u8,
    /// The bytes.
    pub bytes: &'a [u8],
    /// File offset of the bytes.
    pub offset: u64,
    /// Where they stand in the chunk.
    pub(super) position: usize,
}

impl<'a> RawValue<'a> {
    /// Whether there is nothing in it: no value, or one without a byte.
    pub const fn is_empty(&self) -> bool {
        self.kind == kind::NULL || self.bytes.is_empty()
    }

    /// Whether it is an array, for which the element around it is repeated.
    pub const fn is_array(&self) -> bool {
        self.kind & kind::ARRAY != 0 && !self.bytes.is_empty()
    }

    /// Decodes the value; an array becomes [`Value::Array`].
    ///
    /// # Errors
    /// [`BinXmlError`] for a type that is not known or holds no value of its own (BinXML, handles), or too few bytes for it.
    pub fn decode(&self) -> Result<Value, BinXmlError> {
        if self.is_array() {
            return self.items().map(Value::Array);
        }
        if self.is_empty() {
            return Ok(match self.kind {
                kind::STRING | kind::ANSI_STRING => Value::Text(String::new()),
                kind::BINARY => Value::Binary(Vec::new()),
                _ => Value::Null,
            });
        }
        match self.kind {
            kind::STRING | kind::EVT_XML => self.utf16(),
            kind::ANSI_STRING => Ok(Value::Text(windows_1252(self.bytes))),
            kind::BINARY => Ok(Value::Binary(self.bytes.to_vec())),
            kind::SIZE if self.bytes.len() == 4 => Ok(Value::Size(u64::from(
                Cursor::new(self.bytes, self.offset).u32("32-bit size")?,
            ))),
            kind => scalar(kind, &mut Cursor::new(self.bytes, self.offset)),
        }
    }

    fn utf16(&self) -> Result<Value, BinXmlError> {
        if !self.bytes.len().is_multiple_of(2) {
            return Err(self.unexpected("length of UTF-16 text", "an even number"));
        }
        Ok(Value::Text(utf16(self.bytes)))
    }

    fn unexpected(&self, what: &'static str, expected: &'static str) -> BinXmlError {
        BinXmlError::Unexpected {
            what,
            offset: self.offset,
            expected,
            found: u64::try_from(self.bytes.len()).unwrap_or(u64::MAX),
        }
    }

    /// Decodes the values of an array. Strings stand one after the other, each with a zero at its end.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn items(&self) -> Result<Vec<Value>, BinXmlError> {
        match self.kind & !kind::ARRAY {
            kind::STRING => {
                let units: Vec<u16> = units(self.bytes).collect();
                let units = units.strip_suffix(&[0]).unwrap_or(&units);
                Ok(units.split(|unit| *unit == 0).map(text_of_units).collect())
            }
            kind::ANSI_STRING => {
                let bytes = self.bytes.strip_suffix(&[0]).unwrap_or(self.bytes);
                let texts = bytes.split(|byte| *byte == 0);
                Ok(texts.map(|text| Value::Text(windows_1252(text))).collect())
            }
            kind => {
                let mut cursor = Cursor::new(self.bytes, self.offset);
                let mut items = Vec::new();
                while cursor.remaining() > 0 {
                    items.push(scalar(kind, &mut cursor)?);
                }
                Ok(items)
            }
        }
    }
}

/// The literal value at the cursor, as a value token carries it: its type, and for text its length in UTF-16 units.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Result<Value, BinXmlError> {
    match cursor.u8("type of a literal value")? {
        kind::NULL => Ok(Value::Null),
        kind::STRING => counted_text(cursor).map(Value::Text),
        kind => scalar(kind, cursor),
    }
}

/// The text at the cursor: its length in UTF-16 units in two bytes, then the units.
pub(super) fn counted_text(cursor: &mut Cursor<'_>) -> Result<String, BinXmlError> {
    let units = cursor.length16("length of a text")?;
    Ok(utf16(cursor.take(units.saturating_mul(2), "text")?))
}

/// One value of a type that says by itself how long its values are.
fn scalar(kind: u8, cursor: &mut Cursor<'_>) -> Result<Value, BinXmlError> {
    let offset = cursor.offset();
    Ok(match kind {
        kind::I8 => Value::I8(i8::from_le_bytes(cursor.array("8-bit number")?)),
        kind::U8 => Value::U8(cursor.u8("8-bit number")?),
        kind::I16 => Value::I16(i16::from_le_bytes(cursor.array("16-bit number")?)),
        kind::U16 => Value::U16(cursor.u16("16-bit number")?),
        kind::I32 => Value::I32(i32::from_le_bytes(cursor.array("32-bit number")?)),
        kind::U32 => Value::U32(cursor.u32("32-bit number")?),
        kind::I64 => Value::I64(i64::from_le_bytes(cursor.array("64-bit number")?)),
        kind::U64 => Value::U64(cursor.u64("64-bit number")?),
        kind::F32 => Value::F32(f32::from_le_bytes(cursor.array("32-bit float")?)),
        kind::F64 => Value::F64(f64::from_le_bytes(cursor.array("64-bit float")?)),
        kind::BOOL => boolean(i32::from_le_bytes(cursor.array("boolean")?)),
        kind::GUID => Value::Guid(Guid::from_bytes(cursor.array("GUID")?)),
        kind::SIZE => Value::Size(cursor.u64("64-bit size")?),
        kind::FILETIME => Value::FileTime(FileTime::from_ticks(cursor.u64("FILETIME")?)),
        kind::SYSTEMTIME => system_time(cursor)?,
        kind::SID => sid(cursor)?,
        kind::HEX32 => Value::Hex32(cursor.u32("32-bit number")?),
        kind::HEX64 => Value::Hex64(cursor.u64("64-bit number")?),
        kind => {
            return Err(BinXmlError::Unexpected {
                what: match kind {
                    kind::EVT_HANDLE => "handle as a value",
                    kind::BINXML => "embedded BinXML as a plain value",
                    _ => "value type",
                },
                offset,
                expected: "a type of 0x00 to 0x15, or an array of one",
                found: u64::from(kind),
            });
        }
    })
}

/// Windows itself writes bit masks into some boolean fields; those stay the numbers they are.
const fn boolean(raw: i32) -> Value {
    match raw {
        0 => Value::Bool(false),
        1 => Value::Bool(true),
        other => Value::I32(other),
    }
}

/// A `SYSTEMTIME`: eight 16-bit fields. A date that does not exist is kept as text, as Windows shows it.
fn system_time(cursor: &mut Cursor<'_>) -> Result<Value, BinXmlError> {
    let mut fields = [0; 8];
    for field in &mut fields {
        *field = cursor.u16("SYSTEMTIME")?;
    }
    let [year, month, _, day, hour, minute, second, milli] = fields;
    let time = FileTime::from_parts(year, month, day, hour, minute, second, milli);
    Ok(time.map_or_else(
        || {
            Value::Text(format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
            ))
        },
        Value::SystemTime,
    ))
}

fn sid(cursor: &mut Cursor<'_>) -> Result<Value, BinXmlError> {
    let offset = cursor.offset();
    let rest = cursor.remaining();
    let bytes = cursor.take(rest, "SID")?;
    let Some((sid, length)) = Sid::decode(bytes) else {
        return Err(BinXmlError::Unexpected {
            what: "SID",
            offset,
            expected: "at most 15 sub-authorities, and their bytes",
            found: bytes.get(1).copied().map_or(0, u64::from),
        });
    };
    let left = rest.saturating_sub(length);
    cursor.seek(cursor.position().saturating_sub(left), "SID")?;
    Ok(Value::Sid(sid))
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair))
}

fn text_of_units(units: &[u16]) -> Value {
    Value::Text(String::from_utf16_lossy(units))
}

/// UTF-16 up to the first zero, as Windows reads it. A surrogate without its partner becomes U+FFFD.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let end = pairs.iter().position(|pair| *pair == [0, 0]);
    let pairs = pairs.get(..end.unwrap_or(pairs.len())).unwrap_or(pairs);
    // Nearly all text of a log is ASCII, for which this is several times faster.
    if pairs.iter().all(|[low, high]| *high == 0 && *low < 0x80) {
        let ascii: Vec<u8> = pairs.iter().map(|[low, _]| *low).collect();
        return String::from_utf8(ascii).unwrap_or_default();
    }
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let characters = char::decode_utf16(units);
    characters
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The characters of Windows-1252 from 0x80 to 0x9f; the five bytes without one stay control characters.
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

/// Text in the code page of Western Windows; a log does not say which it was written with. Zeros are padding.
fn windows_1252(bytes: &[u8]) -> String {
    let letters = bytes.iter().filter(|byte| **byte != 0);
    letters
        .map(|byte| {
            let special = byte
                .checked_sub(0x80)
                .and_then(|at| WINDOWS_1252.get(usize::from(at)));
            special.copied().unwrap_or(char::from(*byte))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u8, bytes: &[u8]) -> RawValue<'_> {
        RawValue {
            kind,
            bytes,
            offset: 0x2000,
            position: 0,
        }
    }

    fn shown(kind: u8, bytes: &[u8]) -> String {
        raw(kind, bytes).decode().unwrap().to_string()
    }

    #[test]
    fn every_scalar_type() {
        assert_eq!(shown(kind::STRING, b"a\0\xe9\0"), "aé");
        assert_eq!(shown(kind::STRING, b"a\0\0\0b\0"), "a");
        assert_eq!(shown(kind::STRING, b"\x00\xd8a\0"), "\u{FFFD}a");
        assert_eq!(shown(kind::ANSI_STRING, b"\x80 \xe9\0"), "€ é");
        assert_eq!(shown(kind::I8, &[0xff]), "-1");
        assert_eq!(shown(kind::U8, &[0xff]), "255");
        assert_eq!(shown(kind::I16, &[0xfe, 0xff]), "-2");
        assert_eq!(shown(kind::U16, &[0xfe, 0xff]), "65534");
        assert_eq!(shown(kind::I32, &[0xfd, 0xff, 0xff, 0xff]), "-3");
        assert_eq!(shown(kind::U32, &[1, 0, 1, 0]), "65537");
        assert_eq!(shown(kind::I64, &[0xff; 8]), "-1");
        assert_eq!(shown(kind::U64, &[0xff; 8]), u64::MAX.to_string());
        assert_eq!(shown(kind::F32, &1.5_f32.to_le_bytes()), "1.5");
        assert_eq!(shown(kind::F64, &0.25_f64.to_le_bytes()), "0.25");
        assert_eq!(shown(kind::BOOL, &[1, 0, 0, 0]), "true");
        assert_eq!(shown(kind::BOOL, &[8, 0, 0, 0]), "8");
        assert_eq!(shown(kind::BINARY, &[0x59, 0xef]), "59EF");
        assert_eq!(
            shown(kind::GUID, &[0; 16]),
            "{00000000-0000-0000-0000-000000000000}"
        );
        assert_eq!(raw(kind::SIZE, &[1, 0, 0, 0]).decode(), Ok(Value::Size(1)));
        assert_eq!(
            raw(kind::SIZE, &[1, 0, 0, 0, 0, 0, 0, 0]).decode(),
            Ok(Value::Size(1))
        );
        assert_eq!(
            shown(kind::FILETIME, &[0; 8]),
            "1601-01-01T00:00:00.0000000Z"
        );
        assert_eq!(
            shown(kind::SID, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
            "S-1-5-18"
        );
        assert_eq!(shown(kind::HEX32, &[0xff, 0, 0, 0]), "0xff");
        assert_eq!(
            shown(kind::HEX64, &[0, 0, 0, 0, 0, 0, 0x80, 0]),
            "0x80000000000000"
        );
    }

    #[test]
    fn dates_real_and_not() {
        let bytes: Vec<u8> = [2018_u16, 7, 5, 6, 18, 45, 47, 17]
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect();
        let time = FileTime::from_parts(2018, 7, 6, 18, 45, 47, 17).unwrap();
        assert_eq!(
            raw(kind::SYSTEMTIME, &bytes).decode(),
            Ok(Value::SystemTime(time))
        );
        assert_eq!(
            shown(kind::SYSTEMTIME, &[0; 16]),
            "0000-00-00T00:00:00.000Z"
        );
    }

    #[test]
    fn arrays() {
        let texts = |value: Vec<Value>| value.iter().map(Value::to_string).collect::<Vec<_>>();
        let strings = raw(0x81, b"a\0\0\0\0\0b\0\0\0");
        assert_eq!(texts(strings.items().unwrap()), ["a", "", "b"]);
        assert_eq!(texts(raw(0x81, b"a\0").items().unwrap()), ["a"]);
        assert_eq!(texts(raw(0x82, b"a\0b").items().unwrap()), ["a", "b"]);
        assert_eq!(texts(raw(0x86, &[1, 0, 2, 0]).items().unwrap()), ["1", "2"]);
        assert!(raw(0x86, &[1, 0, 2]).items().is_err());
        let sids = [1, 0, 0, 0, 0, 0, 0, 5, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        assert_eq!(
            texts(raw(0x93, &sids).items().unwrap()),
            ["S-1-5", "S-1-5-18"]
        );
    }

    #[test]
    fn what_holds_no_value_is_an_error() {
        let error = raw(kind::GUID, &[0; 15]).decode().unwrap_err();
        assert_eq!(
            error.to_string(),
            "GUID at offset 0x2000: expected 16 bytes, found 15"
        );
        assert!(raw(0x16, &[0]).decode().is_err());
        assert!(raw(kind::EVT_HANDLE, &[0; 8]).decode().is_err());
        assert!(raw(kind::STRING, b"a\0b").decode().is_err());
        assert!(raw(kind::SID, &[1, 16, 0, 0, 0, 0, 0, 5]).decode().is_err());
        assert_eq!(raw(kind::GUID, &[]).decode(), Ok(Value::Null));
    }
}
