//! `rdpfix explain`.

use super::rdpfix;

#[test]
fn without_an_argument_every_cause_is_listed() {
    let run = rdpfix(&["explain"]);
    assert_eq!(run.status, 0);
    for cause in [
        "rdp-key-acl",
        "rdp-key-orphaned",
        "rdp-cert-not-renewed",
        "rdp-cert-store-denied",
        "rdp-custom-cert-broken",
        "tls-server-disabled",
        "tls-no-common-cipher",
        "broker-hostname-changed",
        "broker-db-unavailable",
    ] {
        assert!(run.stdout.contains(cause), "{cause} is missing");
        let one = rdpfix(&["explain", cause]);
        assert_eq!(one.status, 0);
        for heading in ["Symptoms", "Cause", "Resolution", "Remedies", "References"] {
            assert!(
                one.stdout.lines().any(|line| line.starts_with(heading)),
                "{cause}: no {heading}"
            );
        }
    }
}

#[test]
fn an_event_number_is_told_apart_by_provider() {
    let run = rdpfix(&["explain", "1058"]);
    assert!(
        run.stdout
            .contains("Microsoft-Windows-TerminalServices-RemoteConnectionManager")
    );
    assert!(run.stdout.contains("Microsoft-Windows-GroupPolicy"));
    assert!(
        run.stdout.contains("ERROR_SERVICE_DISABLED"),
        "the code of that number is another thing"
    );
}

#[test]
fn codes_by_number_name_and_text() {
    for what in ["0x8009030D", "-2146893043", "SEC_E_UNKNOWN_CREDENTIALS"] {
        let run = rdpfix(&["explain", "--", what]);
        assert!(
            run.stdout.contains("SEC_E_UNKNOWN_CREDENTIALS"),
            "{what}: {}{}",
            run.stdout,
            run.stderr
        );
    }
    let run = rdpfix(&["explain", "Zugriff verweigert"]);
    assert!(run.stdout.contains("ERROR_ACCESS_DENIED"));
}

#[test]
fn what_is_not_known_says_where_to_look() {
    let run = rdpfix(&["explain", "rdp-key"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("did you mean: rdpfix explain rdp-key-"),
        "{}",
        run.stderr
    );
    let run = rdpfix(&["explain", "gibberish"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("rdpfix explain"));
}
