//! Control sets: which of a `SYSTEM` hive's `ControlSet001`, `ControlSet002`, … is the one in use.
//!
//! `CurrentControlSet` is a link that Windows makes when it starts, and no hive on disk has it; `Select` says what it
//! would point to. <https://learn.microsoft.com/troubleshoot/windows-client/performance/what-are-control-sets>

use super::hive::Hive;
use super::key::Key;
use crate::read_at::ReadAt;
use crate::reading::{Reading, Reason};

/// What the key `Select` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSet {
    /// The set Windows started with last, and the one to examine.
    pub current: u32,
    /// The set it will start with next.
    pub default: Reading<u32>,
    /// The set that failed and was given up; zero when none did.
    pub failed: Reading<u32>,
    /// The set of the last start that got as far as a logon.
    pub last_known_good: Reading<u32>,
}

impl ControlSet {
    /// From the key `Select` of a hive; absent in any hive but `SYSTEM`.
    pub fn current<R: ReadAt>(hive: &Hive<R>) -> Reading<Self> {
        match hive.root() {
            Ok(root) => Self::below(&root),
            Err(error) => Reading::Unreadable(error.into()),
        }
    }

    pub(super) fn below<R: ReadAt>(root: &Key<'_, R>) -> Reading<Self> {
        root.child("Select").and_then(|select| {
            let read = |name| number(&select, name);
            read("Current").map(|current| Self {
                current,
                default: read("Default"),
                failed: read("Failed"),
                last_known_good: read("LastKnownGood"),
            })
        })
    }

    /// The name of the current set's key, such as `ControlSet001`; `None` when `Select` names none (zero).
    pub fn key_name(&self) -> Option<String> {
        (self.current != 0).then(|| format!("ControlSet{:03}", self.current))
    }

    /// `path` with `CurrentControlSet` at its beginning replaced by the set in use; any other path as it is.
    pub fn resolve(&self, path: &str) -> String {
        let (first, rest) = match path.split_once('\\') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let Some(name) = self
            .key_name()
            .filter(|_| first.eq_ignore_ascii_case("CurrentControlSet"))
        else {
            return path.to_owned();
        };
        match rest {
            Some(rest) => format!("{name}\\{rest}"),
            None => name,
        }
    }
}

fn number<R: ReadAt>(select: &Key<'_, R>, name: &str) -> Reading<u32> {
    select.value(name).and_then(|value| {
        let number = value.number().and_then(|number| u32::try_from(number).ok());
        match number {
            Some(number) => Reading::Present(number),
            None => Reading::Unreadable(Reason::Damaged(format!(
                "value {} of key Select at offset {}: expected a number, found {} of {} bytes",
                value.name,
                value.offset,
                value.kind,
                value.bytes.len()
            ))),
        }
    })
}
