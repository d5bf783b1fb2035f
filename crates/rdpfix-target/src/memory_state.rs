//! A machine's registry and files made in memory.

use std::collections::BTreeMap;

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::{Reading, Reason};

use crate::state::{File, Key, RegistryValue, State};

/// Registry keys and files, by path in any letter case. What was not put in is absent, unless a place above it was made unreadable.
#[derive(Debug, Clone, Default)]
pub struct MemoryState {
    keys: BTreeMap<String, Key>,
    files: BTreeMap<String, (File, Vec<u8>)>,
    unreadable: BTreeMap<String, Reason>,
}

impl MemoryState {
    /// A machine with an empty registry and disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, and those above it.
    pub fn add_key(&mut self, path: &str) -> &mut Key {
        let mut above = path;
        while let Some((parent, name)) = above.rsplit_once('\\') {
            let parent_key = self
                .keys
                .entry(parent.to_lowercase())
                .or_insert_with(|| blank(parent));
            if !parent_key
                .subkeys
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                parent_key.subkeys.push(name.to_owned());
            }
            above = parent;
        }
        self.keys
            .entry(path.to_lowercase())
            .or_insert_with(|| blank(path))
    }

    /// Sets a value of a key, which is added when it is not there.
    pub fn set_value(&mut self, path: &str, value: RegistryValue) {
        let key = self.add_key(path);
        key.values
            .retain(|known| !known.name.eq_ignore_ascii_case(&value.name));
        key.values.push(value);
    }

    /// Adds a file with its content and security descriptor.
    pub fn add_file(&mut self, path: &str, content: Vec<u8>, descriptor: Reading<Vec<u8>>) {
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let file = File {
            path: path.to_owned(),
            size,
            modified: Some(FileTime::default()),
            descriptor,
        };
        self.files.insert(path.to_lowercase(), (file, content));
    }

    /// Makes a place, and all below it, unreadable.
    pub fn make_unreadable(&mut self, path: &str, reason: Reason) {
        self.unreadable.insert(path.to_lowercase(), reason);
    }

    fn barrier(&self, path: &str) -> Option<&Reason> {
        let found = self
            .unreadable
            .iter()
            .find(|(place, _)| path.starts_with(place.as_str()));
        found.map(|(_, reason)| reason)
    }

    fn look_up<T: Clone>(&self, path: &str, found: impl FnOnce(&str) -> Option<T>) -> Reading<T> {
        let path = path.to_lowercase();
        match self.barrier(&path) {
            Some(reason) => Reading::Unreadable(reason.clone()),
            None => found(&path).map_or(Reading::Absent, Reading::Present),
        }
    }
}

fn blank(path: &str) -> Key {
    Key {
        path: path.to_owned(),
        last_written: None,
        values: Vec::new(),
        subkeys: Vec::new(),
        descriptor: Reading::Unreadable(Reason::NotInSource),
    }
}

impl State for MemoryState {
    fn key(&self, path: &str) -> Reading<Key> {
        self.look_up(path, |path| self.keys.get(path).cloned())
    }

    fn file(&self, path: &str) -> Reading<File> {
        self.look_up(path, |path| {
            self.files.get(path).map(|(file, _)| file.clone())
        })
    }

    fn folder(&self, path: &str) -> Reading<Vec<String>> {
        self.look_up(path, |path| {
            let below = format!("{path}\\");
            let names: Vec<_> = self
                .files
                .values()
                .filter(|(file, _)| file.path.to_lowercase().starts_with(&below))
                .filter_map(|(file, _)| file.path.get(below.len()..))
                .filter(|name| !name.contains('\\'))
                .map(str::to_owned)
                .collect();
            (!names.is_empty() || self.files.contains_key(path)).then_some(names)
        })
    }

    fn content(&self, path: &str, limit: usize) -> Reading<Vec<u8>> {
        self.look_up(path, |path| {
            self.files
                .get(path)
                .map(|(_, content)| content.iter().copied().take(limit).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_below_a_readable_place_and_unreadable_below_a_barrier() {
        let mut state = MemoryState::new();
        state.set_value(
            r"HKLM\SYSTEM\Select",
            RegistryValue {
                name: "Current".into(),
                kind: 4,
                data: vec![1, 0, 0, 0],
            },
        );
        assert_eq!(
            state.key(r"hklm\system").present().unwrap().subkeys,
            ["Select"]
        );
        assert_eq!(state.key(r"HKLM\SYSTEM\Setup"), Reading::Absent);
        state.make_unreadable(r"HKLM\SOFTWARE", Reason::NotInSource);
        assert_eq!(
            state.key(r"HKLM\Software\X"),
            Reading::Unreadable(Reason::NotInSource)
        );
        state.add_file(r"C:\a\b", vec![1, 2, 3], Reading::Absent);
        assert_eq!(state.folder(r"C:\A").present().unwrap(), ["b"]);
        assert_eq!(state.content(r"c:\a\B", 2).present().unwrap(), [1, 2]);
    }
}
