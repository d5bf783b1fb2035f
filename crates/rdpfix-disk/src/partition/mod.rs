//! Where the partitions of a disk lie: GPT, MBR, or one volume without a table.

mod gpt;
mod mbr;

use std::fmt;

use rdpfix_formats::guid::Guid;
use rdpfix_formats::read_at::ReadAt;

use crate::error::ReadError;
use crate::volume_kind::VolumeKind;

/// How a disk is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// GUID partition table.
    Gpt,
    /// Master boot record, with logical partitions.
    Mbr,
    /// No table: the disk is one volume, or nothing that is known here.
    Undivided,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpt => "GPT",
            Self::Mbr => "MBR",
            Self::Undivided => "no partition table",
        })
    }
}

/// What the table says a partition is for. What is in it decides; this only helps where the content says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartitionType {
    /// The type GUID of a GPT.
    Gpt(Guid),
    /// The type byte of an MBR.
    Mbr(u8),
    /// The whole disk.
    Whole,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number as Windows and Linux count: the slot of a GPT from 1; 1 to 4 for primary partitions of an MBR, 5 and
    /// on for logical ones. Zero for a whole disk.
    pub number: u32,
    /// Where it begins on the disk, in bytes.
    pub start: u64,
    /// How long it is, in bytes. It may reach beyond the end of an image that was cut short.
    pub length: u64,
    /// What the table says it is for.
    pub partition_type: PartitionType,
    /// Its name, in a GPT.
    pub name: Option<String>,
}

/// The partitions of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionTable {
    /// How the disk is divided.
    pub scheme: Scheme,
    /// Bytes of a sector, 512 or 4096.
    pub sector_size: u32,
    /// The partitions, as the table has them.
    pub partitions: Vec<Partition>,
    /// What a person should know: a damaged copy, a partition that is not whole.
    pub remarks: Vec<String>,
}

impl PartitionTable {
    /// Reads the table of a disk. `sector_size` is what the container states; without it 512 and 4096 are tried.
    ///
    /// A disk without any table is one partition that holds the whole disk.
    ///
    /// # Errors
    /// [`ReadError`] when the disk cannot be read, or it is marked as GPT and both copies of the table are damaged.
    pub fn read(disk: &impl ReadAt, sector_size: Option<u32>) -> Result<Self, ReadError> {
        let mut front = [0; 512];
        disk.read_full_at(0, &mut front)
            .map_err(|error| ReadError::from_io("first sector of the disk", 0, &error))?;
        let sizes: &[u32] = match sector_size {
            Some(512) => &[512],
            Some(4096) => &[4096],
            _ => &[512, 4096],
        };
        let mut table = if VolumeKind::of_boot_sector(&front) == VolumeKind::Unknown {
            Self::divided(disk, &front, sizes)?
        } else {
            Self::undivided(disk)
        };
        table.note_cut_partitions(disk.len());
        Ok(table)
    }

    fn divided(disk: &impl ReadAt, front: &[u8], sizes: &[u32]) -> Result<Self, ReadError> {
        let boot_record = mbr::BootRecord::parse(front, 0)?;
        let protective = boot_record
            .as_ref()
            .is_some_and(mbr::BootRecord::is_protective);
        // Tools that make an MBR do not always wipe a GPT that was there, and Windows obeys the MBR.
        if let Some(boot_record) = boot_record.as_ref().filter(|_| !protective) {
            return mbr::read(disk, boot_record, sizes);
        }
        match gpt::read(disk, sizes) {
            Ok(table) => Ok(table),
            Err(error) if protective => Err(error),
            Err(_) => Ok(Self::undivided(disk)),
        }
    }

    fn undivided(disk: &impl ReadAt) -> Self {
        let whole = Partition {
            number: 0,
            start: 0,
            length: disk.len(),
            partition_type: PartitionType::Whole,
            name: None,
        };
        Self {
            scheme: Scheme::Undivided,
            sector_size: 512,
            partitions: vec![whole],
            remarks: Vec::new(),
        }
    }

    fn note_cut_partitions(&mut self, disk_length: u64) {
        for partition in &self.partitions {
            let end = partition.start.saturating_add(partition.length);
            if end > disk_length {
                self.remarks.push(format!(
                    "partition {} ends at byte {end:#x}, the disk at {disk_length:#x}: the image is cut short",
                    partition.number
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_of_nothing_is_one_unknown_partition() {
        for length in [0, 100, 512, 5000] {
            let table = PartitionTable::read(&vec![0_u8; length], None).unwrap();
            assert_eq!(table.scheme, Scheme::Undivided);
            assert_eq!(table.partitions.len(), 1);
            assert_eq!(table.remarks, Vec::<String>::new());
        }
    }
}
