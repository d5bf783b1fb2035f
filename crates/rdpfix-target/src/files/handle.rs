//! A file read at offsets, without a position that two readers could disturb.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rdpfix_formats::event::sniff::{Kind, SNIFF_BYTES, sniff};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reason;

/// An open file and the length it had when it was opened.
#[derive(Debug)]
pub(crate) struct Handle {
    file: File,
    length: u64,
}

impl Handle {
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        let file = File::open(path).map_err(|error| reason(&error))?;
        let length = file.metadata().map_err(|error| reason(&error))?.len();
        Ok(Self { file, length })
    }

    /// What the file is by its first bytes; `None` for an empty file.
    pub(crate) fn sniff(&self) -> Result<Option<Kind>, Reason> {
        let mut start = vec![0; SNIFF_BYTES];
        let count = self
            .read_full_at(0, &mut start)
            .map_err(|error| reason(&error))?;
        start.truncate(count);
        Ok(sniff(&start))
    }
}

/// The operating system's refusal as a reason.
pub(crate) fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Reason::AccessDenied(
            "run as administrator (root), or copy the file to where you may read it".to_owned(),
        ),
        io::ErrorKind::NotFound => Reason::Io("no such file or folder".to_owned()),
        _ => Reason::Io(error.to_string()),
    }
}

impl ReadAt for Handle {
    fn len(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buf, offset)
    }
}

/// Reads a [`Handle`] from its beginning.
pub(crate) struct Sequential {
    handle: Handle,
    position: u64,
}

impl Sequential {
    pub(crate) const fn new(handle: Handle) -> Self {
        Self {
            handle,
            position: 0,
        }
    }
}

impl Read for Sequential {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.handle.read_at(self.position, buf)?;
        self.position = self
            .position
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
