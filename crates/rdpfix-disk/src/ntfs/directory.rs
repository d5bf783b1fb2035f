//! A folder: names in the order of the volume's upper case, found by descent or given one after the other.

use std::cmp::Ordering;

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;

use super::file_name::FileName;
use super::file_record::FileReference;
use super::index::{Entry, Index, Walk};
use super::{File, Ntfs, reading};
use crate::error::ReadError;

/// A folder of a volume.
#[derive(Debug)]
pub struct Directory {
    ntfs: Ntfs,
    index: Index,
}

/// One name in a folder. Size and time are the folder's copies, which Windows may bring up to date late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name. What is no Unicode in it is replaced.
    pub name: String,
    /// The name as it is stored.
    pub units: Vec<u16>,
    /// The file it is the name of.
    pub reference: FileReference,
    /// Whether it is a folder.
    pub is_directory: bool,
    /// Bytes of the unnamed stream.
    pub size: u64,
    /// When the content was last changed.
    pub modified: FileTime,
}

impl Directory {
    pub(super) const fn new(ntfs: Ntfs, index: Index) -> Self {
        Self { ntfs, index }
    }

    /// The file of this name, long or short, without regard to case. Only the index blocks on the way to it are read.
    pub fn find(&self, name: &str) -> Reading<File> {
        let wanted: Vec<u16> = name.encode_utf16().collect();
        let upcase = self.ntfs.0.upcase();
        let entry = self.index.find(|entry| -> Result<Ordering, ReadError> {
            let found = FileName::parse(&entry.key)?;
            Ok(upcase.compare(&found.name, &wanted))
        });
        reading(entry).and_then(|entry| {
            let reference = FileReference::from_u64(u64::from_le_bytes(entry.head));
            reading(self.ntfs.file(reference).map(Some))
        })
    }

    /// All names in order, without the short forms. A damaged index block is an error among them, and the others follow.
    pub fn entries(self) -> Entries {
        Entries(self.index.walk())
    }
}

/// The names of a folder in order.
#[derive(Debug)]
pub struct Entries(Walk);

impl Iterator for Entries {
    type Item = Result<DirectoryEntry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match self.0.next()? {
                Ok(entry) => directory_entry(&entry),
                Err(error) => Err(error),
            };
            if let Some(entry) = entry.transpose() {
                return Some(entry);
            }
        }
    }
}

fn directory_entry(entry: &Entry) -> Result<Option<DirectoryEntry>, ReadError> {
    let name = FileName::parse(&entry.key)?;
    if name.is_short_form() {
        return Ok(None);
    }
    Ok(Some(DirectoryEntry {
        name: String::from_utf16_lossy(&name.name),
        reference: FileReference::from_u64(u64::from_le_bytes(entry.head)),
        is_directory: name.is_directory(),
        size: name.size,
        modified: name.modified,
        units: name.name,
    }))
}
