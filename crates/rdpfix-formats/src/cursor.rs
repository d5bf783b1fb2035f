//! A bounds-checked reader over bytes that knows where in the file it stands.

/// More bytes were asked for than are left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at offset {offset:#x}: expected {expected} bytes, found {found}")]
pub struct Truncated {
    /// What was being read.
    pub what: &'static str,
    /// File offset where it starts, in bytes.
    pub offset: u64,
    /// How many bytes it needs.
    pub expected: usize,
    /// How many are left.
    pub found: usize,
}

/// Reads little-endian values from a slice and never past its end.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    base: u64,
}

impl<'a> Cursor<'a> {
    /// Over `bytes`, whose first byte stands at file offset `base`.
    pub const fn new(bytes: &'a [u8], base: u64) -> Self {
        Self {
            bytes,
            position: 0,
            base,
        }
    }

    /// The file offset of the next byte.
    pub fn offset(&self) -> u64 {
        let position = u64::try_from(self.position).unwrap_or(u64::MAX);
        self.base.saturating_add(position)
    }

    /// The index of the next byte in the slice.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// How many bytes are left.
    pub const fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// The same cursor over a slice that ends at index `end`.
    #[must_use]
    pub fn until(&self, end: usize) -> Self {
        let bytes = self.bytes.get(..end).unwrap_or(self.bytes);
        Self { bytes, ..*self }
    }

    /// Moves to index `position` of the slice.
    ///
    /// # Errors
    /// [`Truncated`] when the slice ends before it.
    pub fn seek(&mut self, position: usize, what: &'static str) -> Result<(), Truncated> {
        if position > self.bytes.len() {
            return Err(Truncated {
                what,
                offset: self
                    .base
                    .saturating_add(u64::try_from(position).unwrap_or(u64::MAX)),
                expected: 0,
                found: 0,
            });
        }
        self.position = position;
        Ok(())
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], Truncated> {
        let taken = self
            .position
            .checked_add(length)
            .and_then(|end| Some((end, self.bytes.get(self.position..end)?)));
        let Some((end, bytes)) = taken else {
            return Err(Truncated {
                what,
                offset: self.offset(),
                expected: length,
                found: self.remaining(),
            });
        };
        self.position = end;
        Ok(bytes)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Truncated> {
        let at = self.offset();
        let found = self.remaining();
        let bytes = self.take(N, what)?;
        bytes.try_into().map_err(|_| Truncated {
            what,
            offset: at,
            expected: N,
            found,
        })
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Truncated`] at the end.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Truncated> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// The next two bytes, little-endian.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn u16(&mut self, what: &'static str) -> Result<u16, Truncated> {
        self.array(what).map(u16::from_le_bytes)
    }

    /// The next four bytes, little-endian.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn u32(&mut self, what: &'static str) -> Result<u32, Truncated> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// The next two bytes, little-endian, as a length or an index.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn length16(&mut self, what: &'static str) -> Result<usize, Truncated> {
        self.u16(what).map(usize::from)
    }

    /// The next four bytes, little-endian, as a length or an index. One that memory could not hold becomes the largest
    /// that it could, which no slice reaches.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn length32(&mut self, what: &'static str) -> Result<usize, Truncated> {
        let length = self.u32(what)?;
        Ok(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The next eight bytes, little-endian.
    ///
    /// # Errors
    /// [`Truncated`] when fewer are left.
    pub fn u64(&mut self, what: &'static str) -> Result<u64, Truncated> {
        self.array(what).map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_offset() {
        let mut cursor = Cursor::new(&[1, 2, 3], 0x1000);
        assert_eq!(cursor.u16("first"), Ok(0x0201));
        let error = cursor.u32("record size").unwrap_err();
        assert_eq!(
            error.to_string(),
            "record size at offset 0x1002: expected 4 bytes, found 1"
        );
        assert_eq!(cursor.u8("last"), Ok(3));
        assert!(cursor.take(usize::MAX, "all").is_err());
    }
}
