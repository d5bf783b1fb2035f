//! Reading XML and text exports.

use std::cmp::Reverse;
use std::fmt::Display;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;

use rdpfix_formats::event::{LocatedEvent, Note, text, xml};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reason;

use super::handle::{Handle, Sequential};
use crate::Flow;
use crate::log::{LogSummary, LogVisitor, Order};

/// How many events are put in order of time at most. Binary logs have no such limit: they are in order.
const MAX_SORTED: usize = 500_000;

pub(super) fn read_xml(path: &Path, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary {
    let handle = match Handle::open(path) {
        Ok(handle) => handle,
        Err(reason) => {
            return LogSummary {
                unreadable: Some(reason),
                ..LogSummary::default()
            };
        }
    };
    hand_over(
        xml::events(BufReader::new(Sequential::new(handle))),
        order,
        visitor,
    )
}

pub(super) fn read_text(path: &Path, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary {
    let handle = match Handle::open(path) {
        Ok(handle) => handle,
        Err(reason) => {
            return LogSummary {
                unreadable: Some(reason),
                ..LogSummary::default()
            };
        }
    };
    let export = match text::read(Sequential::new(handle)) {
        Ok(export) => export,
        Err(error) => {
            return LogSummary {
                unreadable: Some(Reason::Damaged(error.to_string())),
                ..LogSummary::default()
            };
        }
    };
    let mut summary = hand_over(export.events.into_iter(), order, visitor);
    if export.truncated {
        summary.notes.push(format!(
            "only the first {} MiB were read",
            text::MAX_BYTES >> 20
        ));
    }
    summary
}

fn hand_over<E: Display>(
    events: impl Iterator<Item = Result<LocatedEvent, E>>,
    order: Order,
    visitor: &mut dyn LogVisitor,
) -> LogSummary {
    let mut summary = LogSummary::default();
    let mut guesses = Guesses::default();
    let mut sorted: Vec<(Option<FileTime>, LocatedEvent)> = Vec::new();
    for event in events {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                summary.damage(error);
                continue;
            }
        };
        summary.records = summary.records.saturating_add(1);
        guesses.count(&event.notes);
        visitor.progress(event.offset);
        if order == Order::AsStored {
            if visitor.event(event) == ControlFlow::Break(()) {
                break;
            }
            continue;
        }
        sorted.push((event.event.system().time_created().present(), event));
        if sorted.len() == MAX_SORTED {
            summary.notes.push(format!(
                "too many events to put in order of time: done for each {MAX_SORTED} of them"
            ));
            if in_order(&mut sorted, order, visitor) == ControlFlow::Break(()) {
                break;
            }
        }
    }
    let _ = in_order(&mut sorted, order, visitor);
    guesses.tell(&mut summary);
    summary
}

/// Hands over what was gathered. Exports come in either order, so theirs means nothing.
fn in_order(
    events: &mut Vec<(Option<FileTime>, LocatedEvent)>,
    order: Order,
    visitor: &mut dyn LogVisitor,
) -> Flow {
    match order {
        Order::AsStored => {}
        Order::OldestFirst => events.sort_by_key(|(time, _)| *time),
        Order::NewestFirst => events.sort_by_key(|(time, _)| Reverse(*time)),
    }
    events
        .drain(..)
        .try_for_each(|(_, event)| visitor.event(event))
}

/// What was guessed in an export, counted rather than repeated for each event.
#[derive(Default)]
struct Guesses {
    zone: u64,
    time: u64,
    encoding: u64,
    entity: u64,
}

impl Guesses {
    fn count(&mut self, notes: &[Note]) {
        for note in notes {
            let counter = match note {
                Note::ZoneUnknown(_) => &mut self.zone,
                Note::TimeNotUnderstood(_) => &mut self.time,
                Note::NotUtf8 { .. } => &mut self.encoding,
                Note::UnknownEntity(_) => &mut self.entity,
            };
            *counter = counter.saturating_add(1);
        }
    }

    fn tell(&self, summary: &mut LogSummary) {
        let guesses = [
            (self.zone, "in local time of unknown zone, taken as UTC"),
            (self.time, "with a time that cannot be understood"),
            (
                self.encoding,
                "not in UTF-8, read in the likeliest code page",
            ),
            (self.entity, "with entities kept as written"),
        ];
        for (count, what) in guesses {
            if count > 0 {
                let events = if count == 1 { "event" } else { "events" };
                summary.notes.push(format!("{count} {events} {what}"));
            }
        }
    }
}
