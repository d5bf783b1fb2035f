//! Three answers, never two: what was asked for is present, is known to be absent, or could not be read.

use std::fmt;

/// The result of asking for something that a machine may or may not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// It was there, and this is it.
    Present(T),
    /// The place where it would be was read, and it is not there.
    Absent,
    /// Nobody can say: the place could not be read.
    Unreadable(Reason),
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// `wevtutil /f:text` and Event Viewer's copied text do not carry this field.
    LostInText,
    /// The bytes are damaged; the message says where and how.
    Damaged(String),
    /// This kind of source never holds it, as an exported log holds no registry.
    NotInSource,
    /// The operating system refused access.
    AccessDenied(String),
    /// Reading failed; the message is the operating system's.
    Io(String),
    /// It is stored in a form this version does not read.
    Unsupported(String),
}

impl<T> Reading<T> {
    /// The value, if it is present.
    pub fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Reading<&T> {
        match self {
            Self::Present(value) => Reading::Present(value),
            Self::Absent => Reading::Absent,
            Self::Unreadable(reason) => Reading::Unreadable(reason.clone()),
        }
    }

    /// Applies `f` to a present value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Present(value) => Reading::Present(f(value)),
            Self::Absent => Reading::Absent,
            Self::Unreadable(reason) => Reading::Unreadable(reason),
        }
    }

    /// Applies `f`, whose answer may again be any of the three.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Reading<U>) -> Reading<U> {
        match self {
            Self::Present(value) => f(value),
            Self::Absent => Reading::Absent,
            Self::Unreadable(reason) => Reading::Unreadable(reason),
        }
    }

    /// Whether the value is present.
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Present(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LostInText => f.write_str("lost in the text export"),
            Self::Damaged(what) => write!(f, "damaged: {what}"),
            Self::NotInSource => f.write_str("not in this source"),
            Self::AccessDenied(what) => write!(f, "access denied: {what}"),
            Self::Io(what) => write!(f, "cannot be read: {what}"),
            Self::Unsupported(what) => write!(f, "not supported: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_then_keeps_the_reason() {
        let lost: Reading<u32> = Reading::Unreadable(Reason::LostInText);
        assert_eq!(
            lost.and_then(|_| Reading::<u8>::Absent),
            Reading::Unreadable(Reason::LostInText)
        );
        assert_eq!(Reading::Present(4).map(|n| n + 1).present(), Some(5));
    }
}
