//! Access control lists ([MS-DTYP] 2.4.5).

use super::{Ace, AceType, SdError};
use crate::cursor::Cursor;

/// Revision, a reserved byte, length, count and two reserved bytes.
const HEADER: usize = 8;
/// The revision of a list without object entries.
pub const ACL_REVISION: u8 = 2;
/// The revision of a list with object entries.
pub const ACL_REVISION_DS: u8 = 4;

/// A list of entries, in the order in which Windows asks them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Acl {
    /// [`ACL_REVISION`] or [`ACL_REVISION_DS`]; others are kept.
    pub revision: u8,
    /// The entries.
    pub aces: Vec<Ace>,
    /// The reserved byte and the reserved word, zero unless something else was read.
    reserved: (u8, u16),
    /// Bytes that belong to the list's length but to no entry. Windows leaves some when an entry is removed.
    slack: Vec<u8>,
}

/// A list that may not be there. The three mean three different things.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AclState {
    /// There is none. As a DACL: everybody may do everything.
    NotPresent,
    /// It is said to be there, and is null. As a DACL: everybody may do everything, and somebody meant it so.
    Null,
    /// It is there. As a DACL: what no entry gives is refused, so that an empty one refuses everything.
    Present(Acl),
}

impl AclState {
    /// The list, where there is one.
    pub const fn acl(&self) -> Option<&Acl> {
        match self {
            Self::Present(acl) => Some(acl),
            Self::NotPresent | Self::Null => None,
        }
    }

    /// The entries; none where there is no list.
    pub fn aces(&self) -> &[Ace] {
        self.acl().map_or(&[], |acl| &acl.aces)
    }
}

impl Acl {
    /// A list of `aces`, of the lowest revision that can hold them.
    pub fn new(aces: Vec<Ace>) -> Self {
        let object = aces.iter().any(|ace| AceType::is_object(ace.ace_type));
        Self {
            revision: if object {
                ACL_REVISION_DS
            } else {
                ACL_REVISION
            },
            aces,
            reserved: (0, 0),
            slack: Vec::new(),
        }
    }

    /// Reads the list at the cursor.
    ///
    /// # Errors
    /// [`SdError`] when the bytes end, the list's length does not hold its entries, or an entry is damaged. Windows refuses
    /// such a list as a whole, so there is no half of one.
    pub fn decode(cursor: &mut Cursor<'_>) -> Result<Self, SdError> {
        let start = cursor.offset();
        let revision = cursor.u8("ACL revision")?;
        let reserved_byte = cursor.u8("ACL reserved byte")?;
        let size = cursor.length16("ACL size")?;
        let count = cursor.u16("ACE count")?;
        let reserved_word = cursor.u16("ACL reserved word")?;
        let Some(length) = size.checked_sub(HEADER) else {
            return Err(SdError::Invalid {
                what: "ACL size",
                offset: start.saturating_add(2),
                expected: "at least 8",
                found: u64::try_from(size).unwrap_or(u64::MAX),
            });
        };
        let at = cursor.offset();
        let mut body = Cursor::new(cursor.take(length, "ACL")?, at);
        // Each entry takes bytes, so that the count cannot make the list grow past its 64 KiB.
        let mut aces = Vec::new();
        for _ in 0..count {
            aces.push(Ace::decode(&mut body)?);
        }
        let left = body.remaining();
        Ok(Self {
            revision,
            aces,
            reserved: (reserved_byte, reserved_word),
            slack: body.take(left, "ACL slack")?.to_vec(),
        })
    }

    /// How many bytes [`Acl::encode`] adds.
    pub fn encoded_len(&self) -> usize {
        let aces = self.aces.iter().map(Ace::encoded_len);
        aces.fold(HEADER, usize::saturating_add)
            .saturating_add(self.slack.len())
    }

    /// Adds the list's bytes.
    ///
    /// # Errors
    /// [`SdError::TooLarge`] when list or entry is more than its 16-bit length can say.
    pub fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), SdError> {
        let length = self.encoded_len();
        let too_large = |_| SdError::TooLarge {
            what: "an access control list",
            length,
        };
        let size = u16::try_from(length).map_err(too_large)?;
        let count = u16::try_from(self.aces.len()).map_err(too_large)?;
        bytes.extend([self.revision, self.reserved.0]);
        bytes.extend(size.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(self.reserved.1.to_le_bytes());
        for ace in &self.aces {
            ace.encode(bytes)?;
        }
        bytes.extend(&self.slack);
        Ok(())
    }
}
