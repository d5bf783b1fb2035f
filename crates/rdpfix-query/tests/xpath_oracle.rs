//! The same queries over the same events in another XPath engine, libxml2, and in this one.
//!
//! Set `RDPFIX_ORACLE_PYTHON` to an interpreter that has lxml; with `RDPFIX_REQUIRE_ORACLES` its absence fails, as that of the
//! corpus does with `RDPFIX_REQUIRE_CORPUS`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test helper that fails is a failing test"
)]
#![allow(clippy::print_stdout, reason = "a skipped comparison says so")]
#![expect(
    clippy::disallowed_methods,
    reason = "the second engine runs outside, and is named by the environment"
)]

mod xml_event;

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::value::Value;
use rdpfix_query::{CompiledQuery, Match};

const NOW: &str = "2026-11-23T12:00:00.0000000Z";

const HANDWRITTEN: &[&str] = &[
    "*",
    "Event",
    "*[System]",
    "*[EventData]",
    "*[UserData]",
    "*[System][EventData]",
    "*[System and UserData]",
    "*[System[EventID=4624]]",
    "*[System/EventID=4624]",
    "*[System[EventID='4624']]",
    "*[System[EventID=0x1210]]",
    "*[System[(EventID=1056 or EventID=1149 or EventID=261)]]",
    "*[System[EventID!=7036]]",
    "*[System[4000 <= EventID and EventID < 5000]]",
    "*[System[Level<=2]]",
    "*[System[Level=1 or Level=2 or Level=3]]",
    "*[System[2.5 > Level]]",
    "*[System[Level='4']]",
    "*[System/Level!='4']",
    "*[System[Provider[@Name='Service Control Manager']]]",
    "*[System[Provider[@Name='service control manager']]]",
    "*[System/Provider[@Guid]]",
    "*[System/Provider/@EventSourceName]",
    "*[System[Provider[@Guid='{555908D1-A6D7-4695-8E1E-26931D2012F4}']]]",
    "*[System[Provider[@Guid='555908d1-a6d7-4695-8e1e-26931d2012f4']]]",
    "*[System[Provider[@Guid!='555908d1-a6d7-4695-8e1e-26931d2012f4']]]",
    "*[System[EventID[@Qualifiers]]]",
    "*[System[EventID/@Qualifiers=16384]]",
    "*[System/EventID[@Qualifiers > 0]]",
    "*[System[band(Keywords, 9007199254740992)]]",
    "*[System[Band(Keywords,0x8020000000000000)]]",
    "*[System[band(0x80000000000000, Keywords)]]",
    "*[System[band(Keywords, Keywords)]]",
    "*[System[Keywords='0x80000000000000']]",
    "*[System[Keywords='0x8020000000000000' or Keywords=0]]",
    "*[System[TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "*[System[TimeCreated[timediff(@SystemTime) > 250000000000]]]",
    "*[System[TimeCreated[260000000000 > timediff(@SystemTime)]]]",
    "*[System[TimeCreated[timediff(@SystemTime, '2018-08-12T00:00:00Z') > 0]]]",
    "*[System[TimeCreated[timediff('2018-08-12T00:00:00Z', @SystemTime) <= 3600000]]]",
    "*[System[TimeCreated[@SystemTime >= '2018-08-12T00:00:00.000Z']]]",
    "*[System[TimeCreated[@SystemTime >= '2018-08-11T00:00:00Z' and @SystemTime < '2018-08-13T02:00:00+02:00']]]",
    "*[System/TimeCreated['2020-01-01T00:00:00Z' > @SystemTime]]",
    "*[System[Execution[@ProcessID=4]]]",
    "*[System/Execution/@*=4]",
    "*[System/*/@ProcessID]",
    "*[System/*=4]",
    "*[*/EventID=4624]",
    "*[EventData/Data]",
    "*[EventData/Data[@Name]]",
    "*[EventData/Data='']",
    "*[EventData/Data=3]",
    "*[EventData/Data='3']",
    "*[EventData/Data!=3]",
    "*[EventData/Data > 1000]",
    "*[EventData[Data[@Name='LogonType'] and (Data='3')]]",
    "*[EventData/Data[@Name='LogonType']='3']",
    "*[EventData/Data[@Name='LogonType']>=3]",
    "*[EventData[Data[@Name='TargetUserName']='SYSTEM']]",
    "*[EventData[Data[@Name='SubjectUserSid']='S-1-5-18']]",
    "*[EventData[Data[1]='S-1-5-18']]",
    "*[EventData/Data[2]]",
    "*[EventData/Data[position()>=3 and @Name]]",
    "*[EventData/Data[@Name][2]='SYSTEM']",
    "*[EventData/*[1]/@Name='ConnectionName']",
    "*[EventData/Binary]",
    "*[UserData/EventXML/Param1]",
    "*[UserData/EventXML[Param1='Administrator' or Param1='administrator']]",
    "*[UserData/*/Param3]",
    "*[UserData/*/*]",
    "*[UserData/*/SessionID=1]",
    "*[UserData/*/*/*]",
    "*[System[(EventID=4624)]] and *[EventData[Data[@Name='LogonType']='3']]",
    "*/System/EventID=7036 and */EventData/Data='running'",
    "*[System[EventID=7036]] or *[UserData]",
    "Event/System[Level<=2]",
    "Event/System/Provider[@Name='Service Control Manager']",
    "*[position()<=10]",
    "*[System[EventID=4624]][position()<=5]",
    "*[System[Level=4]][3]",
    "*[1=1]",
    "*[1=2 or System/Level=0]",
    "*[System[Computer!='x' and Channel='System']]",
    "*[System[Security[@UserID='S-1-5-18']]]",
    "*[System[Correlation[@ActivityID]]]",
    "*[child::System[child::EventID[attribute::Qualifiers='16384']]]",
];

/// A small generator of repeatable numbers; which ones does not matter.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

/// A condition that holds for `event`, or nearly does, put to a node of it.
fn condition(dice: &mut Dice, element: &Element, depth: usize) -> String {
    if depth < 4 && dice.roll(3) == 0 {
        let (a, b) = (
            condition(dice, element, depth + 1),
            condition(dice, element, depth + 1),
        );
        return format!("({a} {} {b})", dice.pick(&["and", "or"]));
    }
    let children: Vec<&Element> = element.elements().collect();
    if !children.is_empty() && (element.attributes.is_empty() || dice.roll(3) > 0) {
        let child = *dice.pick(&children);
        let name = if dice.roll(8) == 0 { "*" } else { &child.name };
        return match dice.roll(6) {
            0 if child.elements().next().is_none() => comparison(dice, name, &text(child)),
            1 => name.into(),
            2 => format!("{name}[{}]", dice.roll(4) + 1),
            3 => format!(
                "{name}[{}][position() <= {}]",
                condition(dice, child, depth + 1),
                dice.roll(3) + 1
            ),
            4 if !child.attributes.is_empty() => {
                let attribute = dice.pick(&child.attributes);
                comparison(
                    dice,
                    &format!("{name}/@{}", attribute.name),
                    &attribute.value.to_string(),
                )
            }
            _ if child.elements().next().is_none() && child.attributes.is_empty() => {
                comparison(dice, name, &text(child))
            }
            _ => format!("{name}[{}]", condition(dice, child, depth + 1)),
        };
    }
    if element.attributes.is_empty() {
        return "*".into();
    }
    let attribute = dice.pick(&element.attributes).clone();
    match dice.roll(4) {
        0 => format!("@{}", attribute.name),
        1 if &*attribute.name == "SystemTime" => format!(
            "timediff(@SystemTime) <= {}",
            100_000_000_000_u64 * (dice.roll(9) as u64 + 1)
        ),
        _ => comparison(
            dice,
            &format!("@{}", attribute.name),
            &attribute.value.to_string(),
        ),
    }
}

fn text(element: &Element) -> String {
    element.text().present().unwrap()
}

fn comparison(dice: &mut Dice, path: &str, value: &str) -> String {
    let op = *dice.pick(&["=", "=", "=", "!=", "<", "<=", ">", ">="]);
    if value.parse::<u64>().is_ok_and(|_| dice.roll(3) > 0) {
        let literal = match dice.roll(3) {
            0 => format!("0x{:X}", value.parse::<u64>().unwrap()),
            _ => value.into(),
        };
        return if dice.roll(4) == 0 {
            format!("{literal} {op} {path}")
        } else {
            format!("{path} {op} {literal}")
        };
    }
    if value.starts_with("0x") && dice.roll(2) == 0 {
        return format!("band({path}, {value})");
    }
    match (value.contains('\''), value.contains('"')) {
        (false, _) => format!("{path} {op} '{value}'"),
        (true, false) => format!("{path} {op} \"{value}\""),
        (true, true) => path.into(),
    }
}

fn random_queries(events: &[Event], count: usize) -> Vec<String> {
    let mut dice = Dice(2056);
    let mut queries = Vec::new();
    while queries.len() < count {
        let event = &dice.pick(events).root;
        let query = format!("*[{}]", condition(&mut dice, event, 0));
        // Both engines see the query on one line: XPath has no escapes, and literals keep their line ends.
        if query.len() < 2000 && CompiledQuery::parse(&query).is_ok() {
            queries.push(query);
        }
    }
    queries
}

fn write(element: &Element, xml: &mut String) {
    let escape = |text: &str| quick_xml::escape::escape(text).into_owned();
    xml.push_str(&format!("<{}", element.name));
    for attribute in &element.attributes {
        xml.push_str(&format!(
            " {}=\"{}\"",
            attribute.name,
            escape(&attribute.value.to_string())
        ));
    }
    xml.push('>');
    let mut encloses = false;
    for child in element.elements() {
        encloses = true;
        write(child, xml);
    }
    if !encloses {
        xml.push_str(&escape(&text(element)));
    }
    xml.push_str(&format!("</{}>", element.name));
}

/// Events that no log holds: few names, few values, deep and repeated.
fn random_events(count: usize) -> Vec<String> {
    let mut dice = Dice(1296);
    let values = [
        "",
        "0",
        "1",
        "-1",
        "2.50",
        "0x10",
        "16",
        "a",
        "A",
        " a ",
        "2018-08-12T00:00:00Z",
        "S-1-5-18",
    ];
    fn grow(dice: &mut Dice, values: &[&str], name: &str, depth: usize) -> Element {
        let mut element = Element::new(name);
        for attribute in ["Name", "Qualifiers"] {
            if dice.roll(2) == 0 {
                element = element.with_attribute(attribute, Value::text(*dice.pick(values)));
            }
        }
        if depth == 0 || dice.roll(3) == 0 {
            return element.with_value(Value::text(*dice.pick(values)));
        }
        for _ in 0..dice.roll(5) {
            let name = *dice.pick(&["System", "EventData", "Data", "EventID", "Level"]);
            element = element.with_child(grow(dice, values, name, depth - 1));
        }
        element
    }
    let mut events = Vec::new();
    for _ in 0..count {
        let mut xml = String::new();
        write(&grow(&mut dice, &values, "Event", 3), &mut xml);
        events.push(xml);
    }
    events
}

fn corpus() -> Vec<String> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus/evtx"
    ));
    if !folder.is_dir() {
        assert!(
            env::var_os("RDPFIX_REQUIRE_CORPUS").is_none(),
            "no corpus at {}",
            folder.display()
        );
        println!("skipped: no corpus at {}", folder.display());
        return Vec::new();
    }
    let mut files = Vec::new();
    collect_files(folder, &mut files);
    files.sort();
    let mut events = Vec::new();
    for file in files {
        let Ok(parser) = evtx::EvtxParser::from_path(&file) else {
            continue;
        };
        let settings = evtx::ParserSettings::new().indent(false);
        let mut parser = parser.with_configuration(settings);
        // The same few hundred of each log, so that one long log does not stand for all.
        for record in parser.records().flatten().take(400) {
            let xml = record.data.replace("\r\n", "\n").replace('\r', "\n");
            let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
            if xml.chars().all(plain)
                && !xml.contains("&#")
                && !xml.contains(['\u{FFFE}', '\u{FFFF}'])
            {
                events.push(xml);
            }
        }
    }
    events
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "evtx")
        {
            files.push(path);
        }
    }
}

fn ask_libxml2(python: &str, queries: &[String], events: &[String]) -> Vec<Vec<usize>> {
    let task = serde_json::json!({ "now": NOW, "queries": queries, "events": events });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("task.json");
    std::fs::write(&file, task.to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/xpath.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&file)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares all answers; gives how many events the queries matched together.
fn compare(python: &str, queries: &[String], xml: &[String]) -> usize {
    let events: Vec<Event> = xml.iter().map(|xml| xml_event::read(xml)).collect();
    let now = FileTime::parse(NOW).unwrap();
    let theirs = ask_libxml2(python, queries, xml);
    let mut matched = 0;
    for (query, theirs) in queries.iter().zip(theirs) {
        let compiled = CompiledQuery::parse(query).unwrap_or_else(|errors| panic!("{errors}"));
        let mut matcher = compiled.matcher();
        let mut ours = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let answer = matcher.matches(event, now);
            assert_ne!(
                answer,
                Match::Unknown,
                "{query}: nothing was lost from {}",
                xml[index]
            );
            if answer == Match::Yes {
                assert!(
                    compiled.requirements().allow(event),
                    "{query}: requirements exclude {}",
                    xml[index]
                );
                ours.push(index);
            }
        }
        let first = || {
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
                (ours.iter().collect(), theirs.iter().collect());
            ours.symmetric_difference(&theirs)
                .next()
                .map(|index| **index)
        };
        if ours != theirs
            && let Some(index) = first()
        {
            panic!(
                "{query}\nhere {} matches, there {}; first about\n{}",
                ours.len(),
                theirs.len(),
                xml[index]
            );
        }
        matched += ours.len();
    }
    matched
}

#[test]
fn libxml2_gives_the_same_answers() {
    let Ok(python) = env::var("RDPFIX_ORACLE_PYTHON") else {
        assert!(
            env::var_os("RDPFIX_REQUIRE_ORACLES").is_none(),
            "RDPFIX_ORACLE_PYTHON is not set"
        );
        println!("skipped: RDPFIX_ORACLE_PYTHON is not set");
        return;
    };
    for (xml, random) in [(random_events(2000), 300), (corpus(), 300)] {
        if xml.is_empty() {
            continue;
        }
        let events: Vec<Event> = xml.iter().map(|xml| xml_event::read(xml)).collect();
        let mut queries: Vec<String> = HANDWRITTEN
            .iter()
            .map(|query| (*query).to_owned())
            .collect();
        queries.extend(random_queries(&events, random));
        let matched = compare(&python, &queries, &xml);
        println!(
            "{} queries over {} events: {matched} matches",
            queries.len(),
            xml.len()
        );
    }
}
