//! A dynamic VHD: a table says where each block of the disk lies in the file.
//!
//! Virtual Hard Disk Image Format Specification 1.0, "Dynamic Disk Header Format" and "Block Allocation Table and Data
//! Blocks". The bitmap before each block is not read: a sector that was never written holds zeros in a block that was
//! allocated, as every known writer makes it.

use std::io;

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;

use super::big_endian::{u32_be, u64_be};
use super::vhd_footer::{Footer, Layout, check, end_offset};
use super::{read_block, within};
use crate::error::ReadError;
use crate::source::{fill, structure};

const HEADER_SIZE: usize = 1024;
const HEADER_COOKIE: &[u8] = b"cxsparse";
const CHECKSUM_OFFSET: usize = 36;
/// The entry of a block that was never written.
const UNUSED: u32 = 0xFFFF_FFFF;
const SECTOR: u64 = 512;

/// The disk in a dynamic VHD.
#[derive(Debug)]
pub struct VhdDynamic<R> {
    source: R,
    disk_size: u64,
    table_offset: u64,
    table_entries: u32,
    block_size: u64,
    /// Bytes before a block's data.
    bitmap_size: u64,
}

impl<R: ReadAt> VhdDynamic<R> {
    /// Reads the footer at the end, or its copy at the start when that one is damaged, and the dynamic header.
    ///
    /// # Errors
    /// [`ReadError`] when both footers or the header are damaged, or the disk is a differencing one.
    pub fn open(source: R) -> Result<Self, ReadError> {
        let at_end = end_offset(&source).map(|offset| Footer::read(&source, offset));
        let footer = match at_end {
            Some(Ok(footer)) => footer,
            Some(Err(error @ ReadError::Unsupported { .. })) => return Err(error),
            _ => Footer::read(&source, 0)?,
        };
        if footer.layout != Layout::Dynamic {
            return Err(ReadError::unexpected(
                "VHD disk type in a file that begins with a footer",
                60,
                "3 (dynamic)",
                2,
            ));
        }
        Self::with_header(source, footer)
    }

    fn with_header(source: R, footer: Footer) -> Result<Self, ReadError> {
        let offset = footer.header_offset;
        let bytes = structure(&source, offset, HEADER_SIZE, "VHD dynamic header")?;
        let mut cursor = Cursor::new(&bytes, offset);
        let cookie = cursor.array::<8>("VHD dynamic header")?;
        if cookie != HEADER_COOKIE {
            let found = u64::from_be_bytes(cookie);
            return Err(ReadError::unexpected(
                "VHD dynamic header",
                offset,
                "`cxsparse`",
                found,
            ));
        }
        cursor.take(8, "VHD next header")?;
        let table_offset = u64_be(&mut cursor, "VHD block table offset")?;
        cursor.take(4, "VHD header version")?;
        let table_entries = u32_be(&mut cursor, "VHD block table entries")?;
        let block_size = u32_be(&mut cursor, "VHD block size")?;
        let stored = u32_be(&mut cursor, "VHD dynamic header checksum")?;
        check(
            "VHD dynamic header checksum",
            offset,
            &bytes,
            CHECKSUM_OFFSET,
            stored,
        )?;
        let block_size = u64::from(block_size);
        if !block_size.is_power_of_two() || block_size < SECTOR {
            return Err(ReadError::unexpected(
                "VHD block size",
                offset.saturating_add(32),
                "a power of two of at least 512",
                block_size,
            ));
        }
        // One bit a sector, in whole sectors.
        let bitmap_size = (block_size / SECTOR / 8).next_multiple_of(SECTOR);
        Ok(Self {
            source,
            disk_size: footer.disk_size,
            table_offset,
            table_entries,
            block_size,
            bitmap_size,
        })
    }

    /// Where a block's data lies in the file; nowhere when it was never written.
    fn block(&self, number: u64) -> Result<Option<u64>, ReadError> {
        let offset = self.table_offset.saturating_add(number.saturating_mul(4));
        if number >= u64::from(self.table_entries) {
            return Err(ReadError::too_much(
                "entries of the VHD block table",
                offset,
                self.table_entries.into(),
            ));
        }
        let mut entry = [0; 4];
        fill(&self.source, offset, &mut entry, "VHD block table entry")?;
        let sector = u32::from_be_bytes(entry);
        Ok((sector != UNUSED)
            .then(|| (u64::from(sector) * SECTOR).saturating_add(self.bitmap_size)))
    }
}

impl<R: ReadAt> ReadAt for VhdDynamic<R> {
    fn len(&self) -> u64 {
        self.disk_size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = within(self.disk_size, offset, buf);
        let buf = buf.get_mut(..count).unwrap_or_default();
        if buf.is_empty() {
            return Ok(0);
        }
        let inside = offset % self.block_size;
        let at = self.block(offset / self.block_size)?;
        let at = at.map(|at| at.saturating_add(inside));
        let rest = self.block_size.saturating_sub(inside);
        read_block(&self.source, at, buf, rest, "VHD block")
    }
}

#[cfg(test)]
mod tests {
    use super::super::vhd_footer::checksum;
    use super::super::vhd_footer::encode::footer;
    use super::*;

    /// Three blocks of 4 KiB, of which the middle one was written with 7.
    fn file(table: [u32; 3]) -> Vec<u8> {
        let mut file = footer(3, 10_000, 512);
        let mut header = HEADER_COOKIE.to_vec();
        header.extend(u64::MAX.to_be_bytes());
        header.extend(1536_u64.to_be_bytes());
        header.extend(0x0001_0000_u32.to_be_bytes());
        header.extend(3_u32.to_be_bytes());
        header.extend(4096_u32.to_be_bytes());
        header.resize(HEADER_SIZE, 0);
        let sum = checksum(&header, CHECKSUM_OFFSET);
        header[36..40].copy_from_slice(&sum.to_be_bytes());
        file.extend(header);
        for entry in table {
            file.extend(entry.to_be_bytes());
        }
        file.resize(2048, 0);
        file.extend([0xFF; 512]);
        file.extend([7; 4096]);
        file.extend(footer(3, 10_000, 512));
        file
    }

    #[test]
    fn blocks_and_holes() {
        let disk = VhdDynamic::open(file([UNUSED, 4, UNUSED])).unwrap();
        let mut all = vec![1; 20_000];
        assert_eq!(disk.read_full_at(0, &mut all).unwrap(), 10_000);
        assert!(all[..4096].iter().all(|byte| *byte == 0));
        assert!(all[4096..8192].iter().all(|byte| *byte == 7));
        assert!(all[8192..10_000].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn the_copy_of_the_footer_serves_when_the_end_is_damaged() {
        let mut cut = file([UNUSED, 4, UNUSED]);
        cut.truncate(cut.len() - 100);
        assert!(VhdDynamic::open(cut).is_ok());
    }

    #[test]
    fn a_block_outside_the_file_is_an_error_that_says_where() {
        let disk = VhdDynamic::open(file([UNUSED, 4, 0x00FF_FFFF])).unwrap();
        let error = disk.read_full_at(8192, &mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(
            error
                .to_string()
                .starts_with("VHD block at offset 0x200000000")
        );
    }
}
