//! Access control entries ([MS-DTYP] 2.4.4).

use super::{AccessMask, SdError};
use crate::cursor::{Cursor, Truncated};
use crate::guid::Guid;
use crate::sid::Sid;

/// Type, flags and length, in bytes.
const HEADER: usize = 4;
const OBJECT_TYPE_PRESENT: u32 = 1;
const INHERITED_OBJECT_TYPE_PRESENT: u32 = 2;

/// One entry of a list. Written again it gives the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ace {
    /// What the entry does.
    pub ace_type: AceType,
    /// How it is inherited, or audited.
    pub flags: AceFlags,
    /// Whom it concerns, and which rights.
    pub body: AceBody,
}

/// What follows the header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AceBody {
    /// A mask and a SID.
    Simple {
        /// The rights.
        mask: AccessMask,
        /// Whom the entry concerns.
        sid: Sid,
        /// What follows the SID: the condition of a callback entry, the claim of a resource attribute, else normally nothing.
        data: Vec<u8>,
    },
    /// A mask, object types and a SID, as Active Directory uses them.
    Object {
        /// The rights.
        mask: AccessMask,
        /// Flags other than the two that say which type is there.
        other_flags: u32,
        /// The kind of object, property or extended right.
        object_type: Option<Guid>,
        /// The kind of child that inherits the entry.
        inherited_object_type: Option<Guid>,
        /// Whom the entry concerns.
        sid: Sid,
        /// What follows the SID.
        data: Vec<u8>,
    },
    /// All that follows the header of a type we do not know.
    Raw(Vec<u8>),
}

/// The type of an entry ([MS-DTYP] 2.4.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AceType(pub u8);

/// Whether an entry of a DACL gives or refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// It gives rights.
    Allow,
    /// It refuses rights.
    Deny,
}

impl AceType {
    /// `ACCESS_ALLOWED_ACE_TYPE`
    pub const ALLOW: Self = Self(0x00);
    /// `ACCESS_DENIED_ACE_TYPE`
    pub const DENY: Self = Self(0x01);
    /// `SYSTEM_AUDIT_ACE_TYPE`
    pub const AUDIT: Self = Self(0x02);
    /// `SYSTEM_ALARM_ACE_TYPE`
    pub const ALARM: Self = Self(0x03);
    /// `ACCESS_ALLOWED_OBJECT_ACE_TYPE`
    pub const ALLOW_OBJECT: Self = Self(0x05);
    /// `ACCESS_DENIED_OBJECT_ACE_TYPE`
    pub const DENY_OBJECT: Self = Self(0x06);
    /// `SYSTEM_AUDIT_OBJECT_ACE_TYPE`
    pub const AUDIT_OBJECT: Self = Self(0x07);
    /// `SYSTEM_ALARM_OBJECT_ACE_TYPE`
    pub const ALARM_OBJECT: Self = Self(0x08);
    /// `ACCESS_ALLOWED_CALLBACK_ACE_TYPE`: a condition follows.
    pub const ALLOW_CALLBACK: Self = Self(0x09);
    /// `ACCESS_DENIED_CALLBACK_ACE_TYPE`
    pub const DENY_CALLBACK: Self = Self(0x0A);
    /// `ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE`
    pub const ALLOW_CALLBACK_OBJECT: Self = Self(0x0B);
    /// `ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE`
    pub const DENY_CALLBACK_OBJECT: Self = Self(0x0C);
    /// `SYSTEM_AUDIT_CALLBACK_ACE_TYPE`
    pub const AUDIT_CALLBACK: Self = Self(0x0D);
    /// `SYSTEM_ALARM_CALLBACK_ACE_TYPE`
    pub const ALARM_CALLBACK: Self = Self(0x0E);
    /// `SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE`
    pub const AUDIT_CALLBACK_OBJECT: Self = Self(0x0F);
    /// `SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE`
    pub const ALARM_CALLBACK_OBJECT: Self = Self(0x10);
    /// `SYSTEM_MANDATORY_LABEL_ACE_TYPE`
    pub const MANDATORY_LABEL: Self = Self(0x11);
    /// `SYSTEM_RESOURCE_ATTRIBUTE_ACE_TYPE`
    pub const RESOURCE_ATTRIBUTE: Self = Self(0x12);
    /// `SYSTEM_SCOPED_POLICY_ID_ACE_TYPE`
    pub const SCOPED_POLICY_ID: Self = Self(0x13);
    /// `SYSTEM_PROCESS_TRUST_LABEL_ACE_TYPE`
    pub const PROCESS_TRUST_LABEL: Self = Self(0x14);
    /// `SYSTEM_ACCESS_FILTER_ACE_TYPE`
    pub const ACCESS_FILTER: Self = Self(0x15);

    /// Whether it gives or refuses; `None` for what only a SACL holds and for unknown types.
    pub const fn effect(self) -> Option<Effect> {
        match self {
            Self::ALLOW
            | Self::ALLOW_OBJECT
            | Self::ALLOW_CALLBACK
            | Self::ALLOW_CALLBACK_OBJECT => Some(Effect::Allow),
            Self::DENY | Self::DENY_OBJECT | Self::DENY_CALLBACK | Self::DENY_CALLBACK_OBJECT => {
                Some(Effect::Deny)
            }
            _ => None,
        }
    }

    /// Whether it holds only under a condition that follows the SID.
    pub const fn is_conditional(self) -> bool {
        matches!(self.0, 0x09..=0x10)
    }

    /// Whether object types stand between mask and SID.
    pub const fn is_object(self) -> bool {
        matches!(self.0, 0x05..=0x08 | 0x0B | 0x0C | 0x0F | 0x10)
    }

    const fn is_simple(self) -> bool {
        matches!(self.0, 0x00..=0x03 | 0x09 | 0x0A | 0x0D | 0x0E | 0x11..=0x15)
    }
}

/// The flags of an entry ([MS-DTYP] 2.4.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AceFlags(pub u8);

impl AceFlags {
    /// `OBJECT_INHERIT_ACE` (`OI`): files inherit it.
    pub const OBJECT_INHERIT: Self = Self(0x01);
    /// `CONTAINER_INHERIT_ACE` (`CI`): folders and keys inherit it.
    pub const CONTAINER_INHERIT: Self = Self(0x02);
    /// `NO_PROPAGATE_INHERIT_ACE` (`NP`): children inherit it, grandchildren do not.
    pub const NO_PROPAGATE: Self = Self(0x04);
    /// `INHERIT_ONLY_ACE` (`IO`): it says nothing about this object.
    pub const INHERIT_ONLY: Self = Self(0x08);
    /// `INHERITED_ACE` (`ID`): it came from the parent.
    pub const INHERITED: Self = Self(0x10);
    /// `SUCCESSFUL_ACCESS_ACE_FLAG` (`SA`)
    pub const AUDIT_SUCCESS: Self = Self(0x40);
    /// `FAILED_ACCESS_ACE_FLAG` (`FA`)
    pub const AUDIT_FAILURE: Self = Self(0x80);

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl Ace {
    /// An entry that gives `mask` to `sid`.
    pub fn allow(mask: AccessMask, sid: Sid) -> Self {
        Self::simple(AceType::ALLOW, mask, sid)
    }

    /// An entry that refuses `mask` to `sid`.
    pub fn deny(mask: AccessMask, sid: Sid) -> Self {
        Self::simple(AceType::DENY, mask, sid)
    }

    const fn simple(ace_type: AceType, mask: AccessMask, sid: Sid) -> Self {
        Self {
            ace_type,
            flags: AceFlags(0),
            body: AceBody::Simple {
                mask,
                sid,
                data: Vec::new(),
            },
        }
    }

    /// The same entry with other flags.
    #[must_use]
    pub fn with_flags(self, flags: AceFlags) -> Self {
        Self { flags, ..self }
    }

    /// Whom it concerns; `None` for an unknown type.
    pub const fn sid(&self) -> Option<&Sid> {
        match &self.body {
            AceBody::Simple { sid, .. } | AceBody::Object { sid, .. } => Some(sid),
            AceBody::Raw(_) => None,
        }
    }

    /// Its rights, generic ones as they stand; `None` for an unknown type.
    pub const fn mask(&self) -> Option<AccessMask> {
        match &self.body {
            AceBody::Simple { mask, .. } | AceBody::Object { mask, .. } => Some(*mask),
            AceBody::Raw(_) => None,
        }
    }

    /// Reads the entry at the cursor and steps behind it.
    ///
    /// # Errors
    /// [`SdError`] when the bytes end, the entry's length is not a multiple of four or too small, or its SID is none.
    pub fn decode(cursor: &mut Cursor<'_>) -> Result<Self, SdError> {
        let start = cursor.offset();
        let ace_type = AceType(cursor.u8("ACE type")?);
        let flags = AceFlags(cursor.u8("ACE flags")?);
        let size = cursor.length16("ACE size")?;
        let Some(length) = size.checked_sub(HEADER).filter(|_| size % 4 == 0) else {
            return Err(SdError::Invalid {
                what: "ACE size",
                offset: start.saturating_add(2),
                expected: "a multiple of 4, at least 4",
                found: u64::try_from(size).unwrap_or(u64::MAX),
            });
        };
        let at = cursor.offset();
        let bytes = cursor.take(length, "ACE body")?;
        let mut body = Cursor::new(bytes, at);
        let body = if ace_type.is_object() {
            object(&mut body)?
        } else if ace_type.is_simple() {
            let mask = AccessMask(body.u32("ACE mask")?);
            let sid = sid(&mut body, "ACE SID")?;
            let data = rest(&mut body)?;
            AceBody::Simple { mask, sid, data }
        } else {
            AceBody::Raw(bytes.to_vec())
        };
        Ok(Self {
            ace_type,
            flags,
            body,
        })
    }

    /// How many bytes [`Ace::encode`] adds.
    pub fn encoded_len(&self) -> usize {
        let body = match &self.body {
            AceBody::Simple { sid, data, .. } => 4_usize
                .saturating_add(sid.encoded_len())
                .saturating_add(data.len()),
            AceBody::Object {
                object_type,
                inherited_object_type,
                sid,
                data,
                ..
            } => {
                let types = [object_type, inherited_object_type];
                let guids = types.into_iter().flatten().count().saturating_mul(16);
                8_usize
                    .saturating_add(guids)
                    .saturating_add(sid.encoded_len())
                    .saturating_add(data.len())
            }
            AceBody::Raw(bytes) => bytes.len(),
        };
        let length = body.saturating_add(HEADER);
        length.checked_next_multiple_of(4).unwrap_or(usize::MAX)
    }

    /// Adds the entry's bytes, filled with zeros to a multiple of four.
    ///
    /// # Errors
    /// [`SdError::TooLarge`] when they are more than the 16-bit length can say.
    pub fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), SdError> {
        let length = self.encoded_len();
        let size = u16::try_from(length).map_err(|_| SdError::TooLarge {
            what: "an access control entry",
            length,
        })?;
        let end = bytes.len().saturating_add(length);
        bytes.extend([self.ace_type.0, self.flags.0]);
        bytes.extend(size.to_le_bytes());
        match &self.body {
            AceBody::Simple { mask, sid, data } => {
                bytes.extend(mask.0.to_le_bytes());
                bytes.extend(sid.encode());
                bytes.extend(data);
            }
            AceBody::Object {
                mask,
                other_flags,
                object_type,
                inherited_object_type,
                sid,
                data,
            } => {
                let known = OBJECT_TYPE_PRESENT | INHERITED_OBJECT_TYPE_PRESENT;
                let mut flags = other_flags & !known;
                if object_type.is_some() {
                    flags |= OBJECT_TYPE_PRESENT;
                }
                if inherited_object_type.is_some() {
                    flags |= INHERITED_OBJECT_TYPE_PRESENT;
                }
                bytes.extend(mask.0.to_le_bytes());
                bytes.extend(flags.to_le_bytes());
                for guid in [object_type, inherited_object_type].into_iter().flatten() {
                    bytes.extend(guid.to_bytes());
                }
                bytes.extend(sid.encode());
                bytes.extend(data);
            }
            AceBody::Raw(raw) => bytes.extend(raw),
        }
        bytes.resize(end, 0);
        Ok(())
    }
}

fn object(body: &mut Cursor<'_>) -> Result<AceBody, SdError> {
    let mask = AccessMask(body.u32("ACE mask")?);
    let flags = body.u32("object ACE flags")?;
    let mut guid = |flag, what| -> Result<Option<Guid>, Truncated> {
        if flags & flag == 0 {
            return Ok(None);
        }
        body.array(what).map(|bytes| Some(Guid::from_bytes(bytes)))
    };
    let object_type = guid(OBJECT_TYPE_PRESENT, "object type")?;
    let inherited_object_type = guid(INHERITED_OBJECT_TYPE_PRESENT, "inherited object type")?;
    Ok(AceBody::Object {
        mask,
        other_flags: flags & !(OBJECT_TYPE_PRESENT | INHERITED_OBJECT_TYPE_PRESENT),
        object_type,
        inherited_object_type,
        sid: sid(body, "ACE SID")?,
        data: rest(body)?,
    })
}

/// The SID at the cursor.
pub(super) fn sid(cursor: &mut Cursor<'_>, what: &'static str) -> Result<Sid, SdError> {
    let offset = cursor.offset();
    let mut ahead = *cursor;
    let bytes = ahead.take(ahead.remaining(), what)?;
    let (sid, length) = Sid::decode(bytes).ok_or(SdError::NotASid { what, offset })?;
    cursor.take(length, what)?;
    Ok(sid)
}

fn rest(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Truncated> {
    let left = cursor.remaining();
    cursor.take(left, "ACE data").map(<[u8]>::to_vec)
}
