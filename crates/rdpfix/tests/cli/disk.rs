//! `rdpfix diagnose` on disk images that `../shared/tools/mkdisk.sh` makes: the same answer from every container, and little of each read.
//!
//! Where the script or what it needs is missing, the test says so and passes; with `RDPFIX_REQUIRE_ORACLES` set it fails.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{rdpfix, root};

/// What diagnosing an image may read of it, in bytes.
const BUDGET: u64 = 16 << 20;

#[test]
fn every_container_gives_the_same_diagnosis_from_a_small_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    if !make_disk(folder.path()) {
        return;
    }
    let images = ["disk.raw", "disk-dyn.vhd", "disk.vhdx", "disk.qcow2"];
    let reports: Vec<_> = images
        .iter()
        .map(|image| findings(&folder.path().join(image)))
        .collect();
    let (first, others) = reports.split_first().unwrap();
    for (image, report) in images.iter().skip(1).zip(others) {
        assert_eq!(report, first, "{image} differs from raw");
    }
    // The disk's hives have TLS 1.2 off and a certificate chosen that no store holds; its logs are the sample machine's.
    assert!(
        first.contains(&("rdp-custom-cert-broken".to_owned(), "confirmed".to_owned())),
        "{first:?}"
    );
}

fn findings(image: &Path) -> Vec<(String, String)> {
    let run = rdpfix(&[
        "diagnose",
        image.to_str().unwrap(),
        "--format",
        "json",
        "--verbose",
        "--now",
        "2026-11-20T12:00:00Z",
    ]);
    assert_eq!(run.status, 1, "{}: {}", image.display(), run.stderr);
    let bytes = run
        .stderr
        .split_whitespace()
        .zip(run.stderr.split_whitespace().skip(1));
    let read: u64 = bytes
        .filter(|(_, word)| *word == "bytes")
        .find_map(|(number, _)| number.parse().ok())
        .unwrap();
    assert!(read < BUDGET, "{}: {read} bytes were read", image.display());
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| (text(&finding["cause"]), text(&finding["confidence"])))
        .collect()
}

/// A 127 GiB disk in several containers, with the sample machine's logs.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn make_disk(folder: &Path) -> bool {
    let script = root().join("../shared/tools/mkdisk.sh");
    let logs = root().join("examples/contoso-web01/Windows/System32/winevt/Logs");
    let made = Command::new("bash")
        .arg(&script)
        .arg(folder)
        .env("EVTX", logs)
        .env("FILL", "200")
        .env("PACK", "0")
        .env("FORMATS", "vhddyn vhdx qcow2")
        .output();
    let failure = match made {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    assert!(
        std::env::var_os("RDPFIX_REQUIRE_ORACLES").is_none(),
        "{}: {failure}",
        script.display()
    );
    println!(
        "skipped: {} cannot make a disk: {failure}",
        script.display()
    );
    false
}
