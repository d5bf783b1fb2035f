//! Templates in the form they are decoded from: parsed once for each chunk, filled in for each record.
//!
//! A record is usually one template instance: where the definition stands, and a list of values. This form is the seam for
//! a selective scan: whoever wants only the provider or the event id finds in the definition which value holds it.

use std::sync::Arc;

use super::BinXmlError;
use super::value::{RawValue, kind};
use crate::cursor::Cursor;
use crate::guid::Guid;
use crate::value::Value;

/// A template definition, [MS-EVEN6] 2.2.12 `TemplateDef`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template<'a> {
    /// Its GUID. Not an identity across chunks: writers have used one GUID for different bodies.
    pub guid: Guid,
    /// What it consists of; the first element is the root.
    pub items: Vec<Item<'a>>,
}

/// A piece of BinXML, before values are filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<'a> {
    /// An element.
    Element(ElementItem<'a>),
    /// A literal value; adjacent texts are one.
    Literal(Value),
    /// The place of a value.
    Substitution {
        /// Which value of the instance.
        index: u16,
        /// Whether an empty value is left out with the attribute it is in.
        optional: bool,
    },
    /// A template to fill in here.
    Instance(Instance<'a>),
}

/// An element of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementItem<'a> {
    /// Local name.
    pub name: Arc<str>,
    /// The value without which the whole element is left out (`DependencyID`).
    pub dependency: Option<u16>,
    /// Attributes without namespace declarations.
    pub attributes: Vec<AttributeItem<'a>>,
    /// What it encloses.
    pub content: Vec<Item<'a>>,
    /// Whether a value is filled in directly in it, so that an array would repeat it.
    pub(super) has_substitution: bool,
}

/// An attribute of a template's element.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeItem<'a> {
    /// Local name.
    pub name: Arc<str>,
    /// The pieces of its value: literals and substitutions.
    pub pieces: Vec<Item<'a>>,
}

/// A template instance, [MS-EVEN6] 2.2.12 `TemplateInstance`.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance<'a> {
    /// The id of its template: the first four bytes of the template's GUID as a number.
    pub template_id: u32,
    /// Where its definition stands, in bytes from the chunk's start.
    pub definition: usize,
    /// File offset of the instance.
    pub offset: u64,
    /// Its values.
    pub values: Vec<RawValue<'a>>,
}

impl Template<'_> {
    /// The id by which instances name the template.
    pub fn id(&self) -> u32 {
        let [a, b, c, d, ..] = self.guid.to_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

impl<'a> Instance<'a> {
    /// The instance at the cursor, which stands behind its token in a cursor over the chunk.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, BinXmlError> {
        let offset = cursor.offset();
        cursor.u8("first byte of a template instance")?;
        let template_id = cursor.u32("template id")?;
        let definition = cursor.length32("offset of the template definition")?;
        if cursor.position() == definition {
            let size = definition_size(cursor)?;
            cursor.take(size, "template definition")?;
        }
        Ok(Self {
            template_id,
            definition,
            offset,
            values: read_values(cursor)?,
        })
    }
}

/// The values at the cursor: their number, four bytes of size and type for each, then their bytes.
fn read_values<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<RawValue<'a>>, BinXmlError> {
    let count = cursor.length32("number of values")?;
    let descriptors = cursor.take(count.saturating_mul(4), "descriptors of the values")?;
    let (descriptors, _) = descriptors.as_chunks::<4>();
    let mut values = Vec::with_capacity(descriptors.len());
    for [low, high, kind, _] in descriptors {
        let size = u16::from_le_bytes([*low, *high]);
        values.push(RawValue {
            kind: *kind,
            offset: cursor.offset(),
            position: cursor.position(),
            bytes: cursor.take(usize::from(size), "value")?,
        });
    }
    Ok(values)
}

/// Reads the header of a definition up to its size, which is given.
fn definition_size(cursor: &mut Cursor<'_>) -> Result<usize, BinXmlError> {
    cursor.take(20, "header of a template definition")?;
    Ok(cursor.length32("size of a template definition")?)
}

/// The GUID of the definition at `position`, and a cursor over its BinXML that ends with it.
pub(super) fn definition<'a>(
    chunk: &'a [u8],
    base: u64,
    position: usize,
) -> Result<(Guid, Cursor<'a>), BinXmlError> {
    let mut cursor = Cursor::new(chunk, base);
    cursor.seek(position, "template definition")?;
    cursor.u32("offset of the next template definition")?;
    let guid = Guid::from_bytes(cursor.array("template GUID")?);
    let size = cursor.length32("size of a template definition")?;
    let start = cursor.position();
    cursor.take(size, "template definition")?;
    let mut body = Cursor::new(chunk.get(..cursor.position()).unwrap_or(chunk), base);
    body.seek(start, "template definition")?;
    Ok((guid, body))
}

impl RawValue<'_> {
    /// Whether the value is embedded BinXML.
    pub const fn is_binxml(&self) -> bool {
        self.kind == kind::BINXML && !self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_the_bytes_they_need() {
        let mut bytes = vec![1];
        bytes.extend(0xAABB_u32.to_le_bytes());
        bytes.extend(0x550_u32.to_le_bytes());
        bytes.extend(2_u32.to_le_bytes());
        bytes.extend([2, 0, kind::U16, 0, 3, 0, kind::NULL, 0]);
        bytes.extend([0x34, 0x12, 9, 9, 9]);
        let mut cursor = Cursor::new(&bytes, 0x1000);
        let instance = Instance::read(&mut cursor).unwrap();
        assert_eq!((instance.template_id, instance.definition), (0xAABB, 0x550));
        assert_eq!(instance.values[0].decode(), Ok(Value::U16(0x1234)));
        assert_eq!(instance.values[1].bytes, [9, 9, 9]);
        assert!(instance.values[1].is_empty());

        bytes.pop();
        let error = Instance::read(&mut Cursor::new(&bytes, 0x1000)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value at offset 0x1017: expected 3 bytes, found 2"
        );
    }

    #[test]
    fn a_count_beyond_the_bytes_allocates_nothing() {
        let mut bytes = vec![1; 9];
        bytes.extend(u32::MAX.to_le_bytes());
        assert!(Instance::read(&mut Cursor::new(&bytes, 0)).is_err());
    }

    #[test]
    fn a_definition_ends_where_it_says() {
        let mut chunk = vec![0; 8];
        chunk.extend(0_u32.to_le_bytes());
        chunk.extend([7; 16]);
        chunk.extend(3_u32.to_le_bytes());
        chunk.extend([1, 2, 3, 4]);
        let (guid, body) = definition(&chunk, 0x1000, 8).unwrap();
        assert_eq!(guid, Guid::from_bytes([7; 16]));
        assert_eq!((body.position(), body.remaining()), (32, 3));
        chunk.truncate(34);
        assert!(definition(&chunk, 0x1000, 8).is_err());
        assert!(definition(&chunk, 0x1000, usize::MAX).is_err());
    }
}
