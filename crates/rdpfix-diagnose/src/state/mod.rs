//! Facts about a machine's registry, certificates and files, each with what it rests on.
//!
//! A fact is a yes or a no that a symptom can ask for by name (`fact = "…"` in a cause's file). `Absent` means that the question does not
//! arise: there is no key file whose rights could be wrong. Everything here is computed from readings; nothing is written.

mod certificate_store;
mod channel;
mod listener_certificate;
mod permission;
mod rdp_key;
mod rdp_store;
mod registry;
mod schannel;
mod service;

use std::collections::BTreeMap;

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;
use rdpfix_target::State;

pub(crate) use channel::channel_state;

use crate::evidence::StateCitation;

/// One answer about the machine's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Whether it is so.
    pub holds: Reading<bool>,
    /// What the answer rests on.
    pub citation: StateCitation,
}

/// The names of all facts, for the lint of the knowledge.
pub const NAMES: &[&str] = &[
    rdp_key::DENIES_NETWORK_SERVICE,
    rdp_key::DENIES_SYSTEM,
    rdp_key::FOLDER_HARDENED,
    rdp_key::DAMAGED,
    rdp_key::OF_ANOTHER_MACHINE,
    rdp_store::EMPTY,
    rdp_store::EXPIRED,
    rdp_store::NOT_YET_VALID,
    rdp_store::WITHOUT_KEY_FILE,
    rdp_store::KEY_OF_ANOTHER_CERTIFICATE,
    rdp_store::DENIES_SYSTEM,
    rdp_store::CERTIFICATES_DENIES_SYSTEM,
    listener_certificate::NOT_CHOSEN,
    listener_certificate::MALFORMED,
    listener_certificate::NOT_IN_STORE,
    listener_certificate::UNFIT,
    listener_certificate::KEY_DENIES_NETWORK_SERVICE,
    schannel::TLS12_SERVER_OFF,
    schannel::TLS10_OFF_ON_OLD_SERVER,
    schannel::ALGORITHMS_OFF,
    schannel::SUITE_POLICY_EMPTY,
    schannel::FIPS_WITH_OTHER_LEVEL,
    service::SESSION_ENV_DISABLED,
    service::BROKER_MISSING,
];

/// Facts by name.
pub type Facts = BTreeMap<&'static str, Fact>;

/// Asks everything the knowledge may ask of a machine's state.
pub fn gather(state: &dyn State, now: FileTime) -> Facts {
    let mut facts = Facts::new();
    rdp_key::gather(state, &mut facts);
    rdp_store::gather(state, now, &mut facts);
    listener_certificate::gather(state, now, &mut facts);
    schannel::gather(state, &mut facts);
    service::gather(state, &mut facts);
    facts
}
