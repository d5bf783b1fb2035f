//! Events that people copied as text: out of a serial console, Event Viewer or PowerShell.
//!
//! | what | how it is recognised |
//! |---|---|
//! | `wevtutil qe /f:text` | `Event[0]:`, then twelve `Label: value` lines in a fixed order |
//! | Event Viewer, *Copy details as text* | the label for *Log Name* in a known language, then that for *Source*; or ten labels of which the fourth has a number |
//! | the XML below *Event Xml:* | `<Event`; it is complete and so replaces the text above it |
//! | `Get-WinEvent \| Format-List`, `Get-EventLog \| Format-List` | two property names under each other, colons aligned |
//!
//! They may follow each other in one file, with console noise between them. Text loses much: the result has a hole in `System`
//! for the fields it does not show and one in the root for the payload, so that nobody takes them for absent. Text can also be
//! forged by whoever chose the words of a message: an event from text is as good as its source, no better.
//!
//! `wevtutil`: <https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil>.

mod blocks;
mod console;
mod dates;
mod fields;
mod labelled;
mod labels;
mod powershell;

use std::io::{self, Read};

use super::LocatedEvent;
use crate::encoding::TextReader;

/// The most of a file that is read, in bytes once UTF-16 is UTF-8. A serial console gives some kilobytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most lines of a file that are read.
pub const MAX_LINES: usize = 1_000_000;

/// What a text file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct TextExport {
    /// The events in file order, and the places that begin like one but cannot be read.
    pub events: Vec<Result<LocatedEvent, TextError>>,
    /// Whether the file is longer than [`MAX_BYTES`] or [`MAX_LINES`], so that its rest was not read.
    pub truncated: bool,
}

/// A place in a text file that is not a readable event, or a file that holds none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event text at offset {offset:#x}: {kind}")]
pub struct TextError {
    /// File offset in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub kind: TextErrorKind,
}

/// What is wrong with a text file, or a place in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextErrorKind {
    /// Nothing in the file looks like an event.
    #[error(
        "expected events as wevtutil /f:text, Event Viewer or PowerShell print them, found none in {lines} lines"
    )]
    NoEvent {
        /// How many lines were looked at.
        lines: usize,
    },
    /// Something else was there than the format asks for.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// The XML below the text is damaged; the text above it was read instead.
    #[error(transparent)]
    Xml(#[from] super::xml::XmlErrorKind),
    /// Reading the file failed.
    #[error("cannot be read: {message}")]
    Io {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
        /// Its message.
        message: String,
    },
}

/// Reads the events of a text file.
///
/// # Errors
/// When reading fails, and when the file holds nothing that looks like an event.
pub fn read<R: Read>(reader: R) -> Result<TextExport, TextError> {
    let mut input = TextReader::new(reader);
    let mut bytes = Vec::new();
    let mut truncated = false;
    loop {
        if bytes.len() > MAX_BYTES {
            truncated = true;
            bytes.truncate(MAX_BYTES);
            break;
        }
        match input.fill(&mut bytes) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let (kind, message) = (error.kind(), error.to_string());
                let offset = input.length_in_file(&bytes);
                let kind = TextErrorKind::Io { kind, message };
                return Err(TextError { offset, kind });
            }
        }
    }
    let (lines, more) = console::lines(&bytes, input.encoding(), input.bom());
    let events = blocks::events(&lines);
    if events.is_empty() {
        let lines = lines.len();
        let kind = TextErrorKind::NoEvent { lines };
        return Err(TextError { offset: 0, kind });
    }
    Ok(TextExport {
        events,
        truncated: truncated || more,
    })
}

#[cfg(test)]
mod tests;
