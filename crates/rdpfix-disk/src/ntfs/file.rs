//! A file or folder: its streams, its metadata, its security descriptor.

use std::cmp::Ordering;

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

use super::attribute::kind;
use super::directory::Directory;
use super::file_record::{FileRecord, FileReference};
use super::reparse::{MAX_REPARSE, ReparsePoint};
use super::stream::Stream;
use super::{Ntfs, reading};
use crate::error::ReadError;

const MAX_STANDARD_INFORMATION: u64 = 4096;
/// An ACL has at most 64 KiB, and a descriptor two of them.
const MAX_DESCRIPTOR: u64 = 192 << 10;
const INDEX_OF_NAMES: [u16; 4] = [0x24, 0x49, 0x33, 0x30];

/// A file or folder of a volume.
#[derive(Debug, Clone)]
pub struct File {
    ntfs: Ntfs,
    record: FileRecord,
}

/// What `$STANDARD_INFORMATION` says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// When the file was made.
    pub created: FileTime,
    /// When its content was last changed.
    pub modified: FileTime,
    /// When its record was last changed.
    pub record_changed: FileTime,
    /// When it was last opened; Windows keeps it loosely, or not at all.
    pub accessed: FileTime,
    /// `FILE_ATTRIBUTE_*` as Windows defines them.
    pub attributes: u32,
    /// The number of its descriptor in `$Secure`. Zero: it has one of its own, or none.
    pub security_id: u32,
}

impl Metadata {
    fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(bytes, 0);
        let mut time = || -> Result<FileTime, ReadError> {
            Ok(FileTime::from_ticks(
                cursor.u64("time in $STANDARD_INFORMATION")?,
            ))
        };
        let (created, modified, record_changed, accessed) = (time()?, time()?, time()?, time()?);
        let attributes = cursor.u32("attributes in $STANDARD_INFORMATION")?;
        // Up to Windows NT 4 it ends before the number.
        let security_id = if bytes.len() >= 56 {
            cursor.seek(52, "security id")?;
            cursor.u32("security id")?
        } else {
            0
        };
        Ok(Self {
            created,
            modified,
            record_changed,
            accessed,
            attributes,
            security_id,
        })
    }
}

impl File {
    pub(super) const fn new(ntfs: Ntfs, record: FileRecord) -> Self {
        Self { ntfs, record }
    }

    /// Its record and how often that was used anew.
    pub const fn reference(&self) -> FileReference {
        self.record.reference
    }

    /// Whether it is a folder.
    pub const fn is_directory(&self) -> bool {
        self.record.is_directory
    }

    /// Times and attributes.
    pub fn metadata(&self) -> Reading<Metadata> {
        let limit = MAX_STANDARD_INFORMATION;
        match self.bytes(kind::STANDARD_INFORMATION, limit, "$STANDARD_INFORMATION") {
            Ok(Some(bytes)) => reading(Metadata::parse(&bytes).map(Some)),
            Ok(None) => Reading::Absent,
            Err(error) => error.unreadable(),
        }
    }

    /// Bytes of the unnamed stream. A folder has none.
    pub fn size(&self) -> Reading<u64> {
        reading(self.raw_stream(&[])).map(|stream| stream.len())
    }

    /// The unnamed stream, what a program that opens the file reads.
    ///
    /// `Unreadable` when the content is elsewhere or in a form that is not read: compressed by WOF, deduplicated,
    /// encrypted by EFS, a symbolic link.
    pub fn data(&self) -> Reading<Stream> {
        let stream = self.check_in_place().and_then(|()| self.raw_stream(&[]));
        reading(stream)
    }

    /// A named stream, without regard to case (`Zone.Identifier`).
    pub fn stream(&self, name: &str) -> Reading<Stream> {
        let wanted: Vec<u16> = name.encode_utf16().collect();
        let upcase = self.ntfs.0.upcase();
        let headings = match self.ntfs.0.mft.headings(&self.record) {
            Ok(headings) => headings,
            Err(error) => return error.unreadable(),
        };
        let name = headings
            .into_iter()
            .find(|(kind, name)| {
                *kind == kind::DATA && upcase.compare(name, &wanted) == Ordering::Equal
            })
            .map(|(_, name)| name);
        match name {
            Some(name) => reading(self.raw_stream(&name)),
            None => Reading::Absent,
        }
    }

    /// The names of its named streams.
    ///
    /// # Errors
    /// [`ReadError`] when the record or its attribute list is damaged.
    pub fn stream_names(&self) -> Result<Vec<String>, ReadError> {
        let headings = self.ntfs.0.mft.headings(&self.record)?;
        Ok(headings
            .iter()
            .filter(|(kind, name)| *kind == kind::DATA && !name.is_empty())
            .map(|(_, name)| String::from_utf16_lossy(name))
            .collect())
    }

    /// The folder's names. `Absent` for what is no folder, `Unreadable` for a junction, whose names are elsewhere.
    pub fn directory(&self) -> Reading<Directory> {
        let index = self
            .check_in_place()
            .and_then(|()| self.ntfs.0.index(&self.record, &INDEX_OF_NAMES));
        reading(index).map(|index| Directory::new(self.ntfs.clone(), index))
    }

    /// What the file stands for instead of itself; `Absent` for most.
    pub fn reparse_point(&self) -> Reading<ReparsePoint> {
        reading(self.read_reparse_point())
    }

    /// The bytes of its security descriptor, self-relative as [MS-DTYP] 2.4.6 has it: from `$Secure` by the number in
    /// its `$STANDARD_INFORMATION`, or the one in its own record. `Absent` when it has neither.
    pub fn security_descriptor(&self) -> Reading<Vec<u8>> {
        let id = match self.metadata() {
            Reading::Present(metadata) => metadata.security_id,
            Reading::Absent => 0,
            Reading::Unreadable(reason) => return Reading::Unreadable(reason),
        };
        if id == 0 {
            let kind = kind::SECURITY_DESCRIPTOR;
            return reading(self.bytes(kind, MAX_DESCRIPTOR, "$SECURITY_DESCRIPTOR"));
        }
        let descriptor = self
            .ntfs
            .0
            .secure()
            .and_then(|secure| secure.descriptor(id));
        match descriptor {
            Ok(Some(descriptor)) => Reading::Present(descriptor),
            Ok(None) => ReadError::unexpected(
                "security id of a file",
                self.record.offset(),
                "one that $Secure knows",
                id.into(),
            )
            .unreadable(),
            Err(error) => error.unreadable(),
        }
    }

    fn raw_stream(&self, name: &[u16]) -> Result<Option<Stream>, ReadError> {
        let mft = &self.ntfs.0.mft;
        let value = mft.value(&self.record, kind::DATA, name)?;
        value.map(|value| mft.stream(value)).transpose()
    }

    fn bytes(
        &self,
        kind: u32,
        limit: u64,
        what: &'static str,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let mft = &self.ntfs.0.mft;
        let value = mft.value(&self.record, kind, &[])?;
        value.map(|value| mft.bytes(value, limit, what)).transpose()
    }

    fn read_reparse_point(&self) -> Result<Option<ReparsePoint>, ReadError> {
        let bytes = self.bytes(kind::REPARSE_POINT, MAX_REPARSE, "reparse point")?;
        bytes.map(|bytes| ReparsePoint::parse(&bytes)).transpose()
    }

    /// Refuses a file whose content is not where it seems to be.
    fn check_in_place(&self) -> Result<(), ReadError> {
        match self.read_reparse_point()? {
            Some(point) => point.refuse(self.record.offset()),
            None => Ok(()),
        }
    }
}
