//! The self-relative security descriptor ([MS-DTYP] 2.4.6).

use super::{Acl, AclState, SdError, ace};
use crate::cursor::Cursor;
use crate::sid::Sid;

/// Revision, resource manager control, control bits and four offsets.
const HEADER: usize = 20;

/// The control bits ([MS-DTYP] 2.4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Control(pub u16);

impl Control {
    /// `SE_DACL_PRESENT`
    pub const DACL_PRESENT: Self = Self(0x0004);
    /// `SE_SACL_PRESENT`
    pub const SACL_PRESENT: Self = Self(0x0010);
    /// `SE_DACL_AUTO_INHERIT_REQ` (`AR`)
    pub const DACL_AUTO_INHERIT_REQUIRED: Self = Self(0x0100);
    /// `SE_SACL_AUTO_INHERIT_REQ`
    pub const SACL_AUTO_INHERIT_REQUIRED: Self = Self(0x0200);
    /// `SE_DACL_AUTO_INHERITED` (`AI`)
    pub const DACL_AUTO_INHERITED: Self = Self(0x0400);
    /// `SE_SACL_AUTO_INHERITED`
    pub const SACL_AUTO_INHERITED: Self = Self(0x0800);
    /// `SE_DACL_PROTECTED` (`P`): the parent's entries are not inherited.
    pub const DACL_PROTECTED: Self = Self(0x1000);
    /// `SE_SACL_PROTECTED`
    pub const SACL_PROTECTED: Self = Self(0x2000);
    /// `SE_SELF_RELATIVE`: offsets, not pointers.
    pub const SELF_RELATIVE: Self = Self(0x8000);

    /// Whether every bit of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits with those of `other` set or cleared.
    #[must_use]
    pub const fn with(self, other: Self, set: bool) -> Self {
        if set {
            Self(self.0 | other.0)
        } else {
            Self(self.0 & !other.0)
        }
    }
}

/// Owner, group and the two lists of a file, folder or registry key.
///
/// One that Windows wrote without gaps between its parts gives its bytes again. Keep the bytes themselves where they are to be put
/// back: parts that overlap, or gaps, are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecurityDescriptor {
    /// The revision; always 1.
    revision: u8,
    /// What a resource manager keeps in the second byte (`Sbz1`).
    resource_manager: u8,
    /// The control bits. Those that say which list is present, and that the form is self-relative, follow the other fields.
    control: Control,
    /// Who owns the object, and may always read and change its DACL.
    pub owner: Option<Sid>,
    /// The primary group; Windows itself does not use it.
    pub group: Option<Sid>,
    /// Who may do what.
    pub dacl: AclState,
    /// What is audited, and the integrity label.
    pub sacl: AclState,
    layout: Layout,
}

/// The order in which the parts stand. It is kept so that the same bytes are written again, but says nothing: two descriptors that
/// differ only in it are equal.
#[derive(Debug, Clone, Copy)]
struct Layout([Part; 4]);

impl PartialEq for Layout {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Layout {}

impl std::hash::Hash for Layout {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Sacl,
    Dacl,
    Owner,
    Group,
}

/// The order in which Windows lays the parts out when it makes a descriptor self-relative.
const LAYOUT: Layout = Layout([Part::Sacl, Part::Dacl, Part::Owner, Part::Group]);

impl SecurityDescriptor {
    /// A descriptor of these parts; which list is present is set in the control bits.
    pub fn new(owner: Option<Sid>, group: Option<Sid>, dacl: AclState, sacl: AclState) -> Self {
        Self {
            revision: 1,
            resource_manager: 0,
            control: Control(0),
            owner,
            group,
            dacl,
            sacl,
            layout: LAYOUT,
        }
        .with_control(Control(0))
    }

    /// The control bits, with those that follow the fields as the fields are.
    pub fn control(&self) -> Control {
        self.control
            .with(Control::SELF_RELATIVE, true)
            .with(Control::DACL_PRESENT, self.dacl != AclState::NotPresent)
            .with(Control::SACL_PRESENT, self.sacl != AclState::NotPresent)
    }

    /// The same descriptor with other control bits; those that follow the fields stay as they are.
    #[must_use]
    pub fn with_control(self, control: Control) -> Self {
        let control = control
            .with(Control::SELF_RELATIVE, false)
            .with(Control::DACL_PRESENT, false)
            .with(Control::SACL_PRESENT, false);
        Self { control, ..self }
    }

    /// Whether the DACL refuses its parent's entries (`P`).
    pub fn is_protected(&self) -> bool {
        self.control.contains(Control::DACL_PROTECTED)
    }

    /// Reads a self-relative descriptor that stands at the start of `bytes`; what follows it is left alone.
    ///
    /// # Errors
    /// [`SdError`] when the form is absolute (pointers mean nothing in a file), a part lies outside the bytes, or a part is damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, SdError> {
        let mut cursor = Cursor::new(bytes, 0);
        let revision = cursor.u8("descriptor revision")?;
        if revision != 1 {
            return Err(SdError::Invalid {
                what: "descriptor revision",
                offset: 0,
                expected: "1",
                found: u64::from(revision),
            });
        }
        let resource_manager = cursor.u8("resource manager control")?;
        let control = Control(cursor.u16("control")?);
        if !control.contains(Control::SELF_RELATIVE) {
            return Err(SdError::Invalid {
                what: "control",
                offset: 2,
                expected: "a self-relative descriptor (0x8000)",
                found: u64::from(control.0),
            });
        }
        let owner = cursor.length32("owner offset")?;
        let group = cursor.length32("group offset")?;
        let sacl = cursor.length32("SACL offset")?;
        let dacl = cursor.length32("DACL offset")?;

        let Layout(mut order) = LAYOUT;
        // Of two parts at one place the later in Windows' order counts as later; a part that is not there writes nothing anywhere.
        order.sort_by_key(|part| match part {
            Part::Owner => owner,
            Part::Group => group,
            Part::Sacl => sacl,
            Part::Dacl => dacl,
        });
        let descriptor = Self {
            revision,
            resource_manager,
            control: Control(0),
            owner: sid_at(cursor, owner, "owner")?,
            group: sid_at(cursor, group, "group")?,
            dacl: acl_at(cursor, dacl, control.contains(Control::DACL_PRESENT))?,
            sacl: acl_at(cursor, sacl, control.contains(Control::SACL_PRESENT))?,
            layout: Layout(order),
        };
        Ok(descriptor.with_control(control))
    }

    /// The descriptor's bytes, self-relative, its parts one after the other.
    ///
    /// # Errors
    /// [`SdError::TooLarge`] when a list or an entry is more than its 16-bit length can say.
    pub fn encode(&self) -> Result<Vec<u8>, SdError> {
        let mut body = Vec::new();
        let (mut owner, mut group, mut sacl, mut dacl) = (0, 0, 0, 0);
        for part in self.layout.0 {
            let before = body.len();
            let (offset, written) = match part {
                Part::Owner => (&mut owner, put_sid(self.owner.as_ref(), &mut body)),
                Part::Group => (&mut group, put_sid(self.group.as_ref(), &mut body)),
                Part::Sacl => (&mut sacl, put_acl(&self.sacl, &mut body)?),
                Part::Dacl => (&mut dacl, put_acl(&self.dacl, &mut body)?),
            };
            if written {
                let at = before.saturating_add(HEADER);
                *offset = u32::try_from(at).map_err(|_| SdError::TooLarge {
                    what: "a security descriptor",
                    length: at,
                })?;
            }
        }
        let mut bytes = vec![self.revision, self.resource_manager];
        bytes.extend(self.control().0.to_le_bytes());
        for offset in [owner, group, sacl, dacl] {
            bytes.extend(u32::to_le_bytes(offset));
        }
        bytes.extend(body);
        Ok(bytes)
    }
}

fn put_sid(sid: Option<&Sid>, body: &mut Vec<u8>) -> bool {
    sid.is_some_and(|sid| {
        body.extend(sid.encode());
        true
    })
}

fn put_acl(state: &AclState, body: &mut Vec<u8>) -> Result<bool, SdError> {
    let Some(acl) = state.acl() else {
        return Ok(false);
    };
    acl.encode(body)?;
    Ok(true)
}

fn sid_at(
    mut cursor: Cursor<'_>,
    offset: usize,
    what: &'static str,
) -> Result<Option<Sid>, SdError> {
    if offset == 0 {
        return Ok(None);
    }
    cursor.seek(offset, what)?;
    ace::sid(&mut cursor, what).map(Some)
}

fn acl_at(mut cursor: Cursor<'_>, offset: usize, present: bool) -> Result<AclState, SdError> {
    // What is not said to be present is not looked at, whatever the offset says: Windows does the same.
    if !present {
        return Ok(AclState::NotPresent);
    }
    if offset == 0 {
        return Ok(AclState::Null);
    }
    cursor.seek(offset, "ACL")?;
    Acl::decode(&mut cursor).map(AclState::Present)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sd::{AccessMask, Ace};

    fn system() -> Sid {
        Sid::parse("S-1-5-18").unwrap()
    }

    #[test]
    fn no_dacl_null_dacl_and_empty_dacl_are_three() {
        let empty = AclState::Present(Acl::new(Vec::new()));
        let mut seen = Vec::new();
        for dacl in [AclState::NotPresent, AclState::Null, empty] {
            let descriptor =
                SecurityDescriptor::new(Some(system()), None, dacl.clone(), AclState::NotPresent);
            let bytes = descriptor.encode().unwrap();
            let again = SecurityDescriptor::decode(&bytes).unwrap();
            assert_eq!(again.dacl, dacl);
            assert_eq!(again.encode().unwrap(), bytes);
            seen.push(bytes);
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    }

    #[test]
    fn owner_before_the_lists_is_kept_so() {
        // Owner S-1-5-18 at 0x14, an empty DACL at 0x20.
        let mut bytes = vec![
            1, 0, 0x04, 0x80, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20,
        ];
        bytes.extend([0, 0, 0]);
        bytes.extend(system().encode());
        bytes.extend([2, 0, 8, 0, 0, 0, 0, 0]);
        let descriptor = SecurityDescriptor::decode(&bytes).unwrap();
        assert_eq!(descriptor.encode().unwrap(), bytes);
    }

    #[test]
    fn damage_names_its_place() {
        let dacl = Acl::new(vec![Ace::allow(AccessMask::FILE_ALL, system())]);
        let good = SecurityDescriptor::new(
            Some(system()),
            None,
            AclState::Present(dacl),
            AclState::NotPresent,
        )
        .encode()
        .unwrap();
        let broken = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            SecurityDescriptor::decode(&bytes).unwrap_err().to_string()
        };
        assert_eq!(
            broken(0, 2),
            "descriptor revision at offset 0x0: expected 1, found 0x2"
        );
        assert_eq!(
            broken(3, 0),
            "control at offset 0x2: expected a self-relative descriptor (0x8000), found 0x4"
        );
        // The entry's length, the SID's count of sub-authorities, the list's length, the owner's place.
        assert_eq!(
            broken(20 + 8 + 2, 21),
            "ACE size at offset 0x1e: expected a multiple of 4, at least 4, found 0x15"
        );
        assert_eq!(
            broken(20 + 8 + 9, 16),
            "ACE SID at offset 0x24: expected a SID, found none"
        );
        assert_eq!(
            broken(20 + 2, 200),
            "ACL at offset 0x1c: expected 192 bytes, found 32"
        );
        assert!(broken(4, 0xFF).starts_with("owner at offset 0xff"));
        assert!(SecurityDescriptor::decode(&good[..19]).is_err());
    }
}
