//! Hive bins being filled: cells are given out one after another, and what is left of a bin becomes a free cell.

use super::EncodeError;
use crate::filetime::FileTime;
use crate::regf::cell::CellOffset;
use crate::regf::hive_bin::{BIN_HEADER_SIZE, BIN_MAGIC};

/// The largest hive this writes: 1 GiB, so that every offset and size fits its field.
const MAX_SIZE: usize = 1 << 30;
const BIN_UNIT: usize = 4096;
const HEADER: usize = 32;

/// The hive bins of a hive being written.
#[derive(Debug, Default)]
pub(super) struct Bins {
    bytes: Vec<u8>,
    /// Where the open bin begins and ends.
    start: usize,
    end: usize,
}

impl Bins {
    /// A new cell with `body` and whose offset.
    pub(super) fn cell(&mut self, body: &[u8]) -> Result<CellOffset, EncodeError> {
        let size = body.len().saturating_add(4).next_multiple_of(8);
        if self.end.saturating_sub(self.bytes.len()) < size {
            self.close();
            self.open(size)?;
        }
        let offset = self.bytes.len();
        let stored = i32::try_from(size).map_err(|_| too_large())?;
        self.bytes.extend(stored.wrapping_neg().to_le_bytes());
        self.bytes.extend(body);
        self.bytes.resize(offset.saturating_add(size), 0);
        let offset = u32::try_from(offset).map_err(|_| too_large())?;
        Ok(CellOffset::new(offset))
    }

    /// Puts `bytes` into a cell given out before, `at` bytes behind its size.
    pub(super) fn put(&mut self, cell: CellOffset, at: usize, bytes: &[u8]) {
        let start = usize::try_from(cell.get()).unwrap_or(usize::MAX);
        let start = start.saturating_add(4).saturating_add(at);
        let end = start.saturating_add(bytes.len());
        if let Some(target) = self.bytes.get_mut(start..end) {
            target.copy_from_slice(bytes);
        }
    }

    /// The size of all bins in bytes.
    pub(super) fn size(&self) -> Result<u32, EncodeError> {
        u32::try_from(self.end).map_err(|_| too_large())
    }

    /// All bins.
    pub(super) fn into_bytes(mut self, written: FileTime) -> Vec<u8> {
        self.close();
        if let Some(target) = self.bytes.get_mut(20..28) {
            target.copy_from_slice(&written.ticks().to_le_bytes());
        }
        self.bytes
    }

    fn open(&mut self, size: usize) -> Result<(), EncodeError> {
        let length = size.saturating_add(HEADER).next_multiple_of(BIN_UNIT);
        self.start = self.bytes.len();
        self.end = self.start.saturating_add(length);
        if self.end > MAX_SIZE {
            return Err(too_large());
        }
        let word = |number: usize| u32::try_from(number).map_err(|_| too_large());
        self.bytes.extend(BIN_MAGIC);
        self.bytes.extend(word(self.start)?.to_le_bytes());
        self.bytes.extend(word(length)?.to_le_bytes());
        let header = usize::try_from(BIN_HEADER_SIZE).unwrap_or(HEADER);
        self.bytes.resize(self.start.saturating_add(header), 0);
        Ok(())
    }

    /// Makes a free cell of what is left of the open bin.
    fn close(&mut self) {
        let left = self.end.saturating_sub(self.bytes.len());
        if left == 0 {
            return;
        }
        let size = u32::try_from(left).unwrap_or_default();
        self.bytes.extend(size.to_le_bytes());
        self.bytes.resize(self.end, 0);
    }
}

pub(super) const fn too_large() -> EncodeError {
    EncodeError::TooLarge {
        what: "hive",
        limit: MAX_SIZE,
    }
}
