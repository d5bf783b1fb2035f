//! What is not a log, not whole, or not friendly: a clear message, the right exit status, and what could be read is reported.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::{denied_log, rdpfix};

fn diagnose(path: &Path) -> super::Run {
    rdpfix(&[
        "diagnose",
        path.to_str().unwrap(),
        "--now",
        "2026-11-20T12:00:00Z",
    ])
}

/// Diagnosing the content under that name fails with status 2 and a message that names the file and holds `expected`.
fn refused(name: &str, content: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    let run = diagnose(&file);
    assert_eq!(run.status, 2, "{name}: {}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains(name),
        "{name}: the file is named: {}",
        run.stderr
    );
    assert!(
        run.stderr.contains(expected),
        "{name}: expected {expected:?} in: {}",
        run.stderr
    );
    assert_eq!(run.stdout, "", "{name}: no report about nothing");
}

#[test]
fn what_is_no_log_is_named() {
    refused("empty.evtx", b"", "empty file");
    refused("empty.txt", b"", "empty file");
    refused("notes.txt", b"shopping list\nmilk\n", "none in 2 lines");
    refused("archive.zip", b"PK\x03\x04 and so on", "a ZIP archive");
    refused("old.evt", b"\x30\0\0\0LfLe\x01\0\0\0", "an old .evt log");
    refused("SYSTEM", b"regf\x01\0\0\0", "a registry hive");
    refused(
        "page.xml",
        b"<?xml version='1.0'?><html><body/></html>",
        "event",
    );
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    refused("noise.bin", &noise, "binary data");
    refused("noise.evtx", &noise, "noise.evtx");
}

#[test]
fn a_disk_without_a_readable_windows_says_what_it_is_and_what_to_do() {
    let boot_sector = |name: &[u8]| {
        let mut disk = vec![0_u8; 1 << 20];
        disk[3..3 + name.len()].copy_from_slice(name);
        disk[510..512].copy_from_slice(&[0x55, 0xAA]);
        disk
    };
    refused(
        "locked.img",
        &boot_sector(b"-FVE-FS-"),
        "manage-bde -unlock",
    );
    refused("empty.img", &boot_sector(b""), "the disk has no volumes");
    refused(
        "broken.vhdx",
        &[b"vhdxfile".as_slice(), &[0; 100_000]].concat(),
        "VHDX header at offset 0x10000",
    );
}

#[test]
fn a_path_that_is_not_there() {
    let run = rdpfix(&["diagnose", "no/such/file.evtx"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("no/such/file.evtx: ") && run.stderr.contains("no such file"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_without_logs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("readme.txt"), "nothing here").unwrap();
    let run = diagnose(folder.path());
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("no event log in this folder"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_without_logs_beside_a_good_log_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (log, empty) = (
        folder.path().join("System.evtx"),
        folder.path().join("empty"),
    );
    fs::write(&log, denied_log()).unwrap();
    fs::create_dir(&empty).unwrap();
    let run = rdpfix(&["diagnose", log.to_str().unwrap(), empty.to_str().unwrap()]);
    assert_eq!(run.status, 1);
    assert!(
        run.stderr.contains("no event log in this folder"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_truncated_log_gives_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let whole = denied_log();
    for length in [4096 + 700, 4096 + 2000, whole.len() - 60_000] {
        let file = folder.path().join("System.evtx");
        fs::write(&file, &whole[..length]).unwrap();
        let run = diagnose(&file);
        assert!(
            matches!(run.status, 1 | 3),
            "{length}: {} {}",
            run.status,
            run.stderr
        );
        let verbose = rdpfix(&["diagnose", file.to_str().unwrap(), "--verbose"]);
        let missing = verbose.stdout.contains("cut short") || verbose.stdout.contains("damaged");
        assert!(
            missing,
            "{length}: the loss is reported: {}",
            verbose.stdout
        );
    }
    // Three records begin below 2000 bytes of the chunk; the first ones survive.
    let file = folder.path().join("System.evtx");
    fs::write(&file, &whole[..whole.len() - 60_000]).unwrap();
    assert_eq!(diagnose(&file).status, 1);
}

#[test]
fn only_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("System.evtx");
    fs::write(&file, &denied_log()[..4096]).unwrap();
    let run = diagnose(&file);
    assert_eq!(
        run.status, 3,
        "an empty log is evidence that is missing: {}",
        run.stderr
    );
    assert!(run.stdout.contains("the log is empty"), "{}", run.stdout);
}

#[test]
fn a_damaged_log_beside_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("System.evtx"), denied_log()).unwrap();
    fs::write(folder.path().join("Security.evtx"), vec![0x41; 70_000]).unwrap();
    let run = diagnose(folder.path());
    assert_eq!(
        run.status, 1,
        "what could be read is reported: {}",
        run.stderr
    );
    assert!(
        run.stderr.contains("Security.evtx"),
        "and what could not is said: {}",
        run.stderr
    );
    let query = rdpfix(&[
        "query",
        "*",
        folder.path().to_str().unwrap(),
        "--count",
        "1",
    ]);
    assert_eq!(query.status, 3);
}

#[test]
fn a_bad_record_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = denied_log();
    let second = log
        .windows(4)
        .enumerate()
        .filter(|(_, bytes)| bytes == b"\x2a\x2a\0\0")
        .nth(1)
        .unwrap()
        .0;
    log[second + 24..second + 60].fill(0xFF);
    let file = folder.path().join("System.evtx");
    fs::write(&file, log).unwrap();
    let run = diagnose(&file);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("damaged"), "{}", run.stdout);
}

#[test]
fn two_gigabytes_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sparse = folder.path().join("System.evtx");
    let mut file = File::create(&sparse).unwrap();
    file.write_all(&denied_log()).unwrap();
    file.set_len(2 << 30).unwrap();
    let run = diagnose(&sparse);
    assert_eq!(
        run.status, 1,
        "the records before the hole count: {}",
        run.stderr
    );
    let zeros = folder.path().join("zeros.bin");
    File::create(&zeros).unwrap().set_len(2 << 30).unwrap();
    let run = diagnose(&zeros);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("zero bytes"), "{}", run.stderr);
}

#[test]
fn an_xml_bomb_is_harmless() {
    let mut bomb = String::from("<?xml version='1.0'?><!DOCTYPE e [<!ENTITY a0 'boom'>");
    for level in 1..30 {
        bomb.push_str(&format!(
            "<!ENTITY a{level} '&a{0};&a{0};&a{0};&a{0};'>",
            level - 1
        ));
    }
    bomb.push_str("]><Events><Event><System><Provider Name='x'/><EventID>1</EventID><Computer>&a29;</Computer></System></Event></Events>");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.xml");
    fs::write(&file, bomb).unwrap();
    let run = rdpfix(&["query", "*", file.to_str().unwrap(), "--format", "json"]);
    assert!(run.stdout.len() < 2000, "nothing was expanded");
    assert!(!run.stdout.contains("boomboom"));
    let deep = format!(
        "{}{}",
        "<Event>".repeat(100_000),
        "</Event>".repeat(100_000)
    );
    let file = folder.path().join("deep.xml");
    fs::write(&file, deep).unwrap();
    let run = diagnose(&file);
    assert!(matches!(run.status, 2 | 3), "{}", run.status);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.evtx");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    let run = diagnose(&pipe);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("pipe") && run.stderr.contains("copy its content"),
        "{}",
        run.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_link_into_itself_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("System.evtx"), denied_log()).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop-of-links")).unwrap();
    let run = rdpfix(&[
        "diagnose",
        folder.path().to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(run.status, 1);
    assert!(!run.stdout.contains("loop-of-links"), "{}", run.stdout);
}

#[test]
fn wrong_usage_is_status_2_with_help_at_hand() {
    for arguments in [
        &["diagnose"][..],
        &["nonsense"],
        &["query", "*"],
        &["diagnose", "x", "--now", "yesterday"],
    ] {
        let run = rdpfix(arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
    assert_eq!(rdpfix(&["--help"]).status, 0);
    for command in ["diagnose", "query", "explain"] {
        let help = rdpfix(&[command, "--help"]).stdout;
        assert!(help.contains("Examples:"));
        let wide: Vec<_> = help
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert_eq!(
            wide,
            Vec::<&str>::new(),
            "{command}: a serial console has 80 columns"
        );
    }
}

#[test]
fn an_output_file_that_cannot_be_written() {
    let run = rdpfix(&[
        "diagnose",
        "examples/contoso-web01",
        "--output",
        "/no/such/folder/report",
    ]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("/no/such/folder/report"),
        "{}",
        run.stderr
    );
}
