//! One event as a line of JSON.

use rdpfix_formats::event::Event;
use rdpfix_formats::event::render::EventView;
use serde::Serialize;

/// What `rdpfix query --format json` prints for an event.
#[derive(Debug, Serialize)]
pub(crate) struct EventLine<'a> {
    channel: Option<String>,
    provider: Option<String>,
    event_id: Option<u32>,
    qualifiers: Option<u16>,
    record_id: Option<u64>,
    time_created: Option<String>,
    level: Option<u8>,
    computer: Option<String>,
    data: Vec<Datum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    source: Place<'a>,
}

#[derive(Debug, Serialize)]
struct Datum {
    name: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Serialize)]
struct Place<'a> {
    file: &'a str,
    offset: u64,
}

impl<'a> EventLine<'a> {
    pub(crate) fn new(event: &Event, file: &'a str, offset: u64) -> Self {
        let view = EventView::of(event);
        let data = view.data.into_iter().map(|datum| Datum {
            name: datum.name,
            value: datum.value,
        });
        Self {
            channel: view.channel,
            provider: view.provider,
            event_id: view.event_id,
            qualifiers: view.qualifiers,
            record_id: view.record_id,
            time_created: view.time_created,
            level: view.level,
            computer: view.computer,
            data: data.collect(),
            binary: view.binary,
            message: view.message,
            source: Place { file, offset },
        }
    }
}
