//! The binary event log (`.evtx`): file header, 64 KiB chunks, records, BinXML.
//!
//! The layout is that of the documented EVTX format of Windows Vista and later; what stands in a record is BinXML,
//! [MS-EVEN6] 2.2.12. Reading takes damage for granted: what a header says is compared and reported, and what is there is
//! read. [`Log`] walks a file, [`Chunk`] stands alone, [`binxml::Decoder`] turns a record into an
//! [`Event`](crate::event::Event).

pub mod binxml;
mod chunk;
pub mod encode;
mod error;
mod file_header;
mod log;
mod record;
mod summary;

pub use chunk::{CHUNK_HEADER_SIZE, CHUNK_MAGIC, CHUNK_SIZE, Chunk, ChunkHeader, RawRecords};
pub use error::EvtxError;
pub use file_header::{Checksum, FILE_HEADER_BLOCK, FILE_HEADER_SIZE, FILE_MAGIC, FileHeader};
pub use log::{Log, Records};
pub use record::{RawRecord, Record};
pub use summary::{ChunkSummary, LogSummary, MAX_ERRORS};
