//! The bytes of a hive as its questions see them: the primary file in blocks, with the pages of the logs laid over it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::error::RegfError;
use crate::cursor::Truncated;
use crate::read_at::ReadAt;

/// How much is read at a time. On a remote disk a request costs more than its bytes.
pub(super) const BLOCK_SIZE: usize = 65_536;
/// How many blocks are kept: 4 MiB.
const CACHED_BLOCKS: usize = 64;
/// The unit in which logs change a hive.
pub(super) const PAGE_SIZE: usize = 4096;
/// The most that logs may lay over a hive. Windows keeps its logs far smaller.
pub(super) const MAX_OVERLAY: u64 = 256 << 20;

/// The pages that transaction logs change, by page number in the file. The primary file is never written.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    pages: BTreeMap<u64, Box<[u8]>>,
}

impl Overlay {
    /// How many pages differ from the primary file.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Lays `bytes` over file offset `offset`; what a page holds besides comes from `input`, or is zero behind its end.
    pub(super) fn write<R: ReadAt>(
        &mut self,
        input: &R,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), RegfError> {
        let mut at = offset;
        let mut left = bytes;
        while !left.is_empty() {
            let (page, within) = (at / PAGE, at % PAGE);
            let within = usize::try_from(within).unwrap_or_default();
            let count = left.len().min(PAGE_SIZE.saturating_sub(within));
            let (now, rest) = left.split_at_checked(count).unwrap_or((left, &[]));
            let content = self.page(input, page, count == PAGE_SIZE)?;
            if let Some(target) = content.get_mut(within..within.saturating_add(count)) {
                target.copy_from_slice(now);
            }
            at = at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            left = rest;
        }
        Ok(())
    }

    /// The page, first taken from `input` unless all of it is about to be written.
    fn page<R: ReadAt>(
        &mut self,
        input: &R,
        page: u64,
        is_whole: bool,
    ) -> Result<&mut [u8], RegfError> {
        let held = u64::try_from(self.pages.len()).unwrap_or(u64::MAX);
        let offset = page.saturating_mul(PAGE);
        match self.pages.entry(page) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                if held >= MAX_OVERLAY / PAGE {
                    return Err(RegfError::TooMuch {
                        what: "pages of the transaction logs",
                        offset,
                        expected: MAX_OVERLAY,
                    });
                }
                let mut content = vec![0; PAGE_SIZE];
                if !is_whole {
                    input
                        .read_full_at(offset, &mut content)
                        .map_err(|error| RegfError::io(offset, &error))?;
                }
                Ok(entry.insert(content.into_boxed_slice()))
            }
        }
    }

    /// Lays the changed pages over a block that begins at file offset `offset`, and says how far it is then filled.
    fn apply(&self, offset: u64, block: &mut [u8], filled: usize) -> usize {
        let first = offset / PAGE;
        let end = first.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX) / PAGE);
        let mut filled = filled;
        for (page, content) in self.pages.range(first..end) {
            let at = page.saturating_sub(first).saturating_mul(PAGE);
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let to = at.saturating_add(PAGE_SIZE);
            if let Some(target) = block.get_mut(at..to) {
                target.copy_from_slice(content);
                filled = filled.max(to);
            }
        }
        filled
    }
}

const PAGE: u64 = 4096;
const BLOCK: u64 = 65_536;

#[derive(Debug)]
struct Block {
    number: u64,
    used: u64,
    bytes: Vec<u8>,
}

/// The most recently used blocks.
#[derive(Debug, Default)]
struct BlockCache {
    blocks: Vec<Block>,
    clock: u64,
}

/// Random access to the hive's bytes, block by block.
#[derive(Debug)]
pub(super) struct Storage<R> {
    input: R,
    overlay: Overlay,
    cache: Mutex<BlockCache>,
}

impl<R: ReadAt> Storage<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            overlay: Overlay::default(),
            cache: Mutex::default(),
        }
    }

    pub(super) const fn input(&self) -> &R {
        &self.input
    }

    pub(super) fn into_input(self) -> R {
        self.input
    }

    /// Lays the pages of the logs over the file, from here on.
    pub(super) fn set_overlay(&mut self, overlay: Overlay) {
        self.overlay = overlay;
        self.cache = Mutex::default();
    }

    /// How far the bytes reach: the end of the file, or of the last page a log adds behind it.
    pub(super) fn len(&self) -> u64 {
        let last = self.overlay.pages.last_key_value();
        let added = last.map_or(0, |(page, _)| page.saturating_add(1).saturating_mul(PAGE));
        self.input.len().max(added)
    }

    /// The `length` bytes at `offset`. The caller has bounded the length.
    pub(super) fn read(
        &self,
        offset: u64,
        length: usize,
        what: &'static str,
    ) -> Result<Vec<u8>, RegfError> {
        let mut bytes = Vec::with_capacity(length.min(BLOCK_SIZE));
        while bytes.len() < length {
            let done = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let at = offset.saturating_add(done);
            let left = length.saturating_sub(bytes.len());
            let before = bytes.len();
            self.with_block(at / BLOCK, |block| {
                let within = usize::try_from(at % BLOCK).unwrap_or(usize::MAX);
                let rest = block.get(within..).unwrap_or_default();
                bytes.extend_from_slice(rest.get(..left).unwrap_or(rest));
            })
            .map_err(|error| RegfError::io(at, &error))?;
            if bytes.len() == before {
                return Err(RegfError::Truncated(Truncated {
                    what,
                    offset,
                    expected: length,
                    found: before,
                }));
            }
        }
        Ok(bytes)
    }

    fn with_block(&self, number: u64, take: impl FnOnce(&[u8])) -> io::Result<()> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.clock = cache.clock.saturating_add(1);
        let now = cache.clock;
        if let Some(block) = cache.blocks.iter_mut().find(|block| block.number == number) {
            block.used = now;
            take(&block.bytes);
            return Ok(());
        }
        let bytes = self.read_block(number)?;
        take(&bytes);
        if cache.blocks.len() >= CACHED_BLOCKS {
            let oldest = cache
                .blocks
                .iter()
                .enumerate()
                .min_by_key(|(_, block)| block.used);
            if let Some((oldest, _)) = oldest {
                cache.blocks.swap_remove(oldest);
            }
        }
        cache.blocks.push(Block {
            number,
            used: now,
            bytes,
        });
        Ok(())
    }

    fn read_block(&self, number: u64) -> io::Result<Vec<u8>> {
        let offset = number.saturating_mul(BLOCK);
        let mut bytes = vec![0; BLOCK_SIZE];
        let filled = self.input.read_full_at(offset, &mut bytes)?;
        let filled = self.overlay.apply(offset, &mut bytes, filled);
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// A log is read through a storage of its own: entry by entry, it would be many small reads.
impl<R: ReadAt> ReadAt for Storage<R> {
    fn len(&self) -> u64 {
        Self::len(self)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        self.with_block(offset / BLOCK, |block| {
            let within = usize::try_from(offset % BLOCK).unwrap_or(usize::MAX);
            let rest = block.get(within..).unwrap_or_default();
            count = rest.len().min(buf.len());
            if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
                to.copy_from_slice(from);
            }
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lie_over_the_file_and_behind_its_end() {
        let input = vec![1_u8; 5000];
        let mut overlay = Overlay::default();
        overlay.write(&input, 4090, &[2; 10]).unwrap();
        overlay.write(&input, 8192, &[3; 512]).unwrap();
        assert_eq!(overlay.len(), 3);
        let mut storage = Storage::new(input);
        storage.set_overlay(overlay);
        assert_eq!(
            storage.read(4089, 12, "x").unwrap(),
            [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]
        );
        assert_eq!(storage.read(4999, 2, "x").unwrap(), [1, 0]);
        assert_eq!(storage.read(8192, 1, "x").unwrap(), [3]);
        assert_eq!(storage.len(), 12_288);
        let error = storage.read(12_280, 16, "a cell").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a cell at offset 0x2ff8: expected 16 bytes, found 8"
        );
    }

    #[test]
    fn the_cache_is_bounded() {
        let storage = Storage::new(vec![0_u8; BLOCK_SIZE * (CACHED_BLOCKS + 3)]);
        for block in 0..u64::try_from(CACHED_BLOCKS + 3).unwrap() {
            storage.read(block * BLOCK, 1, "x").unwrap();
        }
        assert_eq!(storage.cache.lock().unwrap().blocks.len(), CACHED_BLOCKS);
    }
}
