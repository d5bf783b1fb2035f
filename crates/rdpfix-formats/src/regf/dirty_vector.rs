//! Transaction logs up to Windows 8: a bitmap of dirty pages (`DIRT`), and the pages behind it.
//!
//! Specification: "Old format", "Dirty vector", <https://github.com/msuhanov/regf>.

use super::base_block::BINS_START;
use super::error::RegfError;
use super::log_entry::read_exactly;
use super::storage::Overlay;
use crate::read_at::ReadAt;

/// The first four bytes of the second sector.
pub(super) const VECTOR_MAGIC: [u8; 4] = *b"DIRT";
/// What one bit of the bitmap stands for, whatever the disk's sectors are.
pub(super) const DIRTY_PAGE: usize = 512;
const SECTOR: u64 = 512;

/// Lays all pages of the log over the hive and says how many there were.
pub(super) fn apply<L: ReadAt + ?Sized, R: ReadAt>(
    log: &L,
    bins_size: u32,
    input: &R,
    overlay: &mut Overlay,
) -> Result<u32, RegfError> {
    let mut magic = [0; VECTOR_MAGIC.len()];
    read_exactly(log, SECTOR, &mut magic)?;
    if magic != VECTOR_MAGIC {
        return Err(RegfError::Unexpected {
            what: "dirty vector",
            offset: SECTOR,
            expected: "`DIRT`",
            found: u64::from(u32::from_be_bytes(magic)),
        });
    }
    let sectors = u64::from(bins_size) / SECTOR;
    let start = SECTOR.saturating_add(4);
    let length = sectors.div_ceil(8);
    let room = log.len().saturating_sub(start);
    if length > room {
        return Err(RegfError::Unexpected {
            what: "dirty vector",
            offset: SECTOR,
            expected: "a bitmap inside the log",
            found: length,
        });
    }
    let mut bitmap = vec![0; usize::try_from(length).unwrap_or_default()];
    read_exactly(log, start, &mut bitmap)?;
    let mut source = start.saturating_add(length).next_multiple_of(SECTOR);
    let mut applied = 0_u32;
    let mut page = [0; DIRTY_PAGE];
    for (byte, eight) in bitmap.iter().zip((0_u64..).step_by(8)) {
        for bit in 0..8_u64 {
            let number = eight.saturating_add(bit);
            if byte >> bit & 1 == 0 || number >= sectors {
                continue;
            }
            read_exactly(log, source, &mut page)?;
            let target = BINS_START.saturating_add(number.saturating_mul(SECTOR));
            overlay.write(input, target, &page)?;
            source = source.saturating_add(SECTOR);
            applied = applied.saturating_add(1);
        }
    }
    Ok(applied)
}
