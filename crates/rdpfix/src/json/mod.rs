//! Wire formats. Each version is frozen: it is extended, never renamed.

pub(crate) mod event;
pub(crate) mod v1;
