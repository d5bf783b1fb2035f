//! A VHDX, fixed or dynamic: headers, region table, metadata, block allocation table.
//!
//! [MS-VHDX] <https://learn.microsoft.com/openspecs/windows_protocols/ms-vhdx/>

use std::io;

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::read_at::ReadAt;

use super::vhdx_metadata::Metadata;
use super::{read_block, within};
use crate::error::{ReadError, checksum};
use crate::source::{fill, structure};

pub(super) const FILE_SIGNATURE: &[u8] = b"vhdxfile";
const HEADERS: [u64; 2] = [64 << 10, 128 << 10];
const HEADER_SIZE: usize = 4096;
const REGION_TABLES: [u64; 2] = [192 << 10, 256 << 10];
const REGION_TABLE_SIZE: usize = 64 << 10;
/// The most entries a region table holds ([MS-VHDX] 2.2.3.1).
const MAX_REGIONS: u32 = 2047;
const BAT_REGION: &str = "2DC27766-F623-4200-9D64-115E9BFD4A08";
const METADATA_REGION: &str = "8B7CA206-4790-4B9A-B8FE-575F050F886E";
/// Sectors that one block of the sector bitmap covers; it stands in the table after the blocks it is for.
const SECTORS_A_CHUNK: u64 = 1 << 23;
const MEBIBYTE_SHIFT: u32 = 20;

/// The disk in a VHDX.
#[derive(Debug)]
pub struct Vhdx<R> {
    source: R,
    metadata: Metadata,
    table: Region,
    /// How many blocks stand in the table between two bitmaps.
    chunk_ratio: u64,
}

#[derive(Debug, Clone, Copy)]
struct Region {
    offset: u64,
    length: u64,
}

impl<R: ReadAt> Vhdx<R> {
    /// Reads the headers, the region table and the metadata.
    ///
    /// # Errors
    /// [`ReadError`] when both copies of a structure are damaged, when the log must be replayed first, or when the disk
    /// is a differencing one.
    pub fn open(source: R) -> Result<Self, ReadError> {
        current_header(&source)?.check_log()?;
        let (table, metadata) = regions(&source)?;
        let metadata = Metadata::read(&source, metadata.offset)?;
        let chunk_ratio =
            SECTORS_A_CHUNK * u64::from(metadata.sector_size) / u64::from(metadata.block_size);
        Ok(Self {
            source,
            metadata,
            table,
            chunk_ratio: chunk_ratio.max(1),
        })
    }

    /// Bytes of a logical sector, 512 or 4096.
    pub const fn sector_size(&self) -> u32 {
        self.metadata.sector_size
    }

    /// Where a block lies in the file; nowhere when it holds zeros.
    fn block(&self, number: u64) -> Result<Option<u64>, ReadError> {
        let index = number.saturating_add(number / self.chunk_ratio);
        let offset = self.table.offset.saturating_add(index.saturating_mul(8));
        if index >= self.table.length / 8 {
            return Err(ReadError::too_much(
                "entries of the VHDX block allocation table",
                offset,
                self.table.length / 8,
            ));
        }
        let mut entry = [0; 8];
        fill(
            &self.source,
            offset,
            &mut entry,
            "VHDX block allocation table entry",
        )?;
        let entry = u64::from_le_bytes(entry);
        match entry & 7 {
            // Not present, undefined, zero, unmapped: a disk without a parent has zeros there.
            0..=3 => Ok(None),
            6 => Ok(Some((entry >> MEBIBYTE_SHIFT) << MEBIBYTE_SHIFT)),
            state => Err(ReadError::unexpected(
                "VHDX block state",
                offset,
                "0 to 3 or 6",
                state,
            )),
        }
    }
}

impl<R: ReadAt> ReadAt for Vhdx<R> {
    fn len(&self) -> u64 {
        self.metadata.disk_size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = within(self.metadata.disk_size, offset, buf);
        let buf = buf.get_mut(..count).unwrap_or_default();
        if buf.is_empty() {
            return Ok(0);
        }
        let block_size = u64::from(self.metadata.block_size);
        let inside = offset % block_size;
        let at = self.block(offset / block_size)?;
        let at = at.map(|at| at.saturating_add(inside));
        let rest = block_size.saturating_sub(inside);
        read_block(&self.source, at, buf, rest, "VHDX block")
    }
}

/// [MS-VHDX] 2.2.2, Headers.
#[derive(Debug)]
struct Header {
    offset: u64,
    sequence: u64,
    log: Guid,
    version: u16,
}

impl Header {
    fn read(source: &impl ReadAt, offset: u64) -> Result<Self, ReadError> {
        let bytes = structure(source, offset, HEADER_SIZE, "VHDX header")?;
        check(&bytes, offset, *b"head", "VHDX header", "`head`")?;
        let mut cursor = Cursor::new(&bytes, offset);
        cursor.take(8, "VHDX header")?;
        let sequence = cursor.u64("VHDX header sequence number")?;
        cursor.take(32, "VHDX file and data GUID")?;
        let log = Guid::from_bytes(cursor.array("VHDX log GUID")?);
        cursor.u16("VHDX log version")?;
        let version = cursor.u16("VHDX version")?;
        Ok(Self {
            offset,
            sequence,
            log,
            version,
        })
    }

    fn check_log(&self) -> Result<(), ReadError> {
        if self.version != 1 {
            return Err(ReadError::unexpected(
                "VHDX version",
                self.offset.saturating_add(66),
                "1",
                self.version.into(),
            ));
        }
        if self.log.to_bytes() != [0; 16] {
            return Err(ReadError::unsupported(
                "VHDX with a log that is not empty",
                self.offset.saturating_add(48),
                "the disk was in use when it was copied, and its last changes are in the log only. Copy it with the machine stopped, or \
                 attach a copy once to replay the log (in Windows `Mount-VHD` and `Dismount-VHD`, elsewhere `qemu-img check -r all COPY`)",
            ));
        }
        Ok(())
    }
}

/// The valid header with the higher sequence number.
fn current_header(source: &impl ReadAt) -> Result<Header, ReadError> {
    let [first, second] = HEADERS.map(|offset| Header::read(source, offset));
    match (first, second) {
        (Ok(first), Ok(second)) if second.sequence > first.sequence => Ok(second),
        (Ok(first), _) => Ok(first),
        (Err(_), Ok(second)) => Ok(second),
        (Err(error), Err(_)) => Err(error),
    }
}

/// The block allocation table and the metadata, by the first region table that is whole.
fn regions(source: &impl ReadAt) -> Result<(Region, Region), ReadError> {
    let [first, second] = REGION_TABLES;
    region_table(source, first).or_else(|error| region_table(source, second).map_err(|_| error))
}

/// [MS-VHDX] 2.2.3, Region Table.
fn region_table(source: &impl ReadAt, offset: u64) -> Result<(Region, Region), ReadError> {
    let bytes = structure(source, offset, REGION_TABLE_SIZE, "VHDX region table")?;
    check(&bytes, offset, *b"regi", "VHDX region table", "`regi`")?;
    let mut cursor = Cursor::new(&bytes, offset);
    cursor.take(8, "VHDX region table")?;
    let count = cursor.u32("VHDX region count")?;
    if count > MAX_REGIONS {
        return Err(ReadError::too_much(
            "regions of a VHDX",
            offset,
            MAX_REGIONS.into(),
        ));
    }
    cursor.take(4, "VHDX region table")?;
    let (bat, metadata) = (Guid::parse(BAT_REGION), Guid::parse(METADATA_REGION));
    let mut found = (None, None);
    for _ in 0..count {
        let at = cursor.offset();
        let guid = Some(Guid::from_bytes(cursor.array("VHDX region")?));
        let region = Region {
            offset: cursor.u64("VHDX region offset")?,
            length: cursor.u32("VHDX region length")?.into(),
        };
        let required = cursor.u32("VHDX region flags")? & 1 != 0;
        if guid == bat {
            found.0 = Some(region);
        } else if guid == metadata {
            found.1 = Some(region);
        } else if required {
            return Err(ReadError::unsupported(
                "VHDX with a required region of an unknown kind",
                at,
                "convert it with `qemu-img convert -O raw IMAGE disk.raw`, or in Windows with `Convert-VHD`, and give the result",
            ));
        }
    }
    match found {
        (Some(bat), Some(metadata)) => Ok((bat, metadata)),
        _ => Err(ReadError::unexpected(
            "VHDX region table",
            offset,
            "a block allocation table and a metadata region",
            count.into(),
        )),
    }
}

/// The signature, and the CRC-32C over the structure with its own four bytes as zero.
fn check(
    bytes: &[u8],
    offset: u64,
    signature: [u8; 4],
    what: &'static str,
    expected: &'static str,
) -> Result<(), ReadError> {
    let mut cursor = Cursor::new(bytes, offset);
    let found = cursor.array::<4>(what)?;
    if found != signature {
        let found = u32::from_be_bytes(found).into();
        return Err(ReadError::unexpected(what, offset, expected, found));
    }
    let stored = cursor.u32(what)?;
    let rest = bytes.get(8..).unwrap_or_default();
    let computed = crc32c(signature.iter().chain(&[0; 4]).chain(rest));
    checksum(what, offset, stored, computed)
}

/// CRC-32C (Castagnoli), a bit at a time: it is used on a few pages when a disk is opened.
fn crc32c<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    let crc = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let polynomial = if crc & 1 == 1 { 0x82F6_3B78 } else { 0 };
            (crc >> 1) ^ polynomial
        })
    });
    !crc
}

#[cfg(test)]
#[path = "vhdx_tests.rs"]
mod tests;
