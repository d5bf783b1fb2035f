//! `$FILE_NAME`: the key of a folder's index.
//!
//! Linux-NTFS documentation, "$FILE_NAME (0x30)".

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::filetime::FileTime;

use super::attribute::units;
use crate::error::ReadError;

const NAMESPACE_DOS: u8 = 2;
const ATTRIBUTE_DIRECTORY: u32 = 0x1000_0000;

/// A name in a folder, with what the folder knows of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) name: Vec<u16>,
    pub(super) modified: FileTime,
    pub(super) size: u64,
    pub(super) attributes: u32,
    namespace: u8,
}

impl FileName {
    pub(super) fn parse(key: &[u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(key, 0);
        cursor.take(16, "file name")?;
        let modified = FileTime::from_ticks(cursor.u64("modification time in a file name")?);
        cursor.take(24, "file name")?;
        let size = cursor.u64("size in a file name")?;
        let attributes = cursor.u32("attributes in a file name")?;
        cursor.take(4, "file name")?;
        let length = usize::from(cursor.u8("file name length")?);
        let namespace = cursor.u8("file name namespace")?;
        let name = units(cursor.take(length.saturating_mul(2), "file name")?);
        Ok(Self {
            name,
            modified,
            size,
            attributes,
            namespace,
        })
    }

    /// Whether it is only the short (8.3) form of a name that stands in the folder as well.
    pub(super) const fn is_short_form(&self) -> bool {
        self.namespace == NAMESPACE_DOS
    }

    pub(super) const fn is_directory(&self) -> bool {
        self.attributes & ATTRIBUTE_DIRECTORY != 0
    }
}
