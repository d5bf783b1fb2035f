//! The tokens of a BinXML stream, [MS-EVEN6] 2.2.12.

use super::BinXmlError;

/// Set in a token's byte when more of the same follows: attributes behind an element's start, pieces of one value.
pub(crate) const MORE: u8 = 0x40;

/// A token of a BinXML stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// 0x00
    EndOfStream,
    /// 0x01, or 0x41 when it has attributes.
    OpenStart {
        /// Whether a list of attributes follows.
        attributes: bool,
    },
    /// 0x02: the start tag ends, content follows.
    CloseStart,
    /// 0x03: the start tag ends, and with it the element.
    CloseEmpty,
    /// 0x04
    EndElement,
    /// 0x05 or 0x45: a literal value.
    Value,
    /// 0x06 or 0x46
    Attribute,
    /// 0x07 or 0x47
    CData,
    /// 0x08 or 0x48: one UTF-16 unit by number.
    CharacterReference,
    /// 0x09 or 0x49: one character by name.
    EntityReference,
    /// 0x0a: the target of a processing instruction.
    PiTarget,
    /// 0x0b: the rest of it.
    PiData,
    /// 0x0c
    TemplateInstance,
    /// 0x0d, or 0x0e for an optional one.
    Substitution {
        /// Whether an empty value is left out altogether.
        optional: bool,
    },
    /// 0x0f
    FragmentHeader,
}

impl Token {
    /// The token whose byte is `byte` and stands at file offset `offset`.
    pub(crate) fn from_byte(byte: u8, offset: u64) -> Result<Self, BinXmlError> {
        Ok(match byte {
            0x00 => Self::EndOfStream,
            0x01 => Self::OpenStart { attributes: false },
            0x41 => Self::OpenStart { attributes: true },
            0x02 => Self::CloseStart,
            0x03 => Self::CloseEmpty,
            0x04 => Self::EndElement,
            0x05 | 0x45 => Self::Value,
            0x06 | 0x46 => Self::Attribute,
            0x07 | 0x47 => Self::CData,
            0x08 | 0x48 => Self::CharacterReference,
            0x09 | 0x49 => Self::EntityReference,
            0x0a => Self::PiTarget,
            0x0b => Self::PiData,
            0x0c => Self::TemplateInstance,
            0x0d => Self::Substitution { optional: false },
            0x0e => Self::Substitution { optional: true },
            0x0f => Self::FragmentHeader,
            other => {
                return Err(BinXmlError::Unexpected {
                    what: "BinXML token",
                    offset,
                    expected: "0x00 to 0x0f, or 0x41, 0x45 to 0x49",
                    found: u64::from(other),
                });
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_bit_is_allowed_where_more_can_follow() {
        assert_eq!(Token::from_byte(5 | MORE, 0), Token::from_byte(5, 0));
        assert_eq!(
            Token::from_byte(1 | MORE, 0),
            Ok(Token::OpenStart { attributes: true })
        );
        let error = Token::from_byte(2 | MORE, 0x99).unwrap_err();
        assert!(error.to_string().contains("at offset 0x99"), "{error}");
        assert!(Token::from_byte(0x10, 0).is_err());
    }
}
