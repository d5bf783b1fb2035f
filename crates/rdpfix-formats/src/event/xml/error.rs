//! Why an event of an XML export could not be read.

use std::io;

/// A place in an XML export that is not a readable event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event XML at offset {offset:#x}: {kind}")]
pub struct XmlError {
    /// File offset in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub kind: XmlErrorKind,
}

/// What is wrong at a place of an XML export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlErrorKind {
    /// Something else was there than the format asks for.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// More than the given number of something.
    #[error("expected at most {most} {what} in one event, found more")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// Reading the file failed; nothing follows.
    #[error("cannot be read: {message}")]
    Io {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
        /// Its message.
        message: String,
    },
}

impl XmlErrorKind {
    pub(super) fn unexpected(expected: &'static str, found: impl Into<String>) -> Self {
        let found = found.into();
        Self::Unexpected { expected, found }
    }

    pub(super) fn io(error: &io::Error) -> Self {
        Self::Io {
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}
