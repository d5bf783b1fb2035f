//! What a volume holds, by its first sector, and what to do when it is not what is wanted.

use std::fmt;

use rdpfix_formats::guid::Guid;

use crate::partition::PartitionType;

/// What a volume holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VolumeKind {
    /// The one that is read here.
    Ntfs,
    /// Encrypted by BitLocker, or by Azure Disk Encryption, which is the same.
    BitLocker,
    /// Resilient file system.
    Refs,
    /// FAT12, FAT16 or FAT32.
    Fat,
    /// exFAT.
    ExFat,
    /// Part of a dynamic disk (Logical Disk Manager): where its volumes lie is in a database of its own.
    DynamicDisk,
    /// Part of a storage pool.
    StorageSpaces,
    /// Reserved by Windows, without content.
    Reserved,
    /// None of these.
    Unknown,
}

/// Where a FAT boot sector has its type as text: FAT32, and FAT12 or FAT16.
const FAT_TEXTS: [(usize, &[u8]); 3] = [(82, b"FAT32   "), (54, b"FAT12   "), (54, b"FAT16   ")];
/// BitLocker To Go keeps the look of a FAT volume and has this GUID inside.
const BITLOCKER_TO_GO: &str = "4967D63B-2E29-4AD8-8399-F6A339E3D001";
const BITLOCKER_TO_GO_OFFSET: usize = 424;
const LDM_DATA: &str = "AF9B60A0-1431-4F62-BC68-3311714A69AD";
const LDM_METADATA: &str = "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3";
const STORAGE_SPACES: &str = "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D";
const MICROSOFT_RESERVED: &str = "E3C9E316-0B5C-4DB8-817D-F92DF00215AE";

impl VolumeKind {
    /// From the first 512 bytes of a volume.
    pub fn of_boot_sector(sector: &[u8]) -> Self {
        let has = |at: usize, text: &[u8]| sector.get(at..).is_some_and(|s| s.starts_with(text));
        let to_go = Guid::parse(BITLOCKER_TO_GO).map(Guid::to_bytes);
        if has(3, b"-FVE-FS-") || to_go.is_some_and(|guid| has(BITLOCKER_TO_GO_OFFSET, &guid)) {
            Self::BitLocker
        } else if has(3, b"NTFS    ") {
            Self::Ntfs
        } else if has(3, b"ReFS\0\0\0\0") {
            Self::Refs
        } else if has(3, b"EXFAT   ") {
            Self::ExFat
        } else if FAT_TEXTS.iter().any(|(at, text)| has(*at, text)) {
            Self::Fat
        } else {
            Self::Unknown
        }
    }

    /// From what the partition table says, for content that says nothing.
    pub fn of_partition_type(partition_type: PartitionType) -> Self {
        match partition_type {
            PartitionType::Mbr(0x42) => Self::DynamicDisk,
            PartitionType::Gpt(guid) => {
                let is = |text: &str| Guid::parse(text) == Some(guid);
                if is(LDM_DATA) || is(LDM_METADATA) {
                    Self::DynamicDisk
                } else if is(STORAGE_SPACES) {
                    Self::StorageSpaces
                } else if is(MICROSOFT_RESERVED) {
                    Self::Reserved
                } else {
                    Self::Unknown
                }
            }
            PartitionType::Mbr(_) | PartitionType::Whole => Self::Unknown,
        }
    }

    /// What a person can do about a volume of this kind that was expected to be Windows'.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Ntfs => "it is read",
            Self::BitLocker => {
                "it is encrypted: unlock a copy with its recovery key (in Windows `manage-bde -unlock`, on Linux \
                 `cryptsetup bitlkOpen` or dislocker) and give the unlocked volume; the key of an Azure disk is in its Key Vault"
            }
            Self::Refs => {
                "Windows does not start from ReFS: this is a data volume, give the system disk"
            }
            Self::Fat | Self::ExFat => {
                "it holds no Windows, at most its boot files: give the disk with the Windows volume"
            }
            Self::DynamicDisk => {
                "the disk is dynamic: attach a copy to a Windows machine, import it there and give an image of the volume"
            }
            Self::StorageSpaces => {
                "it is part of a storage pool: attach all disks of the pool to a Windows machine and give an image of the volume"
            }
            Self::Reserved => "it is reserved and holds nothing",
            Self::Unknown => {
                "nothing known is in it: is the image whole, is it in order, is it the system disk, is it encrypted by other software?"
            }
        }
    }
}

impl fmt::Display for VolumeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ntfs => "NTFS",
            Self::BitLocker => "BitLocker",
            Self::Refs => "ReFS",
            Self::Fat => "FAT",
            Self::ExFat => "exFAT",
            Self::DynamicDisk => "part of a dynamic disk",
            Self::StorageSpaces => "part of a storage pool",
            Self::Reserved => "Microsoft reserved partition",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_content() {
        for (at, text, kind) in [
            (3, &b"-FVE-FS-"[..], VolumeKind::BitLocker),
            (3, b"NTFS    ", VolumeKind::Ntfs),
            (3, b"ReFS\0\0\0\0", VolumeKind::Refs),
            (3, b"EXFAT   ", VolumeKind::ExFat),
            (82, b"FAT32   ", VolumeKind::Fat),
            (3, b"nothing ", VolumeKind::Unknown),
        ] {
            let mut sector = [0; 512];
            sector[at..at + text.len()].copy_from_slice(text);
            assert_eq!(VolumeKind::of_boot_sector(&sector), kind);
        }
        assert_eq!(VolumeKind::of_boot_sector(b""), VolumeKind::Unknown);
    }

    #[test]
    fn bitlocker_to_go_looks_like_fat() {
        let mut sector = [0; 512];
        sector[82..90].copy_from_slice(b"FAT32   ");
        sector[424..440].copy_from_slice(&Guid::parse(BITLOCKER_TO_GO).unwrap().to_bytes());
        assert_eq!(VolumeKind::of_boot_sector(&sector), VolumeKind::BitLocker);
    }

    #[test]
    fn the_table_helps_where_the_content_says_nothing() {
        let reserved = PartitionType::Gpt(Guid::parse(MICROSOFT_RESERVED).unwrap());
        assert_eq!(
            VolumeKind::of_partition_type(reserved),
            VolumeKind::Reserved
        );
        assert_eq!(
            VolumeKind::of_partition_type(PartitionType::Mbr(0x42)),
            VolumeKind::DynamicDisk
        );
    }
}
