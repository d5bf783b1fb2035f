//! Security identifiers, as [MS-DTYP] 2.4.2 lays them out.

use std::fmt;

use sha1::{Digest, Sha1};

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
    /// A SID of revision 1 under an authority of 48 bits.
    ///
    /// Returns `None` when the authority needs more bits or there are more than fifteen sub-authorities.
    pub fn new(authority: u64, sub_authorities: &[u32]) -> Option<Self> {
        let fits = authority < (1 << 48) && sub_authorities.len() <= MAX_SUB_AUTHORITIES;
        fits.then(|| Self {
            revision: 1,
            authority,
            sub_authorities: sub_authorities.to_vec(),
        })
    }

    /// A SID of revision 1 from constants, which are within its limits.
    pub(crate) fn of(authority: u64, sub_authorities: &[u32]) -> Self {
        debug_assert!(authority < (1 << 48) && sub_authorities.len() <= MAX_SUB_AUTHORITIES);
        Self {
            revision: 1,
            authority,
            sub_authorities: sub_authorities.to_vec(),
        }
    }

    /// The SID of the service `name` (`NT SERVICE\\name`): `S-1-5-80-` and the SHA-1 of the name in upper case, UTF-16LE, as five
    /// little-endian words. No account database is needed for it, so it can be compared on a disk that is not running.
    pub fn for_service(name: &str) -> Self {
        let mut hash = Sha1::new();
        for unit in name.to_uppercase().encode_utf16() {
            hash.update(unit.to_le_bytes());
        }
        let digest: [u8; 20] = hash.finalize().into();
        let mut sub_authorities = vec![80];
        sub_authorities.extend(
            digest
                .chunks_exact(4)
                .filter_map(|word| Some(u32::from_le_bytes(word.try_into().ok()?))),
        );
        Self {
            revision: 1,
            authority: 5,
            sub_authorities,
        }
    }

    /// The revision; 1 in every SID that Windows makes.
    pub const fn revision(&self) -> u8 {
        self.revision
    }

    /// The identifier authority, 48 bits: 5 is `NT AUTHORITY`.
    pub const fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities; the last one is the relative identifier (RID) of an account.
    pub fn sub_authorities(&self) -> &[u32] {
        &self.sub_authorities
    }

    /// How many bytes [`Sid::encode`] gives.
    pub fn encoded_len(&self) -> usize {
        self.sub_authorities
            .len()
            .saturating_mul(4)
            .saturating_add(8)
    }

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
    fn a_service_has_a_sid_without_any_account() {
        assert_eq!(
            Sid::for_service("TermService").to_string(),
            "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104"
        );
        assert_eq!(
            Sid::for_service("sessionenv").to_string(),
            "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"
        );
        assert_eq!(
            Sid::for_service("TrustedInstaller").to_string(),
            "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
        );
    }

    #[test]
    fn parts_make_a_sid() {
        let sid = Sid::new(5, &[32, 544]).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-32-544");
        assert_eq!(sid.encoded_len(), sid.encode().len());
        assert_eq!(Sid::new(1 << 48, &[]), None);
        assert_eq!(Sid::new(5, &[0; 16]), None);
    }

    #[test]
    fn refuses_what_is_not_a_sid() {
        assert_eq!(Sid::decode(&[1, 16, 0, 0, 0, 0, 0, 5]), None);
        assert_eq!(Sid::decode(&[1, 2, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0]), None);
        assert_eq!(Sid::parse("S-1"), None);
        assert_eq!(Sid::parse("T-1-5-20"), None);
    }
}
