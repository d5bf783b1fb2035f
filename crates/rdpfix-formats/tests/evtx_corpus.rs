//! Every real log of the corpus, read by us and by the `evtx` crate: we read every record it reads, and the same in it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod evtx_support;

use std::collections::{BTreeMap, BTreeSet};

use evtx::{EvtxParser, ParserSettings};
use evtx_support::{Plain, corpus, logs_below, parse_xml, plain, read};
use rdpfix_formats::evtx::{Log, LogSummary, Record};
use rdpfix_formats::oracle;

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

/// How many records we read beyond those of the peer.
fn only_ours(ours: &Ours, theirs: &Theirs) -> usize {
    let peer = |id: &u64| theirs.get(id).map_or(0, Vec::len);
    let extra = ours
        .iter()
        .map(|(id, records)| records.len().saturating_sub(peer(id)));
    extra.sum()
}

/// The rows of the table of known differences: file and difference.
fn known_differences() -> BTreeSet<(String, String)> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
    };
    let rows = include_str!("evtx_differences.md").lines().filter_map(row);
    rows.skip(1).collect()
}

/// The typed view of an event says the same as its tree.
fn assert_system(record: &Record, peer: &Plain) {
    let Some(system) = peer.child("System") else {
        return;
    };
    let text = |name: &str| system.child(name).map(|field| field.text.clone());
    let ours = record.event.system();
    if let Some(id) = text("EventID").filter(|id| !id.is_empty()) {
        assert_eq!(ours.event_id().present().map(|id| id.to_string()), Some(id));
    }
    if let Some(channel) = text("Channel").filter(|channel| !channel.is_empty()) {
        assert_eq!(ours.channel().present(), Some(channel));
    }
    if let Some(id) = text("EventRecordID").filter(|id| !id.is_empty()) {
        assert_eq!(
            ours.record_id().present().map(|id| id.to_string()),
            Some(id)
        );
    }
    let provider = system
        .child("Provider")
        .and_then(|provider| provider.attribute("Name"));
    assert_eq!(ours.provider().present().as_deref(), provider);
}

#[test]
fn we_read_what_the_evtx_crate_reads() {
    let Some(corpus) = corpus() else { return };
    let mut found = BTreeSet::new();
    let (mut files, mut our_total, mut their_total) = (0, 0, 0);
    for path in logs_below(&corpus) {
        let name = path.strip_prefix(&corpus).unwrap_or(&path);
        let name = name.display().to_string();
        let bytes = read(&path);
        let (ours, summary) = read_ours(&bytes);
        let (theirs, peer_errors) = read_theirs(&bytes);
        files += 1;
        our_total += ours.values().map(Vec::len).sum::<usize>();
        their_total += theirs.values().map(Vec::len).sum::<usize>();
        for (id, theirs) in &theirs {
            let ours = ours.get(id).into_iter().flatten();
            ours.zip(theirs)
                .for_each(|(ours, (_, theirs))| assert_system(ours, theirs));
        }
        let differences = differences(&ours, &theirs);
        found.extend(differences.into_iter().map(|what| (name.clone(), what)));
        let extra = only_ours(&ours, &theirs);
        if extra > 0 {
            found.insert((name.clone(), format!("{extra} records only we read")));
        }
        if !summary.is_complete() || peer_errors > 0 {
            println!(
                "{name}: {} damaged records, {} with holes, {} damaged chunks; the peer has {peer_errors} errors",
                summary.records_damaged, summary.records_holed, summary.chunks_damaged
            );
        }
    }
    println!("{files} files: {our_total} records, the evtx crate {their_total}");
    let known = known_differences();
    let unknown: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        unknown.is_empty(),
        "not in the table of differences: {unknown:#?}"
    );
    assert!(gone.is_empty(), "in the table and no longer so: {gone:#?}");
}

/// The oracle of the fuzz targets, on everything real and on real logs cut short or with bytes changed.
#[test]
fn the_oracle_survives_the_corpus() {
    let Some(corpus) = corpus() else { return };
    for path in logs_below(&corpus) {
        let mut bytes = read(&path);
        oracle::evtx(&bytes);
        bytes.truncate(200_000);
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200 {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let at = usize::try_from(seed >> 24).unwrap_or(0) % bytes.len();
            bytes[at] = bytes[at].wrapping_add(u8::try_from(seed >> 56).unwrap_or(1) | 1);
        }
        oracle::evtx(&bytes);
    }
}
