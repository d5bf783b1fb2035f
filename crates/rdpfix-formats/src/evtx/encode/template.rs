//! Parts into the BinXML of a template definition.

use super::EncodeError;
use super::chunk::ChunkBuilder;
use super::shape::Part;
use super::value::utf16;
use crate::evtx::binxml::{MORE, kind};

/// Writes a definition behind the instance that uses it first, and gives its id: the first bytes of its GUID.
pub(super) fn write_definition(
    chunk: &mut ChunkBuilder,
    parts: &[Part],
) -> Result<u32, EncodeError> {
    let guid = guid(parts);
    let [a, b, c, d, ..] = guid;
    let id = u32::from_le_bytes([a, b, c, d]);
    let before = chunk.template_before(id);
    chunk.put32(before);
    chunk.bytes.extend(guid);
    let size_at = reserve(chunk);
    chunk.bytes.extend([0x0f, 1, 1, 0]);
    let mut writer = Writer {
        chunk,
        open: Vec::new(),
        list: None,
        values: 0,
    };
    for part in parts {
        writer.part(part)?;
    }
    chunk.bytes.push(0);
    fill(chunk, size_at);
    Ok(id)
}

struct Writer<'c> {
    chunk: &'c mut ChunkBuilder,
    /// Where the sizes of the open elements stand.
    open: Vec<usize>,
    /// Where the size of the attribute list stands.
    list: Option<usize>,
    values: u16,
}

impl Writer<'_> {
    fn part(&mut self, part: &Part) -> Result<(), EncodeError> {
        match part {
            Part::Open { name, attributes } => {
                self.chunk
                    .bytes
                    .push(if *attributes { 0x01 | MORE } else { 0x01 });
                // The element depends on no value.
                self.chunk.bytes.extend([0xff, 0xff]);
                self.open.push(reserve(self.chunk));
                self.chunk.put_name(name)?;
                self.list = attributes.then(|| reserve(self.chunk));
            }
            Part::Attribute { name, last } => {
                self.chunk
                    .bytes
                    .push(if *last { 0x06 } else { 0x06 | MORE });
                self.chunk.put_name(name)?;
            }
            Part::Literal(text) => {
                let units = utf16(text)?;
                let count = u16::try_from(units.len() / 2).map_err(|_| EncodeError::TooLarge {
                    what: "units of literal text",
                    limit: usize::from(u16::MAX),
                })?;
                self.chunk.bytes.extend([0x05, kind::STRING]);
                self.chunk.bytes.extend(count.to_le_bytes());
                self.chunk.bytes.extend(units);
            }
            Part::Substitution { kind, optional } => {
                self.chunk.bytes.push(if *optional { 0x0e } else { 0x0d });
                self.chunk.bytes.extend(self.values.to_le_bytes());
                self.chunk.bytes.push(*kind);
                self.values = self.values.saturating_add(1);
            }
            Part::CloseStart => {
                self.end_list();
                self.chunk.bytes.push(0x02);
            }
            Part::CloseEmpty => {
                self.end_list();
                self.end_element(0x03);
            }
            Part::End => self.end_element(0x04),
        }
        Ok(())
    }

    fn end_list(&mut self) {
        if let Some(at) = self.list.take() {
            fill(self.chunk, at);
        }
    }

    fn end_element(&mut self, token: u8) {
        self.chunk.bytes.push(token);
        if let Some(at) = self.open.pop() {
            fill(self.chunk, at);
        }
    }
}

/// Leaves room for a size.
fn reserve(chunk: &mut ChunkBuilder) -> usize {
    let at = chunk.bytes.len();
    chunk.put32(0);
    at
}

/// Writes the size of what stands behind the room left for it.
fn fill(chunk: &mut ChunkBuilder, at: usize) {
    let size = chunk.bytes.len().saturating_sub(at).saturating_sub(4);
    chunk.patch32(at, u32::try_from(size).unwrap_or(u32::MAX));
}

/// A GUID that depends on nothing but what the template says, so that the same events give the same bytes.
fn guid(parts: &[Part]) -> [u8; 16] {
    let mut digest = Digest {
        low: 0xcbf2_9ce4_8422_2325,
        high: 0x6c62_272e_07bb_0142,
    };
    for part in parts {
        match part {
            Part::Open { name, attributes } => digest.add(1, name, u8::from(*attributes)),
            Part::Attribute { name, last } => digest.add(2, name, u8::from(*last)),
            Part::Literal(text) => digest.add(3, text, 0),
            Part::Substitution { kind, optional } => digest.add(4 + u8::from(*optional), "", *kind),
            Part::CloseStart => digest.add(6, "", 0),
            Part::CloseEmpty => digest.add(7, "", 0),
            Part::End => digest.add(8, "", 0),
        }
    }
    let mut guid = [0; 16];
    let bytes = digest
        .low
        .to_le_bytes()
        .into_iter()
        .chain(digest.high.to_le_bytes());
    guid.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    guid
}

/// Two FNV-1a sums with different beginnings.
struct Digest {
    low: u64,
    high: u64,
}

impl Digest {
    fn add(&mut self, tag: u8, text: &str, detail: u8) {
        for byte in [tag, detail].into_iter().chain(text.bytes()).chain([0]) {
            self.low = (self.low ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            self.high = (self.high ^ u64::from(byte))
                .wrapping_mul(0x100_0000_01b3)
                .rotate_left(17);
        }
    }
}
