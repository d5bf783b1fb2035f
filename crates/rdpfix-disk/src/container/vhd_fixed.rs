//! A fixed VHD: the disk from the first byte, the footer behind it.
//!
//! Virtual Hard Disk Image Format Specification 1.0, "Fixed Hard Disk Image".

use std::io;

use rdpfix_formats::read_at::ReadAt;

use super::vhd_footer::{Footer, Layout, end_offset};
use super::within;
use crate::error::ReadError;

/// The disk in a fixed VHD.
#[derive(Debug)]
pub struct VhdFixed<R> {
    source: R,
    disk_size: u64,
}

impl<R: ReadAt> VhdFixed<R> {
    /// Reads the footer at the end.
    ///
    /// # Errors
    /// [`ReadError`] when the footer is damaged, is that of a differencing disk, or states a disk larger than the file.
    pub fn open(source: R) -> Result<Self, ReadError> {
        let offset = end_offset(&source).unwrap_or(0);
        let footer = Footer::read(&source, offset)?;
        if footer.layout == Layout::Dynamic {
            // Its copy of the footer at the start is gone, and with it, as a rule, the tables behind it.
            return Err(ReadError::unexpected(
                "first sector of a dynamic VHD",
                0,
                "a copy of the footer, `conectix`",
                0,
            ));
        }
        if footer.disk_size > offset {
            return Err(ReadError::Mismatch {
                what: "size of the disk in a fixed VHD",
                offset: offset.saturating_add(48),
                expected: offset,
                found: footer.disk_size,
            });
        }
        Ok(Self {
            source,
            disk_size: footer.disk_size,
        })
    }
}

impl<R: ReadAt> ReadAt for VhdFixed<R> {
    fn len(&self) -> u64 {
        self.disk_size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = within(self.disk_size, offset, buf);
        self.source
            .read_at(offset, buf.get_mut(..count).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::vhd_footer::encode::footer;
    use super::*;

    #[test]
    fn the_footer_is_no_part_of_the_disk() {
        let mut file = vec![5; 2048];
        file.extend(footer(2, 2048, u64::MAX));
        let disk = VhdFixed::open(file).unwrap();
        let mut buf = [0; 4096];
        assert_eq!(disk.read_full_at(0, &mut buf).unwrap(), 2048);
        assert_eq!(disk.read_full_at(2047, &mut buf).unwrap(), 1);
    }

    #[test]
    fn a_disk_larger_than_its_file_is_refused() {
        let mut file = vec![5; 1024];
        file.extend(footer(2, 2048, u64::MAX));
        assert!(VhdFixed::open(file).is_err());
        assert!(VhdFixed::open(Vec::new()).is_err());
    }
}
