//! Entries of a transaction log since Windows 8.1 (`HvLE`).
//!
//! Specification: "New format", "Log entries", <https://github.com/msuhanov/regf>.

use super::base_block::BINS_START;
use super::error::RegfError;
use super::marvin32::Marvin32;
use super::storage::Overlay;
use crate::cursor::{Cursor, Truncated};
use crate::read_at::ReadAt;

/// The first four bytes of an entry.
pub(super) const ENTRY_MAGIC: [u8; 4] = *b"HvLE";
/// How many bytes stand before the references to pages.
pub(super) const ENTRY_HEADER_SIZE: usize = 40;
/// What Hash-2 covers of them.
pub(super) const ENTRY_HASHED: usize = 32;
/// Entries begin and end at sectors.
pub(super) const SECTOR: u32 = 512;
/// How much of an entry is held at a time.
const PIECE: usize = 65_536;

/// The fixed part of an entry.
#[derive(Debug, Clone)]
pub(super) struct LogEntry {
    /// Offset in the log, in bytes.
    offset: u64,
    pub(super) size: u32,
    pub(super) sequence: u32,
    pub(super) bins_size: u32,
    pages: u32,
}

/// A page that an entry changes: its place in the hive bins, its length, and where its bytes are in the log.
#[derive(Debug, Clone, Copy)]
struct PageReference {
    target: u32,
    size: u32,
    source: u64,
}

impl LogEntry {
    /// The entry `expected` at `offset`; `None` where the log has no more, or has old entries from there on: Windows
    /// writes over them and does not clear them.
    pub(super) fn read<R: ReadAt + ?Sized>(
        log: &R,
        offset: u64,
        expected: u32,
    ) -> Result<Option<Self>, RegfError> {
        let mut header = [0; ENTRY_HEADER_SIZE];
        let count = log
            .read_full_at(offset, &mut header)
            .map_err(|error| RegfError::io(offset, &error))?;
        if count < ENTRY_MAGIC.len() || !header.starts_with(&ENTRY_MAGIC) {
            return Ok(None);
        }
        let bytes = header.get(..count).unwrap_or(&header);
        let mut cursor = Cursor::new(bytes, offset);
        cursor.u32("signature of a log entry")?;
        let size = cursor.u32("size of a log entry")?;
        cursor.u32("flags of a log entry")?;
        let sequence = cursor.u32("sequence number of a log entry")?;
        if sequence != expected {
            return Ok(None);
        }
        let bins_size = cursor.u32("hive bins data size in a log entry")?;
        let pages = cursor.u32("number of dirty pages")?;
        let body_hash = cursor.u64("hash 1 of a log entry")?;
        let header_hash = cursor.u64("hash 2 of a log entry")?;
        let entry = Self {
            offset,
            size,
            sequence,
            bins_size,
            pages,
        };
        let hashed = header.get(..ENTRY_HASHED).unwrap_or(&header);
        entry.expect(
            header_hash == Marvin32::hash(hashed),
            "hash 2 of a log entry",
            "that of its header",
            header_hash,
        )?;
        let rest = log.len().saturating_sub(offset);
        let fits = size % SECTOR == 0 && size >= SECTOR && u64::from(size) <= rest;
        let expected = "whole sectors inside the log";
        entry.expect(fits, "size of a log entry", expected, u64::from(size))?;
        let whole = bins_size % super::hive_bin::BIN_UNIT == 0;
        let found = u64::from(bins_size);
        let what = "hive bins data size in a log entry";
        entry.expect(whole, what, "whole pages", found)?;
        let found = entry.hash_body(log)?;
        let what = "hash 1 of a log entry";
        entry.expect(found == body_hash, what, "that of its pages", body_hash)?;
        Ok(Some(entry))
    }

    fn expect(
        &self,
        holds: bool,
        what: &'static str,
        expected: &'static str,
        found: u64,
    ) -> Result<(), RegfError> {
        if holds {
            return Ok(());
        }
        Err(RegfError::Unexpected {
            what,
            offset: self.offset,
            expected,
            found,
        })
    }

    fn body_offset(&self) -> u64 {
        let header = u64::try_from(ENTRY_HEADER_SIZE).unwrap_or(u64::MAX);
        self.offset.saturating_add(header)
    }

    fn end(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.size))
    }

    fn hash_body<R: ReadAt + ?Sized>(&self, log: &R) -> Result<u64, RegfError> {
        let mut hash = Marvin32::new();
        in_pieces(log, self.body_offset(), self.end(), |_, piece| {
            hash.update(piece);
            Ok(())
        })?;
        Ok(hash.finish())
    }

    /// Where the pages go. All are checked before the first is applied, so that an entry is applied whole or not at all.
    fn references<R: ReadAt + ?Sized>(&self, log: &R) -> Result<Vec<PageReference>, RegfError> {
        let table = u64::from(self.pages).saturating_mul(8);
        let start = self.body_offset();
        let mut source = start.saturating_add(table);
        let fits = source <= self.end();
        let what = "number of dirty pages";
        let expected = "references inside the log entry";
        self.expect(fits, what, expected, u64::from(self.pages))?;
        let length = usize::try_from(table).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        read_exactly(log, start, &mut bytes)?;
        let mut cursor = Cursor::new(&bytes, start);
        let mut references = Vec::with_capacity(length / 8);
        while cursor.remaining() >= 8 {
            let target = cursor.u32("offset of a dirty page")?;
            let size = cursor.u32("size of a dirty page")?;
            let inside = target
                .checked_add(size)
                .is_some_and(|end| end <= self.bins_size);
            let expected = "a page inside the hive bins";
            self.expect(inside, "dirty page", expected, u64::from(target))?;
            references.push(PageReference {
                target,
                size,
                source,
            });
            source = source.saturating_add(u64::from(size));
            let fits = source <= self.end();
            let expected = "pages inside the log entry";
            self.expect(fits, "dirty page", expected, u64::from(size))?;
        }
        Ok(references)
    }

    /// Lays the entry's pages over the hive and says how many there were.
    pub(super) fn apply<L: ReadAt + ?Sized, R: ReadAt>(
        &self,
        log: &L,
        input: &R,
        overlay: &mut Overlay,
    ) -> Result<u32, RegfError> {
        let references = self.references(log)?;
        for page in &references {
            let end = page.source.saturating_add(u64::from(page.size));
            let target = BINS_START.saturating_add(u64::from(page.target));
            in_pieces(log, page.source, end, |at, piece| {
                let within = at.saturating_sub(page.source);
                overlay.write(input, target.saturating_add(within), piece)
            })?;
        }
        Ok(u32::try_from(references.len()).unwrap_or(u32::MAX))
    }

    /// How many pages of the overlay the entry can fill at most.
    pub(super) fn pages_at_most(&self) -> u64 {
        let whole = u64::from(self.size) / u64::from(super::hive_bin::BIN_UNIT);
        whole.saturating_add(u64::from(self.pages).saturating_mul(2))
    }
}

/// Gives the bytes from `start` to `end` in pieces, each with its offset.
fn in_pieces<R: ReadAt + ?Sized>(
    log: &R,
    start: u64,
    end: u64,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), RegfError>,
) -> Result<(), RegfError> {
    let mut buffer = vec![0; PIECE];
    let mut at = start;
    while at < end {
        let left = usize::try_from(end.saturating_sub(at)).unwrap_or(PIECE);
        let piece = buffer.get_mut(..left.min(PIECE)).unwrap_or_default();
        read_exactly(log, at, piece)?;
        take(at, piece)?;
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

pub(super) fn read_exactly<R: ReadAt + ?Sized>(
    log: &R,
    offset: u64,
    bytes: &mut [u8],
) -> Result<(), RegfError> {
    let found = log
        .read_full_at(offset, bytes)
        .map_err(|error| RegfError::io(offset, &error))?;
    if found == bytes.len() {
        return Ok(());
    }
    Err(RegfError::Truncated(Truncated {
        what: "transaction log",
        offset,
        expected: bytes.len(),
        found,
    }))
}
