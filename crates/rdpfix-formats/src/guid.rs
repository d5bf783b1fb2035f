//! GUID, as [MS-DTYP] 2.3.4 lays it out: the first three groups little-endian, the rest in order.

use std::fmt;

/// A globally unique identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid([u8; 16]);

impl Guid {
    /// From the sixteen bytes as they stand in a file.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes as they stand in a file.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// From `{C76BAA63-AE81-421C-B425-340B4B24157F}`, braces optional, either case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'))
            .unwrap_or(text);
        let mut groups = text.split('-');
        let mut group = |digits: usize| {
            let group = groups.next()?;
            let hex = group.len() == digits && group.bytes().all(|b| b.is_ascii_hexdigit());
            hex.then(|| u64::from_str_radix(group, 16).ok()).flatten()
        };
        let a = u32::try_from(group(8)?).ok()?.to_le_bytes();
        let b = u16::try_from(group(4)?).ok()?.to_le_bytes();
        let c = u16::try_from(group(4)?).ok()?.to_le_bytes();
        let d = u16::try_from(group(4)?).ok()?.to_be_bytes();
        let e = group(12)?.to_be_bytes();
        if groups.next().is_some() {
            return None;
        }
        let mut bytes = [0; 16];
        let parts = a
            .into_iter()
            .chain(b)
            .chain(c)
            .chain(d)
            .chain(e.into_iter().skip(2));
        for (slot, byte) in bytes.iter_mut().zip(parts) {
            *slot = byte;
        }
        Some(Self(bytes))
    }
}

/// Braces and upper case, as the event log writes it.
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, e @ ..] = self.0;
        write!(
            f,
            "{{{:08X}-{:04X}-{:04X}-{d0:02X}{d1:02X}-",
            u32::from_le_bytes([a0, a1, a2, a3]),
            u16::from_le_bytes([b0, b1]),
            u16::from_le_bytes([c0, c1]),
        )?;
        for byte in e {
            write!(f, "{byte:02X}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "{C76BAA63-AE81-421C-B425-340B4B24157F}";
        let guid = Guid::parse(text).unwrap();
        assert_eq!(guid.to_string(), text);
        assert_eq!(
            Guid::parse("c76baa63-ae81-421c-b425-340b4b24157f"),
            Some(guid)
        );
        assert_eq!(guid.to_bytes()[..4], [0x63, 0xAA, 0x6B, 0xC7]);
        assert_eq!(Guid::parse("{C76BAA63-AE81-421C-B425}"), None);
        assert_eq!(Guid::parse("{+76BAA63-AE81-421C-B425-340B4B24157F}"), None);
    }
}
