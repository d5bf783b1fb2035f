//! Virtual disk files: what is recognised, and the disk inside as a [`ReadAt`].

mod big_endian;
mod qcow2;
mod vhd_dynamic;
mod vhd_fixed;
mod vhd_footer;
mod vhdx;
mod vhdx_metadata;

use std::fmt;
use std::io;

use rdpfix_formats::read_at::ReadAt;

pub use self::qcow2::Qcow2;
pub use self::vhd_dynamic::VhdDynamic;
pub use self::vhd_fixed::VhdFixed;
pub use self::vhdx::Vhdx;
use crate::error::ReadError;
use crate::number::{at_most, wide};
use crate::source::{Shared, fill};
use crate::volume_kind::VolumeKind;

/// The kind of a virtual disk file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// No container: the file is the disk.
    Raw,
    /// VHD whose disk lies whole in the file, as Azure stores it.
    VhdFixed,
    /// VHD that grew as it was written.
    VhdDynamic,
    /// VHDX, fixed or dynamic.
    Vhdx,
    /// qcow2, version 2 or 3.
    Qcow2,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::VhdFixed => "VHD (fixed)",
            Self::VhdDynamic => "VHD (dynamic)",
            Self::Vhdx => "VHDX",
            Self::Qcow2 => "qcow2",
        })
    }
}

/// A virtual disk file, opened. Reads of it are reads of the disk.
#[derive(Debug)]
pub struct Container {
    format: Format,
    sector_size: Option<u32>,
    disk: Shared,
}

impl Container {
    /// Recognises the container by its content and opens it; what is none of them is a raw disk.
    ///
    /// # Errors
    /// [`ReadError`] when the container is damaged, or is one that is not read here (differencing disks, a VHDX with a
    /// log to replay, encrypted qcow2, VMDK, compressed files, …): then the message says what to do.
    pub fn open(source: Shared) -> Result<Self, ReadError> {
        let mut front = [0; 512];
        let length = source
            .read_full_at(0, &mut front)
            .map_err(|error| ReadError::from_io("first sector of the image", 0, &error))?;
        let front = front.get(..length).unwrap_or_default();
        refuse_foreign(front)?;
        if front.starts_with(vhdx::FILE_SIGNATURE) {
            let vhdx = Vhdx::open(source)?;
            let sector_size = Some(vhdx.sector_size());
            return Ok(Self::new(Format::Vhdx, sector_size, vhdx));
        }
        if front.starts_with(&qcow2::MAGIC) {
            return Ok(Self::new(Format::Qcow2, None, Qcow2::open(source)?));
        }
        if front.starts_with(vhd_footer::COOKIE) {
            let sector_size = Some(512);
            let vhd = VhdDynamic::open(source)?;
            return Ok(Self::new(Format::VhdDynamic, sector_size, vhd));
        }
        if vhd_footer::is_at_end(&source)? {
            match VhdFixed::open(source.clone()) {
                Ok(vhd) => return Ok(Self::new(Format::VhdFixed, Some(512), vhd)),
                // A volume cut out of a VHD up to the end of the file has the footer of a larger disk behind it.
                Err(_) if VolumeKind::of_boot_sector(front) != VolumeKind::Unknown => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self::new(Format::Raw, None, source))
    }

    fn new(
        format: Format,
        sector_size: Option<u32>,
        disk: impl ReadAt + Send + Sync + 'static,
    ) -> Self {
        Self {
            format,
            sector_size,
            disk: Shared::new(disk),
        }
    }

    /// What the file is.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Bytes of a logical sector, where the container states it.
    pub const fn sector_size(&self) -> Option<u32> {
        self.sector_size
    }

    /// The disk inside.
    pub fn into_disk(self) -> Shared {
        self.disk
    }
}

impl ReadAt for Container {
    fn len(&self) -> u64 {
        self.disk.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.disk.read_at(offset, buf)
    }
}

/// Files that would pass for a raw disk without any partition, and what to do with them.
const FOREIGN: [(usize, &[u8], &str, &str); 11] = [
    (0, b"KDMV", "VMDK", CONVERT),
    (0, b"COWD", "VMDK", CONVERT),
    (0, b"# Disk DescriptorFile", "VMDK descriptor", CONVERT),
    (64, &[0x7F, 0x10, 0xDA, 0xBE], "VDI", CONVERT),
    (0, b"QED\0", "QED", CONVERT),
    (
        0,
        b"EVF\x09\x0D\x0A\xFF\x00",
        "EWF (E01)",
        "export it as a raw image first, for example with ewfexport",
    ),
    (
        0,
        b"MSWIM\0\0\0",
        "WIM",
        "a WIM holds files and no disk: give the machine's disk",
    ),
    (0, &[0x1F, 0x8B], "gzip", UNPACK),
    (0, b"PK\x03\x04", "zip", UNPACK),
    (0, &[0x28, 0xB5, 0x2F, 0xFD], "zstd", UNPACK),
    (0, b"7z\xBC\xAF\x27\x1C", "7z", UNPACK),
];
const CONVERT: &str = "convert it with `qemu-img convert -O raw IMAGE disk.raw` and give disk.raw";
const UNPACK: &str = "unpack the file and give the image inside";

fn refuse_foreign(front: &[u8]) -> Result<(), ReadError> {
    let found = FOREIGN
        .iter()
        .find(|(at, magic, ..)| front.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    match found {
        Some((at, _, what, advice)) => Err(ReadError::unsupported(what, wide(*at), *advice)),
        None => Ok(()),
    }
}

/// Reads a part of a block: what lies at `at` in the file, or zeros when the block was never written.
fn read_block(
    source: &impl ReadAt,
    at: Option<u64>,
    buf: &mut [u8],
    rest_of_block: u64,
    what: &'static str,
) -> io::Result<usize> {
    let count = at_most(buf.len(), rest_of_block);
    let part = buf.get_mut(..count).unwrap_or_default();
    match at {
        Some(at) => fill(source, at, part, what)?,
        None => part.fill(0),
    }
    Ok(count)
}

/// How many bytes of a read at `offset` lie within a disk of `length` bytes.
fn within(length: u64, offset: u64, buf: &[u8]) -> usize {
    at_most(buf.len(), length.saturating_sub(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: Vec<u8>) -> Result<Container, ReadError> {
        Container::open(Shared::new(bytes))
    }

    #[test]
    fn what_is_nothing_else_is_raw() {
        let container = open(vec![7; 1000]).unwrap();
        assert_eq!(container.format(), Format::Raw);
        assert_eq!(container.len(), 1000);
        assert_eq!(open(Vec::new()).unwrap().len(), 0);
    }

    #[test]
    fn a_volume_cut_out_of_a_vhd_is_raw() {
        let mut file = vec![0; 4096];
        file.extend(vhd_footer::encode::footer(2, 1 << 20, u64::MAX));
        assert!(open(file.clone()).is_err());
        file[3..11].copy_from_slice(b"NTFS    ");
        assert_eq!(open(file).unwrap().format(), Format::Raw);
    }

    #[test]
    fn foreign_files_are_named_with_what_to_do() {
        let error = open(b"KDMV and more".to_vec()).unwrap_err().to_string();
        assert_eq!(
            error,
            "VMDK at offset 0x0 is not supported: convert it with `qemu-img convert -O raw IMAGE disk.raw` and give disk.raw"
        );
        let mut vdi = vec![0; 512];
        vdi[64..68].copy_from_slice(&0xBEDA_107F_u32.to_le_bytes());
        assert!(open(vdi).unwrap_err().to_string().starts_with("VDI"));
    }
}
