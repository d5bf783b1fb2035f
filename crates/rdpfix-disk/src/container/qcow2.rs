//! A qcow2 image, version 2 or 3, without backing file and not encrypted.
//!
//! <https://www.qemu.org/docs/master/interop/qcow2.html>

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;

use super::big_endian::{u32_be, u64_be};
use super::{read_block, within};
use crate::error::ReadError;
use crate::number::{index, wide};
use crate::source::{fill, structure};

pub(super) const MAGIC: [u8; 4] = *b"QFI\xFB";
/// Bits 9 to 55 of a table entry.
const OFFSET_MASK: u64 = 0x00FF_FFFF_FFFF_FE00;
const COMPRESSED: u64 = 1 << 62;
/// In version 3: the cluster reads as zeros, whether it is allocated or not.
const ZERO: u64 = 1;
/// Incompatible features that change nothing for a reader: reference counts may be stale; the compression type is stated.
const HARMLESS_FEATURES: u64 = 1 | 1 << 3;
/// How many bytes of unpacked clusters are kept, and how many clusters at most: they are looked through one by one.
const KEPT_BYTES: u64 = 16 << 20;
const KEPT_CLUSTERS: u64 = 256;
const CONVERT: &str = "convert it with `qemu-img convert -O raw IMAGE disk.raw` and give disk.raw";

/// The disk in a qcow2 image.
#[derive(Debug)]
pub struct Qcow2<R> {
    source: R,
    disk_size: u64,
    cluster_bits: u32,
    l1_offset: u64,
    l1_entries: u64,
    version: u32,
    unpacked: Mutex<VecDeque<(u64, Arc<[u8]>)>>,
}

/// Where a cluster of the disk is.
enum Place {
    Zeros,
    At(u64),
    /// The table entry that describes it.
    Packed(u64),
}

impl<R: ReadAt> Qcow2<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`ReadError`] when it is damaged, or the image has a backing file, an external data file, encryption, extended
    /// table entries or another compression than zlib.
    pub fn open(source: R) -> Result<Self, ReadError> {
        let length = index(source.len()).min(112);
        let bytes = structure(&source, 0, length, "qcow2 header")?;
        let mut cursor = Cursor::new(&bytes, 0);
        cursor.take(4, "qcow2 magic")?;
        let version = u32_be(&mut cursor, "qcow2 version")?;
        if !matches!(version, 2 | 3) {
            return Err(ReadError::unexpected(
                "qcow2 version",
                4,
                "2 or 3",
                version.into(),
            ));
        }
        let backing = u64_be(&mut cursor, "qcow2 backing file offset")?;
        if backing != 0 {
            return Err(ReadError::unsupported(
                "qcow2 with a backing file",
                8,
                "it holds only the changes to that file: with both in place, convert it with `qemu-img convert -O raw IMAGE disk.raw` and give disk.raw",
            ));
        }
        cursor.take(4, "qcow2 backing file size")?;
        let cluster_bits = u32_be(&mut cursor, "qcow2 cluster bits")?;
        if !(9..=21).contains(&cluster_bits) {
            return Err(ReadError::unexpected(
                "qcow2 cluster bits",
                20,
                "9 to 21",
                cluster_bits.into(),
            ));
        }
        let disk_size = u64_be(&mut cursor, "qcow2 disk size")?;
        if u32_be(&mut cursor, "qcow2 encryption method")? != 0 {
            return Err(ReadError::unsupported("encrypted qcow2", 32, CONVERT));
        }
        let l1_entries = u64::from(u32_be(&mut cursor, "qcow2 L1 size")?);
        let l1_offset = u64_be(&mut cursor, "qcow2 L1 offset")?;
        if version == 3 {
            cursor.seek(72, "qcow2 incompatible features")?;
            check_features(&mut cursor)?;
        }
        Ok(Self {
            source,
            disk_size,
            cluster_bits,
            l1_offset,
            l1_entries,
            version,
            unpacked: Mutex::default(),
        })
    }

    fn cluster_size(&self) -> u64 {
        1 << self.cluster_bits
    }

    fn entry(&self, offset: u64, what: &'static str) -> Result<u64, ReadError> {
        let mut entry = [0; 8];
        fill(&self.source, offset, &mut entry, what)?;
        Ok(u64::from_be_bytes(entry))
    }

    /// Looks a cluster up in the two tables.
    fn place(&self, offset: u64) -> Result<Place, ReadError> {
        let l2_bits = self.cluster_bits.saturating_sub(3);
        let cluster = offset >> self.cluster_bits;
        let l1_index = cluster >> l2_bits;
        let l1_at = self.l1_offset.saturating_add(l1_index.saturating_mul(8));
        if l1_index >= self.l1_entries {
            return Err(ReadError::too_much(
                "entries of the qcow2 L1 table",
                l1_at,
                self.l1_entries,
            ));
        }
        let l2 = self.entry(l1_at, "qcow2 L1 entry")? & OFFSET_MASK;
        if l2 == 0 {
            return Ok(Place::Zeros);
        }
        let l2_index = cluster & (1_u64 << l2_bits).saturating_sub(1);
        let entry = self.entry(
            l2.saturating_add(l2_index.saturating_mul(8)),
            "qcow2 L2 entry",
        )?;
        if entry & COMPRESSED != 0 {
            return Ok(Place::Packed(entry));
        }
        let zero = self.version == 3 && entry & ZERO != 0;
        Ok(match entry & OFFSET_MASK {
            0 => Place::Zeros,
            _ if zero => Place::Zeros,
            at => Place::At(at),
        })
    }

    /// A cluster that is stored packed. The ones used last are kept: many small reads fall into one.
    fn unpacked(&self, entry: u64) -> Result<Arc<[u8]>, ReadError> {
        let kept = || self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = kept().iter().find(|(of, _)| *of == entry) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.unpack(entry)?.into();
        let mut clusters = kept();
        let most = (KEPT_BYTES / self.cluster_size()).min(KEPT_CLUSTERS);
        if wide(clusters.len()) >= most {
            clusters.pop_front();
        }
        clusters.push_back((entry, Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn unpack(&self, entry: u64) -> Result<Vec<u8>, ReadError> {
        // Below bit x the offset, above it how many sectors beyond the first the packed data touches.
        let x = 62_u32.saturating_sub(self.cluster_bits.saturating_sub(8));
        let offset = entry & (1_u64 << x).saturating_sub(1);
        let sectors = ((entry & !(3 << 62)) >> x).saturating_add(1);
        let length = (sectors * 512).saturating_sub(offset & 511);
        // The last sector may end with the file.
        let length = length.min(self.source.len().saturating_sub(offset));
        let packed = structure(
            &self.source,
            offset,
            index(length),
            "compressed qcow2 cluster",
        )?;
        let mut bytes = vec![0; index(self.cluster_size())];
        let mut state = DecompressorOxide::new();
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (_, _, written) = decompress(&mut state, &packed, &mut bytes, 0, flags);
        if written < bytes.len() {
            return Err(ReadError::Mismatch {
                what: "unpacked length of a compressed qcow2 cluster",
                offset,
                expected: wide(bytes.len()),
                found: wide(written),
            });
        }
        Ok(bytes)
    }
}

fn check_features(cursor: &mut Cursor<'_>) -> Result<(), ReadError> {
    let features = u64_be(cursor, "qcow2 incompatible features")?;
    let unknown = features & !HARMLESS_FEATURES;
    if unknown != 0 {
        let what = match unknown {
            _ if unknown & 1 << 1 != 0 => "qcow2 that is marked corrupt",
            _ if unknown & 1 << 2 != 0 => "qcow2 with an external data file",
            _ if unknown & 1 << 4 != 0 => "qcow2 with extended L2 entries",
            _ => "qcow2 with an incompatible feature that is not known here",
        };
        return Err(ReadError::unsupported(what, 72, CONVERT));
    }
    cursor.take(20, "qcow2 features")?;
    let header_length = u32_be(cursor, "qcow2 header length")?;
    if header_length > 104 && cursor.u8("qcow2 compression type")? != 0 {
        return Err(ReadError::unsupported(
            "qcow2 compressed with zstd",
            104,
            CONVERT,
        ));
    }
    Ok(())
}

impl<R: ReadAt> ReadAt for Qcow2<R> {
    fn len(&self) -> u64 {
        self.disk_size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = within(self.disk_size, offset, buf);
        let buf = buf.get_mut(..count).unwrap_or_default();
        if buf.is_empty() {
            return Ok(0);
        }
        let inside = offset % self.cluster_size();
        let rest = self.cluster_size().saturating_sub(inside);
        match self.place(offset)? {
            Place::Zeros => read_block(&self.source, None, buf, rest, "qcow2 cluster"),
            Place::At(at) => {
                let at = Some(at.saturating_add(inside));
                read_block(&self.source, at, buf, rest, "qcow2 cluster")
            }
            Place::Packed(entry) => {
                let cluster = self.unpacked(entry)?;
                (*cluster).read_at(inside, buf)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clusters of 512 bytes: one of 7, one packed, one zero; the fourth's table is missing.
    fn file(version: u32, features: u64, backing: u64) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(version.to_be_bytes());
        file.extend(backing.to_be_bytes());
        file.extend(0_u32.to_be_bytes());
        file.extend(9_u32.to_be_bytes());
        file.extend((64 * 512 + 100_u64).to_be_bytes());
        file.extend(0_u32.to_be_bytes());
        file.extend(2_u32.to_be_bytes());
        file.extend(512_u64.to_be_bytes());
        file.resize(72, 0);
        file.extend(features.to_be_bytes());
        file.resize(100, 0);
        file.extend(104_u32.to_be_bytes());
        file.resize(512, 0);
        file.extend((1024_u64 | 1 << 63).to_be_bytes());
        file.resize(1024, 0);
        file.extend((1536_u64 | 1 << 63).to_be_bytes());
        file.extend(((2048_u64 + 3) | COMPRESSED).to_be_bytes());
        file.extend((1536_u64 | ZERO).to_be_bytes());
        file.resize(1536, 0);
        file.extend([7; 512]);
        file.extend([1, 2, 3]);
        file.extend(miniz_oxide::deflate::compress_to_vec(&[9; 512], 6));
        file
    }

    #[test]
    fn clusters_plain_packed_and_zero() {
        let disk = Qcow2::open(file(3, 1, 0)).unwrap();
        let mut all = vec![1; 40_000];
        assert_eq!(disk.read_full_at(0, &mut all).unwrap(), 64 * 512 + 100);
        assert!(all[..512].iter().all(|byte| *byte == 7));
        assert!(all[512..1024].iter().all(|byte| *byte == 9));
        assert!(all[1024..64 * 512 + 100].iter().all(|byte| *byte == 0));
        // Version 2 knows no zero flag.
        let disk = Qcow2::open(file(2, 0, 0)).unwrap();
        disk.read_full_at(1024, &mut all[..512]).unwrap();
        assert!(all[..512].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn what_is_not_read_is_refused_with_what_to_do() {
        for (file, what) in [
            (file(3, 2, 0), "marked corrupt"),
            (file(3, 4, 0), "external data file"),
            (file(3, 16, 0), "extended L2"),
            (file(3, 0, 512), "backing file"),
        ] {
            let error = Qcow2::open(file).unwrap_err().to_string();
            assert!(
                error.contains(what) && error.contains("qemu-img"),
                "{error}"
            );
        }
    }

    #[test]
    fn damaged_packed_data_is_an_error() {
        let mut file = file(3, 0, 0);
        file.truncate(2052);
        let disk = Qcow2::open(file).unwrap();
        let error = disk.read_full_at(512, &mut [0; 10]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
