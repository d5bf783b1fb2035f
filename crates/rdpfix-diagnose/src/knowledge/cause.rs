//! A root cause as its file states it.

use std::fmt;

use rdpfix_query::CompiledQuery;
use serde::Deserialize;
use toml::Spanned;

use super::code::StatusClass;

/// One way in which Remote Desktop breaks.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Kebab-case, names the fault, equals the file name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it does to the people who want in.
    pub severity: Severity,
    /// Where on the way to a session it stops them.
    pub layer: Layer,
    /// Windows versions, in words.
    pub applies_to: Vec<String>,
    /// The role without which the cause cannot be.
    pub role: Option<Role>,
    /// Causes that look alike.
    pub confused_with: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// What raises and lowers belief in it.
    pub symptoms: Vec<Symptom>,
    /// Which symptoms must be met, beyond the default.
    pub criteria: Criteria,
    /// What to do, in the order to try.
    pub remedies: Vec<Remedy>,
    /// The Markdown below the front matter.
    pub prose: String,
    /// The file it came from.
    pub file: String,
}

/// How bad a cause is while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing is broken yet; it will be.
    Warning,
    /// Some connections fail.
    Error,
    /// Nobody gets in.
    Critical,
}

/// The stage of a connection at which a cause stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Before the machine, or in its firewall.
    Network,
    /// Nothing listens.
    Listener,
    /// Certificate, key, protocol version, cipher suite.
    Tls,
    /// Network Level Authentication and accounts.
    Authentication,
    /// The Connection Broker decides where to send the user.
    Broker,
    /// After logon.
    Session,
}

/// A Windows role a cause needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Channels that exist only where it is installed.
    pub channels: Vec<String>,
}

/// One observation that changes belief in a cause.
#[derive(Debug, Clone)]
pub struct Symptom {
    /// Unique within the cause.
    pub name: String,
    /// What meeting it does to belief.
    pub effect: Effect,
    /// What it means, as a sentence for the report.
    pub says: String,
    /// Whether a reboot leaves the fault as it is.
    pub persists: bool,
    /// Where it is read.
    pub source: Source,
}

/// What meeting a symptom does to belief in its cause. The order is that of raising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The cause is ruled out.
    Excludes,
    /// When newer than what raises, the fault is over.
    Clears,
    /// Belief falls one step.
    Lowers,
    /// `possible`.
    Supporting,
    /// `likely`.
    Strong,
    /// `confirmed`.
    Proves,
}

impl Effect {
    /// Whether it raises belief.
    pub const fn raises(self) -> bool {
        matches!(self, Self::Supporting | Self::Strong | Self::Proves)
    }
}

/// Where a symptom is read.
#[derive(Debug, Clone)]
pub enum Source {
    /// In an event log.
    Event(Box<EventSymptom>),
    /// In something else of the machine.
    Artifact(Artifact),
}

/// A symptom read from events.
#[derive(Debug, Clone)]
pub struct EventSymptom {
    /// The channel the events are written to.
    pub channel: String,
    /// Selects them.
    pub query: CompiledQuery,
    /// When not empty: only events whose `status` field is of one of these classes.
    pub status: Vec<StatusClass>,
}

/// A symptom read from something that no event log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// What kind of thing.
    pub kind: ArtifactKind,
    /// Where it is.
    pub at: String,
    /// A command that shows it.
    pub look: Option<String>,
    /// The fact about the machine's state that meets the symptom, where one is read: [`crate::state::NAMES`].
    pub fact: Option<String>,
    /// What the fact has to be for the symptom to be met.
    pub is: bool,
}

/// Kinds of evidence beside events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A registry value or key.
    Registry,
    /// A security descriptor of a file or key.
    Descriptor,
    /// A certificate or a certificate store.
    Certificate,
    /// A file or folder.
    File,
    /// A service's configuration or state.
    Service,
    /// A look at the listener from outside.
    Probe,
    /// Whether a channel exists and is enabled.
    Channel,
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registry => "registry",
            Self::Descriptor => "descriptor",
            Self::Certificate => "certificate",
            Self::File => "file",
            Self::Service => "service",
            Self::Probe => "probe",
            Self::Channel => "channel",
        })
    }
}

/// Which symptoms must be met for a finding. Empty lists ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Every one of these.
    pub all: Vec<String>,
    /// At least one of these; when empty, at least one that raises.
    pub any: Vec<String>,
    /// Not one of these.
    pub none: Vec<String>,
}

/// One thing to do about a cause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remedy {
    /// Verb and object, as the repair engine names it.
    pub action: String,
    /// One line.
    pub title: String,
    /// Whether it may run unasked.
    pub applicability: Applicability,
    /// What users notice.
    pub disruption: Disruption,
    /// What to type today.
    pub command: Option<String>,
    /// What takes it back.
    pub undo: Option<String>,
}

/// How safe a remedy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// May run unasked.
    Safe,
    /// Only when asked for by name.
    Unsafe,
    /// A person has to do it.
    DisplayOnly,
}

/// What a remedy interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disruption {
    /// Nothing.
    None,
    /// A service restarts; sessions may drop.
    ServiceRestart,
    /// The machine restarts.
    Reboot,
}

/// The front matter as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCause {
    pub(super) id: Spanned<String>,
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) layer: Layer,
    pub(super) applies_to: Vec<String>,
    pub(super) role: Option<Role>,
    #[serde(default)]
    pub(super) confused_with: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    #[serde(default)]
    pub(super) symptom: Vec<RawSymptom>,
    #[serde(default)]
    pub(super) criteria: Criteria,
    #[serde(default)]
    pub(super) remedy: Vec<Remedy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSymptom {
    pub(super) name: Spanned<String>,
    pub(super) effect: Effect,
    pub(super) says: String,
    #[serde(default)]
    pub(super) persists: bool,
    pub(super) channel: Option<String>,
    pub(super) query: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) status: Vec<StatusClass>,
    pub(super) artifact: Option<ArtifactKind>,
    pub(super) at: Option<String>,
    pub(super) look: Option<String>,
    pub(super) fact: Option<Spanned<String>>,
    #[serde(default = "holds")]
    pub(super) is: bool,
}

const fn holds() -> bool {
    true
}
