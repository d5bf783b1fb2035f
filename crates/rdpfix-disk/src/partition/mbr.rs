//! The master boot record and its chain of extended boot records.
//!
//! Four entries of 16 bytes at offset 446, `55 AA` at 510. A logical partition's start counts from its own record, the
//! next record's from the extended partition.

use std::collections::BTreeSet;

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;

use super::{Partition, PartitionTable, PartitionType, Scheme};
use crate::error::ReadError;
use crate::source::structure;
use crate::volume_kind::VolumeKind;

const ENTRIES_OFFSET: usize = 446;
const SIGNATURE: u16 = 0xAA55;
const PROTECTIVE: u8 = 0xEE;
/// Windows reads at most this many logical partitions by letter; a longer chain is none that a person made.
const MAX_LOGICAL: usize = 128;

/// One entry of a record.
#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: u8,
    start: u32,
    sectors: u32,
}

impl Entry {
    const fn is_used(&self) -> bool {
        self.kind != 0 && self.sectors != 0
    }

    const fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0F | 0x85)
    }
}

/// A master or an extended boot record.
#[derive(Debug, Clone, Copy)]
pub(super) struct BootRecord {
    entries: [Entry; 4],
}

impl BootRecord {
    /// From the first 512 bytes of a sector at `offset`; nothing when it has not the signature.
    pub(super) fn parse(sector: &[u8], offset: u64) -> Result<Option<Self>, ReadError> {
        let mut cursor = Cursor::new(sector, offset);
        cursor.seek(ENTRIES_OFFSET, "partition entries of a boot record")?;
        let mut entry = || -> Result<Entry, ReadError> {
            cursor.take(4, "partition entry")?;
            let kind = cursor.u8("partition type")?;
            cursor.take(3, "partition entry")?;
            Ok(Entry {
                kind,
                start: cursor.u32("partition start")?,
                sectors: cursor.u32("partition length")?,
            })
        };
        let entries = [entry()?, entry()?, entry()?, entry()?];
        let signature = cursor.u16("boot record signature")?;
        Ok((signature == SIGNATURE).then_some(Self { entries }))
    }

    /// Whether it only guards a GPT.
    pub(super) fn is_protective(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == PROTECTIVE)
    }
}

/// Reads the partitions with the sector size under which more of them hold a known volume: the record does not say it.
pub(super) fn read(
    disk: &impl ReadAt,
    boot_record: &BootRecord,
    sizes: &[u32],
) -> Result<PartitionTable, ReadError> {
    let mut best: Option<(usize, PartitionTable)> = None;
    for &sector_size in sizes {
        let table = with_sector_size(disk, boot_record, sector_size);
        if sizes.len() == 1 {
            return Ok(table);
        }
        let known = table
            .partitions
            .iter()
            .filter(|partition| is_known(disk, partition.start))
            .count();
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, table));
        }
    }
    best.map(|(_, table)| table)
        .ok_or_else(|| ReadError::unexpected("sector size", 0, "512 or 4096", 0))
}

fn is_known(disk: &impl ReadAt, start: u64) -> bool {
    structure(disk, start, 512, "boot sector")
        .is_ok_and(|sector| VolumeKind::of_boot_sector(&sector) != VolumeKind::Unknown)
}

fn with_sector_size(disk: &impl ReadAt, record: &BootRecord, sector_size: u32) -> PartitionTable {
    let mut table = PartitionTable {
        scheme: Scheme::Mbr,
        sector_size,
        partitions: Vec::new(),
        remarks: Vec::new(),
    };
    let size = u64::from(sector_size);
    for (number, entry) in (1..).zip(&record.entries) {
        if entry.is_used() && !entry.is_extended() {
            table.partitions.push(Partition {
                number,
                start: u64::from(entry.start) * size,
                length: u64::from(entry.sectors) * size,
                partition_type: PartitionType::Mbr(entry.kind),
                name: None,
            });
        }
    }
    let extended = record
        .entries
        .iter()
        .find(|entry| entry.is_used() && entry.is_extended());
    if let Some(extended) = extended
        && let Err(error) = logical(disk, extended.start, size, &mut table)
    {
        // The primary partitions are known all the same.
        table
            .remarks
            .push(format!("logical partitions are missing: {error}"));
    }
    table
}

/// Follows the chain of extended boot records.
fn logical(
    disk: &impl ReadAt,
    first: u32,
    size: u64,
    table: &mut PartitionTable,
) -> Result<(), ReadError> {
    let mut seen = BTreeSet::new();
    let mut next = Some(u64::from(first));
    let mut number = 5;
    while let Some(sector) = next {
        let offset = sector * size;
        if !seen.insert(sector) || seen.len() > MAX_LOGICAL {
            let limit = u64::try_from(MAX_LOGICAL).unwrap_or(u64::MAX);
            return Err(ReadError::too_much(
                "chain of extended boot records",
                offset,
                limit,
            ));
        }
        let bytes = structure(disk, offset, 512, "extended boot record")?;
        let record = BootRecord::parse(&bytes, offset)?.ok_or_else(|| {
            ReadError::unexpected(
                "extended boot record",
                offset.saturating_add(510),
                "55 AA",
                0,
            )
        })?;
        let [partition, link, ..] = record.entries;
        if partition.is_used() && !partition.is_extended() {
            table.partitions.push(Partition {
                number,
                start: sector.saturating_add(partition.start.into()) * size,
                length: u64::from(partition.sectors) * size,
                partition_type: PartitionType::Mbr(partition.kind),
                name: None,
            });
            number = number.saturating_add(1);
        }
        next = (link.is_used() && link.is_extended())
            .then(|| u64::from(first).saturating_add(link.start.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(disk: &mut [u8], sector: usize, entries: &[(u8, u32, u32)]) {
        let record = &mut disk[sector * 512..][..512];
        for (slot, (kind, start, sectors)) in entries.iter().enumerate() {
            let at = ENTRIES_OFFSET + slot * 16;
            record[at + 4] = *kind;
            record[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
            record[at + 12..at + 16].copy_from_slice(&sectors.to_le_bytes());
        }
        record[510..].copy_from_slice(&[0x55, 0xAA]);
    }

    fn places(disk: &Vec<u8>) -> Vec<(u32, u64, u64)> {
        PartitionTable::read(disk, None)
            .unwrap()
            .partitions
            .iter()
            .map(|partition| {
                (
                    partition.number,
                    partition.start / 512,
                    partition.length / 512,
                )
            })
            .collect()
    }

    #[test]
    fn primary_and_logical_partitions() {
        let mut disk = vec![0; 200 * 512];
        put(&mut disk, 0, &[(7, 2, 8), (0x0F, 20, 100), (7, 150, 10)]);
        put(&mut disk, 20, &[(7, 1, 9), (5, 30, 20)]);
        put(&mut disk, 50, &[(7, 2, 18)]);
        assert_eq!(
            places(&disk),
            [(1, 2, 8), (3, 150, 10), (5, 21, 9), (6, 52, 18)]
        );
    }

    #[test]
    fn a_chain_that_comes_back_ends() {
        let mut disk = vec![0; 200 * 512];
        put(&mut disk, 0, &[(7, 2, 8), (5, 20, 100)]);
        put(&mut disk, 20, &[(7, 1, 9), (5, 30, 20)]);
        put(&mut disk, 50, &[(7, 2, 18), (5, 0, 20)]);
        let table = PartitionTable::read(&disk, None).unwrap();
        assert_eq!(table.partitions.len(), 3);
        assert!(
            table.remarks[0].contains("chain of extended boot records"),
            "{:?}",
            table.remarks
        );
    }

    #[test]
    fn the_sector_size_is_the_one_that_finds_a_volume() {
        let mut disk = vec![0; 64 * 512];
        put(&mut disk, 0, &[(7, 4, 2)]);
        disk[4 * 4096 + 3..][..8].copy_from_slice(b"NTFS    ");
        assert_eq!(places(&disk), [(1, 32, 16)]);
    }
}
