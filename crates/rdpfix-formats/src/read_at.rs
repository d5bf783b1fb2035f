//! Random access to bytes, wherever they are: in memory, in a file, in an extent of a disk image.

use std::io;

/// Something with a length whose bytes can be read at any offset.
///
/// Decoders ask for the pieces they need and never for the whole, so a log inside a disk image behind HTTP costs only what
/// is read of it. The implementation for files lives with the code that opens them.
pub trait ReadAt {
    /// The length in bytes.
    fn len(&self) -> u64;

    /// Reads some bytes at `offset` into `buf` and says how many; fewer than asked for is allowed, zero means the end.
    ///
    /// # Errors
    /// What the source says when it cannot be read.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Whether there is not a single byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at `offset` until `buf` is full or the input ends, and says how many bytes it was.
    ///
    /// # Errors
    /// As [`Self::read_at`]; an interrupted read is repeated.
    fn read_full_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_at(at, rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|at| self.get(at..))
            .unwrap_or_default();
        let count = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Box<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_at_the_end() {
        let bytes = vec![1, 2, 3];
        let mut buf = [0; 4];
        assert_eq!(bytes.read_full_at(1, &mut buf).unwrap(), 2);
        assert_eq!(buf, [2, 3, 0, 0]);
        assert_eq!(bytes.read_at(3, &mut buf).unwrap(), 0);
        assert_eq!(bytes.read_at(u64::MAX, &mut buf).unwrap(), 0);
        assert!(!ReadAt::is_empty(&&bytes));
    }
}
