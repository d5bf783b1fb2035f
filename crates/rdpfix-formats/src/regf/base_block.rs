//! The base block: the first 4096 bytes of a hive, and in part the first sector of a transaction log.
//!
//! Specification: "Base block", <https://github.com/msuhanov/regf>.

use super::cell::CellOffset;
use super::error::RegfError;
use crate::cursor::Cursor;
use crate::filetime::FileTime;

/// The first four bytes of a hive and of its logs.
pub const HIVE_MAGIC: [u8; 4] = *b"regf";
/// How many bytes stand before the hive bins, so that file offset = this + offset of a cell.
pub const BASE_BLOCK_SIZE: usize = 4096;
/// How many of them carry fields and the checksum, and stand in the first sector of a log too.
pub(super) const BASE_BLOCK_SECTOR: usize = 512;
/// [`BASE_BLOCK_SIZE`] as a distance in the file.
pub(super) const BINS_START: u64 = 4096;
/// The fields between the name and the checksum.
pub(super) const CHECKSUM_OFFSET: usize = 508;
const FLAGS_OFFSET: usize = 144;

/// What kind of file a base block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// The hive itself.
    Primary,
    /// A log of dirty pages behind a bitmap (`DIRT`), up to Windows 8: 1 or 2.
    OldLog,
    /// A log of entries (`HvLE`), since Windows 8.1: 6.
    NewLog,
    /// None of the known ones.
    Other(u32),
}

impl FileType {
    /// The number that stands in the base block; 1 for a log of the old format.
    pub const fn number(self) -> u32 {
        match self {
            Self::Primary => 0,
            Self::OldLog => 1,
            Self::NewLog => 6,
            Self::Other(number) => number,
        }
    }
}

/// The fields of a base block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseBlock {
    /// One more for every write begun.
    pub primary_sequence: u32,
    /// One more for every write ended: equal to the primary one in a clean hive.
    pub secondary_sequence: u32,
    /// When the hive was last written; zero in recent Windows.
    pub last_written: FileTime,
    /// Major version, 1.
    pub major_version: u32,
    /// Minor version, 3 to 6: from 4 on large values are split, from 5 on subkey lists carry hashes.
    pub minor_version: u32,
    /// Hive or log.
    pub file_type: FileType,
    /// Where the root key is.
    pub root: CellOffset,
    /// Size of all hive bins in bytes.
    pub bins_size: u32,
    /// Sector size of the disk divided by 512.
    pub clustering_factor: u32,
    /// The end of the hive's path, or its name; for people only.
    pub name: String,
    /// Flags of Windows 10: 1 when transactions of the kernel are pending, 2 when locked, 4 defragmented at load.
    pub flags: u32,
    /// The stored checksum.
    pub stored_checksum: u32,
    /// The checksum of the bytes as they are.
    pub computed_checksum: u32,
}

impl BaseBlock {
    /// From the first 512 bytes of a hive or a log.
    ///
    /// # Errors
    /// [`RegfError`] when they are fewer or do not begin with [`HIVE_MAGIC`]. A wrong checksum is no error here: see
    /// [`Self::checksum_matches`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RegfError> {
        let mut cursor = Cursor::new(bytes, 0);
        let magic = cursor.array::<4>("signature of the base block")?;
        if magic != HIVE_MAGIC {
            return Err(RegfError::Unexpected {
                what: "signature of the base block",
                offset: 0,
                expected: "`regf`",
                found: u64::from(u32::from_be_bytes(magic)),
            });
        }
        let primary_sequence = cursor.u32("primary sequence number")?;
        let secondary_sequence = cursor.u32("secondary sequence number")?;
        let last_written = FileTime::from_ticks(cursor.u64("last written timestamp")?);
        let major_version = cursor.u32("major version")?;
        let minor_version = cursor.u32("minor version")?;
        let file_type = match cursor.u32("file type")? {
            0 => FileType::Primary,
            1 | 2 => FileType::OldLog,
            6 => FileType::NewLog,
            other => FileType::Other(other),
        };
        cursor.u32("file format")?;
        let root = CellOffset::new(cursor.u32("root cell offset")?);
        let bins_size = cursor.u32("hive bins data size")?;
        let clustering_factor = cursor.u32("clustering factor")?;
        let name = file_name(cursor.take(64, "file name")?);
        cursor.seek(FLAGS_OFFSET, "flags")?;
        let flags = cursor.u32("flags")?;
        cursor.seek(CHECKSUM_OFFSET, "checksum of the base block")?;
        let stored_checksum = cursor.u32("checksum of the base block")?;
        Ok(Self {
            primary_sequence,
            secondary_sequence,
            last_written,
            major_version,
            minor_version,
            file_type,
            root,
            bins_size,
            clustering_factor,
            name,
            flags,
            stored_checksum,
            computed_checksum: checksum(bytes),
        })
    }

    /// Whether the stored checksum is that of the bytes.
    pub const fn checksum_matches(&self) -> bool {
        self.stored_checksum == self.computed_checksum
    }

    /// Whether a write was begun and not ended, or the block itself was damaged.
    pub const fn is_dirty(&self) -> bool {
        self.primary_sequence != self.secondary_sequence || !self.checksum_matches()
    }

    /// Refuses versions whose cells are laid out otherwise (Windows NT 3.x).
    pub(super) fn check_version(&self) -> Result<(), RegfError> {
        if self.major_version == 1 && self.minor_version >= 2 {
            return Ok(());
        }
        Err(RegfError::Unsupported {
            what: "version of the hive",
            offset: 20,
            found: u64::from(self.major_version) << 32 | u64::from(self.minor_version),
        })
    }
}

/// XOR of the first 127 words; zero and all ones are never stored.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let covered = bytes.get(..CHECKSUM_OFFSET).unwrap_or(bytes);
    let (words, _) = covered.as_chunks::<4>();
    let sum = words
        .iter()
        .fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

fn file_name(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let text: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Vec<u8> {
        let mut bytes = HIVE_MAGIC.to_vec();
        for word in [7_u32, 6, 0, 0, 1, 5, 0, 1, 32, 4096, 1] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend("SYSTEM".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(CHECKSUM_OFFSET, 0);
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn fields_and_checksum() {
        let parsed = BaseBlock::parse(&block()).unwrap();
        assert_eq!((parsed.primary_sequence, parsed.secondary_sequence), (7, 6));
        assert_eq!((parsed.major_version, parsed.minor_version), (1, 5));
        assert_eq!(parsed.root, CellOffset::new(32));
        assert_eq!(parsed.name, "SYSTEM");
        assert!(parsed.checksum_matches() && parsed.is_dirty());
        let mut damaged = block();
        damaged[40] ^= 1;
        assert!(!BaseBlock::parse(&damaged).unwrap().checksum_matches());
    }

    #[test]
    fn the_checksum_is_never_zero_or_all_ones() {
        assert_eq!(checksum(&[0; 508]), 1);
        let mut ones = vec![0xFF; 4];
        ones.resize(508, 0);
        assert_eq!(checksum(&ones), u32::MAX - 1);
    }

    #[test]
    fn another_file_is_refused() {
        let error = BaseBlock::parse(b"ElfFile\0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "signature of the base block at offset 0x0: expected `regf`, found 0x456c6646"
        );
        let mut old = block();
        old[24] = 1;
        let error = BaseBlock::parse(&old).unwrap().check_version();
        assert!(matches!(error, Err(RegfError::Unsupported { .. })));
    }
}
