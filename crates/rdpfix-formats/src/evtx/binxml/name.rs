//! Names of elements and attributes: each stands once in the chunk and is referred to by its offset.
//!
//! [MS-EVEN6] 2.2.12 writes names in place; in a file they are shared, as the documented layout of the event log says:
//! offset of the next name with the same hash bucket, hash, length in UTF-16 units, the units, and a zero.

use std::collections::HashMap;
use std::sync::Arc;

use super::{BinXmlError, value};
use crate::cursor::Cursor;

/// Names of a real chunk do not overlap and so are fewer bytes than the chunk.
const MAX_NAME_BYTES: usize = 0x10_0000;

/// The names of one chunk that were met so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_offset: HashMap<usize, Arc<str>>,
    bytes: usize,
}

impl Names {
    /// The name that the reference at the cursor means, in a chunk over whose whole `chunk` stands. A name that is
    /// written right behind the reference is passed over.
    pub(super) fn read<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        mut chunk: Cursor<'a>,
    ) -> Result<Arc<str>, BinXmlError> {
        let position = cursor.length32("name offset")?;
        if cursor.position() == position {
            return self.parse(cursor, position);
        }
        if let Some(name) = self.by_offset.get(&position) {
            return Ok(Arc::clone(name));
        }
        chunk.seek(position, "name")?;
        self.parse(&mut chunk, position)
    }

    fn parse(&mut self, cursor: &mut Cursor<'_>, position: usize) -> Result<Arc<str>, BinXmlError> {
        let offset = cursor.offset();
        cursor.u32("offset of the next name")?;
        cursor.u16("hash of a name")?;
        let units = cursor.length16("length of a name")?;
        let bytes = cursor.take(units.saturating_mul(2), "name")?;
        cursor.u16("zero behind a name")?;
        if let Some(known) = self.by_offset.get(&position) {
            return Ok(Arc::clone(known));
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MAX_NAME_BYTES {
            return Err(BinXmlError::TooMuch {
                what: "bytes of names in one chunk",
                offset,
                expected: MAX_NAME_BYTES,
            });
        }
        let name = Arc::<str>::from(value::utf16(bytes));
        self.by_offset.insert(position, Arc::clone(&name));
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_bytes(text: &str) -> Vec<u8> {
        let mut bytes = vec![0; 6];
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn in_place_and_by_reference() {
        let mut bytes = 4_u32.to_le_bytes().to_vec();
        bytes.extend(name_bytes("Event"));
        let second = bytes.len();
        bytes.extend(4_u32.to_le_bytes());
        let mut names = Names::default();
        let mut cursor = Cursor::new(&bytes, 0x1000);
        let chunk = cursor;
        assert_eq!(&*names.read(&mut cursor, chunk).unwrap(), "Event");
        assert_eq!(cursor.position(), second);
        assert_eq!(&*names.read(&mut cursor, chunk).unwrap(), "Event");
        assert_eq!(cursor.remaining(), 0);
    }

    #[test]
    fn outside_the_chunk() {
        let bytes = 0xffff_u32.to_le_bytes();
        let mut cursor = Cursor::new(&bytes, 0x1000);
        let chunk = cursor;
        let error = Names::default().read(&mut cursor, chunk).unwrap_err();
        assert!(
            error.to_string().contains("name at offset 0x10fff"),
            "{error}"
        );
    }

    #[test]
    fn overlapping_names_cannot_grow_without_end() {
        let mut chunk = vec![0; 0x1_0000];
        for length in chunk.chunks_exact_mut(2) {
            length.copy_from_slice(&0x4000_u16.to_le_bytes());
        }
        let whole = Cursor::new(&chunk, 0);
        let mut names = Names::default();
        let full = (0..0x2000_u32).any(|at| {
            let reference = (2 * at + 16).to_le_bytes();
            let read = names.read(&mut Cursor::new(&reference, 0), whole);
            matches!(read, Err(BinXmlError::TooMuch { .. }))
        });
        assert!(full);
    }
}
