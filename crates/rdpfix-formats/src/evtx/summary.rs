//! What reading a log found beside its records: what was skipped, and why.

use super::error::EvtxError;
use super::file_header::{Checksum, FileHeader};

/// How many errors a summary keeps word for word; the rest are counted.
pub const MAX_ERRORS: usize = 16;

/// What one chunk held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChunkSummary {
    /// How many records were decoded.
    pub records_read: u64,
    /// How many of those have a value that could not be read.
    pub records_holed: u64,
    /// How many records, or places where records should be, could not be read.
    pub records_damaged: u64,
    /// Whether the chunk's magic is not what it should be.
    pub magic_damaged: bool,
    /// Whether the checksum of the header or of the records is wrong.
    pub checksum_failed: bool,
    /// The smallest id in the header of a record that was read.
    pub first_record_id: Option<u64>,
    /// The largest id in the header of a record that was read.
    pub last_record_id: Option<u64>,
    /// The first errors.
    pub errors: Vec<EvtxError>,
}

impl ChunkSummary {
    pub(super) fn count_record(&mut self, id: u64) {
        self.records_read = self.records_read.saturating_add(1);
        self.first_record_id = Some(self.first_record_id.map_or(id, |first| first.min(id)));
        self.last_record_id = Some(self.last_record_id.map_or(id, |last| last.max(id)));
    }

    pub(super) fn count_hole(&mut self, error: &EvtxError) {
        self.records_holed = self.records_holed.saturating_add(1);
        keep(&mut self.errors, error);
    }

    pub(super) fn count_damage(&mut self, error: &EvtxError) {
        self.records_damaged = self.records_damaged.saturating_add(1);
        keep(&mut self.errors, error);
    }
}

/// What a whole log held. Sums over the chunks that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSummary {
    /// The file header, or why there is none.
    pub header: Result<FileHeader, EvtxError>,
    /// How many chunks were read, damaged ones with a record among them.
    pub chunks_read: u64,
    /// How many chunk slots are damaged: those without anything to read, and those read in spite of a wrong magic.
    pub chunks_damaged: u64,
    /// How many chunk slots hold only zeros. A log is laid out ahead, so these are no damage.
    pub chunks_empty: u64,
    /// How many chunks have a wrong checksum. In a log that was copied while in use, the newest chunk has.
    pub checksum_failures: u64,
    /// How many records were decoded.
    pub records_read: u64,
    /// How many of those have a value that could not be read.
    pub records_holed: u64,
    /// How many records, or places where records should be, could not be read.
    pub records_damaged: u64,
    /// The smallest id in the header of a record that was read.
    pub first_record_id: Option<u64>,
    /// The largest id in the header of a record that was read.
    pub last_record_id: Option<u64>,
    /// How many bytes the last chunk lacks because the file ends in it.
    pub truncated_bytes: u64,
    /// How many bytes behind the last chunk are no chunk.
    pub tail_bytes: u64,
    /// The first errors; see [`Self::errors_omitted`].
    pub errors: Vec<EvtxError>,
    /// How many further errors there were.
    pub errors_omitted: u64,
}

impl LogSummary {
    pub(super) const fn new(header: Result<FileHeader, EvtxError>) -> Self {
        Self {
            header,
            chunks_read: 0,
            chunks_damaged: 0,
            chunks_empty: 0,
            checksum_failures: 0,
            records_read: 0,
            records_holed: 0,
            records_damaged: 0,
            first_record_id: None,
            last_record_id: None,
            truncated_bytes: 0,
            tail_bytes: 0,
            errors: Vec::new(),
            errors_omitted: 0,
        }
    }

    /// Whether the log was open when it was copied.
    pub fn is_dirty(&self) -> bool {
        self.header.as_ref().is_ok_and(FileHeader::is_dirty)
    }

    /// Whether the log had reached its maximum size.
    pub fn is_full(&self) -> bool {
        self.header.as_ref().is_ok_and(FileHeader::is_full)
    }

    /// The state of the file header's checksum; `None` without a header.
    pub fn header_checksum(&self) -> Option<Checksum> {
        self.header.as_ref().ok().map(|header| header.checksum)
    }

    /// Whether everything that is in the file was read.
    pub const fn is_complete(&self) -> bool {
        self.header.is_ok()
            && self.chunks_damaged == 0
            && self.records_damaged == 0
            && self.records_holed == 0
            && self.truncated_bytes == 0
    }

    /// Adds what a chunk held.
    pub fn add_chunk(&mut self, chunk: &ChunkSummary) {
        self.chunks_read = self.chunks_read.saturating_add(1);
        self.chunks_damaged = self
            .chunks_damaged
            .saturating_add(u64::from(chunk.magic_damaged));
        self.checksum_failures = self
            .checksum_failures
            .saturating_add(u64::from(chunk.checksum_failed));
        self.records_read = self.records_read.saturating_add(chunk.records_read);
        self.records_holed = self.records_holed.saturating_add(chunk.records_holed);
        self.records_damaged = self.records_damaged.saturating_add(chunk.records_damaged);
        self.first_record_id = earliest(self.first_record_id, chunk.first_record_id);
        self.last_record_id = self.last_record_id.max(chunk.last_record_id);
        let damages = chunk
            .records_damaged
            .saturating_add(chunk.records_holed)
            .saturating_add(u64::from(chunk.magic_damaged));
        let kept = chunk
            .errors
            .iter()
            .map(|error| keep(&mut self.errors, error));
        let kept = kept.filter(|kept| *kept).count();
        let omitted = damages.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX));
        self.errors_omitted = self.errors_omitted.saturating_add(omitted);
    }

    /// Adds a chunk slot in which nothing could be read.
    pub fn add_damaged_chunk(&mut self, error: &EvtxError) {
        self.chunks_damaged = self.chunks_damaged.saturating_add(1);
        if !keep(&mut self.errors, error) {
            self.errors_omitted = self.errors_omitted.saturating_add(1);
        }
    }
}

fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn keep(errors: &mut Vec<EvtxError>, error: &EvtxError) -> bool {
    let room = errors.len() < MAX_ERRORS;
    if room {
        errors.push(error.clone());
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_capped_and_counted() {
        let mut chunk = ChunkSummary::default();
        for id in 0..20 {
            chunk.count_damage(&EvtxError::RecordsMissing {
                offset: 0x1000,
                expected: id,
                found: 0,
            });
        }
        chunk.count_record(7);
        chunk.count_record(5);
        let mut log = LogSummary::new(Err(EvtxError::Empty));
        log.add_chunk(&chunk);
        log.add_damaged_chunk(&EvtxError::Empty);
        assert_eq!(log.errors.len(), MAX_ERRORS);
        assert_eq!((log.records_damaged, log.errors_omitted), (20, 5));
        assert_eq!(
            (log.first_record_id, log.last_record_id),
            (Some(5), Some(7))
        );
        assert!(!log.is_complete());
    }
}
