//! The `Remote Desktop` certificate store, where Windows keeps the self-signed certificate of the listener.

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;
use rdpfix_formats::sd::{AccessMask, ObjectKind, Token};
use rdpfix_target::State;

use super::certificate_store::{self, Entry};
use super::{Fact, Facts, permission, rdp_key};
use crate::evidence::StateCitation;
use crate::knowledge::ArtifactKind;

pub(super) const EMPTY: &str = "rdp-store.empty";
pub(super) const EXPIRED: &str = "rdp-store.expired";
pub(super) const NOT_YET_VALID: &str = "rdp-store.not-yet-valid";
pub(super) const WITHOUT_KEY_FILE: &str = "rdp-store.certificate-without-key-file";
pub(super) const KEY_OF_ANOTHER_CERTIFICATE: &str = "rdp-store.key-file-of-another-certificate";
pub(super) const DENIES_SYSTEM: &str = "rdp-store.denies-system";
pub(super) const CERTIFICATES_DENIES_SYSTEM: &str = "rdp-store.certificates-denies-system";

const STORE: &str = "Remote Desktop";
const STORE_KEY: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop";
/// `KEY_SET_VALUE | KEY_CREATE_SUB_KEY`: what writing a certificate takes.
const WRITE: AccessMask = AccessMask(0x6);

pub(super) fn gather(state: &dyn State, now: FileTime, facts: &mut Facts) {
    let entries = certificate_store::entries(state, STORE);
    let is_empty = entries.as_ref().map(|entries| entries.is_empty());
    facts.insert(EMPTY, fact(is_empty, &entries));
    facts.insert(
        EXPIRED,
        fact(
            each(&entries, |entry| {
                valid(entry, |from, to| from <= now && to < now)
            }),
            &entries,
        ),
    );
    facts.insert(
        NOT_YET_VALID,
        fact(
            each(&entries, |entry| valid(entry, |from, _| now < from)),
            &entries,
        ),
    );
    facts.insert(WITHOUT_KEY_FILE, without_key_file(state, &entries));
    facts.insert(
        KEY_OF_ANOTHER_CERTIFICATE,
        key_of_another_certificate(state, &entries),
    );
    for (name, path) in [
        (DENIES_SYSTEM, STORE_KEY.to_owned()),
        (CERTIFICATES_DENIES_SYSTEM, certificate_store::path(STORE)),
    ] {
        facts.insert(name, denies_system(state, &path));
    }
}

/// Whether it holds for every certificate; the question does not arise in an empty store.
fn each(entries: &Reading<Vec<Entry>>, holds: impl Fn(&Entry) -> bool) -> Reading<bool> {
    entries
        .as_ref()
        .and_then(|entries| match entries.as_slice() {
            [] => Reading::Absent,
            entries => Reading::Present(entries.iter().all(&holds)),
        })
}

fn valid(entry: &Entry, dates: impl Fn(FileTime, FileTime) -> bool) -> bool {
    entry
        .certificate
        .as_ref()
        .is_ok_and(|certificate| dates(certificate.not_before, certificate.not_after))
}

fn fact(holds: Reading<bool>, entries: &Reading<Vec<Entry>>) -> Fact {
    let known = entries.as_ref().present();
    let detail = match known.map(|entries| entries.as_slice()) {
        None => String::new(),
        Some([]) => "the store is empty".to_owned(),
        Some(entries) => entries
            .iter()
            .map(Entry::describe)
            .collect::<Vec<_>>()
            .join("; "),
    };
    let last_written =
        known.and_then(|entries| entries.iter().filter_map(|entry| entry.last_written).max());
    let at = certificate_store::path(STORE);
    Fact {
        holds,
        citation: StateCitation {
            kind: ArtifactKind::Certificate,
            at,
            last_written,
            detail,
        },
    }
}

/// A certificate whose key should be in the container of Remote Desktop, and no file for it.
///
/// A key of provider type 0 is a CNG key and lives elsewhere; nothing follows from a missing CryptoAPI file for it.
fn without_key_file(state: &dyn State, entries: &Reading<Vec<Entry>>) -> Fact {
    let path = rdp_key::path(state);
    let file = path
        .clone()
        .and_then(|path| rdp_key::key_file(state, &path));
    let of_container = entries.as_ref().map(|entries| {
        let named = |entry: &&Entry| {
            entry.key.as_ref().is_some_and(|key| {
                !key.is_cng() && key.container.eq_ignore_ascii_case(rdp_key::CONTAINER)
            })
        };
        entries.iter().filter(named).cloned().collect::<Vec<_>>()
    });
    let holds = match (&of_container, &path, &file) {
        (Reading::Unreadable(reason), ..) | (_, Reading::Unreadable(reason), _) => {
            Reading::Unreadable(reason.clone())
        }
        (Reading::Present(entries), ..) if entries.is_empty() => Reading::Present(false),
        (Reading::Present(_), Reading::Present(_), Reading::Absent) => Reading::Present(true),
        (Reading::Present(_), Reading::Present(_), Reading::Present(_)) => Reading::Present(false),
        (_, _, Reading::Unreadable(reason)) => Reading::Unreadable(reason.clone()),
        _ => Reading::Absent,
    };
    let mut fact = fact(holds, &of_container);
    if fact.holds == Reading::Present(true)
        && let Reading::Present(path) = path
    {
        fact.citation.detail = format!("{}; no {path}", fact.citation.detail);
    }
    fact
}

/// A key file that is whole, and whose public half belongs to none of the certificates: it was put back from elsewhere.
fn key_of_another_certificate(state: &dyn State, entries: &Reading<Vec<Entry>>) -> Fact {
    let container = rdp_key::container(state);
    let holds = entries.as_ref().and_then(|entries| {
        let keys = entries
            .iter()
            .filter_map(|entry| Some(&entry.certificate.as_ref().ok()?.public_key));
        container.and_then(|container| {
            let answers: Vec<_> = keys.map(|key| container.holds(key)).collect();
            match answers.as_slice() {
                [] => Reading::Absent,
                answers if answers.contains(&Some(true)) => Reading::Present(false),
                answers if answers.contains(&None) => Reading::Absent,
                _ => Reading::Present(true),
            }
        })
    });
    fact(holds, entries)
}

fn denies_system(state: &dyn State, path: &str) -> Fact {
    let key = state.key(path);
    let descriptor = key.clone().and_then(|key| key.descriptor);
    let (holds, detail) = permission::denied(
        &descriptor,
        ObjectKind::Key,
        &Token::system(Some("SessionEnv")),
        WRITE,
    );
    let last_written = key.present().and_then(|key| key.last_written);
    let at = path.to_owned();
    Fact {
        holds,
        citation: StateCitation {
            kind: ArtifactKind::Descriptor,
            at,
            last_written,
            detail,
        },
    }
}
