//! How well a log, and through it a channel, could be read.

use rdpfix_formats::filetime::FileTime;
use rdpfix_target::{LogArtifact, LogSummary};

/// How reading one artefact went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The artefact: a log's path, or a channel that has none.
    pub artifact: String,
    /// Whether it was read.
    pub status: CoverageStatus,
    /// Counts, times, damage: one line for a person.
    pub detail: String,
}

/// Whether something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageStatus {
    /// Read to its end, whatever was in it.
    Read,
    /// Known not to be there.
    Absent,
    /// There, or perhaps there, but not read, or not to its end.
    Unreadable,
}

impl Coverage {
    pub(super) fn of_log(log: &LogArtifact, summary: &LogSummary) -> Self {
        let mut detail = vec![match summary.records {
            0 => "no events".to_owned(),
            1 => "1 event".to_owned(),
            records => format!("{records} events"),
        }];
        if summary.damaged > 0 {
            detail.push(format!("{} damaged", summary.damaged));
            detail.extend(
                summary
                    .damage
                    .first()
                    .map(|first| format!("first: {first}")),
            );
        }
        detail.extend(summary.notes.iter().cloned());
        detail.extend(summary.unreadable.as_ref().map(ToString::to_string));
        let status = match summary.unreadable {
            Some(_) => CoverageStatus::Unreadable,
            None => CoverageStatus::Read,
        };
        Self {
            artifact: log.path.clone(),
            status,
            detail: detail.join("; "),
        }
    }
}

/// What was read of one channel, from however many logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelCoverage {
    /// The channel's name as the machine spells it.
    pub name: String,
    /// Events read.
    pub records: u64,
    /// Damaged records in its logs.
    pub damaged: u64,
    /// Time of the oldest event.
    pub oldest: Option<FileTime>,
    /// Time of the newest event.
    pub newest: Option<FileTime>,
    /// Lowest `EventRecordID`: above 1 when older events were overwritten or cleared away.
    pub first_record_id: Option<u64>,
    /// Whether at least one log holds the channel as a whole rather than what an export asked for.
    pub whole: bool,
}

impl ChannelCoverage {
    pub(super) fn event(&mut self, time: Option<FileTime>, record_id: Option<u64>) {
        self.records = self.records.saturating_add(1);
        if let Some(time) = time {
            self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
            self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
        }
        if let Some(id) = record_id {
            self.first_record_id = Some(self.first_record_id.map_or(id, |first| first.min(id)));
        }
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        self.records = self.records.saturating_add(other.records);
        self.damaged = self.damaged.saturating_add(other.damaged);
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
        self.newest = self.newest.max(other.newest);
        self.first_record_id = self
            .first_record_id
            .into_iter()
            .chain(other.first_record_id)
            .min();
        self.whole |= other.whole;
    }

    /// Whether older events than those read existed and are gone.
    pub fn rolled_over(&self) -> bool {
        self.first_record_id.is_some_and(|first| first > 1)
    }
}
