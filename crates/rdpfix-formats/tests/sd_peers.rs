//! Others read the descriptors we write as we do, and decide as we do.
//!
//! - `winacl`, a Python library, reads the bytes. Set `RDPFIX_ORACLE_PYTHON` to an interpreter that has it; with
//!   `RDPFIX_REQUIRE_ORACLES` its absence fails.
//! - Samba, which checks access for file servers since decades, decides. It is in no package registry of Python; set
//!   `RDPFIX_SAMBA_PYTHON` to an interpreter that has its bindings (Debian: `python3-samba`, `/usr/bin/python3`).

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod sd_support;

use std::env;
use std::fmt::Write as _;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rdpfix_formats::sd::access_check::Verdict;
use rdpfix_formats::sd::{
    AccessMask, Ace, AceBody, AclState, ObjectKind, SecurityDescriptor, access_check,
};
use sd_support::{descriptors, masks, tokens};
use serde_json::{Value, json};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sd_support/peers.py");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `count` values of a strategy, the same each time.
fn samples<S: Strategy>(count: usize, strategy: &S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

fn ask(python: &str, peer: &str, requests: &[Value]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests");
    let lines: String = requests.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(&file, lines).unwrap();
    let output = Command::new(python)
        .args([SCRIPT, peer])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), requests.len());
    answers
}

fn entries(state: &AclState) -> Value {
    let Some(acl) = state.acl() else {
        return Value::Null;
    };
    let entry = |ace: &Ace| {
        let sid = ace.sid().unwrap().to_string();
        json!([ace.ace_type.0, ace.flags.0, ace.mask().unwrap().0, sid])
    };
    acl.aces.iter().map(entry).collect()
}

/// Winacl knows neither process trust labels nor alarms for objects, and writes the authority of a SID in a way of its own when it is large.
fn winacl_reads(descriptor: &SecurityDescriptor) -> bool {
    let aces = descriptor.dacl.aces().iter().chain(descriptor.sacl.aces());
    let sids = aces.clone().filter_map(Ace::sid);
    let mut sids = sids.chain(&descriptor.owner).chain(&descriptor.group);
    sids.all(|sid| sid.authority() < 256)
        && aces
            .clone()
            .all(|ace| !matches!(ace.ace_type.0, 0x08 | 0x14))
}

#[test]
fn winacl_reads_the_same() {
    let Ok(python) = env::var("RDPFIX_ORACLE_PYTHON") else {
        assert!(
            env::var_os("RDPFIX_REQUIRE_ORACLES").is_none(),
            "RDPFIX_ORACLE_PYTHON is not set"
        );
        println!("skipped: RDPFIX_ORACLE_PYTHON is not set");
        return;
    };
    let mut all = samples(4000, &descriptors(true));
    all.retain(winacl_reads);
    let requests: Vec<Value> = all
        .iter()
        .map(|descriptor| json!({ "bytes": hex(&descriptor.encode().unwrap()) }))
        .collect();
    for (descriptor, answer) in all.iter().zip(ask(&python, "winacl", &requests)) {
        let text = |sid: &Option<rdpfix_formats::sid::Sid>| sid.as_ref().map(ToString::to_string);
        assert_eq!(answer["control"], descriptor.control().0);
        assert_eq!(answer["owner"], json!(text(&descriptor.owner)));
        assert_eq!(answer["group"], json!(text(&descriptor.group)));
        assert_eq!(answer["dacl"], entries(&descriptor.dacl));
        assert_eq!(answer["sacl"], entries(&descriptor.sacl));
        // Its own bytes, in its own order of the parts, say the same to us.
        let bytes = answer["bytes"].as_str().unwrap();
        let bytes: Vec<u8> = (0..bytes.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&bytes[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(SecurityDescriptor::decode(&bytes).as_ref(), Ok(descriptor));
    }
    println!("{} descriptors", all.len());
    assert!(all.len() > 700);
}

/// Samba asks object entries only with a list of object types, leaves mapping generic rights to its callers, and refuses where there is no
/// DACL. Windows gives all there: "If this flag is not set, or if this flag is set and the DACL is NULL, the security descriptor allows
/// full access to everyone" (`SE_DACL_PRESENT` in the documentation of `SECURITY_DESCRIPTOR_CONTROL`).
fn samba_decides(descriptor: &SecurityDescriptor) -> bool {
    let there = descriptor.dacl != AclState::NotPresent;
    there
        && descriptor.dacl.aces().iter().all(|ace| {
            matches!(ace.body, AceBody::Simple { mask, .. } if mask.0 & 0xFFE0_0000 == 0)
                && !ace.ace_type.is_conditional()
        })
}

#[test]
fn samba_decides_the_same() {
    let Ok(python) = env::var("RDPFIX_SAMBA_PYTHON") else {
        println!("skipped: RDPFIX_SAMBA_PYTHON is not set");
        return;
    };
    let strategy = (descriptors(true), tokens(), masks());
    let mut all = samples(6000, &strategy);
    for (_, _, wanted) in &mut all {
        *wanted = *wanted & AccessMask(0x001F_FFFF);
    }
    all.retain(|(descriptor, _, wanted)| samba_decides(descriptor) && !wanted.is_empty());
    let requests: Vec<Value> = all
        .iter()
        .map(|(descriptor, token, wanted)| {
            let sids: Vec<String> = token.sids().map(ToString::to_string).collect();
            let bytes = hex(&descriptor.encode().unwrap());
            json!({ "bytes": bytes, "sids": sids, "wanted": wanted.0 })
        })
        .collect();
    let (mut granted, mut different) = (0, Vec::new());
    for ((descriptor, token, wanted), answer) in all.iter().zip(ask(&python, "samba", &requests)) {
        let report = access_check(descriptor, token, *wanted, ObjectKind::File);
        let ours = report.verdict() == Verdict::Granted;
        granted += usize::from(ours);
        if answer["allowed"] != ours {
            different.push(format!(
                "{} {token:?} {wanted}: {report}",
                descriptor.to_sddl().unwrap()
            ));
        }
    }
    println!("{} questions, {granted} granted", all.len());
    assert_eq!(different, Vec::<String>::new());
}
