//! Real machines' logs: nothing is found on a healthy one, and what was planted is found.
//!
//! They lie outside the project, in `../shared/corpus`. Where they are not, these tests say so and pass; with `RDPFIX_REQUIRE_CORPUS` set they fail.

use std::path::PathBuf;

use serde_json::Value;

use super::{rdpfix, root};

fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus/evtx");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("RDPFIX_REQUIRE_CORPUS").is_none(),
        "the corpus is not in {}",
        folder.display()
    );
    #[expect(clippy::print_stdout, reason = "a skipped test says so")]
    {
        println!("skipped: no corpus in {}", folder.display());
    }
    None
}

fn findings(path: &std::path::Path) -> Vec<(String, String)> {
    let run = rdpfix(&[
        "diagnose",
        path.to_str().unwrap(),
        "--format",
        "json",
        "--quiet",
    ]);
    let report: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", path.display(), run.stderr));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    let expected_status = if findings.is_empty() { 3 } else { 1 };
    assert_eq!(run.status, expected_status, "{}", path.display());
    findings
        .iter()
        .map(|finding| (text(&finding["cause"]), text(&finding["confidence"])))
        .collect()
}

#[test]
fn real_machines_without_this_fault_have_no_finding() {
    let Some(corpus) = corpus() else { return };
    for set in [
        "win10-DESKTOP-1N4R894",
        "win11-FUKUSUKE16E9",
        "win7-shieldbase",
        "server-winhost117-mostly-empty",
        "omerbenamram-misc",
        "rdp",
        "misc",
        "damaged",
    ] {
        assert_eq!(findings(&corpus.join(set)), [], "{set}");
    }
}

#[test]
fn the_planted_faults_are_found() {
    let Some(corpus) = corpus() else { return };
    let synthetic = corpus.join("synthetic");
    let first = |file: &str| {
        findings(&synthetic.join(file))
            .into_iter()
            .next()
            .unwrap_or_default()
    };
    let likely = |cause: &str| (cause.to_owned(), "likely".to_owned());
    assert_eq!(
        first("grafted-2-vss_7-System-1057-1058.evtx"),
        likely("rdp-key-acl")
    );
    assert_eq!(first("synth-scenario1-System.evtx"), likely("rdp-key-acl"));
    assert_eq!(
        first("synth-scenario2-System.evtx"),
        likely("tls-server-disabled")
    );
    assert_eq!(
        first("synth-scenario3-SessionBroker-Operational.evtx"),
        likely("broker-db-unavailable")
    );
    assert_eq!(
        first("synth-scenario3-SessionBroker-Client-Operational.evtx"),
        likely("broker-db-unavailable")
    );
}
