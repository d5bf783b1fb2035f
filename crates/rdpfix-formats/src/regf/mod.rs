//! The registry hive: base block, hive bins, cells, keys and values, and the transaction logs that make it whole.
//!
//! The layout is that of the "Windows registry file format specification" by Maxim Suhanov,
//! <https://github.com/msuhanov/regf>. Reading is lazy, over [`ReadAt`](crate::read_at::ReadAt): a question reads the
//! blocks of 64 KiB that its keys and values lie in, of which at most 4 MiB are kept. The logs of a dirty hive are
//! replayed in memory, and no file is ever written.
//!
//! Damage is taken for granted: a damaged subkey does not hide its siblings, what cannot be told is
//! [`Unreadable`](crate::reading::Reading::Unreadable) and never absent, and cycles, endless lists and absurd counts end in
//! an error. [`Validation::Strict`] refuses what Windows would have to repair.
//!
//! ```
//! use rdpfix_formats::regf::{Hive, ValueData, encode::HiveSpec};
//!
//! let mut system = HiveSpec::new("SYSTEM");
//! system.set("Select", "Current", &ValueData::Dword(1));
//! let server = "ControlSet001\\Control\\Terminal Server";
//! system.set(server, "fDenyTSConnections", &ValueData::Dword(1));
//! let hive = Hive::open(system.encode().unwrap()).unwrap();
//! let key = hive.key("CurrentControlSet\\Control\\Terminal Server").present().unwrap();
//! let denied = key.value("fdenytsconnections").present().unwrap();
//! assert_eq!(denied.number(), Some(1));
//! ```

mod base_block;
mod big_data;
mod cell;
mod control_set;
mod dirty_vector;
pub mod encode;
mod error;
mod hive;
mod hive_bin;
mod key;
mod key_node;
mod key_value;
mod log_entry;
mod marvin32;
mod name;
mod security;
mod storage;
mod subkeys_list;
mod transaction_log;
mod value_data;
mod walk;

pub use base_block::{BASE_BLOCK_SIZE, BaseBlock, FileType, HIVE_MAGIC};
pub use cell::CellOffset;
pub use control_set::ControlSet;
pub use error::RegfError;
pub use hive::{Hive, HiveState, Validation};
pub use key::{Key, MAX_DEPTH, Subkeys, Values};
pub use key_node::KeyFlags;
pub use key_value::Value;
pub use transaction_log::{LogFormat, Recovery};
pub use value_data::{ValueData, ValueType};
pub use walk::{Walk, Walked};
