//! What every decoder must do with any bytes at all: return. The fuzz targets and the tests of damaged input call these.

use crate::evtx::Log;
use crate::read_at::ReadAt;

/// Decodes everything an event log holds, in every way the decoder offers.
///
/// # Panics
/// When the decoder's own counts contradict what it gave.
pub fn evtx(bytes: &[u8]) {
    let Ok(log) = Log::open(bytes) else { return };
    let mut records = log.records();
    let mut read = 0_u64;
    for record in records.by_ref().flatten() {
        read = read.saturating_add(1);
        let system = record.event.system();
        let _ = (system.event_id(), system.time_created(), system.provider());
        let _ = record.event.payload();
        assert!(
            record.offset < ReadAt::len(bytes),
            "a record outside the file"
        );
    }
    let summary = records.summary();
    assert_eq!(read, summary.records_read, "records given and counted");
    assert!(log.slots_by_age().len() <= usize::try_from(log.slots()).unwrap_or(usize::MAX));
    let mut buffer = Vec::new();
    for slot in 0..log.slots() {
        if let Ok(Some(chunk)) = log.chunk(slot, &mut buffer) {
            // The walk makes progress: a record is at least 28 bytes, and so is what is skipped at a time.
            assert!(
                chunk.records().count() <= chunk.bytes().len() / 8,
                "too many records"
            );
        }
    }
}
