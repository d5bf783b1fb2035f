//! An NTFS volume, read only: what is asked for is looked up by descent and read where it lies.
//!
//! The layout follows the Linux-NTFS project's documentation, <https://flatcap.github.io/linux-ntfs/ntfs/>. Offsets in
//! errors about file records and attributes are bytes in `$MFT`, those about index blocks bytes in the index.

mod attribute;
mod attribute_list;
mod boot_sector;
mod directory;
mod file;
mod file_name;
mod file_record;
mod fixup;
mod index;
mod lznt1;
mod mft;
mod reparse;
mod runs;
mod secure;
mod stream;
mod upcase;
mod value;
mod volume_state;

use std::sync::{Arc, OnceLock};

use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

use self::attribute::{kind, units};
pub use self::boot_sector::BootSector;
pub use self::directory::{Directory, DirectoryEntry, Entries};
pub use self::file::{File, Metadata};
pub use self::file_record::FileReference;
use self::index::Index;
use self::mft::Mft;
pub use self::reparse::ReparsePoint;
use self::secure::Secure;
pub use self::stream::Stream;
use self::upcase::UpCase;
pub use self::volume_state::{Journal, VolumeState};
use crate::error::ReadError;
use crate::source::{Shared, structure};

const LOG_FILE: u64 = 2;
const VOLUME: u64 = 3;
const ROOT: u64 = 5;
const SECURE: u64 = 9;
const UPCASE: u64 = 10;
/// A label has at most 32 characters.
const MAX_LABEL: usize = 256;

/// An NTFS volume. Cloning it is cheap; files and streams keep it alive.
#[derive(Debug, Clone)]
pub struct Ntfs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    boot: BootSector,
    mft: Mft,
    upcase: OnceLock<UpCase>,
    secure: OnceLock<Secure>,
    remarks: Vec<String>,
}

impl Ntfs {
    /// Reads the boot sector and the first record of `$MFT`. A damaged one of either is taken from its copy.
    ///
    /// # Errors
    /// [`ReadError`] when the original and the copy are damaged.
    pub fn open(volume: impl ReadAt + Send + Sync + 'static) -> Result<Self, ReadError> {
        Self::open_shared(&Shared::new(volume))
    }

    pub(crate) fn open_shared(volume: &Shared) -> Result<Self, ReadError> {
        let mut remarks = Vec::new();
        let boot = boot_sector(volume, &mut remarks)?;
        let mft = Mft::open(volume, &boot, &mut remarks)?;
        Ok(Self(Arc::new(Inner {
            boot,
            mft,
            upcase: OnceLock::new(),
            secure: OnceLock::new(),
            remarks,
        })))
    }

    /// The sizes of the volume's units.
    pub fn boot_sector(&self) -> &BootSector {
        &self.0.boot
    }

    /// What a person should know: which copies had to serve.
    pub fn remarks(&self) -> &[String] {
        &self.0.remarks
    }

    /// How many records `$MFT` has, in use or not.
    pub fn records(&self) -> u64 {
        self.0.mft.records()
    }

    /// The file of a record.
    ///
    /// # Errors
    /// [`ReadError`] when the record is damaged, not in use, one with more attributes of another, or was given to
    /// another file since the reference was made.
    pub fn file(&self, reference: FileReference) -> Result<File, ReadError> {
        let record = self.0.mft.record(reference.record)?;
        record.check_sequence(reference)?;
        if !record.is_base() {
            return Err(ReadError::unexpected(
                "file record",
                record.offset(),
                "the first record of a file",
                reference.record,
            ));
        }
        Ok(File::new(self.clone(), record))
    }

    /// The root folder.
    ///
    /// # Errors
    /// [`ReadError`] when its record is damaged.
    pub fn root(&self) -> Result<File, ReadError> {
        self.file(FileReference::system(ROOT))
    }

    /// Looks a path up from the root, by `\` or `/`, without regard to case; a short (8.3) name does as well. Each folder
    /// on the way costs a few reads, whatever its size.
    ///
    /// A junction or symbolic link on the way is not followed: the answer is `Unreadable` and says where it leads.
    pub fn lookup(&self, path: &str) -> Reading<File> {
        let mut file = match self.root() {
            Ok(root) => root,
            Err(error) => return error.unreadable(),
        };
        for name in path.split(['\\', '/']).filter(|name| !name.is_empty()) {
            if !file.is_directory() {
                return Reading::Absent;
            }
            match file.directory().and_then(|directory| directory.find(name)) {
                Reading::Present(found) => file = found,
                other => return other,
            }
        }
        Reading::Present(file)
    }

    /// In what state the volume was left. Each answer stands alone: a damaged journal does not hide the dirty mark.
    pub fn state(&self) -> VolumeState {
        let volume = self.0.mft.record(VOLUME);
        let value = |kind| -> Result<Option<Vec<u8>>, ReadError> {
            let volume = volume.clone()?;
            let value = self.0.mft.value(&volume, kind, &[])?;
            value
                .map(|value| self.0.mft.bytes(value, 1024, "volume attribute"))
                .transpose()
        };
        let label = reading(value(kind::VOLUME_NAME)).map(|bytes| {
            let bytes = bytes.get(..MAX_LABEL).unwrap_or(&bytes);
            String::from_utf16_lossy(&units(bytes))
        });
        let information = reading(value(kind::VOLUME_INFORMATION)).and_then(|bytes| {
            volume_state::information(&bytes).map_or_else(ReadError::unreadable, Reading::Present)
        });
        VolumeState {
            label,
            version: information.clone().map(|(version, _)| version),
            dirty: information.map(|(_, dirty)| dirty),
            journal: self
                .journal()
                .map_or_else(ReadError::unreadable, Reading::Present),
            hibernated: self.hibernated(),
        }
    }

    fn journal(&self) -> Result<Journal, ReadError> {
        let record = self.0.mft.record(LOG_FILE)?;
        volume_state::journal(&self.0.required_data(&record, "$LogFile")?)
    }

    fn hibernated(&self) -> Reading<bool> {
        let file = self.lookup("hiberfil.sys").and_then(|file| file.data());
        match file {
            Reading::Present(data) => volume_state::is_hibernated(&data)
                .map_or_else(ReadError::unreadable, Reading::Present),
            Reading::Absent => Reading::Present(false),
            Reading::Unreadable(reason) => Reading::Unreadable(reason),
        }
    }
}

impl Inner {
    /// The unnamed stream of a file of the system, which it always has.
    fn required_data(
        &self,
        record: &file_record::FileRecord,
        what: &'static str,
    ) -> Result<Stream, ReadError> {
        match self.mft.value(record, kind::DATA, &[])? {
            Some(value) => self.mft.stream(value),
            None => Err(ReadError::unexpected(
                what,
                record.offset(),
                "a $DATA attribute",
                0,
            )),
        }
    }

    fn upcase(&self) -> &UpCase {
        self.upcase.get_or_init(|| {
            let read = || {
                let record = self.mft.record(UPCASE)?;
                let data = self.required_data(&record, "$UpCase")?;
                data.whole(upcase::TABLE_BYTES, "$UpCase")
            };
            // Without the volume's own table that of Unicode differs for a few rare letters only.
            read().map_or_else(|_| UpCase::of_unicode(), |bytes| UpCase::parse(&bytes))
        })
    }

    fn secure(&self) -> Result<&Secure, ReadError> {
        if let Some(secure) = self.secure.get() {
            return Ok(secure);
        }
        let record = self.mft.record(SECURE)?;
        let name = |text: &str| -> Vec<u16> { text.encode_utf16().collect() };
        let by_id = self
            .index(&record, &name("$SII"))?
            .ok_or_else(|| ReadError::unexpected("$Secure", record.offset(), "an index $SII", 0))?;
        let descriptors = self
            .mft
            .value(&record, kind::DATA, &name("$SDS"))?
            .ok_or_else(|| ReadError::unexpected("$Secure", record.offset(), "a stream $SDS", 0))?;
        let secure = Secure {
            by_id,
            descriptors: self.mft.stream(descriptors)?,
        };
        Ok(self.secure.get_or_init(|| secure))
    }

    /// An index of a file; nothing when it has none of that name.
    fn index(
        &self,
        record: &file_record::FileRecord,
        name: &[u16],
    ) -> Result<Option<Index>, ReadError> {
        let Some(root) = self.mft.value(record, kind::INDEX_ROOT, name)? else {
            return Ok(None);
        };
        let root = self
            .mft
            .bytes(root, self.boot.record_size.into(), "$INDEX_ROOT")?;
        let blocks = self.mft.value(record, kind::INDEX_ALLOCATION, name)?;
        let blocks = blocks.map(|blocks| self.mft.stream(blocks)).transpose()?;
        Index::open(&root, blocks, self.boot.cluster_size).map(Some)
    }
}

/// The first sector, or its copy in the last one.
fn boot_sector(volume: &Shared, remarks: &mut Vec<String>) -> Result<BootSector, ReadError> {
    let parse = |offset| {
        let bytes = structure(volume, offset, 512, "NTFS boot sector")?;
        BootSector::parse(&bytes)
    };
    let first = parse(0);
    let Err(error) = &first else {
        return first;
    };
    for sector_size in [512, 4096] {
        if let Some(last) = volume.len().checked_sub(sector_size)
            && let Ok(boot) = parse(last)
        {
            remarks.push(format!(
                "the copy of the NTFS boot sector was read, because the first one is damaged: {error}"
            ));
            return Ok(boot);
        }
    }
    first
}

fn reading<T>(result: Result<Option<T>, ReadError>) -> Reading<T> {
    match result {
        Ok(Some(value)) => Reading::Present(value),
        Ok(None) => Reading::Absent,
        Err(error) => error.unreadable(),
    }
}
