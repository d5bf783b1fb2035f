//! Events into an event log, as Windows writes it: templates with values, names shared in each chunk, checksums.
//!
//! The event's data becomes a template instance of its own inside the event's, so that events of different data share the
//! template of their `System`. Fields of `System` that are text get the types Windows gives them; everything else is
//! written in the type it has.

mod chunk;
mod shape;
mod template;
mod value;

use std::io::{self, Write};

use super::binxml::kind;
use super::file_header::{
    FILE_CHECKSUM_LENGTH, FILE_HEADER_BLOCK, FILE_HEADER_SIZE, FILE_MAGIC, FLAG_DIRTY,
};
use crate::event::Event;
use crate::filetime::FileTime;
use crate::reading::Reading;
use chunk::ChunkBuilder;
use shape::Shape;

/// Why an event could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The event has a hole: something that its source lost or that was damaged.
    #[error("element {element}: a part of the event that could not be read cannot be written")]
    Hole {
        /// The element with the hole.
        element: String,
    },
    /// Elements nest deeper than [`crate::event::MAX_DEPTH`].
    #[error("elements nest deeper than {} levels", crate::event::MAX_DEPTH)]
    TooDeep,
    /// Something is longer than the format can say, or the record is larger than a chunk.
    #[error("{what}: more than {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most there can be.
        limit: usize,
    },
    /// A name that is empty or longer than 4096 UTF-16 units.
    #[error("name {name:?} is empty or too long")]
    Name {
        /// The name.
        name: String,
    },
    /// A zero ends a text in the format and so cannot stand in one.
    #[error("text with a zero character in it")]
    ZeroInText,
    /// The output could not be written.
    #[error("writing the log: {message}")]
    Io {
        /// The operating system's class of error.
        kind: io::ErrorKind,
        /// The operating system's message.
        message: String,
    },
    /// There is no room left in the chunk. Never given to callers: the event goes into the next chunk.
    #[doc(hidden)]
    #[error("no room in the chunk")]
    ChunkFull,
}

impl From<io::Error> for EncodeError {
    fn from(error: io::Error) -> Self {
        Self::Io {
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

/// Writes a log event by event and holds one chunk of it.
///
/// The header that is written first says that the log is in use, as a live log's does; [`Self::finish`] gives the one to
/// put in its place. A log with the first header is read all the same.
#[derive(Debug)]
pub struct Encoder<W> {
    out: W,
    chunk: ChunkBuilder,
    chunks: u64,
    records: u64,
    last_id: u64,
}

/// A finished log.
#[derive(Debug)]
pub struct Finished<W> {
    /// The output, which holds the whole log.
    pub out: W,
    /// The 4096 bytes to write at offset 0 of it, where that is possible.
    pub header: Vec<u8>,
    /// How many records were written.
    pub records: u64,
    /// How many chunks were written.
    pub chunks: u64,
}

impl<W: Write> Encoder<W> {
    /// Begins a log.
    ///
    /// # Errors
    /// [`EncodeError::Io`] when the header cannot be written.
    pub fn new(mut out: W) -> Result<Self, EncodeError> {
        out.write_all(&file_header(1, 1, FLAG_DIRTY))?;
        Ok(Self {
            out,
            chunk: ChunkBuilder::new(1),
            chunks: 0,
            records: 0,
            last_id: 0,
        })
    }

    /// Writes one event and gives the id of its record: its `EventRecordID` when that is larger than the last id, and
    /// otherwise the next number, as an exported log has.
    ///
    /// # Errors
    /// [`EncodeError`] when the event cannot be written; the log is as it was before.
    pub fn write(&mut self, event: &Event) -> Result<u64, EncodeError> {
        let system = event.system();
        let next = self.last_id.saturating_add(1);
        let id = match system.record_id() {
            // All ones stands for "no record" in a chunk's header.
            Reading::Present(id) if id >= next && id < u64::MAX => id,
            _ => next,
        };
        let written = system.time_created().present();
        let written = written.unwrap_or(FileTime::from_ticks(0));
        let shape = Shape::of_event(&event.root)?;
        if !self.chunk.push(id, written, &shape)? {
            self.end_chunk()?;
            self.chunk.push(id, written, &shape)?;
        }
        self.last_id = id;
        self.records = self.records.saturating_add(1);
        Ok(id)
    }

    fn end_chunk(&mut self) -> Result<(), EncodeError> {
        let next = ChunkBuilder::new(self.records.saturating_add(1));
        let full = std::mem::replace(&mut self.chunk, next);
        self.out.write_all(&full.finish())?;
        self.chunks = self.chunks.saturating_add(1);
        Ok(())
    }

    /// Writes the last chunk, and gives the output with the header that belongs at its beginning. A log without events
    /// has one empty chunk, as Windows makes it.
    ///
    /// # Errors
    /// [`EncodeError::Io`] when the chunk cannot be written.
    pub fn finish(mut self) -> Result<Finished<W>, EncodeError> {
        if self.chunk.records() > 0 || self.chunks == 0 {
            self.end_chunk()?;
        }
        self.out.flush()?;
        let next_id = self.last_id.saturating_add(1);
        Ok(Finished {
            header: file_header(self.chunks, next_id, 0),
            out: self.out,
            records: self.records,
            chunks: self.chunks,
        })
    }
}

fn file_header(chunks: u64, next_record_id: u64, flags: u32) -> Vec<u8> {
    let mut header = FILE_MAGIC.to_vec();
    for number in [0, chunks.saturating_sub(1), next_record_id] {
        header.extend(u64::to_le_bytes(number));
    }
    header.extend(128_u32.to_le_bytes());
    debug_assert_eq!(FILE_HEADER_SIZE, 128);
    // The format has two bytes for the count; a log with more chunks is read by its size.
    let count = u16::try_from(chunks).unwrap_or(u16::MAX);
    for number in [1, 3, 4096, count] {
        header.extend(u16::to_le_bytes(number));
    }
    header.resize(FILE_CHECKSUM_LENGTH, 0);
    let checksum = crc32fast::hash(&header);
    header.extend(flags.to_le_bytes());
    header.extend(checksum.to_le_bytes());
    header.resize(FILE_HEADER_BLOCK, 0);
    header
}

/// Encodes events into a whole log in memory.
///
/// # Errors
/// [`EncodeError`] of the first event that cannot be written.
pub fn encode<'e>(events: impl IntoIterator<Item = &'e Event>) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(Vec::new())?;
    for event in events {
        encoder.write(event)?;
    }
    let finished = encoder.finish()?;
    let mut bytes = finished.out;
    let header = bytes.iter_mut().zip(finished.header);
    header.for_each(|(to, from)| *to = from);
    Ok(bytes)
}
