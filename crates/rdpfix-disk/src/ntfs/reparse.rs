//! Reparse points: a file or folder that stands for something else.
//!
//! [MS-FSCC] 2.1.2, Reparse Point Data Structures.

use std::fmt;

use rdpfix_formats::cursor::Cursor;

use super::attribute::units;
use crate::error::ReadError;

/// The largest reparse point Windows takes, with its header.
pub(super) const MAX_REPARSE: u64 = 16 << 10;
const MOUNT_POINT: u32 = 0xA000_0003;
const SYMLINK: u32 = 0xA000_000C;
const WOF: u32 = 0x8000_0017;
const DEDUP: u32 = 0x8000_0013;
/// Set in the tags of what is another name for something elsewhere.
const NAME_SURROGATE: u32 = 0x2000_0000;
/// Cloud files have 0x9000?01A.
const CLOUD_MASK: u32 = 0xFFFF_0FFF;
const CLOUD: u32 = 0x9000_001A;

/// What a reparse point says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReparsePoint {
    /// The tag: who understands the rest.
    pub tag: u32,
    /// Where a junction or a symbolic link leads, as it is stored (`\??\C:\Users`).
    pub target: Option<String>,
}

impl ReparsePoint {
    /// From the value of `$REPARSE_POINT`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(bytes, 0);
        let tag = cursor.u32("reparse tag")?;
        let header = match tag {
            MOUNT_POINT => 16,
            SYMLINK => 20,
            _ => return Ok(Self { tag, target: None }),
        };
        cursor.take(4, "reparse point length")?;
        let offset = cursor.length16("reparse target offset")?;
        let length = cursor.length16("reparse target length")?;
        cursor.seek(offset.saturating_add(header), "reparse target")?;
        let target = units(cursor.take(length, "reparse target")?);
        Ok(Self {
            tag,
            target: Some(String::from_utf16_lossy(&target)),
        })
    }

    /// Whether it is another name for something elsewhere, which is not followed here.
    pub const fn is_elsewhere(&self) -> bool {
        self.tag & NAME_SURROGATE != 0
    }

    /// The error of reading content that is not where the file is. `offset` is that of the record in `$MFT`.
    pub(super) fn refuse(&self, offset: u64) -> Result<(), ReadError> {
        let (what, advice) = match self.tag {
            WOF => (
                "file compressed by WOF (CompactOS)",
                "its content is compressed as XPRESS or LZX; in Windows `compact /u /exe FILE` on an attached copy unpacks it"
                    .to_owned(),
            ),
            DEDUP => (
                "file stored by data deduplication",
                "its content lies in the chunk store; read it in Windows with the Data Deduplication role".to_owned(),
            ),
            tag if tag & CLOUD_MASK == CLOUD => (
                "file kept in the cloud",
                "its content may not be on this disk".to_owned(),
            ),
            _ if self.is_elsewhere() => ("junction or symbolic link", format!("{self} is not followed: give the path it leads to")),
            _ => return Ok(()),
        };
        Err(ReadError::unsupported(what, offset, advice))
    }
}

impl fmt::Display for ReparsePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tag, &self.target) {
            (MOUNT_POINT, Some(target)) => write!(f, "the junction to {target}"),
            (SYMLINK, Some(target)) => write!(f, "the symbolic link to {target}"),
            (tag, _) => write!(f, "the reparse point {tag:#010x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junctions_and_links_have_targets() {
        for (tag, extra) in [(MOUNT_POINT, 0), (SYMLINK, 4)] {
            let mut bytes = tag.to_le_bytes().to_vec();
            bytes.extend([0; 4]);
            for value in [0_u16, 8, 10, 2] {
                bytes.extend(value.to_le_bytes());
            }
            bytes.resize(16 + extra, 0);
            bytes.extend(r"C:\x".encode_utf16().flat_map(u16::to_le_bytes));
            let point = ReparsePoint::parse(&bytes).unwrap();
            assert_eq!(point.target.as_deref(), Some(r"C:\x"));
            assert!(point.is_elsewhere());
            let error = point.refuse(0).unwrap_err().to_string();
            assert!(error.contains(r"to C:\x is not followed"), "{error}");
            assert!(ReparsePoint::parse(&bytes[..17]).is_err());
        }
    }

    #[test]
    fn wof_is_refused_and_the_unknown_is_not() {
        let wof = ReparsePoint::parse(&WOF.to_le_bytes()).unwrap();
        assert!(
            wof.refuse(0)
                .unwrap_err()
                .to_string()
                .contains("compressed by WOF")
        );
        let other = ReparsePoint::parse(&0x8000_001B_u32.to_le_bytes()).unwrap();
        assert_eq!(other.refuse(0), Ok(()));
    }
}
