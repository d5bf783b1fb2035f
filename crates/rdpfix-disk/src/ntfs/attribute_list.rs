//! `$ATTRIBUTE_LIST`: where the attributes of a file are that do not fit into its first record.
//!
//! Linux-NTFS documentation, "$ATTRIBUTE_LIST (0x20)". A value whose runs do not fit into one record is in several parts,
//! one entry each, in the order of their clusters.

use rdpfix_formats::cursor::Cursor;

use super::attribute::units;
use super::file_record::FileReference;
use crate::error::ReadError;
use crate::number::wide;

/// The largest list Windows makes.
pub(super) const MAX_LIST: u64 = 256 << 10;
const HEADER: usize = 26;

/// One attribute, or one part of it, and the record it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListEntry {
    pub(super) kind: u32,
    pub(super) name: Vec<u16>,
    pub(super) first_cluster: u64,
    pub(super) record: FileReference,
}

/// All entries of a list.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<ListEntry>, ReadError> {
    let mut entries = Vec::new();
    let mut position = 0;
    while let Some(rest) = bytes.get(position..).filter(|rest| rest.len() >= HEADER) {
        let offset = wide(position);
        let mut cursor = Cursor::new(rest, offset);
        let kind = cursor.u32("attribute list entry")?;
        let length = cursor.length16("attribute list entry length")?;
        if kind == 0 && length == 0 {
            break;
        }
        if length < HEADER {
            return Err(ReadError::unexpected(
                "attribute list entry length",
                offset.saturating_add(4),
                "at least 26",
                wide(length),
            ));
        }
        let name_length = usize::from(cursor.u8("attribute name length")?);
        let name_offset = usize::from(cursor.u8("attribute name offset")?);
        let first_cluster = cursor.u64("first cluster of an attribute")?;
        let record = FileReference::from_u64(cursor.u64("file record of an attribute")?);
        let name = if name_length == 0 {
            Vec::new()
        } else {
            cursor.seek(name_offset, "attribute name")?;
            units(cursor.take(name_length.saturating_mul(2), "attribute name")?)
        };
        entries.push(ListEntry {
            kind,
            name,
            first_cluster,
            record,
        });
        position = position.saturating_add(length);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_with_and_without_name() {
        let mut bytes = Vec::new();
        for (kind, name, first, record) in
            [(0x10_u32, "", 0_u64, 40_u64), (0x80, "ab", 7, 3 << 48 | 41)]
        {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(32_u16.to_le_bytes());
            bytes.extend([name.len() as u8, 26]);
            bytes.extend(first.to_le_bytes());
            bytes.extend(record.to_le_bytes());
            bytes.extend([0, 0]);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes.resize(bytes.len().next_multiple_of(32), 0);
        }
        let entries = parse(&bytes).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].name, [97, 98]);
        assert_eq!(
            (entries[1].first_cluster, entries[1].record.record),
            (7, 41)
        );
        assert_eq!(entries[1].record.sequence, 3);
        bytes[4] = 5;
        assert!(parse(&bytes).is_err());
    }
}
