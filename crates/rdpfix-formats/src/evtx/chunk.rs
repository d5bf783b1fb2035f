//! A chunk: 64 KiB with a 512-byte header, names, template definitions and records of their own.
//!
//! A chunk needs nothing outside itself, so one that is damaged takes no other with it.

use super::error::EvtxError;
use super::file_header::{Checksum, FLAG_NO_CHECKSUM};
use super::record::{RECORD_HEADER_SIZE, RECORD_MAGIC, RawRecord};
use crate::cursor::Cursor;

/// `ElfChnk` and a NUL, the first eight bytes of a chunk.
pub const CHUNK_MAGIC: [u8; 8] = *b"ElfChnk\0";
/// Size of a chunk in bytes.
pub const CHUNK_SIZE: usize = 0x1_0000;
/// Size of a chunk's header with its tables of names and templates, in bytes.
pub const CHUNK_HEADER_SIZE: usize = 512;
/// The header's checksum covers the bytes before this one, and those of the tables from byte 128 on.
pub(super) const CHUNK_CHECKSUM_LENGTH: usize = 120;
pub(super) const CHUNK_TABLES: usize = 128;

/// The fixed fields of a chunk's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkHeader {
    /// Id of the chunk's first record; all ones in a chunk without records.
    pub first_record_id: u64,
    /// Id of the chunk's last record; all ones in a chunk without records.
    pub last_record_id: u64,
    /// Where the last record begins, in bytes from the chunk's start.
    pub last_record_offset: u32,
    /// Where the next record would be written, in bytes from the chunk's start. What lies there is left from older times.
    pub free_space_offset: u32,
    /// 1 dirty, 4 without checksums.
    pub flags: u32,
    /// The state of the CRC32 over the header and its tables.
    pub header_checksum: Checksum,
    /// The state of the CRC32 over the records.
    pub records_checksum: Checksum,
}

impl ChunkHeader {
    fn parse(bytes: &[u8]) -> Result<Self, EvtxError> {
        let mut cursor = Cursor::new(bytes, 0);
        cursor.take(24, "chunk magic and record numbers")?;
        let first_record_id = cursor.u64("first record id")?;
        let last_record_id = cursor.u64("last record id")?;
        cursor.u32("chunk header size")?;
        let last_record_offset = cursor.u32("last record offset")?;
        let free_space_offset = cursor.u32("free space offset")?;
        let records_stored = cursor.u32("records checksum")?;
        cursor.take(64, "reserved bytes of the chunk header")?;
        let flags = cursor.u32("chunk flags")?;
        let header_stored = cursor.u32("chunk header checksum")?;
        let records = usize::try_from(free_space_offset)
            .ok()
            .and_then(|end| bytes.get(CHUNK_HEADER_SIZE..end));
        let records_checksum = match records {
            Some(records) => Checksum::compare(records_stored, crc32fast::hash(records), flags),
            None if flags & FLAG_NO_CHECKSUM != 0 => Checksum::NotKept,
            None => Checksum::Incomplete,
        };
        Ok(Self {
            first_record_id,
            last_record_id,
            last_record_offset,
            free_space_offset,
            flags,
            header_checksum: header_checksum(bytes, header_stored, flags),
            records_checksum,
        })
    }

    /// Whether the header can be believed: both checksums hold.
    pub(super) const fn is_sound(&self) -> bool {
        !self.header_checksum.is_failure() && !self.records_checksum.is_failure()
    }

    /// The header's last record id, unless it says that there are no records.
    fn promised_last(&self) -> Option<u64> {
        (self.last_record_id != u64::MAX).then_some(self.last_record_id)
    }
}

/// Compares the header's checksum. The magic is taken as it should be, so that a header of which only the magic is
/// damaged is known to be right in everything else.
fn header_checksum(bytes: &[u8], stored: u32, flags: u32) -> Checksum {
    let fields = bytes.get(CHUNK_MAGIC.len()..CHUNK_CHECKSUM_LENGTH);
    let tables = bytes.get(CHUNK_TABLES..CHUNK_HEADER_SIZE);
    let (Some(fields), Some(tables)) = (fields, tables) else {
        return Checksum::Incomplete;
    };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&CHUNK_MAGIC);
    hasher.update(fields);
    hasher.update(tables);
    Checksum::compare(stored, hasher.finalize(), flags)
}

/// The bytes of one chunk, with what its header says.
#[derive(Debug, Clone)]
pub struct Chunk<'a> {
    bytes: &'a [u8],
    offset: u64,
    header: ChunkHeader,
    magic_damage: Option<EvtxError>,
}

impl<'a> Chunk<'a> {
    /// The chunk whose bytes are `bytes` (at most 64 KiB, fewer where the file ends) and stand at file offset `offset`.
    ///
    /// A chunk with a damaged magic is accepted when a whole record is found in it: see [`Self::magic_damage`].
    ///
    /// # Errors
    /// [`EvtxError`] when there is neither a chunk's magic nor a record, or fewer bytes than a header has.
    pub fn parse(bytes: &'a [u8], offset: u64) -> Result<Self, EvtxError> {
        let bytes = bytes.get(..CHUNK_SIZE).unwrap_or(bytes);
        let mut cursor = Cursor::new(bytes, offset);
        let magic = cursor.array::<8>("chunk magic")?;
        cursor.take(CHUNK_HEADER_SIZE - CHUNK_MAGIC.len(), "chunk header")?;
        let magic_damage = (magic != CHUNK_MAGIC).then(|| EvtxError::Unexpected {
            what: "chunk magic",
            offset,
            expected: "`ElfChnk` and a zero byte",
            found: u64::from_be_bytes(magic),
        });
        let chunk = Self {
            bytes,
            offset,
            header: ChunkHeader::parse(bytes)?,
            magic_damage,
        };
        match &chunk.magic_damage {
            Some(damage) if chunk.find(CHUNK_HEADER_SIZE, |_| true).is_none() => {
                Err(damage.clone())
            }
            _ => Ok(chunk),
        }
    }

    /// What the header says.
    pub const fn header(&self) -> &ChunkHeader {
        &self.header
    }

    /// The chunk's bytes. Offsets inside BinXML count from the first of them.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// File offset of the chunk, in bytes.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The magic that stands where the chunk's should, if it is another.
    pub const fn magic_damage(&self) -> Option<&EvtxError> {
        self.magic_damage.as_ref()
    }

    /// The records, in the order they were written, undecoded.
    pub fn records(&self) -> RawRecords<'a> {
        let in_chunk = |end: &usize| (CHUNK_HEADER_SIZE..=self.bytes.len()).contains(end);
        let free_space = usize::try_from(self.header.free_space_offset).ok();
        RawRecords {
            live_end: free_space.filter(in_chunk).unwrap_or(self.bytes.len()),
            sound: self.header.is_sound(),
            chunk: self.clone(),
            position: Some(CHUNK_HEADER_SIZE),
            last_id: None,
            pending: None,
        }
    }

    /// The first whole record at or after `from` whose size copy agrees and which is `wanted`.
    fn find(&self, from: usize, wanted: impl Fn(&RawRecord<'a>) -> bool) -> Option<RawRecord<'a>> {
        let rest = self.bytes.get(from..)?;
        let positions = rest
            .windows(RECORD_MAGIC.len())
            .enumerate()
            .filter(|(_, window)| *window == RECORD_MAGIC);
        positions
            .filter_map(|(at, _)| {
                RawRecord::parse(self.bytes, from.checked_add(at)?, self.offset).ok()
            })
            .find(|record| record.confirmed && wanted(record))
    }
}

/// Walks a chunk's records. A damaged one is an error, and the walk goes on at the next whole one.
///
/// Where the records end is decided so:
/// * Up to the free space the header names, and up to the last record it names, records follow one another. Behind a
///   damaged place, a record counts when its id is one the header claims, or, where the header cannot be believed, is
///   higher than the last one read: a copy made while the chunk was being overwritten has old records first, a torn one,
///   and then the newest of the log. Lower ids are what an older pass left.
/// * A log that was copied while in use has an old header, and records behind that end. One counts when it begins exactly
///   where the previous one ended and its id is the next; what is left from an earlier use of the chunk meets that only by
///   an accident of both position and number. Everything else there is slack, and is not reported.
#[derive(Debug, Clone)]
pub struct RawRecords<'a> {
    chunk: Chunk<'a>,
    /// Where the next record should begin; `None` at the end.
    position: Option<usize>,
    /// Where the header says the records end.
    live_end: usize,
    /// Whether the header can be believed.
    sound: bool,
    last_id: Option<u64>,
    /// An error found with the record given last.
    pending: Option<EvtxError>,
}

impl<'a> RawRecords<'a> {
    fn step(&mut self, position: usize) -> Option<Result<RawRecord<'a>, EvtxError>> {
        let parsed = RawRecord::parse(self.chunk.bytes, position, self.chunk.offset);
        let promised = self.chunk.header.promised_last();
        let beyond = position >= self.live_end || (promised.is_some() && self.last_id == promised);
        match parsed {
            Ok(record) if beyond && !self.continues(&record) => None,
            Ok(record) => Some(Ok(self.accept(record))),
            Err(_) if beyond => None,
            Err(error) => self.skip_damage(position, error).map(Err),
        }
    }

    /// Whether a record behind the header's end belongs to the log.
    fn continues(&self, record: &RawRecord<'a>) -> bool {
        let next = self.last_id.and_then(|last| last.checked_add(1));
        record.confirmed && next == Some(record.id)
    }

    fn accept(&mut self, record: RawRecord<'a>) -> RawRecord<'a> {
        self.last_id = Some(record.id);
        let end = record.end();
        self.position = Some(end);
        let followed = end == self.live_end
            || RawRecord::parse(self.chunk.bytes, end, self.chunk.offset).is_ok();
        if !record.confirmed && !followed {
            // The size may be what is damaged: look for the next record from inside this one.
            self.pending = Some(EvtxError::Unexpected {
                what: "copy of the record size",
                offset: record.offset,
                expected: "the size in the record's header",
                found: u64::try_from(end.saturating_sub(record.start())).unwrap_or(u64::MAX),
            });
            self.position = self.resynchronise(record.position);
        }
        record
    }

    /// Moves behind a damaged place, and says what is wrong with it; `None` when it is only where the records end.
    fn skip_damage(&mut self, position: usize, error: EvtxError) -> Option<EvtxError> {
        self.position = self.resynchronise(position.saturating_add(1));
        let header = self.chunk.bytes.get(position..).unwrap_or_default();
        let blank = header
            .iter()
            .take(RECORD_HEADER_SIZE)
            .all(|byte| *byte == 0);
        if self.position.is_some() || !blank {
            return Some(error);
        }
        // Zeros where a record should begin are where the free space really begins, if no record is missing.
        let promised = self.chunk.header.promised_last()?;
        let found = self.last_id.unwrap_or(0);
        (found < promised).then_some(EvtxError::RecordsMissing {
            offset: self.chunk.offset,
            expected: promised,
            found,
        })
    }

    fn resynchronise(&self, from: usize) -> Option<usize> {
        let header = &self.chunk.header;
        let claimed = header.first_record_id..=header.last_record_id;
        let found = self.chunk.find(from, |record| {
            let later = match self.last_id {
                Some(last) => record.id > last,
                None => true,
            };
            let in_header = claimed.contains(&record.id) && record.end() <= self.live_end;
            in_header || (!self.sound && later)
        });
        found.map(|record| record.start())
    }
}

impl<'a> Iterator for RawRecords<'a> {
    type Item = Result<RawRecord<'a>, EvtxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.pending.take() {
            return Some(Err(error));
        }
        let position = self.position.take()?;
        self.step(position)
    }
}
