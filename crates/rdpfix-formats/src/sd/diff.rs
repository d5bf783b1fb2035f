//! What two descriptors mean differently, in words. Aliases, the order of entries that does not matter, entries split in two, and
//! where an entry was inherited from are no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::access_check::entry_in_words;
use super::ace::Effect;
use super::{
    AccessMask, Ace, AceBody, AceFlags, AclState, ObjectKind, SecurityDescriptor, well_known,
};
use crate::sid::Sid;

/// One thing that a second descriptor says otherwise than a first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind of object they protect; the words depend on it.
    pub kind: ObjectKind,
    /// What is different.
    pub change: Change,
}

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The owner.
    Owner(Option<Sid>, Option<Sid>),
    /// The primary group.
    Group(Option<Sid>, Option<Sid>),
    /// Whether the parent's entries are inherited; `true` when they no longer are.
    Protection(bool),
    /// Whether there is a DACL, and whether it is null.
    DaclState(ListState, ListState),
    /// Rights that are no longer given.
    Lost(Grant),
    /// Rights that are now given.
    Gained(Grant),
    /// Rights that are now refused.
    DenyAdded(Grant),
    /// Rights that are no longer refused.
    DenyRemoved(Grant),
    /// Denies behind allows that they contradict stand otherwise, so that other rights result.
    Order,
    /// An entry with a condition, an object type or an unknown type is new.
    EntryAdded(Ace),
    /// Such an entry is gone.
    EntryRemoved(Ace),
    /// What is audited, or the integrity label.
    Sacl,
}

/// Rights of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub sid: Sid,
    /// Which.
    pub mask: AccessMask,
    /// Who inherits them, as flags of an entry; none for the object alone.
    pub inheritance: AceFlags,
}

/// Of the three states of a list, which; without the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListState {
    /// There is none.
    NotPresent,
    /// It is null.
    Null,
    /// It is there.
    Present,
}

impl From<&AclState> for ListState {
    fn from(state: &AclState) -> Self {
        match state {
            AclState::NotPresent => Self::NotPresent,
            AclState::Null => Self::Null,
            AclState::Present(_) => Self::Present,
        }
    }
}

/// What `after` says otherwise than `before`; nothing when both mean the same.
pub fn differences(
    before: &SecurityDescriptor,
    after: &SecurityDescriptor,
    kind: ObjectKind,
) -> Vec<Difference> {
    let mut changes = Vec::new();
    if before.owner != after.owner {
        changes.push(Change::Owner(before.owner.clone(), after.owner.clone()));
    }
    if before.group != after.group {
        changes.push(Change::Group(before.group.clone(), after.group.clone()));
    }
    if before.is_protected() != after.is_protected() {
        changes.push(Change::Protection(after.is_protected()));
    }
    let (was, is) = (ListState::from(&before.dacl), ListState::from(&after.dacl));
    if was != is {
        changes.push(Change::DaclState(was, is));
    }
    let (old, new) = (
        Meaning::of(&before.dacl, kind),
        Meaning::of(&after.dacl, kind),
    );
    changes.extend(old.changes_to(&new));
    if audits(&before.sacl, kind) != audits(&after.sacl, kind) {
        changes.push(Change::Sacl);
    }
    let named = |change| Difference { kind, change };
    changes.into_iter().map(named).collect()
}

/// Whether an entry gives or refuses, to whom, and who inherits it.
type Key = (Effect, Sid, AceFlags);

/// Entries of one effect with nothing between them that their order to each other could matter to.
type Run = (Effect, BTreeMap<Key, AccessMask>);

/// What a DACL says, without what says nothing.
struct Meaning {
    /// The entries that give or refuse, in their order.
    entries: Vec<(Key, AccessMask)>,
    /// The same, put together.
    masks: BTreeMap<Key, AccessMask>,
    /// Entries that are compared as they are.
    others: Vec<Ace>,
}

impl Meaning {
    fn of(dacl: &AclState, kind: ObjectKind) -> Self {
        let mut meaning = Self {
            entries: Vec::new(),
            masks: BTreeMap::new(),
            others: Vec::new(),
        };
        for ace in dacl.aces() {
            let flags = inheritance(ace.flags);
            match (&ace.body, ace.ace_type.effect()) {
                (AceBody::Simple { mask, sid, .. }, Some(effect))
                    if !ace.ace_type.is_conditional() =>
                {
                    let (key, mask) = ((effect, sid.clone(), flags), mask.mapped(kind));
                    *meaning.masks.entry(key.clone()).or_default() |= mask;
                    meaning.entries.push((key, mask));
                }
                _ => {
                    let other = ace.clone().with_flags(flags);
                    if !meaning.others.contains(&other) {
                        meaning.others.push(other);
                    }
                }
            }
        }
        meaning
    }

    fn mask(&self, key: &Key) -> AccessMask {
        self.masks.get(key).copied().unwrap_or_default()
    }

    fn changes_to(&self, new: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let keys: BTreeSet<&Key> = self.masks.keys().chain(new.masks.keys()).collect();
        for key in keys {
            let (effect, sid, inheritance) = key;
            let (was, is) = (self.mask(key), new.mask(key));
            let grant = |mask| Grant {
                sid: sid.clone(),
                mask,
                inheritance: *inheritance,
            };
            let (gone, come) = (was.without(is), is.without(was));
            if !gone.is_empty() {
                changes.push(match effect {
                    Effect::Allow => Change::Lost(grant(gone)),
                    Effect::Deny => Change::DenyRemoved(grant(gone)),
                });
            }
            if !come.is_empty() {
                changes.push(match effect {
                    Effect::Allow => Change::Gained(grant(come)),
                    Effect::Deny => Change::DenyAdded(grant(come)),
                });
            }
        }
        let removed = self.others.iter().filter(|ace| !new.others.contains(ace));
        changes.extend(removed.cloned().map(Change::EntryRemoved));
        let added = new.others.iter().filter(|ace| !self.others.contains(ace));
        changes.extend(added.cloned().map(Change::EntryAdded));
        if self.runs(new) != new.runs(self) {
            changes.push(Change::Order);
        }
        changes
    }

    /// What both lists have, as runs of allows and denies in this list's order. A deny goes into the earliest run that it can
    /// without passing an allow of a right that it refuses.
    fn runs(&self, other: &Self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (key, mask) in &self.entries {
            let mask = *mask & other.mask(key);
            let (effect, _, flags) = key;
            if mask.is_empty() || flags.contains(AceFlags::INHERIT_ONLY) {
                continue;
            }
            let place = match effect {
                Effect::Allow => runs.len().checked_sub(1),
                Effect::Deny => {
                    let contradicts = |(effect, entries): &Run| {
                        *effect == Effect::Allow && entries.values().any(|m| m.intersects(mask))
                    };
                    let after = runs.iter().rposition(contradicts).map_or(0, |at| at + 1);
                    (after < runs.len()).then_some(after)
                }
            };
            let run = place
                .and_then(|at| runs.get_mut(at))
                .filter(|(of, _)| of == effect);
            if let Some((_, entries)) = run {
                *entries.entry(key.clone()).or_default() |= mask;
                continue;
            }
            let new = (*effect, BTreeMap::from([(key.clone(), mask)]));
            match (effect, place) {
                (Effect::Deny, Some(at)) => runs.insert(at, new),
                _ => runs.push(new),
            }
        }
        runs
    }
}

const fn inheritance(flags: AceFlags) -> AceFlags {
    flags.without(AceFlags::INHERITED)
}

/// Entries of a SACL without what says nothing, in no order.
fn audits(sacl: &AclState, kind: ObjectKind) -> Vec<Ace> {
    let mut aces: Vec<Ace> = Vec::new();
    for ace in sacl.aces() {
        let mut ace = ace.clone().with_flags(inheritance(ace.flags));
        if let AceBody::Simple { mask, .. } = &mut ace.body {
            *mask = mask.mapped(kind);
        }
        if !aces.contains(&ace) {
            aces.push(ace);
        }
    }
    let text = |ace: &Ace| {
        let mut bytes = Vec::new();
        // Entries that were read fit; one made too large is compared by its first bytes.
        let _ = ace.encode(&mut bytes);
        bytes
    };
    aces.sort_by_cached_key(text);
    aces
}

/// `NETWORK SERVICE lost read (FR)`, `deny for Everyone added: full control (FA)`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights = |grant: &Grant| {
            let words = grant.mask.in_words(self.kind);
            let place = scope(grant.inheritance);
            format!("{words}{place}")
        };
        match &self.change {
            Change::Owner(was, is) => write!(f, "owner: {} became {}", who(was), who(is)),
            Change::Group(was, is) => write!(f, "group: {} became {}", who(was), who(is)),
            Change::Protection(true) => {
                f.write_str("entries of the parent are no longer inherited")
            }
            Change::Protection(false) => f.write_str("entries of the parent are now inherited"),
            Change::DaclState(was, is) => {
                write!(f, "DACL: {} became {}", list_state(*was), list_state(*is))
            }
            Change::Lost(grant) => {
                write!(
                    f,
                    "{} lost {}",
                    well_known::describe(&grant.sid),
                    rights(grant)
                )
            }
            Change::Gained(grant) => {
                write!(
                    f,
                    "{} gained {}",
                    well_known::describe(&grant.sid),
                    rights(grant)
                )
            }
            Change::DenyAdded(grant) => {
                let name = well_known::describe(&grant.sid);
                write!(f, "deny for {name} added: {}", rights(grant))
            }
            Change::DenyRemoved(grant) => {
                let name = well_known::describe(&grant.sid);
                write!(f, "deny for {name} removed: {}", rights(grant))
            }
            Change::Order => f.write_str("denies and allows stand in another order"),
            Change::EntryAdded(ace) => {
                write!(f, "entry added: {}", entry_in_words(ace, self.kind))
            }
            Change::EntryRemoved(ace) => {
                write!(f, "entry removed: {}", entry_in_words(ace, self.kind))
            }
            Change::Sacl => f.write_str("audit entries or integrity label differ"),
        }
    }
}

fn who(sid: &Option<Sid>) -> String {
    sid.as_ref()
        .map_or_else(|| "nobody".to_owned(), well_known::describe)
}

const fn list_state(state: ListState) -> &'static str {
    match state {
        ListState::NotPresent => "none",
        ListState::Null => "null",
        ListState::Present => "a list",
    }
}

fn scope(inheritance: AceFlags) -> &'static str {
    let only = inheritance.contains(AceFlags::INHERIT_ONLY);
    let inherits = inheritance.without(AceFlags::INHERIT_ONLY) != AceFlags(0);
    match (only, inherits) {
        (true, _) => ", for what is inside only",
        (false, true) => ", also for what is inside",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> Vec<String> {
        let read = |text| SecurityDescriptor::from_sddl(text).unwrap();
        let changes = differences(&read(before), &read(after), ObjectKind::File);
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_meaning_is_no_difference() {
        for (before, after) in [
            (
                "D:(A;;FR;;;NS)(A;;FA;;;SY)",
                "D:(A;;FA;;;S-1-5-18)(A;;0x120089;;;S-1-5-20)",
            ),
            ("D:(A;;FRFW;;;NS)", "D:(A;;FR;;;NS)(A;;FW;;;NS)"),
            ("D:(A;;GR;;;NS)", "D:AI(A;ID;FR;;;NS)"),
            ("D:(A;;FR;;;NS)(A;;FR;;;NS)", "D:(A;;FR;;;NS)"),
            ("D:(A;;FR;;;NS)(D;;DC;;;WD)", "D:(D;;DC;;;WD)(A;;FR;;;NS)"),
            (
                "S:(AU;SA;FA;;;WD)(ML;;NW;;;HI)",
                "S:(ML;;NW;;;HI)(AU;SA;GA;;;S-1-1-0)",
            ),
        ] {
            assert_eq!(
                diff(before, after),
                Vec::<String>::new(),
                "{before} {after}"
            );
        }
    }

    #[test]
    fn differences_in_words() {
        assert_eq!(
            diff("D:(A;;FR;;;NS)(A;;FA;;;SY)", "D:(A;;FA;;;SY)"),
            ["NETWORK SERVICE lost read (FR)"]
        );
        assert_eq!(
            diff("D:(A;;FR;;;NS)", "D:(D;;FA;;;WD)(A;;FR;;;NS)"),
            ["deny for Everyone added: full control (FA)"]
        );
        assert_eq!(
            diff("O:SYG:SYD:P(A;;FR;;;NS)", "O:BAG:SYD:(A;OICI;FR;;;NS)"),
            [
                "owner: SYSTEM became Administrators",
                "entries of the parent are now inherited",
                "NETWORK SERVICE lost read (FR)",
                "NETWORK SERVICE gained read (FR), also for what is inside",
            ]
        );
        assert_eq!(
            diff("D:P", "D:NO_ACCESS_CONTROL"),
            [
                "entries of the parent are now inherited",
                "DACL: a list became null"
            ]
        );
        assert_eq!(
            diff("D:(D;;FR;;;WD)(A;;FR;;;NS)", "D:(A;;FR;;;NS)(D;;FR;;;WD)"),
            ["denies and allows stand in another order"]
        );
        assert_eq!(
            diff(
                "D:(A;;FR;;;NS)(D;;FR;;;WD)",
                "D:(D;;FR;;;WD)(A;;FR;;;NS)(A;;FA;;;SY)"
            ),
            [
                "SYSTEM gained full control (FA)",
                "denies and allows stand in another order"
            ]
        );
        assert_eq!(
            diff("S:", "S:(AU;SA;FA;;;WD)"),
            ["audit entries or integrity label differ"]
        );
        assert_eq!(
            diff("D:", "D:(OA;;FR;4c164200-20c0-11d0-a768-00aa006e0529;;NS)"),
            ["entry added: allow NETWORK SERVICE read (FR)"]
        );
    }
}
