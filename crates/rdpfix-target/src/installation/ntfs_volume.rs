//! The files of an NTFS volume inside a disk image.

use rdpfix_disk::ntfs::Ntfs;
use rdpfix_disk::source::Shared;
use rdpfix_formats::reading::Reading;

use super::FileTree;
use crate::state::File;

/// An NTFS volume.
#[derive(Debug, Clone)]
pub struct NtfsVolume(pub Ntfs);

impl FileTree for NtfsVolume {
    fn open(&self, path: &str) -> Reading<Shared> {
        self.0
            .lookup(path)
            .and_then(|file| file.data())
            .map(Shared::new)
    }

    fn file(&self, path: &str) -> Reading<File> {
        self.0.lookup(path).map(|file| File {
            path: path.to_owned(),
            size: file.size().present().unwrap_or(0),
            modified: file.metadata().present().map(|metadata| metadata.modified),
            descriptor: file.security_descriptor(),
        })
    }

    fn names(&self, path: &str) -> Reading<Vec<String>> {
        self.0
            .lookup(path)
            .and_then(|file| file.directory())
            .map(|directory| {
                directory
                    .entries()
                    .flatten()
                    .map(|entry| entry.name)
                    .collect()
            })
    }
}
