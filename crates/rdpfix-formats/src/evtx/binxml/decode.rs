//! Items and values into an event's tree.

use std::collections::HashMap;
use std::sync::Arc;

use super::name::Names;
use super::parse::{Stream, parse};
use super::template::{AttributeItem, ElementItem, Instance, Item, Template, definition};
use super::value::RawValue;
use super::{
    BinXmlError, CHUNK_DEFINITION_BYTES, CHUNK_NODES, CHUNK_VALUE_BYTES, MAX_FRAGMENT_DEPTH,
    MAX_NODES, MAX_VALUE_BYTES,
};
use crate::cursor::Cursor;
use crate::event::{Attribute, Element, Event, MAX_DEPTH, Node};
use crate::evtx::chunk::Chunk;
use crate::evtx::record::RawRecord;
use crate::reading::Reason;
use crate::value::Value;

/// A decoded event.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The event.
    pub event: Event,
    /// The first value that could not be read; a [`Node::Unreadable`] stands where it was.
    pub damage: Option<BinXmlError>,
}

/// Decodes the records of one chunk, and remembers its names and templates.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    base: u64,
    names: Names,
    templates: HashMap<usize, Result<Arc<Template<'a>>, BinXmlError>>,
    definition_bytes: usize,
    chunk_budget: Budget,
    /// Whether the chunk's checksums hold.
    is_sound: bool,
}

/// How much may still be built.
#[derive(Debug, Clone, Copy)]
struct Budget {
    nodes: usize,
    bytes: usize,
}

impl<'a> Decoder<'a> {
    /// For the records of `chunk`.
    pub fn new(chunk: &Chunk<'a>) -> Self {
        Self {
            bytes: chunk.bytes(),
            base: chunk.offset(),
            names: Names::default(),
            templates: HashMap::new(),
            definition_bytes: 0,
            is_sound: chunk.header().is_sound(),
            chunk_budget: Budget {
                nodes: CHUNK_NODES,
                bytes: CHUNK_VALUE_BYTES,
            },
        }
    }

    /// Decodes one record of the chunk this decoder was made for.
    ///
    /// # Errors
    /// [`BinXmlError`] when the record's structure is damaged. A value that cannot be read is no error: a hole stands in
    /// its place, and [`Decoded::damage`] names it.
    pub fn event(&mut self, record: &RawRecord<'a>) -> Result<Decoded, BinXmlError> {
        let budget = Budget {
            nodes: self.chunk_budget.nodes.min(MAX_NODES),
            bytes: self.chunk_budget.bytes.min(MAX_VALUE_BYTES),
        };
        let mut builder = Builder {
            decoder: self,
            budget,
            damage: None,
        };
        let mut nodes = Vec::with_capacity(1);
        let result = builder.fragment(record.position, record.binxml.len(), 0, 0, &mut nodes);
        let (left, damage) = (builder.budget, builder.damage);
        self.chunk_budget.nodes -= budget.nodes - left.nodes;
        self.chunk_budget.bytes -= budget.bytes - left.bytes;
        result?;
        let root = nodes.into_iter().find_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Value(_) | Node::Unreadable(_) => None,
        });
        match root {
            Some(root) => Ok(Decoded {
                event: Event::new(root),
                damage,
            }),
            None => Err(damage.unwrap_or(BinXmlError::Unexpected {
                what: "BinXML of the record",
                offset: record.offset,
                expected: "an element",
                found: 0,
            })),
        }
    }

    /// What the record consists of before values are filled in: usually one [`Item::Instance`].
    ///
    /// # Errors
    /// [`BinXmlError`] when the record's structure is damaged.
    pub fn items(&mut self, record: &RawRecord<'a>) -> Result<Vec<Item<'a>>, BinXmlError> {
        self.parse(record.position, record.binxml.len(), 0)
    }

    /// The template whose definition stands `position` bytes from the chunk's start. It is parsed once,
    /// and so is found damaged once.
    ///
    /// # Errors
    /// [`BinXmlError`] when there is no sound definition.
    pub fn template(&mut self, position: usize) -> Result<Arc<Template<'a>>, BinXmlError> {
        if let Some(known) = self.templates.get(&position) {
            return known.clone();
        }
        let template = self.parse_template(position);
        self.templates.insert(position, template.clone());
        template
    }

    fn parse_template(&mut self, position: usize) -> Result<Arc<Template<'a>>, BinXmlError> {
        let (guid, cursor) = definition(self.bytes, self.base, position)?;
        self.definition_bytes = self.definition_bytes.saturating_add(cursor.remaining());
        if self.definition_bytes > CHUNK_DEFINITION_BYTES {
            return Err(BinXmlError::TooMuch {
                what: "bytes of template definitions in one chunk",
                offset: cursor.offset(),
                expected: CHUNK_DEFINITION_BYTES,
            });
        }
        let stream = Stream {
            cursor,
            chunk: Cursor::new(self.bytes, self.base),
            is_definition: true,
            depth: 0,
        };
        let items = parse(stream, &mut self.names)?;
        Ok(Arc::new(Template { guid, items }))
    }

    fn parse(
        &mut self,
        position: usize,
        length: usize,
        depth: usize,
    ) -> Result<Vec<Item<'a>>, BinXmlError> {
        let chunk = Cursor::new(self.bytes, self.base);
        let mut cursor = chunk.until(position.saturating_add(length));
        cursor.seek(position, "BinXML")?;
        let stream = Stream {
            cursor,
            chunk,
            is_definition: false,
            depth,
        };
        parse(stream, &mut self.names)
    }
}

/// Builds the tree of one record.
struct Builder<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    budget: Budget,
    damage: Option<BinXmlError>,
}

/// The values that fill a template, and which item of its arrays is wanted.
#[derive(Clone, Copy)]
struct Filling<'v, 'a> {
    values: &'v [RawValue<'a>],
    arrays: &'v [(u16, Vec<Value>)],
    item: usize,
    /// Elements and fragments around the place being filled.
    depth: usize,
    fragments: usize,
}

impl<'a> Builder<'_, 'a> {
    /// Builds what the `length` bytes of BinXML at `position` of the chunk say.
    fn fragment(
        &mut self,
        position: usize,
        length: usize,
        depth: usize,
        fragments: usize,
        out: &mut Vec<Node>,
    ) -> Result<(), BinXmlError> {
        self.spend(0, length, position)?;
        let items = self.decoder.parse(position, length, fragments)?;
        let filling = Filling {
            values: &[],
            arrays: &[],
            item: 0,
            depth,
            fragments,
        };
        items
            .iter()
            .try_for_each(|item| self.item(item, filling, out))
    }

    fn item(
        &mut self,
        item: &Item<'a>,
        filling: Filling<'_, 'a>,
        out: &mut Vec<Node>,
    ) -> Result<(), BinXmlError> {
        match item {
            Item::Element(element) => {
                if is_left_out(element, filling.values) {
                    return Ok(());
                }
                self.elements(element, filling, out)
            }
            Item::Literal(value) => {
                self.spend(1, literal_size(value), 0)?;
                push_value(out, value.clone());
                Ok(())
            }
            Item::Substitution { index, .. } => self.substitution(*index, filling, out),
            Item::Instance(instance) => self.instance(instance, filling, out),
        }
    }

    fn instance(
        &mut self,
        instance: &Instance<'a>,
        filling: Filling<'_, 'a>,
        out: &mut Vec<Node>,
    ) -> Result<(), BinXmlError> {
        self.spend(1, 0, instance.definition)?;
        // A template that uses itself would go on for ever.
        let fragments = filling.fragments.saturating_add(1);
        if fragments > MAX_FRAGMENT_DEPTH {
            return Err(BinXmlError::TooMuch {
                what: "templates in templates",
                offset: instance.offset,
                expected: MAX_FRAGMENT_DEPTH,
            });
        }
        let template = self.decoder.template(instance.definition)?;
        // In a chunk that was copied while it was overwritten, a definition of another time may stand there, and would
        // give the values wrong names. Elsewhere the writer's word counts, whatever it chose for an id.
        if !self.decoder.is_sound && instance.template_id != template.id() {
            return Err(BinXmlError::Unexpected {
                what: "template id",
                offset: instance.offset,
                expected: "that of the template definition it refers to",
                found: u64::from(instance.template_id),
            });
        }
        let inside = Filling {
            values: &instance.values,
            arrays: &[],
            item: 0,
            depth: filling.depth,
            fragments,
        };
        for item in &template.items {
            match item {
                // The root has nothing to be left out of, whatever it depends on.
                Item::Element(root) => self.elements(root, inside, out)?,
                other => self.item(other, inside, out)?,
            }
        }
        Ok(())
    }

    /// The element, or as many of it as the longest array in it has items ([MS-EVEN6] 3.1.4.7.5).
    fn elements(
        &mut self,
        element: &ElementItem<'a>,
        filling: Filling<'_, 'a>,
        out: &mut Vec<Node>,
    ) -> Result<(), BinXmlError> {
        if filling.depth >= MAX_DEPTH {
            return Err(BinXmlError::TooMuch {
                what: "nested elements",
                offset: self.decoder.base,
                expected: MAX_DEPTH,
            });
        }
        let arrays = self.arrays_in(element, filling.values)?;
        let count = arrays.iter().map(|(_, items)| items.len()).max();
        for item in 0..count.unwrap_or(1) {
            let inside = Filling {
                arrays: &arrays,
                item,
                depth: filling.depth.saturating_add(1),
                ..filling
            };
            let element = self.element(element, inside)?;
            out.push(Node::Element(element));
        }
        Ok(())
    }

    /// Decodes the arrays that stand directly in the element. One that cannot be decoded is left to [`Self::substitution`].
    fn arrays_in(
        &mut self,
        element: &ElementItem<'a>,
        values: &[RawValue<'a>],
    ) -> Result<Vec<(u16, Vec<Value>)>, BinXmlError> {
        let mut arrays: Vec<(u16, Vec<Value>)> = Vec::new();
        if !element.has_substitution {
            return Ok(arrays);
        }
        let in_attributes = element.attributes.iter().flat_map(|a| &a.pieces);
        for item in element.content.iter().chain(in_attributes) {
            let Item::Substitution { index, .. } = item else {
                continue;
            };
            let Some(value) = values.get(usize::from(*index)).filter(|v| v.is_array()) else {
                continue;
            };
            if arrays.iter().any(|(known, _)| known == index) {
                continue;
            }
            self.spend(0, value.bytes.len(), value.position)?;
            if let Ok(items) = value.items() {
                arrays.push((*index, items));
            }
        }
        Ok(arrays)
    }

    fn element(
        &mut self,
        item: &ElementItem<'a>,
        filling: Filling<'_, 'a>,
    ) -> Result<Element, BinXmlError> {
        self.spend(1, 0, 0)?;
        let mut element = Element {
            name: Arc::clone(&item.name),
            attributes: Vec::with_capacity(item.attributes.len()),
            children: Vec::with_capacity(item.content.len()),
        };
        for attribute in &item.attributes {
            match self.attribute(attribute, filling)? {
                Ok(Some(value)) => element.attributes.push(Attribute {
                    name: Arc::clone(&attribute.name),
                    value,
                }),
                Ok(None) => {}
                Err(damage) => self.hole(damage, &mut element.children),
            }
        }
        for content in &item.content {
            self.item(content, filling, &mut element.children)?;
        }
        Ok(element)
    }

    /// The attribute's value, or `None` when it is left out; the inner error is a value that cannot be read.
    fn attribute(
        &mut self,
        attribute: &AttributeItem<'a>,
        filling: Filling<'_, 'a>,
    ) -> Result<Result<Option<Value>, BinXmlError>, BinXmlError> {
        self.spend(1, 0, 0)?;
        let mut joined = None;
        for piece in &attribute.pieces {
            let value = match piece {
                Item::Literal(value) => {
                    self.spend(0, literal_size(value), 0)?;
                    value.clone()
                }
                Item::Substitution { index, optional } => {
                    match self.attribute_value(*index, *optional, filling)? {
                        Ok(Some(value)) => value,
                        Ok(None) => continue,
                        Err(damage) => return Ok(Err(damage)),
                    }
                }
                Item::Element(_) | Item::Instance(_) => continue,
            };
            joined = Some(match joined {
                None => value,
                Some(before) => Value::Text(format!("{before}{value}")),
            });
        }
        Ok(Ok(joined))
    }

    fn attribute_value(
        &mut self,
        index: u16,
        optional: bool,
        filling: Filling<'_, 'a>,
    ) -> Result<Result<Option<Value>, BinXmlError>, BinXmlError> {
        if let Some(item) = filling.array_item(index) {
            return Ok(Ok(Some(item.unwrap_or(Value::Null))));
        }
        let Some(value) = filling.values.get(usize::from(index)) else {
            return Ok(Ok(None));
        };
        if optional && value.is_empty() {
            return Ok(Ok(None));
        }
        self.spend(0, value.bytes.len(), value.position)?;
        // Text that begins with a zero is empty too, however many bytes it has.
        let decoded = value.decode();
        Ok(decoded.map(|value| (!optional || !value.is_empty()).then_some(value)))
    }

    fn substitution(
        &mut self,
        index: u16,
        filling: Filling<'_, 'a>,
        out: &mut Vec<Node>,
    ) -> Result<(), BinXmlError> {
        if let Some(item) = filling.array_item(index) {
            self.spend(1, 0, 0)?;
            push_value(out, item.unwrap_or(Value::Null));
            return Ok(());
        }
        let Some(value) = filling.values.get(usize::from(index)) else {
            return Ok(());
        };
        if value.is_empty() {
            return Ok(());
        }
        self.spend(1, value.bytes.len(), value.position)?;
        let result = if value.is_binxml() {
            let whole = out.len();
            let (depth, fragments) = (filling.depth, filling.fragments.saturating_add(1));
            let built = self.fragment(value.position, value.bytes.len(), depth, fragments, out);
            if built.is_err() {
                out.truncate(whole);
            }
            built
        } else {
            value.decode().map(|value| push_value(out, value))
        };
        match result {
            Ok(()) => Ok(()),
            Err(limit @ BinXmlError::TooMuch { .. }) => Err(limit),
            Err(damage) => {
                self.hole(damage, out);
                Ok(())
            }
        }
    }

    fn hole(&mut self, damage: BinXmlError, out: &mut Vec<Node>) {
        out.push(Node::Unreadable(Reason::Damaged(damage.to_string())));
        self.damage.get_or_insert(damage);
    }

    /// Pays for `nodes` and `bytes` of values that come from `position` of the chunk.
    fn spend(&mut self, nodes: usize, bytes: usize, position: usize) -> Result<(), BinXmlError> {
        let left_nodes = self.budget.nodes.checked_sub(nodes);
        let left_bytes = self.budget.bytes.checked_sub(bytes);
        let (what, expected) = match (left_nodes, left_bytes) {
            (Some(nodes), Some(bytes)) => {
                self.budget = Budget { nodes, bytes };
                return Ok(());
            }
            (None, _) => ("nodes of one record", MAX_NODES),
            (_, None) => ("bytes of values of one record", MAX_VALUE_BYTES),
        };
        let position = u64::try_from(position).unwrap_or(u64::MAX);
        Err(BinXmlError::TooMuch {
            what,
            offset: self.decoder.base.saturating_add(position),
            expected,
        })
    }
}

impl Filling<'_, '_> {
    /// The wanted item of an array: `None` when the value is no array, `Some(None)` behind the array's end.
    fn array_item(&self, index: u16) -> Option<Option<Value>> {
        let (_, items) = self.arrays.iter().find(|(known, _)| *known == index)?;
        Some(items.get(self.item).cloned())
    }
}

/// An element that depends on a value which is null is not rendered.
fn is_left_out(element: &ElementItem<'_>, values: &[RawValue<'_>]) -> bool {
    let dependency = element.dependency.map(usize::from);
    let value = dependency.and_then(|index| values.get(index));
    value.is_some_and(|value| value.kind == super::kind::NULL)
}

const fn literal_size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        _ => 8,
    }
}

/// Adds a value to an element's content: nothing when it is empty, so that the tree is that of the event's XML, and text
/// behind text joined to it.
fn push_value(out: &mut Vec<Node>, value: Value) {
    if value.is_empty() {
        return;
    }
    match (out.last_mut(), value) {
        (Some(Node::Value(Value::Text(before))), Value::Text(text)) => before.push_str(&text),
        (_, value) => out.push(Node::Value(value)),
    }
}
