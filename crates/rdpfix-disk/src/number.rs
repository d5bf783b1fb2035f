//! Between offsets and indexes: a value that does not fit becomes the largest, which no slice and no source reaches.

/// An offset or a length as an index.
pub(crate) fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// An index as an offset.
pub(crate) fn wide(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// How many bytes of `wanted` lie before `limit`.
pub(crate) fn at_most(wanted: usize, limit: u64) -> usize {
    wanted.min(index(limit))
}

/// `2^exponent`, or nothing when it does not fit.
pub(crate) fn power_of_two(exponent: u32) -> Option<u64> {
    1_u64.checked_shl(exponent)
}
