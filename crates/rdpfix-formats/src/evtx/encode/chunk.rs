//! A chunk being written: its bytes so far, its names, its templates.

use std::collections::HashMap;
use std::sync::Arc;

use super::EncodeError;
use super::shape::{Filler, Part, Shape};
use super::template::write_definition;
use crate::evtx::binxml::kind;
use crate::evtx::chunk::{
    CHUNK_CHECKSUM_LENGTH, CHUNK_HEADER_SIZE, CHUNK_MAGIC, CHUNK_SIZE, CHUNK_TABLES,
};
use crate::evtx::record::{RECORD_MAGIC, RECORD_OVERHEAD};
use crate::filetime::FileTime;

/// Slots of the table of names and of that of templates in a chunk's header.
const NAME_BUCKETS: usize = 64;
const TEMPLATE_BUCKETS: usize = 32;
/// What Windows writes into every chunk's flags.
const CHUNK_FLAGS: u32 = 1;

/// A chunk being written.
#[derive(Debug)]
pub(super) struct ChunkBuilder {
    pub(super) bytes: Vec<u8>,
    names: HashMap<Arc<str>, u32>,
    name_buckets: [u32; NAME_BUCKETS],
    templates: HashMap<Arc<[Part]>, TemplateAt>,
    template_buckets: [u32; TEMPLATE_BUCKETS],
    added: Added,
    first_number: u64,
    first_id: u64,
    last_id: u64,
    last_offset: u32,
    records: u64,
}

/// Where a template stands, and its id.
#[derive(Debug, Clone, Copy)]
struct TemplateAt {
    offset: u32,
    id: u32,
}

/// What the record being written added, to be taken back if it does not fit.
#[derive(Debug, Default)]
struct Added {
    names: Vec<(Arc<str>, usize, u32)>,
    templates: Vec<(Arc<[Part]>, usize, u32)>,
}

impl ChunkBuilder {
    /// An empty chunk, whose first record will be number `first_number` of the file.
    pub(super) fn new(first_number: u64) -> Self {
        let mut bytes = Vec::with_capacity(CHUNK_SIZE);
        bytes.resize(CHUNK_HEADER_SIZE, 0);
        Self {
            bytes,
            names: HashMap::new(),
            name_buckets: [0; NAME_BUCKETS],
            templates: HashMap::new(),
            template_buckets: [0; TEMPLATE_BUCKETS],
            added: Added::default(),
            first_number,
            first_id: u64::MAX,
            last_id: u64::MAX,
            last_offset: 0,
            records: 0,
        }
    }

    pub(super) const fn records(&self) -> u64 {
        self.records
    }

    /// Writes one record, or takes everything back and gives `false` when there is no room for it.
    pub(super) fn push(
        &mut self,
        id: u64,
        written: FileTime,
        shape: &Shape<'_>,
    ) -> Result<bool, EncodeError> {
        let start = self.bytes.len();
        self.added = Added::default();
        self.bytes.extend(RECORD_MAGIC);
        self.put32(0);
        self.bytes.extend(id.to_le_bytes());
        self.bytes.extend(written.ticks().to_le_bytes());
        let result = self.instance(shape);
        let size = self
            .bytes
            .len()
            .saturating_sub(start)
            .saturating_add(4)
            .next_multiple_of(8);
        let end = start.saturating_add(size);
        if result.is_err() || end > CHUNK_SIZE {
            self.take_back(start);
            return match result {
                Err(error) if error != EncodeError::ChunkFull => Err(error),
                _ if self.records == 0 => Err(EncodeError::TooLarge {
                    what: "bytes of one record",
                    limit: CHUNK_SIZE - CHUNK_HEADER_SIZE - RECORD_OVERHEAD,
                }),
                _ => Ok(false),
            };
        }
        self.bytes.resize(end.saturating_sub(4), 0);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        self.put32(size);
        self.patch32(start.saturating_add(4), size);
        if self.records == 0 {
            self.first_id = id;
        }
        self.last_id = id;
        self.last_offset = u32::try_from(start).unwrap_or(u32::MAX);
        self.records = self.records.saturating_add(1);
        Ok(true)
    }

    /// Writes a template instance as a BinXML stream: the definition in place when the chunk has it not yet.
    fn instance(&mut self, shape: &Shape<'_>) -> Result<(), EncodeError> {
        self.bytes.extend([0x0f, 1, 1, 0, 0x0c, 1]);
        let known = self.templates.get(shape.parts.as_slice()).copied();
        if let Some(template) = known {
            self.put32(template.id);
            self.put32(template.offset);
        } else {
            let offset = self.position()?.saturating_add(8);
            let id_at = self.bytes.len();
            self.put32(0);
            self.put32(offset);
            let id = write_definition(self, &shape.parts)?;
            self.patch32(id_at, id);
            self.remember_template(&shape.parts, TemplateAt { offset, id });
        }
        self.put32(u32::try_from(shape.values.len()).unwrap_or(u32::MAX));
        let descriptors = self.bytes.len();
        self.bytes.resize(
            descriptors.saturating_add(shape.values.len().saturating_mul(4)),
            0,
        );
        for (index, value) in shape.values.iter().enumerate() {
            let start = self.bytes.len();
            let kind = match value {
                Filler::Value(encoded) => {
                    self.bytes.extend(&encoded.bytes);
                    encoded.kind
                }
                Filler::Fragment(element) => {
                    self.instance(&Shape::of_fragment(element)?)?;
                    kind::BINXML
                }
            };
            let size = self.bytes.len().saturating_sub(start);
            // What is longer fits no chunk.
            let size = u16::try_from(size).map_err(|_| EncodeError::ChunkFull)?;
            let [low, high] = size.to_le_bytes();
            let at = descriptors.saturating_add(index.saturating_mul(4));
            self.patch(at, &[low, high, kind, 0]);
        }
        self.bytes.push(0);
        Ok(())
    }

    /// Writes a reference to a name, and the name itself when the chunk has it not yet.
    pub(super) fn put_name(&mut self, name: &Arc<str>) -> Result<(), EncodeError> {
        if let Some(offset) = self.names.get(name) {
            let offset = *offset;
            self.put32(offset);
            return Ok(());
        }
        let units = super::value::utf16(name)?;
        let count = u16::try_from(units.len() / 2)
            .ok()
            .filter(|count| *count <= MAX_NAME);
        let Some(count) = count.filter(|count| *count > 0) else {
            return Err(EncodeError::Name {
                name: name.to_string(),
            });
        };
        let offset = self.position()?.saturating_add(4);
        let hash = name_hash(name);
        let bucket = usize::from(hash) % NAME_BUCKETS;
        let head = self.name_buckets.get(bucket).copied().unwrap_or(0);
        self.put32(offset);
        self.put32(head);
        self.bytes.extend(hash.to_le_bytes());
        self.bytes.extend(count.to_le_bytes());
        self.bytes.extend(units);
        self.bytes.extend([0, 0]);
        if let Some(slot) = self.name_buckets.get_mut(bucket) {
            *slot = offset;
        }
        self.names.insert(Arc::clone(name), offset);
        self.added.names.push((Arc::clone(name), bucket, head));
        Ok(())
    }

    /// The offset of the template that stands first in the bucket for `id`.
    pub(super) fn template_before(&self, id: u32) -> u32 {
        self.template_buckets
            .get(template_bucket(id))
            .copied()
            .unwrap_or(0)
    }

    fn remember_template(&mut self, parts: &[Part], template: TemplateAt) {
        let bucket = template_bucket(template.id);
        if let Some(slot) = self.template_buckets.get_mut(bucket) {
            let before = std::mem::replace(slot, template.offset);
            let parts = Arc::<[Part]>::from(parts);
            self.templates.insert(Arc::clone(&parts), template);
            self.added.templates.push((parts, bucket, before));
        }
    }

    fn take_back(&mut self, length: usize) {
        self.bytes.truncate(length);
        let added = std::mem::take(&mut self.added);
        for (name, bucket, head) in added.names.into_iter().rev() {
            self.names.remove(&name);
            if let Some(slot) = self.name_buckets.get_mut(bucket) {
                *slot = head;
            }
        }
        for (parts, bucket, head) in added.templates.into_iter().rev() {
            self.templates.remove(&parts);
            if let Some(slot) = self.template_buckets.get_mut(bucket) {
                *slot = head;
            }
        }
    }

    /// Where the next byte goes, in bytes from the chunk's start.
    fn position(&self) -> Result<u32, EncodeError> {
        let position = u32::try_from(self.bytes.len()).ok();
        position
            .filter(|_| self.bytes.len() < CHUNK_SIZE)
            .ok_or(EncodeError::ChunkFull)
    }

    pub(super) fn put32(&mut self, number: u32) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(super) fn patch32(&mut self, at: usize, number: u32) {
        self.patch(at, &number.to_le_bytes());
    }

    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        let slots = self.bytes.iter_mut().skip(at);
        slots.zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    }

    /// The finished 64 KiB.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let free_space = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let records = self.bytes.get(CHUNK_HEADER_SIZE..).unwrap_or_default();
        let records_checksum = crc32fast::hash(records);
        let last_number = match self.records.checked_sub(1) {
            Some(more) => self.first_number.saturating_add(more),
            None => u64::MAX,
        };
        let mut header = CHUNK_MAGIC.to_vec();
        for number in [self.first_number, last_number, self.first_id, self.last_id] {
            header.extend(number.to_le_bytes());
        }
        for number in [0x80, self.last_offset, free_space, records_checksum] {
            header.extend(u32::to_le_bytes(number));
        }
        header.resize(CHUNK_CHECKSUM_LENGTH, 0);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&header);
        let tables = self.name_buckets.iter().chain(&self.template_buckets);
        let tables: Vec<u8> = tables.flat_map(|offset| offset.to_le_bytes()).collect();
        hasher.update(&tables);
        header.extend(CHUNK_FLAGS.to_le_bytes());
        header.extend(hasher.finalize().to_le_bytes());
        debug_assert_eq!(header.len(), CHUNK_TABLES);
        header.extend(tables);
        self.patch(0, &header);
        self.bytes.resize(CHUNK_SIZE, 0);
        self.bytes
    }
}

/// The longest name, in UTF-16 units.
const MAX_NAME: u16 = 4096;

fn template_bucket(id: u32) -> usize {
    usize::try_from(id).unwrap_or(0) % TEMPLATE_BUCKETS
}

/// The hash that stands beside a name and chooses its bucket: of the documented layout.
fn name_hash(name: &str) -> u16 {
    let hash = name.encode_utf16().fold(0_u32, |hash, unit| {
        hash.wrapping_mul(65599).wrapping_add(u32::from(unit))
    });
    let [low, high, ..] = hash.to_le_bytes();
    u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes Windows wrote beside these names.
    #[test]
    fn hashes_of_names() {
        assert_eq!(name_hash("Event"), 0x0cba);
        assert_eq!(name_hash("xmlns"), 0x0fbc);
        assert_eq!(name_hash("System"), 0x546f);
        assert_eq!(name_hash("Provider"), 0x7bf1);
        assert_eq!(name_hash("EventID"), 0x61f5);
    }
}
