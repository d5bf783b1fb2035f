//! Reading a binary log file.

use std::ops::ControlFlow;
use std::path::Path;

use rdpfix_formats::event::LocatedEvent;
use rdpfix_formats::evtx::{self, EvtxError, Log, Record};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reason;

use super::handle::Handle;
use crate::log::{LogSummary, LogVisitor, Order};

/// Hands every record of the log at `path` to `visitor`, one chunk in memory at a time.
pub(super) fn read(path: &Path, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary {
    match Handle::open(path) {
        Ok(handle) => read_from(handle, order, visitor),
        Err(reason) => LogSummary {
            unreadable: Some(reason),
            ..LogSummary::default()
        },
    }
}

/// The same of a log wherever its bytes are.
pub(crate) fn read_from(
    input: impl ReadAt,
    order: Order,
    visitor: &mut dyn LogVisitor,
) -> LogSummary {
    let log = match Log::open(input) {
        Ok(log) => log,
        Err(error) => {
            return LogSummary {
                unreadable: Some(Reason::Damaged(error.to_string())),
                ..LogSummary::default()
            };
        }
    };
    let mut found = log.records().into_summary();
    let mut buffer = Vec::new();
    let mut records = 0_u64;
    for slot in slots(&log, order) {
        let mut chunk = log.read_slot(slot, &mut buffer, &mut found);
        if order == Order::NewestFirst {
            chunk.reverse();
        }
        let mut hand_over = |record: Record| {
            records = records.saturating_add(1);
            visitor.event(LocatedEvent {
                event: record.event,
                offset: record.offset,
                notes: Vec::new(),
            })
        };
        let flow = chunk.into_iter().flatten().try_for_each(&mut hand_over);
        if flow == ControlFlow::Break(()) {
            break;
        }
        visitor.progress(log.slot_offset(slot.saturating_add(1)));
    }
    summary(records, &found)
}

fn slots<R: ReadAt>(log: &Log<R>, order: Order) -> Box<dyn Iterator<Item = u64>> {
    match order {
        Order::AsStored => Box::new(0..log.slots()),
        Order::OldestFirst => Box::new(log.slots_by_age().into_iter()),
        Order::NewestFirst => Box::new(log.slots_by_age().into_iter().rev()),
    }
}

fn summary(records: u64, found: &evtx::LogSummary) -> LogSummary {
    let mut summary = LogSummary {
        records,
        damaged: found
            .records_damaged
            .saturating_add(found.chunks_damaged)
            .saturating_add(found.records_holed),
        damage: found.errors.iter().map(EvtxError::to_string).collect(),
        ..LogSummary::default()
    };
    if let Err(error) = &found.header {
        summary.notes.push(format!(
            "the file header is damaged ({error}); the chunks were read all the same"
        ));
    }
    if found.is_dirty() {
        summary
            .notes
            .push("copied while Windows wrote to it".to_owned());
    }
    if found.checksum_failures > 0 && !found.is_dirty() {
        summary.notes.push(format!(
            "{} chunks have a wrong checksum",
            found.checksum_failures
        ));
    }
    if found.truncated_bytes > 0 {
        summary.notes.push(format!(
            "the file is cut short: {} bytes of its last chunk are missing",
            found.truncated_bytes
        ));
    }
    summary
}
