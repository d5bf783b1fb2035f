//! Replay: making a dirty hive whole from its transaction logs, in memory. Nothing is ever written.
//!
//! A running Windows writes to the logs and may leave the hive itself behind for an hour, so the hive of a running or
//! crashed machine is normally dirty, and what was changed last is in the logs alone.
//!
//! Specification: "Format of transaction log files" to "Multiple transaction log files",
//! <https://github.com/msuhanov/regf>.

use super::base_block::{BASE_BLOCK_SECTOR, BaseBlock, FileType};
use super::dirty_vector;
use super::error::RegfError;
use super::hive_bin;
use super::log_entry::{ENTRY_MAGIC, LogEntry};
use super::storage::{MAX_OVERLAY, Overlay, Storage};
use crate::cursor::{Cursor, Truncated};
use crate::read_at::ReadAt;

/// Which of the two formats of transaction logs was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A bitmap of dirty pages (`DIRT`), up to Windows 8.
    Old,
    /// Entries with sequence numbers and hashes (`HvLE`), since Windows 8.1.
    New,
}

/// What was taken from the logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The format of the logs.
    pub format: LogFormat,
    /// How many logs were applied, at least in part.
    pub logs: u32,
    /// How many entries of them; one for a log of the old format.
    pub entries: u32,
    /// How many dirty pages these held: of 512 bytes in the old format, mostly of 4096 in the new.
    pub dirty_pages: u32,
    /// How many pages of 4096 bytes now differ from the file, or are read from a log at least.
    pub pages: usize,
    /// The sequence number of the last entry applied.
    pub sequence: u32,
    /// Whether the file's own base block was lost and came from a log.
    pub base_block: bool,
    /// Why replay ended before the end of the logs, where that was damage; Windows ends there too.
    pub stopped: Option<RegfError>,
}

/// A log whose base block is right.
struct Log<'a> {
    input: Storage<&'a dyn ReadAt>,
    base: BaseBlock,
}

impl<'a> Log<'a> {
    fn open(input: &'a dyn ReadAt) -> Result<Self, RegfError> {
        if input.is_empty() {
            return Err(RegfError::Empty);
        }
        let input = Storage::new(input);
        let mut sector = [0; BASE_BLOCK_SECTOR];
        let count = input
            .read_full_at(0, &mut sector)
            .map_err(|error| RegfError::io(0, &error))?;
        if count < sector.len() {
            return Err(RegfError::Truncated(Truncated {
                what: "base block of a transaction log",
                offset: 0,
                expected: sector.len(),
                found: count,
            }));
        }
        let base = BaseBlock::parse(&sector)?;
        let unexpected = |what, offset, expected, found| {
            Err(RegfError::Unexpected {
                what,
                offset,
                expected,
                found: u64::from(found),
            })
        };
        if !base.checksum_matches() {
            let expected = "that of the transaction log's base block";
            return unexpected("checksum", 508, expected, base.stored_checksum);
        }
        base.check_version()?;
        match base.file_type {
            FileType::NewLog => Ok(Self { input, base }),
            FileType::OldLog if base.primary_sequence == base.secondary_sequence => {
                Ok(Self { input, base })
            }
            FileType::OldLog => {
                let expected = "the primary one: the log was written to its end";
                let found = base.secondary_sequence;
                unexpected("secondary sequence number of a log", 8, expected, found)
            }
            FileType::Primary => unexpected("file type of a log", 28, "1, 2 or 6", 0),
            FileType::Other(found) => unexpected("file type of a log", 28, "1, 2 or 6", found),
        }
    }
}

impl Log<'_> {
    /// Why a log whose base block is right has no entry to apply.
    fn no_entry(&self) -> RegfError {
        let offset = u64::try_from(BASE_BLOCK_SECTOR).unwrap_or(u64::MAX);
        let bytes = match self.input.read(offset, 16, "first entry of a log") {
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        let mut cursor = Cursor::new(&bytes, offset);
        let magic = cursor
            .array::<4>("first entry of a log")
            .unwrap_or_default();
        if magic != ENTRY_MAGIC {
            return RegfError::Unexpected {
                what: "first entry of a log",
                offset,
                expected: "`HvLE`",
                found: u64::from(u32::from_be_bytes(magic)),
            };
        }
        let sequence = cursor
            .take(8, "first entry of a log")
            .and_then(|_| cursor.u32("first entry of a log"));
        RegfError::Unexpected {
            what: "sequence number of the first entry of a log",
            offset,
            expected: "that of the log's base block",
            found: sequence.map_or(0, u64::from),
        }
    }
}

/// What replay gave: the pages, the base block the hive then has, and how it came to it.
pub(super) struct Replayed {
    pub(super) overlay: Overlay,
    pub(super) base: BaseBlock,
    pub(super) recovery: Recovery,
}

/// Replays those of `logs` that belong to the hive. `base` is its own base block where that is right.
///
/// # Errors
/// Why each log was not applied, when none was.
pub(super) fn replay<R: ReadAt>(
    storage: &Storage<R>,
    base: Option<&BaseBlock>,
    logs: &[&dyn ReadAt],
) -> Result<Replayed, Vec<RegfError>> {
    let mut refused = Vec::new();
    let (mut new, mut old) = (Vec::new(), Vec::new());
    for input in logs {
        match Log::open(*input) {
            Ok(log) if log.base.file_type == FileType::NewLog => new.push(log),
            Ok(log) => old.push(log),
            Err(error) => refused.push(error),
        }
    }
    if !new.is_empty() {
        match replay_new(storage.input(), base, new, &mut refused) {
            Some(replayed) => return Ok(replayed),
            None => return Err(refused),
        }
    }
    let hive_time = match base {
        Some(base) => Ok(base.last_written.ticks()),
        None => hive_bin::first_timestamp(storage),
    };
    // The newest first: an older one was given up by Windows.
    old.sort_by_key(|log| std::cmp::Reverse(log.base.last_written));
    for log in old {
        let hive_time = match &hive_time {
            Ok(time) => *time,
            Err(error) => {
                refused.push(error.clone());
                continue;
            }
        };
        match replay_old(storage.input(), base, &log, hive_time) {
            Ok(replayed) => return Ok(replayed),
            Err(error) => refused.push(error),
        }
    }
    Err(refused)
}

fn replay_old<R: ReadAt>(
    input: &R,
    base: Option<&BaseBlock>,
    log: &Log<'_>,
    hive_time: u64,
) -> Result<Replayed, RegfError> {
    let found = log.base.last_written.ticks();
    if found < hive_time {
        return Err(RegfError::Unexpected {
            what: "last written timestamp of a log",
            offset: 12,
            expected: "that of the hive or a later one",
            found,
        });
    }
    let mut overlay = Overlay::default();
    let applied = dirty_vector::apply(&log.input, log.base.bins_size, input, &mut overlay)?;
    let pages = overlay.len();
    Ok(Replayed {
        overlay,
        base: as_primary(&log.base, log.base.primary_sequence, log.base.bins_size),
        recovery: Recovery {
            format: LogFormat::Old,
            logs: 1,
            entries: 1,
            dirty_pages: applied,
            pages,
            sequence: log.base.primary_sequence,
            base_block: base.is_none(),
            stopped: None,
        },
    })
}

/// Whether `one` comes before `other`, where the numbers may have run over.
const fn precedes(one: u32, other: u32) -> bool {
    let ahead = other.wrapping_sub(one);
    ahead != 0 && ahead <= 0x7FFF_FFFF
}

fn replay_new<'a, R: ReadAt>(
    input: &R,
    base: Option<&BaseBlock>,
    mut logs: Vec<Log<'a>>,
    refused: &mut Vec<RegfError>,
) -> Option<Replayed> {
    logs.sort_by(|one, other| {
        let (one, other) = (one.base.primary_sequence, other.base.primary_sequence);
        match (precedes(one, other), precedes(other, one)) {
            (true, _) => std::cmp::Ordering::Less,
            (_, true) => std::cmp::Ordering::Greater,
            _ => std::cmp::Ordering::Equal,
        }
    });
    if let Some(base) = base {
        // What a log holds from before the hive was last written whole is in the hive already.
        logs.retain(|log| {
            let sequence = log.base.primary_sequence;
            let is_old = precedes(sequence, base.secondary_sequence);
            if is_old {
                refused.push(RegfError::Unexpected {
                    what: "sequence number of a log",
                    offset: 4,
                    expected: "the hive's secondary one or a later one",
                    found: u64::from(sequence),
                });
            }
            !is_old
        });
    } else {
        // Without a base block to compare with, Windows applies the newest log alone.
        let older = logs.len().saturating_sub(1);
        logs.drain(..older);
    }
    let mut run = Run::default();
    for log in &logs {
        let sequence = log.base.primary_sequence;
        if run
            .last
            .is_some_and(|last| last.wrapping_add(1) != sequence)
        {
            break;
        }
        run.apply(input, log);
        if run.stopped.is_some() {
            break;
        }
    }
    let Some((last, log)) = run.last.zip(run.base) else {
        refused.extend(run.stopped);
        return None;
    };
    let pages = run.overlay.len();
    Some(Replayed {
        base: as_primary(&log, last, run.bins_size),
        recovery: Recovery {
            format: LogFormat::New,
            logs: run.logs,
            entries: run.entries,
            dirty_pages: run.dirty_pages,
            pages,
            sequence: last,
            base_block: base.is_none(),
            stopped: run.stopped,
        },
        overlay: run.overlay,
    })
}

/// A replay of new logs under way.
#[derive(Default)]
struct Run {
    overlay: Overlay,
    base: Option<BaseBlock>,
    bins_size: u32,
    last: Option<u32>,
    logs: u32,
    entries: u32,
    dirty_pages: u32,
    stopped: Option<RegfError>,
}

impl Run {
    /// Applies the entries that follow one another from the log's own sequence number on; behind them stand old ones.
    fn apply<R: ReadAt>(&mut self, input: &R, log: &Log<'_>) {
        let mut expected = log.base.primary_sequence;
        let mut offset = u64::try_from(BASE_BLOCK_SECTOR).unwrap_or(u64::MAX);
        let mut used = false;
        loop {
            let entry = match LogEntry::read(&log.input, offset, expected) {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    self.stopped = Some(error);
                    break;
                }
            };
            if let Err(error) = self.apply_entry(input, log, &entry) {
                self.stopped = Some(error);
                break;
            }
            used = true;
            expected = expected.wrapping_add(1);
            offset = offset.saturating_add(u64::from(entry.size));
        }
        if used {
            self.logs = self.logs.saturating_add(1);
            self.base = Some(log.base.clone());
        } else {
            // What this log should hold is missing, so what a later one holds does not follow the hive.
            self.stopped.get_or_insert_with(|| log.no_entry());
        }
    }

    fn apply_entry<R: ReadAt>(
        &mut self,
        input: &R,
        log: &Log<'_>,
        entry: &LogEntry,
    ) -> Result<(), RegfError> {
        let held = u64::try_from(self.overlay.len()).unwrap_or(u64::MAX);
        let most = held.saturating_add(entry.pages_at_most());
        if most > MAX_OVERLAY / u64::from(hive_bin::BIN_UNIT) {
            return Err(RegfError::TooMuch {
                what: "pages of the transaction logs",
                offset: 0,
                expected: MAX_OVERLAY,
            });
        }
        let pages = entry.apply(&log.input, input, &mut self.overlay)?;
        self.dirty_pages = self.dirty_pages.saturating_add(pages);
        self.entries = self.entries.saturating_add(1);
        self.bins_size = entry.bins_size;
        self.last = Some(entry.sequence);
        Ok(())
    }
}

/// The base block the hive has after replay, from that of the log.
fn as_primary(log: &BaseBlock, sequence: u32, bins_size: u32) -> BaseBlock {
    BaseBlock {
        primary_sequence: sequence,
        secondary_sequence: sequence,
        file_type: FileType::Primary,
        bins_size,
        ..log.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_run_over() {
        assert!(precedes(1, 2) && !precedes(2, 1) && !precedes(2, 2));
        assert!(precedes(u32::MAX, 0) && !precedes(0, u32::MAX));
    }
}
