//! What the knowledge asks of a machine, and what the machine answered.
//!
//! Evidence is a value: observations, each with citations, and for everything that was asked, how well it could be read.

mod citation;
mod collect;
mod coverage;
mod machine;
mod observation;
mod question;
mod recover;

pub use citation::{Citation, EventCitation, StateCitation};
pub use collect::{Progress, collect};
pub use coverage::{ChannelCoverage, Coverage, CoverageStatus};
pub use observation::{MarkObservation, Observation};
pub use question::SymptomKey;

use std::collections::BTreeMap;

use rdpfix_formats::filetime::FileTime;
use rdpfix_target::{ChannelState, Completeness, LogArtifact, LogSummary};

use crate::knowledge::MarkKind;
use crate::state::Fact;

/// All that was learned of one machine.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The machine's name in its newest event; `None` when no event has one.
    pub computer: Option<String>,
    /// Whether all of its logs were there.
    pub completeness: Completeness,
    /// What was observed, symptom by symptom. A symptom without entry was not observed.
    pub observations: BTreeMap<SymptomKey, Observation>,
    /// Points in time.
    pub marks: BTreeMap<MarkKind, MarkObservation>,
    /// Noise that was seen, by its index in the knowledge.
    pub noise: BTreeMap<usize, Observation>,
    /// How well each channel could be read, by lower-case name.
    pub channels: BTreeMap<String, ChannelCoverage>,
    /// How well each log could be read.
    pub coverage: Vec<Coverage>,
    /// What the machine's registry, certificates and files say, by name. Empty when the source holds nothing but logs.
    pub facts: BTreeMap<&'static str, Fact>,
    /// What a person should know of the source.
    pub remarks: Vec<String>,
    /// How channels stand on the machine, as far as the source knows, by lower-case name.
    pub states: BTreeMap<String, ChannelState>,
}

impl Evidence {
    pub(crate) const fn new(completeness: Completeness) -> Self {
        Self {
            computer: None,
            completeness,
            observations: BTreeMap::new(),
            marks: BTreeMap::new(),
            noise: BTreeMap::new(),
            channels: BTreeMap::new(),
            coverage: Vec::new(),
            facts: BTreeMap::new(),
            remarks: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    /// The channel's coverage, when any event or log of it was there.
    pub fn channel(&self, channel: &str) -> Option<&ChannelCoverage> {
        self.channels.get(&channel.to_lowercase())
    }

    /// How the channel stands on the machine, where the source knows.
    pub fn state(&self, channel: &str) -> Option<&ChannelState> {
        self.states.get(&channel.to_lowercase())
    }

    /// When Windows last started, as far as the logs know.
    pub fn last_boot(&self) -> Option<FileTime> {
        self.marks.get(&MarkKind::Boot).and_then(|mark| mark.newest)
    }

    fn channel_mut(&mut self, channel: &str) -> &mut ChannelCoverage {
        let coverage = self.channels.entry(channel.to_lowercase()).or_default();
        if coverage.name.is_empty() {
            coverage.name = channel.to_owned();
        }
        coverage
    }

    fn mark(&mut self, kind: MarkKind, citation: &EventCitation, now: FileTime) {
        let mark = self.marks.entry(kind).or_default();
        mark.count = mark.count.saturating_add(1);
        // A clock that once ran ahead must not move the last boot into the future.
        if citation.time.is_some_and(|time| time <= now) {
            mark.newest = mark.newest.max(citation.time);
        }
    }

    fn log_read(&mut self, log: &LogArtifact, summary: &LogSummary) {
        if let Some(channel) = &log.channel {
            let coverage = self.channel_mut(channel);
            coverage.damaged = coverage.damaged.saturating_add(summary.damaged);
            coverage.whole |= log.format.is_whole() && summary.unreadable.is_none();
        }
        self.coverage.push(Coverage::of_log(log, summary));
    }

    /// Adds what another log of the same machine says.
    fn absorb(&mut self, other: Self) {
        for (key, observation) in other.observations {
            absorb_into(&mut self.observations, key, observation);
        }
        for (key, observation) in other.noise {
            absorb_into(&mut self.noise, key, observation);
        }
        for (kind, mark) in other.marks {
            let own = self.marks.entry(kind).or_default();
            own.count = own.count.saturating_add(mark.count);
            own.newest = own.newest.max(mark.newest);
        }
        for coverage in other.channels.into_values() {
            self.channel_mut(&coverage.name).absorb(&coverage);
        }
        self.coverage.extend(other.coverage);
        self.states.extend(other.states);
    }
}

fn absorb_into<K: Ord>(own: &mut BTreeMap<K, Observation>, key: K, other: Observation) {
    own.entry(key)
        .or_insert_with(Observation::new)
        .absorb(other);
}
