//! What can be wrong with a hive. Every error says where (a file offset), what was expected and what was found.

use std::io;

use crate::cursor::Truncated;
use crate::reading::Reason;

/// Damage in a hive or in one of its transaction logs, or a failure to read it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegfError {
    /// The file holds not a single byte.
    #[error("the file is empty (0 bytes): expected a registry hive")]
    Empty,
    /// It does not begin as a hive does, and no log gave its base block back.
    #[error(
        "not a registry hive: expected `regf` at offset 0x0, found {found:02x?} in {length} bytes"
    )]
    NotAHive {
        /// The length of the file in bytes.
        length: u64,
        /// Its first four bytes, zero-filled.
        found: [u8; 4],
    },
    /// The source could not be read.
    #[error("reading at offset {offset:#x}: {message}")]
    Io {
        /// File offset of the read, in bytes.
        offset: u64,
        /// The operating system's class of error.
        kind: io::ErrorKind,
        /// The operating system's message.
        message: String,
    },
    /// Fewer bytes are left than the structure needs.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// A value that cannot stand where it stands.
    #[error("{what} at offset {offset:#x}: expected {expected}, found {found:#x}")]
    Unexpected {
        /// What was being read.
        what: &'static str,
        /// File offset of it, in bytes.
        offset: u64,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: u64,
    },
    /// There is more of it than a real hive can have: it was made, or damaged, to exhaust memory or time.
    #[error("{what} at offset {offset:#x}: expected at most {expected}, found more")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// File offset where the limit was reached, in bytes.
        offset: u64,
        /// The limit.
        expected: u64,
    },
    /// A form of the format that is not read here.
    #[error("{what} at offset {offset:#x} is not supported: found {found:#x}")]
    Unsupported {
        /// What was found.
        what: &'static str,
        /// File offset of it, in bytes.
        offset: u64,
        /// The value that says so.
        found: u64,
    },
    /// Strict reading was asked for, and the hive is dirty with no log that makes it whole.
    #[error(
        "the hive is dirty and no log applies: expected equal sequence numbers and a right checksum, found {primary} and {secondary}"
    )]
    Dirty {
        /// The primary sequence number, one more for every write begun.
        primary: u32,
        /// The secondary sequence number, one more for every write ended.
        secondary: u32,
    },
}

impl RegfError {
    pub(super) fn io(offset: u64, error: &io::Error) -> Self {
        Self::Io {
            offset,
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

impl From<RegfError> for Reason {
    fn from(error: RegfError) -> Self {
        match error {
            RegfError::Io { ref kind, .. } if *kind == io::ErrorKind::PermissionDenied => {
                Self::AccessDenied(error.to_string())
            }
            RegfError::Io { .. } => Self::Io(error.to_string()),
            RegfError::Unsupported { .. } => Self::Unsupported(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
}
