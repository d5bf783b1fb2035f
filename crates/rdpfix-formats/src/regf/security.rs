//! Key security: the security descriptor that keys share.
//!
//! Specification: "Key security", <https://github.com/msuhanov/regf>.

use super::cell::CellOffset;
use super::error::RegfError;
use super::hive::Hive;
use crate::read_at::ReadAt;

/// The fields before the descriptor: signature, reserved, both links, the count of references, and the size.
pub(super) const KEY_SECURITY_HEADER: usize = 20;
/// The most a descriptor has: each of its two lists of entries says its length in 16 bits; owner and group are small.
const DESCRIPTOR_LIMIT: usize = 2 * 65_536 + 1024;

/// The bytes of the descriptor in the record at `offset`, in self-relative form.
pub(super) fn read<R: ReadAt>(hive: &Hive<R>, offset: CellOffset) -> Result<Vec<u8>, RegfError> {
    let limit = KEY_SECURITY_HEADER.saturating_add(DESCRIPTOR_LIMIT);
    let cell = hive.cell(offset, limit, "key security")?;
    let mut cursor = cell.signed(*b"sk", "key security", "`sk`")?;
    cursor.take(14, "links of a key security")?;
    let size = cursor.length32("size of a security descriptor")?;
    if size > DESCRIPTOR_LIMIT && size <= cell.capacity {
        return Err(RegfError::TooMuch {
            what: "size of a security descriptor",
            offset: cursor.offset(),
            expected: u64::try_from(DESCRIPTOR_LIMIT).unwrap_or(u64::MAX),
        });
    }
    let descriptor = cursor.take(size, "security descriptor")?;
    Ok(descriptor.to_vec())
}
