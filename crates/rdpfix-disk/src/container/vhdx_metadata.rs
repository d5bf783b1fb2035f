//! The metadata region of a VHDX: the table of items, and the ones that describe the disk.
//!
//! [MS-VHDX] 2.6, Metadata Region.

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::read_at::ReadAt;

use crate::error::ReadError;
use crate::source::structure;

const SIGNATURE: [u8; 8] = *b"metadata";
const TABLE_SIZE: usize = 64 << 10;
/// The most items a table holds ([MS-VHDX] 2.6.1.1).
const MAX_ITEMS: u16 = 2047;
const FILE_PARAMETERS: &str = "CAA16737-FA36-4D43-B3B6-33F0AA44E76B";
const DISK_SIZE: &str = "2FA54224-CD1B-4876-B211-5DBED83BF4B8";
const SECTOR_SIZE: &str = "8141BF1D-A96F-4709-BA47-F233A8FAAB5F";
/// Set in the file parameters of a differencing disk.
const HAS_PARENT: u32 = 2;

/// What the metadata says of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) block_size: u32,
    pub(super) disk_size: u64,
    pub(super) sector_size: u32,
}

impl Metadata {
    /// From the region that begins at `region`.
    pub(super) fn read(source: &impl ReadAt, region: u64) -> Result<Self, ReadError> {
        let table = structure(source, region, TABLE_SIZE, "VHDX metadata table")?;
        let items = Items {
            source,
            region,
            table: &table,
        };
        let (at, parameters) = items.item::<8>(FILE_PARAMETERS, "VHDX file parameters")?;
        let mut cursor = Cursor::new(&parameters, at);
        let block_size = cursor.u32("VHDX block size")?;
        if cursor.u32("VHDX file parameters")? & HAS_PARENT != 0 {
            return Err(ReadError::unsupported(
                "differencing VHDX",
                at,
                "it holds only the changes to a parent: merge it into the parent (in Windows `Merge-VHD`) on a copy, and give the result",
            ));
        }
        if !block_size.is_power_of_two() || !(1 << 20..=256 << 20).contains(&block_size) {
            return Err(ReadError::unexpected(
                "VHDX block size",
                at,
                "a power of two from 1 MiB to 256 MiB",
                block_size.into(),
            ));
        }
        let (_, disk_size) = items.item::<8>(DISK_SIZE, "VHDX disk size")?;
        let (at, sector_size) = items.item::<4>(SECTOR_SIZE, "VHDX sector size")?;
        let sector_size = u32::from_le_bytes(sector_size);
        if !matches!(sector_size, 512 | 4096) {
            return Err(ReadError::unexpected(
                "VHDX sector size",
                at,
                "512 or 4096",
                sector_size.into(),
            ));
        }
        Ok(Self {
            block_size,
            disk_size: u64::from_le_bytes(disk_size),
            sector_size,
        })
    }
}

struct Items<'a, R> {
    source: &'a R,
    region: u64,
    table: &'a [u8],
}

impl<R: ReadAt> Items<'_, R> {
    /// The first `N` bytes of an item, and where they lie in the file.
    fn item<const N: usize>(
        &self,
        id: &str,
        what: &'static str,
    ) -> Result<(u64, [u8; N]), ReadError> {
        let mut cursor = Cursor::new(self.table, self.region);
        let signature = cursor.array::<8>("VHDX metadata table")?;
        if signature != SIGNATURE {
            return Err(ReadError::unexpected(
                "VHDX metadata table",
                self.region,
                "`metadata`",
                u64::from_be_bytes(signature),
            ));
        }
        cursor.take(2, "VHDX metadata table")?;
        let count = cursor.u16("VHDX metadata item count")?;
        if count > MAX_ITEMS {
            return Err(ReadError::too_much(
                "items of the VHDX metadata table",
                self.region,
                MAX_ITEMS.into(),
            ));
        }
        cursor.take(20, "VHDX metadata table")?;
        let wanted = Guid::parse(id);
        for _ in 0..count {
            let guid = Guid::from_bytes(cursor.array("VHDX metadata item")?);
            let offset = cursor.u32("VHDX metadata item offset")?;
            cursor.take(12, "VHDX metadata item")?;
            if Some(guid) == wanted {
                let at = self.region.saturating_add(offset.into());
                let bytes = structure(self.source, at, N, what)?;
                return Ok((at, Cursor::new(&bytes, at).array(what)?));
            }
        }
        Err(ReadError::unexpected(
            what,
            self.region,
            "an item of that kind in the metadata table",
            0,
        ))
    }
}
