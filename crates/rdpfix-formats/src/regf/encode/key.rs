//! Keys, values, lists and security descriptors into cells.

use std::collections::BTreeMap;

use super::EncodeError;
use super::bins::{Bins, too_large};
use super::spec::{KeySpec, ListKind, ValueSpec};
use crate::regf::MAX_DEPTH;
use crate::regf::big_data::SEGMENT_SIZE;
use crate::regf::cell::CellOffset;
use crate::regf::key_node::{KEY_NODE_SIZE, KeyFlags};
use crate::regf::key_value::{COMPRESSED_NAME, INLINE};
use crate::regf::name::Folded;

/// The most elements of one leaf: its cell then stays inside one page, as Windows keeps it.
const LEAF_ELEMENTS: usize = 500;
/// The same where an index root is asked for.
const SMALL_LEAF_ELEMENTS: usize = 3;
const MAX_KEY_NAME: usize = 255;
const MAX_VALUE_NAME: usize = 16_383;

/// Writes keys into bins.
#[derive(Debug)]
pub(super) struct KeyWriter {
    bins: Bins,
    minor_version: u32,
    /// Descriptors, where each is, and how many keys have it.
    security: BTreeMap<Vec<u8>, (CellOffset, u32)>,
}

/// A key of which all is written but the list of its subkeys and the node itself.
#[derive(Debug)]
struct Node<'a> {
    spec: &'a KeySpec,
    offset: CellOffset,
    /// Where the parent stands among the nodes.
    parent: Option<usize>,
    /// Where the subkeys stand among the nodes, in the order of their names.
    subkeys: Vec<usize>,
    name_length: u16,
    is_latin1: bool,
    security: CellOffset,
    class: CellOffset,
    class_length: u16,
    values: CellOffset,
    /// In bytes of UTF-16.
    largest_value_name: usize,
    /// In bytes.
    largest_data: usize,
}

impl KeyWriter {
    pub(super) fn new(minor_version: u32) -> Self {
        Self {
            bins: Bins::default(),
            minor_version,
            security: BTreeMap::new(),
        }
    }

    /// Writes a key with all below it and says where its node is. The node's cell comes first: some readers rely on the
    /// root's being the first of the hive. No recursion: a tree may be deeper than a thread's stack.
    pub(super) fn tree(&mut self, root: &KeySpec) -> Result<CellOffset, EncodeError> {
        let mut nodes: Vec<Node<'_>> = Vec::new();
        let mut pending = vec![(root, None, 0_usize)];
        while let Some((spec, parent, depth)) = pending.pop() {
            if depth > MAX_DEPTH {
                return Err(EncodeError::TooDeep);
            }
            let node = self.key(spec)?;
            let number = nodes.len();
            if let Some(parent) = parent.and_then(|parent: usize| nodes.get_mut(parent)) {
                parent.subkeys.push(number);
            }
            nodes.push(Node { parent, ..node });
            let below = depth.saturating_add(1);
            let subkeys = sorted_subkeys(spec)?;
            // The last one pending is written next.
            let subkeys = subkeys.into_iter().rev();
            pending.extend(subkeys.map(|subkey| (subkey, Some(number), below)));
        }
        for node in &nodes {
            let subkeys: Vec<&Node<'_>> = node
                .subkeys
                .iter()
                .filter_map(|number| nodes.get(*number))
                .collect();
            let parent = node.parent.and_then(|parent| nodes.get(parent));
            self.finish_key(node, parent, &subkeys)?;
        }
        Ok(nodes.first().map_or(CellOffset::NIL, |root| root.offset))
    }

    /// Writes what a key has of its own: an empty node, class, security and values.
    fn key<'a>(&mut self, spec: &'a KeySpec) -> Result<Node<'a>, EncodeError> {
        let name = key_name(&spec.name)?;
        let (stored, is_latin1) = stored_name(&name);
        let mut body = vec![0; KEY_NODE_SIZE];
        body.extend(&stored);
        let offset = self.bins.cell(&body)?;
        let security = self.security(&spec.security)?;
        let class = spec.class.iter().flat_map(|class| class.encode_utf16());
        let class: Vec<u8> = class.flat_map(u16::to_le_bytes).collect();
        let class_cell = match class.as_slice() {
            [] => CellOffset::NIL,
            bytes => self.bins.cell(bytes)?,
        };
        let mut node = Node {
            spec,
            offset,
            parent: None,
            subkeys: Vec::new(),
            name_length: half(stored.len(), "name of a key")?,
            is_latin1,
            security,
            class: class_cell,
            class_length: half(class.len(), "class name")?,
            values: CellOffset::NIL,
            largest_value_name: 0,
            largest_data: 0,
        };
        node.values = self.values(&mut node)?;
        Ok(node)
    }

    /// Writes the list of a key's subkeys, and then the node.
    fn finish_key(
        &mut self,
        node: &Node<'_>,
        parent: Option<&Node<'_>>,
        subkeys: &[&Node<'_>],
    ) -> Result<(), EncodeError> {
        let list = self.subkeys_list(node.spec.list, subkeys)?;
        let specs = || subkeys.iter().map(|subkey| subkey.spec);
        let names = specs().map(|subkey| utf16_size(&subkey.name)).max();
        let classes = specs().filter_map(|subkey| subkey.class.as_deref());
        let classes = classes.map(utf16_size).max();
        let mut flags = node.spec.flags;
        if parent.is_none() {
            flags = flags.union(KeyFlags::HIVE_ENTRY).union(KeyFlags::NO_DELETE);
        }
        if node.is_latin1 {
            flags = flags.union(KeyFlags::COMPRESSED_NAME);
        }
        let mut bytes = b"nk".to_vec();
        bytes.extend(flags.bits().to_le_bytes());
        bytes.extend(node.spec.last_written.ticks().to_le_bytes());
        for word in [
            0,
            parent.map_or(0, |parent| parent.offset.get()),
            word(subkeys.len())?,
            0,
            list.get(),
            CellOffset::NIL.get(),
            word(node.spec.values.len())?,
            node.values.get(),
            node.security.get(),
            node.class.get(),
            word(names.unwrap_or_default())?,
            word(classes.unwrap_or_default())?,
            word(node.largest_value_name)?,
            word(node.largest_data)?,
            0,
        ] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(node.name_length.to_le_bytes());
        bytes.extend(node.class_length.to_le_bytes());
        self.bins.put(node.offset, 0, &bytes);
        Ok(())
    }

    fn subkeys_list(
        &mut self,
        kind: ListKind,
        subkeys: &[&Node<'_>],
    ) -> Result<CellOffset, EncodeError> {
        let mut leaves = Vec::new();
        let most = match kind {
            ListKind::IndexRoot => SMALL_LEAF_ELEMENTS,
            _ => LEAF_ELEMENTS,
        };
        for elements in subkeys.chunks(most) {
            leaves.push(self.leaf(kind, elements)?);
        }
        match leaves.as_slice() {
            [] => Ok(CellOffset::NIL),
            [leaf] if kind != ListKind::IndexRoot => Ok(*leaf),
            leaves => {
                let mut body = b"ri".to_vec();
                body.extend(half(leaves.len(), "leaves of an index root")?.to_le_bytes());
                body.extend(leaves.iter().flat_map(|leaf| leaf.get().to_le_bytes()));
                self.bins.cell(&body)
            }
        }
    }

    fn leaf(&mut self, kind: ListKind, elements: &[&Node<'_>]) -> Result<CellOffset, EncodeError> {
        let kind = match kind {
            ListKind::OfVersion if self.minor_version >= 5 => ListKind::HashLeaf,
            ListKind::OfVersion => ListKind::FastLeaf,
            kind => kind,
        };
        let mut body = match kind {
            ListKind::IndexLeaf => b"li".to_vec(),
            ListKind::FastLeaf => b"lf".to_vec(),
            ListKind::HashLeaf | ListKind::IndexRoot | ListKind::OfVersion => b"lh".to_vec(),
        };
        body.extend(half(elements.len(), "elements of a leaf")?.to_le_bytes());
        for node in elements {
            let name = &node.spec.name;
            body.extend(node.offset.get().to_le_bytes());
            match kind {
                ListKind::IndexLeaf => {}
                ListKind::FastLeaf => body.extend(prefix(name)),
                ListKind::HashLeaf | ListKind::IndexRoot | ListKind::OfVersion => {
                    body.extend(Folded::from_text(name).hash().to_le_bytes());
                }
            }
        }
        self.bins.cell(&body)
    }

    fn values(&mut self, node: &mut Node<'_>) -> Result<CellOffset, EncodeError> {
        let values = &node.spec.values;
        let mut folded: Vec<(Folded, &str)> = values
            .iter()
            .map(|value| (Folded::from_text(&value.name), value.name.as_str()))
            .collect();
        folded.sort_by(|(one, _), (other, _)| one.units().cmp(other.units()));
        no_twins(folded.iter().map(|(folded, name)| (folded, *name)))?;
        let mut list = Vec::new();
        for value in values {
            let name = utf16_size(&value.name);
            node.largest_value_name = node.largest_value_name.max(name);
            node.largest_data = node.largest_data.max(value.bytes.len());
            list.extend(self.value(value)?.get().to_le_bytes());
        }
        match list.as_slice() {
            [] => Ok(CellOffset::NIL),
            list => self.bins.cell(list),
        }
    }

    fn value(&mut self, value: &ValueSpec) -> Result<CellOffset, EncodeError> {
        let name: Vec<u16> = value.name.encode_utf16().collect();
        if name.len() > MAX_VALUE_NAME {
            let name = value.name.clone();
            return Err(EncodeError::Name { name });
        }
        let (stored, is_latin1) = stored_name(&name);
        let size = word(value.bytes.len())?;
        let (size, data) = match value.bytes.as_slice() {
            [] => (INLINE, 0),
            bytes if bytes.len() <= 4 => {
                let mut field = [0; 4];
                field
                    .iter_mut()
                    .zip(bytes)
                    .for_each(|(to, from)| *to = *from);
                (size | INLINE, u32::from_le_bytes(field))
            }
            bytes => (size, self.data(bytes)?.get()),
        };
        let mut body = b"vk".to_vec();
        body.extend(half(stored.len(), "name of a value")?.to_le_bytes());
        for word in [size, data, value.kind.get()] {
            body.extend(word.to_le_bytes());
        }
        let flags = if is_latin1 && !name.is_empty() {
            COMPRESSED_NAME
        } else {
            0
        };
        body.extend(flags.to_le_bytes());
        body.extend([0, 0]);
        body.extend(stored);
        self.bins.cell(&body)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<CellOffset, EncodeError> {
        if bytes.len() <= SEGMENT_SIZE || self.minor_version <= 3 {
            return self.bins.cell(bytes);
        }
        let mut list = Vec::new();
        let mut count = 0_usize;
        for segment in bytes.chunks(SEGMENT_SIZE) {
            list.extend(self.bins.cell(segment)?.get().to_le_bytes());
            count = count.saturating_add(1);
        }
        let list = self.bins.cell(&list)?;
        let mut body = b"db".to_vec();
        body.extend(half(count, "segments of a value")?.to_le_bytes());
        body.extend(list.get().to_le_bytes());
        self.bins.cell(&body)
    }

    fn security(&mut self, descriptor: &[u8]) -> Result<CellOffset, EncodeError> {
        if let Some((offset, count)) = self.security.get_mut(descriptor) {
            *count = count.saturating_add(1);
            return Ok(*offset);
        }
        let mut body = b"sk\0\0".to_vec();
        body.extend([0; 12]);
        body.extend(word(descriptor.len())?.to_le_bytes());
        body.extend(descriptor);
        let offset = self.bins.cell(&body)?;
        self.security.insert(descriptor.to_vec(), (offset, 1));
        Ok(offset)
    }

    /// Links the security descriptors into their ring, and gives the bins.
    pub(super) fn finish(mut self) -> Result<Bins, EncodeError> {
        let all: Vec<(CellOffset, u32)> = self.security.into_values().collect();
        let next = all.iter().cycle().skip(1);
        let previous = all.iter().cycle().skip(all.len().saturating_sub(1));
        for (((offset, count), (next, _)), (previous, _)) in all.iter().zip(next).zip(previous) {
            let mut links = Vec::new();
            for word in [next.get(), previous.get(), *count] {
                links.extend(word.to_le_bytes());
            }
            self.bins.put(*offset, 4, &links);
        }
        Ok(self.bins)
    }
}

/// The subkeys in the order a list has them: by name in upper case, unit by unit.
fn sorted_subkeys(key: &KeySpec) -> Result<Vec<&KeySpec>, EncodeError> {
    let mut sorted: Vec<(Folded, &KeySpec)> = key
        .subkeys
        .iter()
        .map(|key| (Folded::from_text(&key.name), key))
        .collect();
    sorted.sort_by(|(one, _), (other, _)| one.units().cmp(other.units()));
    no_twins(
        sorted
            .iter()
            .map(|(folded, key)| (folded, key.name.as_str())),
    )?;
    Ok(sorted.into_iter().map(|(_, key)| key).collect())
}

fn key_name(name: &str) -> Result<Vec<u16>, EncodeError> {
    let units: Vec<u16> = name.encode_utf16().collect();
    if units.is_empty() || units.len() > MAX_KEY_NAME || name.contains('\\') {
        let name = name.to_owned();
        return Err(EncodeError::Name { name });
    }
    Ok(units)
}

/// The bytes of a name: one for a character where all fit, else two.
fn stored_name(units: &[u16]) -> (Vec<u8>, bool) {
    let latin1: Result<Vec<u8>, _> = units.iter().map(|unit| u8::try_from(*unit)).collect();
    match latin1 {
        Ok(bytes) => (bytes, true),
        Err(_) => {
            let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
            (bytes.collect(), false)
        }
    }
}

/// The hint of a fast leaf: empty where one of the characters is not ASCII.
fn prefix(name: &str) -> [u8; 4] {
    let mut hint = [0; 4];
    for (to, from) in hint.iter_mut().zip(name.encode_utf16()) {
        match u8::try_from(from) {
            Ok(byte) if byte.is_ascii() => *to = byte,
            _ => return [0; 4],
        }
    }
    hint
}

/// Names in order: no two may be the same but for case.
fn no_twins<'a>(
    names: impl Iterator<Item = (&'a Folded, &'a str)> + Clone,
) -> Result<(), EncodeError> {
    let mut pairs = names.clone().zip(names.skip(1));
    match pairs.find(|((one, _), (other, _))| one == other) {
        Some((_, (_, name))) => Err(EncodeError::Twice {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

fn utf16_size(text: &str) -> usize {
    text.encode_utf16().count().saturating_mul(2)
}

fn word(number: usize) -> Result<u32, EncodeError> {
    u32::try_from(number).map_err(|_| too_large())
}

fn half(number: usize, what: &'static str) -> Result<u16, EncodeError> {
    u16::try_from(number).map_err(|_| EncodeError::TooLarge {
        what,
        limit: usize::from(u16::MAX),
    })
}
