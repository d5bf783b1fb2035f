//! Cells: the pieces of a hive bin in which everything is stored.
//!
//! Specification: "Cell", <https://github.com/msuhanov/regf>.

use std::fmt;

use super::base_block::BINS_START;
use super::error::RegfError;
use super::storage::Storage;
use crate::cursor::Cursor;
use crate::read_at::ReadAt;

/// How many bytes of a cell hold its size.
pub(super) const CELL_HEADER: u32 = 4;

/// Where a cell is, in bytes from the first hive bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellOffset(u32);

impl CellOffset {
    /// "There is none".
    pub const NIL: Self = Self(u32::MAX);

    /// From the number that stands in the hive.
    pub const fn new(offset: u32) -> Self {
        Self(offset)
    }

    /// The number that stands in the hive.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether it says that there is no cell.
    pub const fn is_nil(self) -> bool {
        self.0 == u32::MAX
    }

    /// The offset in the file, in bytes.
    pub fn file_offset(self) -> u64 {
        BINS_START.saturating_add(u64::from(self.0))
    }
}

/// The file offset, in hexadecimal.
impl fmt::Display for CellOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.file_offset())
    }
}

/// The content of an allocated cell, or the beginning of it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) offset: CellOffset,
    /// How many bytes the cell can hold, which may be more than were read.
    pub(super) capacity: usize,
    pub(super) bytes: Vec<u8>,
}

impl Cell {
    /// Reads the first `limit` bytes of the cell at `offset`. `bins_size` bounds all cells.
    ///
    /// A cell that is marked free is an error: what it holds was given up, and Windows may have overwritten it.
    pub(super) fn read<R: ReadAt>(
        storage: &Storage<R>,
        bins_size: u32,
        offset: CellOffset,
        limit: usize,
        what: &'static str,
    ) -> Result<Self, RegfError> {
        let unexpected = |expected, found| RegfError::Unexpected {
            what,
            offset: offset.file_offset(),
            expected,
            found,
        };
        let room = bins_size.saturating_sub(offset.get());
        if room < 8 || !offset.get().is_multiple_of(8) {
            let found = u64::from(offset.get());
            return Err(unexpected("a cell inside the hive bins", found));
        }
        let header = storage.read(offset.file_offset(), 4, what)?;
        let size = Cursor::new(&header, offset.file_offset()).u32(what)?;
        let signed = i32::from_le_bytes(size.to_le_bytes());
        let length = signed.unsigned_abs();
        if signed >= 0 {
            return Err(unexpected("an allocated cell", u64::from(size)));
        }
        if length < 8 || length > room {
            return Err(unexpected(
                "a cell that ends inside the hive bins",
                u64::from(length),
            ));
        }
        let capacity = usize::try_from(length.saturating_sub(CELL_HEADER)).unwrap_or(usize::MAX);
        let start = offset.file_offset().saturating_add(u64::from(CELL_HEADER));
        let bytes = storage.read(start, capacity.min(limit), what)?;
        Ok(Self {
            offset,
            capacity,
            bytes,
        })
    }

    /// A cursor over the content that knows its place in the file.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        let start = self.offset.file_offset();
        Cursor::new(&self.bytes, start.saturating_add(u64::from(CELL_HEADER)))
    }

    /// A cursor behind the cell's two-letter signature.
    pub(super) fn signed(
        &self,
        signature: [u8; 2],
        what: &'static str,
        expected: &'static str,
    ) -> Result<Cursor<'_>, RegfError> {
        let mut cursor = self.cursor();
        let found = cursor.array::<2>(what)?;
        if found == signature {
            return Ok(cursor);
        }
        Err(RegfError::Unexpected {
            what,
            offset: self.cursor().offset(),
            expected,
            found: u64::from(u16::from_be_bytes(found)),
        })
    }
}
