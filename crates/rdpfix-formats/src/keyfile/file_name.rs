//! The name of a key's file in `MachineKeys`: `f686aace6942fb7f7ceb231212eef4a4_<MachineGuid>`.
//!
//! The first half is the MD5 of the container's name in lower case with a null behind it, written as four little-endian words; the second
//! is `HKLM\SOFTWARE\Microsoft\Cryptography\MachineGuid`. A file with another machine's id belongs to an earlier identity of the disk.

use std::fmt;

use md5::{Digest, Md5};

use crate::guid::Guid;

/// The container of the key that Remote Desktop makes for itself.
pub const REMOTE_DESKTOP_CONTAINER: &str = "TSSecKeySet1";

/// Containers that are on many machines, and whose files nobody may touch in repairing another.
pub const WELL_KNOWN_CONTAINERS: [&str; 8] = [
    REMOTE_DESKTOP_CONTAINER,
    "iisConfigurationKey",
    "NetFrameworkConfigurationKey",
    "iisWasKey",
    "Microsoft Internet Information Server",
    "MS IIS DCOM Server",
    "MS IIS DCOM Client",
    "WMSvc Certificate Key Container",
];

/// The name of a key's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyFileName {
    container: [u32; 4],
    machine: Guid,
}

impl KeyFileName {
    /// The file that a container of this name has on this machine. A container's name may itself be that of its file (its "unique
    /// name"); then that is it.
    ///
    /// Returns `None` for a name that is not ASCII: its bytes depend on the machine's code page.
    pub fn of_container(container: &str, machine: Guid) -> Option<Self> {
        if let Some(unique) = Self::parse(container) {
            return Some(unique);
        }
        container.is_ascii().then(|| Self {
            container: container_hash(container),
            machine,
        })
    }

    /// From a file's name, in either case.
    pub fn parse(name: &str) -> Option<Self> {
        let (hash, machine) = name.split_once('_')?;
        if hash.len() != 32 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        // Guid::parse also takes braces and blanks, which no file's name has.
        let machine = Guid::parse(machine).filter(|_| machine.len() == 36)?;
        let mut container = [0; 4];
        for (word, digits) in container.iter_mut().zip([0..8, 8..16, 16..24, 24..32]) {
            *word = u32::from_str_radix(hash.get(digits)?, 16).ok()?;
        }
        Some(Self { container, machine })
    }

    /// The machine to which the key belongs.
    pub const fn machine(&self) -> Guid {
        self.machine
    }

    /// Whether it is the file of a container of this name, on whatever machine.
    pub fn is_of(&self, container: &str) -> bool {
        self.container == container_hash(container)
    }

    /// The container's name, if it is one of [`WELL_KNOWN_CONTAINERS`].
    pub fn well_known_container(&self) -> Option<&'static str> {
        WELL_KNOWN_CONTAINERS
            .into_iter()
            .find(|name| self.is_of(name))
    }
}

/// As the file is called: lower case, no braces.
impl fmt::Display for KeyFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in self.container {
            write!(f, "{word:08x}")?;
        }
        let machine = self.machine.to_string().to_ascii_lowercase();
        write!(f, "_{}", machine.trim_matches(['{', '}']))
    }
}

fn container_hash(container: &str) -> [u32; 4] {
    let mut hash = Md5::new();
    hash.update(container.to_ascii_lowercase());
    hash.update([0]);
    let digest: [u8; 16] = hash.finalize().into();
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(4)) {
        *word = bytes.try_into().map_or(0, u32::from_le_bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "94f748d5-d585-4309-9e7a-4be163cfc6d4";

    #[test]
    fn the_files_of_known_containers() {
        let machine = Guid::parse(MACHINE).unwrap();
        let hashes = [
            "f686aace6942fb7f7ceb231212eef4a4",
            "6de9cb26d2b98c01ec4e9e8b34824aa2",
            "d6d986f09a1ee04e24c949879fdb506c",
            "76944fb33636aeddb9590521c2e8815a",
            "c2319c42033a5ca7f44e731bfd3fa2b5",
            "7a436fe806e483969f48a894af2fe9a1",
            "f515ddc66062954646728bb3ac394c94",
            "bedbf0b4da5f8061b6444baedf4c00b1",
        ];
        for (container, hash) in WELL_KNOWN_CONTAINERS.into_iter().zip(hashes) {
            let name = KeyFileName::of_container(container, machine).unwrap();
            assert_eq!(name.to_string(), format!("{hash}_{MACHINE}"), "{container}");
            let again = KeyFileName::parse(&name.to_string().to_ascii_uppercase()).unwrap();
            assert_eq!(again, name);
            assert_eq!(again.well_known_container(), Some(container));
            assert_eq!(again.machine(), machine);
        }
    }

    #[test]
    fn a_unique_name_is_its_own_file() {
        let unique = format!("2655f347b6b69a9c08890adc0a908581_{MACHINE}");
        let other = Guid::parse("{00000000-0000-0000-0000-000000000001}").unwrap();
        let name = KeyFileName::of_container(&unique, other).unwrap();
        assert_eq!(name.to_string(), unique);
        assert_eq!(name.well_known_container(), None);
        assert_eq!(KeyFileName::of_container("Schlüssel", other), None);
    }

    #[test]
    fn other_names_are_none() {
        for name in [
            "",
            "f686aace6942fb7f7ceb231212eef4a4",
            "f686aace6942fb7f7ceb231212eef4a_94f748d5-d585-4309-9e7a-4be163cfc6d4",
            "f686aace6942fb7f7ceb231212eef4a4_{94f748d5-d585-4309-9e7a-4be163cfc6d4}",
            "f686aace6942fb7f7ceb231212eef4a4_94f748d5-d585-4309-9e7a-4be163cfc6d4.bak",
            "desktop.ini",
        ] {
            assert_eq!(KeyFileName::parse(name), None, "{name}");
        }
    }
}
