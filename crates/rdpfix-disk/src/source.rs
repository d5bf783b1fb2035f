//! Where bytes come from: a shared source, a part of one, and whole structures out of one.

use std::fmt;
use std::io;
use std::sync::Arc;

use rdpfix_formats::read_at::ReadAt;

use crate::error::{ReadError, check_length};
use crate::number::at_most;

/// A source that many readers use at once: cloning it shares it.
#[derive(Clone)]
pub struct Shared(Arc<dyn ReadAt + Send + Sync>);

impl Shared {
    /// Takes over `source`.
    pub fn new(source: impl ReadAt + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({} bytes)", self.0.len())
    }
}

impl ReadAt for Shared {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buf)
    }
}

/// A part of a source, as a partition is of a disk. What reaches beyond the source's end is not there.
#[derive(Debug, Clone)]
pub struct Extent<R> {
    source: R,
    start: u64,
    length: u64,
}

impl<R: ReadAt> Extent<R> {
    /// `length` bytes of `source` from `start`, fewer when the source ends before.
    pub fn new(source: R, start: u64, length: u64) -> Self {
        let length = length.min(source.len().saturating_sub(start));
        Self {
            source,
            start,
            length,
        }
    }
}

impl<R: ReadAt> ReadAt for Extent<R> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = at_most(buf.len(), self.length.saturating_sub(offset));
        match (buf.get_mut(..count), self.start.checked_add(offset)) {
            (Some(part), Some(at)) if !part.is_empty() => self.source.read_at(at, part),
            _ => Ok(0),
        }
    }
}

/// Fills `buf` from `offset`, or says what is missing.
pub(crate) fn fill(
    source: &(impl ReadAt + ?Sized),
    offset: u64,
    buf: &mut [u8],
    what: &'static str,
) -> Result<(), ReadError> {
    let found = source
        .read_full_at(offset, buf)
        .map_err(|error| ReadError::from_io(what, offset, &error))?;
    check_length(what, offset, buf.len(), found)
}

/// A structure of `length` bytes. The caller has bounded the length.
pub(crate) fn structure(
    source: &(impl ReadAt + ?Sized),
    offset: u64,
    length: usize,
    what: &'static str,
) -> Result<Vec<u8>, ReadError> {
    let mut bytes = vec![0; length];
    fill(source, offset, &mut bytes, what)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_ends_where_it_should() {
        let extent = Extent::new(vec![0, 1, 2, 3, 4, 5], 2, 3);
        let mut buf = [9; 5];
        assert_eq!(extent.read_full_at(0, &mut buf).unwrap(), 3);
        assert_eq!(buf, [2, 3, 4, 9, 9]);
        assert_eq!(extent.read_at(3, &mut buf).unwrap(), 0);
        assert_eq!(Extent::new(vec![0; 4], 3, u64::MAX).len(), 1);
        assert_eq!(Extent::new(vec![0; 4], u64::MAX, 1).len(), 0);
    }

    #[test]
    fn a_missing_end_is_said() {
        let error = structure(&vec![0_u8; 600], 512, 512, "boot sector").unwrap_err();
        assert_eq!(
            error.to_string(),
            "boot sector at offset 0x258: expected 512 bytes, found 88"
        );
    }
}
