//! From an image to the Windows volume: container, partitions, volumes.

use std::fmt;

use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

use crate::cache::{CacheSize, Cached};
use crate::container::{Container, Format};
use crate::counted::{Counted, Counter, Traffic};
use crate::error::{DiskError, ReadError};
use crate::ntfs::Ntfs;
use crate::partition::{Partition, PartitionTable, Scheme};
use crate::source::{Extent, Shared};
use crate::volume_kind::VolumeKind;

/// The file that makes a volume the one Windows runs from.
pub const SYSTEM_HIVE: &str = r"Windows\System32\config\SYSTEM";

/// A disk, opened. What is read of it goes through a bounded cache.
#[derive(Debug)]
pub struct Disk {
    format: Format,
    size: u64,
    table: PartitionTable,
    volumes: Vec<Volume>,
    counter: Counter,
}

/// One volume of a disk.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Where it lies and what the partition table says of it.
    pub partition: Partition,
    /// What is in it.
    pub kind: VolumeKind,
    content: Shared,
}

/// The volume Windows runs from.
#[derive(Debug, Clone)]
pub struct WindowsVolume {
    /// The volume.
    pub volume: Volume,
    /// Its file system.
    pub ntfs: Ntfs,
    /// What a person should know: other volumes with a Windows, volumes that could not be looked into.
    pub remarks: Vec<String>,
}

impl Disk {
    /// Opens the image of a disk at hand, whatever its container.
    ///
    /// # Errors
    /// [`DiskError::Structure`] when the container or the partition table is damaged, or is of a form not read here.
    pub fn open(source: impl ReadAt + Send + Sync + 'static) -> Result<Self, DiskError> {
        Self::open_with(source, CacheSize::LOCAL)
    }

    /// Opens an image with a cache of this size, as [`CacheSize::REMOTE`] for one behind a network.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        source: impl ReadAt + Send + Sync + 'static,
        cache: CacheSize,
    ) -> Result<Self, DiskError> {
        let counted = Counted::new(source);
        let counter = counted.counter();
        let container = Container::open(Shared::new(Cached::with_size(counted, cache)))?;
        let format = container.format();
        let sector_size = container.sector_size();
        let disk = container.into_disk();
        let table = PartitionTable::read(&disk, sector_size)?;
        let volumes = table
            .partitions
            .iter()
            .map(|partition| Volume::of_partition(&disk, partition))
            .collect();
        Ok(Self {
            format,
            size: disk.len(),
            table,
            volumes,
            counter,
        })
    }

    /// What the image is.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Bytes of the disk, not of the file.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How the disk is divided.
    pub const fn scheme(&self) -> Scheme {
        self.table.scheme
    }

    /// Bytes of a sector, 512 or 4096, as far as the container or the partition table tells.
    pub const fn sector_size(&self) -> u32 {
        self.table.sector_size
    }

    /// What a person should know of the partition table.
    pub fn remarks(&self) -> &[String] {
        &self.table.remarks
    }

    /// All volumes in the order of the partition table.
    pub fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    /// What was read of the image so far.
    pub fn traffic(&self) -> Traffic {
        self.counter.traffic()
    }

    /// The volume that holds [`SYSTEM_HIVE`], wherever on the disk it is. With several, the first.
    ///
    /// # Errors
    /// [`DiskError::NoWindowsVolume`] with a sentence on each volume and what to do about it.
    pub fn windows_volume(&self) -> Result<WindowsVolume, DiskError> {
        let mut found: Option<WindowsVolume> = None;
        let mut others = Vec::new();
        for volume in &self.volumes {
            match volume.windows() {
                Ok(ntfs) => match &mut found {
                    None => {
                        found = Some(WindowsVolume {
                            volume: volume.clone(),
                            ntfs,
                            remarks: Vec::new(),
                        });
                    }
                    Some(_) => others.push((
                        volume,
                        "it holds another Windows, which is not read".to_owned(),
                    )),
                },
                // These two are on every disk and no news.
                Err(_)
                    if matches!(volume.kind, VolumeKind::Reserved | VolumeKind::Fat)
                        && found.is_some() => {}
                Err(why) => others.push((volume, why)),
            }
        }
        let others = sentences(others);
        match found {
            Some(mut found) => {
                found.remarks.extend(found.ntfs.remarks().iter().cloned());
                found.remarks.extend(others);
                Ok(found)
            }
            None => Err(DiskError::NoWindowsVolume { volumes: others }),
        }
    }
}

impl Volume {
    fn of_partition(disk: &Shared, partition: &Partition) -> Self {
        let content = Extent::new(disk.clone(), partition.start, partition.length);
        let mut sector = [0; 512];
        // A sector that cannot be read says nothing, and the volume is listed as unknown.
        let _ = content.read_full_at(0, &mut sector);
        let kind = match VolumeKind::of_boot_sector(&sector) {
            VolumeKind::Unknown => VolumeKind::of_partition_type(partition.partition_type),
            kind => kind,
        };
        Self {
            partition: partition.clone(),
            kind,
            content: Shared::new(content),
        }
    }

    /// Its bytes.
    pub fn content(&self) -> Shared {
        self.content.clone()
    }

    /// Its file system.
    ///
    /// # Errors
    /// [`ReadError`] when it is not NTFS, or damaged.
    pub fn ntfs(&self) -> Result<Ntfs, ReadError> {
        match self.kind {
            // A damaged first sector looks like nothing at all; NTFS has a copy of it.
            VolumeKind::Ntfs | VolumeKind::Unknown => Ntfs::open_shared(&self.content),
            kind => Err(ReadError::unsupported(name(kind), 0, kind.advice())),
        }
    }

    /// Its file system if Windows runs from it, or why not.
    fn windows(&self) -> Result<Ntfs, String> {
        let ntfs = match (self.kind, self.ntfs()) {
            (_, Ok(ntfs)) => ntfs,
            (VolumeKind::Ntfs, Err(error)) => return Err(error.to_string()),
            (kind, Err(_)) => return Err(kind.advice().to_owned()),
        };
        match ntfs.lookup(SYSTEM_HIVE) {
            Reading::Present(_) => Ok(ntfs),
            Reading::Absent => Err(format!("it holds no {SYSTEM_HIVE}")),
            Reading::Unreadable(reason) => Err(format!("{SYSTEM_HIVE}: {reason}")),
        }
    }
}

/// One sentence for all volumes that the same is to be said of.
fn sentences(volumes: Vec<(&Volume, String)>) -> Vec<String> {
    let mut sentences: Vec<(String, String)> = Vec::new();
    for (volume, why) in volumes {
        match sentences.iter_mut().find(|(_, said)| *said == why) {
            Some((volumes, _)) => *volumes = format!("{volumes}, {volume}"),
            None => sentences.push((volume.to_string(), why)),
        }
    }
    let sentences = sentences.into_iter();
    sentences
        .map(|(volumes, why)| format!("{volumes}: {why}"))
        .collect()
}

const fn name(kind: VolumeKind) -> &'static str {
    match kind {
        VolumeKind::BitLocker => "BitLocker volume",
        VolumeKind::Refs => "ReFS volume",
        VolumeKind::Fat | VolumeKind::ExFat => "FAT volume",
        VolumeKind::DynamicDisk => "dynamic disk",
        VolumeKind::StorageSpaces => "storage pool",
        VolumeKind::Reserved => "Microsoft reserved partition",
        VolumeKind::Ntfs | VolumeKind::Unknown => "volume",
    }
}

/// `partition 3 (NTFS, 129931 MiB at 0x7500000)`
impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Partition {
            number,
            start,
            length,
            ..
        } = &self.partition;
        match number {
            0 => f.write_str("the whole disk")?,
            number => write!(f, "partition {number}")?,
        }
        let mebibytes = length >> 20;
        write!(f, " ({}, {mebibytes} MiB at {start:#x})", self.kind)
    }
}
