//! What was seen of one symptom, in bounded memory however often it was seen.

use rdpfix_formats::filetime::FileTime;

use super::citation::EventCitation;
use crate::knowledge::Trust;

/// How many citations an observation keeps: the newest ones.
pub(super) const KEPT_CITATIONS: usize = 5;

/// Events that meet a symptom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// How many events met it.
    pub count: u64,
    /// How many might have, had they been readable in full.
    pub unknown: u64,
    /// The newest of those that met it, newest first.
    pub citations: Vec<EventCitation>,
    /// When the oldest was written.
    pub oldest: Option<FileTime>,
    /// When the newest was written.
    pub newest: Option<FileTime>,
    /// The best trusted fact that it rests on.
    pub trust: Trust,
}

impl Observation {
    pub(super) const fn new() -> Self {
        Self {
            count: 0,
            unknown: 0,
            citations: Vec::new(),
            oldest: None,
            newest: None,
            trust: Trust::FromMemory,
        }
    }

    pub(super) fn met(&mut self, citation: EventCitation, trust: Trust) {
        self.count = self.count.saturating_add(1);
        if let Some(time) = citation.time {
            self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
            self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
        }
        self.trust = self.trust.max(trust);
        self.keep(citation);
    }

    /// Keeps the newest citations. The same record read twice, from a log and from its export, is cited once.
    fn keep(&mut self, citation: EventCitation) {
        let same = |kept: &EventCitation| {
            citation.record_id.is_some() && kept.names_the_record_of(&citation)
        };
        if self.citations.iter().any(same) {
            return;
        }
        let older = |kept: &EventCitation| {
            (kept.time, kept.record_id) < (citation.time, citation.record_id)
        };
        let at = self
            .citations
            .iter()
            .position(older)
            .unwrap_or(self.citations.len());
        if at < KEPT_CITATIONS {
            self.citations.insert(at, citation);
            self.citations.truncate(KEPT_CITATIONS);
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.oldest = match (self.oldest, other.oldest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.newest = self.newest.max(other.newest);
        self.trust = self.trust.max(other.trust);
        for citation in other.citations {
            self.keep(citation);
        }
    }
}

/// When something that marks time was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarkObservation {
    /// How often it was seen.
    pub count: u64,
    /// The newest, up to now.
    pub newest: Option<FileTime>,
}
