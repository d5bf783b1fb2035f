//! A record of the master file table: a file, a folder, or more attributes of one.
//!
//! Linux-NTFS documentation, "File Record".

use std::fmt;

use rdpfix_formats::cursor::Cursor;

use super::attribute::Attributes;
use super::fixup;
use crate::error::ReadError;
use crate::number::index;

const FLAG_IN_USE: u16 = 1;
const FLAG_DIRECTORY: u16 = 2;
/// The low 48 bits of a reference.
const NUMBER_MASK: u64 = 0x0000_FFFF_FFFF_FFFF;

/// Which record, and how often it was used anew when the reference was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileReference {
    /// Number of the record in `$MFT`.
    pub record: u64,
    /// Goes up each time the record is given to a new file. Zero: not checked.
    pub sequence: u16,
}

impl FileReference {
    pub(super) fn from_u64(value: u64) -> Self {
        Self {
            record: value & NUMBER_MASK,
            sequence: u16::try_from(value >> 48).unwrap_or(u16::MAX),
        }
    }

    /// A record of the system, whatever its sequence number.
    pub(super) const fn system(record: u64) -> Self {
        Self {
            record,
            sequence: 0,
        }
    }
}

/// As the forensic tools write it: number and sequence.
impl fmt::Display for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.record, self.sequence)
    }
}

/// One record, its fixups applied.
#[derive(Debug, Clone)]
pub(super) struct FileRecord {
    pub(super) reference: FileReference,
    pub(super) is_directory: bool,
    /// The record this one extends; its own base has zero.
    base: u64,
    bytes: Vec<u8>,
    first_attribute: usize,
    /// Where it lies in `$MFT`.
    offset: u64,
}

impl FileRecord {
    /// From the raw bytes of record `number`, which is checked against what the record says of itself.
    pub(super) fn parse(mut bytes: Vec<u8>, number: u64, offset: u64) -> Result<Self, ReadError> {
        fixup::apply(&mut bytes, offset, *b"FILE", "file record", "`FILE`")?;
        let mut cursor = Cursor::new(&bytes, offset);
        cursor.take(16, "file record header")?;
        let sequence = cursor.u16("file record sequence number")?;
        cursor.u16("file record link count")?;
        let first_attribute = cursor.length16("first attribute")?;
        let flags = cursor.u16("file record flags")?;
        let used = cursor.u32("file record used size")?;
        cursor.u32("file record allocated size")?;
        let base = cursor.u64("base file record")?;
        if flags & FLAG_IN_USE == 0 {
            return Err(ReadError::unexpected(
                "file record flags",
                offset.saturating_add(22),
                "a record in use",
                flags.into(),
            ));
        }
        bytes.truncate(index(used.into()));
        Ok(Self {
            reference: FileReference {
                record: number,
                sequence,
            },
            is_directory: flags & FLAG_DIRECTORY != 0,
            base,
            bytes,
            first_attribute,
            offset,
        })
    }

    /// Checks that the record is still the one a reference was made to.
    pub(super) fn check_sequence(&self, wanted: FileReference) -> Result<(), ReadError> {
        if wanted.sequence != 0 && wanted.sequence != self.reference.sequence {
            return Err(ReadError::Mismatch {
                what: "file record sequence number",
                offset: self.offset.saturating_add(16),
                expected: wanted.sequence.into(),
                found: self.reference.sequence.into(),
            });
        }
        Ok(())
    }

    /// Checks that the record holds attributes of `base`.
    pub(super) fn check_extends(&self, base: &Self) -> Result<(), ReadError> {
        let found = FileReference::from_u64(self.base);
        if found.record != base.reference.record {
            return Err(ReadError::Mismatch {
                what: "base of an extension file record",
                offset: self.offset.saturating_add(32),
                expected: base.reference.record,
                found: found.record,
            });
        }
        Ok(())
    }

    /// Whether this is the first record of a file, and not more attributes of one.
    pub(super) const fn is_base(&self) -> bool {
        self.base == 0
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn attributes(&self) -> Attributes<'_> {
        Attributes::new(&self.bytes, self.first_attribute, self.offset)
    }
}
