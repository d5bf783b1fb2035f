//! Big-endian values: VHD and qcow2 store them so.

use rdpfix_formats::cursor::{Cursor, Truncated};

pub(super) fn u32_be(cursor: &mut Cursor<'_>, what: &'static str) -> Result<u32, Truncated> {
    cursor.array(what).map(u32::from_be_bytes)
}

pub(super) fn u64_be(cursor: &mut Cursor<'_>, what: &'static str) -> Result<u64, Truncated> {
    cursor.array(what).map(u64::from_be_bytes)
}
