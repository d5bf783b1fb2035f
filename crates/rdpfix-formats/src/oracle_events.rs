//! What must hold for any bytes whatever, for fuzzing and for tests: everything that reads XML and text events is run, and
//! whatever comes out can be written and read again.

use crate::event::render::{EventView, text as render_text, xml as render_xml, xml_indented};
use crate::event::{LocatedEvent, sniff, text as event_text, xml as event_xml};

/// Runs all that reads XML exports.
///
/// # Panics
/// When written XML is not read back as the same event: a bug.
pub fn xml(bytes: &[u8]) {
    let _ = sniff::sniff(bytes);
    for item in event_xml::events(bytes) {
        match item {
            Ok(event) => event_holds(&event, bytes.len()),
            Err(error) => {
                let _ = error.to_string();
                assert!(fits(error.offset, bytes.len()), "{error}");
            }
        }
    }
}

/// Runs all that reads text exports.
///
/// # Panics
/// When written XML is not read back as the same event: a bug.
pub fn text(bytes: &[u8]) {
    let _ = sniff::sniff(bytes);
    match event_text::read(bytes) {
        Ok(export) => {
            for item in export.events {
                match item {
                    Ok(event) => event_holds(&event, bytes.len()),
                    Err(error) => assert!(fits(error.offset, bytes.len()), "{error}"),
                }
            }
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
}

fn fits(offset: u64, length: usize) -> bool {
    // An odd byte at the end of UTF-16 belongs to no character.
    usize::try_from(offset).is_ok_and(|offset| offset <= length)
}

fn event_holds(located: &LocatedEvent, length: usize) {
    let event = &located.event;
    assert!(fits(located.offset, length), "offset {}", located.offset);
    for note in &located.notes {
        let _ = note.to_string();
    }
    let _ = event.message();
    let shown = render_text(event, 0);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    let view = EventView::of(event);
    for written in [render_xml(event), xml_indented(event)] {
        let mut again = event_xml::events(written.as_bytes());
        match again.next() {
            Some(Ok(again)) => {
                // Characters XML does not allow were replaced, and empty values are no values: once, and never again.
                assert_eq!(EventView::of(&again.event).event_id, view.event_id);
                let third = render_xml(&again.event);
                let third = event_xml::events(third.as_bytes()).next();
                assert_eq!(
                    third.and_then(Result::ok).map(|e| e.event),
                    Some(again.event)
                );
            }
            Some(Err(error)) => panic!("written XML is damaged: {error}\n{written}"),
            None => panic!("written XML holds no event:\n{written}"),
        }
        assert!(again.next().is_none(), "written XML holds two:\n{written}");
    }
}
