//! Event XML, as `wevtutil qe /f:xml`, `/f:RenderedXml`, Event Viewer's "Save as XML" and others write it.
//!
//! `wevtutil` (<https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil>) writes `Event` elements one
//! after the other without a common root, so this is not a document but a stream: every `Event` element of the event
//! namespace, or of none, is found whatever stands around it. The file is read once, and one event at a time is in memory.
//!
//! Damage ends one event, never the file: reading goes on at the next `Event` start tag. No DTD is read and no entity expanded
//! except the five XML predefines and character references, so a file cannot grow when it is read.

mod element;
mod error;
mod split;

use std::io::Read;

pub use error::{XmlError, XmlErrorKind};

use self::element::Builder;
pub(super) use self::element::unescape;
use self::split::Splitter;
use super::{Event, LocatedEvent, Note};
use crate::encoding::{Encoding, decode_bytes};

/// The most bytes one `Event` element may have, counted in UTF-8. The event log's own limit is 64 KiB a record.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// The most elements, attributes and pieces of text one event may have together.
pub const MAX_NODES: usize = 65_536;

/// The events of an XML export, in file order, damaged ones as errors.
///
/// All offsets are those of the file itself, also when it is UTF-16. In an event with bytes that are not UTF-8, an error
/// names the event's start.
#[derive(Debug)]
pub struct Events<R> {
    splitter: Splitter<R>,
    builder: Builder,
}

/// Reads the events of an XML export. Nothing is read before the iterator is asked for an event.
pub fn events<R: Read>(reader: R) -> Events<R> {
    Events {
        splitter: Splitter::new(reader),
        builder: Builder::default(),
    }
}

impl<R: Read> Iterator for Events<R> {
    type Item = Result<LocatedEvent, XmlError>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = match self.splitter.next_event()? {
            Ok(piece) => piece,
            Err(error) => return Some(Err(error)),
        };
        let (offset, encoding) = (piece.offset, piece.encoding);
        Some(decode(&mut self.builder, piece.bytes, offset, encoding))
    }
}

fn decode(
    builder: &mut Builder,
    bytes: &[u8],
    offset: u64,
    encoding: Encoding,
) -> Result<LocatedEvent, XmlError> {
    let decoded = decode_bytes(bytes);
    let exact = decoded.not_utf8.is_none();
    let (root, mut notes) = builder.build(&decoded.text).map_err(|fault| {
        let before = decoded.text.as_bytes().get(..fault.position);
        let within = before.filter(|_| exact).unwrap_or_default();
        XmlError {
            offset: offset.saturating_add(crate::encoding::length_in_file(encoding, within)),
            kind: fault.kind,
        }
    })?;
    if let Some((bytes, page)) = decoded.not_utf8 {
        notes.push(Note::NotUtf8 { bytes, page });
    }
    let event = Event::new(root);
    Ok(LocatedEvent {
        event,
        offset,
        notes,
    })
}

#[cfg(test)]
mod tests;
