//! Events that mark time, and events that are noise.

use rdpfix_query::CompiledQuery;
use serde::Deserialize;
use toml::Spanned;

/// What a mark means for the time line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Windows started.
    Boot,
    /// The Remote Desktop service started or began to listen.
    ServiceStart,
    /// A log was cleared: what was before is gone.
    LogCleared,
    /// The clock was set.
    TimeChanged,
}

/// Events that mark a point in time.
#[derive(Debug, Clone)]
pub struct Mark {
    /// What they mark.
    pub kind: MarkKind,
    /// Their channel.
    pub channel: String,
    /// Selects them.
    pub query: CompiledQuery,
}

/// Events that look like a fault of Remote Desktop and are none.
#[derive(Debug, Clone)]
pub struct Noise {
    /// Unique.
    pub name: String,
    /// Their channel.
    pub channel: String,
    /// Selects them.
    pub query: CompiledQuery,
    /// Why they do not matter, as a sentence.
    pub says: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMarks {
    #[serde(default)]
    pub(super) mark: Vec<RawMark>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMark {
    pub(super) name: MarkKind,
    pub(super) channel: String,
    pub(super) query: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNoises {
    #[serde(default)]
    pub(super) noise: Vec<RawNoise>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNoise {
    pub(super) name: Spanned<String>,
    pub(super) channel: String,
    pub(super) query: Spanned<String>,
    pub(super) says: String,
}
