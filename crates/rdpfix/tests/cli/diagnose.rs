//! `rdpfix diagnose`.

use std::fs;

use rdpfix_formats::evtx::encode::encode;

use super::{denied_log, event, rdpfix, run};

const NOW: &[&str] = &["--now", "2026-11-20T12:00:00Z"];

fn diagnose(arguments: &[&str]) -> super::Run {
    rdpfix(&[&["diagnose"], arguments, NOW].concat())
}

#[test]
fn the_sample_machine() {
    let run = diagnose(&["examples/contoso-web01"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let mut lines = run.stdout.lines();
    assert!(lines.next().unwrap().contains("web01.contoso.com"));
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("LIKELY: The key file of the Remote Desktop certificate denies access")
    );
    assert!(run.stdout.contains("RemoteConnectionManager 1058, record"));
    assert!(
        run.stdout
            .contains("status: Access is denied. (ERROR_ACCESS_DENIED, Win32 error 5)")
    );
    assert!(run.stdout.contains("Type: server, ErrorCode: 0x8009030d"));
    assert!(run.stdout.contains("rdpfix explain rdp-key-acl"));
    assert_eq!(run.stderr, "", "nothing is remarked when all is well");
}

#[test]
fn everything_but_commands_fits_80_columns() {
    for more in [&[][..], &["--verbose"]] {
        let run = diagnose(&[&["examples/contoso-web01"], more].concat());
        let wide = run
            .stdout
            .lines()
            .filter(|line| line.chars().count() > 80 && !line.trim_start().starts_with('›'));
        // A path can be longer than a line, and is broken rather than lost.
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn a_serial_console_gets_ascii_and_no_escapes() {
    let arguments = [&["diagnose", "examples/contoso-web01"], NOW].concat();
    let run = run(&arguments, &[("LANG", "C"), ("TERM", "dumb")]);
    assert!(
        run.stdout.is_ascii(),
        "{:?}",
        run.stdout.chars().find(|c| !c.is_ascii())
    );
    assert!(!run.stdout.contains('\u{1b}'));
}

#[test]
fn colour_only_when_asked_for() {
    let with = diagnose(&["examples/contoso-web01", "--color", "always"]);
    assert!(with.stdout.contains('\u{1b}'));
    let without = diagnose(&["examples/contoso-web01"]);
    assert!(
        !without.stdout.contains('\u{1b}'),
        "standard output is no terminal here"
    );
}

#[test]
fn a_report_in_a_file_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    let run = diagnose(&[
        "examples/contoso-web01",
        "--color",
        "always",
        "--output",
        file.to_str().unwrap(),
    ]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    let report = fs::read_to_string(file).unwrap();
    assert!(report.contains("rdp-key-acl") && !report.contains('\u{1b}'));
}

#[test]
fn logs_alone_without_a_finding_are_incomplete_not_healthy() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = event(
        "Microsoft-Windows-Kernel-General",
        12,
        1,
        "2026-11-20T01:00:00Z",
        "",
    );
    fs::write(folder.path().join("System.evtx"), encode(&[quiet]).unwrap()).unwrap();
    let run = diagnose(&[folder.path().to_str().unwrap()]);
    assert_eq!(run.status, 3, "{}", run.stdout);
    assert!(
        run.stdout
            .contains("NOTHING FOUND, but not everything that matters could be read")
    );
    assert!(run.stdout.contains("its log is not among the files given"));
}

#[test]
fn two_machines_in_one_folder_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.evtx"), denied_log()).unwrap();
    let text = "<Event><System><Provider Name='Microsoft-Windows-Kernel-General'/><EventID>12</EventID>\
                <TimeCreated SystemTime='2026-11-20T01:00:00Z'/><Channel>System</Channel><Computer>db01</Computer></System></Event>";
    fs::write(folder.path().join("b.xml"), text).unwrap();
    let run = diagnose(&[folder.path().to_str().unwrap()]);
    assert_eq!(run.status, 1);
    let (web, db) = (
        run.stdout.find("── web01").unwrap(),
        run.stdout.find("── db01").unwrap(),
    );
    assert!(web < db, "the machine in trouble comes first");
}

#[test]
fn text_out_of_a_serial_console() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.txt");
    let console = "C:\\>wevtutil qe system /c:1 /f:text | more\r\nEvent[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-TerminalServices-RemoteConnectionManager\r\n  Date: 2026-11-20T03:00:12.719\r\n  Event ID: 1058\r\n  Task: N/A\r\n  Level: Fehler\r\n  Opcode: N/A\r\n  Keyword: Klassisch\r\n  User: N/A\r\n  User Name: N/A\r\n  Computer: web01\r\n  Description: \r\nDer Statuscode lautet: Zugriff verweigert\r\n.\r\n\r\nC:\\>";
    fs::write(&file, console).unwrap();
    let run = diagnose(&[file.to_str().unwrap()]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("rdp-key-acl"));
    assert!(
        run.stdout.contains("record number lost"),
        "what text loses is said: {}",
        run.stdout
    );
}

#[test]
fn a_hostile_log_cannot_drive_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let data = "<EventData><Data>Access is denied.</Data></EventData>";
    let mut log = event(super::RCM, 1058, 1, "2026-11-20T03:00:00Z", data);
    for node in &mut log.root.children {
        if let rdpfix_formats::event::Node::Element(element) = node
            && &*element.name == "EventData"
            && let Some(rdpfix_formats::event::Node::Element(datum)) = element.children.first_mut()
        {
            datum.children = vec![rdpfix_formats::event::Node::Value(
                rdpfix_formats::value::Value::text("\u{1b}]0;owned\u{7}\u{1b}[2J<script>"),
            )];
        }
    }
    fs::write(folder.path().join("System.evtx"), encode(&[log]).unwrap()).unwrap();
    for more in [&[][..], &["--verbose"]] {
        let run = diagnose(&[&[folder.path().to_str().unwrap()], more].concat());
        assert!(
            !run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{7}'),
            "{:?}",
            run.stdout
        );
    }
}

#[test]
fn own_knowledge_is_used_or_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let causes = folder.path().join("causes/tls");
    fs::create_dir_all(&causes).unwrap();
    fs::write(causes.join("x.md"), "+++\nid = \"y\"\n+++\n").unwrap();
    let run = diagnose(&[
        "examples/contoso-web01",
        "--knowledge",
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("causes/tls/x.md:"), "{}", run.stderr);
}
