//! `rdpfix diagnose --format json` and its schema.

use std::fs;

use serde_json::Value;

use super::{rdpfix, root};

fn report(source: &str) -> Value {
    let run = rdpfix(&[
        "diagnose",
        source,
        "--format",
        "json",
        "--now",
        "2026-11-20T12:00:00Z",
    ]);
    serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

fn schema() -> Value {
    let text = fs::read_to_string(root().join("docs/schema/diagnosis-v1.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn reports_fit_the_committed_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for source in [
        "examples/contoso-web01",
        "examples/contoso-web01/Windows/System32/winevt/Logs/Security.evtx",
    ] {
        let report = report(source);
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{source}");
    }
    let mut broken = report("examples/contoso-web01");
    broken["findings"][0]["confidence"] = "certain".into();
    assert!(
        !validator.is_valid(&broken),
        "the schema does refuse something"
    );
}

#[test]
fn the_fields_others_rely_on() {
    let report = report("examples/contoso-web01");
    assert_eq!(report["version"], 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["cause"], "rdp-key-acl");
    assert_eq!(finding["confidence"], "likely");
    assert_eq!(finding["severity"], "critical");
    let citation = &finding["citations"][0];
    assert!(
        citation["channel"].is_string()
            && citation["record_id"].is_u64()
            && citation["source"]["offset"].is_u64()
    );
    let remedy = &finding["remedies"][0];
    assert!(
        remedy["action"].is_string()
            && remedy["applicability"] == "safe"
            && remedy["disruption"] == "none"
    );
    assert!(
        report["ruled_out"]
            .as_array()
            .unwrap()
            .iter()
            .any(|cause| cause["cause"] == "broker-db-unavailable"
                && cause["because"].as_str().unwrap().contains("not installed"))
    );
    assert!(
        report["undecided"]
            .as_array()
            .unwrap()
            .iter()
            .all(|cause| !cause["gaps"].as_array().unwrap().is_empty())
    );
    let coverage = report["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(|artifact| artifact["status"] == "read"));
    assert!(
        coverage
            .iter()
            .any(|artifact| artifact["status"] == "absent")
    );
    assert!(report["attempts"].is_array());
    let confidences: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["confidence"].as_str().unwrap())
        .collect();
    let rank = |confidence: &&str| {
        ["confirmed", "likely", "possible"]
            .iter()
            .position(|known| known == confidence)
    };
    assert!(
        confidences.is_sorted_by_key(rank),
        "most believed first: {confidences:?}"
    );
}
