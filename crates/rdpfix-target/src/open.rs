//! From what the user named to a target. The detectors are tried in this order: a disk image, when exactly one file is named and its first
//! bytes or its end say that it is one; otherwise event logs in files and folders, with the Windows around them when there is one.

use std::path::{Path, PathBuf};

use rdpfix_formats::event::sniff::Kind;

use crate::files::handle::Handle;
use crate::{DiskImage, FilesTarget, OpenError, Target};

/// A target, and the sources that could not be opened beside it.
pub struct Opened {
    /// The target.
    pub target: Box<dyn Target>,
    /// One message each, with what to do.
    pub problems: Vec<String>,
}

/// Opens what the user named as one target.
///
/// # Errors
/// [`OpenError`] when nothing of it can be diagnosed.
pub fn open(sources: &[PathBuf]) -> Result<Opened, OpenError> {
    if let [path] = sources
        && is_disk_image(path)
    {
        let image = DiskImage::open(path).map_err(|error| OpenError {
            problems: vec![format!("{}: {error}", path.display())],
        })?;
        return Ok(Opened {
            target: Box::new(image),
            problems: Vec::new(),
        });
    }
    let files = FilesTarget::open(sources)?;
    let problems = files.problems().collect();
    Ok(Opened {
        target: Box::new(files),
        problems,
    })
}

/// Whether the file's first bytes are those of a disk image or of a volume.
fn is_disk_image(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    match Handle::open(path).and_then(|handle| handle.sniff()) {
        Ok(Some(Kind::Other(name))) => name.contains("disk image") || name.contains("volume"),
        _ => false,
    }
}
