//! Security identifiers, as [MS-DTYP] 2.4.2 lays them out.

use std::fmt;

/// A security identifier: revision, 48-bit authority and up to fifteen 32-bit sub-authorities.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    revision: u8,
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// The most sub-authorities a SID may have (`SID_MAX_SUB_AUTHORITIES`).
pub const MAX_SUB_AUTHORITIES: usize = 15;

impl Sid {
    /// Decodes a SID that stands at the start of `bytes`; gives it and its length in bytes.
    ///
    /// Returns `None` when the bytes are too short or claim more than fifteen sub-authorities.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&[revision, count, a, b, c, d, e, f], rest) = bytes.split_first_chunk::<8>()?;
        let count = usize::from(count);
        if count > MAX_SUB_AUTHORITIES {
            return None;
        }
        let length = count.checked_mul(4)?;
        let words = rest.get(..length)?;
        let sub_authorities = words
            .chunks_exact(4)
            .filter_map(|word| Some(u32::from_le_bytes(word.try_into().ok()?)))
            .collect();
        let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let sid = Self {
            revision,
            authority,
            sub_authorities,
        };
        Some((sid, length.checked_add(8)?))
    }

    /// The SID's bytes in a file or a security descriptor.
    pub fn encode(&self) -> Vec<u8> {
        let count = u8::try_from(self.sub_authorities.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![self.revision, count];
        bytes.extend(self.authority.to_be_bytes().into_iter().skip(2));
        for word in &self.sub_authorities {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    /// From `S-1-5-20`. The authority may be decimal or, past 32 bits, hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        if !parts.next()?.eq_ignore_ascii_case("S") {
            return None;
        }
        let revision = parts.next()?.parse().ok()?;
        let authority = parts.next()?;
        let authority = match authority
            .strip_prefix("0x")
            .or(authority.strip_prefix("0X"))
        {
            Some(hex) => u64::from_str_radix(hex, 16).ok()?,
            None => authority.parse().ok()?,
        };
        let sub_authorities = parts
            .map(|p| p.parse().ok())
            .collect::<Option<Vec<u32>>>()?;
        let fits = authority < (1 << 48) && sub_authorities.len() <= MAX_SUB_AUTHORITIES;
        fits.then_some(Self {
            revision,
            authority,
            sub_authorities,
        })
    }
}

/// `S-1-5-20`, as [MS-DTYP] 2.4.2.1 writes it.
impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-{}-", self.revision)?;
        if self.authority > u64::from(u32::MAX) {
            write!(f, "0x{:012X}", self.authority)?;
        } else {
            write!(f, "{}", self.authority)?;
        }
        for word in &self.sub_authorities {
            write!(f, "-{word}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_text_and_back() {
        let bytes = [1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0, 0xFF];
        let (sid, length) = Sid::decode(&bytes).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-20");
        assert_eq!(length, 12);
        assert_eq!(sid.encode(), bytes[..12]);
        assert_eq!(Sid::parse("S-1-5-20"), Some(sid));
    }

    #[test]
    fn refuses_what_is_not_a_sid() {
        assert_eq!(Sid::decode(&[1, 16, 0, 0, 0, 0, 0, 5]), None);
        assert_eq!(Sid::decode(&[1, 2, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0]), None);
        assert_eq!(Sid::parse("S-1"), None);
        assert_eq!(Sid::parse("T-1-5-20"), None);
    }
}
