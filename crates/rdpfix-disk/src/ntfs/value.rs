//! The whole value of an attribute, put together from all the records it is spread over.

use super::attribute::{Attribute, Form};
use super::attribute_list::ListEntry;
use super::file_record::FileRecord;
use super::runs::Layout;
use crate::error::ReadError;

/// A value, and where its first attribute stands in `$MFT`.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) offset: u64,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Resident(Vec<u8>),
    NonResident(Layout),
}

impl Value {
    /// From an attribute that is the first, and often only, part of its value.
    pub(super) fn first(attribute: &Attribute<'_>) -> Result<Self, ReadError> {
        let content = match &attribute.form {
            Form::Resident(bytes) => Content::Resident(bytes.to_vec()),
            Form::NonResident(_) => {
                let mut layout = Layout::default();
                layout.add(attribute)?;
                Content::NonResident(layout)
            }
        };
        Ok(Self {
            offset: attribute.offset,
            content,
        })
    }

    /// Adds a further part.
    pub(super) fn add(&mut self, attribute: &Attribute<'_>) -> Result<(), ReadError> {
        match &mut self.content {
            Content::NonResident(layout) => layout.add(attribute),
            Content::Resident(_) => Err(ReadError::unexpected(
                "attribute form",
                attribute.offset.saturating_add(8),
                "no further part of a value that is in its record",
                attribute.first_cluster(),
            )),
        }
    }
}

/// The attribute of a record that is wanted; the first when the record has several of that kind and name.
pub(super) fn of_record<'a>(
    record: &'a FileRecord,
    kind: u32,
    name: &[u16],
) -> Result<Option<Attribute<'a>>, ReadError> {
    for attribute in record.attributes() {
        let attribute = attribute?;
        if attribute.kind == kind && attribute.name == name {
            return Ok(Some(attribute));
        }
    }
    Ok(None)
}

/// The attribute an entry of the list stands for.
pub(super) fn of_entry<'a>(
    record: &'a FileRecord,
    entry: &ListEntry,
) -> Result<Attribute<'a>, ReadError> {
    for attribute in record.attributes() {
        let attribute = attribute?;
        if attribute.kind == entry.kind
            && attribute.name == entry.name
            && attribute.first_cluster() == entry.first_cluster
        {
            return Ok(attribute);
        }
    }
    Err(ReadError::unexpected(
        "file record named by an attribute list",
        record.offset(),
        "the attribute that the list says is in it",
        entry.kind.into(),
    ))
}
