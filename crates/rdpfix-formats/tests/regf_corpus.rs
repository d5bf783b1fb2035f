//! Real hives, read by us, by dissect.regf and, for the replay of logs, by Windows: the same keys, values, times, classes and
//! security descriptors.
//!
//! Set `RDPFIX_ORACLE_PYTHON` to an interpreter that has dissect.regf; with `RDPFIX_REQUIRE_ORACLES` its absence fails.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod regf_support;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;
use rdpfix_formats::regf::{ControlSet, Hive, HiveState, LogFormat, Validation, Value, ValueData};
use regf_support::{HIVES, corpus, hive_and_logs, is_set, lines, open, read};
use serde_json::Value as Json;

/// What dissect.regf reads in a hive after an independent replay of its logs; `None` when it cannot read it at all.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks another program for its answer"
)]
fn theirs(python: &str, hive: &Path, logs: &[&str]) -> Option<Vec<String>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regf_oracle.py");
    let output = std::process::Command::new(python)
        .arg(script)
        .arg(hive)
        .args(logs.iter().map(|log| hive.with_file_name(log)))
        .output()
        .expect("the oracle's interpreter");
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        println!(
            "{}: {}",
            hive.display(),
            message.lines().last().unwrap_or_default()
        );
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("ASCII");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    Some(lines)
}

#[expect(clippy::disallowed_methods, reason = "a test asks where its oracle is")]
fn oracle() -> Option<String> {
    let python = std::env::var("RDPFIX_ORACLE_PYTHON").ok();
    if python.is_none() {
        assert!(
            !is_set("RDPFIX_REQUIRE_ORACLES"),
            "RDPFIX_ORACLE_PYTHON is not set"
        );
        println!("skipped: RDPFIX_ORACLE_PYTHON is not set");
    }
    python
}

#[test]
fn we_read_what_dissect_reads() {
    let (Some(corpus), Some(python)) = (corpus(), oracle()) else {
        return;
    };
    let (mut hives, mut keys, mut values) = (0, 0, 0);
    for (name, logs) in HIVES {
        // dissect.regf gives up at the first damage.
        if name.starts_with("damaged/") {
            continue;
        }
        for logs in BTreeSet::from([logs, &[]]) {
            let (primary, log_bytes) = hive_and_logs(&corpus, name, logs);
            let ours = lines(&open(&primary, &log_bytes));
            let theirs = theirs(&python, &corpus.join(name), logs);
            let theirs =
                theirs.unwrap_or_else(|| panic!("{name} with {logs:?}: not read by dissect"));
            let only = |one: &[String], other: &[String]| {
                let other: BTreeSet<&String> = other.iter().collect();
                let mut only = one.iter().filter(|line| !other.contains(line));
                only.next()
                    .map(|line| line.chars().take(300).collect::<String>())
            };
            println!(
                "{name} {logs:?}: {} keys, {} values, {} errors",
                ours.keys,
                ours.values,
                ours.errors.len()
            );
            assert_eq!(
                only(&ours.lines, &theirs),
                None,
                "{name} {logs:?}: only we read"
            );
            assert_eq!(
                only(&theirs, &ours.lines),
                None,
                "{name} {logs:?}: only dissect reads"
            );
            assert_eq!(ours.lines.len(), theirs.len(), "{name} {logs:?}");
            assert!(ours.errors.is_empty(), "{name} {logs:?}: {:?}", ours.errors);
            hives += 1;
            keys += ours.keys;
            values += ours.values;
        }
    }
    println!("{hives} hives, {keys} keys, {values} values: no difference");
}

#[test]
fn replay_gives_what_windows_made_of_the_same_hive() {
    let Some(corpus) = corpus() else { return };
    let (primary, logs) = hive_and_logs(
        &corpus,
        "yarp-NewDirtyHive1/NewDirtyHive",
        &["NewDirtyHive.LOG1", "NewDirtyHive.LOG2"],
    );
    let recovered = read(&corpus.join("yarp-NewDirtyHive1/RecoveredHive_Windows10"));
    let ours = open(&primary, &logs);
    let windows = Hive::open_as(recovered.as_slice(), &[], Validation::Strict).unwrap();
    assert_eq!(lines(&ours), lines(&windows));
    let HiveState::Recovered(recovery) = ours.state() else {
        panic!("{:?}", ours.state());
    };
    assert_eq!(
        (recovery.format, recovery.logs, recovery.entries),
        (LogFormat::New, 2, 4)
    );
    assert_eq!(ours.base_block().bins_size, windows.base_block().bins_size);
    assert_ne!(
        lines(&ours),
        lines(&open(&primary, &[])),
        "the logs change something"
    );
    // The order in which the logs are given does not matter.
    let swapped: Vec<Vec<u8>> = logs.into_iter().rev().collect();
    assert_eq!(lines(&open(&primary, &swapped)), lines(&windows));
}

fn facts(corpus: &Path) -> Json {
    serde_json::from_slice(&read(&corpus.join("FACTS.json"))).expect("JSON")
}

#[test]
fn counts_and_headers_are_those_of_the_facts() {
    let Some(corpus) = corpus() else { return };
    let facts = facts(&corpus);
    for (name, _) in HIVES {
        let Json::Object(fact) = &facts[format!("hives/{name}")] else {
            panic!("{name}: no facts");
        };
        let primary = read(&corpus.join(name));
        let hive = Hive::open(primary.as_slice()).unwrap();
        let base = hive.base_block();
        assert_eq!(fact["seq_primary"], base.primary_sequence, "{name}");
        assert_eq!(fact["seq_secondary"], base.secondary_sequence, "{name}");
        assert_eq!(fact["base_checksum_ok"], base.checksum_matches(), "{name}");
        assert_eq!(fact["bins_size"], base.bins_size, "{name}");
        assert_eq!(
            fact["last_written_filetime"],
            base.last_written.ticks(),
            "{name}"
        );
        let dirty = matches!(hive.state(), HiveState::DirtyWithoutLogs { .. });
        assert_eq!(fact["dirty"], dirty, "{name}");
        let version = format!("{}.{}", base.major_version, base.minor_version);
        assert_eq!(fact["version"], version, "{name}");
        let read = lines(&hive);
        println!(
            "{name}: {} keys, {} values, {} errors {:?}",
            read.keys,
            read.values,
            read.errors.len(),
            read.errors.iter().take(3).collect::<Vec<_>>()
        );
        if !name.starts_with("damaged/") {
            assert_eq!(fact["keys"], read.keys, "{name}");
            assert_eq!(fact["values"], read.values, "{name}");
        }
    }
}

fn as_json(value: &Value) -> Json {
    match value.data() {
        ValueData::String(text) | ValueData::ExpandString(text) => Json::from(text),
        ValueData::MultiString(texts) => Json::from(texts),
        ValueData::Dword(number) => Json::from(number),
        ValueData::Qword(number) => Json::from(number),
        other => panic!("{}: {other:?}", value.name),
    }
}

/// python-registry keeps the empty texts at the end of a list.
fn without_empty(fact: &Json) -> Json {
    match fact {
        Json::Array(texts) => texts.iter().filter(|text| *text != "").cloned().collect(),
        other => other.clone(),
    }
}

#[test]
fn remote_desktop_settings_are_those_of_the_facts() {
    let Some(corpus) = corpus() else { return };
    let facts = facts(&corpus);
    let mut compared = 0;
    for (name, logs) in &HIVES[..2] {
        let fact = &facts[format!("hives/{name}")];
        let (primary, logs) = hive_and_logs(&corpus, name, logs);
        let hive = open(&primary, &logs);
        let sets = ControlSet::current(&hive).present().unwrap();
        assert_eq!(fact["Select"]["Current"], sets.current);
        assert_eq!(
            fact["Select"]["LastKnownGood"],
            sets.last_known_good.clone().present().unwrap()
        );
        assert_eq!(fact["current"], sets.key_name().unwrap());
        let server = "CurrentControlSet\\Control\\Terminal Server";
        let mut groups = vec![(server.to_owned(), &fact["TerminalServer"])];
        for (station, values) in fact["WinStations"].as_object().unwrap() {
            groups.push((format!("{server}\\WinStations\\{station}"), values));
        }
        for (service, values) in fact["Services"].as_object().unwrap() {
            groups.push((format!("currentcontrolset\\services\\{service}"), values));
        }
        let tcpip = "CurrentControlSet\\Services\\Tcpip\\Parameters".to_owned();
        groups.push((tcpip, &fact["Tcpip"]));
        for (path, values) in groups {
            let values = values.as_object().unwrap();
            let key = match hive.key(&path) {
                Reading::Present(key) => key,
                Reading::Absent => {
                    assert!(values.is_empty(), "{name}: no {path}");
                    continue;
                }
                Reading::Unreadable(reason) => panic!("{name}: {path}: {reason}"),
            };
            for (value, expected) in values {
                let found = key.value(&value.to_uppercase()).present();
                let found = found.unwrap_or_else(|| panic!("{name}: no {path}\\{value}"));
                assert_eq!(as_json(&found), without_empty(expected), "{path}\\{value}");
                compared += 1;
            }
        }
    }
    println!("{compared} values compared");
    assert!(compared > 350);
}

/// How many bytes were read, and in how many reads.
struct Counted<'a>(&'a [u8], Cell<(usize, usize)>);

impl ReadAt for Counted<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read_at(offset, buf)?;
        let (bytes, reads) = self.1.get();
        self.1.set((bytes + count, reads + 1));
        Ok(count)
    }
}

#[test]
fn questions_read_a_small_part_of_a_hive() {
    let Some(corpus) = corpus() else { return };
    for (name, logs) in &HIVES[..2] {
        let (primary, logs) = hive_and_logs(&corpus, name, logs);
        let counted = Counted(&primary, Cell::default());
        let logs: Vec<Counted<'_>> = logs
            .iter()
            .map(|log| Counted(log, Cell::default()))
            .collect();
        let log_inputs: Vec<&dyn ReadAt> = logs.iter().map(|log| log as &dyn ReadAt).collect();
        let hive = Hive::open_with_logs(&counted, &log_inputs).unwrap();
        for path in [
            "Control\\Terminal Server\\WinStations\\RDP-Tcp",
            "Control\\Lsa",
            "Control\\SecurityProviders\\SCHANNEL\\Protocols",
            "Services\\TermService",
            "Services\\SessionEnv",
            "Services\\UmRdpService",
            "Services\\MpsSvc",
            "Services\\Tcpip\\Parameters",
        ] {
            let key = hive
                .key(&format!("CurrentControlSet\\{path}"))
                .present()
                .unwrap();
            assert!(key.values().all(|value| value.is_ok()), "{name}: {path}");
        }
        let (bytes, reads) = counted.1.get();
        let (log_bytes, log_reads) = logs.iter().fold((0, 0), |sum, log| {
            let (bytes, reads) = log.1.get();
            (sum.0 + bytes, sum.1 + reads)
        });
        println!(
            "{name}: {bytes} bytes of {} in {reads} reads, of the logs {log_bytes} in {log_reads}",
            primary.len()
        );
        assert!(
            bytes < 3 << 20 && reads < 50,
            "{bytes} bytes, {reads} reads"
        );
    }
}

#[test]
fn every_key_is_found_by_its_path() {
    let Some(corpus) = corpus() else { return };
    for (name, logs) in HIVES {
        let (primary, logs) = hive_and_logs(&corpus, name, logs);
        let hive = open(&primary, &logs);
        for walked in hive.walk().flatten().step_by(5) {
            let found = hive.key(&walked.path.to_uppercase()).present();
            let found = found.unwrap_or_else(|| panic!("{name}: {} not found", walked.path));
            assert_eq!(
                found.offset(),
                walked.key.offset(),
                "{name}: {}",
                walked.path
            );
        }
    }
}

#[test]
fn a_real_hive_that_is_whole_is_read_strictly() {
    let Some(corpus) = corpus() else { return };
    for (name, logs) in HIVES {
        let (primary, log_bytes) = hive_and_logs(&corpus, name, logs);
        let logs: Vec<&dyn ReadAt> = log_bytes.iter().map(|log| log as &dyn ReadAt).collect();
        let strict = Hive::open_as(primary.as_slice(), &logs, Validation::Strict);
        if name.starts_with("damaged/") {
            println!("{name}: {}", strict.map(|_| ()).unwrap_err());
            continue;
        }
        let strict = strict.unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = lines(&strict);
        assert_eq!(read.errors, Vec::<String>::new(), "{name}");
        assert_eq!(read, lines(&open(&primary, &log_bytes)), "{name}");
    }
}
