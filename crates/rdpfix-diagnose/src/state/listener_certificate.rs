//! The certificate that an administrator chose for the listener, if one was chosen.

use rdpfix_formats::cert::{ServerAuthentication, Thumbprint};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::keyfile::KeyFileName;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::sd::{AccessMask, ObjectKind, Token};
use rdpfix_target::State;
use rdpfix_target::state::REG_BINARY;

use super::certificate_store::{self, Entry};
use super::{Fact, Facts, permission, rdp_key, registry};
use crate::evidence::StateCitation;
use crate::knowledge::ArtifactKind;

pub(super) const NOT_CHOSEN: &str = "listener-certificate.not-chosen";
pub(super) const MALFORMED: &str = "listener-certificate.malformed";
pub(super) const NOT_IN_STORE: &str = "listener-certificate.not-in-store";
pub(super) const UNFIT: &str = "listener-certificate.unfit";
pub(super) const KEY_DENIES_NETWORK_SERVICE: &str =
    "listener-certificate.key-denies-network-service";

const LISTENER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
const VALUE: &str = "SSLCertificateSHA1Hash";
const READ: AccessMask = AccessMask(0x0012_0089);

pub(super) fn gather(state: &dyn State, now: FileTime, facts: &mut Facts) {
    let value = registry::value(state, LISTENER, VALUE);
    let chosen =
        value.as_ref().and_then(
            |(_, value)| match <[u8; 20]>::try_from(value.data.as_slice()) {
                Ok(bytes) if value.kind == REG_BINARY => {
                    Reading::Present(Some(Thumbprint::from_bytes(bytes)))
                }
                _ => Reading::Present(None),
            },
        );
    let hash = |holds: Reading<bool>, detail: String| {
        registry::fact(
            holds,
            &state.key(LISTENER),
            &format!(r"{LISTENER}\{VALUE}"),
            detail,
        )
    };

    let (not_chosen, malformed, detail) = match &chosen {
        Reading::Present(Some(thumbprint)) => (
            Reading::Present(false),
            Reading::Present(false),
            thumbprint.to_string(),
        ),
        Reading::Present(None) => {
            let (kind, length) = value
                .as_ref()
                .present()
                .map_or((0, 0), |(_, value)| (value.kind, value.data.len()));
            (
                Reading::Present(false),
                Reading::Present(true),
                format!("type {kind}, {length} bytes"),
            )
        }
        Reading::Absent => (
            Reading::Present(true),
            Reading::Absent,
            "the value is absent".to_owned(),
        ),
        Reading::Unreadable(reason) => (
            Reading::Unreadable(reason.clone()),
            Reading::Unreadable(reason.clone()),
            reason.to_string(),
        ),
    };
    facts.insert(NOT_CHOSEN, hash(not_chosen, detail.clone()));
    facts.insert(MALFORMED, hash(malformed, detail));

    let thumbprint = chosen.and_then(|chosen| chosen.map_or(Reading::Absent, Reading::Present));
    let entry = entry(state, thumbprint.clone());
    let missing = match &entry {
        Reading::Present(_) => Reading::Present(false),
        Reading::Absent => thumbprint.as_ref().map(|_| true),
        Reading::Unreadable(reason) => Reading::Unreadable(reason.clone()),
    };
    let detail = thumbprint.present().map_or_else(String::new, |thumbprint| {
        format!("{thumbprint} is not in the store")
    });
    facts.insert(NOT_IN_STORE, certificate(missing, &entry, detail));
    let (holds, why) = unfit(&entry, now);
    facts.insert(UNFIT, certificate(holds, &entry, why));
    facts.insert(KEY_DENIES_NETWORK_SERVICE, key_rights(state, &entry));
}

/// The chosen certificate in the computer's personal store.
fn entry(state: &dyn State, thumbprint: Reading<Thumbprint>) -> Reading<Entry> {
    thumbprint.and_then(|thumbprint| {
        certificate_store::entries(state, "MY").and_then(|entries| {
            let found = entries
                .into_iter()
                .find(|entry| entry.thumbprint == thumbprint);
            found.map_or(Reading::Absent, Reading::Present)
        })
    })
}

fn certificate(holds: Reading<bool>, entry: &Reading<Entry>, detail: String) -> Fact {
    let found = entry.as_ref().present();
    let described = found.map_or(detail.clone(), |entry| {
        format!("{} {detail}", entry.describe())
            .trim_end()
            .to_owned()
    });
    Fact {
        holds,
        citation: StateCitation {
            kind: ArtifactKind::Certificate,
            at: certificate_store::path("MY"),
            last_written: found.and_then(|entry| entry.last_written),
            detail: described,
        },
    }
}

/// Whether the certificate cannot serve: outside its dates, without a key, or for other purposes.
fn unfit(entry: &Reading<Entry>, now: FileTime) -> (Reading<bool>, String) {
    let entry = match entry {
        Reading::Present(entry) => entry,
        Reading::Absent => return (Reading::Absent, String::new()),
        Reading::Unreadable(reason) => return (Reading::Unreadable(reason.clone()), String::new()),
    };
    let fault = match &entry.certificate {
        Err(_) => Some("(cannot be read as a certificate)"),
        Ok(certificate) if !certificate.is_valid_at(now) => Some("(outside its dates)"),
        Ok(_) if entry.key.is_none() => Some("(no private key belongs to it)"),
        Ok(certificate)
            if certificate.server_authentication() == ServerAuthentication::NotAllowed =>
        {
            Some("(not for server authentication)")
        }
        Ok(_) => None,
    };
    (
        Reading::Present(fault.is_some()),
        fault.unwrap_or_default().to_owned(),
    )
}

/// Whether the service is kept from the key of the chosen certificate. Only the files of CryptoAPI can be found by the container's name.
fn key_rights(state: &dyn State, entry: &Reading<Entry>) -> Fact {
    let container = entry
        .as_ref()
        .and_then(|entry| entry.key.clone().map_or(Reading::Absent, Reading::Present));
    let guid = registry::text(
        state,
        r"HKLM\SOFTWARE\Microsoft\Cryptography",
        "MachineGuid",
    );
    let path = match (&container, guid) {
        (Reading::Present(key), _) if key.is_cng() => Reading::Unreadable(Reason::Unsupported(
            "a CNG key's file cannot be found by its name".to_owned(),
        )),
        (Reading::Present(key), Reading::Present(guid)) => {
            let name =
                Guid::parse(&guid).and_then(|guid| KeyFileName::of_container(&key.container, guid));
            match name {
                Some(name) => Reading::Present(format!(r"{}\{name}", rdp_key::MACHINE_KEYS)),
                None => Reading::Unreadable(Reason::Damaged(format!("MachineGuid is {guid:?}"))),
            }
        }
        (Reading::Present(_), guid) => guid,
        (Reading::Absent, _) => Reading::Absent,
        (Reading::Unreadable(reason), _) => Reading::Unreadable(reason.clone()),
    };
    let shown = path
        .clone()
        .present()
        .unwrap_or_else(|| "the key of the chosen certificate".to_owned());
    let file = path.and_then(|path| rdp_key::key_file(state, &path));
    let last_written = file.as_ref().present().and_then(|file| file.modified);
    let service = Token::network_service(Some("TermService"));
    let descriptor = file.and_then(|file| file.descriptor);
    let (holds, detail) = permission::denied(&descriptor, ObjectKind::File, &service, READ);
    Fact {
        holds,
        citation: StateCitation {
            kind: ArtifactKind::Descriptor,
            at: shown,
            last_written,
            detail,
        },
    }
}
