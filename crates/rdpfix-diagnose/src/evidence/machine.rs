//! Which logs belong to one machine.

use std::collections::BTreeSet;

use rdpfix_formats::filetime::FileTime;

use super::Evidence;

/// The evidence of one log, or of the logs found to be of one machine, with the names the machine had.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) evidence: Evidence,
    names: BTreeSet<String>,
    newest_name: Option<(Option<FileTime>, String)>,
}

impl Part {
    pub(super) const fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            names: BTreeSet::new(),
            newest_name: None,
        }
    }

    /// An event names its computer. Machines are renamed: the newest name counts.
    pub(super) fn named(&mut self, name: &str, time: Option<FileTime>) {
        let newer = self
            .newest_name
            .as_ref()
            .is_none_or(|(newest, _)| *newest <= time);
        if newer
            && self
                .newest_name
                .as_ref()
                .is_none_or(|(_, known)| known != name)
        {
            self.newest_name = Some((time, name.to_owned()));
        } else if newer && let Some((newest, _)) = &mut self.newest_name {
            *newest = time;
        }
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    fn is_of_the_same_machine(&self, other: &Self) -> bool {
        let newest_in = |of: &Self, names: &BTreeSet<String>| {
            of.newest_name
                .as_ref()
                .is_some_and(|(_, name)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        newest_in(self, &other.names) || newest_in(other, &self.names)
    }

    fn absorb(&mut self, other: Self) {
        self.evidence.absorb(other.evidence);
        self.names.extend(other.names);
        self.newest_name = match (self.newest_name.take(), other.newest_name) {
            (Some(a), Some(b)) => Some(if a.0 < b.0 { b } else { a }),
            (a, b) => a.or(b),
        };
    }
}

/// Puts the parts of one machine together. A part whose newest name another part knows is of the same machine; a part without any name belongs to
/// the first machine.
pub(super) fn join(parts: Vec<Part>, one_machine: bool) -> Vec<Evidence> {
    let (named, nameless): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| !part.names.is_empty());
    let mut machines: Vec<Part> = Vec::new();
    for part in named.into_iter().chain(nameless) {
        let home = machines.iter_mut().find(|machine| {
            one_machine || part.names.is_empty() || machine.is_of_the_same_machine(&part)
        });
        match home {
            Some(machine) => machine.absorb(part),
            None => machines.push(part),
        }
    }
    let finished = machines.into_iter().map(|machine| {
        let computer = machine.newest_name.map(|(_, name)| name);
        Evidence {
            computer,
            ..machine.evidence
        }
    });
    finished.collect()
}
