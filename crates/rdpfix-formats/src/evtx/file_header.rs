//! The file header: one 4 KiB block of which the first 128 bytes are used.

use super::error::EvtxError;
use crate::cursor::Cursor;

/// `ElfFile` and a NUL, the first eight bytes of an event log.
pub const FILE_MAGIC: [u8; 8] = *b"ElfFile\0";
/// How many bytes of the file belong to the header: the chunks begin after them.
pub const FILE_HEADER_BLOCK: usize = 4096;
/// How many bytes of the block are used.
pub const FILE_HEADER_SIZE: usize = 128;
/// How many of the used bytes the checksum covers.
pub(super) const FILE_CHECKSUM_LENGTH: usize = 120;

/// Set while a log is open: the counts in the header may be older than the chunks.
pub(super) const FLAG_DIRTY: u32 = 1;
/// Set when the log reached its maximum size and began to overwrite its oldest chunk.
pub(super) const FLAG_FULL: u32 = 2;
/// Set when the writer kept no checksums (seen in exported logs, in the file header and in chunks).
pub(super) const FLAG_NO_CHECKSUM: u32 = 4;

/// What a stored checksum says about the bytes it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// It is that of the bytes.
    Match,
    /// It is not: the bytes were changed since, or, in a log that is in use, not yet summed.
    Mismatch {
        /// The stored CRC32.
        stored: u32,
        /// The CRC32 of the bytes as they are.
        computed: u32,
    },
    /// The writer kept none.
    NotKept,
    /// The bytes it covers are not all there.
    Incomplete,
}

impl Checksum {
    pub(super) const fn compare(stored: u32, computed: u32, flags: u32) -> Self {
        if stored == computed {
            Self::Match
        } else if flags & FLAG_NO_CHECKSUM != 0 {
            Self::NotKept
        } else {
            Self::Mismatch { stored, computed }
        }
    }

    /// Whether the bytes are other than those that were summed.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Mismatch { .. } | Self::Incomplete)
    }
}

/// The file header. Its counts are reported and never relied on: a log that was in use when it was copied has old ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHeader {
    /// Number of the chunk with the oldest records.
    pub first_chunk: u64,
    /// Number of the chunk being written.
    pub last_chunk: u64,
    /// The id the next record will get.
    pub next_record_id: u64,
    /// Version, 3 since Windows Vista.
    pub major_version: u16,
    /// 1, or 2 in Windows 10 2004 and later.
    pub minor_version: u16,
    /// Size of the header block in bytes, 4096.
    pub block_size: u16,
    /// How many chunks the file has, modulo 65536.
    pub chunk_count: u16,
    /// 1 dirty, 2 full, 4 without checksums.
    pub flags: u32,
    /// The state of the CRC32 over the first 120 bytes.
    pub checksum: Checksum,
}

impl FileHeader {
    /// From the first 128 bytes of a file.
    ///
    /// # Errors
    /// [`EvtxError`] when they are fewer or do not begin with [`FILE_MAGIC`]. A wrong checksum is no error.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvtxError> {
        let mut cursor = Cursor::new(bytes, 0);
        let magic = cursor.array::<8>("file magic")?;
        if magic != FILE_MAGIC {
            return Err(EvtxError::Unexpected {
                what: "file magic",
                offset: 0,
                expected: "`ElfFile` and a zero byte",
                found: u64::from_be_bytes(magic),
            });
        }
        let first_chunk = cursor.u64("first chunk number")?;
        let last_chunk = cursor.u64("last chunk number")?;
        let next_record_id = cursor.u64("next record id")?;
        cursor.u32("header size")?;
        let minor_version = cursor.u16("minor version")?;
        let major_version = cursor.u16("major version")?;
        let block_size = cursor.u16("header block size")?;
        let chunk_count = cursor.u16("chunk count")?;
        cursor.take(76, "reserved bytes of the file header")?;
        let flags = cursor.u32("file flags")?;
        let stored = cursor.u32("file header checksum")?;
        let covered = bytes.get(..FILE_CHECKSUM_LENGTH).unwrap_or_default();
        Ok(Self {
            first_chunk,
            last_chunk,
            next_record_id,
            major_version,
            minor_version,
            block_size,
            chunk_count,
            flags,
            checksum: Checksum::compare(stored, crc32fast::hash(covered), flags),
        })
    }

    /// Whether the log was open when it was copied, so that counts and checksums may be stale.
    pub const fn is_dirty(&self) -> bool {
        self.flags & FLAG_DIRTY != 0
    }

    /// Whether the log reached its maximum size: older events are gone, or newer ones were not written.
    pub const fn is_full(&self) -> bool {
        self.flags & FLAG_FULL != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Vec<u8> {
        let mut bytes = FILE_MAGIC.to_vec();
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(3_u64.to_le_bytes());
        bytes.extend(371_u64.to_le_bytes());
        bytes.extend(128_u32.to_le_bytes());
        for half in [1_u16, 3, 4096, 4] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.resize(FILE_CHECKSUM_LENGTH, 0);
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(FLAG_DIRTY.to_le_bytes());
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    #[test]
    fn fields_and_checksum() {
        let header_bytes = header();
        let parsed = FileHeader::parse(&header_bytes).unwrap();
        assert_eq!((parsed.last_chunk, parsed.next_record_id), (3, 371));
        assert_eq!((parsed.major_version, parsed.minor_version), (3, 1));
        assert_eq!((parsed.block_size, parsed.chunk_count), (4096, 4));
        assert!(parsed.is_dirty() && !parsed.is_full());
        assert_eq!(parsed.checksum, Checksum::Match);
    }

    #[test]
    fn a_changed_byte_is_reported_not_refused() {
        let mut bytes = header();
        bytes[24] ^= 1;
        assert!(FileHeader::parse(&bytes).unwrap().checksum.is_failure());
    }

    #[test]
    fn another_file_is_refused() {
        let error = FileHeader::parse(b"regf\0\0\0\0").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("file magic at offset 0x0: expected `ElfFile`")
        );
        assert!(FileHeader::parse(b"Elf").is_err());
    }
}
