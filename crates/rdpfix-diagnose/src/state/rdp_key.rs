//! The key of the self-signed Remote Desktop certificate: the file of container `TSSecKeySet1` in MachineKeys.

use rdpfix_formats::keyfile::KeyContainer;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::sd::{AccessMask, ObjectKind, Token};
use rdpfix_target::State;
use rdpfix_target::state::File;

use super::{Fact, Facts, permission, registry};
use crate::evidence::StateCitation;
use crate::knowledge::ArtifactKind;

pub(super) const DENIES_NETWORK_SERVICE: &str = "rdp-key-file.denies-network-service";
pub(super) const DENIES_SYSTEM: &str = "rdp-key-file.denies-system";
pub(super) const FOLDER_HARDENED: &str = "rdp-key-folder.hardened";
pub(super) const DAMAGED: &str = "rdp-key-file.damaged";
pub(super) const OF_ANOTHER_MACHINE: &str = "rdp-key-file.of-another-machine";

/// Where CryptoAPI keeps machine keys.
pub(super) const MACHINE_KEYS: &str = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys";
/// The first half of the file name: MD5 of the container's name in lower case.
const CONTAINER_HASH: &str = "f686aace6942fb7f7ceb231212eef4a4";
/// The container of the self-signed certificate.
pub(super) const CONTAINER: &str = "TSSecKeySet1";
/// How much of a key file is looked at: version, lengths and names stand at its beginning, and keys are some kilobytes.
const LOOKED_AT: usize = 16 * 1024;

const READ: AccessMask = AccessMask(0x0012_0089);
const FULL: AccessMask = AccessMask(0x001F_01FF);
/// `FILE_ADD_FILE`: making a file in a folder.
const ADD_FILE: AccessMask = AccessMask(0x2);

/// The path of this machine's key file.
pub(super) fn path(state: &dyn State) -> Reading<String> {
    let guid = registry::text(
        state,
        r"HKLM\SOFTWARE\Microsoft\Cryptography",
        "MachineGuid",
    );
    guid.map(|guid| {
        format!(
            r"{MACHINE_KEYS}\{CONTAINER_HASH}_{}",
            guid.trim().to_lowercase()
        )
    })
}

/// A file below MachineKeys. In a copy without that folder nobody can say whether the file is there: Windows always has the folder.
pub(super) fn key_file(state: &dyn State, path: &str) -> Reading<File> {
    match (state.file(path), state.file(MACHINE_KEYS)) {
        (Reading::Absent, Reading::Absent) => Reading::Unreadable(Reason::NotInSource),
        (Reading::Absent, Reading::Unreadable(reason)) => Reading::Unreadable(reason),
        (file, _) => file,
    }
}

/// What the key file holds; absent when there is no file, or it is no container.
pub(super) fn container(state: &dyn State) -> Reading<KeyContainer> {
    let content = path(state).and_then(|path| state.content(&path, LOOKED_AT));
    content.and_then(|content| {
        KeyContainer::decode(&content).map_or(Reading::Absent, Reading::Present)
    })
}

pub(super) fn gather(state: &dyn State, facts: &mut Facts) {
    let path = path(state);
    let shown = path
        .clone()
        .present()
        .unwrap_or_else(|| format!(r"{MACHINE_KEYS}\{CONTAINER_HASH}_<MachineGuid>"));
    let file = path.clone().and_then(|path| key_file(state, &path));

    let descriptor = file.clone().and_then(|file| file.descriptor);
    let service = Token::network_service(Some("TermService"));
    let (denied, detail) = permission::denied(&descriptor, ObjectKind::File, &service, READ);
    facts.insert(
        DENIES_NETWORK_SERVICE,
        rights(denied, &file, &shown, detail),
    );
    let (denied, detail) = permission::denied(
        &descriptor,
        ObjectKind::File,
        &Token::system(Some("SessionEnv")),
        FULL,
    );
    facts.insert(DENIES_SYSTEM, rights(denied, &file, &shown, detail));

    let folder = state.file(MACHINE_KEYS);
    let descriptor = folder.clone().and_then(|folder| folder.descriptor);
    let (denied, detail) = permission::denied(&descriptor, ObjectKind::File, &service, ADD_FILE);
    facts.insert(
        FOLDER_HARDENED,
        rights(denied, &folder, MACHINE_KEYS, detail),
    );

    facts.insert(DAMAGED, damaged(state, &path, &file, &shown));
    facts.insert(OF_ANOTHER_MACHINE, of_another_machine(state, &path, &file));
}

fn cite(kind: ArtifactKind, file: &Reading<File>, at: &str, detail: String) -> StateCitation {
    let file = file.as_ref().present();
    StateCitation {
        kind,
        at: at.to_owned(),
        last_written: file.and_then(|file| file.modified),
        detail,
    }
}

fn rights(denied: Reading<bool>, file: &Reading<File>, at: &str, detail: String) -> Fact {
    Fact {
        holds: denied,
        citation: cite(ArtifactKind::Descriptor, file, at, detail),
    }
}

/// A file that is there and no key: empty, or without the header of a container.
fn damaged(state: &dyn State, path: &Reading<String>, file: &Reading<File>, shown: &str) -> Fact {
    let (holds, detail) = match file {
        Reading::Present(file) if file.size == 0 => {
            (Reading::Present(true), "the file is empty".to_owned())
        }
        Reading::Present(file) => {
            let content = path
                .clone()
                .and_then(|path| state.content(&path, LOOKED_AT));
            match content.map(|content| KeyContainer::decode(&content)) {
                Reading::Present(Ok(_)) => (
                    Reading::Present(false),
                    format!("{} bytes, a key container", file.size),
                ),
                Reading::Present(Err(error)) => (Reading::Present(true), error.to_string()),
                Reading::Absent => (Reading::Absent, String::new()),
                Reading::Unreadable(reason) => {
                    (Reading::Unreadable(reason.clone()), reason.to_string())
                }
            }
        }
        Reading::Absent => (Reading::Absent, "no such file".to_owned()),
        Reading::Unreadable(reason) => (Reading::Unreadable(reason.clone()), reason.to_string()),
    };
    Fact {
        holds,
        citation: cite(ArtifactKind::File, file, shown, detail),
    }
}

/// A clone keeps the key file of the machine it was made from, whose name ends in that machine's GUID.
fn of_another_machine(state: &dyn State, path: &Reading<String>, file: &Reading<File>) -> Fact {
    let names = state.folder(MACHINE_KEYS);
    let prefix = format!("{CONTAINER_HASH}_");
    let others = names.map(|names| {
        let own = path.clone().present().unwrap_or_default();
        let is_other = |name: &&String| {
            let name = name.to_lowercase();
            name.starts_with(&prefix) && !own.ends_with(&name)
        };
        names.iter().filter(is_other).cloned().collect::<Vec<_>>()
    });
    let detail = others.clone().present().unwrap_or_default().join(", ");
    let holds = match (path, file, &others) {
        (Reading::Present(_), Reading::Absent, Reading::Present(others)) => {
            Reading::Present(!others.is_empty())
        }
        (_, Reading::Present(_), _) => Reading::Present(false),
        (Reading::Unreadable(reason), ..)
        | (_, Reading::Unreadable(reason), _)
        | (.., Reading::Unreadable(reason)) => Reading::Unreadable(reason.clone()),
        _ => Reading::Absent,
    };
    Fact {
        holds,
        citation: cite(ArtifactKind::File, file, MACHINE_KEYS, detail),
    }
}
