//! Damaged, cut and half-written logs: everything that is whole is read, and the rest is counted.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test's helper functions are tests"
)]

use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::evtx::encode::{EncodeError, Encoder, encode};
use rdpfix_formats::evtx::{
    CHUNK_HEADER_SIZE, CHUNK_SIZE, Checksum, EvtxError, FILE_HEADER_BLOCK, Log, LogSummary,
};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;
use rdpfix_formats::value::Value;

fn event(number: u64, text: &str) -> Event {
    let system = Element::new("System")
        .with_child(Element::new("Provider").with_attribute("Name", Value::text("TermService")))
        .with_child(Element::new("EventID").with_value(Value::text("1056")))
        .with_child(Element::new("EventRecordID").with_value(Value::U64(number)));
    let data =
        Element::new("EventData").with_child(Element::new("Data").with_value(Value::text(text)));
    Event::new(Element::new("Event").with_child(system).with_child(data))
}

/// A log of `count` records with ids from 1 on, 400 bytes each.
fn log(count: u64) -> Vec<u8> {
    let text = "x".repeat(150);
    let events: Vec<Event> = (1..=count).map(|number| event(number, &text)).collect();
    encode(&events).expect("a log")
}

fn read(bytes: &[u8]) -> (Vec<u64>, LogSummary) {
    let log = Log::open(bytes).expect("an event log");
    let mut records = log.records();
    let ids = records.by_ref().flatten().map(|record| record.id).collect();
    (ids, records.into_summary())
}

/// Where record `id` of the first chunk begins, and its size.
fn record_at(bytes: &[u8], id: u64) -> (usize, usize) {
    let log = Log::open(bytes).expect("an event log");
    let mut records = log.records().flatten();
    let record = records.find(|record| record.id == id).expect("the record");
    let at = usize::try_from(record.offset).unwrap();
    let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap());
    (at, usize::try_from(size).unwrap())
}

fn numbers(range: std::ops::RangeInclusive<u64>) -> Vec<u64> {
    range.collect()
}

const FIRST_CHUNK: usize = FILE_HEADER_BLOCK;

#[test]
fn a_whole_log() {
    let bytes = log(500);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, numbers(1..=500));
    assert!(summary.is_complete() && !summary.is_dirty() && !summary.is_full());
    assert_eq!(summary.chunks_read * 65536 + 4096, ReadAt::len(&bytes));
    assert!(summary.chunks_read > 2);
    assert_eq!(
        (summary.first_record_id, summary.last_record_id),
        (Some(1), Some(500))
    );
    assert_eq!(summary.header_checksum(), Some(Checksum::Match));
    let header = summary.header.expect("a header");
    assert_eq!(header.next_record_id, 501);
}

#[test]
fn an_empty_log_is_no_damage() {
    let bytes = encode([]).unwrap();
    assert_eq!(bytes.len(), FILE_HEADER_BLOCK + CHUNK_SIZE);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, [0; 0]);
    assert!(summary.is_complete());
    assert_eq!((summary.chunks_read, summary.records_read), (1, 0));
    assert_eq!(summary.checksum_failures, 0);
}

#[test]
fn what_is_no_log_at_all() {
    assert_eq!(Log::open(&[][..]).unwrap_err(), EvtxError::Empty);
    let error = Log::open(&b"regf and so on"[..]).unwrap_err();
    assert!(matches!(error, EvtxError::NotALog { length: 14, .. }));
    assert!(error.to_string().starts_with("not an event log"), "{error}");
    assert!(Log::open(vec![0; 300_000]).is_err());
}

#[test]
fn without_a_file_header() {
    let whole = log(300);
    let mut zeroed = whole.clone();
    zeroed[..FILE_HEADER_BLOCK].fill(0);
    let missing = &whole[FILE_HEADER_BLOCK..];
    for bytes in [&zeroed[..], missing] {
        let (ids, summary) = read(bytes);
        assert_eq!(ids, numbers(1..=300));
        assert!(summary.header.is_err() && !summary.is_complete());
    }
}

#[test]
fn a_stale_file_header_is_reported_and_not_used() {
    let mut bytes = log(300);
    bytes[16..32].fill(0);
    bytes[42..44].fill(0);
    bytes[120] = 3;
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, numbers(1..=300));
    assert!(summary.is_dirty() && summary.is_full());
    assert!(summary.header_checksum().is_some_and(Checksum::is_failure));
}

#[test]
fn one_bad_record_does_not_end_its_chunk() {
    let whole = log(300);
    let (at, size) = record_at(&whole, 7);
    for damaged in [at, at + 4, at + 5, at + size - 4] {
        let mut bytes = whole.clone();
        bytes[damaged] ^= 0xff;
        let (ids, summary) = read(&bytes);
        let without: Vec<u64> = (1..=300).filter(|id| *id != 7).collect();
        assert!(
            ids == without || ids == numbers(1..=300),
            "byte {damaged:#x}"
        );
        assert!(summary.checksum_failures == 1);
    }
    let mut bytes = whole;
    bytes[at..at + size].fill(0);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids.len(), 299);
    assert_eq!(summary.records_damaged, 1);
    assert!(
        summary.errors[0].to_string().contains(&format!("{at:#x}")),
        "{:?}",
        summary.errors
    );
}

#[test]
fn damage_inside_a_record_is_named_with_its_offset() {
    let mut bytes = log(3);
    let (at, _) = record_at(&bytes, 2);
    // Behind the record's header and the fragment's: the token of the template instance.
    bytes[at + 28] = 0x77;
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, [1, 3]);
    let message = summary.errors[0].to_string();
    let offset = format!("{:#x}", at + 28);
    assert!(
        message.starts_with(&format!("record 2 at offset {at:#x}")),
        "{message}"
    );
    assert!(
        message.contains(&offset) && message.contains("found 0x77"),
        "{message}"
    );
}

#[test]
fn a_value_that_cannot_be_read_leaves_a_hole() {
    let mut bytes = log(3);
    let (at, size) = record_at(&bytes, 2);
    // The event id's descriptor: the first value of the instance, of two bytes and type 6.
    let record = &bytes[at..at + size];
    let descriptor = record.windows(4).position(|window| window == [2, 0, 6, 0]);
    bytes[at + descriptor.expect("a 16-bit number") + 2] = 0x1f;
    let log = Log::open(bytes.as_slice()).unwrap();
    let mut records = log.records();
    let second = records.by_ref().flatten().nth(1).expect("the record");
    assert!(matches!(
        second.event.system().event_id(),
        Reading::Unreadable(_)
    ));
    assert_eq!(second.event.system().record_id(), Reading::Present(2));
    assert!(second.damage.is_some());
    assert_eq!(records.summary().records_holed, 1);
}

#[test]
fn one_bad_chunk_does_not_end_the_file() {
    let whole = log(500);
    let (first, _) = read(&whole[..FIRST_CHUNK + CHUNK_SIZE]);
    let mut zeroed = whole.clone();
    zeroed[FIRST_CHUNK..FIRST_CHUNK + CHUNK_SIZE].fill(0);
    let (ids, summary) = read(&zeroed);
    assert_eq!(ids, numbers(first.len() as u64 + 1..=500));
    assert_eq!((summary.chunks_empty, summary.chunks_damaged), (1, 0));

    let mut overwritten = whole.clone();
    overwritten[FIRST_CHUNK..FIRST_CHUNK + CHUNK_SIZE].fill(0x5a);
    let (ids, summary) = read(&overwritten);
    assert_eq!(ids, numbers(first.len() as u64 + 1..=500));
    assert_eq!((summary.chunks_empty, summary.chunks_damaged), (0, 1));

    let mut renamed = whole;
    renamed[FIRST_CHUNK..FIRST_CHUNK + 8].fill(0);
    let (ids, summary) = read(&renamed);
    assert_eq!(ids, numbers(1..=500));
    assert_eq!((summary.chunks_damaged, summary.checksum_failures), (1, 0));
}

#[test]
fn a_chunk_whose_whole_header_is_lost() {
    let mut bytes = log(500);
    bytes[FIRST_CHUNK..FIRST_CHUNK + CHUNK_HEADER_SIZE].fill(0);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, numbers(1..=500));
    assert_eq!(summary.chunks_damaged, 1);
}

#[test]
fn a_file_that_ends_in_a_chunk() {
    let whole = log(300);
    let (at, _) = record_at(&whole, 40);
    let (ids, summary) = read(&whole[..at + 30]);
    assert_eq!(ids, numbers(1..=39));
    assert_eq!(summary.records_damaged, 1);
    assert_eq!(
        summary.truncated_bytes,
        (FIRST_CHUNK + CHUNK_SIZE - at - 30) as u64
    );

    let mut tail = whole;
    tail.extend([1, 2, 3]);
    let (ids, summary) = read(&tail);
    assert_eq!(ids.len(), 300);
    assert_eq!((summary.tail_bytes, summary.chunks_damaged), (3, 0));
}

/// The chunk header's count, last offset and free space as they were when `id` was the last record.
fn age_header(bytes: &mut [u8], id: u64) {
    let (at, size) = record_at(bytes, id);
    let end = u32::try_from(at + size - FIRST_CHUNK).unwrap();
    bytes[FIRST_CHUNK + 16..FIRST_CHUNK + 24].copy_from_slice(&id.to_le_bytes());
    bytes[FIRST_CHUNK + 32..FIRST_CHUNK + 40].copy_from_slice(&id.to_le_bytes());
    bytes[FIRST_CHUNK + 48..FIRST_CHUNK + 52].copy_from_slice(&end.to_le_bytes());
}

#[test]
fn records_behind_an_old_header_count_when_they_go_on() {
    let mut bytes = log(100);
    age_header(&mut bytes, 20);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, numbers(1..=100));
    assert_eq!(summary.checksum_failures, 1);
}

#[test]
fn what_an_older_use_of_the_chunk_left_does_not_count() {
    let mut bytes = log(100);
    age_header(&mut bytes, 20);
    let (at, _) = record_at(&bytes, 21);
    bytes[at + 8..at + 16].copy_from_slice(&5_u64.to_le_bytes());
    assert_eq!(read(&bytes).0, numbers(1..=20));
    // An empty chunk's slack holds whole records of another time.
    bytes[FIRST_CHUNK + 24..FIRST_CHUNK + 40].fill(0xff);
    bytes[FIRST_CHUNK + 48..FIRST_CHUNK + 52].copy_from_slice(&512_u32.to_le_bytes());
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, [0; 0]);
    assert_eq!(summary.records_damaged, 0);
}

#[test]
fn records_the_header_promises_and_does_not_have() {
    let mut bytes = log(100);
    let (at, _) = record_at(&bytes, 90);
    bytes[at..FIRST_CHUNK + CHUNK_SIZE].fill(0);
    let (ids, summary) = read(&bytes);
    assert_eq!(ids, numbers(1..=89));
    let missing = EvtxError::RecordsMissing {
        offset: FIRST_CHUNK as u64,
        expected: 100,
        found: 89,
    };
    assert_eq!(summary.errors, [missing]);
}

#[test]
fn slots_by_age_of_a_log_that_wrapped() {
    let mut bytes = log(500);
    let chunk = bytes[FIRST_CHUNK..FIRST_CHUNK + CHUNK_SIZE].to_vec();
    bytes.drain(FIRST_CHUNK..FIRST_CHUNK + CHUNK_SIZE);
    bytes.extend(chunk);
    bytes.extend(vec![0; CHUNK_SIZE]);
    let log = Log::open(bytes.as_slice()).unwrap();
    let mut summary = log.records().into_summary();
    let mut buffer = Vec::new();
    let mut ids = Vec::new();
    for slot in log.slots_by_age() {
        let records = log.read_slot(slot, &mut buffer, &mut summary);
        ids.extend(records.into_iter().flatten().map(|record| record.id));
    }
    assert_eq!(ids, numbers(1..=500));
}

/// A sparse file: zeros without end, of which only what is read costs anything.
struct Zeros {
    header: Vec<u8>,
    length: u64,
}

impl ReadAt for Zeros {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let count = self.header.read_at(offset, buf)?;
        if count > 0 {
            return Ok(count);
        }
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap();
        let count = left.min(buf.len());
        buf[..count].fill(0);
        Ok(count)
    }
}

#[test]
fn two_gigabytes_of_zeros() {
    let log = Log::open(Zeros {
        header: log(3),
        length: 2 << 30,
    });
    let log = log.unwrap();
    let mut records = log.records();
    assert_eq!(records.by_ref().flatten().count(), 3);
    assert_eq!(records.summary().chunks_empty, 32766);
    let nothing = Zeros {
        header: vec![0; 8],
        length: 2 << 30,
    };
    assert!(matches!(Log::open(nothing), Err(EvtxError::NotALog { .. })));
}

#[test]
fn an_event_that_fits_no_chunk() {
    let big = event(1, &"x".repeat(32_700));
    let mut encoder = Encoder::new(Vec::new()).unwrap();
    assert!(matches!(
        encoder.write(&big),
        Err(EncodeError::TooLarge { .. })
    ));
    encoder.write(&event(1, "fits")).unwrap();
    let finished = encoder.finish().unwrap();
    assert_eq!((finished.records, finished.chunks), (1, 1));
    // The header written first says that the log is in use; the log is whole all the same.
    let (ids, summary) = read(&finished.out);
    assert_eq!(ids, [1]);
    assert!(summary.is_dirty() && summary.is_complete());
}

#[test]
fn record_ids_follow_the_events_and_never_fall() {
    let events = [5, 9, 9, 3, 11].map(|number| event(number, "x"));
    let (ids, _) = read(&encode(&events).unwrap());
    assert_eq!(ids, [5, 9, 10, 11, 12]);
}
