//! Lists of subkeys: index leaf (`li`), fast leaf (`lf`), hash leaf (`lh`), and the index root (`ri`) over several of them.
//!
//! Specification: "Index leaf" to "Index root", <https://github.com/msuhanov/regf>.

use std::collections::{BTreeSet, VecDeque};

use super::cell::{Cell, CellOffset};
use super::error::RegfError;
use super::hive::Hive;
use super::name::Folded;
use crate::read_at::ReadAt;

/// The most bytes a list has: signature, count, and as many elements of eight bytes as the count can say.
const LIST_LIMIT: usize = 4 + 65_535 * 8;

/// What a list says about a key's name, so that most keys need not be read to find one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    /// The first four characters.
    Prefix([u8; 4]),
    /// The hash of the name in upper case.
    Hash(u32),
}

impl Hint {
    /// Whether a key with this hint can have that name. Windows relies on the hints as well: a key with a wrong one is
    /// not found by it either.
    pub(super) fn may_be(self, name: &Folded, hash: u32) -> bool {
        match self {
            Self::Hash(found) => !name.is_ascii() || found == hash,
            // A first character beyond ASCII leaves the hint empty.
            Self::Prefix([0, ..]) | Self::None => true,
            Self::Prefix(prefix) => !name.is_ascii() || name.fits_hint(prefix),
        }
    }
}

/// One element of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListElement {
    pub(super) key: CellOffset,
    pub(super) hint: Hint,
}

/// The elements of all leaves below a key, in order; damage is an item, and reading goes on behind it.
pub(super) struct SubkeysList<'h, R> {
    hive: &'h Hive<R>,
    lists: VecDeque<CellOffset>,
    /// Lists already seen: one that stands in an index root twice, or in itself, would never end.
    seen: BTreeSet<CellOffset>,
    inside_root: bool,
    elements: std::vec::IntoIter<ListElement>,
    problem: Option<RegfError>,
}

impl<'h, R: ReadAt> SubkeysList<'h, R> {
    /// Over the list at `offset`; a nil one has no elements.
    pub(super) fn new(hive: &'h Hive<R>, offset: CellOffset) -> Self {
        Self {
            hive,
            lists: (!offset.is_nil()).then_some(offset).into_iter().collect(),
            seen: BTreeSet::new(),
            inside_root: false,
            elements: Vec::new().into_iter(),
            problem: None,
        }
    }

    fn open(&mut self, offset: CellOffset) -> Result<(), RegfError> {
        let unexpected = |expected, found| RegfError::Unexpected {
            what: "subkeys list",
            offset: offset.file_offset(),
            expected,
            found,
        };
        if !self.seen.insert(offset) {
            let found = u64::from(offset.get());
            return Err(unexpected("each list once below a key", found));
        }
        let cell = self.hive.cell(offset, LIST_LIMIT, "subkeys list")?;
        let mut cursor = cell.cursor();
        let signature = cursor.array::<2>("subkeys list")?;
        let count = cursor.length16("number of subkeys in a list")?;
        match &signature {
            b"li" | b"lf" | b"lh" => self.open_leaf(&cell, signature, count),
            b"ri" if self.inside_root => Err(unexpected(
                "`li`, `lf` or `lh` in an index root",
                u64::from(u16::from_be_bytes(signature)),
            )),
            b"ri" => {
                self.inside_root = true;
                for _ in 0..count {
                    match cursor.u32("element of an index root") {
                        Ok(list) => self.lists.push_back(CellOffset::new(list)),
                        Err(error) => {
                            self.problem = Some(error.into());
                            break;
                        }
                    }
                }
                Ok(())
            }
            _ => Err(unexpected(
                "`li`, `lf`, `lh` or `ri`",
                u64::from(u16::from_be_bytes(signature)),
            )),
        }
    }

    fn open_leaf(
        &mut self,
        cell: &Cell,
        signature: [u8; 2],
        count: usize,
    ) -> Result<(), RegfError> {
        let mut cursor = cell.cursor();
        cursor.u32("header of a subkeys list")?;
        let mut elements = Vec::with_capacity(count.min(cursor.remaining() / 4));
        for _ in 0..count {
            let element = cursor.u32("element of a subkeys list").and_then(|key| {
                let hint = match &signature {
                    b"lh" => Hint::Hash(cursor.u32("hash in a subkeys list")?),
                    b"lf" => Hint::Prefix(cursor.array("name hint in a subkeys list")?),
                    _ => Hint::None,
                };
                let key = CellOffset::new(key);
                Ok(ListElement { key, hint })
            });
            match element {
                Ok(element) => elements.push(element),
                Err(error) => {
                    self.problem = Some(error.into());
                    break;
                }
            }
        }
        self.elements = elements.into_iter();
        Ok(())
    }
}

impl<R: ReadAt> Iterator for SubkeysList<'_, R> {
    type Item = Result<ListElement, RegfError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(element) = self.elements.next() {
                return Some(Ok(element));
            }
            if let Some(problem) = self.problem.take() {
                return Some(Err(problem));
            }
            let list = self.lists.pop_front()?;
            if let Err(error) = self.open(list) {
                return Some(Err(error));
            }
        }
    }
}
