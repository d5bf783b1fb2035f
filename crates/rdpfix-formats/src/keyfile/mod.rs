//! Files of private keys: `ProgramData\Microsoft\Crypto\RSA\MachineKeys` (CryptoAPI) and `…\Crypto\Keys` (CNG).
//!
//! Only what says whether the file can be the key that is looked for: its name, its parts' sizes, and the public half. The private
//! half is encrypted with the machine's DPAPI key; its bytes are passed over and stand in no type here.
//!
//! | module | what |
//! |---|---|
//! | [`file_name`] | the file's name from the container's name and the machine's id, and back |
//! | [`container`] | the CryptoAPI container |
//! | [`cng`] | the CNG key file |
//! | [`rsa_blob`] | the public half in a container |

pub mod cng;
pub mod container;
pub mod file_name;
pub mod rsa_blob;

pub use cng::CngKeyFile;
pub use container::{KeyContainer, PublicHalf};
pub use file_name::KeyFileName;

use crate::cursor::Truncated;

/// Far more than the container of the longest key takes, in bytes: whoever claims more is none.
const LARGEST: u64 = 0x1_0000;

/// What a file among the keys is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFile {
    /// It has no bytes: the key is lost.
    Empty,
    /// A CryptoAPI container whose lengths fit the file.
    Container(KeyContainer),
    /// A CNG key whose lengths fit the file.
    Cng(CngKeyFile),
    /// It begins as a CryptoAPI container and ends too early: the key is lost.
    CutOff {
        /// How long its header says that it was, in bytes.
        expected: u64,
        /// How long it is, in bytes.
        found: u64,
    },
    /// None of these.
    Unrecognised {
        /// Its length, in bytes.
        length: usize,
        /// Why it is no container.
        container: KeyFileError,
        /// Why it is no CNG key.
        cng: KeyFileError,
    },
}

/// Why a file is not what it would have to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// A field or a part ends behind the file's end.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// The lengths in the header add up to something else than the file's length. A longer sum means that the file was cut off.
    #[error("the parts take {expected} bytes, the file has {found}")]
    Length {
        /// What the header says, in bytes.
        expected: u64,
        /// How long the file is, in bytes.
        found: u64,
    },
    /// The name is no name.
    #[error("the container's name at offset {offset:#x} is no text")]
    Name {
        /// Where it stands, in bytes.
        offset: u64,
    },
    /// There is no key in it.
    #[error("the container holds no private key")]
    NoKey,
}

impl KeyFile {
    /// Recognises a file by its bytes. Where it lies, and what it is called, is for the caller to compare.
    pub fn recognise(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let container = match KeyContainer::decode(bytes) {
            Ok(container) => return Self::Container(container),
            Err(KeyFileError::Length { expected, found })
                if container::begins_as_one(bytes) && (found..LARGEST).contains(&expected) =>
            {
                return Self::CutOff { expected, found };
            }
            Err(error) => error,
        };
        let cng = match CngKeyFile::decode(bytes) {
            Ok(key) => return Self::Cng(key),
            Err(error) => error,
        };
        Self::Unrecognised {
            length: bytes.len(),
            container,
            cng,
        }
    }
}

/// Whether the header and the parts make up the file exactly.
fn check_length(
    header: usize,
    parts: impl IntoIterator<Item = u32>,
    file: usize,
) -> Result<(), KeyFileError> {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let parts = parts.into_iter().map(u64::from);
    let expected = parts.fold(count(header), u64::saturating_add);
    let found = count(file);
    if expected == found {
        Ok(())
    } else {
        Err(KeyFileError::Length { expected, found })
    }
}
