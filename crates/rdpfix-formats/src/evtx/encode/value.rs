//! Values into bytes, and text into the types Windows gives to the fields of `System`.

use std::borrow::Cow;

use super::{EncodeError, kind};
use crate::filetime::FileTime;
use crate::guid::Guid;
use crate::sid::Sid;
use crate::value::Value;

/// The type of a value and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) kind: u8,
    pub(super) bytes: Vec<u8>,
}

/// Encodes one value.
pub(super) fn encode(value: &Value) -> Result<Encoded, EncodeError> {
    let encoded = match value {
        Value::Array(items) => array(items)?,
        value => Encoded {
            kind: kind_of(value),
            bytes: scalar(value)?,
        },
    };
    if encoded.bytes.len() > usize::from(u16::MAX) {
        return Err(EncodeError::TooLarge {
            what: "bytes of one value",
            limit: usize::from(u16::MAX),
        });
    }
    Ok(encoded)
}

const fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null | Value::Array(_) => kind::NULL,
        Value::Text(_) => kind::STRING,
        Value::I8(_) => kind::I8,
        Value::U8(_) => kind::U8,
        Value::I16(_) => kind::I16,
        Value::U16(_) => kind::U16,
        Value::I32(_) => kind::I32,
        Value::U32(_) => kind::U32,
        Value::I64(_) => kind::I64,
        Value::U64(_) => kind::U64,
        Value::F32(_) => kind::F32,
        Value::F64(_) => kind::F64,
        Value::Bool(_) => kind::BOOL,
        Value::Binary(_) => kind::BINARY,
        Value::Guid(_) => kind::GUID,
        Value::Size(_) => kind::SIZE,
        Value::FileTime(_) => kind::FILETIME,
        Value::SystemTime(time) => match system_time(*time) {
            Some(_) => kind::SYSTEMTIME,
            None => kind::FILETIME,
        },
        Value::Sid(_) => kind::SID,
        Value::Hex32(_) => kind::HEX32,
        Value::Hex64(_) => kind::HEX64,
    }
}

fn scalar(value: &Value) -> Result<Vec<u8>, EncodeError> {
    Ok(match value {
        Value::Null | Value::Array(_) => Vec::new(),
        Value::Text(text) => utf16(text)?,
        Value::I8(n) => n.to_le_bytes().to_vec(),
        Value::U8(n) => n.to_le_bytes().to_vec(),
        Value::I16(n) => n.to_le_bytes().to_vec(),
        Value::U16(n) => n.to_le_bytes().to_vec(),
        Value::I32(n) => n.to_le_bytes().to_vec(),
        Value::U32(n) | Value::Hex32(n) => n.to_le_bytes().to_vec(),
        Value::I64(n) => n.to_le_bytes().to_vec(),
        Value::U64(n) | Value::Hex64(n) | Value::Size(n) => n.to_le_bytes().to_vec(),
        Value::F32(n) => n.to_le_bytes().to_vec(),
        Value::F64(n) => n.to_le_bytes().to_vec(),
        Value::Bool(b) => u32::from(*b).to_le_bytes().to_vec(),
        Value::Binary(bytes) => bytes.clone(),
        Value::Guid(guid) => guid.to_bytes().to_vec(),
        Value::FileTime(time) => time.ticks().to_le_bytes().to_vec(),
        Value::SystemTime(time) => match system_time(*time) {
            Some(fields) => fields.into_iter().flat_map(u16::to_le_bytes).collect(),
            None => time.ticks().to_le_bytes().to_vec(),
        },
        Value::Sid(sid) => sid.encode(),
    })
}

/// UTF-16 without a zero at the end: the length stands beside it.
pub(super) fn utf16(text: &str) -> Result<Vec<u8>, EncodeError> {
    if text.contains('\0') {
        return Err(EncodeError::ZeroInText);
    }
    Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// The fields of a `SYSTEMTIME`, where it can hold the instant: whole milliseconds, and a year the calendar reaches.
const fn system_time(time: FileTime) -> Option<[u16; 8]> {
    const DAY: u64 = 864_000_000_000;
    let ticks = time.ticks();
    if !ticks.is_multiple_of(10_000) {
        return None;
    }
    let days = ticks / DAY;
    let milliseconds = (ticks % DAY) / 10_000;
    // The proleptic Gregorian calendar in cycles of 400 years from 1601-01-01, years beginning in March.
    let shifted = days + 306;
    let cycle = shifted / 146_097;
    let day_of_cycle = shifted % 146_097;
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let is_new_year = month_from_march >= 10;
    let month = if is_new_year {
        month_from_march - 9
    } else {
        month_from_march + 3
    };
    let year = 1600 + cycle * 400 + year_of_cycle + if is_new_year { 1 } else { 0 };
    if year > 9999 {
        return None;
    }
    // 1601-01-01 was a Monday.
    let weekday = (days + 1) % 7;
    Some([
        low(year),
        low(month),
        low(weekday),
        low(day),
        low(milliseconds / 3_600_000),
        low(milliseconds / 60_000 % 60),
        low(milliseconds / 1000 % 60),
        low(milliseconds % 1000),
    ])
}

const fn low(number: u64) -> u16 {
    let [a, b, ..] = number.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// An array of one type; what has no array type of its own becomes text.
fn array(items: &[Value]) -> Result<Encoded, EncodeError> {
    let Some(first) = items.first() else {
        return Ok(Encoded {
            kind: kind::NULL,
            bytes: Vec::new(),
        });
    };
    let kind = kind_of(first);
    let uniform = items.iter().all(|item| kind_of(item) == kind);
    let as_text = matches!(kind, kind::NULL | kind::STRING | kind::BINARY) || !uniform;
    let mut bytes = Vec::new();
    for item in items {
        if as_text {
            bytes.extend(utf16(&item.to_string())?);
            bytes.extend([0, 0]);
        } else {
            bytes.extend(scalar(item)?);
        }
    }
    let kind = if as_text { kind::STRING } else { kind };
    Ok(Encoded {
        kind: kind | kind::ARRAY,
        bytes,
    })
}

/// The type Windows gives to a field of `System`, or to the `Binary` of `EventData`.
fn native_kind(element: &str, attribute: Option<&str>) -> Option<u8> {
    Some(match (element, attribute) {
        ("EventID" | "Task", None) | ("EventID", Some("Qualifiers")) => kind::U16,
        ("Version" | "Level" | "Opcode", None) | ("Execution", Some("ProcessorID")) => kind::U8,
        ("Keywords", None) => kind::HEX64,
        ("EventRecordID", None) => kind::U64,
        ("TimeCreated", Some("SystemTime")) => kind::FILETIME,
        ("Correlation", Some("ActivityID" | "RelatedActivityID")) => kind::GUID,
        ("Execution", Some(_)) => kind::U32,
        ("Security", Some("UserID")) => kind::SID,
        ("Binary", None) => kind::BINARY,
        _ => return None,
    })
}

/// The value in the type Windows gives to the field, if it is text that says the same.
pub(super) fn native<'v>(
    element: &str,
    attribute: Option<&str>,
    value: &'v Value,
) -> Cow<'v, Value> {
    let typed = value
        .as_text()
        .zip(native_kind(element, attribute))
        .and_then(|(text, kind)| typed(text, kind));
    typed.map_or(Cow::Borrowed(value), Cow::Owned)
}

fn typed(text: &str, kind: u8) -> Option<Value> {
    let number = || Value::text(text).as_u64();
    match kind {
        kind::U8 => number()?.try_into().ok().map(Value::U8),
        kind::U16 => number()?.try_into().ok().map(Value::U16),
        kind::U32 => number()?.try_into().ok().map(Value::U32),
        kind::U64 => number().map(Value::U64),
        kind::HEX64 => number().map(Value::Hex64),
        kind::FILETIME => FileTime::parse(text).map(Value::FileTime),
        kind::GUID => Guid::parse(text).map(Value::Guid),
        kind::SID => Sid::parse(text).map(Value::Sid),
        kind::BINARY => unhex(text).map(Value::Binary),
        _ => None,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        u8::try_from(high * 16 + low).ok()
    };
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_system_get_their_types() {
        let native = |element, attribute, text: &str| {
            super::native(element, attribute, &Value::text(text)).into_owned()
        };
        assert_eq!(native("EventID", None, "1056"), Value::U16(1056));
        assert_eq!(native("Level", None, "4"), Value::U8(4));
        assert_eq!(
            native("Keywords", None, "0x80000000000000"),
            Value::Hex64(0x80_0000_0000_0000)
        );
        assert_eq!(
            native("Binary", None, "59EF"),
            Value::Binary(vec![0x59, 0xef])
        );
        assert_eq!(native("Binary", None, "59E"), Value::text("59E"));
        assert_eq!(native("EventID", None, "70000"), Value::text("70000"));
        assert_eq!(native("Channel", None, "5"), Value::text("5"));
        let time = native(
            "TimeCreated",
            Some("SystemTime"),
            "2018-07-06T18:45:47.0178202Z",
        );
        assert_eq!(time.to_string(), "2018-07-06T18:45:47.0178202Z");
        assert!(matches!(
            native("Security", Some("UserID"), "S-1-5-20"),
            Value::Sid(_)
        ));
    }

    #[test]
    fn system_time_fields() {
        let fields = |text| system_time(FileTime::parse(text).unwrap());
        assert_eq!(
            fields("2018-07-06T18:45:47.017Z"),
            Some([2018, 7, 5, 6, 18, 45, 47, 17])
        );
        assert_eq!(
            fields("2000-02-29T00:00:00Z"),
            Some([2000, 2, 2, 29, 0, 0, 0, 0])
        );
        assert_eq!(
            fields("1601-01-01T00:00:00Z"),
            Some([1601, 1, 1, 1, 0, 0, 0, 0])
        );
        assert_eq!(
            fields("2000-12-31T23:59:59.999Z"),
            Some([2000, 12, 0, 31, 23, 59, 59, 999])
        );
        assert_eq!(fields("2018-07-06T18:45:47.0178202Z"), None);
        assert_eq!(
            system_time(FileTime::from_ticks(u64::MAX - u64::MAX % 10_000)),
            None
        );
    }

    #[test]
    fn arrays_are_of_one_type() {
        let numbers = Value::Array(vec![Value::U16(1), Value::U16(2)]);
        assert_eq!(
            encode(&numbers).unwrap(),
            Encoded {
                kind: 0x86,
                bytes: vec![1, 0, 2, 0]
            }
        );
        let mixed = Value::Array(vec![Value::U16(1), Value::text("b")]);
        assert_eq!(encode(&mixed).unwrap().bytes, b"1\0\0\0b\0\0\0");
        assert_eq!(encode(&Value::Array(Vec::new())).unwrap().kind, kind::NULL);
    }

    #[test]
    fn limits() {
        assert_eq!(encode(&Value::text("a\0b")), Err(EncodeError::ZeroInText));
        let long = encode(&Value::text("a".repeat(0x8000)));
        assert!(matches!(long, Err(EncodeError::TooLarge { .. })));
    }
}
