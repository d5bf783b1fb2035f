//! How one value of an event compares with a literal. See the crate's front page for the rules.

use std::borrow::Cow;

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::value::Value;

use crate::ast::{Number, Op};
use crate::number::parse_hex;

/// A string literal, read once for all the ways it may compare.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) text: Box<str>,
    form: Form,
    number: Option<Number>,
}

/// What the string is written as, which decides how it compares (\[MS-EVEN6\] 2.2.15.2).
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Plain,
    Guid(Guid),
    Instant(FileTime),
    Hex(u64),
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let form = Guid::parse(text)
            .map(Form::Guid)
            .or_else(|| instant(text).map(Form::Instant))
            .or_else(|| parse_hex(text).map(Form::Hex))
            .unwrap_or(Form::Plain);
        Self {
            text: text.into(),
            form,
            number: Number::parse(text),
        }
    }

    /// Whether only a value with exactly this text is equal to it.
    pub(crate) fn is_exact(&self) -> bool {
        self.form == Form::Plain
    }

    /// The number it is written as.
    pub(crate) fn number(&self) -> Option<Number> {
        self.number
    }

    /// Whether `value op self` holds.
    pub(crate) fn compare(&self, op: Op, value: &Value) -> bool {
        match op {
            Op::Equal => self.equals(value),
            Op::NotEqual => !self.equals(value),
            _ => self.orders(op, value),
        }
    }

    fn equals(&self, value: &Value) -> bool {
        if *text_of(value) == *self.text {
            return true;
        }
        match self.form {
            Form::Plain => false,
            Form::Guid(guid) => guid_of(value) == Some(guid),
            Form::Instant(time) => time_of(value) == Some(time),
            Form::Hex(number) => number_of(value) == Some(Number::Whole(i128::from(number))),
        }
    }

    fn orders(&self, op: Op, value: &Value) -> bool {
        let ordering = match self.form {
            Form::Instant(time) => time_of(value).map(|value| value.cmp(&time)),
            _ => self
                .number
                .and_then(|number| number_of(value)?.compare(number)),
        };
        ordering.is_some_and(|ordering| op.holds(ordering))
    }
}

/// Whether `value op number` holds; never when the value is not a number.
pub(crate) fn compare_number(op: Op, value: &Value, number: Number) -> bool {
    let ordering = number_of(value).and_then(|value| value.compare(number));
    ordering.is_some_and(|ordering| op.holds(ordering))
}

fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// The value as a number: what its text would give, without writing the text where the type already says it.
pub(crate) fn number_of(value: &Value) -> Option<Number> {
    match value {
        Value::Text(text) => Number::parse(text),
        Value::I8(n) => Some(Number::Whole(i128::from(*n))),
        Value::I16(n) => Some(Number::Whole(i128::from(*n))),
        Value::I32(n) => Some(Number::Whole(i128::from(*n))),
        Value::I64(n) => Some(Number::Whole(i128::from(*n))),
        Value::U8(n) => Some(Number::Whole(i128::from(*n))),
        Value::U16(n) => Some(Number::Whole(i128::from(*n))),
        Value::U32(n) | Value::Hex32(n) => Some(Number::Whole(i128::from(*n))),
        Value::U64(n) | Value::Hex64(n) | Value::Size(n) => Some(Number::Whole(i128::from(*n))),
        Value::Null
        | Value::Guid(_)
        | Value::FileTime(_)
        | Value::SystemTime(_)
        | Value::Sid(_)
        | Value::Bool(_) => None,
        Value::F32(_) | Value::F64(_) | Value::Binary(_) | Value::Array(_) => {
            Number::parse(&value.to_string())
        }
    }
}

/// The value as a mask for `band`.
pub(crate) fn bits_of(value: &Value) -> Option<u64> {
    number_of(value)?.bits()
}

/// The value as an instant.
pub(crate) fn time_of(value: &Value) -> Option<FileTime> {
    match value {
        Value::FileTime(time) | Value::SystemTime(time) => Some(*time),
        Value::Text(text) => instant(text),
        _ => None,
    }
}

fn guid_of(value: &Value) -> Option<Guid> {
    match value {
        Value::Guid(guid) => Some(*guid),
        Value::Text(text) => Guid::parse(text),
        _ => None,
    }
}

/// The instant that a text names as Windows writes them: `2026-11-20T00:00:00.0000000Z`.
///
/// Stricter than [`FileTime::parse`]: a bare date or a run of digits is a text and compares as one.
pub(crate) fn instant(text: &str) -> Option<FileTime> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let bytes = text.as_bytes();
    let head = bytes.get(..shape.len())?;
    let fits = head.iter().zip(shape).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b' '),
        other => byte == other,
    });
    let rest = bytes.get(shape.len()..)?;
    let tail = rest
        .iter()
        .all(|byte| byte.is_ascii_digit() || b".:+-Zz".contains(byte));
    (fits && tail).then(|| FileTime::parse(text)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &Value, op: Op, literal: &str) -> bool {
        Text::new(literal).compare(op, value)
    }

    #[test]
    fn strings_are_exact_and_case_sensitive() {
        assert!(holds(&Value::text("Schannel"), Op::Equal, "Schannel"));
        assert!(!holds(&Value::text("Schannel"), Op::Equal, "schannel"));
        assert!(!holds(&Value::text("Schannel"), Op::Equal, " Schannel "));
        assert!(holds(&Value::text("Schannel"), Op::NotEqual, "schannel"));
        assert!(!holds(&Value::text("b"), Op::Greater, "a"));
    }

    #[test]
    fn numbers_compare_by_value_in_any_type() {
        for value in [
            Value::U16(4624),
            Value::text("4624"),
            Value::text("0x1210"),
            Value::Hex32(0x1210),
        ] {
            assert!(
                compare_number(Op::Equal, &value, Number::Whole(0x1210)),
                "{value:?}"
            );
            assert!(
                compare_number(Op::LessEqual, &value, Number::Whole(5000)),
                "{value:?}"
            );
            assert!(holds(&value, Op::Equal, "0x1210"), "{value:?}");
        }
        assert!(holds(&Value::U16(4624), Op::Equal, "4624"));
        assert!(holds(&Value::text("4624"), Op::GreaterEqual, "4000"));
        for op in [Op::Equal, Op::NotEqual, Op::Less] {
            assert!(!compare_number(op, &Value::text("abc"), Number::Whole(1)));
            assert!(!compare_number(op, &Value::Null, Number::Whole(0)));
        }
    }

    #[test]
    fn times_compare_as_instants() {
        let time = FileTime::parse("2026-11-20T00:00:00.0000000Z").unwrap();
        for value in [
            Value::FileTime(time),
            Value::text("2026-11-20T00:00:00.000000000Z"),
        ] {
            assert!(holds(&value, Op::Equal, "2026-11-20T00:00:00.000Z"));
            assert!(holds(&value, Op::GreaterEqual, "2026-11-20T00:00:00"));
            assert!(holds(&value, Op::Less, "2026-11-20T00:00:00.001Z"));
            assert!(holds(&value, Op::Equal, "2026-11-20T01:00:00+01:00"));
        }
        assert_eq!(instant("2026-11-20"), None);
        assert_eq!(instant("20261120T000000"), None);
    }

    #[test]
    fn guids_compare_by_value() {
        let guid = Guid::parse("{C76BAA63-AE81-421C-B425-340B4B24157F}").unwrap();
        for value in [
            Value::Guid(guid),
            Value::text("c76baa63-ae81-421c-b425-340b4b24157f"),
        ] {
            assert!(holds(
                &value,
                Op::Equal,
                "{c76baa63-ae81-421c-b425-340b4b24157f}"
            ));
            assert!(!holds(
                &value,
                Op::NotEqual,
                "C76BAA63-AE81-421C-B425-340B4B24157F"
            ));
        }
    }

    /// A query never knows whether the event came from BinXML or XML.
    #[test]
    fn a_typed_value_answers_as_its_text_does() {
        let values = [
            Value::Null,
            Value::I8(-1),
            Value::I64(i64::MIN),
            Value::U64(u64::MAX),
            Value::Hex64(0x8020_0000_0000_0000),
            Value::F64(1.5),
            Value::F64(1e300),
            Value::F32(f32::NAN),
            Value::Bool(true),
            Value::Binary(vec![0x12, 0x34]),
            Value::Guid(Guid::parse("C76BAA63-AE81-421C-B425-340B4B24157F").unwrap()),
            Value::FileTime(FileTime::from_unix_seconds(1_700_000_000)),
            Value::Array(vec![Value::U8(1)]),
        ];
        let literals = [
            "",
            "0",
            "-1",
            "true",
            "1234",
            "0x8020000000000000",
            "1.5",
            "2023-11-14T22:13:20Z",
        ];
        let ops = [
            Op::Equal,
            Op::NotEqual,
            Op::Less,
            Op::LessEqual,
            Op::Greater,
            Op::GreaterEqual,
        ];
        for value in &values {
            let text = Value::text(value.to_string());
            assert_eq!(number_of(value), number_of(&text), "{value:?}");
            for literal in literals.into_iter().chain([&*value.to_string()]) {
                for op in ops {
                    assert_eq!(
                        holds(value, op, literal),
                        holds(&text, op, literal),
                        "{value:?} {op:?} {literal}"
                    );
                }
            }
        }
    }
}
