//! The GUID partition table: a header behind the protective MBR, a backup in the last sector, an array of entries.
//!
//! UEFI Specification 2.10, 5.3 "GUID Partition Table (GPT) Disk Layout".

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::read_at::ReadAt;

use super::{Partition, PartitionTable, PartitionType, Scheme};
use crate::error::{ReadError, checksum};
use crate::number::index;
use crate::source::structure;

const SIGNATURE: [u8; 8] = *b"EFI PART";
const HEADER_SIZE: u32 = 92;
const CHECKSUM_OFFSET: usize = 16;
const ENTRY_SIZE: u32 = 128;
/// Windows makes 128 entries of 128 bytes, 16 KiB; this is 64 times as much.
const MAX_ARRAY: u64 = 1 << 20;

/// Reads the primary table, or the backup in the last sector when the primary one is damaged.
pub(super) fn read(disk: &impl ReadAt, sizes: &[u32]) -> Result<PartitionTable, ReadError> {
    let mut primary_error = None;
    for &size in sizes {
        match read_at(disk, size.into(), size) {
            Ok(table) => return Ok(table),
            // Of two sizes the one under which there is a header at all has the error that matters.
            Err(error) => {
                let is_header = !is_missing(&error);
                if primary_error.is_none() || is_header {
                    primary_error = Some(error);
                }
            }
        }
    }
    let primary_error =
        primary_error.unwrap_or_else(|| ReadError::unexpected("sector size", 0, "512 or 4096", 0));
    for &size in sizes {
        let Some(last) = disk.len().checked_sub(size.into()) else {
            continue;
        };
        if let Ok(mut table) = read_at(disk, last, size) {
            table.remarks.push(format!(
                "the backup GPT at the end of the disk was read, because the primary one is damaged: {primary_error}"
            ));
            return Ok(table);
        }
    }
    Err(primary_error)
}

fn is_missing(error: &ReadError) -> bool {
    matches!(
        error,
        ReadError::Unexpected {
            what: "GPT header",
            ..
        } | ReadError::Truncated(_)
    )
}

struct Header {
    array: u64,
    count: u32,
    entry_size: u32,
    array_checksum: u32,
}

/// Reads the header at `offset` and its array.
fn read_at(disk: &impl ReadAt, offset: u64, sector_size: u32) -> Result<PartitionTable, ReadError> {
    let header = header(disk, offset, sector_size)?;
    let size = u64::from(sector_size);
    let array = header.array.saturating_mul(size);
    let length = u64::from(header.count).saturating_mul(header.entry_size.into());
    if length > MAX_ARRAY {
        return Err(ReadError::too_much(
            "bytes of the GPT entries",
            offset,
            MAX_ARRAY,
        ));
    }
    let bytes = structure(disk, array, index(length), "GPT entries")?;
    checksum(
        "GPT entries checksum",
        array,
        header.array_checksum,
        crc32fast::hash(&bytes),
    )?;
    let mut partitions = Vec::new();
    let entries = bytes.chunks_exact(index(header.entry_size.into()));
    for (number, entry) in (1_u32..).zip(entries) {
        let at = u64::from(number).saturating_sub(1) * u64::from(header.entry_size);
        partitions.extend(partition(number, entry, array.saturating_add(at), size)?);
    }
    Ok(PartitionTable {
        scheme: Scheme::Gpt,
        sector_size,
        partitions,
        remarks: Vec::new(),
    })
}

fn header(disk: &impl ReadAt, offset: u64, sector_size: u32) -> Result<Header, ReadError> {
    let bytes = structure(disk, offset, index(sector_size.into()), "GPT header")?;
    let mut cursor = Cursor::new(&bytes, offset);
    let signature = cursor.array::<8>("GPT header")?;
    if signature != SIGNATURE {
        let found = u64::from_be_bytes(signature);
        return Err(ReadError::unexpected(
            "GPT header",
            offset,
            "`EFI PART`",
            found,
        ));
    }
    cursor.take(4, "GPT revision")?;
    let header_size = cursor.u32("GPT header size")?;
    if !(HEADER_SIZE..=sector_size).contains(&header_size) {
        return Err(ReadError::unexpected(
            "GPT header size",
            offset.saturating_add(12),
            "92 to a sector",
            header_size.into(),
        ));
    }
    let stored = cursor.u32("GPT header checksum")?;
    let mut covered = bytes.clone();
    covered.truncate(index(header_size.into()));
    if let Some(own) = covered.get_mut(CHECKSUM_OFFSET..CHECKSUM_OFFSET + 4) {
        own.fill(0);
    }
    checksum(
        "GPT header checksum",
        offset,
        stored,
        crc32fast::hash(&covered),
    )?;
    cursor.take(52, "GPT header")?;
    let header = Header {
        array: cursor.u64("GPT entries")?,
        count: cursor.u32("GPT entry count")?,
        entry_size: cursor.u32("GPT entry size")?,
        array_checksum: cursor.u32("GPT entries checksum")?,
    };
    if header.entry_size < ENTRY_SIZE {
        return Err(ReadError::unexpected(
            "GPT entry size",
            offset.saturating_add(84),
            "at least 128",
            header.entry_size.into(),
        ));
    }
    Ok(header)
}

/// One entry; nothing when it is unused.
fn partition(
    number: u32,
    entry: &[u8],
    offset: u64,
    sector_size: u64,
) -> Result<Option<Partition>, ReadError> {
    let mut cursor = Cursor::new(entry, offset);
    let kind = cursor.array::<16>("partition type GUID")?;
    cursor.take(16, "partition GUID")?;
    let first = cursor.u64("first sector of a partition")?;
    let last = cursor.u64("last sector of a partition")?;
    cursor.take(8, "partition attributes")?;
    if kind == [0; 16] || last < first {
        return Ok(None);
    }
    let mut units = Vec::new();
    for _ in 0..36 {
        match cursor.u16("partition name")? {
            0 => break,
            unit => units.push(unit),
        }
    }
    let sectors = last.saturating_sub(first).saturating_add(1);
    Ok(Some(Partition {
        number,
        start: first.saturating_mul(sector_size),
        length: sectors.saturating_mul(sector_size),
        partition_type: PartitionType::Gpt(Guid::from_bytes(kind)),
        name: (!units.is_empty()).then(|| String::from_utf16_lossy(&units)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC_DATA: &str = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";

    fn entries() -> Vec<u8> {
        let mut bytes = Guid::parse(BASIC_DATA).unwrap().to_bytes().to_vec();
        bytes.extend([1; 16]);
        bytes.extend(40_u64.to_le_bytes());
        bytes.extend(49_u64.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend("Windows".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(4 * 128, 0);
        bytes
    }

    fn header(own: u64, array: u64) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend(0x10000_u32.to_le_bytes());
        bytes.extend(92_u32.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(own.to_le_bytes());
        bytes.resize(72, 0);
        bytes.extend(array.to_le_bytes());
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(128_u32.to_le_bytes());
        bytes.extend(crc32fast::hash(&entries()).to_le_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes[16..20].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// 64 sectors, with both tables.
    fn disk(sector: usize) -> Vec<u8> {
        let mut disk = vec![0; 64 * sector];
        disk[450] = 0xEE;
        disk[458] = 1;
        disk[462] = 63;
        disk[510..512].copy_from_slice(&[0x55, 0xAA]);
        for (at, bytes) in [
            (1, header(1, 2)),
            (2, entries()),
            (62, entries()),
            (63, header(63, 62)),
        ] {
            disk[at * sector..][..bytes.len()].copy_from_slice(&bytes);
        }
        disk
    }

    #[test]
    fn both_sector_sizes() {
        for size in [512, 4096_u32] {
            let table = PartitionTable::read(&disk(size as usize), None).unwrap();
            assert_eq!((table.scheme, table.sector_size), (Scheme::Gpt, size));
            let [partition] = &table.partitions[..] else {
                panic!("one partition")
            };
            assert_eq!(
                (partition.number, partition.start),
                (1, 40 * u64::from(size))
            );
            assert_eq!(partition.length, 10 * u64::from(size));
            assert_eq!(partition.name.as_deref(), Some("Windows"));
            assert!(table.remarks.is_empty());
        }
    }

    #[test]
    fn a_damaged_primary_table_is_reported_and_the_backup_read() {
        for at in [512 + 30, 1024 + 40] {
            let mut disk = disk(512);
            disk[at] ^= 1;
            let table = PartitionTable::read(&disk, None).unwrap();
            assert_eq!(table.partitions.len(), 1);
            assert!(table.remarks[0].contains("checksum"), "{:?}", table.remarks);
            disk[63 * 512] = 0;
            let error = PartitionTable::read(&disk, None).unwrap_err();
            assert!(error.to_string().contains("checksum"), "{error}");
        }
    }

    #[test]
    fn an_mbr_without_guard_is_obeyed() {
        let mut disk = disk(512);
        disk[450] = 7;
        assert_eq!(
            PartitionTable::read(&disk, None).unwrap().scheme,
            Scheme::Mbr
        );
    }
}
