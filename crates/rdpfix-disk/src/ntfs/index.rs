//! An index: a B-tree of sorted entries, its root in `$INDEX_ROOT`, its other nodes in `$INDEX_ALLOCATION`.
//!
//! Linux-NTFS documentation, "Index". Folders are indexes by name, `$Secure:$SII` is one by number.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rdpfix_formats::cursor::Cursor;

use super::fixup;
use super::stream::Stream;
use crate::error::ReadError;
use crate::number::{index, wide};
use crate::source::structure;

/// A tree of 4 KiB nodes is four or five deep with a million entries.
const MAX_DEPTH: usize = 24;
const MAX_BLOCK: u32 = 64 << 10;
const FLAG_CHILD: u16 = 1;
const FLAG_LAST: u16 = 2;
/// Bytes of a node's block before its index header.
const BLOCK_HEADER: usize = 24;

/// An index, its root read.
#[derive(Debug)]
pub(super) struct Index {
    root: Vec<Entry>,
    block_size: u32,
    /// Bytes of the unit that nodes are numbered in.
    unit: u64,
    blocks: Option<Stream>,
}

/// One entry of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Eight bytes: in a folder the reference of the file.
    pub(super) head: [u8; 8],
    /// What the index is sorted by.
    pub(super) key: Vec<u8>,
    /// What stands between the key and the end, in indexes that are not folders.
    pub(super) data: Vec<u8>,
    /// The node with the entries before this one.
    child: Option<u64>,
    /// It has no key and only closes the node.
    is_last: bool,
}

impl Index {
    /// From the value of `$INDEX_ROOT` and, when there is one, `$INDEX_ALLOCATION`.
    pub(super) fn open(
        root: &[u8],
        blocks: Option<Stream>,
        cluster_size: u64,
    ) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(root, 0);
        cursor.take(8, "$INDEX_ROOT")?;
        let block_size = cursor.u32("index block size")?;
        if !block_size.is_power_of_two() || !(512..=MAX_BLOCK).contains(&block_size) {
            return Err(ReadError::unexpected(
                "index block size",
                8,
                "a power of two from 512 to 65536",
                block_size.into(),
            ));
        }
        // Nodes smaller than a cluster are numbered in 512 bytes.
        let unit = if cluster_size <= u64::from(block_size) {
            cluster_size
        } else {
            512
        };
        Ok(Self {
            root: entries(root, 16, 0)?,
            block_size,
            unit,
            blocks,
        })
    }

    fn node(&self, number: u64) -> Result<Vec<Entry>, ReadError> {
        let offset = number.saturating_mul(self.unit);
        let Some(blocks) = &self.blocks else {
            return Err(ReadError::unexpected(
                "child of an index entry",
                offset,
                "an $INDEX_ALLOCATION",
                number,
            ));
        };
        let size = index(self.block_size.into());
        let mut bytes = structure(blocks, offset, size, "index block")?;
        fixup::apply(&mut bytes, offset, *b"INDX", "index block", "`INDX`")?;
        let mut cursor = Cursor::new(&bytes, offset);
        cursor.take(16, "index block")?;
        let own = cursor.u64("number of an index block")?;
        if own != number {
            return Err(ReadError::Mismatch {
                what: "number of an index block",
                offset: offset.saturating_add(16),
                expected: number,
                found: own,
            });
        }
        entries(&bytes, BLOCK_HEADER, offset)
    }

    /// The entry that `order` calls equal; it says how an entry stands to what is sought.
    pub(super) fn find(
        &self,
        mut order: impl FnMut(&Entry) -> Result<Ordering, ReadError>,
    ) -> Result<Option<Entry>, ReadError> {
        let mut node = None::<Vec<Entry>>;
        for _ in 0..MAX_DEPTH {
            let entries = node.as_ref().unwrap_or(&self.root);
            let mut child = None;
            for entry in entries {
                let order = if entry.is_last {
                    Ordering::Greater
                } else {
                    order(entry)?
                };
                match order {
                    Ordering::Less => {}
                    Ordering::Equal => return Ok(Some(entry.clone())),
                    Ordering::Greater => {
                        child = entry.child;
                        break;
                    }
                }
            }
            let Some(number) = child else {
                return Ok(None);
            };
            node = Some(self.node(number)?);
        }
        Err(ReadError::too_much("depth of an index", 0, wide(MAX_DEPTH)))
    }

    /// All entries in order.
    pub(super) fn walk(self) -> Walk {
        let open = Open::new(self.root.clone());
        Walk {
            index: self,
            open: vec![open],
            seen: BTreeSet::new(),
        }
    }
}

/// The entries of a node. `at` is where its index header stands in `bytes`, `base` where `bytes` lies.
fn entries(bytes: &[u8], at: usize, base: u64) -> Result<Vec<Entry>, ReadError> {
    let mut cursor = Cursor::new(bytes, base);
    cursor.seek(at, "index header")?;
    let first = cursor.length32("first index entry")?;
    let total = cursor.length32("size of the index entries")?;
    let mut cursor = cursor.until(at.saturating_add(total).min(bytes.len()));
    let mut position = at.saturating_add(first);
    let mut entries = Vec::new();
    loop {
        cursor.seek(position, "index entry")?;
        let offset = cursor.offset();
        let head = cursor.array::<8>("index entry")?;
        let length = cursor.length16("index entry length")?;
        let key_length = cursor.length16("index key length")?;
        let flags = cursor.u16("index entry flags")?;
        cursor.u16("index entry")?;
        let has_child = flags & FLAG_CHILD != 0;
        let end = position.saturating_add(length);
        let body_end = if has_child {
            end.saturating_sub(8)
        } else {
            end
        };
        let body = bytes
            .get(position.saturating_add(16)..body_end)
            .filter(|_| length >= 16)
            .ok_or_else(|| {
                ReadError::unexpected(
                    "index entry length",
                    offset.saturating_add(8),
                    "an entry within its node",
                    wide(length),
                )
            })?;
        let child = if has_child {
            cursor.seek(body_end, "child of an index entry")?;
            Some(cursor.u64("child of an index entry")?)
        } else {
            None
        };
        let is_last = flags & FLAG_LAST != 0;
        let key_length = if is_last { 0 } else { key_length };
        let Some((key, data)) = body.split_at_checked(key_length) else {
            return Err(ReadError::unexpected(
                "index key length",
                offset.saturating_add(10),
                "a key within its entry",
                wide(key_length),
            ));
        };
        entries.push(Entry {
            head,
            key: key.to_vec(),
            data: data.to_vec(),
            child,
            is_last,
        });
        if is_last {
            return Ok(entries);
        }
        position = end;
    }
}

/// A node whose entries are being given.
#[derive(Debug)]
struct Open {
    entries: std::vec::IntoIter<Entry>,
    /// The entry to give when its child is done.
    waiting: Option<Entry>,
}

impl Open {
    fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries: entries.into_iter(),
            waiting: None,
        }
    }
}

/// All entries of an index in order. A node that is damaged is an error, and the others follow.
#[derive(Debug)]
pub(super) struct Walk {
    index: Index,
    open: Vec<Open>,
    /// A node is read once, wherever the entries lead.
    seen: BTreeSet<u64>,
}

impl Walk {
    fn enter(&mut self, number: u64) -> Result<(), ReadError> {
        let offset = number.saturating_mul(self.index.unit);
        if !self.seen.insert(number) || self.open.len() >= MAX_DEPTH {
            return Err(ReadError::too_much("visits of an index block", offset, 1));
        }
        let entries = self.index.node(number)?;
        self.open.push(Open::new(entries));
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let node = self.open.last_mut()?;
            if let Some(entry) = node.waiting.take()
                && !entry.is_last
            {
                return Some(Ok(entry));
            }
            let Some(entry) = node.entries.next() else {
                self.open.pop();
                continue;
            };
            let child = entry.child;
            node.waiting = Some(entry);
            if let Some(number) = child
                && let Err(error) = self.enter(number)
            {
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: &mut Vec<u8>, key: &[u8], child: Option<u64>, last: bool) {
        let key = if last { &[] } else { key };
        let length = 16 + key.len().next_multiple_of(8) + if child.is_some() { 8 } else { 0 };
        bytes.extend([0; 8]);
        bytes.extend((length as u16).to_le_bytes());
        bytes.extend((key.len() as u16).to_le_bytes());
        bytes.extend((u16::from(child.is_some()) | u16::from(last) << 1).to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(key);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(child.map(u64::to_le_bytes).into_iter().flatten());
    }

    fn node(keys: &[(&[u8], Option<u64>)], last: Option<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (key, child) in keys {
            entry(&mut bytes, key, *child, false);
        }
        entry(&mut bytes, b"", last, true);
        let mut header = 16_u32.to_le_bytes().to_vec();
        header.extend((bytes.len() as u32 + 16).to_le_bytes());
        header.extend([0; 8]);
        header.extend(bytes);
        header
    }

    fn root(node: &[u8]) -> Vec<u8> {
        let mut bytes = [0; 16].to_vec();
        bytes[8..12].copy_from_slice(&512_u32.to_le_bytes());
        bytes.extend(node);
        bytes
    }

    fn block(number: u64, node: &[u8]) -> Vec<u8> {
        let mut bytes = b"INDX\xF8\x01\x02\0".to_vec();
        bytes.extend([0; 8]);
        bytes.extend(number.to_le_bytes());
        bytes.extend(node);
        bytes.resize(512, 0);
        bytes
    }

    fn tree(blocks: &[Vec<u8>]) -> Index {
        let top = root(&node(&[(b"f", Some(0))], Some(1)));
        Index::open(&top, Some(Stream::resident(blocks.concat())), 512).unwrap()
    }

    fn keys(index: Index) -> Vec<String> {
        index
            .walk()
            .map(|entry| match entry {
                Ok(entry) => String::from_utf8(entry.key).unwrap(),
                Err(error) => error.to_string(),
            })
            .collect()
    }

    #[test]
    fn entries_in_order_and_found_by_descent() {
        let blocks = [
            block(0, &node(&[(b"b", None), (b"d", None)], None)),
            block(1, &node(&[(b"h", None)], None)),
        ];
        assert_eq!(keys(tree(&blocks)), ["b", "d", "f", "h"]);
        for (wanted, found) in [(&b"b"[..], true), (b"f", true), (b"h", true), (b"c", false)] {
            let entry = tree(&blocks).find(|entry| Ok(entry.key.as_slice().cmp(wanted)));
            assert_eq!(entry.unwrap().is_some(), found, "{wanted:?}");
        }
    }

    #[test]
    fn a_damaged_node_does_not_end_the_walk() {
        let blocks = [vec![0; 512], block(1, &node(&[(b"h", None)], None))];
        let found = keys(tree(&blocks));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("index block at offset 0x0: expected `INDX`"));
    }

    #[test]
    fn a_tree_that_comes_back_to_itself_ends() {
        let blocks = [
            block(0, &node(&[(b"b", Some(0))], None)),
            block(1, &node(&[(b"h", Some(0))], Some(1))),
        ];
        let found = keys(tree(&blocks));
        assert_eq!(
            found.iter().filter(|key| key.contains("visits")).count(),
            3,
            "{found:?}"
        );
        let error = tree(&blocks).find(|entry| Ok(entry.key.as_slice().cmp(b"a")));
        assert!(error.unwrap_err().to_string().contains("depth"));
    }
}
