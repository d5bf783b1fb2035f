//! A Windows that is not running: its files, wherever they are, and the registry in them.

mod flat_heap;
mod host_folder;
mod ntfs_volume;

use std::cell::OnceCell;
use std::fmt;

use rdpfix_disk::source::Shared;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::regf::{ControlSet, Hive, HiveState, Key as HiveKey};

pub use flat_heap::FlatHeap;
pub use host_folder::HostFolder;
pub use ntfs_volume::NtfsVolume;

use crate::state::{File, Key, RegistryValue, State};

/// The files of a Windows volume. Paths are relative to its root, with `\`; letter case does not matter.
pub trait FileTree {
    /// A file's bytes.
    fn open(&self, path: &str) -> Reading<Shared>;

    /// What is known of a file or folder.
    fn file(&self, path: &str) -> Reading<File>;

    /// The names in a folder.
    fn names(&self, path: &str) -> Reading<Vec<String>>;
}

/// Where the hives lie.
pub const CONFIG: &str = r"Windows\System32\config";
/// Where the logs lie.
pub const LOGS: &str = r"Windows\System32\winevt\Logs";

/// A Windows volume with its registry, opened as it is asked for.
pub struct Installation {
    tree: Box<dyn FileTree>,
    system: OnceCell<Reading<Hive<Shared>>>,
    software: OnceCell<Reading<Hive<Shared>>>,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Installation")
    }
}

impl Installation {
    /// On the files of a Windows volume.
    pub fn new(tree: impl FileTree + 'static) -> Self {
        Self {
            tree: Box::new(tree),
            system: OnceCell::new(),
            software: OnceCell::new(),
        }
    }

    /// The files.
    pub fn tree(&self) -> &dyn FileTree {
        &*self.tree
    }

    /// What a person should know of the hives that were opened: dirty ones, and what their logs gave.
    pub fn remarks(&self) -> Vec<String> {
        let opened = [("SYSTEM", &self.system), ("SOFTWARE", &self.software)];
        let remarks = opened.into_iter().filter_map(|(name, hive)| match hive.get()? {
            Reading::Present(hive) => match hive.state() {
                HiveState::Clean => None,
                HiveState::Recovered(_) => Some(format!("{name} hive: dirty, completed from its logs")),
                HiveState::DirtyWithoutLogs { .. } => {
                    Some(format!("{name} hive: dirty, and no log of it is here: its last changes may be missing"))
                }
            },
            Reading::Absent => None,
            Reading::Unreadable(reason) => Some(format!("{name} hive: {reason}")),
        });
        remarks.collect()
    }

    fn hive(&self, name: &str) -> Option<&Reading<Hive<Shared>>> {
        let cell = match name {
            "SYSTEM" => &self.system,
            "SOFTWARE" => &self.software,
            _ => return None,
        };
        Some(cell.get_or_init(|| self.open_hive(name)))
    }

    fn open_hive(&self, name: &str) -> Reading<Hive<Shared>> {
        let path = format!(r"{CONFIG}\{name}");
        let logs = ["LOG", "LOG1", "LOG2"]
            .map(|ending| self.tree.open(&format!("{path}.{ending}")).present());
        let logs: Vec<&dyn ReadAt> = logs
            .iter()
            .flatten()
            .map(|log| log as &dyn ReadAt)
            .collect();
        self.tree
            .open(&path)
            .and_then(|primary| match Hive::open_with_logs(primary, &logs) {
                Ok(hive) => Reading::Present(hive),
                Err(error) => Reading::Unreadable(Reason::Damaged(format!("{path}: {error}"))),
            })
    }
}

impl State for Installation {
    fn key(&self, path: &str) -> Reading<Key> {
        let mut parts = path.splitn(3, '\\');
        let (Some(root), Some(hive), rest) =
            (parts.next(), parts.next(), parts.next().unwrap_or_default())
        else {
            return Reading::Absent;
        };
        let hive = hive.to_uppercase();
        let found = root
            .eq_ignore_ascii_case("HKLM")
            .then(|| self.hive(&hive))
            .flatten();
        match found {
            Some(Reading::Present(found)) => read_key(found, &hive, rest),
            // A hive that is not among the files says nothing about the machine's registry.
            Some(Reading::Absent) | None => Reading::Unreadable(Reason::NotInSource),
            Some(Reading::Unreadable(reason)) => Reading::Unreadable(reason.clone()),
        }
    }

    fn file(&self, path: &str) -> Reading<File> {
        self.tree.file(below_root(path)).map(|file| File {
            path: path.to_owned(),
            ..file
        })
    }

    fn folder(&self, path: &str) -> Reading<Vec<String>> {
        self.tree.names(below_root(path))
    }

    fn content(&self, path: &str, limit: usize) -> Reading<Vec<u8>> {
        self.tree.open(below_root(path)).and_then(|file| {
            let length = usize::try_from(file.len()).map_or(limit, |length| length.min(limit));
            let mut bytes = vec![0; length];
            match file.read_full_at(0, &mut bytes) {
                Ok(count) => {
                    bytes.truncate(count);
                    Reading::Present(bytes)
                }
                Err(error) => Reading::Unreadable(Reason::Io(format!("{path}: {error}"))),
            }
        })
    }
}

/// The path without its drive: offline, the system volume is whatever volume holds the Windows folder.
fn below_root(path: &str) -> &str {
    path.strip_prefix(r"C:\")
        .or_else(|| path.strip_prefix(r"c:\"))
        .unwrap_or(path)
}

fn read_key(hive: &Hive<Shared>, name: &str, path: &str) -> Reading<Key> {
    let resolved = match ControlSet::current(hive) {
        Reading::Present(set) => set.resolve(path),
        Reading::Absent | Reading::Unreadable(_) => path.to_owned(),
    };
    hive.key(&resolved)
        .map(|key| whole_key(&key, format!(r"HKLM\{name}\{resolved}")))
}

fn whole_key(key: &HiveKey<'_, Shared>, path: String) -> Key {
    let values = key.values().flatten().map(|value| RegistryValue {
        name: value.name,
        kind: value.kind.get(),
        data: value.bytes,
    });
    Key {
        path,
        last_written: Some(key.last_written()),
        values: values.collect(),
        subkeys: key
            .subkeys()
            .flatten()
            .map(|subkey| subkey.name())
            .collect(),
        descriptor: key.security_descriptor(),
    }
}
