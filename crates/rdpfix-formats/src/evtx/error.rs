//! What can be wrong with an event log. Every error says where (a file offset), what was expected and what was found.

use std::io;

use crate::cursor::Truncated;

/// Damage inside one record's BinXML, or in a template it uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BinXmlError {
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
    /// The record would grow, or nest, beyond what a real one does: it was made to exhaust memory or stack.
    #[error("{what} at offset {offset:#x}: expected at most {expected}, found more")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// File offset where the limit was reached, in bytes.
        offset: u64,
        /// The limit.
        expected: usize,
    },
}

/// Damage in the file, in a chunk or in a record. Only [`Self::Empty`] and [`Self::NotALog`] end the reading of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvtxError {
    /// The file holds not a single byte.
    #[error("the file is empty (0 bytes): expected an event log")]
    Empty,
    /// Neither a file header nor any chunk.
    #[error(
        "not an event log: expected `ElfFile` at offset 0x0 or `ElfChnk` in any 64 KiB slot, found {found:02x?} and no chunk in {length} bytes"
    )]
    NotALog {
        /// The length of the file in bytes.
        length: u64,
        /// Its first eight bytes, zero-filled.
        found: [u8; 8],
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
    /// The chunk's header promises records that are not there.
    #[error(
        "records of the chunk at offset {offset:#x}: expected up to record {expected}, found none after {found}"
    )]
    RecordsMissing {
        /// File offset of the chunk, in bytes.
        offset: u64,
        /// The last record id the header names.
        expected: u64,
        /// The last record id that was read; zero when none was.
        found: u64,
    },
    /// One record's content is damaged.
    #[error("record {id} at offset {offset:#x}: {source}")]
    Record {
        /// The id in the record's header.
        id: u64,
        /// File offset of the record, in bytes.
        offset: u64,
        /// What is wrong with it.
        source: BinXmlError,
    },
}

impl EvtxError {
    pub(super) fn io(offset: u64, error: &io::Error) -> Self {
        Self::Io {
            offset,
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}
