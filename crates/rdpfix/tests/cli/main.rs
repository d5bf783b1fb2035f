//! The binary as a user runs it: arguments in, text, exit status and files out.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests run the program and write what it reads"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what should not be"
)]

mod bad_input;
mod corpus;
mod diagnose;
mod disk;
mod explain;
mod json;
mod query;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rdpfix_formats::event::{Event, xml};
use rdpfix_formats::evtx::encode::encode;

/// What a run printed, and how it ended.
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs `rdpfix` without colour, in a locale that has Unicode, and with no other environment.
fn rdpfix(arguments: &[&str]) -> Run {
    run(arguments, &[("LANG", "C.UTF-8")])
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdpfix"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(root());
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    Run {
        status: status.code().expect("it exits, and is not killed"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// An event of the System log, complete enough to be encoded.
fn event(provider: &str, id: u32, record: u64, time: &str, data: &str) -> Event {
    let text = format!(
        "<Event><System><Provider Name='{provider}'/><EventID>{id}</EventID><Level>2</Level><TimeCreated SystemTime='{time}'/>\
         <EventRecordID>{record}</EventRecordID><Channel>System</Channel><Computer>web01</Computer></System>{data}</Event>"
    );
    xml::events(text.as_bytes()).next().unwrap().unwrap().event
}

const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

/// A System log in which the renewal of the certificate is denied.
fn denied_log() -> Vec<u8> {
    let data = "<EventData><Data>Access is denied.&#13;&#10;</Data></EventData>";
    let events: Vec<_> = (1..=3)
        .map(|n| event(RCM, 1058, n, &format!("2026-11-20T0{n}:00:00Z"), data))
        .collect();
    encode(&events).unwrap()
}
