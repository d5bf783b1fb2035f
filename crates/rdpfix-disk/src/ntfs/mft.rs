//! `$MFT`, the master file table: records by number, and the attributes of a file wherever they are.

use rdpfix_formats::read_at::ReadAt;

use super::attribute::kind;
use super::attribute_list::{self, ListEntry, MAX_LIST};
use super::boot_sector::BootSector;
use super::file_record::FileRecord;
use super::runs::Layout;
use super::stream::Stream;
use super::value::{self, Content, Value};
use crate::error::ReadError;
use crate::number::index;
use crate::source::{Shared, structure};

/// The table of a volume.
#[derive(Debug)]
pub(super) struct Mft {
    volume: Shared,
    cluster_size: u64,
    record_size: u64,
    records: Stream,
}

impl Mft {
    /// Reads the table's own record, from the mirror when it is damaged, and finds all parts of the table: its runs
    /// can be in records that lie in the table itself, each in a part that is known by then.
    pub(super) fn open(
        volume: &Shared,
        boot: &BootSector,
        remarks: &mut Vec<String>,
    ) -> Result<Self, ReadError> {
        let record = first_record(volume, boot, remarks)?;
        let attribute = value::of_record(&record, kind::DATA, &[])?.ok_or_else(|| {
            ReadError::unexpected("file record of $MFT", 0, "a $DATA attribute", 0)
        })?;
        let mut layout = Layout::default();
        layout.add(&attribute)?;
        let (volume, cluster_size) = (volume.clone(), boot.cluster_size);
        let mut mft = Self {
            volume: volume.clone(),
            cluster_size,
            record_size: boot.record_size.into(),
            records: Stream::non_resident(volume, cluster_size, layout, attribute.offset)?,
        };
        // What lies in the parts found so far can be read, whatever is wrong with the next one.
        if let Err(error) = mft.find_parts(&record) {
            remarks.push(format!(
                "a part of $MFT is missing, and files in it cannot be read: {error}"
            ));
        }
        Ok(mft)
    }

    fn find_parts(&mut self, record: &FileRecord) -> Result<(), ReadError> {
        for entry in self.list(record)?.unwrap_or_default() {
            let is_part = entry.kind == kind::DATA && entry.name.is_empty();
            if is_part && entry.first_cluster != 0 {
                let extension = self.extension(record, &entry)?;
                let part = value::of_entry(&extension, &entry)?;
                self.records.extend(&part)?;
            }
        }
        Ok(())
    }

    pub(super) fn records(&self) -> u64 {
        self.records.len() / self.record_size
    }

    pub(super) fn record(&self, number: u64) -> Result<FileRecord, ReadError> {
        let offset = number.saturating_mul(self.record_size);
        let bytes = structure(
            &self.records,
            offset,
            index(self.record_size),
            "file record",
        )?;
        FileRecord::parse(bytes, number, offset)
    }

    fn extension(&self, base: &FileRecord, entry: &ListEntry) -> Result<FileRecord, ReadError> {
        let record = self.record(entry.record.record)?;
        record.check_sequence(entry.record)?;
        record.check_extends(base)?;
        Ok(record)
    }

    /// The attribute list of a file; most have none.
    pub(super) fn list(&self, record: &FileRecord) -> Result<Option<Vec<ListEntry>>, ReadError> {
        let Some(attribute) = value::of_record(record, kind::ATTRIBUTE_LIST, &[])? else {
            return Ok(None);
        };
        let bytes = self.bytes(Value::first(&attribute)?, MAX_LIST, "$ATTRIBUTE_LIST")?;
        attribute_list::parse(&bytes).map(Some)
    }

    /// The value of an attribute of a file, in this record or in others; nothing when the file has none.
    pub(super) fn value(
        &self,
        record: &FileRecord,
        kind: u32,
        name: &[u16],
    ) -> Result<Option<Value>, ReadError> {
        let Some(mut entries) = self.list(record)? else {
            let attribute = value::of_record(record, kind, name)?;
            return attribute
                .map(|attribute| Value::first(&attribute))
                .transpose();
        };
        entries.retain(|entry| entry.kind == kind && entry.name == name);
        entries.sort_by_key(|entry| entry.first_cluster);
        let mut value = None;
        for entry in &entries {
            let extension = if entry.record.record == record.reference.record {
                None
            } else {
                Some(self.extension(record, entry)?)
            };
            let attribute = value::of_entry(extension.as_ref().unwrap_or(record), entry)?;
            match &mut value {
                None => value = Some(Value::first(&attribute)?),
                Some(value) => value.add(&attribute)?,
            }
        }
        Ok(value)
    }

    /// Kind and name of each attribute of a file; one in several parts comes once.
    pub(super) fn headings(&self, record: &FileRecord) -> Result<Vec<(u32, Vec<u16>)>, ReadError> {
        if let Some(entries) = self.list(record)? {
            let first = entries.into_iter().filter(|entry| entry.first_cluster == 0);
            return Ok(first.map(|entry| (entry.kind, entry.name)).collect());
        }
        let attributes = record.attributes();
        attributes
            .map(|attribute| attribute.map(|attribute| (attribute.kind, attribute.name)))
            .collect()
    }

    /// A value as a stream.
    pub(super) fn stream(&self, value: Value) -> Result<Stream, ReadError> {
        match value.content {
            Content::Resident(bytes) => Ok(Stream::resident(bytes)),
            Content::NonResident(layout) => {
                Stream::non_resident(self.volume.clone(), self.cluster_size, layout, value.offset)
            }
        }
    }

    /// The bytes of a value that is small by nature.
    pub(super) fn bytes(
        &self,
        value: Value,
        limit: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, ReadError> {
        match value.content {
            Content::Resident(bytes) => Ok(bytes),
            Content::NonResident(_) => self.stream(value)?.whole(limit, what),
        }
    }
}

fn first_record(
    volume: &Shared,
    boot: &BootSector,
    remarks: &mut Vec<String>,
) -> Result<FileRecord, ReadError> {
    let read = |cluster: u64| {
        let offset = cluster.saturating_mul(boot.cluster_size);
        let size = index(boot.record_size.into());
        let bytes = structure(volume, offset, size, "file record of $MFT")?;
        FileRecord::parse(bytes, 0, 0)
    };
    read(boot.mft).or_else(|error| {
        let record = read(boot.mft_mirror).map_err(|_| error.clone())?;
        remarks.push(format!(
            "the copy of the first file record was read from $MFTMirr, because $MFT's is damaged: {error}"
        ));
        Ok(record)
    })
}
