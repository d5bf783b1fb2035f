//! Access rights ([MS-DTYP] 2.4.3): the bits, their names in SDDL, and their names for people.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of access rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AccessMask(pub u32);

/// What kind of object a descriptor protects. The low sixteen bits of a mask mean something else for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A file.
    File,
    /// A folder: the bits of a file, other names.
    Folder,
    /// A registry key.
    Key,
}

/// Maps the four generic rights to those of a kind of object (`GENERIC_MAPPING`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenericMapping {
    /// What `GENERIC_READ` means.
    pub read: AccessMask,
    /// What `GENERIC_WRITE` means.
    pub write: AccessMask,
    /// What `GENERIC_EXECUTE` means.
    pub execute: AccessMask,
    /// What `GENERIC_ALL` means.
    pub all: AccessMask,
}

impl AccessMask {
    /// No right at all.
    pub const NONE: Self = Self(0);
    /// `DELETE`
    pub const DELETE: Self = Self(0x0001_0000);
    /// `READ_CONTROL`: read the descriptor.
    pub const READ_CONTROL: Self = Self(0x0002_0000);
    /// `WRITE_DAC`: change the DACL.
    pub const WRITE_DAC: Self = Self(0x0004_0000);
    /// `WRITE_OWNER`
    pub const WRITE_OWNER: Self = Self(0x0008_0000);
    /// `SYNCHRONIZE`
    pub const SYNCHRONIZE: Self = Self(0x0010_0000);
    /// `ACCESS_SYSTEM_SECURITY`: the SACL. Given by a privilege, never by a DACL.
    pub const ACCESS_SYSTEM_SECURITY: Self = Self(0x0100_0000);
    /// `MAXIMUM_ALLOWED`: not a right but a question.
    pub const MAXIMUM_ALLOWED: Self = Self(0x0200_0000);
    /// `GENERIC_ALL`
    pub const GENERIC_ALL: Self = Self(0x1000_0000);
    /// `GENERIC_EXECUTE`
    pub const GENERIC_EXECUTE: Self = Self(0x2000_0000);
    /// `GENERIC_WRITE`
    pub const GENERIC_WRITE: Self = Self(0x4000_0000);
    /// `GENERIC_READ`
    pub const GENERIC_READ: Self = Self(0x8000_0000);

    /// `FILE_READ_DATA`, of a folder `FILE_LIST_DIRECTORY`.
    pub const FILE_READ_DATA: Self = Self(0x1);
    /// `FILE_WRITE_DATA`, of a folder `FILE_ADD_FILE`: create files in it.
    pub const FILE_WRITE_DATA: Self = Self(0x2);
    /// All rights to a file or folder (`FA`).
    pub const FILE_ALL: Self = Self(0x001F_01FF);
    /// `FILE_GENERIC_READ` (`FR`)
    pub const FILE_READ: Self = Self(0x0012_0089);
    /// `FILE_GENERIC_WRITE` (`FW`)
    pub const FILE_WRITE: Self = Self(0x0012_0116);
    /// `FILE_GENERIC_EXECUTE` (`FX`)
    pub const FILE_EXECUTE: Self = Self(0x0012_00A0);

    /// `KEY_QUERY_VALUE`
    pub const KEY_QUERY_VALUE: Self = Self(0x1);
    /// `KEY_SET_VALUE`
    pub const KEY_SET_VALUE: Self = Self(0x2);
    /// `KEY_CREATE_SUB_KEY`
    pub const KEY_CREATE_SUB_KEY: Self = Self(0x4);
    /// All rights to a registry key (`KA`).
    pub const KEY_ALL: Self = Self(0x000F_003F);
    /// `KEY_READ` (`KR`; `KEY_EXECUTE`, `KX`, is the same)
    pub const KEY_READ: Self = Self(0x0002_0019);
    /// `KEY_WRITE` (`KW`)
    pub const KEY_WRITE: Self = Self(0x0002_0006);

    const GENERIC: Self = Self(0xF000_0000);

    /// Whether every bit of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the two share a bit.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no right in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The mask without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its single bits, lowest first.
    pub fn bits(self) -> impl Iterator<Item = Self> {
        (0..u32::BITS)
            .map(|shift| Self(1 << shift))
            .filter(move |bit| self.intersects(*bit))
    }

    /// The mask with its generic rights replaced by what they mean for `kind`.
    #[must_use]
    pub fn mapped(self, kind: ObjectKind) -> Self {
        let mapping = kind.generic_mapping();
        let mut mapped = self.without(Self::GENERIC);
        for (generic, meaning) in [
            (Self::GENERIC_READ, mapping.read),
            (Self::GENERIC_WRITE, mapping.write),
            (Self::GENERIC_EXECUTE, mapping.execute),
            (Self::GENERIC_ALL, mapping.all),
        ] {
            if self.intersects(generic) {
                mapped |= meaning;
            }
        }
        mapped
    }

    /// What it allows, for people: `full control (FA)`, `read (FR)`, or the single rights by name.
    pub fn in_words(self, kind: ObjectKind) -> String {
        let mask = self.mapped(kind);
        if mask.is_empty() {
            return "nothing".to_owned();
        }
        for (whole, text) in kind.whole_names() {
            if mask == *whole {
                return (*text).to_owned();
            }
        }
        let mut words = Vec::new();
        let mut rest = mask;
        for (set, name) in kind.sets() {
            if mask.contains(*set) {
                words.push((*name).to_owned());
                rest = rest.without(*set);
            }
        }
        for bit in rest.bits() {
            let name = kind.bit_names().iter().find(|(known, _)| *known == bit);
            words.push(name.map_or_else(|| bit.to_string(), |(_, name)| (*name).to_owned()));
        }
        words.join(", ")
    }
}

/// Hexadecimal, as SDDL writes what it has no name for: `0x120089`.
impl fmt::Display for AccessMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl BitOr for AccessMask {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for AccessMask {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for AccessMask {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for AccessMask {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

type Named = (AccessMask, &'static str);

const FILE_WHOLE: [Named; 3] = [
    (AccessMask::FILE_ALL, "full control (FA)"),
    (AccessMask(0x0013_01BF), "modify"),
    (AccessMask(0x0012_00A9), "read and execute"),
];
const KEY_WHOLE: [Named; 1] = [(AccessMask::KEY_ALL, "full control (KA)")];
const FILE_SETS: [Named; 2] = [
    (AccessMask::FILE_READ, "read (FR)"),
    (AccessMask::FILE_WRITE, "write (FW)"),
];
const KEY_SETS: [Named; 2] = [
    (AccessMask::KEY_READ, "read (KR)"),
    (AccessMask::KEY_WRITE, "write (KW)"),
];
const STANDARD: [Named; 6] = [
    (AccessMask::DELETE, "delete"),
    (AccessMask::READ_CONTROL, "read permissions"),
    (AccessMask::WRITE_DAC, "change permissions"),
    (AccessMask::WRITE_OWNER, "take ownership"),
    (AccessMask::SYNCHRONIZE, "synchronise"),
    (AccessMask::ACCESS_SYSTEM_SECURITY, "audit settings"),
];
const FILE_BITS: [Named; 15] = with_standard([
    (AccessMask(0x1), "read data"),
    (AccessMask(0x2), "write data"),
    (AccessMask(0x4), "append data"),
    (AccessMask(0x8), "read extended attributes"),
    (AccessMask(0x10), "write extended attributes"),
    (AccessMask(0x20), "execute"),
    (AccessMask(0x40), "delete children"),
    (AccessMask(0x80), "read attributes"),
    (AccessMask(0x100), "write attributes"),
]);
const FOLDER_BITS: [Named; 15] = with_standard([
    (AccessMask(0x1), "list folder"),
    (AccessMask(0x2), "create files"),
    (AccessMask(0x4), "create folders"),
    (AccessMask(0x8), "read extended attributes"),
    (AccessMask(0x10), "write extended attributes"),
    (AccessMask(0x20), "traverse"),
    (AccessMask(0x40), "delete children"),
    (AccessMask(0x80), "read attributes"),
    (AccessMask(0x100), "write attributes"),
]);
const KEY_BITS: [Named; 15] = with_standard([
    (AccessMask(0x1), "query values"),
    (AccessMask(0x2), "set values"),
    (AccessMask(0x4), "create subkeys"),
    (AccessMask(0x8), "list subkeys"),
    (AccessMask(0x10), "notify"),
    (AccessMask(0x20), "create links"),
    (AccessMask(0x100), "64-bit view"),
    (AccessMask(0x200), "32-bit view"),
    (AccessMask(0x80), "reserved 0x80"),
]);

const fn with_standard(own: [Named; 9]) -> [Named; 15] {
    let [a, b, c, d, e, f, g, h, i] = own;
    let [j, k, l, m, n, o] = STANDARD;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o]
}

impl ObjectKind {
    /// What the generic rights mean for it.
    pub const fn generic_mapping(self) -> GenericMapping {
        match self {
            Self::File | Self::Folder => GenericMapping {
                read: AccessMask::FILE_READ,
                write: AccessMask::FILE_WRITE,
                execute: AccessMask::FILE_EXECUTE,
                all: AccessMask::FILE_ALL,
            },
            Self::Key => GenericMapping {
                read: AccessMask::KEY_READ,
                write: AccessMask::KEY_WRITE,
                execute: AccessMask::KEY_READ,
                all: AccessMask::KEY_ALL,
            },
        }
    }

    /// Every right there is for it.
    pub const fn all(self) -> AccessMask {
        self.generic_mapping().all
    }

    const fn whole_names(self) -> &'static [Named] {
        match self {
            Self::File | Self::Folder => &FILE_WHOLE,
            Self::Key => &KEY_WHOLE,
        }
    }

    const fn sets(self) -> &'static [Named] {
        match self {
            Self::File | Self::Folder => &FILE_SETS,
            Self::Key => &KEY_SETS,
        }
    }

    const fn bit_names(self) -> &'static [Named] {
        match self {
            Self::File => &FILE_BITS,
            Self::Folder => &FOLDER_BITS,
            Self::Key => &KEY_BITS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_in_words() {
        let words = |mask, kind| AccessMask(mask).in_words(kind);
        assert_eq!(words(0x001F_01FF, ObjectKind::File), "full control (FA)");
        assert_eq!(words(0x0012_0089, ObjectKind::File), "read (FR)");
        assert_eq!(words(0x8000_0000, ObjectKind::Key), "read (KR)");
        assert_eq!(
            words(0x0012_019F, ObjectKind::Folder),
            "read (FR), write (FW)"
        );
        assert_eq!(words(0x6, ObjectKind::Key), "set values, create subkeys");
        assert_eq!(words(0x1, ObjectKind::Folder), "list folder");
        assert_eq!(words(0x800, ObjectKind::File), "0x800");
        assert_eq!(words(0, ObjectKind::File), "nothing");
    }

    #[test]
    fn generic_rights_become_those_of_the_object() {
        let mapped = |mask, kind| AccessMask(mask).mapped(kind);
        assert_eq!(
            mapped(0x1000_0000, ObjectKind::File),
            AccessMask(0x001F_01FF)
        );
        assert_eq!(
            mapped(0xE000_0000, ObjectKind::File),
            AccessMask(0x0012_01BF)
        );
        assert_eq!(
            mapped(0x2000_0001, ObjectKind::Key),
            AccessMask(0x0002_0019)
        );
    }
}
