//! One event record: a 24-byte header, BinXML, and a copy of the size.

use super::binxml::BinXmlError;
use super::error::EvtxError;
use crate::cursor::{Cursor, Truncated};
use crate::event::Event;
use crate::filetime::FileTime;

/// `**` and two zero bytes, the first four bytes of a record.
pub(super) const RECORD_MAGIC: [u8; 4] = [0x2a, 0x2a, 0, 0];
/// Size of the record header in bytes.
pub(super) const RECORD_HEADER_SIZE: usize = 24;
/// Header and trailing copy of the size: the smallest record.
pub(super) const RECORD_OVERHEAD: usize = RECORD_HEADER_SIZE + 4;

/// One decoded record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The id in the record's header. Exported logs renumber it: `EventRecordID` in the event is another number.
    pub id: u64,
    /// The time in the record's header. It is wrong in exported logs: use `TimeCreated` of the event.
    pub written: FileTime,
    /// File offset of the record, in bytes.
    pub offset: u64,
    /// The event.
    pub event: Event,
    /// The first value in it that could not be read; a [`crate::event::Node::Unreadable`] stands where it was.
    pub damage: Option<BinXmlError>,
}

/// A record whose header was read and whose BinXML was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The id in the record's header.
    pub id: u64,
    /// The time in the record's header.
    pub written: FileTime,
    /// File offset of the record, in bytes.
    pub offset: u64,
    /// The BinXML, with whatever padding follows it.
    pub binxml: &'a [u8],
    /// Where the BinXML begins in the chunk, in bytes.
    pub(super) position: usize,
    /// Whether the copy of the size at the record's end agrees.
    pub(super) confirmed: bool,
}

impl<'a> RawRecord<'a> {
    /// The record that begins at `position` of `chunk`, whose own file offset is `base`.
    ///
    /// A size copy that disagrees is no error here: see [`Self::confirmed`].
    pub(super) fn parse(chunk: &'a [u8], position: usize, base: u64) -> Result<Self, EvtxError> {
        let mut cursor = Cursor::new(chunk, base);
        cursor.seek(position, "record")?;
        let offset = cursor.offset();
        let magic = cursor.array::<4>("record magic")?;
        if magic != RECORD_MAGIC {
            return Err(EvtxError::Unexpected {
                what: "record magic",
                offset,
                expected: "0x2a2a",
                found: u64::from(u32::from_le_bytes(magic)),
            });
        }
        let stored_size = cursor.u32("record size")?;
        let id = cursor.u64("record id")?;
        let written = FileTime::from_ticks(cursor.u64("record time")?);
        let size = usize::try_from(stored_size).unwrap_or(usize::MAX);
        let Some(length) = size.checked_sub(RECORD_OVERHEAD) else {
            return Err(EvtxError::Unexpected {
                what: "record size",
                offset: offset.saturating_add(4),
                expected: "28 bytes or more",
                found: u64::from(stored_size),
            });
        };
        if length > cursor.remaining().saturating_sub(4) {
            return Err(EvtxError::Truncated(Truncated {
                what: "record",
                offset,
                expected: size,
                found: cursor.remaining().saturating_add(RECORD_HEADER_SIZE),
            }));
        }
        let binxml_position = cursor.position();
        let binxml = cursor.take(length, "BinXML of the record")?;
        let copy = cursor.u32("copy of the record size")?;
        Ok(Self {
            id,
            written,
            offset,
            binxml,
            position: binxml_position,
            confirmed: copy == stored_size,
        })
    }

    /// Where the record begins in the chunk, in bytes.
    pub(super) const fn start(&self) -> usize {
        self.position.saturating_sub(RECORD_HEADER_SIZE)
    }

    /// Where the record ends in the chunk, in bytes.
    pub(super) const fn end(&self) -> usize {
        self.position
            .saturating_add(self.binxml.len())
            .saturating_add(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u32, copy: u32) -> Vec<u8> {
        let mut bytes = RECORD_MAGIC.to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend(7_u64.to_le_bytes());
        bytes.extend(9_u64.to_le_bytes());
        bytes.extend([0x0f, 1, 1, 0]);
        bytes.extend(copy.to_le_bytes());
        bytes
    }

    #[test]
    fn header_and_size_copy() {
        let bytes = record(32, 32);
        let raw = RawRecord::parse(&bytes, 0, 0x1200).unwrap();
        assert_eq!((raw.id, raw.written.ticks(), raw.offset), (7, 9, 0x1200));
        assert_eq!(raw.binxml, [0x0f, 1, 1, 0]);
        assert!(raw.confirmed);
        assert_eq!((raw.start(), raw.end()), (0, 32));
        assert!(!RawRecord::parse(&record(32, 31), 0, 0).unwrap().confirmed);
    }

    #[test]
    fn sizes_that_cannot_be() {
        let small = RawRecord::parse(&record(27, 27), 0, 0x10).unwrap_err();
        assert_eq!(
            small.to_string(),
            "record size at offset 0x14: expected 28 bytes or more, found 0x1b"
        );
        let large = RawRecord::parse(&record(u32::MAX, 0), 0, 0x10).unwrap_err();
        assert!(matches!(
            large,
            EvtxError::Truncated(Truncated {
                offset: 0x10,
                found: 32,
                ..
            })
        ));
        assert!(RawRecord::parse(&[0; 32], 0, 0).is_err());
    }
}
