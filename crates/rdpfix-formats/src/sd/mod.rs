//! Security descriptors: who may do what with a file, a folder or a registry key.
//!
//! The binary form is [MS-DTYP] 2.4.6, the text form (SDDL) 2.5.1, the algorithm that grants or refuses 2.5.3.2.
//!
//! | module | what |
//! |---|---|
//! | [`descriptor`] | the whole: owner, group, DACL, SACL, control bits |
//! | [`acl`], [`ace`] | access control lists and their entries |
//! | [`mask`] | access rights, their SDDL names and their names for people |
//! | [`sddl`] | the text form, both ways |
//! | [`well_known`] | the SIDs every Windows has, their names and SDDL aliases |
//! | [`mod@access_check`] | whether a token gets what it asks for, and which entry decided |
//! | [`diff`] | what two descriptors mean differently, in words |

pub mod access_check;
pub mod ace;
pub mod acl;
pub mod descriptor;
pub mod diff;
pub mod mask;
pub mod sddl;
mod sddl_ace;
pub mod well_known;

pub use access_check::{AccessReport, Token, access_check};
pub use ace::{Ace, AceBody, AceFlags, AceType};
pub use acl::{Acl, AclState};
pub use descriptor::{Control, SecurityDescriptor};
pub use mask::{AccessMask, ObjectKind};

use crate::cursor::Truncated;

/// A security descriptor, list or entry that cannot be read or written. Offsets count from the descriptor's first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdError {
    /// The bytes end too early.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// A field holds what it cannot hold.
    #[error("{what} at offset {offset:#x}: expected {expected}, found {found:#x}")]
    Invalid {
        /// Which field.
        what: &'static str,
        /// Where it stands, in bytes.
        offset: u64,
        /// What could stand there.
        expected: &'static str,
        /// What stands there.
        found: u64,
    },
    /// The bytes where a SID should be are none.
    #[error("{what} at offset {offset:#x}: expected a SID, found none")]
    NotASid {
        /// Whose SID.
        what: &'static str,
        /// Where it stands, in bytes.
        offset: u64,
    },
    /// A list or an entry is larger than its 16-bit length field can say.
    #[error("{what} would take {length} bytes; at most 65535 fit")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How many bytes it would take.
        length: usize,
    },
}
