//! Whether a token gets the access it asks for, as Windows' `AccessCheck` decides it ([MS-DTYP] 2.5.3.2), and what decided.
//!
//! Privileges are left out: SYSTEM may take ownership, restore and audit whatever a descriptor says, but a service that opens its key
//! file asks without them. Integrity labels are left out too: services run at the System level.

use std::collections::BTreeSet;
use std::fmt;

use super::ace::Effect;
use super::{
    AccessMask, Ace, AceBody, AceFlags, AclState, ObjectKind, SecurityDescriptor, well_known,
};
use crate::sid::Sid;

/// The SIDs a process has when it asks: its user and its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    user: Sid,
    sids: BTreeSet<Sid>,
}

impl Token {
    /// A token of `user` and `groups`.
    pub fn new(user: Sid, groups: impl IntoIterator<Item = Sid>) -> Self {
        let mut sids: BTreeSet<Sid> = groups.into_iter().collect();
        sids.insert(user.clone());
        Self { user, sids }
    }

    /// LocalSystem, as the service `service` if it is named.
    pub fn system(service: Option<&str>) -> Self {
        // Administrators, Everyone, Authenticated Users.
        let groups = [(5, &[32, 544][..]), (1, &[0]), (5, &[11])];
        Self::new(Sid::of(5, &[18]), [])
            .with(&groups)
            .with_service(service)
    }

    /// NETWORK SERVICE, as the service `service` if it is named: what the Remote Desktop listener reads its key with.
    pub fn network_service(service: Option<&str>) -> Self {
        Self::service_account(20, service)
    }

    /// LOCAL SERVICE, as the service `service` if it is named.
    pub fn local_service(service: Option<&str>) -> Self {
        Self::service_account(19, service)
    }

    /// Everyone, Authenticated Users, Users, SERVICE, CONSOLE LOGON, This Organization, LOCAL.
    fn service_account(rid: u32, service: Option<&str>) -> Self {
        let groups = [(1, &[0][..]), (5, &[11]), (5, &[32, 545])];
        Self::new(Sid::of(5, &[rid]), [])
            .with(&groups)
            .with(SERVICE_GROUPS)
            .with_service(service)
    }

    fn with_service(self, service: Option<&str>) -> Self {
        let Some(service) = service else {
            return self;
        };
        // NT SERVICE\ALL SERVICES stands in every token that has a service's own SID.
        let mut token = self.with(SERVICE_GROUPS).with(&[(5, &[80, 0])]);
        token.sids.insert(Sid::for_service(service));
        token
    }

    fn with(mut self, groups: &[(u64, &[u32])]) -> Self {
        let sids = groups
            .iter()
            .map(|(authority, subs)| Sid::of(*authority, subs));
        self.sids.extend(sids);
        self
    }

    /// The same token with another group: that of a service that shares the process, say.
    #[must_use]
    pub fn with_group(mut self, group: Sid) -> Self {
        self.sids.insert(group);
        self
    }

    /// Whose token it is.
    pub const fn user(&self) -> &Sid {
        &self.user
    }

    /// The user and all groups.
    pub fn sids(&self) -> impl Iterator<Item = &Sid> {
        self.sids.iter()
    }

    /// Whether `sid` is the user or a group.
    pub fn holds(&self, sid: &Sid) -> bool {
        self.sids.contains(sid)
    }
}

/// SERVICE, CONSOLE LOGON, This Organization, LOCAL: what every service's token has.
const SERVICE_GROUPS: &[(u64, &[u32])] = &[(5, &[6]), (2, &[1]), (5, &[15]), (2, &[0])];

/// Whether some wanted rights are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// They are.
    Granted,
    /// They are not.
    Denied,
    /// It depends on a condition that is not evaluated here.
    Undecided,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DecidedBy {
    /// There is no DACL, or it is null: everything is given to everybody.
    NoList(AclState),
    /// The token owns the object, which gives reading and changing the DACL.
    Owner,
    /// This entry of the DACL.
    Entry {
        /// Its place in the list, from 0.
        index: usize,
        /// The entry.
        ace: Ace,
    },
    /// No entry gives it.
    Nothing,
    /// Only a privilege gives it, no DACL.
    Privilege,
}

/// Some of the wanted rights, and what decided about them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Which rights.
    pub mask: AccessMask,
    /// Whether they are given.
    pub verdict: Verdict,
    /// What decided.
    pub by: DecidedBy,
}

/// The answer, right by right. The decisions' masks are disjoint and together make up what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessReport {
    /// What was wanted, generic rights mapped.
    pub wanted: AccessMask,
    /// What kind of object was asked for.
    pub kind: ObjectKind,
    /// In the order in which they fell; what nothing gives comes last.
    pub decisions: Vec<Decision>,
}

impl AccessReport {
    /// Access is given only if every wanted right is.
    pub fn verdict(&self) -> Verdict {
        let has = |verdict| self.decisions.iter().any(|d| d.verdict == verdict);
        if has(Verdict::Denied) {
            Verdict::Denied
        } else if has(Verdict::Undecided) {
            Verdict::Undecided
        } else {
            Verdict::Granted
        }
    }

    /// The wanted rights about which the verdict is `verdict`.
    pub fn with(&self, verdict: Verdict) -> AccessMask {
        let of = self.decisions.iter().filter(|d| d.verdict == verdict);
        of.fold(AccessMask::NONE, |mask, decision| mask | decision.mask)
    }

    /// The decisions that keep access from being given.
    pub fn obstacles(&self) -> impl Iterator<Item = &Decision> {
        let obstacle = |d: &&Decision| d.verdict != Verdict::Granted;
        self.decisions.iter().filter(obstacle)
    }
}

/// `ACE 3: deny NETWORK SERVICE read (FR)`
impl fmt::Display for AccessReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, decision) in self.decisions.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            let rights = decision.mask.in_words(self.kind);
            let verdict = match decision.verdict {
                Verdict::Granted => "granted",
                Verdict::Denied => "refused",
                Verdict::Undecided => "undecided",
            };
            write!(f, "{rights} {verdict}")?;
            match &decision.by {
                DecidedBy::NoList(AclState::Null) => f.write_str(" by a null DACL")?,
                DecidedBy::NoList(_) => f.write_str(" since there is no DACL")?,
                DecidedBy::Owner => f.write_str(" to the owner")?,
                DecidedBy::Entry { index, ace } => {
                    write!(f, " by ACE {index}: {}", entry_in_words(ace, self.kind))?;
                }
                DecidedBy::Nothing => f.write_str(": no entry gives it")?,
                DecidedBy::Privilege => f.write_str(": only a privilege gives it")?,
            }
        }
        Ok(())
    }
}

/// `deny NETWORK SERVICE read (FR)`; the type's number for an entry of an unknown type.
pub fn entry_in_words(ace: &Ace, kind: ObjectKind) -> String {
    let (Some(sid), Some(mask)) = (ace.sid(), ace.mask()) else {
        return format!("entry of type {:#04x}", ace.ace_type.0);
    };
    let verb = match ace.ace_type.effect() {
        Some(Effect::Allow) => "allow",
        Some(Effect::Deny) => "deny",
        None => "entry for",
    };
    let condition = if ace.ace_type.is_conditional() {
        " on a condition"
    } else {
        ""
    };
    let (who, what) = (well_known::describe(sid), mask.in_words(kind));
    format!("{verb} {who} {what}{condition}")
}

/// Whether `token` gets `wanted` on an object of `kind` that `descriptor` protects.
///
/// Entries are asked in their order, and the first that names a right decides about it; so a deny behind an allow refuses nothing.
/// Entries that are only inherited say nothing. Generic rights, wanted or in an entry, are mapped. `MAXIMUM_ALLOWED` in `wanted` asks
/// for every right of the kind.
pub fn access_check(
    descriptor: &SecurityDescriptor,
    token: &Token,
    wanted: AccessMask,
    kind: ObjectKind,
) -> AccessReport {
    let mut wanted = wanted.mapped(kind);
    if wanted.intersects(AccessMask::MAXIMUM_ALLOWED) {
        wanted = wanted.without(AccessMask::MAXIMUM_ALLOWED) | kind.all();
    }
    let mut check = Check {
        open: wanted,
        decisions: Vec::new(),
        conditional: Vec::new(),
    };
    check.decide(
        AccessMask::ACCESS_SYSTEM_SECURITY,
        Verdict::Denied,
        &DecidedBy::Privilege,
    );
    match &descriptor.dacl {
        AclState::Present(acl) => check.list(&acl.aces, descriptor.owner.as_ref(), token, kind),
        none => check.decide(
            !AccessMask::NONE,
            Verdict::Granted,
            &DecidedBy::NoList(none.clone()),
        ),
    }
    AccessReport {
        wanted,
        kind,
        decisions: check.decisions,
    }
}

/// A check under way.
struct Check {
    /// The wanted rights that nothing has decided about yet.
    open: AccessMask,
    decisions: Vec<Decision>,
    /// Conditional entries for this token, with what they would decide about.
    conditional: Vec<(Effect, Decision)>,
}

impl Check {
    fn list(&mut self, aces: &[Ace], owner: Option<&Sid>, token: &Token, kind: ObjectKind) {
        let owns = owner.is_some_and(|owner| token.holds(owner));
        let concern = |ace: &&Ace| !ace.flags.contains(AceFlags::INHERIT_ONLY);
        let owner_rights = aces.iter().filter(concern).any(is_for_owner_rights);
        if owns && !owner_rights {
            let implied = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
            self.decide(implied, Verdict::Granted, &DecidedBy::Owner);
        }
        for (index, ace) in aces.iter().enumerate() {
            if ace.flags.contains(AceFlags::INHERIT_ONLY) || self.open.is_empty() {
                continue;
            }
            let (Some(effect), Some(sid), Some(mask)) =
                (ace.ace_type.effect(), ace.sid(), ace.mask())
            else {
                continue;
            };
            // An entry for one kind of object or property says nothing about the object as a whole.
            let for_a_part = matches!(
                &ace.body,
                AceBody::Object {
                    object_type: Some(_),
                    ..
                }
            );
            if for_a_part || !(token.holds(sid) || (owns && is_for_owner_rights(ace))) {
                continue;
            }
            let verdict = match effect {
                Effect::Allow => Verdict::Granted,
                Effect::Deny => Verdict::Denied,
            };
            let (mask, by) = (mask.mapped(kind), entry(index, ace));
            if ace.ace_type.is_conditional() {
                let mask = mask & self.open;
                let decision = Decision { mask, verdict, by };
                self.conditional.push((effect, decision));
            } else {
                self.decide(mask, verdict, &by);
            }
        }
        self.decide(!AccessMask::NONE, Verdict::Denied, &DecidedBy::Nothing);
    }

    /// Decides about those of `mask` that are open, unless an earlier conditional entry would decide otherwise.
    fn decide(&mut self, mask: AccessMask, verdict: Verdict, by: &DecidedBy) {
        let mut mask = mask & self.open;
        self.open = self.open.without(mask);
        for (_, conditional) in &self.conditional {
            let doubtful = mask & conditional.mask;
            if conditional.verdict != verdict && !doubtful.is_empty() {
                mask = mask.without(doubtful);
                self.decisions.push(Decision {
                    mask: doubtful,
                    verdict: Verdict::Undecided,
                    by: conditional.by.clone(),
                });
            }
        }
        if !mask.is_empty() {
            let by = by.clone();
            self.decisions.push(Decision { mask, verdict, by });
        }
    }
}

fn entry(index: usize, ace: &Ace) -> DecidedBy {
    DecidedBy::Entry {
        index,
        ace: ace.clone(),
    }
}

/// Whether the entry is for OWNER RIGHTS (`S-1-3-4`), which replaces what an owner has by itself.
fn is_for_owner_rights(ace: &Ace) -> bool {
    let owner_rights = |sid: &Sid| sid.authority() == 3 && sid.sub_authorities() == [4];
    ace.ace_type.effect().is_some() && ace.sid().is_some_and(owner_rights)
}

#[cfg(test)]
#[path = "access_check_tests.rs"]
mod tests;
