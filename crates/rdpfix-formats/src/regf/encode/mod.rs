//! Small hives from nothing, for fixtures and cases: a tree of keys, values and security descriptors becomes the bytes of
//! a clean hive. [`dirty`] makes a dirty one with logs of two.
//!
//! A real hive is never edited by this: it would lose what it does not know. That is other work, which will share
//! the allocation of cells in `bins`.

mod bins;
mod dirty;
mod key;
mod spec;

pub(crate) use dirty::sum_again;
pub use dirty::{DirtyHive, LogSpec, dirty};
pub use spec::{HiveSpec, KeySpec, ListKind, ValueSpec, default_security_descriptor};

use super::base_block::{self, BASE_BLOCK_SIZE, CHECKSUM_OFFSET, HIVE_MAGIC};
use super::cell::CellOffset;
use bins::Bins;
use key::KeyWriter;

/// Why a hive could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A key's name that is empty, longer than 255 characters, or holds a backslash; or a value's name longer than 16,383.
    #[error("name {name:?} is empty, too long or holds a backslash")]
    Name {
        /// The name.
        name: String,
    },
    /// Two subkeys, or two values, of one name but for case.
    #[error("name {name:?} is there twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// Keys nest deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("keys nest deeper than {} levels", super::MAX_DEPTH)]
    TooDeep,
    /// Something is longer than the format can say.
    #[error("{what}: more than {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most there can be.
        limit: usize,
    },
}

impl HiveSpec {
    /// The bytes of a clean hive, the same for the same tree.
    ///
    /// # Errors
    /// [`EncodeError`] when a name or a size is beyond what the format can say.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = KeyWriter::new(self.minor_version);
        let root = writer.tree(&self.root)?;
        let bins = writer.finish()?;
        let mut bytes = self.base_block(root, &bins)?;
        bytes.extend(bins.into_bytes(self.last_written));
        Ok(bytes)
    }

    fn base_block(&self, root: CellOffset, bins: &Bins) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = HIVE_MAGIC.to_vec();
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(self.last_written.ticks().to_le_bytes());
        let size = bins.size()?;
        for word in [1, self.minor_version, 0, 1, root.get(), size, 1] {
            bytes.extend(word.to_le_bytes());
        }
        // Windows keeps the end of a longer name.
        let name: Vec<u16> = self.file_name.encode_utf16().collect();
        let start = name.len().saturating_sub(31);
        let name = name.get(start..).unwrap_or_default();
        bytes.extend(name.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.resize(CHECKSUM_OFFSET, 0);
        bytes.extend(base_block::checksum(&bytes).to_le_bytes());
        bytes.resize(BASE_BLOCK_SIZE, 0);
        Ok(bytes)
    }
}
