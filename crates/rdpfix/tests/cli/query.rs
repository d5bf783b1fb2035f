//! `rdpfix query`, and the eight queries of Microsoft's article.

use std::fs;

use serde_json::Value;

use super::{denied_log, event, rdpfix};

const LOGS: &str = "examples/contoso-web01";

fn lines(arguments: &[&str]) -> Vec<Value> {
    let run = rdpfix(&[&["query"], arguments, &["--format", "json"]].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn article(provider: &str, id: u32) -> String {
    format!(
        "Event[System[Provider[@Name='{provider}'] and EventID={id} and TimeCreated[timediff(@SystemTime) <= 86400000]]]"
    )
}

#[test]
fn the_articles_queries_run_and_find_what_is_there() {
    let now = ["--now", "2026-11-20T12:00:00Z"];
    for (provider, id, expected) in [
        (super::RCM, 1058, 1),
        (super::RCM, 1057, 0),
        ("Schannel", 36870, 4),
        ("Schannel", 36872, 0),
        ("Schannel", 36871, 0),
    ] {
        let found = lines(&[&[article(provider, id).as_str(), LOGS], &now[..]].concat());
        assert_eq!(found.len(), expected, "{provider} {id}");
        assert!(
            found
                .iter()
                .all(|event| event["event_id"] == id && event["provider"] == provider)
        );
    }
    let without_now = lines(&[
        &article(super::RCM, 1058),
        LOGS,
        "--now",
        "2027-01-01T00:00:00Z",
    ]);
    assert!(without_now.is_empty(), "--now governs timediff");
}

#[test]
fn the_articles_broker_queries_are_warned_of_with_the_right_spelling() {
    let run = rdpfix(&[
        "query",
        &article(" Microsoft-Windows-TerminalServices-SessionBroker ", 2056),
        LOGS,
    ]);
    assert_eq!(run.status, 0);
    assert!(
        run.stderr.contains("has spaces inside the quotes"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("'Microsoft-Windows-TerminalServices-SessionBroker'")
    );
    let system = format!("{LOGS}/Windows/System32/winevt/Logs/System.evtx");
    for provider in ["SessionBroker", "SessionBroker-Client"] {
        let name = format!("Microsoft-Windows-TerminalServices-{provider}");
        let run = rdpfix(&["query", &article(&name, 2056), &system]);
        assert!(
            run.stderr.contains(&format!("{name}/Operational")),
            "the right channel is named: {}",
            run.stderr
        );
    }
}

#[test]
fn newest_first_and_count_are_across_all_logs() {
    let newest = lines(&["*", LOGS, "--reverse", "--count", "3"]);
    let times: Vec<_> = newest
        .iter()
        .map(|event| event["time_created"].as_str().unwrap().to_owned())
        .collect();
    let mut all: Vec<_> = lines(&["*", LOGS])
        .iter()
        .map(|event| event["time_created"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    assert_eq!(times, all.into_iter().rev().take(3).collect::<Vec<_>>());
    assert_eq!(lines(&["*", LOGS, "--count", "0"]).len(), 0);
}

#[test]
fn a_line_of_json_has_the_fields_of_the_interface() {
    let found = lines(&[
        "*[System[EventID=1058 and Provider[@EventSourceName='TermService']]]",
        LOGS,
        "--count",
        "1",
    ]);
    let event = &found[0];
    assert_eq!(event["channel"], "System");
    assert_eq!(event["qualifiers"], 49152);
    assert_eq!(event["level"], 2);
    assert_eq!(event["computer"], "web01.contoso.com");
    assert_eq!(
        event["data"],
        serde_json::json!([{"name": null, "value": "Access is denied.\r\n"}])
    );
    assert!(event["record_id"].as_u64().unwrap() > 0);
    assert!(event["source"]["offset"].as_u64().unwrap() > 4096);
    assert!(
        event["source"]["file"]
            .as_str()
            .unwrap()
            .ends_with("System.evtx")
    );
}

#[test]
fn xml_of_one_run_is_a_source_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.xml");
    let query = "*[System[Provider[@Name='Schannel']]]";
    let first = rdpfix(&[
        "query",
        query,
        LOGS,
        "--format",
        "xml",
        "--output",
        file.to_str().unwrap(),
    ]);
    assert_eq!(first.status, 0);
    let original = lines(&[query, LOGS]);
    let again = lines(&[query, file.to_str().unwrap()]);
    assert_eq!(original.len(), again.len());
    let fields = |events: &[Value]| -> Vec<_> {
        events
            .iter()
            .map(|event| (event["record_id"].clone(), event["data"].clone()))
            .collect()
    };
    assert_eq!(fields(&original), fields(&again));
}

#[test]
fn text_output_is_what_wevtutil_prints() {
    let run = rdpfix(&["query", "*[System[EventID=36870]]", LOGS, "--count", "1"]);
    let first: Vec<_> = run.stdout.lines().take(5).collect();
    assert_eq!(
        first,
        [
            "Event[0]:",
            "  Log Name: System",
            "  Source: Schannel",
            "  Date: 2026-11-18T08:00:01.0200000Z",
            "  Event ID: 36870"
        ]
    );
}

#[test]
fn a_wrong_query_shows_all_its_faults_with_carets() {
    let run = rdpfix(&["query", "*[System[EventID==1058 and Level=]]", LOGS]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.matches('^').count() >= 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn silence_is_explained() {
    let run = rdpfix(&["query", "*[System[EventID=4711]]", LOGS]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert!(
        run.stderr.contains("no event matches") && run.stderr.contains("6 logs"),
        "{}",
        run.stderr
    );
    let quiet = rdpfix(&["query", "*[System[EventID=4711]]", LOGS, "--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn what_a_text_export_lost_is_unknown_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("System.evtx");
    let data = "<EventData><Data Name='Type'>server</Data></EventData>";
    fs::write(
        &log,
        rdpfix_formats::evtx::encode::encode(&[event(
            "Schannel",
            36870,
            1,
            "2026-11-20T03:00:00Z",
            data,
        )])
        .unwrap(),
    )
    .unwrap();
    let text = folder.path().join("export.txt");
    let export = rdpfix(&[
        "query",
        "*",
        log.to_str().unwrap(),
        "--output",
        text.to_str().unwrap(),
    ]);
    assert_eq!(export.status, 0);
    let run = rdpfix(&[
        "query",
        "*[EventData[Data[@Name='Type']='server']]",
        text.to_str().unwrap(),
    ]);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("1 event more may match"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_query_list_of_event_viewer() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("System.evtx");
    fs::write(&log, denied_log()).unwrap();
    let list = "<QueryList><Query Id='0' Path='System'><Select Path='System'>*[System[(EventID=1058)]]</Select>\
                <Suppress Path='System'>*[System[EventRecordID &gt;= 3]]</Suppress></Query></QueryList>";
    let found = lines(&[list, log.to_str().unwrap()]);
    let ids: Vec<_> = found
        .iter()
        .map(|event| event["record_id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [1, 2]);
}
