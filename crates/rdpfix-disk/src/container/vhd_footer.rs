//! The VHD footer: 512 bytes at the end of every VHD, and a copy at the start of a dynamic one.
//!
//! Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format".

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;

use super::big_endian::{u32_be, u64_be};
use crate::error::{self, ReadError};
use crate::source::structure;

pub(super) const COOKIE: &[u8] = b"conectix";
pub(super) const FOOTER_SIZE: u64 = 512;
const CHECKSUM_OFFSET: usize = 64;
const TYPE_FIXED: u32 = 2;
const TYPE_DYNAMIC: u32 = 3;
const TYPE_DIFFERENCING: u32 = 4;

/// How the disk is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Fixed,
    Dynamic,
}

/// The fields of a footer that matter for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) layout: Layout,
    /// Bytes of the disk.
    pub(super) disk_size: u64,
    /// File offset of the dynamic header.
    pub(super) header_offset: u64,
}

/// Where a footer at the end of the file begins. Virtual PC before 2004 wrote 511 bytes; nothing later does.
pub(super) fn end_offset(source: &impl ReadAt) -> Option<u64> {
    source.len().checked_sub(FOOTER_SIZE)
}

/// Whether the file ends in a footer.
pub(super) fn is_at_end(source: &impl ReadAt) -> Result<bool, ReadError> {
    let Some(offset) = end_offset(source) else {
        return Ok(false);
    };
    let cookie = structure(source, offset, COOKIE.len(), "last sector of the image")?;
    Ok(cookie == COOKIE)
}

impl Footer {
    /// Reads and checks the footer at `offset`.
    pub(super) fn read(source: &impl ReadAt, offset: u64) -> Result<Self, ReadError> {
        let bytes = structure(source, offset, 512, "VHD footer")?;
        let mut cursor = Cursor::new(&bytes, offset);
        let cookie = cursor.array::<8>("VHD footer cookie")?;
        if cookie != COOKIE {
            let found = u64::from_be_bytes(cookie);
            return Err(ReadError::unexpected(
                "VHD footer",
                offset,
                "`conectix`",
                found,
            ));
        }
        cursor.take(8, "VHD features and version")?;
        let header_offset = u64_be(&mut cursor, "VHD data offset")?;
        cursor.take(24, "VHD creator and original size")?;
        let disk_size = u64_be(&mut cursor, "VHD current size")?;
        cursor.take(4, "VHD geometry")?;
        let type_offset = cursor.offset();
        let disk_type = u32_be(&mut cursor, "VHD disk type")?;
        let stored = u32_be(&mut cursor, "VHD footer checksum")?;
        check(
            "VHD footer checksum",
            offset,
            &bytes,
            CHECKSUM_OFFSET,
            stored,
        )?;
        let layout = match disk_type {
            TYPE_FIXED => Layout::Fixed,
            TYPE_DYNAMIC => Layout::Dynamic,
            TYPE_DIFFERENCING => {
                return Err(ReadError::unsupported(
                    "differencing VHD",
                    type_offset,
                    "it holds only the changes to a parent: merge it into the parent (in Windows `Merge-VHD`) on a copy, and give the result",
                ));
            }
            other => {
                return Err(ReadError::unexpected(
                    "VHD disk type",
                    type_offset,
                    "2 (fixed), 3 (dynamic) or 4 (differencing)",
                    other.into(),
                ));
            }
        };
        Ok(Self {
            layout,
            disk_size,
            header_offset,
        })
    }
}

/// The checksum of footer and dynamic header: the complement of the sum of all bytes but its own four.
pub(super) fn checksum(bytes: &[u8], at: usize) -> u32 {
    let own = at..at.saturating_add(4);
    let sum = bytes
        .iter()
        .enumerate()
        .filter(|(index, _)| !own.contains(index))
        .fold(0_u32, |sum, (_, byte)| sum.wrapping_add(u32::from(*byte)));
    !sum
}

pub(super) fn check(
    what: &'static str,
    offset: u64,
    bytes: &[u8],
    at: usize,
    stored: u32,
) -> Result<(), ReadError> {
    error::checksum(what, offset, stored, checksum(bytes, at))
}

#[cfg(test)]
pub(super) mod encode {
    use super::*;

    /// A footer as Windows writes it.
    pub(crate) fn footer(disk_type: u32, size: u64, header_offset: u64) -> Vec<u8> {
        let mut bytes = COOKIE.to_vec();
        bytes.extend(2_u32.to_be_bytes());
        bytes.extend(0x0001_0000_u32.to_be_bytes());
        bytes.extend(header_offset.to_be_bytes());
        bytes.extend([0; 16]);
        bytes.extend(size.to_be_bytes());
        bytes.extend(size.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(disk_type.to_be_bytes());
        bytes.resize(512, 0);
        let sum = checksum(&bytes, CHECKSUM_OFFSET);
        bytes[64..68].copy_from_slice(&sum.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::encode::footer;
    use super::*;

    #[test]
    fn a_differencing_disk_is_refused_with_advice() {
        let error = Footer::read(&footer(4, 512, 0), 0).unwrap_err();
        assert!(error.to_string().contains("Merge-VHD"), "{error}");
    }

    #[test]
    fn a_changed_byte_breaks_the_checksum() {
        let mut bytes = footer(2, 1 << 20, u64::MAX);
        assert_eq!(Footer::read(&bytes, 0).unwrap().disk_size, 1 << 20);
        bytes[50] ^= 1;
        let error = Footer::read(&bytes, 0).unwrap_err();
        assert!(matches!(error, ReadError::Mismatch { .. }), "{error}");
        assert!(Footer::read(&vec![0_u8; 512], 0).is_err());
        assert!(Footer::read(&vec![0_u8; 100], 0).is_err());
    }
}
