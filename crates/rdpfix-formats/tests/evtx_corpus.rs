//! Every real log of the corpus, read by us and by the `evtx` crate: we read every record it reads, and the same in it.

mod evtx_support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evtx::{EvtxParser, ParserSettings};
use evtx_support::{Plain, corpus, logs_below, parse_xml, plain, read};
use rdpfix_formats::evtx::{Log, LogSummary, Record};

/// What the peer made of a record: ticks of the header's time, and the event.
type Theirs = BTreeMap<u64, Vec<(i128, Plain)>>;
type Ours = BTreeMap<u64, Vec<Record>>;

fn read_ours(bytes: &[u8]) -> (Ours, LogSummary) {
    let log = Log::open(bytes).expect("an event log");
    let mut records = log.records();
    let mut ours = Ours::new();
    for record in records.by_ref().flatten() {
        ours.entry(record.id).or_default().push(record);
    }
    (ours, records.into_summary())
}

fn read_theirs(bytes: &[u8]) -> (Theirs, usize) {
    let settings = ParserSettings::new().indent(false).num_threads(1);
    let mut parser = EvtxParser::from_buffer(bytes.to_vec())
        .expect("the peer opens it")
        .with_configuration(settings);
    let mut theirs = Theirs::new();
    let mut errors = 0;
    for record in parser.records() {
        match record {
            Ok(record) => theirs
                .entry(record.event_record_id)
                .or_default()
                .push((record.timestamp.as_nanosecond(), parse_xml(&record.data))),
            Err(_) => errors += 1,
        }
    }
    (theirs, errors)
}

/// Every way in which a file is read differently, in the words of the table.
fn differences(ours: &Ours, theirs: &Theirs) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (id, theirs) in theirs {
        let none = Vec::new();
        let ours = ours.get(id).unwrap_or(&none);
        for (index, (time, event)) in theirs.iter().enumerate() {
            let Some(record) = ours.get(index) else {
                found.insert(format!("record {id}: only the peer reads it"));
                continue;
            };
            let written = record.written.timestamp().map(|time| time.as_nanosecond());
            if written != Some(*time) {
                found.insert(format!("record {id}: time {written:?} and {time}"));
            }
            if let Some(difference) = plain(&record.event.root).difference(event) {
                found.insert(format!("record {id}: {difference}"));
            }
        }
    }
    found
}

fn only_ours(ours: &Ours, theirs: &Theirs) -> usize {
    let count = |id: &u64| theirs.get(id).map_or(0, Vec::len);
    let extra = ours
        .iter()
        .map(|(id, records)| records.len().saturating_sub(count(id)));
    extra.sum()
}

#[test]
fn we_read_what_the_evtx_crate_reads() {
    let Some(corpus) = corpus() else { return };
    let (mut files, mut records, mut peers) = (0, 0, 0);
    for path in logs_below(&corpus) {
        let name = path.strip_prefix(&corpus).unwrap_or(&path);
        let bytes = read(&path);
        let (ours, summary) = read_ours(&bytes);
        let (theirs, errors) = read_theirs(&bytes);
        files += 1;
        let our_count: usize = ours.values().map(Vec::len).sum();
        let their_count: usize = theirs.values().map(Vec::len).sum();
        records += our_count;
        peers += their_count;
        let found = differences(&ours, &theirs);
        let extra = only_ours(&ours, &theirs);
        if !found.is_empty() || extra > 0 || errors > 0 || !summary.is_complete() {
            println!(
                "{}: ours {our_count} theirs {their_count} extra {extra} peer errors {errors} damaged {} holed {} chunks damaged {} missing {}",
                name.display(),
                summary.records_damaged,
                summary.records_holed,
                summary.chunks_damaged,
                summary.truncated_bytes
            );
            for e in &summary.errors {
                println!("   E {e}");
            }
            println!("   {} differences", found.len());
            for e in found.iter().take(5) {
                println!("   D {}", e.chars().take(400).collect::<String>());
            }
        }
    }
    println!("{files} files: {records} records, the evtx crate {peers}");
    let _ = Path::new("");
}
