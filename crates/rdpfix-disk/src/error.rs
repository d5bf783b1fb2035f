//! What can be wrong with a disk. Every error names the structure, where it lies, what was expected and what was found.

use std::io;

use rdpfix_formats::cursor::Truncated;
use rdpfix_formats::reading::{Reading, Reason};

use crate::number::wide;

/// One structure of a disk could not be read. Offsets are bytes from the start of what holds the structure: the image
/// file for a container, the disk for a partition table, the volume for NTFS, the stream for what lies in one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The source refused.
    #[error("reading {what} at offset {offset:#x}: {message}")]
    Io {
        /// What was being read.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// The class of the source's error.
        kind: io::ErrorKind,
        /// The source's message.
        message: String,
    },
    /// Fewer bytes are there than the structure needs.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// A value that cannot stand where it stands.
    #[error("{what} at offset {offset:#x}: expected {expected}, found {found:#x}")]
    Unexpected {
        /// What was being read.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: u64,
    },
    /// A value differs from the one computed or stored elsewhere: a checksum, a number that should repeat.
    #[error("{what} at offset {offset:#x}: expected {expected:#x}, found {found:#x}")]
    Mismatch {
        /// What was being read.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// The value it should have.
        expected: u64,
        /// The value it has.
        found: u64,
    },
    /// More than a real disk has, or a chain that comes back to itself: made or damaged so that reading would not end.
    #[error("{what} at offset {offset:#x}: expected at most {limit}, found more")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// Offset in bytes where the limit was reached.
        offset: u64,
        /// The limit.
        limit: u64,
    },
    /// It is stored in a form that is not read here, and this is what to do about it.
    #[error("{what} at offset {offset:#x} is not supported: {advice}")]
    Unsupported {
        /// What is not read.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// What to do instead, as a sentence.
        advice: String,
    },
}

impl ReadError {
    /// From the error of a read at `offset`. An error of ours that travelled through [`io::Error`] comes out as it was.
    pub fn from_io(what: &'static str, offset: u64, error: &io::Error) -> Self {
        let ours = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Self>());
        ours.cloned().unwrap_or_else(|| Self::Io {
            what,
            offset,
            kind: error.kind(),
            message: error.to_string(),
        })
    }

    pub(crate) const fn unexpected(
        what: &'static str,
        offset: u64,
        expected: &'static str,
        found: u64,
    ) -> Self {
        Self::Unexpected {
            what,
            offset,
            expected,
            found,
        }
    }

    pub(crate) fn unsupported(what: &'static str, offset: u64, advice: impl Into<String>) -> Self {
        Self::Unsupported {
            what,
            offset,
            advice: advice.into(),
        }
    }

    pub(crate) const fn too_much(what: &'static str, offset: u64, limit: u64) -> Self {
        Self::TooMuch {
            what,
            offset,
            limit,
        }
    }

    pub(crate) fn short(what: &'static str, offset: u64, expected: usize, found: usize) -> Self {
        Self::Truncated(Truncated {
            what,
            offset,
            expected,
            found,
        })
    }

    /// As one of the answers a reader of the machine gives.
    pub(crate) fn unreadable<T>(self) -> Reading<T> {
        Reading::Unreadable(self.into())
    }
}

/// So that a damaged structure can be told through [`rdpfix_formats::read_at::ReadAt`], whose errors are the system's.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        let kind = match &error {
            ReadError::Io { kind, .. } => *kind,
            ReadError::Truncated(_) => io::ErrorKind::UnexpectedEof,
            ReadError::Unsupported { .. } => io::ErrorKind::Unsupported,
            ReadError::Unexpected { .. }
            | ReadError::Mismatch { .. }
            | ReadError::TooMuch { .. } => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

impl From<ReadError> for Reason {
    fn from(error: ReadError) -> Self {
        match &error {
            ReadError::Io {
                kind: io::ErrorKind::PermissionDenied,
                ..
            } => Self::AccessDenied(error.to_string()),
            ReadError::Io { .. } => Self::Io(error.to_string()),
            ReadError::Unsupported { .. } => Self::Unsupported(error.to_string()),
            ReadError::Truncated(_)
            | ReadError::Unexpected { .. }
            | ReadError::Mismatch { .. }
            | ReadError::TooMuch { .. } => Self::Damaged(error.to_string()),
        }
    }
}

/// Why no Windows volume can be had from a disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// The container or the partition table could not be read.
    #[error(transparent)]
    Structure(#[from] ReadError),
    /// The disk was read, and no volume on it holds `Windows\System32\config\SYSTEM`.
    #[error("no volume with Windows\\System32\\config\\SYSTEM was found; {}", list(.volumes))]
    NoWindowsVolume {
        /// A sentence on each volume: what it is, why it is not the one, and what to do.
        volumes: Vec<String>,
    },
}

fn list(volumes: &[String]) -> String {
    if volumes.is_empty() {
        return "the disk has no volumes: is it the operating system's disk, and the whole of it?"
            .to_owned();
    }
    volumes.join("; ")
}

/// Compares a stored checksum with that of the bytes. The fuzzer cannot sum, and must get past it to what lies behind.
pub(crate) fn checksum(
    what: &'static str,
    offset: u64,
    stored: u32,
    computed: u32,
) -> Result<(), ReadError> {
    if stored == computed || cfg!(fuzzing) {
        return Ok(());
    }
    Err(ReadError::Mismatch {
        what,
        offset,
        expected: computed.into(),
        found: stored.into(),
    })
}

/// The message of a read that stopped before `expected` bytes.
pub(crate) fn check_length(
    what: &'static str,
    offset: u64,
    expected: usize,
    found: usize,
) -> Result<(), ReadError> {
    if found < expected {
        return Err(ReadError::short(
            what,
            offset.saturating_add(wide(found)),
            expected,
            found,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_journey_through_io() {
        let error = ReadError::unexpected("VHDX block state", 0x300_0000, "0 to 7", 9);
        let travelled = io::Error::from(error.clone());
        assert_eq!(travelled.kind(), io::ErrorKind::InvalidData);
        assert_eq!(ReadError::from_io("sector", 0, &travelled), error);
        assert!(matches!(Reason::from(error), Reason::Damaged(_)));
    }
}
