//! The knowledge is linted as hard as the code: it loads, and every cause is shown to fire and to hold its tongue.
#![expect(clippy::disallowed_methods, reason = "tests read the cases")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test stops at what should not be"
)]

#[expect(dead_code, reason = "the test of the cases uses the rest")]
mod case;

use case::Case;
use rdpfix_diagnose::knowledge::{KnowledgeBase, KnowledgeFile};

#[test]
fn the_embedded_knowledge_has_no_fault() {
    if let Err(errors) = KnowledgeBase::embedded() {
        panic!("{errors}");
    }
}

#[test]
fn every_cause_has_a_firing_case_and_a_near_miss() {
    let base = KnowledgeBase::embedded().expect("the knowledge loads");
    let cases = Case::all();
    let mut missing = Vec::new();
    for cause in base.causes() {
        let fires = |case: &&Case| {
            case.expect
                .finding
                .iter()
                .any(|finding| finding.cause == cause.id)
        };
        let in_its_folder = |case: &&Case| case.name.contains(&cause.id);
        if !cases.iter().any(|case| fires(&case)) {
            missing.push(format!("{}: no case in which it is found", cause.id));
        }
        if !cases.iter().filter(in_its_folder).any(|case| !fires(&case)) {
            missing.push(format!(
                "{}: no near miss (a case named after it in which it is not found)",
                cause.id
            ));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn cases_speak_of_causes_and_noise_that_exist() {
    let base = KnowledgeBase::embedded().expect("the knowledge loads");
    for case in Case::all() {
        let expect = &case.expect;
        let causes = expect.finding.iter().map(|finding| &finding.cause);
        let causes = causes.chain(
            expect
                .ruled_out
                .iter()
                .chain(&expect.undecided)
                .map(|cause| &cause.cause),
        );
        for cause in causes {
            assert!(
                base.cause(cause).is_some(),
                "{}: no cause `{cause}`",
                case.name
            );
        }
        for noise in &expect.noise {
            assert!(
                base.noise().iter().any(|known| known.name == *noise),
                "{}: no noise `{noise}`",
                case.name
            );
        }
        if case.name.starts_with("healthy/") {
            assert!(
                expect.finding.is_empty(),
                "{}: a healthy machine has no finding",
                case.name
            );
        }
    }
}

const PROVIDER: &str = "name = \"Schannel\"\nchannels = [\"System\"]\n[[event]]\nid = 36870\nchannel = \"System\"\nmeaning = \"m\"\nconfidence = \"public-source\"\n";

/// A cause file with everything right but what the arguments say.
fn cause(query: &str, rest: &str) -> String {
    format!(
        "+++\nid = \"a-cause\"\ntitle = \"T\"\nseverity = \"critical\"\nlayer = \"tls\"\napplies-to = [\"all\"]\nreferences = [\"r\"]\n\
         [[symptom]]\nname = \"s\"\neffect = \"strong\"\nsays = \"S.\"\nchannel = \"System\"\nquery = \"{query}\"\n\
         [[remedy]]\naction = \"advise\"\ntitle = \"t\"\napplicability = \"display-only\"\ndisruption = \"none\"\n{rest}+++\n\
         ## Symptoms\n## Cause\n## Resolution\n"
    )
}

fn faults(path: &str, cause: &str) -> String {
    let files = [
        KnowledgeFile {
            path: "providers/s.toml",
            text: PROVIDER,
        },
        KnowledgeFile { path, text: cause },
    ];
    KnowledgeBase::load(files).map_or_else(|errors| errors.to_string(), |_| String::new())
}

const GOOD: &str = "*[System[Provider[@Name='Schannel'] and EventID=36870]]";

#[test]
fn a_good_cause_has_no_fault() {
    assert_eq!(faults("causes/tls/a-cause.md", &cause(GOOD, "")), "");
}

#[test]
fn each_kind_of_fault_is_found_and_named_with_its_line() {
    let path = "causes/tls/a-cause.md";
    let fault = |query: &str, rest: &str| faults(path, &cause(query, rest));
    assert!(faults("causes/tls/other.md", &cause(GOOD, "")).contains("differs from the file name"));
    assert!(
        fault(
            "*[System[Provider[@Name=' Schannel '] and EventID=36870]]",
            ""
        )
        .contains("not in knowledge/providers")
    );
    assert!(fault("*[System[EventID=36870]]", "").contains("names no provider"));
    assert!(
        fault("*[System[Provider[@Name='Schannel'] and EventID=1]]", "")
            .contains("not in its catalogue")
    );
    assert!(fault("*[System[contains(Provider,'x')]]", "").contains("causes/tls/a-cause.md:13"));
    assert!(
        fault(
            GOOD,
            "command = 'icacls x /grant \"NT AUTHORITY\\\\NETWORK SERVICE:(R)\"'\n"
        )
        .contains("only its SID")
    );
    assert!(
        fault(
            GOOD,
            "command = 'reg add x /v SecurityLayer /t REG_DWORD /d 0'\n"
        )
        .contains("weakens security")
    );
    assert!(fault(GOOD, "surprise = 1\n").contains("unknown field"));
    let without_heading = cause(GOOD, "").replace("## Cause\n", "");
    assert!(faults(path, &without_heading).contains("expected the headings"));
    let in_wrong_channel =
        cause(GOOD, "").replace("channel = \"System\"", "channel = \"Application\"");
    assert!(faults(path, &in_wrong_channel).contains("never writes to"));
    let with_status = cause(GOOD, "").replace("says = ", "status = [\"access-denied\"]\nsays = ");
    assert!(faults(path, &with_status).contains("no field of kind `status`"));
    let unknown_criterion = cause(GOOD, "[criteria]\nall = [\"other\"]\n");
    assert!(faults(path, &unknown_criterion).contains("criteria name the symptom `other`"));
}
