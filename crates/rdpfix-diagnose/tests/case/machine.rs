//! The state of a case's machine: registry, key files and their permissions, certificates.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rdpfix_formats::cert::{Certificate, CertificateBlob, KeyProviderInfo, Thumbprint};
use rdpfix_formats::keyfile::KeyContainer;
use rdpfix_formats::reading::Reading;
use rdpfix_formats::regf::ValueType;
use rdpfix_formats::regf::encode::{HiveSpec, ValueSpec};
use rdpfix_formats::sd::SecurityDescriptor;
use rdpfix_target::MemoryState;
use rdpfix_target::state::RegistryValue;
use serde::Deserialize;

const GUID: &str = "5a2d1c0e-8a6f-4a55-9d0c-0d6b2f2f7a11";
const MACHINE_KEYS: &str = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys";
const SELF_SIGNED: &[u8] = include_bytes!("../fixtures/rdp-self-signed.der");
const CLIENT_ONLY: &[u8] = include_bytes!("../fixtures/client-only.der");

/// What the blocks of a case put on the machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Machine {
    values: BTreeMap<String, BTreeMap<String, RegistryValue>>,
    files: BTreeMap<String, Vec<u8>>,
    descriptors: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateBlock {
    store: String,
    #[serde(default)]
    client_only: bool,
    from: String,
    to: String,
    container: Option<String>,
    #[serde(default)]
    chosen: bool,
}

impl Machine {
    /// A healthy Windows Server 2022 with its self-signed certificate, as Windows sets it up.
    pub(crate) fn healthy() -> Self {
        let mut machine = Self::default();
        machine.reg(&format!(
            "[HKLM\\SOFTWARE\\Microsoft\\Cryptography]\n\"MachineGuid\"=\"{GUID}\"\n\
             [HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\"CurrentBuildNumber\"=\"20348\"\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Services\\SessionEnv]\n\"Start\"=dword:00000003\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService]\n\"Start\"=dword:00000003\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp]\n\"PortNumber\"=dword:00000d3d\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols]\n"
        ));
        machine.sddl(
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop",
            "O:SYG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;NS)",
        );
        machine.sddl(
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates",
            "O:SYG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;NS)",
        );
        machine.certificate(
            "store = \"Remote Desktop\"\nfrom = \"2026-07-01\"\nto = \"2027-01-01\"\ncontainer = \"TSSecKeySet1\"\n",
        );
        machine.file(&Self::key_file(), "key");
        machine.sddl(
            &Self::key_file(),
            "O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)",
        );
        machine.files.insert(MACHINE_KEYS.to_owned(), Vec::new());
        machine.sddl(MACHINE_KEYS, "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)");
        machine
    }

    fn key_file() -> String {
        format!(r"{MACHINE_KEYS}\f686aace6942fb7f7ceb231212eef4a4_{GUID}")
    }

    fn path(path: &str) -> String {
        match path {
            "the-key-file" => Self::key_file(),
            "the-key-folder" => MACHINE_KEYS.to_owned(),
            path => path.replace("HKEY_LOCAL_MACHINE", "HKLM"),
        }
    }

    /// Lines of a `.reg` file. A name set to `-` is taken away.
    pub(crate) fn reg(&mut self, text: &str) {
        let mut key = String::new();
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with(';'))
        {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                key = Self::path(name);
                if let Some(gone) = key
                    .strip_prefix('-')
                    .map(|gone| Self::path(gone).to_lowercase())
                {
                    self.values
                        .retain(|path, _| !path.to_lowercase().starts_with(&gone));
                } else {
                    self.values.entry(key.clone()).or_default();
                }
            } else if let Some((name, data)) = line.split_once('=') {
                let name = name.trim_matches(['"', '@']).to_owned();
                let values = self.values.entry(key.clone()).or_default();
                match reg_data(data) {
                    Some((kind, data)) => {
                        values.insert(name.clone(), RegistryValue { name, kind, data })
                    }
                    None => values.remove(&name),
                };
            }
        }
    }

    pub(crate) fn sddl(&mut self, path: &str, text: &str) {
        let descriptor =
            SecurityDescriptor::from_sddl(text.trim()).unwrap_or_else(|error| panic!("{error}"));
        self.descriptors
            .insert(Self::path(path), descriptor.encode().unwrap());
    }

    /// A file that is a key, empty, something else, or absent.
    pub(crate) fn file(&mut self, path: &str, kind: &str) {
        let path = Self::path(path);
        let content = match kind {
            "key" => {
                let certificate = Certificate::from_der(SELF_SIGNED).unwrap();
                KeyContainer::fixture("TSSecKeySet1", certificate.public_key.rsa().unwrap(), 64)
            }
            // A container whose key is that of the other certificate.
            "other-key" => {
                let certificate = Certificate::from_der(CLIENT_ONLY).unwrap();
                KeyContainer::fixture("TSSecKeySet1", certificate.public_key.rsa().unwrap(), 64)
            }
            "empty" => Vec::new(),
            "noise" => b"this is no key at all, only text that somebody put here".to_vec(),
            "absent" => {
                self.files.remove(&path);
                self.descriptors.remove(&path);
                return;
            }
            other => panic!("a file of unknown kind `{other}`"),
        };
        self.files.insert(path, content);
    }

    /// A certificate in a store; `chosen` pins it for the listener.
    pub(crate) fn certificate(&mut self, block: &str) {
        let block: CertificateBlock =
            toml::from_str(block).unwrap_or_else(|error| panic!("{error}"));
        let der = dated(
            if block.client_only {
                CLIENT_ONLY
            } else {
                SELF_SIGNED
            },
            &block.from,
            &block.to,
        );
        let key = block.container.as_deref().map(KeyProviderInfo::machine_key);
        let blob = CertificateBlob::for_certificate(&der, key.as_ref(), None).encode();
        let thumbprint = Thumbprint::of(&der);
        let store = format!(
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\{}\Certificates",
            block.store
        );
        if block.store == "Remote Desktop" {
            self.values
                .retain(|path, _| !path.starts_with(&format!(r"{store}\")));
        }
        let value = |name: &str, data: Vec<u8>| RegistryValue {
            name: name.to_owned(),
            kind: 3,
            data,
        };
        let entry = self
            .values
            .entry(format!(r"{store}\{thumbprint}"))
            .or_default();
        entry.insert("Blob".to_owned(), value("Blob", blob));
        if block.chosen {
            let listener =
                r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
            let name = "SSLCertificateSHA1Hash";
            let listener = self.values.entry(listener.to_owned()).or_default();
            listener.insert(name.to_owned(), value(name, thumbprint.to_bytes().to_vec()));
        }
    }

    /// The same in memory.
    pub(crate) fn put_into(&self, state: &mut MemoryState) {
        for (path, values) in &self.values {
            state.add_key(path);
            for value in values.values() {
                state.set_value(path, value.clone());
            }
        }
        for (path, descriptor) in self
            .descriptors
            .iter()
            .filter(|(path, _)| path.starts_with("HKLM"))
        {
            state.add_key(path).descriptor = Reading::Present(descriptor.clone());
        }
        for (path, content) in &self.files {
            let descriptor = self
                .descriptors
                .get(path)
                .cloned()
                .map_or(Reading::Absent, Reading::Present);
            state.add_file(path, content.clone(), descriptor);
        }
    }

    /// The same as a folder: hives by our encoder, key files, descriptors as text beside them.
    pub(crate) fn write_into(&self, root: &Path) {
        let config = root.join("Windows/System32/config");
        fs::create_dir_all(&config).unwrap();
        for hive in ["SYSTEM", "SOFTWARE"] {
            let mut spec = HiveSpec::new(hive);
            if hive == "SYSTEM" {
                spec.key("Select")
                    .values
                    .push(value_spec("Current", 4, vec![1, 0, 0, 0]));
            }
            let keys = self.values.keys().chain(
                self.descriptors
                    .keys()
                    .filter(|path| path.starts_with("HKLM")),
            );
            for path in keys {
                let Some(rest) = path.strip_prefix(&format!(r"HKLM\{hive}\")) else {
                    continue;
                };
                let rest = rest.replace("CurrentControlSet", "ControlSet001");
                let key = spec.key(&rest);
                key.values = self
                    .values
                    .get(path)
                    .into_iter()
                    .flat_map(|values| values.values())
                    .map(|value| value_spec(&value.name, value.kind, value.data.clone()))
                    .collect();
                if let Some(descriptor) = self.descriptors.get(path) {
                    key.security.clone_from(descriptor);
                }
            }
            let bytes = spec.encode().unwrap();
            fs::write(config.join(hive), bytes).unwrap();
        }
        for (path, content) in &self.files {
            let host = root.join(path.trim_start_matches(r"C:\").replace('\\', "/"));
            if path == MACHINE_KEYS {
                fs::create_dir_all(&host).unwrap();
            } else {
                fs::create_dir_all(host.parent().unwrap()).unwrap();
                fs::write(&host, content).unwrap();
            }
            if let Some(descriptor) = self.descriptors.get(path) {
                let text = SecurityDescriptor::decode(descriptor)
                    .unwrap()
                    .to_sddl()
                    .unwrap();
                fs::write(format!("{}.sddl", host.display()), text).unwrap();
            }
        }
    }
}

/// A certificate with other dates. Its signature is not right then, and nobody here checks it.
fn dated(der: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut der = der.to_vec();
    let time =
        |date: &str| format!("{}000000Z", date.get(2..).unwrap().replace('-', "")).into_bytes();
    // UTCTime, tag 0x17, thirteen characters: the first two in a certificate are its dates.
    let places: Vec<_> = der
        .windows(2)
        .enumerate()
        .filter(|(_, bytes)| bytes == &[0x17, 13])
        .map(|(at, _)| at + 2)
        .collect();
    for (at, date) in places.into_iter().zip([time(from), time(to)]) {
        der[at..at + 13].copy_from_slice(&date);
    }
    der
}

/// Type and bytes of a `.reg` value; `None` for `-`.
fn reg_data(text: &str) -> Option<(u32, Vec<u8>)> {
    if text == "-" {
        return None;
    }
    let utf16 = |text: &str| {
        text.encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    if let Some(number) = text.strip_prefix("dword:") {
        return Some((
            4,
            u32::from_str_radix(number, 16)
                .unwrap()
                .to_le_bytes()
                .to_vec(),
        ));
    }
    if let Some(text) = text.strip_prefix("multi:") {
        return Some((
            7,
            text.split(',')
                .map(utf16)
                .chain([vec![0, 0]])
                .collect::<Vec<Vec<u8>>>()
                .concat(),
        ));
    }
    if let Some(bytes) = text.strip_prefix("hex:") {
        let bytes = bytes.split(',').filter(|byte| !byte.is_empty());
        return Some((
            3,
            bytes
                .map(|byte| u8::from_str_radix(byte.trim(), 16).unwrap())
                .collect(),
        ));
    }
    Some((1, utf16(text.trim_matches('"'))))
}

fn value_spec(name: &str, kind: u32, bytes: Vec<u8>) -> ValueSpec {
    ValueSpec {
        name: name.to_owned(),
        kind: ValueType::new(kind),
        bytes,
    }
}
