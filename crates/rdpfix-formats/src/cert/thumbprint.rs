//! The SHA-1 of a certificate, by which Windows names it.

use std::fmt;

use sha1::{Digest, Sha1};

/// A certificate's thumbprint: the SHA-1 of its DER bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// From the twenty bytes, as `SSLCertificateSHA1Hash` and property 3 hold them.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The twenty bytes.
    pub const fn to_bytes(self) -> [u8; 20] {
        self.0
    }

    /// That of the certificate whose DER bytes these are.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha1::digest(der).into())
    }

    /// From forty hexadecimal digits in either case. Blanks, colons, hyphens and the invisible marks that the Windows dialogue puts
    /// in front of a copied thumbprint (U+200E, U+200F, U+FEFF and their like) are passed over.
    ///
    /// Returns `None` when anything else is in the text, or not forty digits.
    pub fn parse(text: &str) -> Option<Self> {
        let passed_over = |c: char| {
            c.is_whitespace()
                || matches!(c, ':' | '-' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
        };
        let mut digits = text.chars().filter(|c| !passed_over(*c));
        let mut bytes = [0; 20];
        for byte in &mut bytes {
            let high = digits.next()?.to_digit(16)?;
            let low = digits.next()?.to_digit(16)?;
            *byte = u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }
}

/// Forty digits in upper case, as the registry names the key.
impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "59EFF2E3B509C83137E81085E02A1AC63A7E61AA";
        let thumbprint = Thumbprint::parse(text).unwrap();
        assert_eq!(thumbprint.to_string(), text);
        for same in [
            "59eff2e3b509c83137e81085e02a1ac63a7e61aa",
            "\u{200e}59 ef f2 e3 b5 09 c8 31 37 e8 10 85 e0 2a 1a c6 3a 7e 61 aa",
            "59:EF:F2:E3:B5:09:C8:31:37:E8:10:85:E0:2A:1A:C6:3A:7E:61:AA\r\n",
        ] {
            assert_eq!(Thumbprint::parse(same), Some(thumbprint), "{same:?}");
        }
        for wrong in [
            "",
            "59EFF2E3",
            &format!("{text}0"),
            &text.replace('E', "g"),
            "+9EFF2E3B509C83137E81085E02A1AC63A7E61AA",
        ] {
            assert_eq!(Thumbprint::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn of_bytes() {
        assert_eq!(
            Thumbprint::of(b"abc").to_string(),
            "A9993E364706816ABA3E25717850C26C9CD0D89D"
        );
    }
}
