//! `$Secure`: each security descriptor of a volume once, found by its number.
//!
//! Linux-NTFS documentation, "$Secure". `$SII` is the index by number; `$SDS` holds the descriptors in blocks of 256 KiB,
//! each followed by its copy.

use rdpfix_formats::cursor::Cursor;

use super::index::Index;
use super::stream::Stream;
use crate::error::{ReadError, checksum};
use crate::number::index;
use crate::source::structure;

const HEADER: usize = 20;
/// An ACL has at most 64 KiB, and a descriptor two of them.
const MAX_DESCRIPTOR: u32 = 192 << 10;
/// From a descriptor to its copy.
const COPY_DISTANCE: u64 = 256 << 10;

/// The descriptors of a volume.
#[derive(Debug)]
pub(super) struct Secure {
    pub(super) by_id: Index,
    pub(super) descriptors: Stream,
}

/// What the index and the stream both say of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    hash: u32,
    id: u32,
    offset: u64,
    size: u32,
}

impl Header {
    fn parse(bytes: &[u8], at: u64) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(bytes, at);
        Ok(Self {
            hash: cursor.u32("hash of a security descriptor")?,
            id: cursor.u32("id of a security descriptor")?,
            offset: cursor.u64("offset of a security descriptor")?,
            size: cursor.u32("size of a security descriptor")?,
        })
    }
}

impl Secure {
    /// The bytes of descriptor `id`; nothing when no such id was given out.
    pub(super) fn descriptor(&self, id: u32) -> Result<Option<Vec<u8>>, ReadError> {
        let entry = self.by_id.find(|entry| {
            let mut cursor = Cursor::new(&entry.key, 0);
            Ok(cursor.u32("key of $SII")?.cmp(&id))
        })?;
        let Some(entry) = entry else {
            return Ok(None);
        };
        let header = Header::parse(&entry.data, 0)?;
        let first = self.read(header, header.offset);
        let copy = || self.read(header, header.offset.saturating_add(COPY_DISTANCE));
        first.or_else(|error| copy().map_err(|_| error)).map(Some)
    }

    fn read(&self, header: Header, offset: u64) -> Result<Vec<u8>, ReadError> {
        let length = index(header.size.into());
        if length < HEADER || header.size > MAX_DESCRIPTOR {
            return Err(ReadError::unexpected(
                "size of a security descriptor",
                offset,
                "20 to 196608 bytes",
                header.size.into(),
            ));
        }
        let bytes = structure(
            &self.descriptors,
            offset,
            length,
            "security descriptor in $SDS",
        )?;
        if Header::parse(&bytes, offset)? != header {
            return Err(ReadError::unexpected(
                "header of a security descriptor in $SDS",
                offset,
                "the one that $SII has",
                header.id.into(),
            ));
        }
        let descriptor = bytes.get(HEADER..).unwrap_or_default();
        checksum(
            "hash of a security descriptor",
            offset,
            header.hash,
            hash(descriptor),
        )?;
        Ok(descriptor.to_vec())
    }
}

/// The sum of all words, rotated by three bits before each.
fn hash(descriptor: &[u8]) -> u32 {
    let (words, _) = descriptor.as_chunks::<4>();
    words.iter().fold(0_u32, |hash, word| {
        u32::from_le_bytes(*word).wrapping_add(hash.rotate_left(3))
    })
}
