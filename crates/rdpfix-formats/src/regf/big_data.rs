//! Big data: a value of more than 16,344 bytes in segments.
//!
//! Specification: "Big data", <https://github.com/msuhanov/regf>.

use super::cell::CellOffset;
use super::error::RegfError;
use super::hive::Hive;
use crate::cursor::Truncated;
use crate::read_at::ReadAt;

/// The most bytes one cell holds of a value, where the hive's version knows big data.
pub(super) const SEGMENT_SIZE: usize = 16_344;
/// The signature of a big data record, the number of segments and the offset of their list.
const RECORD_SIZE: usize = 8;

/// The `length` bytes of data whose record is at `offset`.
pub(super) fn read<R: ReadAt>(
    hive: &Hive<R>,
    offset: CellOffset,
    length: usize,
) -> Result<Vec<u8>, RegfError> {
    let record = hive.cell(offset, RECORD_SIZE, "big data")?;
    let mut cursor = record.signed(*b"db", "big data", "`db`")?;
    let count = cursor.length16("number of data segments")?;
    let list = CellOffset::new(cursor.u32("offset of the list of data segments")?);
    let needed = length.div_ceil(SEGMENT_SIZE);
    if count < needed {
        return Err(RegfError::Unexpected {
            what: "number of data segments",
            offset: offset.file_offset(),
            expected: "enough for the size of the value's data",
            found: u64::try_from(count).unwrap_or(u64::MAX),
        });
    }
    let list = hive.cell(list, needed.saturating_mul(4), "list of data segments")?;
    let mut offsets = list.cursor();
    let mut data = Vec::new();
    while data.len() < length {
        let segment = CellOffset::new(offsets.u32("offset of a data segment")?);
        let wanted = length.saturating_sub(data.len()).min(SEGMENT_SIZE);
        let cell = hive.cell(segment, wanted, "data segment")?;
        if cell.bytes.len() < wanted {
            return Err(RegfError::Truncated(Truncated {
                what: "data segment",
                offset: segment.file_offset(),
                expected: wanted,
                found: cell.bytes.len(),
            }));
        }
        data.extend_from_slice(&cell.bytes);
    }
    Ok(data)
}
