//! A bounded cache of blocks. The structures of a file system are small and lie together: one read serves many of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdpfix_formats::read_at::ReadAt;

use crate::number::{at_most, index, wide};

/// How large the blocks of a cache are, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSize {
    /// Bytes of a block; at least 512, at most 16 MiB.
    pub block_size: u32,
    /// How many blocks are kept; at least one.
    pub blocks: u32,
}

impl CacheSize {
    /// 64 KiB blocks, for a disk at hand. 32 MiB in all.
    pub const LOCAL: Self = Self {
        block_size: 64 << 10,
        blocks: 512,
    };
    /// 256 KiB blocks, for a disk behind a network, where a request costs more than the bytes it brings. 64 MiB in all.
    pub const REMOTE: Self = Self {
        block_size: 256 << 10,
        blocks: 256,
    };
}

/// How many missing blocks that follow one another are asked for in one read, at most.
const BLOCKS_A_READ: u64 = 16;

/// A source read in whole blocks, of which the ones used last are kept.
#[derive(Debug)]
pub struct Cached<R> {
    source: R,
    block_size: u64,
    capacity: usize,
    blocks: Mutex<Blocks>,
}

/// Two orders of the same blocks: by number, and by when they were last used.
#[derive(Debug, Default)]
struct Blocks {
    by_number: BTreeMap<u64, Block>,
    by_use: BTreeMap<u64, u64>,
    clock: u64,
}

#[derive(Debug)]
struct Block {
    used: u64,
    bytes: Arc<[u8]>,
}

impl Blocks {
    fn get(&mut self, number: u64) -> Option<Arc<[u8]>> {
        self.clock = self.clock.wrapping_add(1);
        let block = self.by_number.get_mut(&number)?;
        self.by_use.remove(&block.used);
        block.used = self.clock;
        self.by_use.insert(self.clock, number);
        Some(Arc::clone(&block.bytes))
    }

    fn put(&mut self, number: u64, bytes: Arc<[u8]>, capacity: usize) {
        self.clock = self.clock.wrapping_add(1);
        let used = self.clock;
        if let Some(old) = self.by_number.insert(number, Block { used, bytes }) {
            self.by_use.remove(&old.used);
        }
        self.by_use.insert(used, number);
        while self.by_number.len() > capacity {
            let Some((_, oldest)) = self.by_use.pop_first() else {
                break;
            };
            self.by_number.remove(&oldest);
        }
    }
}

impl<R: ReadAt> Cached<R> {
    /// Over `source`, with [`CacheSize::LOCAL`].
    pub fn new(source: R) -> Self {
        Self::with_size(source, CacheSize::LOCAL)
    }

    /// Over `source`, with blocks of this size and number.
    pub fn with_size(source: R, size: CacheSize) -> Self {
        Self {
            source,
            block_size: u64::from(size.block_size.clamp(512, 16 << 20)),
            capacity: index(u64::from(size.blocks.max(1))),
            blocks: Mutex::default(),
        }
    }

    /// A panic elsewhere leaves the cache whole: it is changed only between reads.
    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the block and the missing ones after it up to block `last`, and gives the first.
    fn load(&self, first: u64, last: u64) -> io::Result<Arc<[u8]>> {
        let most = last.min(first.saturating_add(BLOCKS_A_READ - 1));
        let mut end = first.saturating_add(1);
        {
            let blocks = self.blocks();
            while end <= most && !blocks.by_number.contains_key(&end) {
                end = end.saturating_add(1);
            }
        }
        let offset = first.saturating_mul(self.block_size);
        let wanted = end.saturating_sub(first).saturating_mul(self.block_size);
        let wanted = wanted.min(self.source.len().saturating_sub(offset));
        let mut bytes = vec![0; index(wanted)];
        let found = self.source.read_full_at(offset, &mut bytes)?;
        bytes.truncate(found);
        let mut loaded = None;
        let mut blocks = self.blocks();
        for (number, part) in (first..end).zip(bytes.chunks(index(self.block_size))) {
            let part: Arc<[u8]> = part.into();
            loaded.get_or_insert_with(|| Arc::clone(&part));
            blocks.put(number, part, self.capacity);
        }
        Ok(loaded.unwrap_or_default())
    }
}

impl<R: ReadAt> ReadAt for Cached<R> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = at_most(buf.len(), self.len().saturating_sub(offset));
        if count == 0 {
            return Ok(0);
        }
        let number = offset / self.block_size;
        let last = offset.saturating_add(wide(count).saturating_sub(1)) / self.block_size;
        let kept = self.blocks().get(number);
        let block = match kept {
            Some(block) => block,
            None => self.load(number, last)?,
        };
        let rest = block
            .get(index(offset % self.block_size)..)
            .unwrap_or_default();
        let count = count.min(rest.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::{Counted, Traffic};

    fn bytes() -> Vec<u8> {
        (0..10_000_u32).map(|n| (n % 251) as u8).collect()
    }

    #[test]
    fn reads_are_served_from_blocks_and_forgotten_in_order() {
        let counted = Counted::new(bytes());
        let counter = counted.counter();
        let size = CacheSize {
            block_size: 1024,
            blocks: 2,
        };
        let cached = Cached::with_size(counted, size);
        let mut buf = [0; 100];
        for offset in [0, 100, 1000, 50, 1024] {
            assert_eq!(
                cached
                    .read_full_at(offset, &mut buf[..24])
                    .expect("in memory"),
                24
            );
            assert_eq!(buf[..24], bytes()[offset as usize..][..24]);
        }
        assert_eq!(
            counter.traffic(),
            Traffic {
                reads: 2,
                bytes: 2048
            }
        );
        // A third block drives out the one used longest ago.
        cached.read_full_at(9000, &mut buf).unwrap();
        cached.read_full_at(1024, &mut buf).unwrap();
        assert_eq!(counter.traffic().reads, 3);
        cached.read_full_at(0, &mut buf).unwrap();
        assert_eq!(counter.traffic().reads, 4);
    }

    #[test]
    fn neighbours_come_in_one_read_and_the_end_is_the_end() {
        let counted = Counted::new(bytes());
        let counter = counted.counter();
        let cached = Cached::with_size(
            counted,
            CacheSize {
                block_size: 512,
                blocks: 100,
            },
        );
        let mut buf = vec![0; 6000];
        assert_eq!(cached.read_full_at(4500, &mut buf).unwrap(), 5500);
        assert_eq!(buf[..5500], bytes()[4500..]);
        assert_eq!(counter.traffic().reads, 1);
        assert_eq!(cached.read_at(10_000, &mut buf).unwrap(), 0);
        assert_eq!(cached.read_at(u64::MAX, &mut buf).unwrap(), 0);
    }
}
