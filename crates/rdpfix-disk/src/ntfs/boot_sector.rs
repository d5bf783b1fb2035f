//! The boot sector: how large the units of a volume are and where its master file table begins.
//!
//! Linux-NTFS documentation, "$Boot".

use rdpfix_formats::cursor::Cursor;

use crate::error::ReadError;
use crate::number::power_of_two;

/// The largest cluster Windows makes is 2 MiB, since Windows 10 1709.
const MAX_CLUSTER: u64 = 2 << 20;
/// Records and index blocks: 1024 or 4096 bytes in practice.
const MAX_RECORD: u64 = 64 << 10;

/// The sizes that all other structures are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootSector {
    /// Bytes of a sector.
    pub sector_size: u32,
    /// Bytes of a cluster.
    pub cluster_size: u64,
    /// Sectors of the volume.
    pub sectors: u64,
    /// First cluster of `$MFT`.
    pub mft: u64,
    /// First cluster of the copy of its first four records.
    pub mft_mirror: u64,
    /// Bytes of a file record.
    pub record_size: u32,
    /// The volume's serial number.
    pub serial: u64,
}

impl BootSector {
    /// From the first 512 bytes of a volume.
    ///
    /// # Errors
    /// [`ReadError`] when a size is none that NTFS has.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(bytes, 0);
        cursor.take(3, "NTFS boot sector")?;
        let oem = cursor.array::<8>("NTFS boot sector")?;
        if oem != *b"NTFS    " {
            let found = u64::from_be_bytes(oem);
            return Err(ReadError::unexpected(
                "NTFS boot sector",
                3,
                "`NTFS    `",
                found,
            ));
        }
        let sector_size = cursor.u16("NTFS sector size")?;
        if !sector_size.is_power_of_two() || !(256..=4096).contains(&sector_size) {
            return Err(ReadError::unexpected(
                "NTFS sector size",
                11,
                "a power of two from 256 to 4096",
                sector_size.into(),
            ));
        }
        let sectors_a_cluster = cursor.u8("NTFS sectors per cluster")?;
        let cluster_size = cluster_size(sectors_a_cluster, sector_size.into())?;
        cursor.take(26, "NTFS boot sector")?;
        let sectors = cursor.u64("NTFS volume size")?;
        let mft = cursor.u64("NTFS $MFT cluster")?;
        let mft_mirror = cursor.u64("NTFS $MFTMirr cluster")?;
        let record_size = record_size(cursor.u8("NTFS file record size")?, cluster_size)?;
        cursor.take(7, "NTFS boot sector")?;
        let serial = cursor.u64("NTFS serial number")?;
        Ok(Self {
            sector_size: sector_size.into(),
            cluster_size,
            sectors,
            mft,
            mft_mirror,
            record_size,
            serial,
        })
    }
}

/// A count of sectors, or above 128 a negative exponent: 0xF4 is 2^12 sectors.
fn cluster_size(encoded: u8, sector_size: u64) -> Result<u64, ReadError> {
    let sectors = if encoded > 0x80 {
        power_of_two(u32::from(encoded.wrapping_neg()))
    } else {
        Some(u64::from(encoded))
    };
    sectors
        .map(|sectors| sectors.saturating_mul(sector_size))
        .filter(|size| size.is_power_of_two() && *size <= MAX_CLUSTER)
        .ok_or_else(|| {
            ReadError::unexpected(
                "NTFS sectors per cluster",
                13,
                "a power of two that makes clusters of at most 2 MiB",
                encoded.into(),
            )
        })
}

/// A count of clusters, or above 127 a negative exponent of bytes: 0xF6 is 2^10 bytes.
fn record_size(encoded: u8, cluster_size: u64) -> Result<u32, ReadError> {
    let size = if encoded >= 0x80 {
        power_of_two(u32::from(encoded.wrapping_neg()))
    } else {
        Some(u64::from(encoded).saturating_mul(cluster_size))
    };
    size.filter(|size| size.is_power_of_two() && (512..=MAX_RECORD).contains(size))
        .and_then(|size| u32::try_from(size).ok())
        .ok_or_else(|| {
            ReadError::unexpected(
                "NTFS file record size",
                64,
                "a power of two from 512 to 65536 bytes",
                encoded.into(),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(size: u16, per_cluster: u8, record: u8) -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[3..11].copy_from_slice(b"NTFS    ");
        bytes[11..13].copy_from_slice(&size.to_le_bytes());
        bytes[13] = per_cluster;
        bytes[64] = record;
        bytes
    }

    #[test]
    fn sizes_plain_and_negative() {
        for (size, per_cluster, record, expected) in [
            (512, 8, 0xF6, (4096, 1024)),
            (4096, 1, 1, (4096, 4096)),
            (512, 128, 0xF6, (65536, 1024)),
            (512, 0xF4, 0xF6, (2 << 20, 1024)),
            (512, 1, 2, (512, 1024)),
        ] {
            let boot = BootSector::parse(&sector(size, per_cluster, record)).unwrap();
            assert_eq!((boot.cluster_size, boot.record_size), expected);
        }
    }

    #[test]
    fn sizes_that_do_not_exist_are_refused() {
        for (size, per_cluster, record) in [
            (500, 8, 0xF6),
            (512, 3, 0xF6),
            (512, 0, 0xF6),
            (512, 0xF3, 0xF6),
            (512, 0x81, 0xF6),
            (512, 8, 0),
            (512, 8, 0x80),
            (512, 8, 0xEF),
        ] {
            assert!(BootSector::parse(&sector(size, per_cluster, record)).is_err());
        }
        assert!(BootSector::parse(&[0; 512]).is_err());
        assert!(BootSector::parse(&sector(512, 8, 0xF6)[..60]).is_err());
    }
}
