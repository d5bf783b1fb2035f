//! The files of a Windows volume as a folder of the machine we run on: a copy, or a mounted disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rdpfix_disk::source::Shared;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::sd::SecurityDescriptor;

use super::FileTree;
use crate::files::handle::{Handle, reason};
use crate::state::File;

/// How much of a file that holds a descriptor in text is read.
const MAX_SDDL: u64 = 64 * 1024;

/// A folder laid out as a Windows volume.
///
/// A copied file has lost its security descriptor. It is taken from a text file beside it (`NAME.sddl`), or on Linux from the attribute
/// `system.ntfs_acl` that ntfs-3g gives the files of a mounted disk; without either it is unreadable, not absent.
#[derive(Debug, Clone)]
pub struct HostFolder {
    root: PathBuf,
}

impl HostFolder {
    /// On a folder that holds `Windows`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The host's path of `path`, whose parts are looked up in any letter case.
    fn resolve(&self, path: &str) -> Reading<PathBuf> {
        let mut found = self.root.clone();
        for part in path.split(['\\', '/']).filter(|part| !part.is_empty()) {
            if part == ".." {
                return Reading::Unreadable(Reason::Unsupported("a path with `..`".to_owned()));
            }
            match child(&found, part) {
                Ok(Some(child)) => found = child,
                Ok(None) => return Reading::Absent,
                Err(error) => return Reading::Unreadable(reason(&error)),
            }
        }
        Reading::Present(found)
    }

    fn descriptor(path: &Path) -> Reading<Vec<u8>> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".sddl");
        match fs::metadata(&beside) {
            Ok(metadata) if metadata.len() <= MAX_SDDL => return from_text(Path::new(&beside)),
            Ok(_) => {
                return Reading::Unreadable(Reason::Unsupported(
                    "the .sddl file is too large".to_owned(),
                ));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Reading::Unreadable(reason(&error));
            }
            Err(_) => {}
        }
        from_attribute(path)
    }
}

#[expect(clippy::disallowed_methods, reason = "the size was checked")]
fn from_text(path: &Path) -> Reading<Vec<u8>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Reading::Unreadable(reason(&error)),
    };
    let parsed = SecurityDescriptor::from_sddl(text.trim()).map_err(|error| error.to_string());
    match parsed.and_then(|descriptor| descriptor.encode().map_err(|error| error.to_string())) {
        Ok(bytes) => Reading::Present(bytes),
        Err(error) => Reading::Unreadable(Reason::Damaged(format!("{}: {error}", path.display()))),
    }
}

#[cfg(unix)]
fn from_attribute(path: &Path) -> Reading<Vec<u8>> {
    match xattr::get(path, "system.ntfs_acl") {
        Ok(Some(bytes)) => Reading::Present(bytes),
        Ok(None) | Err(_) => Reading::Unreadable(Reason::NotInSource),
    }
}

#[cfg(not(unix))]
fn from_attribute(_path: &Path) -> Reading<Vec<u8>> {
    Reading::Unreadable(Reason::NotInSource)
}

fn child(folder: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let exact = folder.join(name);
    if exact
        .symlink_metadata()
        .is_ok_and(|metadata| !metadata.is_symlink())
    {
        return Ok(Some(exact));
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        // A link can lead out of the folder, and Windows' own volumes hold none that matter here.
        let same = entry
            .file_name()
            .to_string_lossy()
            .eq_ignore_ascii_case(name);
        if same && !entry.file_type()?.is_symlink() {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

impl FileTree for HostFolder {
    fn open(&self, path: &str) -> Reading<Shared> {
        self.resolve(path)
            .and_then(|path| match Handle::open(&path) {
                Ok(handle) => Reading::Present(Shared::new(handle)),
                Err(reason) => Reading::Unreadable(reason),
            })
    }

    fn file(&self, path: &str) -> Reading<File> {
        self.resolve(path)
            .and_then(|found| match fs::metadata(&found) {
                Ok(metadata) => Reading::Present(File {
                    path: path.to_owned(),
                    size: if metadata.is_file() {
                        metadata.len()
                    } else {
                        0
                    },
                    modified: metadata.modified().ok().and_then(|time| {
                        let since = time.duration_since(UNIX_EPOCH).ok()?;
                        Some(FileTime::from_unix_seconds(
                            i64::try_from(since.as_secs()).ok()?,
                        ))
                    }),
                    descriptor: Self::descriptor(&found),
                }),
                Err(error) => Reading::Unreadable(reason(&error)),
            })
    }

    fn names(&self, path: &str) -> Reading<Vec<String>> {
        self.resolve(path)
            .and_then(|found| match fs::read_dir(&found) {
                Ok(entries) => {
                    let names = entries
                        .flatten()
                        .map(|entry| entry.file_name().to_string_lossy().into_owned());
                    Reading::Present(names.filter(|name| !name.ends_with(".sddl")).collect())
                }
                Err(error) => Reading::Unreadable(reason(&error)),
            })
    }
}
