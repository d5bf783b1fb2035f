//! An event with the place it was read from, and what reading it had to guess.

use std::fmt;

use super::Event;
use crate::encoding::CodePage;

/// An event out of an XML or text export.
#[derive(Debug, Clone, PartialEq)]
pub struct LocatedEvent {
    /// The event.
    pub event: Event,
    /// File offset of its first byte.
    pub offset: u64,
    /// What is not certain about it. Empty for an intact XML event.
    pub notes: Vec<Note>,
}

/// Something about an event that was guessed, or kept although it is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Bytes that are not UTF-8 were read in a code page that may be the wrong one. ASCII, and so names and numbers, is certain.
    NotUtf8 {
        /// How many bytes.
        bytes: usize,
        /// The code page they were read in.
        page: CodePage,
    },
    /// A reference to an entity that XML does not predefine; it stands in the text as it was written.
    UnknownEntity(String),
    /// The time was printed in the machine's local time without its zone. It was taken as UTC, and may be up to 14 hours off.
    ZoneUnknown(String),
    /// The time cannot be understood (its day and month may be swapped, or it is a placeholder); the event has none.
    TimeNotUnderstood(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { bytes, page } => write!(
                f,
                "{bytes} bytes are not UTF-8 and were read in code page {}",
                page.number()
            ),
            Self::UnknownEntity(name) => write!(f, "unknown entity {name:?} kept as written"),
            Self::ZoneUnknown(text) => {
                write!(f, "time {text:?} has no zone and was taken as UTC")
            }
            Self::TimeNotUnderstood(text) => write!(f, "time {text:?} cannot be understood"),
        }
    }
}
