//! A whole log: which slots of the file hold chunks, and all records in turn.

use std::vec;

use super::binxml::Decoder;
use super::chunk::{CHUNK_HEADER_SIZE, CHUNK_MAGIC, CHUNK_SIZE, Chunk};
use super::error::EvtxError;
use super::file_header::{FILE_HEADER_BLOCK, FILE_HEADER_SIZE, FileHeader};
use super::record::{RawRecord, Record};
use super::summary::{ChunkSummary, LogSummary};
use crate::read_at::ReadAt;

/// How much of a slot is looked at before the rest is read. A log is laid out ahead with zeros, and most of many logs is
/// such. Two pages, so that the loss of the first does not hide the records behind it.
const PEEK: usize = 8192;

/// An event log over any random-access input, of which one chunk at a time is held in memory.
///
/// The file header is reported and not relied on: chunks are looked for in every 64 KiB slot up to the end of the file.
#[derive(Debug, Clone)]
pub struct Log<R> {
    input: R,
    header: Result<FileHeader, EvtxError>,
    /// Where the first slot begins: behind the header, or at zero in a file that begins with a chunk.
    first_slot: u64,
    length: u64,
}

impl<R: ReadAt> Log<R> {
    /// Opens a log.
    ///
    /// # Errors
    /// [`EvtxError::Empty`] and [`EvtxError::NotALog`] for what is no event log at all, and [`EvtxError::Io`] when the
    /// beginning cannot be read. A damaged or missing header is no error as long as there is a chunk: see [`Self::header`].
    pub fn open(input: R) -> Result<Self, EvtxError> {
        let length = input.len();
        if length == 0 {
            return Err(EvtxError::Empty);
        }
        let mut start = [0; FILE_HEADER_SIZE];
        let count = input
            .read_full_at(0, &mut start)
            .map_err(|error| EvtxError::io(0, &error))?;
        let header = FileHeader::parse(start.get(..count).unwrap_or(&start));
        let begins_with_chunk = start.starts_with(&CHUNK_MAGIC);
        let log = Self {
            input,
            first_slot: if begins_with_chunk { 0 } else { FILE_BLOCK },
            length,
            header,
        };
        if log.header.is_ok() || begins_with_chunk || log.has_chunk() {
            return Ok(log);
        }
        let mut found = [0; 8];
        found
            .iter_mut()
            .zip(start)
            .for_each(|(to, from)| *to = from);
        Err(EvtxError::NotALog { length, found })
    }

    /// The file header, or why there is none.
    ///
    /// # Errors
    /// What is wrong with the header; the chunks are read all the same.
    pub const fn header(&self) -> Result<&FileHeader, &EvtxError> {
        self.header.as_ref()
    }

    /// How many 64 KiB slots the file has; the last may be cut short by the end of the file.
    pub const fn slots(&self) -> u64 {
        self.length.saturating_sub(self.first_slot).div_ceil(SLOT)
    }

    /// File offset of a slot, in bytes.
    pub const fn slot_offset(&self, slot: u64) -> u64 {
        self.first_slot.saturating_add(slot.saturating_mul(SLOT))
    }

    fn has_chunk(&self) -> bool {
        (0..self.slots()).any(|slot| {
            let mut magic = [0; CHUNK_MAGIC.len()];
            let read = self.input.read_full_at(self.slot_offset(slot), &mut magic);
            read.is_ok() && magic == CHUNK_MAGIC
        })
    }

    /// The chunk in `slot`, read into `buffer`; `None` for a slot of zeros, which is no damage.
    ///
    /// # Errors
    /// [`EvtxError`] when the slot cannot be read, or holds neither a chunk nor a record.
    pub fn chunk<'b>(
        &self,
        slot: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Option<Chunk<'b>>, EvtxError> {
        let offset = self.slot_offset(slot);
        let left = self.length.saturating_sub(offset);
        let size = usize::try_from(left).map_or(CHUNK_SIZE, |left| left.min(CHUNK_SIZE));
        buffer.clear();
        buffer.resize(size.min(PEEK), 0);
        let mut filled = self.fill(offset, 0, buffer)?;
        if buffer.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if filled == PEEK {
            buffer.resize(size, 0);
            filled = self.fill(offset, PEEK, buffer)?;
        }
        // The input may have become shorter since it was opened.
        buffer.truncate(filled);
        Chunk::parse(buffer, offset).map(Some)
    }

    /// Fills `buffer` from `start` on, from the slot at `offset`, and says how much of it is filled then.
    fn fill(&self, offset: u64, start: usize, buffer: &mut [u8]) -> Result<usize, EvtxError> {
        let at = offset.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
        let rest = buffer.get_mut(start..).unwrap_or_default();
        let count = self
            .input
            .read_full_at(at, rest)
            .map_err(|error| EvtxError::io(at, &error))?;
        Ok(start.saturating_add(count))
    }

    /// The slots that hold records, oldest records first. A full log overwrites its oldest chunk, so that the newest
    /// records may stand before older ones in the file. Slots whose header cannot be read come last.
    pub fn slots_by_age(&self) -> Vec<u64> {
        let mut slots = Vec::new();
        for slot in 0..self.slots() {
            let mut header = [0; 32];
            let read = self.input.read_full_at(self.slot_offset(slot), &mut header);
            let [rest @ .., a, b, c, d, e, f, g, h] = header;
            if read.is_err() || header == [0; 32] {
                continue;
            }
            let known = rest.starts_with(&CHUNK_MAGIC);
            let first_id = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            slots.push((if known { first_id } else { u64::MAX }, slot));
        }
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| slot).collect()
    }

    /// All records, decoded, in the order they stand in the file.
    pub fn records(&self) -> Records<'_, R> {
        Records {
            log: self,
            summary: LogSummary::new(self.header.clone()),
            next_slot: 0,
            buffer: Vec::new(),
            chunk: Vec::new().into_iter(),
        }
    }

    /// Reads the chunk in `slot` and adds what is in it to `summary`.
    ///
    /// A slot in which nothing can be read gives one error, one of zeros gives nothing.
    pub fn read_slot(
        &self,
        slot: u64,
        buffer: &mut Vec<u8>,
        summary: &mut LogSummary,
    ) -> Vec<Result<Record, EvtxError>> {
        let present = self.length.saturating_sub(self.slot_offset(slot)).min(SLOT);
        match self.chunk(slot, buffer) {
            Ok(None) => {
                if present == SLOT {
                    summary.chunks_empty = summary.chunks_empty.saturating_add(1);
                } else {
                    summary.tail_bytes = present;
                }
                Vec::new()
            }
            Ok(Some(chunk)) => {
                summary.truncated_bytes = summary
                    .truncated_bytes
                    .saturating_add(SLOT.saturating_sub(present));
                let (records, chunk_summary) = chunk.decode();
                summary.add_chunk(&chunk_summary);
                records
            }
            Err(error) if present < SLOT && !matches!(error, EvtxError::Io { .. }) => {
                summary.tail_bytes = present;
                Vec::new()
            }
            Err(error) => {
                summary.add_damaged_chunk(&error);
                vec![Err(error)]
            }
        }
    }
}

/// [`CHUNK_SIZE`] and [`FILE_HEADER_BLOCK`] as file offsets.
const SLOT: u64 = 0x1_0000;
const FILE_BLOCK: u64 = 0x1000;
const _: () = assert!(CHUNK_SIZE == 0x1_0000 && FILE_HEADER_BLOCK == 0x1000);
const _: () = assert!(PEEK > CHUNK_HEADER_SIZE);

impl Chunk<'_> {
    /// Decodes all records of the chunk, damaged ones as errors, with what was found beside them.
    pub fn decode(&self) -> (Vec<Result<Record, EvtxError>>, ChunkSummary) {
        let mut records = Vec::new();
        let summary = self.visit(|record| records.push(record));
        (records, summary)
    }

    /// Decodes the records of the chunk one after the other and hands each over, damaged ones as errors; what is dropped
    /// at once takes no memory. Gives what was found beside them.
    pub fn visit(&self, mut each: impl FnMut(Result<Record, EvtxError>)) -> ChunkSummary {
        let header = self.header();
        let mut summary = ChunkSummary {
            magic_damaged: self.magic_damage().is_some(),
            checksum_failed: header.header_checksum.is_failure()
                || header.records_checksum.is_failure(),
            ..ChunkSummary::default()
        };
        summary.errors.extend(self.magic_damage().cloned());
        let mut decoder = Decoder::new(self);
        let mut failed_at = None;
        for raw in self.records() {
            let record = raw.and_then(|raw| read_record(&mut decoder, &raw));
            match &record {
                Ok(record) => {
                    summary.count_record(record.id);
                    if let Some(source) = &record.damage {
                        summary.count_hole(&EvtxError::Record {
                            id: record.id,
                            offset: record.offset,
                            source: source.clone(),
                        });
                    }
                }
                // The size of a record that was damaged already: one damage, not two.
                Err(EvtxError::Unexpected { offset, .. }) if failed_at == Some(*offset) => continue,
                Err(error) => {
                    summary.count_damage(error);
                    if let EvtxError::Record { offset, .. } = error {
                        failed_at = Some(*offset);
                    }
                }
            }
            each(record);
        }
        summary
    }
}

fn read_record<'a>(decoder: &mut Decoder<'a>, raw: &RawRecord<'a>) -> Result<Record, EvtxError> {
    match decoder.event(raw) {
        Ok(decoded) => Ok(Record {
            id: raw.id,
            written: raw.written,
            offset: raw.offset,
            event: decoded.event,
            damage: decoded.damage,
        }),
        Err(source) => Err(EvtxError::Record {
            id: raw.id,
            offset: raw.offset,
            source,
        }),
    }
}

/// All records of a log, in the order they stand in the file. What could not be read is an error among them.
#[derive(Debug)]
pub struct Records<'l, R> {
    log: &'l Log<R>,
    summary: LogSummary,
    next_slot: u64,
    buffer: Vec<u8>,
    chunk: vec::IntoIter<Result<Record, EvtxError>>,
}

impl<R> Records<'_, R> {
    /// What was found in the chunks read so far; complete when the iterator has ended.
    pub const fn summary(&self) -> &LogSummary {
        &self.summary
    }

    /// The same, by value.
    pub fn into_summary(self) -> LogSummary {
        self.summary
    }
}

impl<R: ReadAt> Iterator for Records<'_, R> {
    type Item = Result<Record, EvtxError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.chunk.next() {
                return Some(record);
            }
            let slot = self.next_slot;
            if slot >= self.log.slots() {
                return None;
            }
            self.next_slot = slot.saturating_add(1);
            self.chunk = self
                .log
                .read_slot(slot, &mut self.buffer, &mut self.summary)
                .into_iter();
        }
    }
}
