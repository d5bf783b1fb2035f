//! Where a statement comes from.

use rdpfix_formats::filetime::FileTime;

use crate::knowledge::ArtifactKind;

/// What a statement rests on, so that anybody can find it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Citation {
    /// An event.
    Event(EventCitation),
    /// Something the machine holds: a registry value, a file, a permission.
    State(StateCitation),
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCitation {
    /// Channel the event was written to.
    pub channel: String,
    /// Its provider.
    pub provider: String,
    /// Its identifier.
    pub event_id: u32,
    /// Its number in the machine's log; a text export has lost it.
    pub record_id: Option<u64>,
    /// When it was written.
    pub time: Option<FileTime>,
    /// The log it was read from.
    pub file: String,
    /// Byte offset in that log.
    pub offset: u64,
    /// The field that decides, as a short phrase.
    pub detail: String,
}

/// One thing the machine holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCitation {
    /// Its kind.
    pub kind: ArtifactKind,
    /// Where it is: a registry path, a file path.
    pub at: String,
    /// When it was last written, where that is known.
    pub last_written: Option<FileTime>,
    /// What was found there, as a short phrase.
    pub detail: String,
}

impl EventCitation {
    /// Whether both name the same record of the same machine's log.
    pub(super) fn names_the_record_of(&self, other: &Self) -> bool {
        self.record_id == other.record_id
            && self.time == other.time
            && self.event_id == other.event_id
            && self.provider == other.provider
            && self.channel.eq_ignore_ascii_case(&other.channel)
    }
}
