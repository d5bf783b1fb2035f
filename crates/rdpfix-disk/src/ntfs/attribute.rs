//! One attribute of a file record: resident, its value in the record, or not, its value in clusters.
//!
//! Linux-NTFS documentation, "Attribute Header".

use rdpfix_formats::cursor::Cursor;

use crate::error::ReadError;
use crate::number::wide;

/// The kinds of attribute that are read here.
pub(super) mod kind {
    pub(in super::super) const STANDARD_INFORMATION: u32 = 0x10;
    pub(in super::super) const ATTRIBUTE_LIST: u32 = 0x20;
    pub(in super::super) const SECURITY_DESCRIPTOR: u32 = 0x50;
    pub(in super::super) const VOLUME_NAME: u32 = 0x60;
    pub(in super::super) const VOLUME_INFORMATION: u32 = 0x70;
    pub(in super::super) const DATA: u32 = 0x80;
    pub(in super::super) const INDEX_ROOT: u32 = 0x90;
    pub(in super::super) const INDEX_ALLOCATION: u32 = 0xA0;
    pub(in super::super) const REPARSE_POINT: u32 = 0xC0;
    pub(super) const END: u32 = 0xFFFF_FFFF;
}

pub(super) const FLAG_COMPRESSED: u16 = 0x00FF;
pub(super) const FLAG_ENCRYPTED: u16 = 0x4000;

/// One attribute, or one part of an attribute that is spread over several records.
#[derive(Debug, Clone)]
pub(super) struct Attribute<'a> {
    pub(super) kind: u32,
    pub(super) name: Vec<u16>,
    pub(super) flags: u16,
    /// Where it stands, in `$MFT`.
    pub(super) offset: u64,
    pub(super) form: Form<'a>,
}

#[derive(Debug, Clone)]
pub(super) enum Form<'a> {
    Resident(&'a [u8]),
    NonResident(NonResident<'a>),
}

/// Where a value lies that is not in the record. The sizes stand only in the part with the first cluster.
#[derive(Debug, Clone)]
pub(super) struct NonResident<'a> {
    /// First and last cluster of the value that this part is for.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Clusters of a compression unit, as a power of two; zero when there are none.
    pub(super) compression_unit: u8,
    pub(super) size: u64,
    /// Bytes that were ever written; zeros follow.
    pub(super) initialised: u64,
    /// The run list, encoded.
    pub(super) pairs: &'a [u8],
    pub(super) pairs_offset: u64,
}

impl Attribute<'_> {
    /// The number of the first cluster this part is for.
    pub(super) fn first_cluster(&self) -> u64 {
        match &self.form {
            Form::Resident(_) => 0,
            Form::NonResident(part) => part.first,
        }
    }
}

/// The attributes of one record, in order. The first that is damaged ends them: the length of each leads to the next.
#[derive(Debug, Clone)]
pub(super) struct Attributes<'a> {
    bytes: &'a [u8],
    position: usize,
    base: u64,
}

impl<'a> Attributes<'a> {
    /// Of a record's used bytes, from the index of the first attribute. `base` is where the record lies in `$MFT`.
    pub(super) const fn new(bytes: &'a [u8], position: usize, base: u64) -> Self {
        Self {
            bytes,
            position,
            base,
        }
    }

    fn parse(&mut self) -> Result<Option<Attribute<'a>>, ReadError> {
        let mut cursor = Cursor::new(self.bytes, self.base);
        cursor.seek(self.position, "attribute")?;
        let offset = cursor.offset();
        let kind = cursor.u32("attribute type")?;
        if kind == kind::END {
            return Ok(None);
        }
        let length = cursor.length32("attribute length")?;
        let end = self.position.saturating_add(length);
        let bytes = self
            .bytes
            .get(self.position..end)
            .filter(|bytes| bytes.len() >= 24)
            .ok_or_else(|| {
                ReadError::unexpected(
                    "attribute length",
                    offset.saturating_add(4),
                    "at least 24 bytes, within the record",
                    wide(length),
                )
            })?;
        self.position = end;
        attribute(bytes, kind, offset).map(Some)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.bytes.len() {
            return None;
        }
        let parsed = self.parse();
        if !matches!(parsed, Ok(Some(_))) {
            self.position = usize::MAX;
        }
        parsed.transpose()
    }
}

fn attribute(bytes: &[u8], kind: u32, offset: u64) -> Result<Attribute<'_>, ReadError> {
    let mut cursor = Cursor::new(bytes, offset);
    cursor.take(8, "attribute header")?;
    let non_resident = cursor.u8("attribute form")? != 0;
    let name_length = usize::from(cursor.u8("attribute name length")?);
    let name_offset = cursor.length16("attribute name offset")?;
    let flags = cursor.u16("attribute flags")?;
    cursor.u16("attribute id")?;
    let form = if non_resident {
        Form::NonResident(non_resident_form(&mut cursor)?)
    } else {
        let length = cursor.length32("attribute value length")?;
        let at = cursor.length16("attribute value offset")?;
        cursor.seek(at, "attribute value")?;
        Form::Resident(cursor.take(length, "attribute value")?)
    };
    let name = if name_length == 0 {
        Vec::new()
    } else {
        cursor.seek(name_offset, "attribute name")?;
        units(cursor.take(name_length.saturating_mul(2), "attribute name")?)
    };
    Ok(Attribute {
        kind,
        name,
        flags,
        offset,
        form,
    })
}

fn non_resident_form<'a>(cursor: &mut Cursor<'a>) -> Result<NonResident<'a>, ReadError> {
    let first = cursor.u64("first cluster of an attribute")?;
    let last = cursor.u64("last cluster of an attribute")?;
    let pairs_at = cursor.length16("run list offset")?;
    let compression_unit = cursor.u8("compression unit")?;
    cursor.take(5, "attribute header")?;
    cursor.u64("allocated size")?;
    let size = cursor.u64("size of an attribute")?;
    let initialised = cursor.u64("initialised size of an attribute")?;
    cursor.seek(pairs_at, "run list")?;
    let pairs_offset = cursor.offset();
    let pairs = cursor.take(cursor.remaining(), "run list")?;
    Ok(NonResident {
        first,
        last,
        compression_unit,
        size,
        initialised,
        pairs,
        pairs_offset,
    })
}

/// UTF-16 units from little-endian bytes.
pub(super) fn units(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().copied().map(u16::from_le_bytes).collect()
}
