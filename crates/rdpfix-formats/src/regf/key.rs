//! Keys: their subkeys, values, class, security and time.

use super::cell::CellOffset;
use super::control_set::ControlSet;
use super::error::RegfError;
use super::hive::{Hive, Validation};
use super::key_node::{KEY_NODE_LIMIT, KeyFlags, KeyNode};
use super::key_value::{Value, ValuesList};
use super::name::{self, Folded};
use super::security;
use super::subkeys_list::{Hint, SubkeysList};
use super::value_data::ValueType;
use crate::cursor::Truncated;
use crate::filetime::FileTime;
use crate::read_at::ReadAt;
use crate::reading::{Reading, Reason};

/// How many levels a hive's tree may have, as in Windows.
pub const MAX_DEPTH: usize = 512;

/// The value of a symbolic link that names its target.
const LINK_VALUE: &str = "SymbolicLinkValue";
/// The link that every running Windows has at the root of its `SYSTEM` hive, and that a hive on disk lacks.
const CURRENT_CONTROL_SET: &str = "CurrentControlSet";

/// A key of a hive.
#[derive(Debug)]
pub struct Key<'h, R> {
    hive: &'h Hive<R>,
    node: KeyNode,
    depth: usize,
}

impl<R> Clone for Key<'_, R> {
    fn clone(&self) -> Self {
        Self {
            hive: self.hive,
            node: self.node.clone(),
            depth: self.depth,
        }
    }
}

impl<'h, R: ReadAt> Key<'h, R> {
    /// The key at `offset`, below `parent`.
    pub(super) fn read(
        hive: &'h Hive<R>,
        offset: CellOffset,
        parent: Option<&Self>,
    ) -> Result<Self, RegfError> {
        let depth = parent.map_or(0, |parent| parent.depth.saturating_add(1));
        if depth > MAX_DEPTH {
            return Err(RegfError::TooMuch {
                what: "levels of keys",
                offset: offset.file_offset(),
                expected: u64::try_from(MAX_DEPTH).unwrap_or(u64::MAX),
            });
        }
        let cell = hive.cell(offset, KEY_NODE_LIMIT, "key node")?;
        let node = KeyNode::parse(&cell)?;
        if let Some(parent) = parent.filter(|_| hive.validation() == Validation::Strict)
            && node.parent != parent.node.offset
        {
            return Err(RegfError::Unexpected {
                what: "parent of a key",
                offset: offset.file_offset(),
                expected: "the key in whose list it stands",
                found: u64::from(node.parent.get()),
            });
        }
        Ok(Self { hive, node, depth })
    }

    /// The name. Halves of surrogate pairs, which Windows allows, become U+FFFD.
    pub fn name(&self) -> String {
        String::from_utf16_lossy(&self.node.name)
    }

    /// When the key, its values or its list of subkeys was last changed.
    pub const fn last_written(&self) -> FileTime {
        self.node.last_written
    }

    /// The flags.
    pub const fn flags(&self) -> KeyFlags {
        self.node.flags
    }

    /// Where the key's node is.
    pub const fn offset(&self) -> CellOffset {
        self.node.offset
    }

    /// How many values the key says it has; a damaged one can say anything.
    pub const fn value_count(&self) -> u32 {
        self.node.value_count
    }

    /// How many subkeys the key says it has; a damaged one can say anything.
    pub const fn subkey_count(&self) -> u32 {
        self.node.subkey_count
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    fn is_named(&self, name: &Folded) -> bool {
        Folded::from_units(&self.node.name) == *name
    }

    fn list(&self) -> SubkeysList<'h, R> {
        let offset = if self.node.subkey_count == 0 {
            CellOffset::NIL
        } else {
            self.node.subkeys
        };
        SubkeysList::new(self.hive, offset)
    }

    /// The subkeys in the order of the hive, which is by name. Damage is an item, and the rest follows it; under
    /// [`Validation::Strict`] it is the last.
    pub fn subkeys(&self) -> Subkeys<'h, R> {
        Subkeys {
            parent: self.clone(),
            list: self.list(),
            previous: None,
            count: 0,
            is_ended: false,
        }
    }

    /// The key at `path` below this one, its names separated by backslashes; without case. An empty path is the key
    /// itself.
    ///
    /// Absent means that the lists were read and do not have it. Where a list or a key that may be the one sought is
    /// damaged, the answer is unreadable. Symbolic links are not followed: what lies below one is unreadable. But
    /// `CurrentControlSet` at the root is what `Select\Current` says.
    pub fn subkey(&self, path: &str) -> Reading<Self> {
        let mut key = self.clone();
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            if key.flags().contains(KeyFlags::SYMBOLIC_LINK) {
                return Reading::Unreadable(key.is_a_link());
            }
            let found = key.child(name);
            let is_current = key.depth == 0 && name.eq_ignore_ascii_case(CURRENT_CONTROL_SET);
            let found = match found {
                Reading::Absent if is_current => key.current_control_set(),
                Reading::Present(link)
                    if is_current && link.flags().contains(KeyFlags::SYMBOLIC_LINK) =>
                {
                    key.current_control_set()
                }
                found => found,
            };
            match found {
                Reading::Present(found) => key = found,
                other => return other,
            }
        }
        Reading::Present(key)
    }

    fn current_control_set(&self) -> Reading<Self> {
        ControlSet::below(self).and_then(|sets| match sets.key_name() {
            Some(name) => self.child(&name),
            None => Reading::Absent,
        })
    }

    fn is_a_link(&self) -> Reason {
        let name = self.name();
        let at = self.offset();
        Reason::Unsupported(match self.symbolic_link() {
            Reading::Present(target) => {
                format!("key {name} at offset {at} is a symbolic link to {target}")
            }
            _ => format!("key {name} at offset {at} is a symbolic link"),
        })
    }

    /// The subkey of one name, which holds no backslash.
    pub(super) fn child(&self, name: &str) -> Reading<Self> {
        let name = Folded::from_text(name);
        let hash = name.hash();
        let mut problem = None;
        for element in self.list() {
            let element = match element {
                Ok(element) if !element.hint.may_be(&name, hash) => continue,
                Ok(element) => element,
                Err(error) => {
                    problem.get_or_insert(error);
                    continue;
                }
            };
            match Self::read(self.hive, element.key, Some(self)) {
                Ok(key) if key.is_named(&name) => return Reading::Present(key),
                Ok(_) => {}
                Err(error) => {
                    problem.get_or_insert(error);
                }
            }
        }
        match problem {
            Some(error) => Reading::Unreadable(error.into()),
            None => Reading::Absent,
        }
    }

    /// The values in the order of the hive, which is that of their making. Damage is an item, and the rest follows it.
    pub fn values(&self) -> Values<'h, R> {
        Values {
            hive: self.hive,
            list: ValuesList::new(self.hive, self.node.value_count, self.node.values),
            is_ended: false,
        }
    }

    /// The value called `name`, without case; an empty name is the key's default value. Only its own data is read.
    ///
    /// Absent means that all values were read and none is it. Where one of them is damaged so that it may be the one
    /// sought, the answer is unreadable.
    pub fn value(&self, name: &str) -> Reading<Value> {
        let name = Folded::from_text(name);
        let mut problem = None;
        for value in ValuesList::new(self.hive, self.node.value_count, self.node.values) {
            match value {
                Ok(value) if value.is_named(&name) => {
                    return match value.load(self.hive) {
                        Ok(value) => Reading::Present(value),
                        Err(error) => Reading::Unreadable(error.into()),
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    problem.get_or_insert(error);
                }
            }
        }
        match problem {
            Some(error) => Reading::Unreadable(error.into()),
            None => Reading::Absent,
        }
    }

    /// The key's class name; most keys have none.
    pub fn class(&self) -> Reading<String> {
        if self.node.class.is_nil() || self.node.class_length == 0 {
            return Reading::Absent;
        }
        let length = self.node.class_length;
        match self.hive.cell(self.node.class, length, "class name") {
            Ok(cell) if cell.bytes.len() == length => {
                let units = name::units(&cell.bytes, false);
                Reading::Present(String::from_utf16_lossy(&units))
            }
            Ok(cell) => {
                let error = RegfError::Truncated(Truncated {
                    what: "class name",
                    offset: self.node.class.file_offset(),
                    expected: length,
                    found: cell.bytes.len(),
                });
                Reading::Unreadable(error.into())
            }
            Err(error) => Reading::Unreadable(error.into()),
        }
    }

    /// The bytes of the key's security descriptor, in self-relative form.
    pub fn security_descriptor(&self) -> Reading<Vec<u8>> {
        if self.node.security.is_nil() {
            return Reading::Absent;
        }
        match security::read(self.hive, self.node.security) {
            Ok(descriptor) => Reading::Present(descriptor),
            Err(error) => Reading::Unreadable(error.into()),
        }
    }

    /// Where a symbolic link points to, as a path of the kernel (`\Registry\Machine\…`); absent for any other key.
    pub fn symbolic_link(&self) -> Reading<String> {
        if !self.flags().contains(KeyFlags::SYMBOLIC_LINK) {
            return Reading::Absent;
        }
        self.value(LINK_VALUE).and_then(|value| match value.kind {
            ValueType::LINK => Reading::Present(super::value_data::text(&value.bytes)),
            _ => Reading::Absent,
        })
    }
}

/// The subkeys of a key; see [`Key::subkeys`].
pub struct Subkeys<'h, R> {
    parent: Key<'h, R>,
    list: SubkeysList<'h, R>,
    previous: Option<Folded>,
    count: u32,
    is_ended: bool,
}

impl<'h, R: ReadAt> Subkeys<'h, R> {
    /// What strict reading asks of a list: hints that fit, ascending names.
    fn check(&mut self, key: &Key<'h, R>, hint: Hint) -> Result<(), RegfError> {
        let name = Folded::from_units(&key.node.name);
        let unexpected = |what, expected| RegfError::Unexpected {
            what,
            offset: key.offset().file_offset(),
            expected,
            found: u64::from(key.offset().get()),
        };
        if !hint.may_be(&name, name.hash()) {
            return Err(unexpected("hint of a subkey", "that of its name"));
        }
        let ascends = self
            .previous
            .as_ref()
            .is_none_or(|previous| previous.units() < name.units());
        // Beyond ASCII Windows may have sorted by another table than ours.
        if !ascends && name.is_ascii() && self.previous.as_ref().is_some_and(Folded::is_ascii) {
            return Err(unexpected("order of subkeys", "ascending names"));
        }
        self.previous = Some(name);
        Ok(())
    }

    pub(super) fn is_strict(&self) -> bool {
        self.parent.hive.validation() == Validation::Strict
    }

    fn check_count(&self) -> Option<RegfError> {
        let expected = self.parent.node.subkey_count;
        (self.count != expected).then(|| RegfError::Unexpected {
            what: "number of subkeys",
            offset: self.parent.offset().file_offset(),
            expected: "as many as the lists have",
            found: u64::from(expected),
        })
    }
}

impl<'h, R: ReadAt> Iterator for Subkeys<'h, R> {
    type Item = Result<Key<'h, R>, RegfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let is_strict = self.is_strict();
        let Some(element) = self.list.next() else {
            self.is_ended = true;
            return self.check_count().filter(|_| is_strict).map(Err);
        };
        self.count = self.count.saturating_add(1);
        let item = element.and_then(|element| {
            let key = Key::read(self.parent.hive, element.key, Some(&self.parent))?;
            if is_strict {
                self.check(&key, element.hint)?;
            }
            Ok(key)
        });
        self.is_ended = is_strict && item.is_err();
        Some(item)
    }
}

/// The values of a key; see [`Key::values`].
pub struct Values<'h, R> {
    hive: &'h Hive<R>,
    list: ValuesList<'h, R>,
    is_ended: bool,
}

impl<R: ReadAt> Iterator for Values<'_, R> {
    type Item = Result<Value, RegfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let item = self.list.next()?.and_then(|value| value.load(self.hive));
        self.is_ended = self.hive.validation() == Validation::Strict && item.is_err();
        Some(item)
    }
}
