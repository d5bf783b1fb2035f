//! A heap of files copied out of a Windows without its folders: `SYSTEM`, `SOFTWARE`, their logs, key files.

use std::path::PathBuf;

use rdpfix_disk::source::Shared;
use rdpfix_formats::reading::{Reading, Reason};

use super::{CONFIG, FileTree, HostFolder};
use crate::state::File;

/// Files known by their names alone. What is not among them was not copied, and nothing follows from that.
#[derive(Debug, Clone)]
pub struct FlatHeap {
    files: HostFolder,
}

/// A folder that may lie in the heap as a folder.
const MACHINE_KEYS: &str = "MachineKeys";

impl FlatHeap {
    /// On a folder that holds at least one of the hives; `None` when it holds neither.
    pub fn find(root: impl Into<PathBuf>) -> Option<Self> {
        let heap = Self {
            files: HostFolder::new(root),
        };
        let has_hive = ["SYSTEM", "SOFTWARE"]
            .iter()
            .any(|hive| heap.open(&format!(r"{CONFIG}\{hive}")).is_present());
        has_hive.then_some(heap)
    }

    /// Looks a file up by its name: in the heap, or in a folder of key files in it.
    fn by_name<T>(&self, path: &str, look_up: impl Fn(&str) -> Reading<T>) -> Reading<T> {
        let name = path.rsplit('\\').next().unwrap_or(path);
        let found = match look_up(name) {
            Reading::Absent => look_up(&format!(r"{MACHINE_KEYS}\{name}")),
            found => found,
        };
        match found {
            // In a copied folder of keys, a key that is missing is missing.
            Reading::Absent
                if path.contains(MACHINE_KEYS) && self.files.names(MACHINE_KEYS).is_present() =>
            {
                Reading::Absent
            }
            Reading::Absent => Reading::Unreadable(Reason::NotInSource),
            found => found,
        }
    }
}

impl FileTree for FlatHeap {
    fn open(&self, path: &str) -> Reading<Shared> {
        self.by_name(path, |name| self.files.open(name))
    }

    fn file(&self, path: &str) -> Reading<File> {
        self.by_name(path, |name| self.files.file(name))
    }

    fn names(&self, path: &str) -> Reading<Vec<String>> {
        self.by_name(path, |name| self.files.names(name))
    }
}
