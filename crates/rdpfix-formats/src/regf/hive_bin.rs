//! Hive bins: what a hive consists of behind its base block, each filled with cells.
//!
//! Reading leniently needs no bin: cells are reached from the root. Strict reading walks them all.
//!
//! Specification: "Hive bin", <https://github.com/msuhanov/regf>.

use super::base_block::BINS_START;
use super::error::RegfError;
use super::storage::{PAGE_SIZE, Storage};
use crate::cursor::Cursor;
use crate::read_at::ReadAt;

/// The first four bytes of a hive bin.
pub(super) const BIN_MAGIC: [u8; 4] = *b"hbin";
/// How many bytes of a bin its header takes.
pub(super) const BIN_HEADER_SIZE: u32 = 32;
/// Bins are made of whole pages.
pub(super) const BIN_UNIT: u32 = 4096;

/// The time in the header of the first bin, a copy of that in the base block.
pub(super) fn first_timestamp<R: ReadAt>(storage: &Storage<R>) -> Result<u64, RegfError> {
    let header = storage.read(BINS_START, 32, "first hive bin")?;
    let mut cursor = Cursor::new(&header, BINS_START);
    let magic = cursor.array::<4>("signature of a hive bin")?;
    if magic != BIN_MAGIC {
        return Err(wrong_magic(BINS_START, magic));
    }
    cursor.seek(20, "timestamp of a hive bin")?;
    Ok(cursor.u64("timestamp of a hive bin")?)
}

/// Checks that bins follow one another up to `bins_size`, and that cells fill each of them.
pub(super) fn check_all<R: ReadAt>(storage: &Storage<R>, bins_size: u32) -> Result<(), RegfError> {
    let mut start = 0_u32;
    while start < bins_size {
        let size = check_header(storage, start, bins_size)?;
        check_cells(storage, start, size)?;
        start = start.saturating_add(size);
    }
    Ok(())
}

fn check_header<R: ReadAt>(
    storage: &Storage<R>,
    start: u32,
    bins_size: u32,
) -> Result<u32, RegfError> {
    let offset = BINS_START.saturating_add(u64::from(start));
    let header = storage.read(offset, 32, "hive bin")?;
    let mut cursor = Cursor::new(&header, offset);
    let magic = cursor.array::<4>("signature of a hive bin")?;
    if magic != BIN_MAGIC {
        return Err(wrong_magic(offset, magic));
    }
    let unexpected = |what, expected, found| RegfError::Unexpected {
        what,
        offset,
        expected,
        found: u64::from(found),
    };
    let own = cursor.u32("offset of a hive bin")?;
    if own != start {
        return Err(unexpected("offset of a hive bin", "its own place", own));
    }
    let size = cursor.u32("size of a hive bin")?;
    let room = bins_size.saturating_sub(start);
    if size == 0 || size % BIN_UNIT != 0 || size > room {
        let expected = "whole pages inside the hive bins";
        return Err(unexpected("size of a hive bin", expected, size));
    }
    Ok(size)
}

fn check_cells<R: ReadAt>(storage: &Storage<R>, start: u32, size: u32) -> Result<(), RegfError> {
    let end = start.saturating_add(size);
    let mut at = start.saturating_add(BIN_HEADER_SIZE);
    while at < end {
        let offset = BINS_START.saturating_add(u64::from(at));
        let header = storage.read(offset, 4, "cell")?;
        let stored = Cursor::new(&header, offset).u32("size of a cell")?;
        let length = i32::from_le_bytes(stored.to_le_bytes()).unsigned_abs();
        let room = end.saturating_sub(at);
        if length < 8 || length % 8 != 0 || length > room {
            return Err(RegfError::Unexpected {
                what: "size of a cell",
                offset,
                expected: "a multiple of 8 inside the hive bin",
                found: u64::from(length),
            });
        }
        at = at.saturating_add(length);
    }
    Ok(())
}

fn wrong_magic(offset: u64, found: [u8; 4]) -> RegfError {
    RegfError::Unexpected {
        what: "signature of a hive bin",
        offset,
        expected: "`hbin`",
        found: u64::from(u32::from_be_bytes(found)),
    }
}

const _: () = assert!(
    PAGE_SIZE == 4096,
    "a bin is made of the pages that logs change"
);
