//! A Windows disk, read lazily.
#![deny(clippy::as_conversions, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::as_conversions))]
pub mod cache;
pub mod container;
pub mod counted;
pub mod error;
mod number;
pub mod partition;
pub mod source;
pub mod volume_kind;
