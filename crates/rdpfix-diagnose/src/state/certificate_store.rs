//! A certificate store of the computer in the registry: `HKLM\SOFTWARE\Microsoft\SystemCertificates\<store>\Certificates`.

use rdpfix_formats::cert::{Certificate, CertificateBlob, KeyProviderInfo, Thumbprint};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_target::State;

/// How many certificates of a store are read. Remote Desktop's store holds one; a personal store a handful.
const MAX_CERTIFICATES: usize = 512;

/// One certificate of a store.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) thumbprint: Thumbprint,
    pub(super) last_written: Option<FileTime>,
    pub(super) certificate: Result<Certificate, String>,
    pub(super) key: Option<KeyProviderInfo>,
}

impl Entry {
    /// Subject and end date, as a report quotes them.
    pub(super) fn describe(&self) -> String {
        match &self.certificate {
            Ok(certificate) => {
                let until = certificate.not_after.to_string();
                let until = until.get(..10).unwrap_or(&until).to_owned();
                format!(
                    "{} {}, valid to {until}",
                    self.thumbprint, certificate.subject
                )
            }
            Err(error) => format!("{}: {error}", self.thumbprint),
        }
    }
}

pub(super) fn path(store: &str) -> String {
    format!(r"HKLM\SOFTWARE\Microsoft\SystemCertificates\{store}\Certificates")
}

/// The certificates of a store. A store without key is an empty one: Windows makes the key with the first certificate.
pub(super) fn entries(state: &dyn State, store: &str) -> Reading<Vec<Entry>> {
    let path = path(store);
    let key = match state.key(&path) {
        Reading::Present(key) => key,
        Reading::Absent => return Reading::Present(Vec::new()),
        Reading::Unreadable(reason) => return Reading::Unreadable(reason),
    };
    let mut entries = Vec::new();
    for name in key.subkeys.iter().take(MAX_CERTIFICATES) {
        match entry(state, &format!(r"{path}\{name}"), name) {
            Reading::Present(entry) => entries.push(entry),
            Reading::Absent => {}
            Reading::Unreadable(reason) => return Reading::Unreadable(reason),
        }
    }
    Reading::Present(entries)
}

fn entry(state: &dyn State, path: &str, name: &str) -> Reading<Entry> {
    state.key(path).and_then(|key| {
        let (Some(value), Some(thumbprint)) = (key.value("Blob"), Thumbprint::parse(name)) else {
            return Reading::Absent;
        };
        let blob = CertificateBlob::decode(&value.data);
        let certificate = match blob.der() {
            Some(der) => Certificate::from_der(der).map_err(|error| error.to_string()),
            None => Err("the value holds no certificate".to_owned()),
        };
        match blob.key_provider() {
            Some(Err(error)) => Reading::Unreadable(Reason::Damaged(format!("{path}: {error}"))),
            key_provider => Reading::Present(Entry {
                thumbprint,
                last_written: key.last_written,
                certificate,
                key: key_provider.and_then(Result::ok),
            }),
        }
    })
}
