//! Key nodes: the fixed part of a key, and its name.
//!
//! Specification: "Key node", <https://github.com/msuhanov/regf>.

use super::cell::{Cell, CellOffset};
use super::error::RegfError;
use super::name;
use crate::filetime::FileTime;

/// The fixed part of a key node in bytes.
pub(super) const KEY_NODE_SIZE: usize = 76;
/// How much of a key node's cell is read: a name's length is 16 bits wide.
pub(super) const KEY_NODE_LIMIT: usize = KEY_NODE_SIZE + 65_535;

/// The flags of a key node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyFlags(u16);

impl KeyFlags {
    /// The key is not kept over a restart; never seen on disk.
    pub const VOLATILE: Self = Self(0x0001);
    /// Another hive is mounted here.
    pub const HIVE_EXIT: Self = Self(0x0002);
    /// The root of this hive.
    pub const HIVE_ENTRY: Self = Self(0x0004);
    /// The key cannot be deleted.
    pub const NO_DELETE: Self = Self(0x0008);
    /// A symbolic link; its value `SymbolicLinkValue` names the target.
    pub const SYMBOLIC_LINK: Self = Self(0x0010);
    /// The name is stored in one byte a character.
    pub const COMPRESSED_NAME: Self = Self(0x0020);
    /// A predefined handle, which stands where the number of values would.
    pub const PREDEFINED_HANDLE: Self = Self(0x0040);

    /// From the number that stands in the hive.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The number that stands in the hive.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether all of `flags` are set.
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These and those.
    #[must_use]
    pub const fn union(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
}

/// What a key node says, unread but for its name.
#[derive(Debug, Clone)]
pub(super) struct KeyNode {
    pub(super) offset: CellOffset,
    pub(super) flags: KeyFlags,
    pub(super) last_written: FileTime,
    pub(super) parent: CellOffset,
    pub(super) subkey_count: u32,
    pub(super) subkeys: CellOffset,
    pub(super) value_count: u32,
    pub(super) values: CellOffset,
    pub(super) security: CellOffset,
    pub(super) class: CellOffset,
    pub(super) class_length: usize,
    pub(super) name: Vec<u16>,
}

impl KeyNode {
    pub(super) fn parse(cell: &Cell) -> Result<Self, RegfError> {
        let mut cursor = cell.signed(*b"nk", "key node", "`nk`")?;
        let flags = KeyFlags::from_bits(cursor.u16("flags of a key")?);
        let last_written = FileTime::from_ticks(cursor.u64("last write time of a key")?);
        cursor.u32("spare field of a key")?;
        let parent = CellOffset::new(cursor.u32("parent of a key")?);
        let subkey_count = cursor.u32("number of subkeys")?;
        cursor.u32("number of volatile subkeys")?;
        let subkeys = CellOffset::new(cursor.u32("offset of the subkeys list")?);
        cursor.u32("offset of the volatile subkeys list")?;
        let value_count = cursor.u32("number of values")?;
        let values = CellOffset::new(cursor.u32("offset of the values list")?);
        let security = CellOffset::new(cursor.u32("offset of the key security")?);
        let class = CellOffset::new(cursor.u32("offset of the class name")?);
        cursor.take(20, "lengths in a key node")?;
        let name_length = cursor.length16("length of a key's name")?;
        let class_length = cursor.length16("length of a class name")?;
        let name = cursor.take(name_length, "name of a key")?;
        Ok(Self {
            offset: cell.offset,
            flags,
            last_written,
            parent,
            subkey_count,
            subkeys,
            // Windows keeps the handle in this field.
            value_count: if flags.contains(KeyFlags::PREDEFINED_HANDLE) {
                0
            } else {
                value_count
            },
            values,
            security,
            class,
            class_length,
            name: name::units(name, flags.contains(KeyFlags::COMPRESSED_NAME)),
        })
    }
}
