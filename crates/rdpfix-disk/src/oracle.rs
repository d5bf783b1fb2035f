//! What every decoder must do with any bytes at all: return. The fuzz targets and the tests of damaged input call these.

use std::collections::BTreeMap;
use std::io;

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

use crate::container::Container;
use crate::disk::Disk;
use crate::ntfs::{File, Ntfs, Stream};
use crate::partition::PartitionTable;
use crate::source::Shared;

/// How many files, names and pieces are looked at: a small image can describe a large volume.
const MANY: usize = 64;

/// Opens a virtual disk file, a [`Sparse`] one, and reads at places that matter.
///
/// # Panics
/// When more is read than the disk has.
pub fn container(bytes: &[u8]) {
    let Ok(container) = Container::open(Shared::new(Sparse::parse(bytes))) else {
        return;
    };
    touch(&container);
}

/// Reads the partition table of a [`Sparse`] disk and what is on each partition.
///
/// # Panics
/// When a disk without any table has no volume.
pub fn partition(bytes: &[u8]) {
    for sector_size in [None, Some(512), Some(4096)] {
        if let Ok(table) = PartitionTable::read(&Sparse::parse(bytes), sector_size) {
            assert!(table.partitions.len() <= 1 << 14, "too many partitions");
        }
    }
    if let Ok(disk) = Disk::open(Sparse::parse(bytes)) {
        let _ = disk.windows_volume();
        for volume in disk.volumes().iter().take(MANY) {
            let _ = volume.to_string();
            touch(&volume.content());
        }
    }
}

/// Opens a [`Sparse`] volume and reads files, folders, streams and descriptors.
///
/// # Panics
/// When a stream gives more than its length.
pub fn ntfs(bytes: &[u8]) {
    let Ok(ntfs) = Ntfs::open(Sparse::parse(bytes)) else {
        return;
    };
    let _ = ntfs.state().warnings();
    for path in ["Windows/System32/config/SYSTEM", "$Secure", "a\\b:c"] {
        if let Reading::Present(found) = ntfs.lookup(path) {
            file(&found);
        }
    }
    for record in 0..ntfs.records().min(64) {
        let reference = crate::ntfs::FileReference {
            record,
            sequence: 0,
        };
        if let Ok(found) = ntfs.file(reference) {
            file(&found);
        }
    }
}

fn file(file: &File) {
    let _ = (file.metadata(), file.size(), file.reparse_point());
    let _ = file.security_descriptor();
    if let Reading::Present(data) = file.data() {
        stream(&data);
    }
    for name in file.stream_names().unwrap_or_default().iter().take(MANY) {
        if let Reading::Present(data) = file.stream(name) {
            stream(&data);
        }
    }
    if let Reading::Present(directory) = file.directory() {
        for entry in directory.entries().take(MANY).flatten() {
            if let Reading::Present(directory) = file.directory() {
                let _ = directory.find(&entry.name);
            }
        }
    }
}

fn stream(stream: &Stream) {
    let _ = stream.extents();
    touch(stream);
}

/// Reads at the start, in the middle, at the end and beyond.
fn touch(source: &impl ReadAt) {
    let length = source.len();
    let places = [
        0,
        length / 3,
        length / 2,
        length.saturating_sub(700),
        length,
        u64::MAX,
    ];
    let mut buf = [0; 5000];
    for offset in places {
        if let Ok(count) = source.read_full_at(offset, &mut buf) {
            let end = offset.checked_add(u64::try_from(count).unwrap_or(u64::MAX));
            assert!(
                count == 0 || end.is_some_and(|end| end <= length),
                "more than there is"
            );
        }
    }
}

/// Something of 32 MiB, so that a small input can hold what lies far apart: pieces, each its offset in four bytes, its
/// length in two, and its bytes; the rest is zero.
#[derive(Debug)]
pub struct Sparse(BTreeMap<u64, [u8; 512]>);

const SECTOR: u64 = 512;

impl Sparse {
    /// From the pieces; the last one may be short.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut sectors = BTreeMap::new();
        let mut cursor = Cursor::new(bytes, 0);
        while let (Ok(offset), Ok(length)) = (cursor.u32("offset"), cursor.length16("length")) {
            let length = length.min(cursor.remaining());
            let content = cursor.take(length, "content").unwrap_or_default();
            for (at, byte) in (u64::from(offset)..).zip(content) {
                let sector = sectors.entry(at / SECTOR).or_insert([0; 512]);
                let inside = usize::try_from(at % SECTOR).unwrap_or(0);
                if let Some(slot) = sector.get_mut(inside) {
                    *slot = *byte;
                }
            }
        }
        Self(sectors)
    }
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        SECTOR << 16
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len() {
            return Ok(0);
        }
        let zeros = [0; 512];
        let sector = self.0.get(&(offset / SECTOR)).unwrap_or(&zeros);
        let inside = usize::try_from(offset % SECTOR).unwrap_or(0);
        let rest = sector.get(inside..).unwrap_or_default();
        rest.read_at(0, buf)
    }
}
