//! Names of keys and values: stored as Latin-1 or UTF-16, compared without case.

/// One UTF-16 unit in upper case: the simple mapping of Unicode.
///
/// Windows upcases by a table of its own, unit by unit. The two agree on every letter of the scripts Windows knew early;
/// they differ for a few letters that Unicode maps into another block, which Windows leaves alone (µ, ı, ſ), and may for
/// letters added since. What has no upper case of one unit stays as it is in both.
pub(super) fn upcase(unit: u16) -> u16 {
    if let Ok(byte) = u8::try_from(unit)
        && byte.is_ascii()
    {
        return u16::from(byte.to_ascii_uppercase());
    }
    if matches!(unit, 0x00B5 | 0x0131 | 0x017F) {
        return unit;
    }
    let Some(letter) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => u16::try_from(u32::from(upper)).unwrap_or(unit),
        _ => unit,
    }
}

/// A name as it is compared and hashed: UTF-16 in upper case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded(Vec<u16>);

impl Folded {
    pub(super) fn from_text(name: &str) -> Self {
        Self(name.encode_utf16().map(upcase).collect())
    }

    pub(super) fn from_units(units: &[u16]) -> Self {
        Self(units.iter().copied().map(upcase).collect())
    }

    /// Whether the hints of subkey lists can be relied on: beyond ASCII, Windows may have upcased otherwise than we do.
    pub(super) fn is_ascii(&self) -> bool {
        self.0.iter().all(|unit| *unit < 0x80)
    }

    /// The hash of a hash leaf (specification: "Hash leaf").
    pub(super) fn hash(&self) -> u32 {
        self.0.iter().fold(0, |hash: u32, unit| {
            hash.wrapping_mul(37).wrapping_add(u32::from(*unit))
        })
    }

    /// Whether `hint`, the first four characters of a stored name, can be that of this name.
    pub(super) fn fits_hint(&self, hint: [u8; 4]) -> bool {
        let letters = self.0.iter().copied().chain(std::iter::repeat(0));
        let mut pairs = letters.zip(hint);
        pairs.all(|(letter, hint)| letter == upcase(u16::from(hint)))
    }

    pub(super) fn units(&self) -> &[u16] {
        &self.0
    }
}

/// The units of a stored name; a last byte that makes no unit is left out.
pub(super) fn units(bytes: &[u8], is_latin1: bool) -> Vec<u16> {
    if is_latin1 {
        return bytes.iter().copied().map(u16::from).collect();
    }
    let (units, _) = bytes.as_chunks::<2>();
    units.iter().map(|unit| u16::from_le_bytes(*unit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_beyond_ascii_are_compared_without_case() {
        assert_eq!(
            Folded::from_text("žluťoučký"),
            Folded::from_text("ŽLUŤOUČKÝ")
        );
        assert_eq!(Folded::from_text("Привет"), Folded::from_text("пРИВЕТ"));
        assert_eq!(
            Folded::from_units(&units(b"\xE9t\xE9", true)),
            Folded::from_text("ÉTÉ")
        );
        assert_ne!(Folded::from_text("straße"), Folded::from_text("STRASSE"));
        assert_ne!(Folded::from_text("µ"), Folded::from_text("Μ"));
    }

    #[test]
    fn hashes_and_hints() {
        assert_eq!(Folded::from_text("a").hash(), 65);
        assert_eq!(Folded::from_text("Ab").hash(), 65 * 37 + 66);
        assert!(Folded::from_text("Services").fits_hint(*b"Serv"));
        assert!(Folded::from_text("ab").fits_hint(*b"AB\0\0"));
        assert!(!Folded::from_text("ab").fits_hint(*b"ABC\0"));
        assert!(!Folded::from_text("abc").fits_hint(*b"AB\0\0"));
    }
}
