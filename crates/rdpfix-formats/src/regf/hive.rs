//! A hive: its base block, the state it was left in, and the way to its keys.

use super::base_block::{BASE_BLOCK_SECTOR, BINS_START, BaseBlock, FileType, HIVE_MAGIC};
use super::cell::{Cell, CellOffset};
use super::error::RegfError;
use super::hive_bin;
use super::key::Key;
use super::storage::Storage;
use super::transaction_log::{self, Recovery};
use super::walk::Walk;
use crate::read_at::ReadAt;
use crate::reading::Reading;

/// How much a hive must be right to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// What is there is read; damage is reported where it stands and does not hide the rest.
    #[default]
    Lenient,
    /// The hive must be clean or made whole by its logs, its bins and cells complete, and every list in order.
    Strict,
}

/// The state a hive was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveState {
    /// Its last write was ended.
    Clean,
    /// Its last write was not ended, and its logs made it whole.
    Recovered(Recovery),
    /// Its last write was not ended and no log of those given belongs to it. It is read as it lies: what was changed last
    /// may be missing or half there.
    DirtyWithoutLogs {
        /// One more for every write begun.
        primary_sequence: u32,
        /// One more for every write ended.
        secondary_sequence: u32,
        /// Whether the base block is as it was written.
        checksum_matches: bool,
        /// Why each of the logs given was not applied.
        refused: Vec<RegfError>,
    },
}

impl HiveState {
    /// Whether the hive is read as Windows would read it.
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Clean | Self::Recovered(_))
    }
}

/// A registry hive over any random-access input. Only the blocks that a question touches are read.
#[derive(Debug)]
pub struct Hive<R> {
    storage: Storage<R>,
    base: BaseBlock,
    bins_size: u32,
    state: HiveState,
    validation: Validation,
}

impl<R: ReadAt> Hive<R> {
    /// Opens a hive without its logs, leniently.
    ///
    /// # Errors
    /// [`RegfError`] when it is no hive, of a version that is not read, or cannot be read at all.
    pub fn open(primary: R) -> Result<Self, RegfError> {
        Self::open_as(primary, &[], Validation::Lenient)
    }

    /// Opens a hive with its logs (`.LOG`, `.LOG1`, `.LOG2`, in any order), leniently. The logs of a clean hive are
    /// ignored, as Windows ignores them.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_logs(primary: R, logs: &[&dyn ReadAt]) -> Result<Self, RegfError> {
        Self::open_as(primary, logs, Validation::Lenient)
    }

    /// Opens a hive with its logs, as strictly as asked.
    ///
    /// # Errors
    /// As [`Self::open`]; under [`Validation::Strict`] also when it stays dirty, or its bins or cells are damaged.
    pub fn open_as(
        primary: R,
        logs: &[&dyn ReadAt],
        validation: Validation,
    ) -> Result<Self, RegfError> {
        let length = primary.len();
        if length == 0 {
            return Err(RegfError::Empty);
        }
        let storage = Storage::new(primary);
        let sector = u64::try_from(BASE_BLOCK_SECTOR)
            .unwrap_or(length)
            .min(length);
        let sector = usize::try_from(sector).unwrap_or(BASE_BLOCK_SECTOR);
        let start = storage.read(0, sector, "base block")?;
        let own = BaseBlock::parse(&start);
        if let Ok(base) = &own
            && matches!(base.file_type, FileType::OldLog | FileType::NewLog)
        {
            return Err(RegfError::Unexpected {
                what: "file type",
                offset: 28,
                expected: "0, a hive and not one of its logs",
                found: u64::from(base.file_type.number()),
            });
        }
        let mut hive = match own {
            Ok(base) if !base.is_dirty() => {
                let bins_size = base.bins_size;
                Self::new(storage, base, bins_size, HiveState::Clean)
            }
            own => Self::recover(storage, own, logs, &start)?,
        };
        if hive.base.checksum_matches() || !matches!(hive.state, HiveState::DirtyWithoutLogs { .. })
        {
            hive.base.check_version()?;
        }
        hive.validation = validation;
        if validation == Validation::Strict {
            hive.check()?;
        }
        Ok(hive)
    }

    fn new(storage: Storage<R>, base: BaseBlock, bins_size: u32, state: HiveState) -> Self {
        // What lies behind the end of the file cannot be read, whatever the base block says.
        let room = storage.len().saturating_sub(BINS_START);
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        Self {
            storage,
            base,
            bins_size: bins_size.min(room),
            state,
            validation: Validation::Lenient,
        }
    }

    fn recover(
        mut storage: Storage<R>,
        own: Result<BaseBlock, RegfError>,
        logs: &[&dyn ReadAt],
        start: &[u8],
    ) -> Result<Self, RegfError> {
        let right = own.as_ref().ok().filter(|base| base.checksum_matches());
        let refused = match transaction_log::replay(&storage, right, logs) {
            Ok(replayed) => {
                storage.set_overlay(replayed.overlay);
                let bins_size = replayed.base.bins_size;
                let state = HiveState::Recovered(replayed.recovery);
                return Ok(Self::new(storage, replayed.base, bins_size, state));
            }
            Err(refused) => refused,
        };
        let base = own.map_err(|error| {
            if start.starts_with(&HIVE_MAGIC) {
                return error;
            }
            let mut found = [0; 4];
            found
                .iter_mut()
                .zip(start)
                .for_each(|(to, from)| *to = *from);
            let length = storage.len();
            RegfError::NotAHive { length, found }
        })?;
        let state = HiveState::DirtyWithoutLogs {
            primary_sequence: base.primary_sequence,
            secondary_sequence: base.secondary_sequence,
            checksum_matches: base.checksum_matches(),
            refused,
        };
        // The hive may have grown in the write that was not ended: cells may lie behind the size of the base block.
        Ok(Self::new(storage, base, u32::MAX, state))
    }

    /// What strict reading asks of the whole.
    fn check(&self) -> Result<(), RegfError> {
        if !self.state.is_whole() {
            return Err(RegfError::Dirty {
                primary: self.base.primary_sequence,
                secondary: self.base.secondary_sequence,
            });
        }
        if self.bins_size < self.base.bins_size {
            return Err(RegfError::Unexpected {
                what: "hive bins data size",
                offset: 40,
                expected: "no more than the file holds",
                found: u64::from(self.base.bins_size),
            });
        }
        hive_bin::check_all(&self.storage, self.bins_size)
    }

    /// The base block: that of the file, or the one a log gave.
    pub const fn base_block(&self) -> &BaseBlock {
        &self.base
    }

    /// The state the hive was found in.
    pub const fn state(&self) -> &HiveState {
        &self.state
    }

    /// How strictly it is read.
    pub const fn validation(&self) -> Validation {
        self.validation
    }

    /// How many bytes of hive bins there are to read.
    pub(super) const fn bins_size(&self) -> u32 {
        self.bins_size
    }

    /// The first `limit` bytes of a cell.
    pub(super) fn cell(
        &self,
        offset: CellOffset,
        limit: usize,
        what: &'static str,
    ) -> Result<Cell, RegfError> {
        Cell::read(&self.storage, self.bins_size, offset, limit, what)
    }

    /// The root key.
    ///
    /// # Errors
    /// [`RegfError`] when its cell cannot be read or holds no key.
    pub fn root(&self) -> Result<Key<'_, R>, RegfError> {
        Key::read(self, self.base.root, None)
    }

    /// The key at `path` below the root, its names separated by backslashes; see [`Key::subkey`].
    pub fn key(&self, path: &str) -> Reading<Key<'_, R>> {
        match self.root() {
            Ok(root) => root.subkey(path),
            Err(error) => Reading::Unreadable(error.into()),
        }
    }

    /// Gives the input back.
    pub fn into_inner(self) -> R {
        self.storage.into_input()
    }

    /// Every key, each before its subkeys, with its path. A key that damage makes reachable twice comes once.
    pub fn walk(&self) -> Walk<'_, R> {
        Walk::new(self)
    }
}
