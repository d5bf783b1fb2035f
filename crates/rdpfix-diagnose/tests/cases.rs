//! Every case below `cases/`, twice: from a machine in memory, and from files written by our own encoder.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the cases and write machines to a temporary folder"
)]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken case must stop the test"
)]

mod case;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use case::Case;
use rdpfix_diagnose::evidence::{Citation, collect};
use rdpfix_diagnose::knowledge::KnowledgeBase;
use rdpfix_diagnose::{Confidence, Diagnosis, Outcome, evaluate};
use rdpfix_formats::event::text;
use rdpfix_formats::evtx::encode;
use rdpfix_target::{ChannelState, FilesTarget, LogFormat, MemoryTarget, Target};

#[test]
fn every_case_in_memory() {
    run_all(&Case::all(), |case| {
        let target = in_memory(case);
        diagnose(case, &target)
    });
}

#[test]
fn every_case_from_files() {
    // A file cannot say that a channel is disabled; the registry says that.
    let cases: Vec<_> = Case::all()
        .into_iter()
        .filter(|case| case.states.iter().all(|(_, state)| state != "disabled"))
        .collect();
    run_all(&cases, |case| {
        let folder = tempfile::tempdir().unwrap();
        let root = write_files(case, folder.path());
        let Ok(target) = FilesTarget::open(&[root]) else {
            assert!(
                case.logs.is_empty() && case.texts.is_empty(),
                "{}: no log was found again",
                case.name
            );
            return diagnose(case, &in_memory(case));
        };
        diagnose(case, &target)
    });
}

/// A heap of copied files says of what is in it what the whole machine says, and of the rest nothing.
#[test]
fn a_heap_of_copied_files() {
    let cases = Case::all();
    let case = cases
        .iter()
        .find(|case| case.name.ends_with("rdp-key-acl-entry-missing.md"))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole = write_files(case, folder.path());
    let heap = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| fs::copy(whole.join(from), heap.path().join(to)).map(|_| ());
    copy("Windows/System32/config/SOFTWARE", "software").unwrap();
    copy("Windows/System32/winevt/Logs/System.evtx", "System.evtx").unwrap();
    let keys = whole.join("ProgramData/Microsoft/Crypto/RSA/MachineKeys");
    for entry in fs::read_dir(keys).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, heap.path().join(path.file_name().unwrap())).unwrap();
    }
    let target = FilesTarget::open(&[heap.path().to_owned()]).unwrap();
    let diagnosis = diagnose(case, &target);
    let first = diagnosis.findings.first().unwrap();
    assert_eq!(
        (first.cause(), first.confidence()),
        ("rdp-key-acl", Confidence::Confirmed)
    );
    assert!(
        diagnosis
            .undecided
            .iter()
            .any(|cause| cause.cause == "tls-server-disabled"),
        "SYSTEM was not copied"
    );
}

fn run_all(cases: &[Case], run: impl Fn(&Case) -> Diagnosis) {
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let wrong = differences(case, &run(case));
            (!wrong.is_empty()).then(|| format!("cases/{}:\n  {}", case.name, wrong.join("\n  ")))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

fn diagnose(case: &Case, target: &dyn Target) -> Diagnosis {
    static BASE: LazyLock<KnowledgeBase> =
        LazyLock::new(|| KnowledgeBase::embedded().expect("the knowledge loads"));
    let machines = collect(target, &BASE, case.now(), &mut ());
    assert_eq!(machines.len(), 1, "{}: a case is one machine", case.name);
    evaluate(&BASE, &machines[0], case.now())
}

fn file_name(channel: &str) -> String {
    format!("{}.evtx", channel.replace('/', "%4"))
}

fn in_memory(case: &Case) -> MemoryTarget {
    let mut target = MemoryTarget::new();
    if case.expect.complete {
        target = target.whole_machine();
    }
    for (channel, events) in &case.logs {
        target.add_log(
            &file_name(channel),
            Some(channel),
            LogFormat::Evtx,
            events.clone(),
        );
    }
    for (index, export) in case.texts.iter().enumerate() {
        let events = text::read(export.as_bytes())
            .unwrap()
            .events
            .into_iter()
            .filter_map(Result::ok)
            .map(|located| located.event);
        target.add_log(
            &format!("console-{index}.txt"),
            None,
            LogFormat::Text,
            events.collect(),
        );
    }
    if let Some(machine) = &case.machine {
        machine.put_into(target.state_mut());
    }
    for (channel, state) in &case.states {
        match state.as_str() {
            "empty" => target.add_log(
                &file_name(channel),
                Some(channel),
                LogFormat::Evtx,
                Vec::new(),
            ),
            "missing" => target.set_channel(channel, ChannelState::Missing),
            "disabled" => target.set_channel(channel, ChannelState::Disabled),
            other => panic!("{}: unknown state `{other}`", case.name),
        }
    }
    target
}

fn write_files(case: &Case, folder: &std::path::Path) -> PathBuf {
    let logs = if case.expect.complete || case.machine.is_some() {
        folder.join("Windows/System32/winevt/Logs")
    } else {
        folder.join("logs")
    };
    fs::create_dir_all(&logs).unwrap();
    for (channel, events) in &case.logs {
        let bytes = encode::encode(events).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        fs::write(logs.join(file_name(channel)), bytes).unwrap();
    }
    for (index, export) in case.texts.iter().enumerate() {
        fs::write(logs.join(format!("console-{index}.txt")), export).unwrap();
    }
    for (channel, state) in &case.states {
        if state == "empty" {
            fs::write(logs.join(file_name(channel)), encode::encode(&[]).unwrap()).unwrap();
        }
    }
    // A whole log folder is known by the two logs that every Windows has.
    let application = logs.join("Application.evtx");
    if case.expect.complete && !application.exists() {
        fs::write(application, encode::encode(&[]).unwrap()).unwrap();
    }
    if let Some(machine) = &case.machine {
        machine.write_into(folder);
    }
    folder.to_owned()
}

/// What came out otherwise than the case expects.
fn differences(case: &Case, diagnosis: &Diagnosis) -> Vec<String> {
    let mut wrong = Vec::new();
    let expected: Vec<_> = case
        .expect
        .finding
        .iter()
        .map(|finding| format!("{} {}", finding.confidence, finding.cause))
        .collect();
    let found: Vec<_> = diagnosis
        .findings
        .iter()
        .map(|finding| {
            format!(
                "{} {}",
                format!("{:?}", finding.confidence()).to_lowercase(),
                finding.cause()
            )
        })
        .collect();
    if expected != found {
        wrong.push(format!("expected {expected:?}, found {found:?}"));
    }
    for (expected, finding) in case.expect.finding.iter().zip(&diagnosis.findings) {
        let cited: Vec<_> = finding
            .citations()
            .map(|citation| match citation {
                Citation::Event(event) => format!("{}/{}", event.channel, event.event_id),
                Citation::State(state) => state.at.clone(),
            })
            .collect();
        let missing = expected
            .cites
            .iter()
            .filter(|wanted| !cited.contains(wanted));
        wrong.extend(
            missing.map(|missing| {
                format!("{} does not cite {missing}, but {cited:?}", expected.cause)
            }),
        );
    }
    for expected in &case.expect.ruled_out {
        if !diagnosis
            .ruled_out
            .iter()
            .any(|cause| cause.cause == expected.cause)
        {
            wrong.push(format!("{} is not ruled out", expected.cause));
        }
    }
    for expected in &case.expect.undecided {
        if !diagnosis
            .undecided
            .iter()
            .any(|cause| cause.cause == expected.cause)
        {
            wrong.push(format!("{} is not undecided", expected.cause));
        }
    }
    for expected in &case.expect.noise {
        if !diagnosis.noise.iter().any(|noise| noise.name == *expected) {
            wrong.push(format!("the noise {expected} was not seen"));
        }
    }
    if case.expect.healthy && diagnosis.outcome() != Outcome::Healthy {
        let open = diagnosis
            .undecided
            .iter()
            .flat_map(|cause| &cause.gaps)
            .map(|gap| format!("{}: {}", gap.artifact, gap.because));
        wrong.push(format!(
            "it is not healthy for sure: {:?}",
            open.collect::<Vec<_>>()
        ));
    }
    wrong
}
