//! Logs we write are read without complaint by other readers, with the same in them: the `evtx` crate, libevtx's
//! `evtxexport`, and python-evtx.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod evtx_support;

use std::path::{Path, PathBuf};
use std::process::Command;

use evtx::{EvtxParser, ParserSettings};
use evtx_support::{Plain, is_set, parse_xml, plain, without_layout};
use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::evtx::Log;
use rdpfix_formats::evtx::encode::encode;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::sid::Sid;
use rdpfix_formats::value::Value;

fn text(name: &str, text: &str) -> Element {
    Element::new(name).with_value(Value::text(text))
}

/// A `System` whose fields are text, as they come from XML.
fn system(provider: &str, id: u64, record: u64) -> Element {
    let provider = Element::new("Provider")
        .with_attribute("Name", Value::text(provider))
        .with_attribute(
            "Guid",
            Value::text("{C76BAA63-AE81-421C-B425-340B4B24157F}"),
        )
        .with_attribute("EventSourceName", Value::text("TermService"));
    let event_id =
        text("EventID", &id.to_string()).with_attribute("Qualifiers", Value::text("49152"));
    let time = Element::new("TimeCreated")
        .with_attribute("SystemTime", Value::text("2018-07-06T18:45:47.0178202Z"));
    let correlation = Element::new("Correlation").with_attribute(
        "ActivityID",
        Value::text("{0F2A4B6C-0000-1111-2222-333344445555}"),
    );
    let execution = Element::new("Execution")
        .with_attribute("ProcessID", Value::text("1234"))
        .with_attribute("ThreadID", Value::text("5678"));
    Element::new("System")
        .with_child(provider)
        .with_child(event_id)
        .with_child(text("Version", "0"))
        .with_child(text("Level", "4"))
        .with_child(text("Task", "0"))
        .with_child(text("Opcode", "0"))
        .with_child(text("Keywords", "0x80000000000000"))
        .with_child(time)
        .with_child(text("EventRecordID", &record.to_string()))
        .with_child(correlation)
        .with_child(execution)
        .with_child(text("Channel", "System"))
        .with_child(text("Computer", "web01.example.com"))
        .with_child(Element::new("Security").with_attribute("UserID", Value::text("S-1-5-20")))
}

fn event(provider: &str, id: u64, record: u64, payload: Element) -> Event {
    let root = Element::new("Event").with_child(system(provider, id, record));
    Event::new(root.with_child(payload))
}

fn data(name: &str, value: Value) -> Element {
    Element::new("Data")
        .with_attribute("Name", Value::text(name))
        .with_value(value)
}

fn nameless(record: u64, what: &str) -> Event {
    let payload = Element::new("EventData")
        .with_child(text("Data", what))
        .with_child(text("Binary", "59EF00FF"));
    event(
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
        1056,
        record,
        payload,
    )
}

fn named(record: u64) -> Event {
    let payload = Element::new("EventData")
        .with_child(data("Type", Value::text("server")))
        .with_child(data("ErrorCode", Value::Hex32(0x8009_030d)))
        .with_child(data("ErrorStatus", Value::U32(10001)))
        .with_child(data("Logon", Value::Hex64(0x3e7)))
        .with_child(data("Flag", Value::Bool(true)))
        .with_child(data("Empty", Value::Null));
    event("Schannel", 36870, record, payload)
}

fn user_data(record: u64) -> Event {
    let inner = Element::new("EventXML")
        .with_child(text("User", "CONTOSO\\alice"))
        .with_child(text("SessionID", "2"))
        .with_child(Element::new("Nested").with_child(text("Reason", "0x8")));
    let payload = Element::new("UserData").with_child(inner);
    event(
        "Microsoft-Windows-TerminalServices-LocalSessionManager",
        21,
        record,
        payload,
    )
}

/// The logs to be read: name and events.
fn logs() -> Vec<(&'static str, Vec<Event>)> {
    let unicode = "Zugriff verweigert: Schlüssel «доступ» 証明書 🔑 <&>\"'";
    let many = (1..=1200).map(|record| match record % 3 {
        0 => nameless(record, &format!("host{record}")),
        1 => named(record),
        _ => user_data(record),
    });
    vec![
        ("empty", Vec::new()),
        (
            "nameless",
            (7..10).map(|record| nameless(record, "web01")).collect(),
        ),
        ("named", (1..4).map(named).collect()),
        ("user-data", (1..4).map(user_data).collect()),
        (
            "unicode",
            (1..4).map(|record| nameless(record, unicode)).collect(),
        ),
        ("gaps", [5, 90, 91, 4000].map(named).into()),
        ("many", many.collect()),
    ]
}

fn ours(bytes: &[u8]) -> Vec<(u64, Plain)> {
    let log = Log::open(bytes).expect("our log");
    let records = log.records().map(|record| record.expect("a whole record"));
    records
        .map(|record| (record.id, plain(&record.event.root)))
        .collect()
}

/// Writes every log to a file for the other programs, and gives what must be read from it.
fn each(folder: &Path, read: impl Fn(&Path) -> Vec<(u64, Plain)>, same: impl Fn(Plain) -> Plain) {
    for (name, events) in logs() {
        let bytes = encode(&events).expect("a log");
        if name == "many" {
            assert!(bytes.len() > 200_000, "many chunks");
        }
        let path = folder.join(format!("{name}.evtx"));
        std::fs::write(&path, &bytes).expect("a written log");
        let expected = ours(&bytes);
        assert_eq!(expected.len(), events.len());
        let read = read(&path);
        let ids = |records: &[(u64, Plain)]| records.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(ids(&read), ids(&expected), "{name}");
        for ((id, expected), (_, read)) in expected.into_iter().zip(read) {
            let difference = same(expected).difference(&same(without_layout(read)));
            assert_eq!(difference, None, "{name}, record {id}");
        }
    }
}

/// Numbers, times and identifiers in one of the spellings the readers use.
fn in_one_spelling(mut plain: Plain) -> Plain {
    for (_, value) in &mut plain.attributes {
        *value = spelling(value);
    }
    plain.text = spelling(&plain.text);
    plain.children = plain.children.into_iter().map(in_one_spelling).collect();
    plain
}

fn spelling(text: &str) -> String {
    if let Some(digits) = text.strip_prefix("0x") {
        return format!("0x{}", digits.trim_start_matches('0').to_lowercase());
    }
    if text.starts_with('{') || text == "True" || text == "False" {
        return text.to_lowercase();
    }
    match FileTime::parse(text) {
        // python-evtx knows no more than microseconds.
        Some(time) => FileTime::from_ticks(time.ticks() / 10 * 10).to_string(),
        // libevtx of 2018 gets characters beyond 16 bits wrong.
        None => text.replace(|c: char| c > '\u{ffff}', "?"),
    }
}

/// Runs a program and gives what it wrote; it must succeed and complain of nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "other readers of the format are programs"
)]
fn run(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{program:?} {arguments:?}: {complaints}"
    );
    assert_eq!(complaints, "", "{program:?} {arguments:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn skip(what: &str) {
    assert!(
        !is_set("RDPFIX_REQUIRE_ORACLES"),
        "RDPFIX_REQUIRE_ORACLES is set and there is no {what}"
    );
    println!("skipped: no {what}");
}

#[test]
fn the_evtx_crate_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |path: &Path| {
        let settings = ParserSettings::new().indent(false).validate_checksums(true);
        let mut parser = EvtxParser::from_path(path)
            .expect("the crate opens it")
            .with_configuration(settings);
        assert!(parser.header().validate_checksum());
        let records = parser
            .records()
            .map(|record| record.expect("a whole record"));
        records
            .map(|record| (record.event_record_id, parse_xml(&record.data)))
            .collect()
    };
    each(folder.path(), read, |plain| plain);
}

/// Random values of every type, in the order of their type numbers, are shown alike.
#[test]
fn the_evtx_crate_shows_every_type_alike() {
    let values = every_type();
    let payload = values.iter().enumerate().map(|(index, value)| {
        data(&format!("v{index}"), value.clone()).with_attribute("at", value.clone())
    });
    let payload = payload.fold(Element::new("EventData"), Element::with_child);
    let bytes = encode(&[event("P", 1, 1, payload)]).expect("a log");
    let mut parser = EvtxParser::from_buffer(bytes.clone()).expect("the crate opens it");
    let theirs = parser
        .records()
        .next()
        .expect("a record")
        .expect("a whole record");
    let (_, ours) = ours(&bytes).remove(0);
    assert_eq!(
        ours.difference(&without_layout(parse_xml(&theirs.data))),
        None
    );
}

fn every_type() -> Vec<Value> {
    let time = |text| FileTime::parse(text).expect("a time");
    vec![
        Value::text("tab\tline\nreturn\r<&>\"' \u{1}\u{fffe}é🔑"),
        Value::I8(-5),
        Value::U8(250),
        Value::I16(-30000),
        Value::U16(60000),
        Value::I32(-2_000_000_000),
        Value::U32(4_000_000_000),
        Value::I64(i64::MIN),
        Value::U64(u64::MAX),
        Value::F32(1.5),
        Value::F64(-0.25),
        Value::Bool(true),
        Value::Bool(false),
        Value::Binary(vec![0, 0x5a, 0xff]),
        Value::Guid(Guid::from_bytes([0xab; 16])),
        Value::Size(0x7ff6_0000_1234),
        Value::FileTime(time("2018-07-06T18:45:47.0178202Z")),
        Value::FileTime(FileTime::from_ticks(0)),
        Value::SystemTime(time("2020-02-29T23:59:59.999Z")),
        Value::Sid(Sid::parse("S-1-5-21-1-2-3-500").expect("a SID")),
        Value::Sid(Sid::parse("S-1-16-16384").expect("a SID")),
        Value::Hex32(0xffff_fffe),
        Value::Hex64(0x8000_0000_0000_0000),
        Value::Array(vec![Value::U16(1), Value::U16(2)]),
        Value::Array(vec![Value::text("a"), Value::text(""), Value::text("c")]),
    ]
}

#[test]
fn libevtx_reads_them() {
    let program = PathBuf::from("evtxexport");
    if run(&program, &["-V"]).is_none() {
        return skip("evtxexport (Debian package libevtx-utils)");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let read = |path: &Path| {
        let path = path.to_str().expect("a plain path");
        let output = run(&program, &["-f", "xml", path]).expect("it runs");
        assert!(!output.contains("recovered"), "{output}");
        let events = output.match_indices("<Event ").map(|(start, _)| {
            let event = output[start..].split_inclusive("</Event>").next();
            parse_xml(event.expect("an event"))
        });
        // It gives no record ids, but these events have them in them.
        events
            .map(|event| {
                let system = event.child("System").expect("System");
                let id = system.child("EventRecordID").expect("EventRecordID");
                (id.text.parse().expect("a number"), event)
            })
            .collect()
    };
    each(folder.path(), read, in_one_spelling);
}

const PYTHON_READER: &str = include_str!("oracles/python_evtx.py");

#[test]
fn python_evtx_reads_them() {
    #[expect(clippy::disallowed_methods, reason = "a test asks where its oracle is")]
    let Some(python) = std::env::var_os("RDPFIX_ORACLE_PYTHON").map(PathBuf::from) else {
        return skip("RDPFIX_ORACLE_PYTHON (an interpreter with python-evtx)");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let read = |path: &Path| {
        let path = path.to_str().expect("a plain path");
        let output = run(&python, &["-c", PYTHON_READER, path]).expect("it runs");
        let records = output.split("RECORD ").skip(1);
        records
            .map(|record| {
                let (id, xml) = record.split_once('\n').expect("a record's id");
                (id.trim().parse().expect("a number"), parse_xml(xml))
            })
            .collect()
    };
    each(folder.path(), read, in_one_spelling);
}
