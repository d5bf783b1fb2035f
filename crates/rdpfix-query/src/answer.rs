//! The three answers a query gives.

/// Whether an event matches. The order is that of Kleene's logic: `No < Unknown < Yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// It does not.
    No,
    /// Nobody can say: the part that decides it was lost or is damaged.
    Unknown,
    /// It does.
    Yes,
}

impl Match {
    /// Both: the weaker of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either: the stronger of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; what is unknown stays unknown.
    #[must_use]
    pub const fn negate(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }

    /// Whether the event is known to match.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }
}

impl From<bool> for Match {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Match::{self, No, Unknown, Yes};

    const ALL: [Match; 3] = [No, Unknown, Yes];

    #[test]
    fn kleene_laws() {
        for a in ALL {
            assert_eq!(a.negate().negate(), a);
            assert_eq!(a.and(a), a);
            assert_eq!(a.or(No), a);
            assert_eq!(a.and(Yes), a);
            assert_eq!(a.and(No), No);
            assert_eq!(a.or(Yes), Yes);
            for b in ALL {
                assert_eq!(a.and(b), b.and(a));
                assert_eq!(a.or(b), b.or(a));
                assert_eq!(a.and(b).negate(), a.negate().or(b.negate()));
                assert_eq!(a.or(a.and(b)), a);
                for c in ALL {
                    assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                    assert_eq!(a.or(b.or(c)), a.or(b).or(c));
                }
            }
        }
        assert_eq!(Unknown.or(Unknown.negate()), Unknown);
    }
}
