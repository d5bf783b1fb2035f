//! A Windows disk, read lazily.
//!
//! Everything here is pure: it reads through [`rdpfix_formats::read_at::ReadAt`], touches no disk, network or clock of its
//! own, has no `unsafe`, and answers damage with an error that names the structure, the offset, what was expected and what
//! was found. Only what is asked for is read, which is what makes a disk behind HTTP cheap.
//!
//! | module | what it is for |
//! |---|---|
//! | [`disk`] | from an image to the volume Windows runs from |
//! | [`container`] | virtual disk files: raw, VHD, VHDX, qcow2 |
//! | [`partition`], [`volume_kind`] | GPT and MBR, and what is in each partition |
//! | [`ntfs`] | the file system: files, folders, streams, security descriptors, the volume's state |
//! | [`cache`], [`counted`], [`source`] | blocks kept, reads counted, sources shared and cut |
//! | [`error`] | what can be wrong |

// Decoders read hostile bytes: a silent cast or an unchecked index there is a bug waiting for its input.
#![deny(clippy::as_conversions, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::as_conversions))]

pub mod cache;
pub mod container;
pub mod counted;
pub mod disk;
pub mod error;
pub mod ntfs;
mod number;
#[doc(hidden)]
pub mod oracle;
pub mod partition;
pub mod source;
pub mod volume_kind;

pub use disk::{Disk, Volume, WindowsVolume};
pub use error::{DiskError, ReadError};
