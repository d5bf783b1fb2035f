//! What a hive to be written holds.

use crate::filetime::FileTime;
use crate::regf::key_node::KeyFlags;
use crate::regf::value_data::{ValueData, ValueType};
use crate::sid::Sid;

/// A hive to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiveSpec {
    /// The hive's path or name in the base block; for people only.
    pub file_name: String,
    /// Both sequence numbers.
    pub sequence: u32,
    /// When the hive was last written.
    pub last_written: FileTime,
    /// 3 to 6: from 4 on large values are split, from 5 on subkey lists carry hashes. 5 since Windows XP.
    pub minor_version: u32,
    /// The root key.
    pub root: KeySpec,
}

/// A key to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// The name, at most 255 characters and no backslash.
    pub name: String,
    /// Flags beyond those that follow from name and place, such as [`KeyFlags::SYMBOLIC_LINK`].
    pub flags: KeyFlags,
    /// When the key was last written.
    pub last_written: FileTime,
    /// The class name.
    pub class: Option<String>,
    /// The security descriptor in self-relative form; keys with equal ones share it.
    pub security: Vec<u8>,
    /// The values, in their order in the hive.
    pub values: Vec<ValueSpec>,
    /// The subkeys; the writer sorts them.
    pub subkeys: Vec<KeySpec>,
    /// The kind of their list.
    pub list: ListKind,
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSpec {
    /// The name, at most 16,383 characters; empty for the key's default value.
    pub name: String,
    /// The type.
    pub kind: ValueType,
    /// The data.
    pub bytes: Vec<u8>,
}

/// The kinds of lists of subkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListKind {
    /// What Windows writes in the hive's version: hash leaves from 1.5 on, fast leaves before.
    #[default]
    OfVersion,
    /// `li`: without hints.
    IndexLeaf,
    /// `lf`: with the first four characters of the names.
    FastLeaf,
    /// `lh`: with hashes of the names.
    HashLeaf,
    /// `ri` over several `lh`, as otherwise only keys with hundreds of subkeys have.
    IndexRoot,
}

/// The time of what is given none: 2024-01-01T00:00:00Z.
const WRITTEN: FileTime = FileTime::from_ticks(0x01DA_3C46_0F66_4000);

impl HiveSpec {
    /// An empty hive called `file_name`, of version 1.5 with the sequence number 1.
    pub fn new(file_name: &str) -> Self {
        Self {
            file_name: file_name.to_owned(),
            sequence: 1,
            last_written: WRITTEN,
            minor_version: 5,
            root: KeySpec::new("ROOT"),
        }
    }

    /// The key at `path` below the root, its names separated by backslashes; made with all above it where it is not there.
    pub fn key(&mut self, path: &str) -> &mut KeySpec {
        let mut key = &mut self.root;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            key = key.subkey(name);
        }
        key
    }

    /// Sets a value of the key at `path`, which is made where it is not there.
    pub fn set(&mut self, path: &str, name: &str, data: &ValueData) {
        self.key(path).set(name, data);
    }
}

impl KeySpec {
    /// A key without values, class and subkeys, with [`default_security_descriptor`].
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            flags: KeyFlags::default(),
            last_written: WRITTEN,
            class: None,
            security: default_security_descriptor(),
            values: Vec::new(),
            subkeys: Vec::new(),
            list: ListKind::OfVersion,
        }
    }

    /// The subkey called `name`, made where it is not there.
    pub fn subkey(&mut self, name: &str) -> &mut Self {
        let found = self
            .subkeys
            .iter()
            .position(|key| key.name.eq_ignore_ascii_case(name));
        let key = match found {
            Some(at) => self.subkeys.remove(at),
            None => Self::new(name),
        };
        self.subkeys.push_mut(key)
    }

    /// Sets a value, in place of one of that name.
    pub fn set(&mut self, name: &str, data: &ValueData) {
        let (kind, bytes) = data.encode();
        self.values
            .retain(|value| !value.name.eq_ignore_ascii_case(name));
        self.values.push(ValueSpec {
            name: name.to_owned(),
            kind,
            bytes,
        });
    }
}

/// `O:BAG:BAD:(A;CI;KA;;;SY)(A;CI;KA;;;BA)`: administrators own, they and the system may do everything.
pub fn default_security_descriptor() -> Vec<u8> {
    let sid = |text: &str| Sid::parse(text).map_or_else(Vec::new, |sid| sid.encode());
    let (system, administrators) = (sid("S-1-5-18"), sid("S-1-5-32-544"));
    // Revision 1, self-relative with a DACL; owner at 20, group behind it, no SACL, DACL at 52.
    let mut bytes = vec![
        1, 0, 4, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0,
    ];
    bytes.extend(&administrators);
    bytes.extend(&administrators);
    // Revision 2, 52 bytes, two entries: allow, inherited by subkeys, KEY_ALL_ACCESS.
    bytes.extend([2, 0, 52, 0, 2, 0, 0, 0]);
    bytes.extend([0, 2, 20, 0, 0x3F, 0, 0x0F, 0]);
    bytes.extend(system);
    bytes.extend([0, 2, 24, 0, 0x3F, 0, 0x0F, 0]);
    bytes.extend(administrators);
    bytes
}
